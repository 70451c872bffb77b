import * as fc from 'fast-check';
import { Chance } from '../support/chance';
import type { Body } from '../support/ledger-book';
import { amountsOf, dataOf, Shop } from '../support/shop';

const DAYS = ['2026-03-28', '2026-03-29', '2026-03-30'];
const RUNS = Number(process.env.HISTORIES ?? 60);

/** Entries that no order refuses: there is money enough, and nothing hangs on another entry. */
function independentEntries(seed: number): Body[] {
  const chance = new Chance(seed);
  const amount = () => chance.between(1, 5000);
  const line = () =>
    chance.pick([
      { category: 'pain', vatRate: 550 },
      { category: 'divers', vatRate: 2000 },
    ]);
  const sale = (sign: 1 | -1) => {
    const gross = sign * amount();
    const method = chance.pick(['cash', 'card', 'credit']);
    return {
      type: 'sale',
      lines: [{ ...line(), gross }],
      payments: [{ method, amount: gross }],
      customers: chance.below(3),
    };
  };
  const zTicket = (number: string) => {
    const gross = amount();
    const payments = amountsOf({ cash: gross + chance.pick([0, 10, -10]), card: 500 });
    return {
      type: 'z-ticket',
      till: 'Z',
      number,
      salesCount: 5,
      categories: [{ ...line(), gross: gross + 500 }],
      payments,
    };
  };
  const makers: ((number: string) => Body)[] = [
    () => sale(1),
    () => sale(1),
    () => sale(-1),
    zTicket,
    () => ({ type: 'expense', category: 'meals', gross: amount(), vatRate: 1000 }),
    () => ({ type: 'cash-in', method: 'cash', amount: amount(), reason: 'owner' }),
    () => ({ type: 'cash-out', method: 'cash', amount: amount(), reason: 'safe' }),
    () => ({
      type: 'transfer',
      from: { method: 'cash' },
      to: { till: 'Z', method: 'cash' },
      amount: amount(),
    }),
    () => ({ type: 'deposit', method: 'cash', amount: amount() }),
    (number) => ({
      type: 'voucher-sale',
      voucher: `V${number}`,
      kind: 'multi-purpose',
      amount: 500,
      payments: amountsOf({ card: 500 }),
    }),
  ];
  return Array.from({ length: 25 }, (_, index) => ({
    id: `00000000-0000-4000-9000-${String(index).padStart(12, '0')}`,
    till: 'T1',
    businessDate: chance.pick(DAYS),
    ...chance.pick(makers)(String(index)),
  }));
}

/** Records the entries in an order, counts and closes every day, and answers every figure that comes of it. */
function figuresOf(entries: readonly Body[]) {
  const shop = new Shop(
    {
      tills: [
        { code: 'T1', opening: { cash: 10_000_00 } },
        { code: 'Z', feed: 'z-ticket', opening: { cash: 500_00 } },
      ],
    },
    '2026-03-30T16:00:00.000Z',
  );
  for (const entry of entries) shop.record(entry);
  const closures = DAYS.flatMap((businessDate) =>
    ['T1', 'Z', 'safe'].flatMap((till) => {
      if (!shop.ledger.tills.get(till)?.days.has(businessDate)) return [];
      shop.record({ type: 'count', till, businessDate, counts: amountsOf({ cash: 9_000_00 }) });
      const events = shop.record({ type: 'day-closure', till, businessDate, comment: 'compté' });
      const {
        checkpoint: _c,
        firstTillSequence: _f,
        lastTillSequence: _l,
        zNumbers,
        ...figures
      } = dataOf(events, 'DayClosed');
      return [{ till, businessDate, ...figures, zNumbers: [...zNumbers].sort() }];
    }),
  );
  return { closures, balances: [...shop.ledger.balances].sort() };
}

describe('entries that come in another order', () => {
  it('give the same figures, where nothing is refused', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }).chain((seed) => {
          const entries = independentEntries(seed);
          return fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length }));
        }),
        ([entries, shuffled]) => {
          expect(figuresOf(shuffled)).toEqual(figuresOf(entries));
        },
      ),
      { numRuns: RUNS },
    );
  });
});
