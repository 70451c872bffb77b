import * as dinero from 'dinero.js';
import { EUR } from 'dinero.js/currencies';
import fc from 'fast-check';
import { basisPoints, cents, LARGEST_AMOUNT, sumOf } from './money';
import { allocate, splitVat, splitVatOfDocument } from './vat';

const MAX = Number.MAX_SAFE_INTEGER;
const RATES = [0, 210, 550, 850, 1000, 2000, 10_000];

const anyRate = fc.oneof(fc.constantFrom(...RATES), fc.integer({ min: 0, max: 10_000 })).map(basisPoints);
const anyAmount = fc
  .oneof(
    fc.integer({ min: -10_000, max: 10_000 }),
    fc.integer({ min: -LARGEST_AMOUNT, max: LARGEST_AMOUNT }),
    fc.integer({ min: -MAX, max: MAX }),
  )
  .map(cents);

const split = (gross: number, rate: number) => {
  const { net, vat } = splitVat(cents(gross), basisPoints(rate));
  return [net, vat];
};
const shares = (total: number, weights: readonly number[]) => allocate(cents(total), weights.map(cents));
const document = (...lines: readonly (readonly [number, number])[]) =>
  splitVatOfDocument(lines.map(([gross, rate]) => ({ gross: cents(gross), vatRate: basisPoints(rate) }))).map(
    ({ net, vat }) => [net, vat],
  );

/** What it costs to be exact. */
const exactly = (numerator: bigint, denominator: bigint) => {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const quotient = (2n * magnitude + denominator) / (2n * denominator);
  return numerator < 0n ? -quotient : quotient;
};

