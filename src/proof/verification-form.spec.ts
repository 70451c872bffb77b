import * as fc from 'fast-check';
import { z } from 'zod';
import { History } from '../../test/support/histories';
import { daySchema, isDay } from '../kernel/day';
import { isWellFormed, textSchema, uuidSchema } from '../kernel/text';
import { EVENTS, type LedgerEvent } from '../ledger/events';
import { canonicalJson } from './canonical-json';
import { expressionOf, formFinding } from './verification-form';

const TEXTS = [1, 2, 3, 4, 5, 6].flatMap((seed) =>
  new History(seed, 150).book.stored.map(({ text }) => text),
);

/** What the schema and the canonical writer say, without any expression. */
function isCanonicalEvent(event: LedgerEvent, text: string): boolean {
  const definition = Object.hasOwn(EVENTS, event.type) ? EVENTS[event.type] : undefined;
  const result = definition?.schema.safeParse(event);
  if (!result?.success) return false;
  try {
    return canonicalJson(event) === text && canonicalJson(result.data) === text;
  } catch {
    return false;
  }
}

function parsed(text: string): LedgerEvent | null {
  try {
    const event = JSON.parse(text) as LedgerEvent | null;
    return typeof event === 'object' && event !== null && typeof event.type === 'string' ? event : null;
  } catch {
    return null;
  }
}

const ID = '0a1b2c3d-0000-4000-8000-00000000abcd';

