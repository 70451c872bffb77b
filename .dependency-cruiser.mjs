// Who may import whom, one sentence per rule. `test/repository/dependency-rules.spec.ts` plants a violation of
// each and sees it reported.
const spec = '[.]spec[.]ts$';
const shell = '[.](handlers|service|controller|module|dto)[.]ts$';
const outsideTheDomain = [shell, spec];

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    rule('no-circular', 'A cycle: split the file or invert the dependency.', {}, { circular: true }),
    rule(
      'kernel-knows-nothing',
      'The kernel is the vocabulary everyone shares; it imports zod and the calendar only.',
      { path: '^src/kernel/', pathNot: spec },
      { pathNot: ['^src/kernel/', 'node_modules/(zod|temporal-polyfill|temporal-spec)/'] },
    ),
    rule(
      'proof-is-pure',
      'The proof also runs in an inspector’s browser: beside the kernel it imports nothing of ours, but for the verification, which must know what events mean.',
      { path: '^src/proof/', pathNot: [spec, '^src/proof/verification'] },
      { path: '^(src|projections|test|bench)/', pathNot: '^src/(proof|kernel)/' },
    ),
    rule(
      'domain-is-framework-free',
      'Events, decisions, folds, the proof and ports import no framework, driver or Node module.',
      { path: '^(src/(proof|ports|ledger)|projections)/', pathNot: outsideTheDomain },
      { dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'core'], pathNot: 'node_modules/zod/' },
    ),
    rule(
      'domain-calls-no-shell',
      'Decisions and folds do not reach for ports, adapters, the platform or the Nest shell.',
      { path: '^(src/ledger|projections)/', pathNot: outsideTheDomain },
      {
        path: [
          '^src/(ports|adapters|platform|service|recording|proof-reports|access|reports|connectors|processes|cli)/',
          '^src/[^/]+[.]ts$',
          shell,
        ],
      },
    ),
    rule(
      'slices-meet-at-events',
      'Of another slice, a slice sees its events and its entry; what several need lies in src/ledger itself.',
      { path: '^src/ledger/([^/]+)/', pathNot: outsideTheDomain },
      { path: '^src/ledger/[^/]+/', pathNot: ['^src/ledger/$1/', '/(events|entry)[.]ts$', shell] },
    ),
    rule(
      'connectors-send-commands',
      'A connector translates and sends commands; it does not reach inside.',
      { path: '^src/connectors/', pathNot: spec },
      {
        path: [
          '^src/(ledger|recording)/.*[.](handlers|service|controller|module)[.]ts$',
          '^src/ledger/ledger[.]ts$',
        ],
      },
    ),
    rule(
      'projections-read-events-only',
      'A read model is fed by events and knows the words they are made of, not the decisions.',
      { path: '^projections/', pathNot: spec },
      {
        path: '^src/(proof/|ledger/)',
        pathNot: [
          '^src/ledger/[^/]+/events[.]ts$',
          '^src/ledger/(events|movements|journal-lines|payment|company/settings)[.]ts$',
          shell,
        ],
      },
    ),
    rule(
      'adapters-are-leaves',
      'Only where a process is put together (the application, its workers, the command line) is an adapter named.',
      {
        path: '^(src|projections)/',
        pathNot: [
          '^src/adapters/',
          '^src/app[.]module[.]ts$',
          '^src/cli/',
          '^src/platform/.*[.]worker[.]ts$',
          spec,
        ],
      },
      { path: '^src/adapters/' },
    ),
    rule(
      'adapters-see-ports-only',
      'An adapter knows its port and its driver, not the ledger.',
      { path: '^src/adapters/', pathNot: spec },
      {
        path: '^(src|projections)/',
        // The embedded store signs checkpoints where it writes them (decision 0004).
        pathNot: ['^src/(adapters|ports|kernel)/', '^src/platform/(?:compiled|checkpoints)[.]ts$'],
      },
    ),
    rule(
      'drivers-in-adapters-only',
      'What an engine’s driver does stands behind a port: it is imported in src/adapters, where another engine can take its place.',
      { path: '^(src|projections)/', pathNot: ['^src/adapters/', spec] },
      {
        path: 'node_modules/(@types/)?(better-sqlite3|mongodb|@eventstore/db-client|@kurrent/kurrentdb-client|@grpc/grpc-js)/',
      },
    ),
    rule(
      'production-knows-no-test',
      'What ships does not lean on what is written for tests.',
      { path: '^(src|projections)/', pathNot: spec },
      { path: ['^(test|bench)/', spec] },
    ),
    rule(
      'production-needs-dependencies',
      'What ships imports what package.json installs in production.',
      { path: '^(src|projections)/', pathNot: spec },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
