// `node scripts/smoke.cjs <address> <output of the demo>`: what a visitor does first. Waits for the
// demo, signs in with an account that it printed, reads the day sheet of the day in progress, and exits non-zero
// at the first thing that is not so.
const fs = require('node:fs');

const [base, output] = process.argv.slice(2);

/** The demo is ready to be looked at once it prints how; two minutes are ample for its build. */
const PATIENCE_MS = 120_000;

/** The first account that the demo prints: an e-mail address and its password, in an example request. */
async function printedAccount() {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
    const text = fs.readFileSync(output, 'utf8');
    const [, email, password] = /"email": ?"([^"]+)", ?"password": ?"([^"]+)"/.exec(text) ?? [];
    if (email) return { email, password };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the demo printed no account to sign in with');
}

async function ask(path, init = {}) {
  const answer = await fetch(`${base}${path}`, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

async function main() {
  const account = await printedAccount();
  await ask('/health/ready');
  const { token } = await ask('/v1/auth/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(account),
  });
  const headers = { Authorization: `Bearer ${token}` };

  const { data: companies } = await ask('/v1/companies', { headers });
  const company = `/v1/companies/${companies[0].id}`;
  const { data: days } = await ask(`${company}/days`, { headers });
  const { till, date } = days.findLast(({ status }) => status === 'open');
  const sheet = await ask(`${company}/tills/${till}/days/${date}`, { headers });

  if (!(sheet.turnover.gross > 0))
    throw new Error(`the day sheet shows no turnover: ${JSON.stringify(sheet)}`);
  process.stdout.write(
    `${companies[0].name}, till ${till}, ${date}: turnover ${sheet.turnover.gross} cents\n`,
  );
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
