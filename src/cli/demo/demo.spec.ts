import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import {
  Client,
  type Folder,
  newFolder,
  removeFolders,
  startService,
  verified,
} from '../../../test/support/service';
import { DEMO_ADMIN } from './accounts';
import { ApiClient } from './api-client';
import { demoDays } from './days';
import { COMPANY_EXAMPLE } from '../../ledger/company/examples';

const PROGRAM = join(resolve(__dirname, '../../..'), 'bin/caisse.cjs');

type Facts = {
  readonly url: string;
  readonly company: string;
  readonly today: string;
  readonly closedDay: string;
  readonly recorded: number;
  readonly accounts: readonly { role: string; email: string; password: string }[];
};

type Running = { readonly output: string; readonly stop: () => Promise<number | null> };

const running = new Set<ChildProcess>();

/** Runs `caisse demo` until it has said what it has to say. */
async function runDemo(
  { data, witness }: Folder,
  options: readonly string[],
  last: string,
): Promise<Running> {
  const env = { PATH: process.env.PATH, PORT: '0', CAISSE_DATA: data, CAISSE_WITNESS: witness };
  const child = spawn(process.execPath, [PROGRAM, 'demo', ...options], { env });
  running.add(child);
  let output = '';
  await new Promise<void>((said, failed) => {
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.endsWith(last)) said();
    });
    child.once('exit', (code) => failed(new Error(`the demo ended with ${String(code)}: ${output}`)));
  });
  child.removeAllListeners('exit');
  const stop = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    running.delete(child);
    return child.exitCode;
  };
  return { output, stop };
}

async function factsOf(folder: Folder): Promise<{ facts: Facts; stop: Running['stop'] }> {
  const { output, stop } = await runDemo(folder, ['--json'], '\n}\n');
  return { facts: JSON.parse(output) as Facts, stop };
}

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  removeFolders();
});

describe('the demo', () => {
  const folder = newFolder();

  it('is a bakery with three closed days and one in progress, and an account per role that opens', async () => {
    const { facts, stop } = await factsOf(folder);
    expect(facts.recorded).toBe(demoDays(facts.today).flatMap(({ entries }) => entries).length);
    expect(facts.accounts.map(({ role }) => role)).toEqual(['firm-admin', 'accountant', 'admin', 'user']);
    for (const { email, password } of facts.accounts) {
      const client = new ApiClient(facts.url);
      expect(await client.signIn(email, password)).toBe(true);
      const { data } = await client.get<{ data: { till: string; status: string }[] }>(
        `/v1/companies/${facts.company}/days`,
      );
      const statuses = data.filter(({ till }) => till === 'T1').map(({ status }) => status);
      expect(statuses.slice(-4)).toEqual(['closed', 'closed', 'closed', 'open']);
    }
    expect(await stop()).toBe(0);
    expect(verified(folder.data, '--witness', folder.witness)).toEqual({ code: 0, findings: [] });
  });

  it('records nothing twice when it is run again', async () => {
    const { facts, stop } = await factsOf(folder);
    expect(facts.recorded).toBe(0);
    await stop();
  });

  it('prints five things to try, which work as they are printed', async () => {
    const { output, stop } = await runDemo(folder, [], 'Ctrl-C arrête le service.\n\n');
    const commands = output
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => /^ {5}(TOKEN=|curl|npx caisse)/.test(line))
      .map((line) => line.trim().replace('npx caisse', `"${process.execPath}" "${PROGRAM}"`));
    expect(commands).toHaveLength(5);
    const script = commands.join('\necho; echo ====\n');
    const { status, stdout } = spawnSync('bash', ['-ec', script], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    });
    const [, sale = '', sheet = '', journal = '', verification = ''] = stdout.split('\n====\n');
    expect(status).toBe(0);
    expect(JSON.parse(sale)).toMatchObject({ type: 'sale', balances: { cash: expect.any(Number) } });
    expect(JSON.parse(sheet)).toMatchObject({ turnover: { gross: expect.any(Number) } });
    expect(journal.split('\n').length).toBeGreaterThan(70);
    expect(verification).toMatch(/^INTACT /);
    expect(await stop()).toBe(0);
  });

  it('leaves a folder alone that is somebody else’s', async () => {
    const other = newFolder();
    const service = await startService(other);
    await service.stop();
    await expect(factsOf(other)).rejects.toThrow("n'est pas le dossier de la démonstration");
  });

  it('is completed when it was cut short', async () => {
    const cut = newFolder();
    const environment = { CAISSE_ADMIN_EMAIL: DEMO_ADMIN.email, CAISSE_ADMIN_PASSWORD: DEMO_ADMIN.password };
    const service = await startService(cut, { environment });
    const firm = new ApiClient(service.url);
    expect(await firm.signIn(DEMO_ADMIN.email, DEMO_ADMIN.password)).toBe(true);
    const { categories: _categories, calendar: _calendar, ...body } = COMPANY_EXAMPLE;
    const { id } = await firm.post<{ id: string }>('/v1/companies', body, 'caisse-demo');
    const { businessDate } = await firm.get<{ businessDate: string }>(`/v1/companies/${id}`);
    const begun = new Date(Date.parse(businessDate) - 5 * 86_400_000).toISOString().slice(0, 10);
    const entries = demoDays(begun).flatMap((day) => day.entries);
    await firm.post(`/v1/companies/${id}/entries/batch`, { atomic: false, entries: entries.slice(0, 120) });
    await service.stop();

    const { facts, stop } = await factsOf(cut);
    expect(facts).toMatchObject({ company: id, recorded: entries.length - 120 });
    expect(facts.closedDay < businessDate).toBe(true);
    const anonymous = await new Client(facts.url, null).get(`/v1/companies/${id}`);
    expect(anonymous.status).toBe(401);
    await stop();
  });
});
