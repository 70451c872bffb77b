import { quantitySchema } from './entry';
import {
  bread,
  breadVoucherSale,
  line,
  sale,
  snack,
  sold,
  voucherSale,
  withVoucher,
} from '../../../test/support/entries';
import {
  anOpenTill,
  DUPONT,
  given,
  openingBalances,
  type Situation,
  type Step,
  withDupont,
} from '../../../test/support/given';
import type { Body } from '../../../test/support/ledger-book';
import type { Shop } from '../../../test/support/shop';

const till = anOpenTill({ cash: 150_00 });

/** The data of the sale that is recorded. */
const recorded = (situation: Situation, entry: Body, ...steps: readonly Step[]) => {
  const [event] = given(situation, ...steps)
    .when(entry)
    .events();
  if (event?.type !== 'SaleRecorded') throw new Error('no sale was recorded');
  return event.data;
};

describe('a sale', () => {
  it('is turnover and VAT, and money in the till', () =>
    given(till)
      .when(sale([line(12_00)], { cash: 12_00 }))
      .then(
        sold(
          { 'till/T1/cash': 12_00, 'sales/divers/2000': -10_00, 'vat/divers/2000': -2_00 },
          {
            data: {
              lines: [{ category: 'divers', vatRate: 2000, gross: 12_00, net: 10_00, vat: 2_00 }],
              payments: [{ method: 'cash', amount: 12_00 }],
              salesCount: 1,
            },
            facts: {
              till: 'T1',
              businessDate: '2026-03-14',
              document: { type: 'sale', number: 1 },
              entry: { type: 'sale', index: 0, count: 1 },
            },
          },
        ),
      ));

  it.each([1.005, 0.001, 2, 1e3, -0.125, 999_999.999, 0, 0.1 + 0.2, 3 * 0.333])(
    'takes %p as a quantity',
    (quantity) => {
      expect(quantitySchema.safeParse(quantity).success).toBe(true);
    },
  );

  it.each([1.0000000001, 1e-10, 0.0001, 1.0005, -2.00001, 999_999.9999])(
    'refuses %p: a quantity has three decimals at most',
    (quantity) => {
      const issues = quantitySchema.safeParse(quantity).error?.issues;
      expect(issues).toMatchObject([{ params: { code: 'too-many-decimals' } }]);
    },
  );

  it('keeps what stands on each line: label, quantity in thousandths, unit price, discount', () => {
    const lines = [
      bread(2_70, { label: 'Baguette', quantity: 3, unitPrice: 1_00, discount: 30 }),
      bread(4_99, { label: 'Vrac', quantity: 0.333, unitPrice: 14_98 }),
      bread(1_00, { quantity: 1.5 }),
      bread(-1_00, { quantity: -1 }),
      bread(1_00, { quantity: 1.005 }),
    ];
    const { lines: kept } = recorded(till, sale(lines, { cash: 8_69 }));
    expect(kept.map(({ net: _net, vat: _vat, ...rest }) => rest)).toEqual([
      { ...bread(2_70), label: 'Baguette', quantity: 3000, unitPrice: 1_00, discount: 30 },
      { ...bread(4_99), label: 'Vrac', quantity: 333, unitPrice: 14_98 },
      { ...bread(1_00), quantity: 1500 },
      { ...bread(-1_00), quantity: -1000 },
      { ...bread(1_00), quantity: 1005 },
    ]);
  });

  it('has quantities of three decimals at most', () =>
    given(till)
      .when(sale([bread(1_00), bread(1_00, { quantity: 1.0005 })], { cash: 2_00 }))
      .thenNotAnEntry('lines/1/quantity'));

  it('keeps how many customers it served and which debt was paid', () => {
    const payments = [{ method: 'cash', amount: 5_00, debt: 'F-2026-7' }];
    expect(recorded(till, sale([line(5_00)], payments, { customers: 3 }))).toMatchObject({
      customers: 3,
      payments: [{ method: 'cash', amount: 5_00, debt: 'F-2026-7' }],
    });
  });

  it('posts each category and rate, lines of one merged', () =>
    given(till)
      .when(sale([bread(10_55), snack(11_00), bread(21_10), line(12_00)], { cash: 4_65, card: 50_00 }))
      .then(
        sold({
          'till/T1/cash': 4_65,
          'till/T1/card': 50_00,
          'sales/pain/550': -30_00,
          'vat/pain/550': -1_65,
          'sales/snacking/1000': -10_00,
          'vat/snacking/1000': -1_00,
          'sales/divers/2000': -10_00,
          'vat/divers/2000': -2_00,
        }),
      ));

  it('may sell a category at another rate than its own', () =>
    given(till)
      .when(sale([bread(11_00, { vatRate: 1000 })], { card: 11_00 }))
      .then(sold({ 'till/T1/card': 11_00, 'sales/pain/1000': -10_00, 'vat/pain/1000': -1_00 })));

  it('computes VAT on its total of each rate, over categories, and shares it among the lines', () => {
    const rolls = { category: 'viennoiserie' };
    given(till)
      .when(sale([bread(1_00), bread(1_00, rolls), bread(1_00)], { cash: 3_00 }))
      .then(
        sold(
          {
            'till/T1/cash': 3_00,
            'sales/pain/550': -1_89,
            'vat/pain/550': -11,
            'sales/viennoiserie/550': -95,
            'vat/viennoiserie/550': -5,
          },
          {
            facts: {
              data: {
                lines: [
                  { net: 95, vat: 5 },
                  { net: 95, vat: 5 },
                  { net: 94, vat: 6 },
                ],
              },
            },
          },
        ),
      );
  });

  it('may be paid by several methods, each to its own balance', () =>
    given(till)
      .when(sale([line(60_00)], { cash: 10_00, card: 20_00, cheque: 15_00, meal: 9_00, transfer: 6_00 }))
      .thenBalances({
        'till/T1/cash': 160_00,
        'till/T1/card': 20_00,
        'till/T1/cheque': 15_00,
        'till/T1/meal': 9_00,
        'till/T1/transfer': 6_00,
        'sales/divers/2000': -50_00,
        'vat/divers/2000': -10_00,
      }));

  it('of nothing is a document without postings, and no sale', () => {
    const free = given(till).when(sale([line(0)], {}));
    expect(free.events()[0]?.postings).toBeUndefined();
    free.then(
      sold([], {
        data: {
          lines: [{ category: 'divers', vatRate: 2000, gross: 0, net: 0, vat: 0 }],
          payments: [],
          salesCount: 0,
        },
      }),
    );
  });

  it('is of something', () =>
    given(till).when(sale([], {})).thenRefused('amount-not-positive', { pointer: '/lines' }));

  it('may be as large as an amount can be', () =>
    given(till)
      .when(
        sale([line(1_000_000_000_000), line(1_000_000_000_000)], {
          card: 1_000_000_000_000,
          cash: 1_000_000_000_000,
        }),
      )
      .thenBalances({
        'sales/divers/2000': -1_666_666_666_667,
        'vat/divers/2000': -333_333_333_333,
        'till/T1/card': 1_000_000_000_000,
      }));

  it('belongs to a till, not to the safe', () =>
    given(till)
      .when(sale([line(1_00)], { cash: 1_00 }, { till: 'safe' }))
      .thenRefused('safe-has-no-sales', { pointer: '/till' }));
});

