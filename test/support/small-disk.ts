import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Folder, newFolder } from './service';

const MEBIBYTE = 1024 * 1024;
const SIZE_MIB = 96;

/** A folder on a disk of its own that can be filled up and emptied again. */
export type SmallDisk = {
  readonly folder: Folder;
  /** Leaves so many bytes. */
  readonly fill: (leaving: number) => void;
  readonly free: () => void;
  readonly unmount: () => void;
};

/** A tmpfs of 96 MiB with the data and the witness on it; null where mounting is not permitted. */
export function mountSmallDisk(): SmallDisk | null {
  const { root } = newFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'tmpfs', root]);
  if (mounted.status !== 0) return null;
  const ballast = join(root, 'ballast');
  const data = join(root, 'data');
  mkdirSync(data);
  return {
    folder: { root, data, witness: join(root, 'caisse.witness') },
    fill: (leaving) => {
      const { bavail, bsize } = statfsSync(root);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaving)));
    },
    free: () => rmSync(ballast),
    unmount: () => void spawnSync('umount', ['-l', root]),
  };
}

/** Starts a process that can make no file larger than this, which any user may do anywhere. */
export function withFilesUpTo(mebibytes: number): readonly string[] {
  // POSIX counts blocks of 512 bytes.
  const blocks = (mebibytes * MEBIBYTE) / 512;
  return ['sh', '-c', `ulimit -S -f ${blocks} && exec "$0" "$@"`];
}
