import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

type Report = {
  modules: { source: string; dependencies: { module: string; couldNotResolve: boolean }[] }[];
  summary: { violations: { from: string; to: string; rule: { name: string } }[] };
};

const root = resolve(__dirname, '../..');
const copied = ['src', 'projections', '.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'];

/** What is planted: the file that breaks the rule, and the files it needs to break it. */
type Violation = {
  rule: string;
  file: string;
  imports: string;
  /** As for a package that others install, and that is not there when this one runs. */
  isOfTypes?: boolean;
  with?: Record<string, string>;
};

const planted: Violation[] = [
  {
    rule: 'no-circular',
    file: 'src/reports/planted-egg.ts',
    imports: './planted-hen',
    with: { 'src/reports/planted-hen.ts': "export * as egg from './planted-egg';" },
  },
  { rule: 'kernel-knows-nothing', file: 'src/kernel/planted-driver.ts', imports: 'node:fs' },
  { rule: 'kernel-knows-nothing', file: 'src/kernel/planted-slice.ts', imports: '../ledger/events' },
  { rule: 'proof-is-pure', file: 'src/proof/planted-ledger.ts', imports: '../ledger/events' },
  {
    rule: 'domain-is-framework-free',
    file: 'src/ledger/sale/planted-framework.ts',
    imports: '@nestjs/common',
  },
  { rule: 'domain-is-framework-free', file: 'src/ledger/planted-node.ts', imports: 'node:crypto' },
  { rule: 'domain-is-framework-free', file: 'src/ports/planted-logger.ts', imports: 'pino' },
  { rule: 'domain-is-framework-free', file: 'projections/planted-framework.ts', imports: 'rxjs' },
  {
    rule: 'domain-calls-no-shell',
    file: 'src/ledger/sale/planted-port.ts',
    imports: '../../ports/planted-port',
    with: { 'src/ports/planted-port.ts': 'export const port = 1;' },
  },
  {
    rule: 'domain-calls-no-shell',
    file: 'src/ledger/sale/planted-shell.ts',
    imports: './planted.handlers',
    with: { 'src/ledger/sale/planted.handlers.ts': 'export const handler = 1;' },
  },
  {
    rule: 'slices-meet-at-events',
    file: 'src/ledger/sale/planted-neighbour.ts',
    imports: '../expense/planted-decision',
    with: { 'src/ledger/expense/planted-decision.ts': 'export const decision = 1;' },
  },
  {
    rule: 'connectors-send-commands',
    file: 'src/connectors/planted/planted-reach.ts',
    imports: '../../ledger/sale/planted.controller',
    with: { 'src/ledger/sale/planted.controller.ts': 'export const controller = 1;' },
  },
  {
    rule: 'projections-read-events-only',
    file: 'projections/planted-decision.ts',
    imports: '../src/ledger/sale/planted-rule',
    with: { 'src/ledger/sale/planted-rule.ts': 'export const decision = 1;' },
  },
  {
    rule: 'adapters-are-leaves',
    file: 'src/reports/planted-report.ts',
    imports: '../adapters/sqlite/planted-adapter',
    with: { 'src/adapters/sqlite/planted-adapter.ts': 'export const adapter = 1;' },
  },
  {
    rule: 'adapters-see-ports-only',
    file: 'src/adapters/sqlite/planted-domain.ts',
    imports: '../../ledger/events',
  },
  ...['better-sqlite3', 'mongodb', '@eventstore/db-client', '@kurrent/kurrentdb-client'].map(
    (imports, index) => ({
      rule: 'drivers-in-adapters-only',
      file: `src/cli/planted-driver-${index}.ts`,
      imports,
    }),
  ),
  {
    rule: 'drivers-in-adapters-only',
    file: 'src/platform/planted-driver.ts',
    imports: '@grpc/grpc-js',
    isOfTypes: true,
  },
  {
    rule: 'production-knows-no-test',
    file: 'src/reports/planted-test.ts',
    imports: '../../test/support/planted-situations',
    with: { 'test/support/planted-situations.ts': 'export const situation = 1;' },
  },
  { rule: 'production-needs-dependencies', file: 'src/reports/planted-tool.ts', imports: 'fast-check' },
];

/** Imports that a rule could forbid by being too wide, and must not. */
const allowed: Omit<Violation, 'rule'>[] = [
  { file: 'src/kernel/planted-zod.ts', imports: 'zod' },
  { file: 'src/kernel/planted-calendar.ts', imports: 'temporal-polyfill' },
  { file: 'src/ledger/sale/planted-events.ts', imports: '../expense/events' },
  { file: 'src/ledger/sale/planted-entry.ts', imports: '../expense/entry' },
  { file: 'projections/planted-events.ts', imports: '../src/ledger/sale/events' },
  { file: 'src/adapters/sqlite/planted-compiled.ts', imports: '../../platform/compiled' },
  { file: 'src/adapters/sqlite/planted-driver.ts', imports: 'better-sqlite3' },
  { file: 'src/adapters/eventstoredb/planted-driver.ts', imports: '@grpc/grpc-js', isOfTypes: true },
  { file: 'src/cli/planted-root.ts', imports: '../adapters/sqlite/planted-compiled' },
];

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${text}\n`);
}

function cruise(folder: string): Report {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const answer = execFileSync(
    process.execPath,
    [program, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src', 'projections'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  return JSON.parse(answer) as Report;
}

describe('the dependency rules', () => {
  let folder: string;
  let report: Report;

  const rulesBrokenBy = (file: string) => [
    ...new Set(report.summary.violations.filter(({ from }) => from === file).map(({ rule }) => rule.name)),
  ];
  const importsOf = (file: string) =>
    report.modules
      .find(({ source }) => source === file)
      ?.dependencies.filter(({ couldNotResolve }) => !couldNotResolve)
      .map(({ module }) => module);

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'caisse-rules-')));
    for (const name of copied.filter((each) => existsSync(join(root, each))))
      cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const { file, imports, isOfTypes = false, with: others = {} } of [...planted, ...allowed]) {
      write(folder, file, `export ${isOfTypes ? 'type ' : ''}* as planted from '${imports}';`);
      for (const [name, text] of Object.entries(others)) write(folder, name, text);
    }
    report = cruise(folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(planted)('$rule: $file may not import $imports', ({ rule, file }) => {
    expect(rulesBrokenBy(file)).toEqual([rule]);
  });

  it.each(allowed)('$file may import $imports', ({ file, imports }) => {
    expect(importsOf(file)).toEqual([imports]);
    expect(rulesBrokenBy(file)).toEqual([]);
  });

  it('have a planted violation each', () => {
    const names = readRuleNames(folder);
    expect([...new Set(planted.map(({ rule }) => rule))].sort()).toEqual(names.sort());
  });
});

/** The names of all rules, asked of Node itself: the configuration is an ES module. */
function readRuleNames(folder: string): string[] {
  const script =
    "import('./.dependency-cruiser.mjs').then((m) => console.log(JSON.stringify(m.default.forbidden.map((r) => r.name))))";
  return JSON.parse(
    execFileSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' }),
  ) as string[];
}
