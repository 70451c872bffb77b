#!/usr/bin/env node
const fs = require('node:fs');
const path = require('node:path');

const program = path.resolve(__dirname, '../dist/src/cli/main.js');

if (fs.existsSync(program)) {
  require(program);
} else {
  process.stderr.write('caisse is not built yet: run `npm run build` first.\n');
  process.exitCode = 1;
}
