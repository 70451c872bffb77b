// `node scripts/start.cjs serve|demo|…`: the command line, built first if dist/ is missing or older than its
// sources. An image holds no sources, so nothing is built there.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { root, staleSources } = require('./stale.cjs');

if (staleSources().length > 0) {
  process.stderr.write('Building …\n');
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const build = spawnSync(process.execPath, [compiler, '-p', path.join(root, 'tsconfig.build.json')], {
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (build.status !== 0) process.exit(build.status ?? 1);
}

require('../bin/caisse.cjs');
