// `npm run --silent openapi > openapi.json`: the document that the service serves, for generating clients.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root } = require('./stale.cjs');

async function main() {
  const { startService } = require(path.join(root, 'dist/src/service.js'));
  const { readConfig } = require(path.join(root, 'dist/src/config.js'));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'caisse-openapi-'));
  const service = await startService(
    readConfig({ PORT: '0', LOG_LEVEL: 'silent', CAISSE_DATA: path.join(folder, 'data') }),
  );
  try {
    const document = await (await fetch(`${service.url}/openapi.json`)).json();
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } finally {
    await service.close();
    fs.rmSync(folder, { recursive: true });
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
