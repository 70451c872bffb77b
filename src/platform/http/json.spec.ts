import fc from 'fast-check';
import { DEEPEST_JSON, parseJson } from './json';
import { Problem } from './problem';

function codeOf(text: string): string | undefined {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return undefined;
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('parsing the JSON of a stranger', () => {
  it('reads what JSON.parse reads, as received', () =>
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6, noUnicodeString: false }),
        fc.constantFrom(undefined, 2, '\t'),
        (value, indent) => {
          fc.pre(!/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)));
          const text = JSON.stringify(value, undefined, indent);
          expect(parseJson(text)).toEqual(JSON.parse(text));
        },
      ),
    ));

  it.each([
    ['a lone bracket', '{'],
    ['a trailing comma', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['NaN', '{"a":NaN}'],
    ['a leading zero', '{"a":01}'],
    ['U+0000 as such', '{"a":"\u0000"}'],
    ['an unterminated string', '{"a":"b'],
    ['an escaped end', '{"a":"b\\"}'],
    ['two values', '{} {}'],
    ['nothing', ' '],
    ['brackets that only close', ']]]]'],
  ])('refuses %s', (_what, text) => expect(codeOf(text)).toBe('malformed-json'));

  it('says where it stopped understanding, if the engine does', () => {
    const attempt = () => parseJson('{"a":1 "b":2}');
    expect(attempt).toThrow(expect.objectContaining({ facts: { position: 7 } }));
  });

  it('goes down to a depth and no further', () => {
    expect(codeOf(nested(DEEPEST_JSON))).toBeUndefined();
    expect(codeOf(nested(DEEPEST_JSON + 1))).toBe('too-deep');
    expect(codeOf('{"a":'.repeat(DEEPEST_JSON + 1) + '1' + '}'.repeat(DEEPEST_JSON + 1))).toBe('too-deep');
    expect(codeOf(nested(1_000_000))).toBe('too-deep');
  });

  it('does not take brackets within strings for depth', () =>
    expect(parseJson(`{"a":"${'['.repeat(100)}\\"{"}`)).toEqual({ a: `${'['.repeat(100)}"{` }));

  it.each([
    '{"a":1,"a":1}',
    '{"a":{"b":1,"c":2,"b":3}}',
    '[{"a":1},{"a":1,"\\u0061":2}]',
    '{"a\\\\":1,"a\\\\":2}',
  ])('refuses a name twice in one object: %s', (text) => expect(codeOf(text)).toBe('duplicate-field'));

  it.each(['{"a":1,"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"x:y","b":":\\":"}', '{"a\\"":1,"a":2}'])(
    'takes a name again elsewhere: %s',
    (text) => expect(codeOf(text)).toBeUndefined(),
  );

  it.each(['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])(
    'refuses the name %s at any depth',
    (name) => {
      expect(codeOf(`{"${name}":{"admin":true}}`)).toBe('unknown-field');
      expect(codeOf(`{"a":[{"b":{"${name}":1}}]}`)).toBe('unknown-field');
      expect(codeOf(`{"a":"${name}"}`)).toBeUndefined();
    },
  );

  it('leaves prototypes alone', () => {
    expect(codeOf('{"__proto__":{"polluted":true}}')).toBe('unknown-field');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