describe('the balance of a sale', () => {
  it.each([
    [{ cash: 11_99 }, {}, { lines: 12_00, payments: 11_99, overpayment: 0, missing: 1 }],
    [{ cash: 12_01 }, {}, { lines: 12_00, payments: 12_01, overpayment: 0, missing: -1 }],
    [{}, {}, { lines: 12_00, payments: 0, overpayment: 0, missing: 12_00 }],
    [{ cash: 10_00, card: 1_00 }, {}, { lines: 12_00, payments: 11_00, overpayment: 0, missing: 1_00 }],
    [{ cash: 12_00 }, { overpayment: 5 }, { lines: 12_00, payments: 12_00, overpayment: 5, missing: 5 }],
    [{ cash: 12_05 }, { overpayment: -5 }, { lines: 12_00, payments: 12_05, overpayment: -5, missing: -10 }],
  ])('of 12 € paid %j with %j does not come out', (payments, more, facts) =>
    given(till)
      .when(sale([line(12_00)], payments, more))
      .thenRefused('unbalanced-entry', { pointer: '/payments', ...facts }),
  );

  it('counts the vouchers sold with it', () => {
    const vouchersSold = [
      { voucher: 'V1', kind: 'multi-purpose', amount: 50_00 },
      { voucher: 'U1', kind: 'single-purpose', amount: 10_00, category: 'pain', vatRate: 550 },
    ];
    given(till)
      .when(sale([line(12_00)], { cash: 12_00 }, { vouchersSold }))
      .thenRefused('unbalanced-entry', {
        pointer: '/payments',
        lines: 72_00,
        payments: 12_00,
        overpayment: 0,
        missing: 60_00,
      });
  });

  it('may be kept above: an overpayment is income of its own, not turnover', () =>
    given(till)
      .when(sale([line(12_00)], { cash: 12_02 }, { overpayment: 2 }))
      .then(
        sold(
          { 'till/T1/cash': 12_02, 'sales/divers/2000': -10_00, 'vat/divers/2000': -2_00, overpayment: -2 },
          { facts: { data: { overpayment: 2 } } },
        ),
      ));

  it('may be borne below: a shortfall takes nothing off the turnover', () =>
    given(till)
      .when(sale([line(12_00)], { cash: 11_98 }, { overpayment: -2 }))
      .then(
        sold(
          { 'till/T1/cash': 11_98, 'sales/divers/2000': -10_00, 'vat/divers/2000': -2_00, overpayment: 2 },
          { facts: { data: { overpayment: -2 } } },
        ),
      ));

  it('keeps no overpayment of nothing', () =>
    expect(recorded(till, sale([line(1_00)], { cash: 1_00 }, { overpayment: 0 }))).not.toHaveProperty(
      'overpayment',
    ));
});

