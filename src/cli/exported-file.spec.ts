import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportLine } from '../proof/chain';
import { ExportedFile } from './exported-file';

const folder = mkdtempSync(join(tmpdir(), 'caisse-export-'));

afterAll(() => rmSync(folder, { recursive: true }));

const HASH = 'a'.repeat(64);

function fileOf(bytes: string | Buffer): ExportedFile {
  const path = join(folder, 'events.ndjson');
  writeFileSync(path, bytes);
  return new ExportedFile(path);
}

function read(bytes: string | Buffer): { text: string; hash: string }[] {
  const file = fileOf(bytes);
  const lines = [...file.lines()].map(({ text, hash }) => ({ text, hash }));
  file.close();
  return lines;
}

describe('a file of exported events', () => {
  it('gives back the texts that were hashed', () => {
    const texts = ['{"a":"é"}', '{"b":"🥐"}'];
    expect(read(texts.map((text) => `${exportLine(text, HASH)}\n`).join(''))).toEqual(
      texts.map((text) => ({ text, hash: HASH })),
    );
  });

  it('does without a last line feed, with carriage returns and empty lines', () => {
    const line = exportLine('{"a":1}', HASH);
    const expected = { text: '{"a":1}', hash: HASH };
    expect(read(line)).toEqual([expected]);
    expect(read(`${line}\r\n\n${line}\r\n`)).toEqual([expected, expected]);
    expect(read('')).toEqual([]);
  });

  it('reads lines that are longer than what is read at once, and that lie across it', () => {
    const texts = [`{"a":"${'é'.repeat(700_000)}"}`, '{"b":1}', `{"c":"${'x'.repeat(1_048_570)}"}`];
    expect(read(texts.map((text) => `${exportLine(text, HASH)}\n`).join(''))).toEqual(
      texts.map((text) => ({ text, hash: HASH })),
    );
  });

  it('has no hash for what is no exported event', () => {
    expect(read('bonjour\n')).toEqual([{ text: 'bonjour', hash: '' }]);
  });

  it('has no hash for bytes that are no UTF-8: a decoder would mend them in silence', () => {
    const line = Buffer.from(`${exportLine('{"a":"\ufffd"}', HASH)}\n`);
    const at = line.indexOf(Buffer.from('\ufffd'));
    const bent = Buffer.concat([line.subarray(0, at), Buffer.from([0xff]), line.subarray(at + 3)]);
    expect(bent.toString()).toBe(line.toString());
    expect(read(line)[0]?.hash).toBe(HASH);
    expect(read(bent)[0]?.hash).toBe('');
  });

  it('finds an event again by its sequence', () => {
    const texts = Array.from(
      { length: 3000 },
      (_, index) => `{"sequence":${index + 1},"x":"${'y'.repeat(index)}"}`,
    );
    const file = fileOf(texts.map((text) => `${exportLine(text, HASH)}\n`).join(''));
    let sequence = 0;
    for (const { offset } of file.lines()) file.note((sequence += 1), offset);
    file.note(7, 0);
    expect([1, 7, 2999, 3000].map((wanted) => file.textOf(wanted))).toEqual(
      [1, 7, 2999, 3000].map((wanted) => texts[wanted - 1]),
    );
    expect([0, -1, 3001, 2 ** 40].map((wanted) => file.textOf(wanted))).toEqual([null, null, null, null]);
    file.close();
  });

  it('is a file', () => {
    expect(() => new ExportedFile(folder)).toThrow("n'est pas un fichier");
  });
});
