import fc from 'fast-check';
import { codeSchema, hexDigestSchema, isWellFormed, Joined, pairKey, textSchema, uuidSchema } from './text';

describe('a code', () => {
  it.each(['T1', 'a', '0', 'A.b_c-9', 'x'.repeat(32)])('may be %s', (code) => {
    expect(codeSchema.parse(code)).toBe(code);
  });

  it.each(['', '-', '-a', '.a', '_a', 'a/b', 'a b', 'é', 'x'.repeat(33), 'a\n', ' a', 'a|b'])(
    'is not %j',
    (code) => {
      expect(codeSchema.safeParse(code).success).toBe(false);
    },
  );
});

describe('an id', () => {
  it('is a UUID, in small letters whatever was sent', () => {
    expect(uuidSchema.parse('0190A1B2-C3D4-7EF0-8123-456789ABCDEF')).toBe(
      '0190a1b2-c3d4-7ef0-8123-456789abcdef',
    );
  });

  it.each([
    '0190a1b2c3d47ef08123456789abcdef',
    '0190a1b2-c3d4-7ef0-8123-456789abcdeg',
    '0190a1b2-c3d4-7ef0-8123-456789abcde',
    '{0190a1b2-c3d4-7ef0-8123-456789abcdef}',
    'x0190a1b2-c3d4-7ef0-8123-456789abcdef',
    '0190a1b2-c3d4-7ef0-8123-456789abcdef0',
    '',
  ])('is not %j', (id) => {
    expect(uuidSchema.safeParse(id).success).toBe(false);
  });
});

describe('free text', () => {
  it.each(['é', 'é', 'a\nb', ' ', '🥖', 'ﬁ', '\u202e'])('stays as it was typed: %j', (text) => {
    expect(textSchema(10).parse(text)).toBe(text);
  });

  it('is of one character at least and no more than it may', () => {
    const accepts = (text: string) => textSchema(3).safeParse(text).success;
    expect(['', 'a', 'abc', 'abcd'].map(accepts)).toEqual([false, true, true, false]);
  });

  it.each(['\u0000', 'a\u0000b', '\ud83e', 'a\udd56', '\udd56\ud83e', '\ud83e\ud83e\udd56', '🥖\udd56'])(
    'is not %j, which cannot be hashed or stored',
    (text) => {
      expect(textSchema(10).safeParse(text).error?.issues).toEqual([
        expect.objectContaining({ params: { code: 'text-not-well-formed' } }),
      ]);
    },
  );

  it('is well-formed just when UTF-8 keeps it', () => {
    const units = fc.array(
      fc.oneof(fc.integer({ min: 0xd7fe, max: 0xe002 }), fc.integer({ min: 0x20, max: 0x7e })),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        expect(isWellFormed(text)).toBe(Buffer.from(text, 'utf8').toString('utf8') === text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a digest', () => {
  it.each([
    ['ab'.repeat(32), true],
    ['AB'.repeat(32), false],
    ['ab'.repeat(31), false],
    ['ab'.repeat(33), false],
    ['xy'.repeat(32), false],
  ])('%s: %s', (text, expected) => {
    expect(hexDigestSchema.safeParse(text).success).toBe(expected);
  });
});

describe('a key of two texts', () => {
  it('is of these two alone', () => {
    const signs = ['a', 'b', '|', '"', ',', '[', ']', '\\'];
    const text = fc.array(fc.constantFrom(...signs), { maxLength: 4 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        expect(pairKey(a, b) === pairKey(c, d)).toBe(a === c && b === d);
      }),
    );
    expect(pairKey('a|b', 'c')).not.toBe(pairKey('a', 'b|c'));
  });
});

describe('a text of two parts', () => {
  it('is the same as if it were put together each time', () => {
    const joined = new Joined<string, number>('sales/');
    for (let round = 0; round < 2; round += 1)
      for (const first of ['pain', 'snacking'])
        for (const last of [0, 550, 1000]) expect(joined.of(first, last)).toBe(`sales/${first}/${last}`);
    expect(new Joined<string, string>('', '|').of('T1', 'sale')).toBe('T1|sale');
  });

  it('is right for more parts than are remembered', () => {
    const joined = new Joined<number, string>();
    for (let round = 0; round < 2; round += 1)
      for (let first = 0; first < 10_100; first += 1) expect(joined.of(first, 'a')).toBe(`${first}/a`);
  });
});