describe('a refund', () => {
  it('takes out what a sale brings in, and counts as no sale', () =>
    given(till)
      .when(sale([line(-12_00)], { cash: -12_00 }))
      .then(
        sold(
          { 'till/T1/cash': -12_00, 'sales/divers/2000': 10_00, 'vat/divers/2000': 2_00 },
          { facts: { data: { salesCount: 0 }, document: { type: 'sale', number: 1 } } },
        ),
      ));

  it('takes no more cash than there is', () => {
    given(till)
      .when(sale([line(-150_00)], { cash: -150_00 }))
      .thenBalances({ 'till/T1/cash': 0 });
    given(till)
      .when(sale([line(-150_01)], { cash: -150_01 }))
      .thenRefused('cash-balance-negative', {
        till: 'T1',
        method: 'cash',
        businessDate: '2026-03-14',
        missing: 1,
      });
    given(till)
      .when(sale([line(-150_01)], { card: -150_01 }))
      .thenBalances({ 'till/T1/card': -150_01 });
  });

  it('may be an exchange: −20 and +30 stay two lines, each with its own VAT, and 10 comes in', () =>
    given(till)
      .when(sale([line(-20_00), line(30_00)], { cash: 10_00 }))
      .then(
        sold(
          [
            ['till/T1/cash', 10_00],
            ['sales/divers/2000', 16_67],
            ['vat/divers/2000', 3_33],
            ['sales/divers/2000', -25_00],
            ['vat/divers/2000', -5_00],
          ],
          { facts: { data: { salesCount: 1 } } },
        ),
      ));

  it('may be an exchange for less: no sale, and money goes back', () =>
    given(till)
      .when(sale([line(-30_00), line(20_00)], { cash: -10_00 }))
      .then(
        sold(
          [
            ['till/T1/cash', -10_00],
            ['sales/divers/2000', 25_00],
            ['vat/divers/2000', 5_00],
            ['sales/divers/2000', -16_67],
            ['vat/divers/2000', -3_33],
          ],
          { facts: { data: { salesCount: 0 } } },
        ),
      ));

  it('may be an even exchange, without any payment', () =>
    given(till)
      .when(sale([line(-12_00), line(12_00)], {}))
      .then(
        sold(
          [
            ['sales/divers/2000', 10_00],
            ['vat/divers/2000', 2_00],
            ['sales/divers/2000', -10_00],
            ['vat/divers/2000', -2_00],
          ],
          { facts: { data: { salesCount: 0 } } },
        ),
      ));

  it('keeps payments of opposite sign apart', () =>
    given(till)
      .when(
        sale(
          [line(12_00)],
          [
            { method: 'cash', amount: 20_00 },
            { method: 'cash', amount: -8_00 },
          ],
        ),
      )
      .then(
        sold([
          ['till/T1/cash', 20_00],
          ['till/T1/cash', -8_00],
          ['sales/divers/2000', -10_00],
          ['vat/divers/2000', -2_00],
        ]),
      ));
});

