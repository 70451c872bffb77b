// `npm run test:faults -- --seed N`: runs fault schedules from their sources, against a service that is built first if
// dist/ is missing or older than them.
const fs = require('node:fs');
const ts = require('typescript');
const { root } = require('./stale.cjs');

const { config } = ts.readConfigFile(`${root}/tsconfig.json`, (file) => fs.readFileSync(file, 'utf8'));
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);

require.extensions['.ts'] = (module, file) => {
  const text = fs.readFileSync(file, 'utf8');
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { ...options, inlineSourceMap: true, sourceMap: false, outDir: undefined },
    fileName: file,
  });
  module._compile(outputText, file);
};
process.setSourceMapsEnabled(true);

require('../test/support/build-once.ts').default();
require('../test/faults/schedule/main.ts');
