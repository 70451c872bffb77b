import { amountsOf, DAY, NEXT_DAY, saleOf, Shop } from '../../test/support/shop';
import { balancesOfTill } from './decide';

describe('the balances that an answer shows', () => {
  it('are those of each method that the till can hold, zero among them', () => {
    const shop = new Shop({
      methods: ['cash', 'card', 'cheque', 'voucher', 'credit'].map((kind) => ({ code: kind, kind })),
    });
    shop.sell({ cash: 20_00, card: 5_00 });
    shop.enter(saleOf({ credit: 7_00 }));
    expect(balancesOfTill(shop.ledger, 'T1', DAY)).toEqual({ cash: 170_00, card: 5_00, cheque: 0 });
    expect(balancesOfTill(shop.ledger, 'T2', DAY)).toEqual({ cash: 0, card: 0, cheque: 0 });
  });

  it('are of the methods of that day', () => {
    const shop = new Shop({ methods: [{ code: 'cash', kind: 'cash' }] });
    const tips = { code: 'tips', kind: 'other' };
    shop.changeSettings({ effectiveFrom: NEXT_DAY, methods: [{ code: 'cash', kind: 'cash' }, tips] });
    expect(balancesOfTill(shop.ledger, 'T1', DAY)).toEqual({ cash: 150_00 });
    expect(balancesOfTill(shop.ledger, 'T1', NEXT_DAY)).toEqual({ cash: 150_00, tips: 0 });
  });
});

describe('a correction of what belongs to the company', () => {
  it('may put another expiry of a voucher in the place of one', () => {
    const shop = new Shop();
    for (const voucher of ['V1', 'V2'])
      shop.enter({
        type: 'voucher-sale',
        voucher,
        kind: 'multi-purpose',
        amount: 30_00,
        payments: amountsOf({ cash: 30_00 }),
      });
    const [expired] = shop.record({ type: 'voucher-expiry', voucher: 'V1' });
    const events = shop.correct(expired?.entry?.id ?? '', { type: 'voucher-expiry', voucher: 'V2' });
    expect(events.map(({ type, till }) => [type, till])).toEqual([
      ['MovementReversed', undefined],
      ['VoucherExpired', undefined],
    ]);
    expect(shop.balance('voucher/V1')).toBe(-30_00);
    expect(shop.balance('voucher/V2')).toBe(0);
  });
});
