import {
  bread,
  breadVoucherSale,
  line,
  sale,
  voucherExpired,
  voucherExpiry,
  voucherRefund,
  voucherRefunded,
  voucherSale,
  voucherSold,
  withVoucher,
} from '../../../test/support/entries';
import { anOpenTill, DUPONT, given, openingBalances, withDupont } from '../../../test/support/given';
import { type Shop } from '../../../test/support/shop';

const till = anOpenTill({ cash: 150_00 });
const off = (shop: Shop) => shop.changeSettings({ features: { vouchers: false } });

describe('selling a multi-purpose voucher', () => {
  it('is a liability: no turnover, no VAT, no sale', () =>
    given(till)
      .when(voucherSale('V1', 50_00))
      .then(
        voucherSold(
          { 'till/T1/cash': 50_00, 'voucher/V1': -50_00 },
          {
            data: {
              voucher: 'V1',
              kind: 'multi-purpose',
              amount: 50_00,
              payments: [{ method: 'cash', amount: 50_00 }],
              salesCount: 0,
            },
            facts: {
              till: 'T1',
              businessDate: '2026-03-14',
              document: { type: 'voucher-sale', number: 1 },
            },
          },
        ),
      ));

  it('keeps until when it may be used, and no category or rate, for it has none', () => {
    const [event] = given(till)
      .when(voucherSale('V1', 50_00, { expiresOn: '2027-03-14', category: 'pain', vatRate: 550 }))
      .events();
    expect(event?.data).toEqual({
      voucher: 'V1',
      kind: 'multi-purpose',
      amount: 50_00,
      payments: [{ method: 'cash', amount: 50_00 }],
      expiresOn: '2027-03-14',
      salesCount: 0,
    });
  });

  it('may be paid by several methods, and on credit', () =>
    given(till, withDupont)
      .when(
        voucherSale('V1', 50_00, {
          payments: [
            { method: 'card', amount: 20_00 },
            { method: 'credit', amount: 30_00, customer: DUPONT },
          ],
        }),
      )
      .then(voucherSold({ 'till/T1/card': 20_00, [`customer/${DUPONT}`]: 30_00, 'voucher/V1': -50_00 })));

  it('is law.md’s example: 50 € sold, 30 € used on goods at 20 %', () => {
    const { shop } = given(till, voucherSale('V1', 50_00), sale([line(30_00)], [withVoucher('V1', 30_00)]));
    expect(shop.balance('voucher/V1')).toBe(-20_00);
    expect(shop.balance('sales/divers/2000')).toBe(-25_00);
    expect(shop.balance('vat/divers/2000')).toBe(-5_00);
    expect(shop.balance('till/T1/cash')).toBe(200_00);
  });
});

describe('selling a single-purpose voucher', () => {
  it('is turnover and VAT now, one sale, and a memo of what was issued', () =>
    given(till)
      .when(breadVoucherSale('U1', 10_55))
      .then(
        voucherSold(
          {
            'till/T1/cash': 10_55,
            'sales/pain/550': -10_00,
            'vat/pain/550': -55,
            'memo/voucher/U1': -10_55,
            'memo/issued': 10_55,
          },
          {
            data: {
              voucher: 'U1',
              kind: 'single-purpose',
              amount: 10_55,
              category: 'pain',
              vatRate: 550,
              net: 10_00,
              vat: 55,
              payments: [{ method: 'cash', amount: 10_55 }],
              salesCount: 1,
            },
          },
        ),
      ));

  it.each([
    [{ category: undefined }, 'category-required', { pointer: '/category' }],
    [{ vatRate: undefined }, 'category-required', { pointer: '/vatRate' }],
    [{ category: 'champagne' }, 'unknown-category', { pointer: '/category', category: 'champagne' }],
    [{ vatRate: 1960 }, 'unknown-vat-rate', { pointer: '/vatRate', vatRate: 1960 }],
  ] as const)('needs its category and rate: not with %j', (more, code, facts) =>
    given(till)
      .when(breadVoucherSale('U1', 10_55, more))
      .thenRefused(code, facts),
  );
});

