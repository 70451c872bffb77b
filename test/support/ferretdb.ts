import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const VERSION = 'v1.24.2';
const MODULE = 'github.com/FerretDB/FerretDB';
/** Raise it when what is changed in the source changes. */
const CHANGES = 2;
/** In the checkout that a command is run in: the same for the tests and for what is compiled from here. */
const CACHE = resolve('node_modules/.cache/ferretdb', `${VERSION}-${CHANGES}`);

/** Building takes a minute or two; a lock that is older is of somebody who was killed. */
const BUILD_PATIENCE_MS = 600_000;

/**
 * Where the server is, or why there is none: then the double takes its place. It is built once per checkout, when a spec file is loaded: test
 * processes that arrive meanwhile wait for it.
 */
export function ferretdb(): { readonly path: string } | { readonly reason: string } {
  if (process.env.CAISSE_TEST_MONGODB === 'double') return { reason: 'the double was chosen' };
  const path = join(CACHE, 'ferretdb');
  if (existsSync(path)) return { path };
  if (spawnSync('go', ['version']).status !== 0) return { reason: 'Go is not installed' };
  mkdirSync(CACHE, { recursive: true });
  const lock = join(CACHE, 'lock');
  while (!isTaken(lock)) {
    if (existsSync(path)) return { path };
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
  try {
    if (!existsSync(path)) build(path);
    return { path };
  } catch (error) {
    return { reason: `FerretDB could not be built (${error instanceof Error ? error.message : 'unknown'})` };
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isTaken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && made < Date.now() - BUILD_PATIENCE_MS) rmSync(lock, { recursive: true });
    return false;
  }
}

/**
 * From a copy of the module, because some of its files have to be other than they are published: the version, which
 * its own tools would write; an expression that does not match that of the index on `_id`, without which every search
 * reads a whole collection; and cursors of a bulk, which stay open to its end, so that more than a hundred updates of
 * documents that exist wait for each other's connections for ever.
 */
function build(path: string): void {
  const source = join(CACHE, 'source');
  rmSync(source, { recursive: true, force: true });
  const downloaded = run(CACHE, 'go', 'mod', 'download', '-json', `${MODULE}@${VERSION}`);
  const { Dir: module } = JSON.parse(downloaded) as { Dir: string };
  run(CACHE, 'cp', '-R', module, source);
  run(CACHE, 'chmod', '-R', 'u+w', source);
  writeFileSync(join(source, 'build/version/version.txt'), `${VERSION}\n`);
  change(join(source, 'internal/backends/sqlite/metadata/metadata.go'), `"->'$._id'"`, '`->"_id"`');
  const update = 'result, err := common.UpdateDocument(ctx, c, "update", iter, &u)';
  change(join(source, 'internal/handler/msg_update.go'), update, `${update}\n\t\tcloser.Close()`);
  run(source, 'nice', '-n', '10', 'go', 'build', '-buildvcs=false', '-o', `${path}.new`, './cmd/ferretdb');
  renameSync(`${path}.new`, path);
  rmSync(source, { recursive: true, force: true });
}

function change(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} is other than it was`);
  writeFileSync(
    file,
    text.replace(from, () => to),
  );
}

function run(folder: string, command: string, ...parameters: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, parameters, {
    cwd: folder,
    encoding: 'utf8',
    timeout: BUILD_PATIENCE_MS,
  });
  if (status !== 0)
    throw new Error(`${command} ${parameters[0] ?? ''}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  return stdout;
}
