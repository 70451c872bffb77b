// Jest in CommonJS mode for NestJS 12 (which is ESM only) on Node 20: SWC turns TypeScript and every ESM-only
// package of node_modules into CommonJS; packages that are CommonJS already are left alone.
const fs = require('node:fs');
const path = require('node:path');

/** The manifest of an installed package, or undefined where the folder is none. */
function manifestOf(folder) {
  const file = path.join(folder, 'package.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}

/** Names of the installed packages that a CommonJS `require` would resolve to an ES module. */
function esmPackages(modules) {
  return fs
    .readdirSync(modules)
    .filter((entry) => !entry.startsWith('.'))
    .flatMap((entry) =>
      entry.startsWith('@')
        ? fs.readdirSync(path.join(modules, entry)).map((name) => `${entry}/${name}`)
        : [entry],
    )
    .filter((name) => manifestOf(path.join(modules, name))?.type === 'module');
}

const swc = (typescript) => [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      parser: typescript ? { syntax: 'typescript', decorators: true } : { syntax: 'ecmascript' },
      transform: typescript
        ? { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false }
        : {},
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

const esm = esmPackages(path.join(__dirname, 'node_modules'))
  .map((name) => name.replaceAll('.', '\\.'))
  .join('|');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  reporters: ['default', '<rootDir>/closing-line.reporter.cjs'],
  globalSetup: '<rootDir>/test/support/build-once.ts',
  testRegex: '/(src|projections|test|bench)/.*[.]spec[.]ts$',
  // Mutation tests run on a copy of their own.
  modulePathIgnorePatterns: ['<rootDir>/[.]stryker-tmp/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/[.]stryker-tmp/'],
  // Tests start processes and hash passwords for real; a busy machine must not turn that into a failure.
  testTimeout: 30_000,
  moduleNameMapper: {
    // It offers itself to `import` alone, and Jest asks as `require`.
    '^canonicalize$': '<rootDir>/node_modules/canonicalize/lib/canonicalize.js',
    // Drivers are loaded when they are needed, by the name of the compiled file.
    '^[.]/((?:sqlite|eventstoredb|mongodb)/[a-z-]+)[.]js$': '<rootDir>/src/adapters/$1.ts',
  },
  transform: { '^.+\\.ts$': swc(true), '^.+\\.m?js$': swc(false) },
  transformIgnorePatterns: [`/node_modules/(?!(${esm})/)`],
  watchPathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/data/'],
};