describe('selling a voucher', () => {
  it.each([
    [{ cash: 49_99 }, { payments: 49_99, missing: 1 }],
    [{ cash: 50_01 }, { payments: 50_01, missing: -1 }],
    [
      { cash: 20_00, card: 20_00 },
      { payments: 40_00, missing: 10_00 },
    ],
  ])('is paid in full: not %j for 50 €', (paid, facts) => {
    const payments = Object.entries(paid).map(([method, amount]) => ({ method, amount }));
    given(till)
      .when(voucherSale('V1', 50_00, { payments }))
      .thenRefused('unbalanced-entry', { pointer: '/payments', lines: 50_00, ...facts });
  });

  it('is of a code that was never sold before, not even when that voucher is used up', () => {
    const refusal = { pointer: '/voucher', voucher: 'V1' };
    given(till, voucherSale('V1', 50_00))
      .when(voucherSale('V1', 20_00))
      .thenRefused('voucher-exists', refusal);
    given(till, voucherSale('V1', 50_00), sale([line(50_00)], [withVoucher('V1', 50_00)]))
      .when(voucherSale('V1', 20_00))
      .thenRefused('voucher-exists', refusal);
    given(till, openingBalances({ vouchers: [{ voucher: 'V1', kind: 'multi-purpose', amount: 5_00 }] }))
      .when(breadVoucherSale('V1', 20_00))
      .thenRefused('voucher-exists', refusal);
  });

  it('is not paid by another voucher', () =>
    given(till, voucherSale('V1', 50_00))
      .when(voucherSale('V2', 50_00, { payments: [withVoucher('V1', 50_00)] }))
      .thenRefused('method-not-allowed', {
        pointer: '/payments/0/method',
        method: 'voucher',
        kind: 'voucher',
      }));

  it('is of a till, not of the safe', () =>
    given(till)
      .when(voucherSale('V1', 50_00, { till: 'safe' }))
      .thenRefused('safe-has-no-sales', { pointer: '/till' }));

  it('is refused where vouchers are turned off', () =>
    given(till, off).when(voucherSale('V1', 50_00)).thenRefused('feature-disabled', { feature: 'vouchers' }));
});

describe('paying a multi-purpose voucher back', () => {
  const sold = voucherSale('V1', 50_00);

  it('gives all of it in cash, and the liability is gone', () =>
    given(till, sold)
      .when(voucherRefund('V1'))
      .then(
        voucherRefunded(
          { 'till/T1/cash': -50_00, 'voucher/V1': 50_00 },
          {
            data: {
              voucher: 'V1',
              kind: 'multi-purpose',
              amount: 50_00,
              payments: [{ method: 'cash', amount: 50_00 }],
            },
            facts: { document: { type: 'voucher-refund', number: 1 }, till: 'T1' },
          },
        ),
      ));

  it('gives what is left of it', () =>
    given(till, sold, sale([line(30_00)], [withVoucher('V1', 30_00)]))
      .when(voucherRefund('V1'))
      .then(voucherRefunded({ 'till/T1/cash': -20_00, 'voucher/V1': 20_00 })));

  it('gives a part of it, by the methods that are said', () =>
    given(till, sold)
      .when(
        voucherRefund('V1', {
          amount: 12_00,
          payments: [
            { method: 'card', amount: 10_00 },
            { method: 'cash', amount: 2_00 },
          ],
        }),
      )
      .then(voucherRefunded({ 'till/T1/card': -10_00, 'till/T1/cash': -2_00, 'voucher/V1': 12_00 })));

  it('may go against what a customer owes, and below', () =>
    given(till, withDupont, sold)
      .when(voucherRefund('V1', { payments: [{ method: 'credit', amount: 50_00, customer: DUPONT }] }))
      .then(voucherRefunded({ [`customer/${DUPONT}`]: -50_00, 'voucher/V1': 50_00 })));

  it('of one that has expired by its date is still a person’s decision', () =>
    given(till, voucherSale('V1', 50_00, { expiresOn: '2026-03-13' }))
      .when(voucherRefund('V1'))
      .thenBalances({ 'voucher/V1': 0, 'till/T1/cash': 150_00 }));

  it('is never more than is left', () => {
    const outstanding = { pointer: '/amount', voucher: 'V1' };
    given(till, sold)
      .when(voucherRefund('V1', { amount: 50_01 }))
      .thenRefused('voucher-insufficient', { ...outstanding, outstanding: 50_00 });
    given(till, sold, voucherRefund('V1'))
      .when(voucherRefund('V1'))
      .thenRefused('voucher-insufficient', { ...outstanding, outstanding: 0 });
    given(till, sold, voucherRefund('V1', { amount: 49_99 }))
      .when(voucherRefund('V1', { amount: 1 }))
      .thenBalances({ 'voucher/V1': 0 });
  });

  it('takes no more cash than there is', () =>
    given(anOpenTill(), voucherSale('V1', 50_00, { payments: [{ method: 'card', amount: 50_00 }] }))
      .when(voucherRefund('V1'))
      .thenRefused('cash-balance-negative', {
        till: 'T1',
        method: 'cash',
        businessDate: '2026-03-14',
        missing: 50_00,
      }));
});

