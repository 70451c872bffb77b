import {
  amountsOf,
  DAY,
  moves,
  NEXT_DAY,
  saleOf,
  Shop,
  THIRD_DAY,
  typesOf,
} from '../../../test/support/shop';

const zOf = (payments: Readonly<Record<string, number>>, more: object = {}) => ({
  type: 'z-ticket',
  number: '1',
  categories: [
    { category: 'divers', vatRate: 2000, gross: Object.values(payments).reduce((a, b) => a + b, 0) },
  ],
  payments: amountsOf(payments),
  salesCount: 1,
  ...more,
});

const leftOut = (businessDate: string, number = '9') => ({
  type: 'correction',
  reason: 'Z retrouvé',
  replacement: { ...zOf({ cash: 100_00 }, { number }), till: 'T1', businessDate },
});

describe('a Z-ticket that was left out of a closed day', () => {
  it('controls a day that sales have fed, and counts nothing a second time', () => {
    const shop = new Shop();
    shop.sell({ cash: 100_00 });
    shop.countAndClose(DAY, 250_00);
    const events = shop.goTo(NEXT_DAY).record(leftOut(DAY));
    expect(typesOf(events)).toEqual(['ZTicketChecked']);
    expect(moves(events)).toEqual([]);
  });

  it('adds up with the Z-tickets that have fed the day, whatever the till is set to since', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 60_00 }));
    shop.countAndClose(DAY, 210_00);
    shop.goTo(NEXT_DAY).changeSettings({ tills: [{ code: 'T1', feed: 'sales' }] });
    expect(typesOf(shop.record(leftOut(DAY)))).toEqual(['ZTicketRecorded']);
  });

  it('is the sales of a day that nothing has fed, also between days that sales have fed', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.countAndClose(DAY, 160_00);
    shop.goTo(NEXT_DAY).countAndClose(NEXT_DAY, 160_00);
    shop.goTo(THIRD_DAY).sell({ cash: 10_00 });
    shop.countAndClose(THIRD_DAY, 170_00);
    expect(typesOf(shop.record(leftOut(DAY, '1')))).toEqual(['ZTicketChecked']);
    expect(typesOf(shop.record(leftOut(NEXT_DAY, '2')))).toEqual(['ZTicketRecorded']);
    expect(typesOf(shop.record(leftOut(THIRD_DAY, '3')))).toEqual(['ZTicketChecked']);
  });
});

describe('how closed days were fed', () => {
  const daysOf = (shop: Shop) => shop.ledger.tills.get('T1')?.fedDays;

  it('is kept in rows of days that follow each other', () => {
    const shop = new Shop();
    for (const day of [DAY, NEXT_DAY, THIRD_DAY]) {
      shop.goTo(day).enter(saleOf({ card: 1_00 }));
      shop.countAndClose(day, 150_00);
    }
    expect(daysOf(shop)).toEqual([{ from: DAY, through: THIRD_DAY, feed: 'sales' }]);
  });

  it('begins a new row after a day without entries, and where the feed changes', () => {
    const shop = new Shop();
    shop.enter(saleOf({ card: 1_00 }));
    shop.countAndClose(DAY, 150_00);
    for (const [day, number] of [
      [THIRD_DAY, '1'],
      ['2026-03-17', '2'],
    ] as const) {
      shop.goTo(day).enter(zOf({ card: 1_00 }, { number }));
      shop.countAndClose(day, 150_00);
    }
    expect(daysOf(shop)).toEqual([
      { from: DAY, through: DAY, feed: 'sales' },
      { from: THIRD_DAY, through: '2026-03-17', feed: 'z-ticket' },
    ]);
  });
});
