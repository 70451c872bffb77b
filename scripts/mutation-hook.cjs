// `npm run mutation` runs the specifications with mocha in one warm process, which tries thousands of mutants in the time
// that Jest takes for hundreds: it would load all modules anew for each. This gives them what they know from Jest.
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const swc = require('@swc/core');
const { expect } = require('expect');
const fastCheck = require('fast-check');
const { bind } = require('jest-each');

// A property is cut short after a while and not shrunk: that a mutant dies is all that is asked.
const LONGEST_PROPERTY_MS = 500;
fastCheck.configureGlobal({ endOnFailure: true, interruptAfterTimeLimit: LONGEST_PROPERTY_MS });

// As in jest.config.js.
require.extensions['.ts'] = (module, filename) => {
  const { code } = swc.transformSync(fs.readFileSync(filename, 'utf8'), {
    filename,
    configFile: false,
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  module._compile(code, filename);
};

// It offers itself to `import` alone.
const modules = path.join(path.dirname(require.resolve('fast-check/package.json')), '..');
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) =>
  request === 'canonicalize'
    ? path.join(modules, 'canonicalize/lib/canonicalize.js')
    : resolve(request, ...rest);

globalThis.expect = expect;
// Mocha sets its globals anew for each run.
for (const name of ['describe', 'it']) {
  let current = globalThis[name];
  const withEach = (value) => {
    if (typeof value === 'function' && !value.each) value.each = bind(value, false);
    return value;
  };
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get: () => withEach(current),
    set: (value) => {
      current = value;
    },
  });
}
