import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgottenRestores, readRestores, restoreLine, rewindReason } from './restores';

const folder = mkdtempSync(join(tmpdir(), 'caisse-restores-'));
const file = join(folder, 'restores.ndjson');

afterAll(() => rmSync(folder, { recursive: true }));

const record = (at: string, reason = '') => ({
  at,
  backup: '2026-03-13T22:00:00.000Z',
  reason,
  abandoned: [],
});

function threeLines(): string[] {
  const lines: string[] = [];
  for (const day of ['14', '15', '16']) {
    writeFileSync(file, lines.join(''));
    lines.push(restoreLine(readRestores(file), record(`2026-03-${day}T08:00:00.000Z`)).line);
  }
  return lines;
}

function brokenIn(lines: readonly string[]): readonly number[] {
  writeFileSync(file, lines.join(''));
  return readRestores(file).broken;
}

describe('the record of restores', () => {
  it('is empty where nothing was ever restored', () => {
    expect(readRestores(join(folder, 'none'))).toEqual({ records: [], broken: [] });
  });

  it('tells what was restored, oldest first', () => {
    const lines = threeLines();
    expect(brokenIn(lines)).toEqual([]);
    expect(readRestores(file).records.map(({ at }) => at.slice(8, 10))).toEqual(['14', '15', '16']);
  });

  it('notices a line that was changed, taken out, moved or put in', () => {
    const [first = '', second = '', third = ''] = threeLines();
    expect(brokenIn([first, second.replace('08:00', '09:00'), third])).toEqual([2, 3]);
    expect(brokenIn([first, third])).toEqual([2]);
    expect(brokenIn([second, first, third])).toEqual([1, 2, 3]);
    expect(brokenIn([second, third])).toEqual([1]);
    expect(brokenIn([first, 'rien\n', second, third])).toEqual([2, 3]);
  });

  it('misses what the witness remembers, when the last lines were taken out', () => {
    const lines = threeLines();
    brokenIn(lines);
    const rewindings = readRestores(file).records.map(
      ({ hash }) => `id 12 root rewound ${JSON.stringify(rewindReason('disque perdu', hash))}\n`,
    );
    expect(forgottenRestores(readRestores(file), rewindings)).toEqual([]);
    const last = readRestores(file).records[2]?.hash ?? '';
    expect(brokenIn(lines.slice(0, 2))).toEqual([]);
    expect(forgottenRestores(readRestores(file), rewindings)).toEqual([last.slice(0, 16)]);
  });

  it('takes words for words: a reason that looks like a restore is none', () => {
    const rewinding = `id 12 root rewound ${JSON.stringify('(reprise 0123456789abcdef) puis rien')}\n`;
    expect(forgottenRestores(readRestores(join(folder, 'none')), [rewinding])).toEqual([]);
  });
});