describe('paying a single-purpose voucher back', () => {
  it('takes its turnover and VAT back too', () =>
    given(till, breadVoucherSale('U1', 10_55))
      .when(voucherRefund('U1'))
      .then(
        voucherRefunded(
          {
            'till/T1/cash': -10_55,
            'sales/pain/550': 10_00,
            'vat/pain/550': 55,
            'memo/voucher/U1': 10_55,
            'memo/issued': -10_55,
          },
          {
            data: {
              voucher: 'U1',
              kind: 'single-purpose',
              amount: 10_55,
              category: 'pain',
              vatRate: 550,
              net: 10_00,
              vat: 55,
              payments: [{ method: 'cash', amount: 10_55 }],
            },
          },
        ),
      ));

  it('takes back the part that is left', () =>
    given(till, breadVoucherSale('U1', 10_00), sale([bread(7_89)], [withVoucher('U1', 7_89)]))
      .when(voucherRefund('U1'))
      .then(
        voucherRefunded({
          'till/T1/cash': -2_11,
          'sales/pain/550': 2_00,
          'vat/pain/550': 11,
          'memo/voucher/U1': 2_11,
          'memo/issued': -2_11,
        }),
      ));

  it('of before the first day has no turnover to take back: it expires, the goods are refunded by a sale', () =>
    given(till, openingBalances({ vouchers: [{ voucher: 'U0', kind: 'single-purpose', amount: 5_00 }] }))
      .when(voucherRefund('U0'))
      .thenRefused('category-required', { pointer: '/voucher', voucher: 'U0' }));
});

describe('paying a voucher back', () => {
  const sold = voucherSale('V1', 50_00);

  it.each([
    [[{ method: 'cash', amount: 49_99 }], { payments: 49_99, missing: 1 }],
    [[{ method: 'cash', amount: 50_01 }], { payments: 50_01, missing: -1 }],
  ])('gives just what is taken off it: not %j of 50 €', (payments, facts) =>
    given(till, sold)
      .when(voucherRefund('V1', { payments }))
      .thenRefused('unbalanced-entry', { pointer: '/payments', lines: 50_00, ...facts }),
  );

  it('is written as what leaves the till, in positive amounts', () =>
    given(till, sold)
      .when(
        voucherRefund('V1', {
          payments: [
            { method: 'cash', amount: 60_00 },
            { method: 'card', amount: -10_00 },
          ],
        }),
      )
      .thenRefused('amount-not-positive', { pointer: '/payments/1/amount' }));

  it('goes to no other voucher', () =>
    given(till, sold)
      .when(voucherRefund('V1', { payments: [{ method: 'voucher', amount: 50_00 }] }))
      .thenRefused('method-not-allowed', {
        pointer: '/payments/0/method',
        method: 'voucher',
        kind: 'voucher',
      }));

  it('is of one that was sold under its own code', () => {
    given(till)
      .when(voucherRefund('V9'))
      .thenRefused('voucher-unknown', { pointer: '/voucher', voucher: 'V9' });
    given(till, openingBalances({ vouchers: [{ kind: 'multi-purpose', amount: 5_00 }] }))
      .when(voucherRefund('-'))
      .thenNotAnEntry('voucher');
  });

  it('is of a till, not of the safe', () =>
    given(till, sold)
      .when(voucherRefund('V1', { till: 'safe' }))
      .thenRefused('safe-has-no-sales', { pointer: '/till' }));

  it('is refused where vouchers are turned off', () =>
    given(till, sold, off)
      .when(voucherRefund('V1'))
      .thenRefused('feature-disabled', { feature: 'vouchers' }));
});