/** Something that stands in texts, and something that may stand in its place. */
const edits: readonly (readonly [RegExp, string])[] = [
  [/"amount":(\d+)/, '"amount":$1.0'],
  [/"amount":(\d+)/, '"amount":1e2'],
  [/"amount":(\d+)/, '"amount":-0'],
  [/"amount":(\d+)/, '"amount":$1$1$1$1'],
  [/"amount":(\d+)/, '"amount":"$1"'],
  [/"amount":(\d+)/, '"amount":null'],
  [/"amount":(\d+)/, '"amount": $1'],
  [/"amount":(\d+),/, '"amount":$1,"amount":$1,'],
  [/("amount":-?\d+),("method":"[a-z]+")/, '$2,$1'],
  [/"salesCount":\d/, '"salesCount":2'],
  [/"vatRate":\d+/, '"vatRate":10000'],
  [/"vatRate":\d+/, '"vatRate":10001'],
  [/"businessDate":"\d{4}-\d{2}-\d{2}"/, '"businessDate":"2024-02-29"'],
  [/"businessDate":"\d{4}-\d{2}-\d{2}"/, '"businessDate":"2023-02-29"'],
  [/"businessDate":"\d{4}-\d{2}-\d{2}"/, '"businessDate":"1969-12-31"'],
  [/"businessDate":"\d{4}-\d{2}-\d{2}"/, '"businessDate":"2026-04-31"'],
  [/"recordedAt":"[^"]*"/, '"recordedAt":"2026-03-14T09:00:00Z"'],
  [/"till":"[^"]*"/, '"till":""'],
  [/"till":"[^"]*"/, '"till":"T/1"'],
  [/"till":"T1"/, '"till":"T\\u0031"'],
  [/"method":"cash"/, `"method":"${'c'.repeat(33)}"`],
  [/"label":"Éclair"/, '"label":"\\ud83e\\udd50"'],
  [/"label":"Éclair"/, '"label":"🥐"'],
  [/"label":"Éclair"/, '"label":"\\ud83e"'],
  [/"label":"Éclair"/, '"label":"a\\u0000b"'],
  [/"label":"Éclair"/, '"label":"l\'\\"éclair\\"\\n"'],
  [/"label":"Éclair"/, '"label":"\\/"'],
  [/"label":"Éclair"/, `"label":"${'é'.repeat(201)}"`],
  [/"role":"admin"/, '"role":"king"'],
  [/"prevHash":"./, '"prevHash":"G'],
  [/"id":"0/, '"id":"A'],
  [/"data":\{/, '"data":{"__proto__":1,'],
  [/"data":\{/, '"data":{"toString":1,'],
  [/^\{/, '{ '],
  [/\}$/, '}\n'],
  [/,"type"/, ',"training":true,"type"'],
  [/"type":"[A-Za-z]+"\}$/, '"type":"constructor"}'],
  [/"schemaVersion":1/, '"schemaVersion":2'],
  [/"schemaVersion":1/, '"schemaVersion":"1"'],
];

describe('the form of an event', () => {
  it('is right for whatever the ledger writes', () => {
    const wrong = TEXTS.filter((text) => formFinding(JSON.parse(text) as LedgerEvent, text) !== null);
    expect(wrong).toEqual([]);
  });

  it('covers every type of event that random histories bring', () => {
    const types = new Set(TEXTS.map((text) => (JSON.parse(text) as LedgerEvent).type));
    expect(types.size).toBeGreaterThan(20);
  });

  it.each(edits)('says the same as the schema and the writer after %s → %s', (pattern, by) => {
    const changed = TEXTS.filter((text) => pattern.test(text)).slice(0, 40);
    expect(changed.length).toBeGreaterThan(0);
    for (const text of changed.map((original) => original.replace(pattern, by))) {
      const event = parsed(text);
      if (event)
        expect([text, formFinding(event, text) === null]).toEqual([text, isCanonicalEvent(event, text)]);
    }
  });

  it('says the same as the schema and the writer after any few characters changed', () => {
    const characters = fc.constantFrom(...Array.from('0123456789abcdefAF"{}[]:,. -+eE\\/nu\u00e9\u0001'));
    const change = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.string({ unit: characters, maxLength: 3 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...TEXTS),
        fc.array(change, { minLength: 1, maxLength: 2 }),
        (original, all) => {
          let text = original;
          for (const [place, length, by] of all) {
            const at = place % text.length;
            text = text.slice(0, at) + by + text.slice(at + length);
          }
          const event = parsed(text);
          if (event) expect(formFinding(event, text) === null).toBe(isCanonicalEvent(event, text));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('says what is wrong', () => {
    const text = TEXTS.find((candidate) => candidate.includes('"type":"SaleRecorded"')) ?? '';
    const said = (from: RegExp | string, by: string) => {
      const changed = text.replace(from, by);
      return formFinding(JSON.parse(changed) as LedgerEvent, changed);
    };
    expect(said('"salesCount":1', '"salesCount":"x"')).toMatchObject({ code: 'schema' });
    expect(said('"salesCount":1', '"salesCount":"x"')?.detail).toMatch(/^\/data\/salesCount: ./);
    const longName = `"${'x'.repeat(300)}":1,"salesCount":1`;
    expect(said('"salesCount":1', longName)?.detail).toHaveLength(200);
    expect(said('"id":"cashier-1"', '"id":"\\ud800"')).toEqual({ code: 'not-canonical', detail: '' });
    expect(said('"salesCount":1', '"salesCount": 1')).toEqual({ code: 'not-canonical', detail: '' });
    expect(said('"SaleRecorded"', '"SaleForgotten"')).toEqual({
      code: 'unknown-event',
      detail: 'SaleForgotten/1',
    });
  });

  it('is told by expressions for most events: the schemas are asked about few', () => {
    const expressions = new Map<string, RegExp>();
    const byExpression = TEXTS.filter((text) => {
      const { type } = JSON.parse(text) as LedgerEvent;
      const expression = expressions.get(type) ?? expressionOf(EVENTS[type].schema);
      expressions.set(type, expression);
      return expression.test(text);
    });
    expect(byExpression.length / TEXTS.length).toBeGreaterThan(0.9);
  });
});

/** Texts of which an expression says yes, and of which it says no: that they are wrong, or that it cannot decide. */
const expressions: readonly (readonly [string, z.ZodType, readonly string[], readonly string[]])[] = [
  ['a yes or no', z.boolean(), ['true', 'false'], ['1', '"true"', 'null', 'falsee']],
  ['one word', z.literal('a.b'), ['"a.b"'], ['"axb"', '"a.b', 'a.b']],
  ['one of two words', z.literal(['x', 'y']), ['"x"', '"y"'], ['"z"', '"xy"']],
  ['one of a list', z.enum(['one', 'two']), ['"one"', '"two"'], ['"three"', '"onetwo"']],
  [
    'an integer',
    z.int(),
    ['0', '7', '-7', '1'.padEnd(15, '0')],
    ['01', '-0', '1.0', '1e2', '1'.padEnd(17, '9')],
  ],
  ['a rate', z.int().min(0).max(10_000), ['0', '1', '9999'], ['10001', '99999', '-1', '-0']],
  ['a number from 1', z.int().min(1), ['1', '20'], ['0', '-1', '-10']],
  ['zero or one', z.int().min(0).max(1), ['0', '1'], ['2', '10', '-1']],
  ['at most one', z.int().max(1), ['0', '1', '-25'], ['2', '10']],
  ['a few around zero', z.int().min(-5).max(5), ['0'], ['6', '-6', '10', '-10']],
  ['many around zero', z.int().min(-100).max(100), ['0', '99', '-99'], ['101', '-101', '1000', '-1000']],
  ['a number from 2', z.int().min(2), [], ['0', '1', '5']],
  ['the narrower of two bounds', z.int().min(-500).min(0).max(5000).max(50), ['0', '9'], ['-9', '99']],
  ['a bound that is not reached', z.int().gt(0).lt(100), [], ['0', '5', '100']],
  ['a multiple', z.int().multipleOf(5), [], ['5', '7']],
  ['any number', z.number(), [], ['1', '1.5']],
  ['a text', z.string(), ['""', '"é"', '"a b"'], ['"a\\nb"', '"a"b"', '"', '"🥐"', '"\\""']],
  ['a text of some length', z.string().min(2).max(3), ['"ab"', '"abc"'], ['"a"', '"abcd"']],
  ['a text of at least some length', z.string().min(2), ['"ab"', '"abcd"'], ['"a"']],
  ['a text of one length', z.string().length(2), [], ['"ab"', '"abc"']],
  ['a code', z.string().regex(/^[a-c.]+\.\d{2}$/), ['"ab.12"', '"...99"'], ['"d.12"', '"ab.1"', '"abx12"']],
  ['a pattern without its end', z.string().regex(/^b/), [], ['""', '"b"']],
  ['a pattern without its beginning', z.string().regex(/b$/), [], ['""', '"b"']],
  ['a pattern that minds no case', z.string().regex(/^bb$/i), [], ['"bb"', '"BB"']],
  ['a wildcard', z.string().regex(/^a.c$/), [], ['"abc"', '"a"c"']],
  ['all but one', z.string().regex(/^[^x]$/), [], ['"a"', '"""']],
  ['all but digits', z.string().regex(/^\D$/), [], ['"a"', '"""']],
  ['a pattern and a length', z.string().regex(/^a*$/).max(2), [], ['"a"', '"aaa"']],
  ['a pattern and a least length', z.string().regex(/^a*$/).min(2), [], ['"a"', '"aa"']],
  [
    'two patterns',
    z
      .string()
      .regex(/^[ab]*$/)
      .regex(/^[bc]*$/),
    [],
    ['"a"', '"b"', '"c"'],
  ],
  [
    'a pattern and a rule',
    z
      .string()
      .regex(/^a*$/)
      .refine((text) => text.length < 2),
    [],
    ['"a"', '"aa"'],
  ],
  ['free text', textSchema(5), ['"é x"', '"abcde"'], ['""', '"abcdef"', '"a\\u0000"', '"\\ud800"']],
  ['text with any rule', z.string().refine((text) => text !== 'no'), [], ['"no"', '"yes"']],
  ['text that is never right', z.string().refine(() => false), [], ['"a"', '""']],
  ['text with zeros', z.string().refine(isWellFormed), [], ['"a"']],
  ['text with halves of pairs', z.string().refine((text) => !text.includes('\u0000')), [], ['"a"']],
  ['free text with a rule', textSchema(9).refine((text) => text !== 'no'), [], ['"no"', '"yes"']],
  ['short text', z.string().refine((text) => isWellFormed(text) && text.length < 1), [], ['""', '"a"']],
  [
    'a day',
    daySchema,
    ['"2026-03-14"', '"1970-01-01"', '"2026-12-31"', '"2026-02-28"', '"2026-11-30"'],
    ['"2026-02-29"', '"2026-04-31"', '"1969-12-31"', '"2026-00-10"', '"2026-13-01"', '"2026-01-32"', '"x"'],
  ],
  ['a day with a rule', daySchema.refine((day) => day > '2026'), [], ['"2025-01-01"', '"2026-03-14"']],
  ['what looks like a day', z.string().refine((text) => /^[\d-]+$/.test(text)), [], ['"2026-03-14"']],
  ['a day or a word', z.string().refine((text) => text === 'x' || isDay(text)), [], ['"2026-03-14"']],
  ['a later day', z.string().refine((text) => text > '2026-03-15' && isDay(text)), [], ['"2026-03-14"']],
  ['an id', uuidSchema, [`"${ID}"`], [`"${ID.toUpperCase()}"`, `"${ID.slice(1)}"`]],
  [
    'a text made small',
    z
      .string()
      .regex(/^[A-F]$/)
      .transform((text) => text.toLowerCase()),
    [],
    ['"A"', '"a"'],
  ],
  [
    'an object',
    z.strictObject({ b: z.int(), a: z.boolean().optional(), 'c.d': z.int().optional() }),
    ['{"b":1}', '{"a":true,"b":1}', '{"a":true,"b":1,"c.d":2}'],
    ['{}', '{"a":true}', '{"b":1,"a":true}', '{"b":1,"c":2}', '{"b":1,"cxd":2}', '{"b":1}}', '{"b":1,"b":1}'],
  ],
  ['an empty object', z.strictObject({}), ['{}'], ['{"a":1}', '[]']],
  ['an object with a rule', z.strictObject({ a: z.int() }).refine(() => false), [], ['{"a":1}']],
  ['an object of all members', z.strictObject({ a: z.int().optional() }).required(), ['{"a":1}'], ['{}']],
  ['a list', z.array(z.int()), ['[]', '[1]', '[1,22,333]'], ['["a"]', '[1 ,2]', '[1,null]', '[1]]']],
  ['a list of some length', z.array(z.int()).min(1).max(2), ['[1]', '[1,2]'], ['[]', '[1,2,3]']],
  ['a list of one length', z.array(z.int()).length(2), [], ['[1]', '[1,2]']],
  ['a list with a rule', z.array(z.int()).refine(() => false), [], ['[]', '[1]']],
  ['one thing or another', z.union([z.int(), z.boolean()]), ['1', 'true'], ['"x"', '1true', '[1]']],
  ['a thing or nothing', z.int().nullable(), [], ['null', '1']],
  ['names that are not known before', z.record(z.string(), z.int()), [], ['{}', '{"b":1,"a":2}']],
];

describe('an expression for the canonical texts of a schema', () => {
  it.each(expressions)('of %s says yes and no', (_what, schema, yes, no) => {
    const expression = expressionOf(schema);
    expect(yes.filter((text) => !expression.test(text))).toEqual([]);
    expect(no.filter((text) => expression.test(text))).toEqual([]);
  });

  it.each(expressions)('of %s says yes to nothing that is wrong', (_what, schema, yes) => {
    for (const text of yes) {
      const result = schema.safeParse(JSON.parse(text));
      expect(result.success && canonicalJson(result.data)).toBe(text);
    }
  });
});
