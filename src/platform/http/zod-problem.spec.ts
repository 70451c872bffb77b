import { z } from 'zod';
import { daySchema, receivedInstantSchema } from '../../kernel/day';
import { codeSchema, textSchema } from '../../kernel/text';
import { inputErrors, parseInput, pointerTo } from './zod-problem';

const schema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('sale'),
    amount: z.int().min(1).max(100),
    day: daySchema.optional(),
    at: receivedInstantSchema.optional(),
    label: textSchema(5).optional(),
    code: codeSchema.optional(),
    kind: z.enum(['one', 'two']).optional(),
    lines: z
      .array(z.strictObject({ 'a/b~c': z.int() }))
      .min(1)
      .max(2)
      .optional(),
    counts: z.record(codeSchema, z.int()).optional(),
    mode: z.union([z.literal('off'), z.strictObject({ limit: z.int() })]).optional(),
    open: z.boolean().optional(),
    other: z
      .string()
      .refine(() => false, { params: { code: 'not-known-here' } })
      .optional(),
    half: z.number().multipleOf(5).optional(),
  }),
  z.strictObject({ type: z.literal('count') }),
]);

const errorsOf = (body: unknown) => {
  const result = schema.safeParse(body);
  return result.success ? [] : inputErrors(result.error, body).map(({ pointer, code }) => [pointer, code]);
};
const sale = (fields: object) => ({ type: 'sale', amount: 1, ...fields });

describe('what a schema has against a body', () => {
  it.each([
    [{}, [['/type', 'required']]],
    [{ type: 'gift' }, [['/type', 'unknown-value']]],
    [{ type: 'sale' }, [['/amount', 'required']]],
    [sale({ amount: '1' }), [['/amount', 'wrong-type']]],
    [sale({ amount: null }), [['/amount', 'wrong-type']]],
    [sale({ amount: 1.5 }), [['/amount', 'not-an-integer']]],
    [sale({ amount: Infinity }), [['/amount', 'wrong-type']]],
    [sale({ amount: 0 }), [['/amount', 'too-small']]],
    [sale({ amount: 101 }), [['/amount', 'too-large']]],
    [
      sale({ amount: 1e30 }),
      [
        ['/amount', 'too-large'],
        ['/amount', 'too-large'],
      ],
    ],
    [sale({ day: '2026-02-30' }), [['/day', 'not-a-day']]],
    [sale({ at: '2026-02-30T25:00:00Z' }), [['/at', 'not-an-instant']]],
    [sale({ label: '' }), [['/label', 'too-short']]],
    [sale({ label: 'longer' }), [['/label', 'too-long']]],
    [sale({ label: 'a\u0000' }), [['/label', 'text-not-well-formed']]],
    [sale({ label: '\ud800' }), [['/label', 'text-not-well-formed']]],
    [sale({ code: 'é' }), [['/code', 'bad-format']]],
    [sale({ kind: 'three' }), [['/kind', 'unknown-value']]],
    [sale({ lines: [] }), [['/lines', 'too-short']]],
    [
      sale({ lines: [1, {}] }),
      [
        ['/lines/0', 'wrong-type'],
        ['/lines/1/a~1b~0c', 'required'],
      ],
    ],
    [sale({ lines: [{ 'a/b~c': 1 }, { 'a/b~c': 'x' }] }), [['/lines/1/a~1b~0c', 'wrong-type']]],
    [sale({ lines: [{ 'a/b~c': 1 }, { 'a/b~c': 1 }, { 'a/b~c': 1 }] }), [['/lines', 'too-long']]],
    [sale({ counts: { é: 1 } }), [['/counts/é', 'bad-key']]],
    [sale({ counts: [] }), [['/counts', 'wrong-type']]],
    [sale({ mode: { limit: 'x' } }), [['/mode/limit', 'wrong-type']]],
    [sale({ mode: 'on' }), [['/mode', 'unknown-value']]],
    [sale({ open: 'yes' }), [['/open', 'wrong-type']]],
    [sale({ other: 'x' }), [['/other', 'not-known-here']]],
    [sale({ half: 3 }), [['/half', 'bad-format']]],
    [
      sale({ extra: 1, more: 2 }),
      [
        ['/extra', 'unknown-field'],
        ['/more', 'unknown-field'],
      ],
    ],
    [
      sale({ amount: 'x', day: 5, extra: 1 }),
      [
        ['/amount', 'wrong-type'],
        ['/day', 'wrong-type'],
        ['/extra', 'unknown-field'],
      ],
    ],
    [[], [['', 'wrong-type']]],
    ['text', [['', 'wrong-type']]],
    [null, [['', 'wrong-type']]],
    [undefined, [['', 'required']]],
  ])('%j', (body, expected) => expect(errorsOf(body)).toEqual(expected));

  it('is said in French, in whole sentences', () => {
    const body = sale({ amount: 'x', day: 5, extra: 1, kind: 'three', label: 'longer' });
    const errors = inputErrors(schema.safeParse(body).error as z.core.$ZodError, body);
    for (const { message } of errors) {
      expect(message).toMatch(/^[A-ZÀ-Ý].*\.$/);
      expect(message).not.toMatch(/expected|invalid/i);
    }
  });

  it.each([
    'not-a-day',
    'not-a-siren',
    'not-a-time-zone',
    'not-an-instant',
    'amount-zero',
    'too-many-decimals',
  ])('says of our own code %s what to do', (code) => {
    const refusing = z.unknown().refine(() => false, { params: { code } });
    const [error] = inputErrors(refusing.safeParse(1).error as z.core.$ZodError, 1);
    expect(error).toMatchObject({ code, message: expect.not.stringContaining('ne convient pas') as string });
  });

  it('is bounded, whatever is sent', () => {
    const body = sale(Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x${index}`, index])));
    expect(errorsOf(body)).toHaveLength(100);
  });

  it('points into the body from where the schema begins', () => {
    const attempt = () => parseInput(schema, { type: 'sale' }, '/entries/3');
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        errors: [expect.objectContaining({ pointer: '/entries/3/amount' })],
      }),
    );
  });

  it('is nothing for a body that fits, which is parsed', () =>
    expect(parseInput(schema, sale({ at: '2026-03-14T10:00:00+01:00' }))).toEqual(
      sale({ at: '2026-03-14T09:00:00.000Z' }),
    ));

  it('escapes pointers as RFC 6901 §3', () => expect(pointerTo(['a/b', 'm~n', 0, ''])).toBe('/a~1b/m~0n/0/'));
});
