import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepDiskReserve } from './disk-reserve';

describe('the reserve of the data folder', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'caisse-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  it('is two mebibytes, made with the folder', () => {
    const folder = join(root, 'data');
    expect(keepDiskReserve(folder)).toBe(false);
    expect(statSync(join(folder, 'reserve')).size).toBe(2 * 1024 * 1024);
  });

  it('is left as it is where it is whole, and made whole where it is not', () => {
    const file = join(root, 'reserve');
    writeFileSync(file, 'a part');
    keepDiskReserve(root);
    const { mtimeMs, size } = statSync(file);
    expect(size).toBe(2 * 1024 * 1024);
    keepDiskReserve(root);
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
    expect(existsSync(file)).toBe(true);
  });
});