describe('a sale on credit', () => {
  it('is turnover now and owed, in one amount for all customers', () =>
    given(till)
      .when(sale([line(48_00)], { credit: 48_00 }))
      .then(
        sold(
          { 'customer/-': 48_00, 'sales/divers/2000': -40_00, 'vat/divers/2000': -8_00 },
          { facts: { data: { payments: [{ method: 'credit', amount: 48_00, customer: '-' }] } } },
        ),
      ));

  it('is owed by a customer where credit is kept in detail', () =>
    given(till, withDupont, sale([line(40_00)], { credit: 40_00 }))
      .when(sale([line(40_00)], [{ method: 'credit', amount: 40_00, customer: DUPONT }]))
      .thenBalances({
        'customer/-': 40_00,
        [`customer/${DUPONT}`]: 40_00,
        'till/T1/cash': 150_00,
        'sales/divers/2000': -66_66,
        'vat/divers/2000': -13_34,
      }));

  it('may be paid in part', () =>
    given(till, withDupont)
      .when(
        sale(
          [line(12_00)],
          [
            { method: 'cash', amount: 2_00 },
            { method: 'credit', amount: 10_00, customer: DUPONT },
          ],
        ),
      )
      .then(
        sold({
          'till/T1/cash': 2_00,
          [`customer/${DUPONT}`]: 10_00,
          'sales/divers/2000': -10_00,
          'vat/divers/2000': -2_00,
        }),
      ));

  it('is given back by a refund on credit, below zero if need be (avoir)', () =>
    given(till, withDupont)
      .when(sale([line(-12_00)], [{ method: 'credit', amount: -12_00, customer: DUPONT }]))
      .then(sold({ [`customer/${DUPONT}`]: -12_00, 'sales/divers/2000': 10_00, 'vat/divers/2000': 2_00 })));

  it('is refused where credit is turned off, to anybody', () => {
    const off = anOpenTill({}, { features: { customerCredit: 'off' } });
    for (const customer of [undefined, DUPONT])
      given(off)
        .when(sale([line(1_00)], [{ method: 'credit', amount: 1_00, customer }]))
        .thenRefused('feature-disabled', { feature: 'customerCredit' });
  });

  it('names no customer where credit is one amount', () => {
    const global = anOpenTill({}, { features: { customerCredit: 'global' } });
    given(global, withDupont)
      .when(sale([line(1_00)], [{ method: 'credit', amount: 1_00, customer: DUPONT }]))
      .thenRefused('customer-credit-global', { pointer: '/payments/0/customer' });
    given(global)
      .when(sale([line(1_00)], { credit: 1_00 }))
      .thenBalances({ 'customer/-': 1_00 });
  });

  it('is of a customer that the company knows', () =>
    given(till)
      .when(
        sale(
          [line(2_00)],
          [
            { method: 'cash', amount: 1_00 },
            { method: 'credit', amount: 1_00, customer: DUPONT },
          ],
        ),
      )
      .thenRefused('unknown-customer', { pointer: '/payments/1/customer', customer: DUPONT }));
});

