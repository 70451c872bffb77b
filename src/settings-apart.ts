import { readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** What a part of an installation calls its own: its file, and those that are made or removed beside it. */
export type OwnFiles = { readonly what: string; readonly files: readonly string[] };

export type SharedFile = { readonly whats: readonly [string, string]; readonly file: string };

/** Files that two parts would share, by whatever names: each pair of parts once. */
export function sharedFiles(parts: readonly OwnFiles[]): readonly SharedFile[] {
  const owners = new Map<string, string>();
  const shared = new Map<string, SharedFile>();
  for (const { what, files } of parts) {
    for (const file of files) {
      for (const identity of identitiesOf(file)) {
        const owner = owners.get(identity) ?? what;
        owners.set(identity, owner);
        if (owner !== what && !shared.has(owner + what))
          shared.set(owner + what, { whats: [owner, what], file });
      }
    }
  }
  return [...shared.values()];
}

/** Where a file really is, and which one it is when it is there: a hard link is the same file under another name. */
function identitiesOf(file: string): readonly string[] {
  const real = realPath(resolve(file), MOST_LINKS);
  try {
    const stat = statSync(real, { bigint: true });
    // Where it has no second name its number says nothing, and on some mounts all files have the same.
    return stat.isFile() && stat.nlink > 1n ? [real, `${stat.dev}:${stat.ino}`] : [real];
  } catch {
    // Not there, or out of reach: whoever opens it says so.
    return [real];
  }
}

/** As many symbolic links as Linux follows. */
const MOST_LINKS = 40;

/** The path without symbolic links, also of a file that does not exist yet, or to which a link leads in vain. */
function realPath(path: string, links: number): string {
  try {
    return realpathSync(path);
  } catch {
    const target = links > 0 ? linkIn(path) : null;
    if (target !== null) return realPath(resolve(dirname(path), target), links - 1);
    return dirname(path) === path ? path : join(realPath(dirname(path), links), basename(path));
  }
}

function linkIn(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
