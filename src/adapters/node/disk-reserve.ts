import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What stores need to be opened at all: their write-ahead logs with index, and a journal. */
const NEEDED = 1024 * 1024;
const RESERVE = 2 * NEEDED;

const NAME = 'reserve';

/**
 * Keeps room in the data folder for the next start. SQLite cannot open a file in WAL mode, not even to read, where it
 * cannot make the two files beside it, and a clean stop takes these away: on a full disk the service would not come
 * back. So a file of two mebibytes holds the place, and is given up when there is no other.
 *
 * @returns whether it was given up
 */
export function keepDiskReserve(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, NAME);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (size > 0 && free < NEEDED) {
    rmSync(file);
    return true;
  }
  if (size < RESERVE && free >= 2 * RESERVE) reserve(file);
  return false;
}

function reserve(file: string): void {
  try {
    // Noise: what can be compressed holds no place on some file systems.
    writeFileSync(file, randomBytes(RESERVE), { mode: 0o600 });
  } catch {
    // A part of it would hold no place for sure; there will be room another time.
    rmSync(file, { force: true });
  }
}