describe('a sale paid by a multi-purpose voucher', () => {
  it('is turnover and VAT now, out of the liability: 30 € of a voucher of 50 €', () =>
    given(till, voucherSale('V1', 50_00))
      .when(sale([line(30_00)], [withVoucher('V1', 30_00)]))
      .then(
        sold(
          { 'voucher/V1': 30_00, 'sales/divers/2000': -25_00, 'vat/divers/2000': -5_00 },
          {
            facts: {
              data: {
                salesCount: 1,
                payments: [{ method: 'voucher', amount: 30_00, voucher: 'V1', voucherKind: 'multi-purpose' }],
              },
            },
          },
        ),
      ));

  it('uses it to the last cent and no further', () => {
    given(till, voucherSale('V1', 50_00), sale([line(30_00)], [withVoucher('V1', 30_00)]))
      .when(sale([line(20_00)], [withVoucher('V1', 20_00)]))
      .thenBalances({ 'voucher/V1': 0 });
    given(till, voucherSale('V1', 50_00), sale([line(30_00)], [withVoucher('V1', 30_00)]))
      .when(sale([line(20_01)], [withVoucher('V1', 20_01)]))
      .thenRefused('voucher-insufficient', { voucher: 'V1', missing: 1 });
    given(till, voucherSale('V1', 50_00))
      .when(sale([line(50_01)], [withVoucher('V1', 25_00), withVoucher('V1', 25_01)]))
      .thenRefused('voucher-insufficient', { voucher: 'V1', missing: 1 });
  });

  it('takes a refund back on it', () =>
    given(till, voucherSale('V1', 50_00))
      .when(sale([line(-12_00)], [withVoucher('V1', -12_00)]))
      .then(sold({ 'voucher/V1': -12_00, 'sales/divers/2000': 10_00, 'vat/divers/2000': 2_00 })));

  it('that nobody tells apart takes from those that were outstanding before', () => {
    const outstanding = openingBalances({ vouchers: [{ kind: 'multi-purpose', amount: 20_00 }] });
    given(till, outstanding)
      .when(sale([line(12_00)], { voucher: 12_00 }))
      .then(
        sold(
          { 'voucher/-': 12_00, 'sales/divers/2000': -10_00, 'vat/divers/2000': -2_00 },
          {
            facts: {
              data: {
                payments: [{ method: 'voucher', amount: 12_00, voucher: '-', voucherKind: 'multi-purpose' }],
              },
            },
          },
        ),
      );
    given(till, outstanding)
      .when(sale([line(20_01)], { voucher: 20_01 }))
      .thenRefused('voucher-insufficient', { voucher: '-', missing: 1 });
  });

  it('is of a voucher that was sold', () =>
    given(till)
      .when(sale([line(2_00)], [{ method: 'cash', amount: 1_00 }, withVoucher('V9', 1_00)]))
      .thenRefused('voucher-unknown', { pointer: '/payments/1/voucher', voucher: 'V9' }));

  it('pays on its last day, and no more the day after', () => {
    const lastDay = voucherSale('V1', 50_00, { expiresOn: '2026-03-14' });
    given(till, lastDay)
      .when(sale([line(1_00)], [withVoucher('V1', 1_00)]))
      .thenBalances({ 'voucher/V1': -49_00 });
    given(till, lastDay)
      .when(sale([line(1_00)], [withVoucher('V1', 1_00)], { businessDate: '2026-03-15' }))
      .thenRefused('voucher-expired', {
        pointer: '/payments/0/voucher',
        voucher: 'V1',
        expiresOn: '2026-03-14',
      });
  });

  it('is refused where vouchers are turned off', () =>
    given(anOpenTill({}, { features: { vouchers: false } }))
      .when(sale([line(1_00)], { voucher: 1_00 }))
      .thenRefused('feature-disabled', { feature: 'vouchers' }));
});

