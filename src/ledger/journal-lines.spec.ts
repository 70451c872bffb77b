import { amountsOf, idOf, saleOf, Shop } from '../../test/support/shop';
import type { LedgerEvent } from './events';
import { journalLinesOf } from './journal-lines';

/** The lines of events, shortly: the method, the cents, and whether a till was moved. */
const linesOf = (events: readonly LedgerEvent[]) =>
  events
    .flatMap(journalLinesOf)
    .map(({ method, amount, onTill }) => `${method} ${amount}${onTill ? '' : ' beside'}`);

describe('the lines of the cash journal', () => {
  it('are one for each amount that a till gained or lost; opposite signs are never merged', () => {
    const shop = new Shop();
    const payments = [...amountsOf({ cash: 50_00 }), ...amountsOf({ cash: -20_00, card: 10_00 })];
    expect(linesOf(shop.enter({ ...saleOf({ cash: 40_00 }), payments }))).toEqual([
      'cash 5000',
      'cash -2000',
      'card 1000',
    ]);
    expect(linesOf(shop.enter({ type: 'deposit', method: 'cash', amount: 30_00 }))).toEqual(['cash -3000']);
  });

  it('show what was paid on credit or by voucher beside the till, and take it back with the sale', () => {
    const shop = new Shop();
    const sale = shop.enter(saleOf({ cash: 5_00, credit: 40_00 }));
    expect(linesOf(sale)).toEqual(['cash 500', 'credit 4000 beside']);
    expect(linesOf(shop.correct(idOf(sale)))).toEqual(['cash -500', 'credit -4000 beside']);
    const sold = { type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose', amount: 30_00 };
    expect(linesOf(shop.enter({ ...sold, payments: amountsOf({ cash: 30_00 }) }))).toEqual(['cash 3000']);
    const paid = { payments: [{ method: 'voucher', amount: 10_00, voucher: 'V1' }] };
    expect(linesOf(shop.enter(saleOf({ voucher: 10_00 }, paid)))).toEqual(['voucher 1000 beside']);
  });

  it('show a voucher that is paid back as money that goes out, wherever it goes', () => {
    const shop = new Shop();
    const sold = { type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose', amount: 30_00 };
    shop.enter({ ...sold, payments: amountsOf({ cash: 30_00 }) });
    const payments = amountsOf({ cash: 10_00, credit: 20_00 });
    const refund = shop.enter({ type: 'voucher-refund', voucher: 'V1', payments });
    expect(linesOf(refund)).toEqual(['cash -1000', 'credit -2000 beside']);
  });

  it('leave no document out: a sale that moves nothing has a line of zero', () => {
    const shop = new Shop();
    const goods = { category: 'divers', vatRate: 2000 };
    const lines = [10_00, -10_00].map((gross) => ({ ...goods, gross }));
    expect(linesOf(shop.enter({ type: 'sale', lines, payments: [] }))).toEqual([' 0 beside']);
  });

  it('are none for what moves no till', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 30_00 }));
    expect(linesOf(shop.record({ type: 'deposit-confirmation', deposit, amount: 30_00 }))).toEqual([]);
    const sold = { type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose', amount: 30_00 };
    shop.enter({ ...sold, payments: amountsOf({ cash: 30_00 }) });
    expect(linesOf(shop.record({ type: 'voucher-expiry', voucher: 'V1' }))).toEqual([]);
    expect(linesOf(shop.count({ cash: 150_00 }))).toEqual([]);
    const opened = shop.events.filter(({ type }) => type === 'TillOpened');
    expect(linesOf(opened)).toEqual([]);
  });
});
