import {
  breadVoucherSale,
  line,
  repaid,
  repayment,
  sale,
  voucherSale,
  withVoucher,
} from '../../../test/support/entries';
import { anOpenTill, DUPONT, given, openingBalances, withDupont } from '../../../test/support/given';
import { type Shop } from '../../../test/support/shop';

const till = anOpenTill({ cash: 150_00 });
const onAccount = sale([line(40_00)], { credit: 40_00 });
const ofDupont = sale([line(40_00)], [{ method: 'credit', amount: 40_00, customer: DUPONT }]);

describe('a customer who pays back', () => {
  it('owes less, and the till has more; it is no turnover', () =>
    given(till, onAccount)
      .when(repayment({ cash: 15_00 }))
      .then(
        repaid(
          { 'till/T1/cash': 15_00, 'customer/-': -15_00 },
          {
            data: { payments: [{ method: 'cash', amount: 15_00 }] },
            facts: {
              till: 'T1',
              businessDate: '2026-03-14',
              document: { type: 'credit-repayment', number: 1 },
            },
          },
        ),
      ));

  it('is told apart where credit is kept in detail', () =>
    given(till, withDupont, onAccount, ofDupont)
      .when(repayment({ cash: 15_00, card: 5_00 }, { customer: DUPONT }))
      .then(
        repaid(
          { 'till/T1/cash': 15_00, 'till/T1/card': 5_00, [`customer/${DUPONT}`]: -20_00 },
          { facts: { data: { customer: DUPONT } } },
        ),
      ));

  it('may pay with a voucher', () =>
    given(till, onAccount, voucherSale('V1', 50_00))
      .when(repayment([withVoucher('V1', 15_00)]))
      .then(repaid({ 'voucher/V1': 15_00, 'customer/-': -15_00 })));

  it('pays back to the last cent and no more', () => {
    given(till, onAccount)
      .when(repayment({ cash: 40_00 }))
      .thenBalances({ 'customer/-': 0, 'till/T1/cash': 190_00 });
    given(till, onAccount)
      .when(repayment({ cash: 40_01 }))
      .thenRefused('repayment-exceeds-debt', { pointer: '/payments', owed: 40_00, repaid: 40_01 });
    given(till)
      .when(repayment({ cash: 1 }))
      .thenRefused('repayment-exceeds-debt', { pointer: '/payments', owed: 0, repaid: 1 });
  });

  it('does not pay for another customer, or for all', () => {
    given(till, withDupont, ofDupont)
      .when(repayment({ cash: 1_00 }))
      .thenRefused('repayment-exceeds-debt', { pointer: '/payments', owed: 0, repaid: 1_00 });
    given(till, withDupont, onAccount)
      .when(repayment({ cash: 1_00 }, { customer: DUPONT }))
      .thenRefused('repayment-exceeds-debt', { pointer: '/payments', owed: 0, repaid: 1_00 });
  });

  it('may leave the rest as an overpayment, if that is said', () => {
    given(till, onAccount)
      .when(repayment({ cash: 42_00 }, { overpayment: 2_00 }))
      .then(
        repaid(
          { 'till/T1/cash': 42_00, 'customer/-': -40_00, overpayment: -2_00 },
          { data: { payments: [{ method: 'cash', amount: 42_00 }], overpayment: 2_00 } },
        ),
      );
    given(till, onAccount)
      .when(repayment({ cash: 42_01 }, { overpayment: 2_00 }))
      .thenRefused('repayment-exceeds-debt', { pointer: '/payments', owed: 40_00, repaid: 40_01 });
  });

  it('pays something back: not nothing, and not all of it as an overpayment', () => {
    given(till, onAccount)
      .when(repayment({ cash: 5_00, card: -5_00 }))
      .thenRefused('amount-not-positive', { pointer: '/payments' });
    given(till, onAccount)
      .when(repayment({ cash: 2_00 }, { overpayment: 2_00 }))
      .thenRefused('amount-not-positive', { pointer: '/payments' });
    given(till, onAccount)
      .when(repayment({ cash: -5_00 }))
      .thenRefused('amount-not-positive', { pointer: '/payments' });
    given(till, onAccount)
      .when(repayment({ cash: 2_01 }, { overpayment: 2_00 }))
      .thenBalances({ 'customer/-': 39_99 });
  });

  it('pays what was owed before the first day', () =>
    given(till, withDupont, openingBalances({ customers: [{ customer: DUPONT, amount: 12_00 }] }))
      .when(repayment({ cash: 12_00 }, { customer: DUPONT }))
      .thenBalances({ [`customer/${DUPONT}`]: 0, opening: -162_00 }));

  it('does not pay with a single-purpose voucher, which is for goods of its own category and rate', () =>
    given(till, onAccount, breadVoucherSale('U1', 10_00))
      .when(repayment([{ method: 'cash', amount: 1_00 }, withVoucher('U1', 5_00)]))
      .thenRefused('voucher-not-applicable', { pointer: '/payments/1/voucher', voucher: 'U1' }));

  it('does not pay by credit', () =>
    given(till, onAccount)
      .when(repayment({ cash: 1_00, credit: 5_00 }))
      .thenRefused('method-not-allowed', {
        pointer: '/payments/1/method',
        method: 'credit',
        kind: 'credit',
      }));

  it('is one that the company knows', () =>
    given(till, onAccount)
      .when(repayment({ cash: 1_00 }, { customer: DUPONT }))
      .thenRefused('unknown-customer', { pointer: '/customer', customer: DUPONT }));

  it('comes to a till, not to the safe', () =>
    given(till, onAccount)
      .when(repayment({ cash: 1_00 }, { till: 'safe' }))
      .thenRefused('safe-has-no-sales', { pointer: '/till' }));

  it('is refused where credit is turned off', () =>
    given(till, onAccount, (shop: Shop) => shop.changeSettings({ features: { customerCredit: 'off' } }))
      .when(repayment({ cash: 1_00 }))
      .thenRefused('feature-disabled', { feature: 'customerCredit' }));

  it('still pays under a name when credit has become one amount since', () =>
    given(till, withDupont, ofDupont, (shop: Shop) =>
      shop.changeSettings({ features: { customerCredit: 'global' } }),
    )
      .when(repayment({ cash: 15_00 }, { customer: DUPONT }))
      .thenBalances({ [`customer/${DUPONT}`]: 25_00 }));
});

describe('credit in detail and in one amount', () => {
  it('are totals that go on: 40 € global and 40 € of Dupont are 80 € owed, no cash, turnover 80 €', () => {
    const { shop } = given(till, withDupont, onAccount, ofDupont);
    expect(shop.balance('customer/-') + shop.balance(`customer/${DUPONT}`)).toBe(80_00);
    expect(shop.balance('till/T1/cash')).toBe(150_00);
    expect(shop.balance('sales/divers/2000') + shop.balance('vat/divers/2000')).toBe(-80_00);
  });
});
