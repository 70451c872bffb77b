import fc from 'fast-check';
import { cents } from './money';
import { postingSchema, PostingsBuilder, reversed } from './postings';

const balanced = (pairs: readonly (readonly [string, number])[]) =>
  pairs
    .reduce((builder, [account, amount]) => builder.add(account, amount), new PostingsBuilder())
    .balanced();

const pairsOf = (postings: readonly { account: string; amount: number }[]) =>
  postings.map(({ account, amount }) => [account, amount]);

describe('the postings of an event', () => {
  it('stand in the order in which their accounts came up', () => {
    const built = balanced([
      ['till/T1/cash', 12_00],
      ['sales/pain/550', -11_37],
      ['vat/pain/550', -63],
    ]);
    expect(built).toEqual([
      { account: 'till/T1/cash', amount: 12_00 },
      { account: 'sales/pain/550', amount: -11_37 },
      { account: 'vat/pain/550', amount: -63 },
    ]);
  });

  it('merge what has the same account and sign', () => {
    expect(
      pairsOf(
        balanced([
          ['a', 1],
          ['b', -5],
          ['a', 4],
        ]),
      ),
    ).toEqual([
      ['a', 5],
      ['b', -5],
    ]);
  });

  it('never net what has opposite signs, not even to zero', () => {
    expect(
      pairsOf(
        balanced([
          ['a', 30],
          ['a', -20],
          ['a', -10],
          ['a', 5],
          ['b', -5],
        ]),
      ),
    ).toEqual([
      ['a', 35],
      ['a', -30],
      ['b', -5],
    ]);
  });

  it('leave out what is zero', () => {
    expect(
      balanced([
        ['a', 0],
        ['b', -0],
      ]),
    ).toEqual([]);
    expect(balanced([])).toEqual([]);
  });

  it('add up to zero: anything else is a bug, and names the postings', () => {
    const builder = new PostingsBuilder().add('a', 1).add('b', -2);
    expect(() => builder.balanced()).toThrow(
      'postings do not balance: [{"account":"a","amount":1},{"account":"b","amount":-2}]',
    );
    expect(pairsOf(builder.add('c', 1).balanced())).toEqual([
      ['a', 1],
      ['b', -2],
      ['c', 1],
    ]);
  });

  it('are amounts in cents, never parts of one', () => {
    expect(() =>
      balanced([
        ['a', 0.5],
        ['b', -0.5],
      ]),
    ).toThrow('not an amount in cents: 0.5');
  });

  it('can be looked at before they balance', () => {
    const builder = new PostingsBuilder().add('a', 1).add('b', 2).add('a', 3).add('a', -1);
    expect([...builder.entries()]).toEqual([
      ['a', 4],
      ['b', 2],
      ['a', -1],
    ]);
    expect([...new PostingsBuilder().entries()]).toEqual([]);
  });

  const anyPairs = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: -1000, max: 1000 })), {
    maxLength: 30,
  });

  it('keep what was added per account and sign, once each', () => {
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        const builder = new PostingsBuilder();
        for (const [account, amount] of pairs) builder.add(account, amount);
        const entries = [...builder.entries()];
        for (const account of ['a', 'b', 'c']) {
          for (const sign of [1, -1]) {
            const added = pairs.filter(([other, amount]) => other === account && Math.sign(amount) === sign);
            const kept = entries.filter(([other, amount]) => other === account && Math.sign(amount) === sign);
            const total = added.reduce((left, [, amount]) => left + amount, 0);
            expect(kept).toEqual(total === 0 ? [] : [[account, total]]);
          }
        }
      }),
    );
  });

  it('are taken back one by one, in the same order', () => {
    const original = balanced([
      ['a', 30],
      ['b', -20],
      ['c', -10],
    ]);
    expect(pairsOf(reversed(original))).toEqual([
      ['a', -30],
      ['b', 20],
      ['c', 10],
    ]);
    expect(reversed(reversed(original))).toEqual(original);
    const [zero] = reversed([{ account: 'a', amount: cents(0) }]);
    expect(Object.is(zero?.amount, 0)).toBe(true);
  });

  it.each([
    [{ account: 'a', amount: 1 }, true],
    [{ account: 'x'.repeat(160), amount: -1 }, true],
    [{ account: 'x'.repeat(161), amount: 1 }, false],
    [{ account: '', amount: 1 }, false],
    [{ account: 'a', amount: 0.5 }, false],
    [{ account: 'a', amount: 1, more: 1 }, false],
  ])('are stored as %j: %s', (posting, isOne) => {
    expect(postingSchema.safeParse(posting).success).toBe(isOne);
  });
});