describe('a sale paid by a single-purpose voucher', () => {
  const soldU1 = breadVoucherSale('U1', 10_00);

  it('is no turnover again, and no sale', () =>
    given(till, soldU1)
      .when(sale([bread(10_00)], [withVoucher('U1', 10_00)]))
      .then(
        sold(
          { 'memo/voucher/U1': 10_00, 'memo/issued': -10_00 },
          {
            data: {
              lines: [{ ...bread(10_00), prepaid: 10_00, net: 0, vat: 0 }],
              payments: [{ method: 'voucher', amount: 10_00, voucher: 'U1', voucherKind: 'single-purpose' }],
              salesCount: 0,
            },
          },
        ),
      ));

  it('with cash on top is turnover for the cash', () =>
    given(till, soldU1)
      .when(sale([bread(12_11)], [withVoucher('U1', 10_00), { method: 'cash', amount: 2_11 }]))
      .then(
        sold(
          {
            'memo/voucher/U1': 10_00,
            'memo/issued': -10_00,
            'till/T1/cash': 2_11,
            'sales/pain/550': -2_00,
            'vat/pain/550': -11,
          },
          {
            facts: {
              data: {
                lines: [{ gross: 12_11, prepaid: 10_00, net: 2_00, vat: 11 }],
                salesCount: 1,
              },
            },
          },
        ),
      ));

  it('pays the lines of its category and rate in order, and leaves the others alone', () => {
    const lines = [snack(11_00), bread(6_00), bread(4_00), bread(2_00)];
    const payments = [withVoucher('U1', 9_00), { method: 'card', amount: 14_00 }];
    const { lines: kept } = recorded(till, sale(lines, payments), soldU1);
    expect(kept.map(({ prepaid }) => prepaid)).toEqual([undefined, 6_00, 3_00, undefined]);
    // What is left of the bread, 1 € and 2 €, bears its VAT together: 284 of 300.
    expect(kept.map(({ net, vat }) => [net, vat])).toEqual([
      [10_00, 1_00],
      [0, 0],
      [95, 5],
      [1_89, 11],
    ]);
  });

  it('goes on where another one left off', () => {
    const payments = [withVoucher('U1', 5_00), withVoucher('U2', 6_00)];
    const { lines } = recorded(
      till,
      sale([bread(4_00), bread(7_00)], payments),
      soldU1,
      breadVoucherSale('U2', 6_00),
    );
    expect(lines.map(({ prepaid }) => prepaid)).toEqual([4_00, 7_00]);
  });

  it.each([
    ['another category', [bread(5_00, { category: 'patisserie' })], 5_00, 5_00],
    ['another rate', [bread(5_00, { vatRate: 1000 })], 5_00, 5_00],
    ['more than there is of it', [bread(3_00), snack(2_00)], 5_00, 2_00],
    ['a refund', [bread(-5_00), line(10_00)], 5_00, 5_00],
  ])('does not pay for %s', (_what, lines, amount, left) =>
    given(till, soldU1)
      .when(sale(lines, [withVoucher('U1', amount)]))
      .thenRefused('voucher-not-applicable', {
        pointer: '/payments/0',
        voucher: 'U1',
        category: 'pain',
        vatRate: 550,
        amount: left,
      }),
  );

  it('pays for the bread that is bought, not for what comes back on the same ticket', () => {
    const lines = [bread(-2_00), bread(5_00)];
    const { lines: kept } = recorded(
      till,
      sale(lines, [withVoucher('U1', 5_00), { method: 'cash', amount: -2_00 }]),
      soldU1,
    );
    expect(kept.map(({ prepaid }) => prepaid)).toEqual([undefined, 5_00]);
  });

  it('takes a refund back: no turnover falls, the memo grows', () =>
    given(till, soldU1, sale([bread(8_00)], [withVoucher('U1', 8_00)]))
      .when(sale([bread(-3_00)], [withVoucher('U1', -3_00)]))
      .then(
        sold(
          { 'memo/voucher/U1': -3_00, 'memo/issued': 3_00 },
          { facts: { data: { lines: [{ gross: -3_00, prepaid: -3_00, net: 0, vat: 0 }], salesCount: 0 } } },
        ),
      ));

  it('takes back no more than what came back', () =>
    given(till, soldU1)
      .when(sale([bread(-3_00), line(-1_00)], [withVoucher('U1', -4_00)]))
      .thenRefused('voucher-not-applicable', {
        pointer: '/payments/0',
        voucher: 'U1',
        category: 'pain',
        vatRate: 550,
        amount: -1_00,
      }));

  it('uses it to the last cent and no further', () =>
    given(till, soldU1, sale([bread(8_00)], [withVoucher('U1', 8_00)]))
      .when(sale([bread(2_01)], [withVoucher('U1', 2_01)]))
      .thenRefused('voucher-insufficient', { voucher: 'U1', missing: 1 }));

  it('of before the first day has no category, and pays for anything', () => {
    const outstanding = openingBalances({
      vouchers: [{ voucher: 'U0', kind: 'single-purpose', amount: 20_00 }],
    });
    given(till, outstanding)
      .when(sale([bread(3_00), line(4_00)], [withVoucher('U0', 7_00)]))
      .then(sold({ 'memo/voucher/U0': 7_00, 'memo/issued': -7_00 }));
    given(till, outstanding)
      .when(sale([bread(3_00)], [withVoucher('U0', 4_00)]))
      .thenRefused('voucher-not-applicable', { pointer: '/payments/0', voucher: 'U0', amount: 1_00 });
  });
});

