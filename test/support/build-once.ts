import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative } from 'node:path';
import ts from 'typescript';

type Staleness = {
  root: string;
  compiledOf: (source: string) => string;
  staleSources: () => string[];
  orphans: () => string[];
};

/**
 * Brings dist/ up to date before the first test: worker threads and processes under test run from there. Only
 * what changed is compiled, file by file with TypeScript's own emitter, so the output is the one of
 * `npm run build`; types are the business of `npm run check`.
 */
export default function buildOnce(): void {
  const load = createRequire(__filename);
  const { root, compiledOf, staleSources, orphans } = load('../../scripts/stale.cjs') as Staleness;
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, (file) => readFileSync(file, 'utf8')) as {
    config: { compilerOptions: unknown };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);

  for (const source of staleSources()) {
    const { mtime } = statSync(source);
    const text = readFileSync(source, 'utf8');
    const target = compiledOf(source);
    if (source.endsWith('.json')) {
      place(target, text, mtime);
      continue;
    }
    const compiled = ts.transpileModule(text, { compilerOptions: options, fileName: source });
    const map = withSource(compiled.sourceMapText ?? '{}', relative(dirname(target), source));
    place(`${target}.map`, map, mtime);
    place(target, compiled.outputText, mtime);
  }
  for (const orphan of orphans()) rmSync(orphan, { force: true });
}

/** The map as TypeScript writes it names the file alone; a stack trace wants the path from dist/. */
function withSource(map: string, source: string): string {
  return JSON.stringify({ ...(JSON.parse(map) as object), sources: [source] });
}

/**
 * Written aside and renamed, since two test runs may meet here; dated like the source that was read, so that an
 * edit made meanwhile is seen by the next run.
 */
function place(file: string, text: string, mtime: Date): void {
  mkdirSync(dirname(file), { recursive: true });
  const aside = `${file}.${String(process.pid)}`;
  writeFileSync(aside, text);
  utimesSync(aside, mtime, mtime);
  renameSync(aside, file);
}
