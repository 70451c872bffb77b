import { amountsOf, refusal, saleOf, Shop, typesOf } from '../../../test/support/shop';

/** Goods for 10 € and money on top that goes against the customer's account. */
function saleWithRepayment(repaid: number) {
  return { ...saleOf({ cash: 10_00 }), payments: amountsOf({ cash: 10_00 + repaid, credit: -repaid }) };
}

describe('paying a debt back together with a sale', () => {
  it('is taken as long as there is a debt', () => {
    const shop = new Shop();
    shop.sell({ credit: 40_00 });
    shop.enter(saleWithRepayment(40_00));
    expect(shop.balance('customer/-')).toBe(0);
    expect(refusal(() => shop.enter(saleWithRepayment(1)))).toEqual({
      code: 'repayment-exceeds-debt',
      pointer: '/payments',
      missing: 1,
    });
  });

  it('is no refund: only goods that come back may leave a customer with something to receive', () => {
    const shop = new Shop();
    expect(typesOf(shop.sell({ credit: -5_00 }))).toEqual(['SaleRecorded']);
    const lines = [
      { category: 'divers', vatRate: 2000, gross: -20_00 },
      { category: 'divers', vatRate: 2000, gross: 30_00 },
    ];
    shop.enter({ type: 'sale', lines, payments: amountsOf({ cash: 30_00, credit: -20_00 }) });
    expect(shop.balance('customer/-')).toBe(-25_00);
  });

  it('is no refund beyond the goods that come back with it', () => {
    const exchange = (repaid: number) => ({
      type: 'sale',
      lines: [
        { category: 'divers', vatRate: 2000, gross: -20_00 },
        { category: 'divers', vatRate: 2000, gross: 100_00 },
      ],
      payments: amountsOf({ cash: 80_00 + repaid, credit: -repaid }),
    });
    const shop = new Shop();
    expect(refusal(() => shop.enter(exchange(20_01)))).toMatchObject({ code: 'repayment-exceeds-debt' });
    shop.sell({ credit: 40_00 });
    expect(refusal(() => shop.enter(exchange(60_01)))).toMatchObject({ code: 'repayment-exceeds-debt' });
    shop.enter(exchange(60_00));
    expect(shop.balance('customer/-')).toBe(-20_00);
    shop.enter(exchange(20_00));
    expect(shop.balance('customer/-')).toBe(-40_00);
  });

  it('is not hidden in the sale of a voucher either', () => {
    const voucher = { type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose', amount: 10_00 };
    expect(
      refusal(() => new Shop().enter({ ...voucher, payments: amountsOf({ cash: 15_00, credit: -5_00 }) })),
    ).toMatchObject({
      code: 'repayment-exceeds-debt',
      missing: 5_00,
    });
  });
});
