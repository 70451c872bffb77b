import { sha256Hex } from '../platform/crypto';
import { exportLine, isHashOf, parseExportLine } from './chain';

const text = '{"a":1,"prevHash":"00"}';
const hash = sha256Hex(text);

describe('an exported line', () => {
  it('is the text with its hash as the last member, and still JSON', () => {
    const line = exportLine(text, hash);
    expect(line).toBe(`{"a":1,"prevHash":"00","hash":"${hash}"}`);
    expect(JSON.parse(line)).toEqual({ a: 1, prevHash: '00', hash });
  });

  it('gives back the very text that was hashed', () => {
    expect(parseExportLine(exportLine(text, hash))).toEqual({ text, hash });
  });

  it.each([
    ['a short hash', `{"a":1,"hash":"${hash.slice(1)}"}`],
    ['an upper-case hash', `{"a":1,"hash":"${hash.toUpperCase()}"}`],
    ['no hash', '{"a":1}'],
    ['something behind it', `${exportLine(text, hash)} `],
  ])('is none with %s', (_what, line) => {
    expect(parseExportLine(line)).toBeNull();
  });

  it('belongs to its hash and to no other', () => {
    expect(isHashOf(hash, text, sha256Hex)).toBe(true);
    for (let index = 0; index < text.length; index += 1) {
      const flipped = `${text.slice(0, index)}${String.fromCharCode(text.charCodeAt(index) ^ 1)}${text.slice(index + 1)}`;
      expect(isHashOf(hash, flipped, sha256Hex)).toBe(false);
    }
  });
});
