import fc from 'fast-check';
import type { z } from 'zod';
import {
  basisPoints,
  cents,
  centsSchema,
  exact,
  LARGEST_AMOUNT,
  notNegativeCentsSchema,
  positiveCentsSchema,
  rateSchema,
  sumOf,
  totalSchema,
} from './money';

const MAX = Number.MAX_SAFE_INTEGER;

describe('an amount of money', () => {
  it.each([0, 1, -1, 12_34, MAX, -MAX])('may be %d cents', (amount) => {
    expect(cents(amount)).toBe(amount);
  });

  it.each([0.5, MAX + 1, -MAX - 1, NaN, Infinity, -Infinity, 0.1 + 0.2])('is not %d', (amount) => {
    expect(() => cents(amount)).toThrow(new RangeError(`not an amount in cents: ${amount}`));
  });

  it('of minus zero is zero', () => {
    expect(Object.is(cents(-0), 0)).toBe(true);
    expect(
      Object.is(
        sumOf([-0], (amount) => amount),
        0,
      ),
    ).toBe(true);
  });

  it('never loses a cent to a number that is too large', () => {
    expect(() => sumOf([MAX, 1], (amount) => amount)).toThrow(RangeError);
    expect(() => sumOf([-MAX, -1], (amount) => amount)).toThrow(RangeError);
  });

  it('adds up over one figure of many rows', () => {
    expect(sumOf(new Set([3, -5]), (amount) => amount)).toBe(-2);
    expect(sumOf([], () => 1)).toBe(0);
    expect(sumOf([{ gross: 3 }, { gross: -5 }, { gross: 10 }], ({ gross }) => gross)).toBe(8);
  });

  it('adds up in whatever order', () => {
    const amounts = fc.array(fc.integer({ min: -LARGEST_AMOUNT, max: LARGEST_AMOUNT }).map(cents));
    fc.assert(
      fc.property(amounts, (list) => {
        const exact = list.reduce((total, amount) => total + BigInt(amount), 0n);
        for (const rows of [list, [...list].reverse()])
          expect(BigInt(sumOf(rows, (amount) => amount))).toBe(exact);
      }),
    );
  });
});

describe('amounts as they are received', () => {
  const accepts = (schema: z.ZodType, values: unknown[]) =>
    values.map((value) => schema.safeParse(value).success);

  it('are integers of at most ten billion euros either way', () => {
    expect(LARGEST_AMOUNT).toBe(10_000_000_000_00);
    const edges = [LARGEST_AMOUNT, -LARGEST_AMOUNT, LARGEST_AMOUNT + 1, -LARGEST_AMOUNT - 1];
    expect(accepts(centsSchema, edges)).toEqual([true, true, false, false]);
    expect(accepts(centsSchema, [0, 1.5, '1', null, NaN])).toEqual([true, false, false, false, false]);
  });

  it('are above zero, or not below it, where that is asked', () => {
    const edges = [-1, 0, 1, LARGEST_AMOUNT, LARGEST_AMOUNT + 1];
    expect(accepts(positiveCentsSchema, edges)).toEqual([false, false, true, true, false]);
    expect(accepts(notNegativeCentsSchema, edges)).toEqual([false, true, true, true, false]);
  });

  it('may be any safe integer once they are totals over years', () => {
    expect(accepts(totalSchema, [MAX, -MAX, MAX + 1, 0.5])).toEqual([true, true, false, false]);
  });
});

describe('a rate', () => {
  it.each([0, 210, 550, 1000, 2000, 10_000])('may be %d basis points', (rate) => {
    expect(basisPoints(rate)).toBe(rate);
    expect(rateSchema.parse(rate)).toBe(rate);
  });

  it.each([-1, 10_001, 5.5, NaN])('is not %d', (rate) => {
    expect(() => basisPoints(rate)).toThrow(new RangeError(`not a rate in basis points: ${rate}`));
    expect(rateSchema.safeParse(rate).success).toBe(false);
  });
});

describe('a sum over many entries', () => {
  it('is taken as long as it is exact, and refused beyond', () => {
    expect(exact(MAX)).toBe(MAX);
    expect(exact(-MAX)).toBe(-MAX);
    for (const total of [MAX + 1, -MAX - 1])
      expect(() => exact(total)).toThrow(
        expect.objectContaining({ code: 'amount-too-large', facts: { limit: MAX } }),
      );
  });
});
