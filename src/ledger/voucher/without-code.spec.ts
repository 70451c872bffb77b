import { sealShop } from '../../../test/support/false-ledger';
import { findingsOf, verifyStored } from '../../../test/support/sealed-ledger';
import { amountsOf, dataOf, idOf, moves, refusal, Shop } from '../../../test/support/shop';

/** A shop whose Z-ticket sold vouchers that it does not tell apart: 50 € for any goods, 20 € for some. */
function withVouchers(): Shop {
  const shop = new Shop();
  shop.enter({
    type: 'z-ticket',
    number: '1',
    categories: [{ category: 'divers', vatRate: 2000, gross: 20_00 }],
    payments: amountsOf({ cash: 70_00 }),
    vouchersSold: [
      { kind: 'multi-purpose', amount: 50_00 },
      { kind: 'single-purpose', amount: 20_00 },
    ],
    salesCount: 1,
  });
  return shop;
}

const expiry = (more: object = {}) => ({ type: 'voucher-expiry', ...more });
const refund = (more: object = {}) => ({ type: 'voucher-refund', ...more });

describe('vouchers without a code', () => {
  it('expire by the amount that is said: the liability is income', () => {
    const shop = withVouchers();
    const events = shop.record(expiry({ amount: 30_00 }));
    expect(dataOf(events, 'VoucherExpired')).toEqual({ voucher: '-', kind: 'multi-purpose', amount: 30_00 });
    expect(moves(events)).toEqual([
      ['voucher/-', 30_00],
      ['income/voucher-expired', -30_00],
    ]);
    expect(shop.balance('voucher/-')).toBe(-20_00);
    expect(findingsOf(verifyStored(sealShop(shop).stored))).toEqual([]);
  });

  it('of one purpose expire as the memo that they are', () => {
    const shop = withVouchers();
    const events = shop.record(expiry({ kind: 'single-purpose', amount: 20_00 }));
    expect(moves(events)).toEqual([
      ['memo/voucher/-', 20_00],
      ['memo/issued', -20_00],
    ]);
  });

  it('are paid back, for any goods; what was sold for some is refunded by a sale', () => {
    const shop = withVouchers();
    expect(moves(shop.enter(refund({ amount: 10_00 })))).toEqual([
      ['till/T1/cash', -10_00],
      ['voucher/-', 10_00],
    ]);
    expect(refusal(() => shop.enter(refund({ kind: 'single-purpose', amount: 10_00 })))).toMatchObject({
      code: 'category-required',
    });
  });

  it('are never more than what is outstanding, and never all of it unsaid', () => {
    const shop = withVouchers();
    expect(refusal(() => shop.record(expiry({ amount: 50_01 })))).toMatchObject({
      code: 'voucher-insufficient',
      outstanding: 50_00,
    });
    expect(refusal(() => shop.record(expiry()))).toEqual({ code: 'voucher-required', pointer: '/voucher' });
    expect(refusal(() => shop.enter(refund()))).toEqual({ code: 'voucher-required', pointer: '/voucher' });
  });

  it('come back when their expiry is corrected', () => {
    const shop = withVouchers();
    shop.correct(idOf(shop.record(expiry({ amount: 50_00 }))), expiry({ amount: 5_00 }));
    expect([shop.balance('voucher/-'), shop.balance('income/voucher-expired')]).toEqual([-45_00, -5_00]);
  });
});

describe('a voucher with a code', () => {
  it('is of the kind that it was sold as', () => {
    const shop = new Shop();
    const payments = amountsOf({ cash: 10_00 });
    shop.enter({ type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose', amount: 10_00, payments });
    expect(refusal(() => shop.record(expiry({ voucher: 'V1', kind: 'single-purpose' })))).toEqual({
      code: 'voucher-unknown',
      pointer: '/kind',
      voucher: 'V1',
    });
    expect(shop.record(expiry({ voucher: 'V1', kind: 'multi-purpose' }))).toHaveLength(1);
  });
});