describe('the expiry of a voucher', () => {
  it('makes income of what is left of a multi-purpose one, without VAT', () =>
    given(till, voucherSale('V1', 50_00), sale([line(30_00)], [withVoucher('V1', 30_00)]))
      .when(voucherExpiry('V1'))
      .then(
        voucherExpired(
          { 'voucher/V1': 20_00, 'income/voucher-expired': -20_00 },
          {
            data: { voucher: 'V1', kind: 'multi-purpose', amount: 20_00 },
            facts: { businessDate: '2026-03-14', document: { type: 'voucher-expiry', number: 1 } },
          },
        ),
      ));

  it('strikes the memo of a single-purpose one: its turnover was counted long ago', () =>
    given(till, breadVoucherSale('U1', 10_55))
      .when(voucherExpiry('U1'))
      .then(
        voucherExpired(
          { 'memo/voucher/U1': 10_55, 'memo/issued': -10_55 },
          { data: { voucher: 'U1', kind: 'single-purpose', amount: 10_55 } },
        ),
      ));

  it('may be of a part', () =>
    given(till, voucherSale('V1', 50_00))
      .when(voucherExpiry('V1', { amount: 10_00 }))
      .thenBalances({ 'voucher/V1': -40_00, 'income/voucher-expired': -10_00 }));

  it('carries a company date and belongs to no till, whatever it names', () => {
    const [event] = given(till, voucherSale('V1', 50_00))
      .when(voucherExpiry('V1', { till: 'T1', businessDate: '2026-03-10' }))
      .events();
    expect(event).toMatchObject({ businessDate: '2026-03-10' });
    expect(event).not.toHaveProperty('till');
    expect(event).not.toHaveProperty('tillSequence');
  });

  it('is never of more than is left, nor of nothing', () => {
    given(till, voucherSale('V1', 50_00))
      .when(voucherExpiry('V1', { amount: 50_01 }))
      .thenRefused('voucher-insufficient', { pointer: '/amount', voucher: 'V1', outstanding: 50_00 });
    given(till, voucherSale('V1', 50_00), voucherExpiry('V1'))
      .when(voucherExpiry('V1'))
      .thenRefused('voucher-insufficient', { pointer: '/amount', voucher: 'V1', outstanding: 0 });
  });

  it('leaves nothing to pay with', () =>
    given(till, voucherSale('V1', 50_00), voucherExpiry('V1'))
      .when(sale([line(1_00)], [withVoucher('V1', 1_00)]))
      .thenRefused('voucher-insufficient', { voucher: 'V1', missing: 1_00 }));

  it('is of a voucher that was sold', () =>
    given(till)
      .when(voucherExpiry('V9'))
      .thenRefused('voucher-unknown', { pointer: '/voucher', voucher: 'V9' }));

  it('is refused where vouchers are turned off', () =>
    given(till, voucherSale('V1', 50_00), off)
      .when(voucherExpiry('V1'))
      .thenRefused('feature-disabled', { feature: 'vouchers' }));
});