describe('the VAT in a gross amount', () => {
  it.each([
    // law.md, vouchers: 30 € redeemed on goods at 20 %.
    [30_00, 2000, 25_00, 5_00],
    [12_00, 2000, 10_00, 2_00],
    [10_55, 550, 10_00, 55],
    [11_00, 1000, 10_00, 1_00],
    [10_21, 210, 10_00, 21],
    [1_00, 550, 95, 5],
    [10_00, 0, 10_00, 0],
    [0, 2000, 0, 0],
    [1, 2000, 1, 0],
    [-1, 2000, -1, 0],
    [2_00, 10_000, 1_00, 1_00],
    [-12_00, 2000, -10_00, -2_00],
    [-1_00, 550, -95, -5],
  ])('of %d cents at %d basis points leaves %d net and is %d', (gross, rate, net, vat) => {
    expect(split(gross, rate)).toEqual([net, vat]);
  });

  it('rounds the net half away from zero', () => {
    // 0.01 and 0.03 at 100 % are halves of a cent; 0.21 at 5 % is 20 exactly, 0.105 its half.
    expect(split(1, 10_000)).toEqual([1, 0]);
    expect(split(3, 10_000)).toEqual([2, 1]);
    expect(split(-1, 10_000)).toEqual([-1, 0]);
    expect(split(-3, 10_000)).toEqual([-2, -1]);
    expect(split(9, 2000)).toEqual([8, 1]);
    expect(split(-9, 2000)).toEqual([-8, -1]);
  });

  it('is exact however large the amount', () => {
    fc.assert(
      fc.property(anyAmount, anyRate, (gross, rate) => {
        const { net, vat } = splitVat(gross, rate);
        expect(BigInt(net)).toBe(exactly(BigInt(gross) * 10_000n, BigInt(10_000 + rate)));
        expect(BigInt(net) + BigInt(vat)).toBe(BigInt(gross));
        expect(Object.is(net, -0) || Object.is(vat, -0)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it.each([MAX, MAX - 1, 900_719_925_474, 900_719_925_475, Math.floor(MAX / 20_000), 450_359_962_737])(
    'is exact around %d, where the arithmetic changes, on either side of zero',
    (gross) => {
      for (const rate of RATES) {
        const net = exactly(BigInt(gross) * 10_000n, BigInt(10_000 + rate));
        expect(split(gross, rate)).toEqual([Number(net), gross - Number(net)]);
        expect(split(-gross, rate)).toEqual([-Number(net) + 0, Number(net) - gross + 0]);
      }
    },
  );

  it('takes back on a refund just what it gave', () => {
    fc.assert(
      fc.property(anyAmount, anyRate, (gross, rate) => {
        const { net, vat } = splitVat(gross, rate);
        expect(split(-gross, rate)).toEqual([cents(-net), cents(-vat)]);
      }),
    );
  });
});

describe('sharing an amount out', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [101, [1, 1, 1], [34, 34, 33]],
    [284, [100, 100, 100], [95, 95, 94]],
    // The cent goes to the largest fraction: 1.4 + 3.6.
    [5, [2, 5], [1, 4]],
    [5, [5, 2], [4, 1]],
    [7, [1, 2, 4], [1, 2, 4]],
    [0, [3, 4], [0, 0]],
    [9, [0, 3, 0], [0, 9, 0]],
    [1, [1, 1], [1, 0]],
    [10, [-1, -1, -1], [4, 3, 3]],
    // Floored toward −∞: −33.33 is −34, and the missing cents go in order.
    [-100, [1, 1, 1], [-33, -33, -34]],
    [-100, [-1, -1, -1], [-33, -33, -34]],
    [-284, [-100, -100, -100], [-94, -95, -95]],
    [-5, [2, 5], [-1, -4]],
  ])('gives of %d in proportion to %j: %j', (total, weights, expected) => {
    expect(shares(total, weights)).toEqual(expected);
  });

  it('has a rule for what has no proportion', () => {
    expect(shares(5, [0, 0])).toEqual([5, 0]);
    expect(shares(5, [0])).toEqual([5]);
    expect(shares(5, [3])).toEqual([5]);
    expect(shares(0, [])).toEqual([]);
  });

  const weights = (min: number, max: number) =>
    fc
      .array(fc.integer({ min, max }), { minLength: 1, maxLength: 12 })
      .filter((list) => list.some((weight) => weight !== 0));
  const signed = fc.oneof(
    weights(0, 1000),
    weights(-1000, 0),
    weights(0, LARGEST_AMOUNT),
    weights(-LARGEST_AMOUNT, 0),
  );

  it('loses no cent, and gives each its exact share, up or down by less than one', () => {
    fc.assert(
      fc.property(anyAmount, signed, (total, parts) => {
        const weight = BigInt(parts.reduce((left, right) => left + right, 0));
        const given = shares(total, parts);
        expect(given.reduce((left, share) => left + BigInt(share), 0n)).toBe(BigInt(total));
        given.forEach((share, index) => {
          // |share × weight − total × part| < |weight|, without a division.
          const off = BigInt(share) * weight - BigInt(total) * BigInt(parts[index] as number);
          expect(off < 0n ? -off : off).toBeLessThan(weight < 0n ? -weight : weight);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('gives the missing cents to the largest fractions, ties in order, however large the numbers', () => {
    fc.assert(
      fc.property(anyAmount, signed, (total, parts) => {
        expect(shares(total, parts)).toEqual(largestRemainders(total, parts));
      }),
      { numRuns: 500 },
    );
  });

  it('gives equal fractions in order also where one is computed as a large number and one is not', () => {
    // 200.4 and 1 002 000 200.4: the product behind the second is past what a number holds.
    const small = 1;
    const large = 5_000_001;
    const rest = 4_999_998;
    expect(shares(2_004_000_000, [small, large, rest])).toEqual([201, 1_002_000_200, 1_001_999_599]);
    expect(shares(2_004_000_000, [large, small, rest])).toEqual([1_002_000_201, 200, 1_001_999_599]);
  });

  it('finds the missing cents also where the floors add up to more than a number holds', () => {
    const parts = [-367_756_099_856, -66_317_100_812, -389_226_550_743, -1_983_395_796_432];
    const total = -9_007_199_254_740_987;
    expect(shares(total, parts)).toEqual(largestRemainders(total, parts));
    expect(shares(-MAX, [1, 1, 1, 1, 1, 1, 1])).toEqual(largestRemainders(-MAX, [1, 1, 1, 1, 1, 1, 1]));
    expect(shares(MAX, [3, 7, 11])).toEqual(largestRemainders(MAX, [3, 7, 11]));
  });

  it('agrees with dinero.js where all weights are equal, and to the cent elsewhere', () => {
    const amount = fc.integer({ min: 0, max: 1_000_000_00 });
    fc.assert(
      fc.property(amount, fc.integer({ min: 1, max: 20 }), (total, parts) => {
        const ratios = new Array<number>(parts).fill(1);
        expect(shares(total, ratios)).toEqual(allocatedByDinero(total, ratios));
      }),
    );
    fc.assert(
      fc.property(amount, weights(0, 1000), (total, ratios) => {
        const theirs = allocatedByDinero(total, ratios);
        const ours = shares(total, ratios);
        expect(sumOf(ours, (share) => share)).toBe(sumOf(theirs, (share) => share));
        ours.forEach((share, index) =>
          expect(Math.abs(share - (theirs[index] as number))).toBeLessThanOrEqual(1),
        );
      }),
    );
  });
});

function allocatedByDinero(amount: number, ratios: readonly number[]): number[] {
  return dinero
    .allocate(dinero.dinero({ amount, currency: EUR }), [...ratios])
    .map((share) => dinero.toSnapshot(share).amount);
}

/** The rule again, in whole numbers only and without a thought for speed. */
function largestRemainders(total: number, parts: readonly number[]): number[] {
  const weight = parts.reduce((left, part) => left + BigInt(part), 0n);
  if (parts.length === 1) return [total];
  const sign = weight < 0n ? -1n : 1n;
  const divisor = weight * sign;
  const rows = parts.map((part) => {
    const product = BigInt(total) * BigInt(part) * sign;
    const rest = ((product % divisor) + divisor) % divisor;
    return { share: (product - rest) / divisor, rest };
  });
  let missing = BigInt(total) - rows.reduce((left, { share }) => left + share, 0n);
  while (missing > 0n) {
    const largest = rows.reduce((best, row) => (row.rest > best.rest ? row : best));
    largest.share += 1n;
    largest.rest = -1n;
    missing -= 1n;
  }
  return rows.map(({ share }) => Number(share));
}

describe('the VAT of a document', () => {
  it('is computed on the total of each rate, and its lines add up to it', () => {
    // Three times 1 € at 5.5 %: 0.95 + 0.95 + 0.95 would be a cent more than the net of 3 €.
    expect(document([1_00, 550], [1_00, 550], [1_00, 550])).toEqual([
      [95, 5],
      [95, 5],
      [94, 6],
    ]);
  });

  it('is apart for each rate', () => {
    expect(document([1_00, 550], [1_00, 2000], [1_00, 550], [1_00, 2000])).toEqual([
      [95, 5],
      [84, 16],
      [95, 5],
      [83, 17],
    ]);
  });

  it('is apart for each sign: lines never offset one another before rounding', () => {
    expect(document([-20_00, 2000], [30_00, 2000])).toEqual([
      [-16_67, -3_33],
      [25_00, 5_00],
    ]);
    expect(document([10, 550], [-10, 550], [10, 550])).toEqual([
      [10, 0],
      [-9, -1],
      [9, 1],
    ]);
  });

  it('keeps signs apart at a rate of zero too', () => {
    expect(document([5, 0], [-7, 0], [2, 0])).toEqual([
      [5, 0],
      [-7, 0],
      [2, 0],
    ]);
  });

  it('is apart for rates that are next to each other, on either side', () => {
    expect(document([10_000_00, 550], [-10_000_00, 551])).toEqual([
      [9_478_67, 521_33],
      [-9_477_77, -522_23],
    ]);
    expect(document([10_000_00, 1], [-10_000_00, 0], [-10_000_00, 1])).toEqual([
      [9_999_00, 1_00],
      [-10_000_00, 0],
      [-9_999_00, -1_00],
    ]);
  });

  it('of lines of nothing is nothing, and they take no cent from others', () => {
    expect(document([0, 2000], [1_00, 2000], [0, 550])).toEqual([
      [0, 0],
      [83, 17],
      [0, 0],
    ]);
    expect(document([0, 2000])).toEqual([[0, 0]]);
    expect(document()).toEqual([]);
  });

  it('of one line is that line’s', () => {
    expect(document([12_00, 2000])).toEqual([[10_00, 2_00]]);
  });

  it('adds up per line to its gross, and per rate and sign to the split of the total', () => {
    const line = fc.tuple(
      fc.integer({ min: -LARGEST_AMOUNT, max: LARGEST_AMOUNT }),
      fc.constantFrom(...RATES),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const taxed = document(...lines);
        expect(taxed.map(([net = 0, vat = 0]) => net + vat)).toEqual(lines.map(([gross]) => gross + 0));
        for (const rate of RATES) {
          for (const sign of [1, -1]) {
            const isMember = ([gross, ofRate]: readonly [number, number]) =>
              ofRate === rate && Math.sign(gross) === sign;
            const gross = sumOf(lines.filter(isMember), ([amount]) => amount);
            const net = sumOf(
              taxed.filter((_, index) => isMember(lines[index] as [number, number])),
              ([amount = 0]) => amount,
            );
            expect(net).toBe(split(gross, rate)[0]);
          }
        }
      }),
    );
  });

  it('keeps the sign of each line in its net and its VAT, and each part within its gross', () => {
    const line = fc.tuple(fc.integer({ min: 1, max: 50_00 }), fc.constantFrom(...RATES));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
        document(...lines).forEach(([net = 0, vat = 0], index) => {
          const [gross] = lines[index] as [number, number];
          expect(net >= 0 && net <= gross && vat >= 0 && vat <= gross).toBe(true);
        });
      }),
    );
  });
});