describe('vouchers sold in a sale', () => {
  const multi = (voucher: string, amount = 50_00) => ({ voucher, kind: 'multi-purpose', amount });
  const single = (voucher: string, more: Body = {}) => ({
    voucher,
    kind: 'single-purpose',
    amount: 10_55,
    category: 'pain',
    vatRate: 550,
    ...more,
  });

  it('are owed if multi-purpose, turnover if single-purpose', () =>
    given(till)
      .when(sale([line(12_00)], { cash: 72_55 }, { vouchersSold: [multi('V1'), single('U1')] }))
      .then(
        sold(
          {
            'till/T1/cash': 72_55,
            'sales/divers/2000': -10_00,
            'vat/divers/2000': -2_00,
            'voucher/V1': -50_00,
            'sales/pain/550': -10_00,
            'vat/pain/550': -55,
            'memo/voucher/U1': -10_55,
            'memo/issued': 10_55,
          },
          {
            facts: {
              data: {
                salesCount: 1,
                vouchersSold: [multi('V1'), { ...single('U1'), net: 10_00, vat: 55 }],
              },
            },
          },
        ),
      ));

  it('make a sale of the ticket only if one is single-purpose', () => {
    const ofMulti = recorded(till, sale([], { cash: 50_00 }, { vouchersSold: [multi('V1')] }));
    expect(ofMulti.salesCount).toBe(0);
    const ofSingle = recorded(till, sale([], { cash: 10_55 }, { vouchersSold: [single('U1')] }));
    expect(ofSingle.salesCount).toBe(1);
    const withRefund = sale([line(-20_00)], { cash: -9_45 }, { vouchersSold: [single('U1')] });
    expect(recorded(till, withRefund).salesCount).toBe(1);
    expect(recorded(till, sale([line(1_00)], { cash: 1_00 }, { vouchersSold: [] }))).not.toHaveProperty(
      'vouchersSold',
    );
  });

  it('can be spent from then on', () =>
    given(till, sale([], { cash: 60_55 }, { vouchersSold: [multi('V1'), single('U1')] }))
      .when(sale([bread(10_55), line(12_00)], [withVoucher('U1', 10_55), withVoucher('V1', 12_00)]))
      .thenBalances({ 'voucher/V1': -38_00, 'memo/voucher/U1': 0 }));

  it('have codes that were never sold before, on this ticket or any other', () => {
    given(till, voucherSale('V1', 1_00))
      .when(sale([], { cash: 100_00 }, { vouchersSold: [multi('V2'), multi('V1')] }))
      .thenRefused('voucher-exists', { pointer: '/vouchersSold/1/voucher', voucher: 'V1' });
    given(till)
      .when(sale([], { cash: 100_00 }, { vouchersSold: [multi('V2'), multi('V2')] }))
      .thenRefused('voucher-exists', { pointer: '/vouchersSold/1/voucher', voucher: 'V2' });
  });

  it('cannot pay for the very ticket that sells them', () =>
    given(till)
      .when(
        sale([line(50_00)], [withVoucher('V1', 50_00), { method: 'cash', amount: 50_00 }], {
          vouchersSold: [multi('V1')],
        }),
      )
      .thenRefused('voucher-unknown', { pointer: '/payments/0/voucher', voucher: 'V1' }));

  it.each([
    [{ category: undefined }, 'category-required', { pointer: '/vouchersSold/0/category' }],
    [{ vatRate: undefined }, 'category-required', { pointer: '/vouchersSold/0/vatRate' }],
    [
      { category: 'champagne' },
      'unknown-category',
      { pointer: '/vouchersSold/0/category', category: 'champagne' },
    ],
    [{ vatRate: 1960 }, 'unknown-vat-rate', { pointer: '/vouchersSold/0/vatRate', vatRate: 1960 }],
  ] as const)('that are single-purpose need a category and a rate: not with %j', (more, code, facts) =>
    given(till)
      .when(sale([], { cash: 10_55 }, { vouchersSold: [single('U1', more)] }))
      .thenRefused(code, facts),
  );

  it('are refused where vouchers are turned off', () =>
    given(anOpenTill({}, { features: { vouchers: false } }))
      .when(sale([], { cash: 50_00 }, { vouchersSold: [multi('V1')] }))
      .thenRefused('feature-disabled', { feature: 'vouchers' }));
});

