import * as fc from 'fast-check';
import { History } from '../../test/support/histories';
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
    expect(said('"salesCount":1', '"salesCount":"x"')?.detail).toContain('/data/salesCount');
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
