import { entrySchema } from '../ledger/entries';
import { amountsOf, DAY, NEXT_DAY, saleOf } from '../../test/support/shop';
import type { Body } from '../../test/support/ledger-book';
import { type Books, judgedOrder } from './judged-order';

const NOW = `${DAY}T10:00:00.000Z`;

const BOOKS: Books = {
  ruleOf: () => ({ timeZone: 'Europe/Paris', cutoff: '05:00' }),
  isFedByZ: () => false,
};

const at = (time: string, day = DAY): Body => ({ occurredAt: `${day}T${time}:00.000Z` });
const SALE = saleOf({ cash: 10_00 });
const COUNT: Body = { type: 'count', counts: amountsOf({ cash: 160_00 }) };
const EXPENSE: Body = { type: 'expense', category: 'supplies', gross: 5_00, vatRate: 2000 };
const CLOSURE: Body = { type: 'day-closure', businessDate: DAY };
const Z: Body = {
  type: 'z-ticket',
  number: '1',
  salesCount: 1,
  categories: [],
  payments: amountsOf({ cash: 10_00 }),
};

/** Positions of the bodies, in the order in which they are judged. */
function orderOf(bodies: readonly Body[], books: Partial<Books> = {}): number[] {
  const entries = bodies.map((body, index) =>
    entrySchema.parse({
      id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      till: 'T1',
      ...body,
    }),
  );
  return judgedOrder(entries, NOW, { ...BOOKS, ...books });
}

describe('the order in which a batch is judged', () => {
  it('takes a day in as it happened, counts and closures last', () => {
    const bodies = [CLOSURE, COUNT, { ...EXPENSE, ...at('09:00') }, { ...SALE, ...at('08:00') }];
    expect(orderOf([...bodies, { ...COUNT, moment: 'opening' }])).toEqual([4, 3, 2, 1, 0]);
  });

  it('leaves ties as they were sent', () => {
    const bodies = [EXPENSE, SALE, EXPENSE, SALE].map((body) => ({ ...body, ...at('08:00') }));
    expect(orderOf(bodies)).toEqual([0, 1, 2, 3]);
  });

  it('takes what says no time to happen now', () => {
    expect(orderOf([SALE, { ...SALE, ...at('09:59') }, { ...SALE, ...at('10:01') }])).toEqual([1, 0, 2]);
  });

  it('ends one day before the next begins; the night belongs to the day before', () => {
    const night = { ...SALE, ...at('03:30', NEXT_DAY) };
    const bodies = [{ ...SALE, businessDate: NEXT_DAY, ...at('01:00') }, COUNT, night];
    expect(orderOf(bodies)).toEqual([2, 1, 0]);
  });

  it('puts a Z-ticket before what its cash pays for', () => {
    expect(
      orderOf([
        { ...EXPENSE, ...at('08:00') },
        { ...Z, ...at('19:00') },
      ]),
    ).toEqual([1, 0]);
  });

  it('puts a Z-ticket after the sales that come with it, since it controls them', () => {
    const bodies = [
      { ...Z, ...at('19:00') },
      COUNT,
      { ...SALE, ...at('08:00') },
      { ...SALE, ...at('09:00') },
    ];
    expect(orderOf(bodies)).toEqual([2, 3, 0, 1]);
  });

  it('tells tills and days apart', () => {
    const elsewhere = { ...SALE, till: 'T2', ...at('08:00') };
    const tomorrow = { ...SALE, businessDate: NEXT_DAY, ...at('09:00') };
    expect(orderOf([elsewhere, tomorrow, { ...Z, ...at('19:00') }])).toEqual([2, 0, 1]);
  });

  it('keeps a Z-ticket first on a day that Z-tickets feed already: the sales are refused', () => {
    const isFedByZ = (till: string, day: string) => till === 'T1' && day === DAY;
    expect(orderOf([SALE, Z], { isFedByZ })).toEqual([1, 0]);
  });
});
