import { runInNewContext } from 'node:vm';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson, canonicalJsonOfReceived } from './canonical-json';

/** A double from its IEEE 754 bits, as RFC 8785 Appendix B writes them. */
function double(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
}

describe('canonical JSON (RFC 8785)', () => {
  it('orders members by UTF-16 code units, at every depth (§3.2.3)', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = [...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map((match) => match[1]);
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('orders names that look like integers as texts', () => {
    expect(canonicalJson({ 200: 1, 1000: 2, 50: 3 })).toBe('{"1000":2,"200":1,"50":3}');
    expect(canonicalJson({ counts: { 500: 2, 10000: 1 } })).toBe('{"counts":{"10000":1,"500":2}}');
  });

  it.each([0, 1, 2, 15, 16, 17, 40])('orders %i members, however they came', (count) => {
    const names = Array.from({ length: count }, (_, index) => `m${String((index * 7919) % 1000)}`);
    const received = Object.fromEntries(names.map((name) => [name, true]));
    const ordered = [...new Set(names)].sort().map((name) => `"${name}":true`);
    expect(canonicalJson(received)).toBe(`{${ordered.join(',')}}`);
    expect(canonicalJsonOfReceived(received)).toBe(`{${ordered.join(',')}}`);
  });

  it('escapes just what must be escaped (§3.2.2.2)', () => {
    const text = '\u20ac$\u000f\nA\'\u0042\u0022\\\\"/';
    expect(canonicalJson(text)).toBe('"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"');
    expect(canonicalJson('\u2028\u2029\u007f')).toBe('"\u2028\u2029\u007f"');
    expect(canonicalJson({ a: '\b\t\f\r' })).toBe('{"a":"\\b\\t\\f\\r"}');
  });

  it('writes the structured example of §3.2.2', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    };
    expect(canonicalJsonOfReceived(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s as %s (Appendix B)', (bits, text) => {
    expect(canonicalJsonOfReceived(double(bits))).toBe(text);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('has no form for %p', (value) => {
    expect(() => canonicalJsonOfReceived(value)).toThrow(TypeError);
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('keeps floats, unsafe integers and null out of events', () => {
    expect(() => canonicalJson({ a: 1.5 })).toThrow(new TypeError('not allowed: 1.5'));
    expect(() => canonicalJson({ a: 2 ** 53 })).toThrow(new TypeError('not allowed: 9007199254740992'));
    expect(() => canonicalJson([null])).toThrow(new TypeError('null has no place in an event'));
    expect(() => canonicalJson({ a: () => 1 })).toThrow(new TypeError('no JSON value: function'));
    expect(canonicalJson({ a: 2 ** 53 - 1, b: -(2 ** 53 - 1) })).toBe(
      '{"a":9007199254740991,"b":-9007199254740991}',
    );
  });

  class Money {
    readonly amount = 1;
    toJSON() {
      return 5;
    }
  }

  it.each([
    ['a date', new Date(0)],
    ['a map', new Map([['a', 1]])],
    ['bytes', Uint8Array.of(1)],
    ['a boxed text', Object('x') as object],
    ['an instance of a class', new Money()],
  ])('keeps %s out of events, wherever it stands', (_what, value) => {
    expect(() => canonicalJson(value)).toThrow(new TypeError('only plain objects have a place in an event'));
    expect(() => canonicalJson({ a: value, b: 1 })).toThrow(TypeError);
    expect(() => canonicalJson({ b: 1, a: value })).toThrow(TypeError);
    expect(() => canonicalJson([value])).toThrow(TypeError);
  });

  it('takes a plain object for one whichever realm it comes from, and a date for none', () => {
    expect(canonicalJson(runInNewContext('({ a: [{ b: 1 }] })'))).toBe('{"a":[{"b":1}]}');
    expect(() => canonicalJson(runInNewContext('({ a: new Date(0) })'))).toThrow(TypeError);
  });

  it('writes an object without a prototype', () => {
    const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    value.a = 1;
    expect(canonicalJson(value)).toBe('{"a":1}');
  });

  it('does not fill a hole in an array', () => {
    const items: number[] = [1];
    items[2] = 3;
    expect(() => canonicalJson({ a: items })).toThrow(TypeError);
    expect(() => canonicalJson({ b: 1, a: [items] })).toThrow(TypeError);
    expect(() => canonicalJson([undefined])).toThrow(TypeError);
  });

  it('refuses half of a surrogate pair, in values and in names', () => {
    expect(() => canonicalJson('\ud83d')).toThrow(new TypeError('a lone surrogate has no UTF-8 form'));
    expect(() => canonicalJson({ a: '\ude00x' })).toThrow(TypeError);
    expect(() => canonicalJson({ '\ud83d': 1 })).toThrow(TypeError);
    expect(canonicalJson('\ud83d\ude00')).toBe('"😀"');
  });

  it('leaves out members that are undefined, and writes minus zero as zero', () => {
    expect(canonicalJson({ a: undefined, b: -0, c: [] })).toBe('{"b":0,"c":[]}');
    expect(canonicalJson({ b: 1, a: undefined })).toBe('{"b":1}');
    expect(canonicalJson({ c: -0, a: undefined, b: [] })).toBe('{"b":[],"c":0}');
  });

  it('writes the same whether members come in order or not', () => {
    const inOrder = { actor: { id: 'a', role: 'user' }, data: { lines: [{ gross: 1, label: 'é\u2028' }] } };
    const shuffled = { data: { lines: [{ label: 'é\u2028', gross: 1 }] }, actor: { role: 'user', id: 'a' } };
    expect(canonicalJson(shuffled)).toBe(canonicalJson(inOrder));
  });

  const text = fc.string({ unit: 'grapheme' });
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.boolean(), text, tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(fc.oneof(text, fc.integer({ min: 0, max: 20_000 }).map(String)), tie('value'), {
      maxKeys: 6,
    }),
  })).value;

  it('agrees with an independent implementation', () => {
    fc.assert(
      fc.property(json, (value) => canonicalJson(value) === canonicalize(value)),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJsonOfReceived(value)).toBe(canonicalize(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('is read back to the same value, and written again to the same text', () => {
    fc.assert(
      fc.property(json, (value) => {
        const written = canonicalJson(value);
        expect(canonicalJson(JSON.parse(written))).toBe(written);
      }),
    );
  });
});