describe('what a sale names', () => {
  it('is known to the company: category, rate, method', () => {
    given(till)
      .when(sale([line(1_00), line(1_00, { category: 'champagne' })], { cash: 2_00 }))
      .thenRefused('unknown-category', { pointer: '/lines/1/category', category: 'champagne' });
    given(till)
      .when(sale([line(1_00), line(1_00, { vatRate: 1960 })], { cash: 2_00 }))
      .thenRefused('unknown-vat-rate', { pointer: '/lines/1/vatRate', vatRate: 1960 });
    given(till)
      .when(sale([line(2_00)], { cash: 1_00, bitcoin: 1_00 }))
      .thenRefused('unknown-method', { pointer: '/payments/1/method', method: 'bitcoin' });
  });

  it('is a customer only with credit, a voucher only with vouchers', () => {
    given(till, withDupont)
      .when(sale([line(1_00)], [{ method: 'cash', amount: 1_00, customer: DUPONT }]))
      .thenRefused('method-not-allowed', { pointer: '/payments/0/customer', method: 'cash', kind: 'cash' });
    given(till, voucherSale('V1', 10_00))
      .when(sale([line(1_00)], [{ method: 'card', amount: 1_00, voucher: 'V1' }]))
      .thenRefused('method-not-allowed', { pointer: '/payments/0/voucher', method: 'card', kind: 'card' });
    given(till, withDupont)
      .when(sale([line(1_00)], [{ method: 'voucher', amount: 1_00, customer: DUPONT }]))
      .thenRefused('method-not-allowed', {
        pointer: '/payments/0/customer',
        method: 'voucher',
        kind: 'voucher',
      });
    given(till, voucherSale('V1', 10_00))
      .when(sale([line(1_00)], [{ method: 'credit', amount: 1_00, voucher: 'V1' }]))
      .thenRefused('method-not-allowed', {
        pointer: '/payments/0/voucher',
        method: 'credit',
        kind: 'credit',
      });
  });

  it('is settled on the day of the sale: codes, rates and features of that day count', () => {
    const renamed = (shop: Shop) =>
      shop.changeSettings({
        effectiveFrom: '2026-03-15',
        categories: [{ code: 'tout', vatRate: 2000 }],
        vatRates: [2000],
        features: { customerCredit: 'off' },
      });
    const tomorrow = { businessDate: '2026-03-15' };
    given(till, renamed)
      .when(sale([bread(1_00)], { credit: 1_00 }))
      .thenBalances({ 'customer/-': 1_00 });
    given(till, renamed)
      .when(sale([bread(1_00)], { cash: 1_00 }, tomorrow))
      .thenRefused('unknown-category');
    given(till, renamed)
      .when(sale([bread(1_00, { category: 'tout' })], { cash: 1_00 }, tomorrow))
      .thenRefused('unknown-vat-rate');
    given(till, renamed)
      .when(sale([line(1_00, { category: 'tout' })], { credit: 1_00 }, tomorrow))
      .thenRefused('feature-disabled');
    given(till, renamed)
      .when(sale([line(1_20, { category: 'tout' })], { cash: 1_20 }, tomorrow))
      .then(sold({ 'till/T1/cash': 1_20, 'sales/tout/2000': -1_00, 'vat/tout/2000': -20 }));
  });

  it('is never a payment of nothing', () =>
    given(till)
      .when(sale([line(1_00)], { cash: 1_00, card: 0 }))
      .thenNotAnEntry('payments/1/amount'));
});
