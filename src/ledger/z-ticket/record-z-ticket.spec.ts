import {
  amountsOf,
  dataOf,
  DAY,
  idOf,
  moves,
  NEXT_DAY,
  refusal,
  saleOf,
  Shop,
  typesOf,
} from '../../../test/support/shop';
import type { Body } from '../../../test/support/ledger-book';
import { voucherOutstanding } from '../ledger';

/** 100.00 of bread at 5.5 %: net 94.79, VAT 5.21. */
const BREAD = { category: 'pain', vatRate: 550, gross: 100_00 };

function zOf(payments: Readonly<Record<string, number>>, more: Body = {}): Body {
  return {
    type: 'z-ticket',
    number: '1',
    salesCount: 10,
    categories: [BREAD],
    payments: amountsOf(payments),
    ...more,
  };
}

function aZShop(): Shop {
  return new Shop({ tills: [{ code: 'T1', feed: 'z-ticket', opening: { cash: 150_00 } }] });
}

describe('a Z-ticket that feeds its day', () => {
  it('is the day’s turnover by category and rate, and what each method took', () => {
    const events = new Shop().enter(zOf({ cash: 60_00, card: 40_00 }));
    expect(typesOf(events)).toEqual(['ZTicketRecorded']);
    expect(moves(events)).toEqual([
      ['till/T1/cash', 60_00],
      ['till/T1/card', 40_00],
      ['sales/pain/550', -94_79],
      ['vat/pain/550', -5_21],
    ]);
    expect(events[0]).toMatchObject({
      till: 'T1',
      businessDate: DAY,
      document: { type: 'z-ticket', number: 1 },
    });
    expect(dataOf(events, 'ZTicketRecorded')).toEqual({
      number: '1',
      salesCount: 10,
      categories: [{ ...BREAD, net: 94_79, vat: 5_21 }],
      refunds: [],
      payments: [
        { method: 'cash', amount: 60_00 },
        { method: 'card', amount: 40_00 },
      ],
      vouchersSold: [],
      gap: 0,
      vatGaps: [],
    });
  });

  it('keeps what it prints beside: tickets, customers, its own total, operations of 76 € and more, uncounted', () => {
    const shop = new Shop();
    const printed = {
      customersCount: 12,
      firstTicket: '1001',
      lastTicket: '1010',
      perpetual: 9_999_99,
      operations: [
        {
          ticket: '1004',
          occurredAt: '2026-03-14T09:12:00+01:00',
          label: 'Pièce montée',
          method: 'card',
          gross: 80_00,
        },
      ],
    };
    const data = dataOf(shop.enter(zOf({ cash: 100_00 }, printed)), 'ZTicketRecorded');
    expect(data).toMatchObject({
      ...printed,
      operations: [{ ...printed.operations[0], occurredAt: '2026-03-14T08:12:00.000Z' }],
    });
    const closed = dataOf(shop.countAndClose(DAY, 250_00), 'DayClosed');
    expect(closed).toMatchObject({ turnover: { gross: 100_00 }, salesCount: 10, customersCount: 12 });
  });

  it('adds up with the others of its day', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 100_00 }));
    shop.enter(zOf({ card: 100_00 }, { number: '2', salesCount: 7 }));
    const closed = dataOf(shop.countAndClose(DAY, 250_00), 'DayClosed');
    expect(closed.turnover).toEqual({ gross: 200_00, net: 189_58, vat: 10_42 });
    expect(closed).toMatchObject({ salesCount: 17, zNumbers: ['1', '2'] });
  });

  it.each([
    [{ category: 'caviar' }, 'unknown-category', '/categories/0/category'],
    [{ vatRate: 1960 }, 'unknown-vat-rate', '/categories/0/vatRate'],
  ])('knows the company’s categories and rates: %j is %s', (change, code, pointer) => {
    const categories = [{ ...BREAD, ...change }];
    expect(refusal(() => new Shop().enter(zOf({ cash: 100_00 }, { categories })))).toMatchObject({
      code,
      pointer,
    });
  });

  it('knows the company’s methods', () => {
    expect(refusal(() => new Shop().enter(zOf({ cash: 50_00, bitcoin: 50_00 })))).toEqual({
      code: 'unknown-method',
      pointer: '/payments/1/method',
      method: 'bitcoin',
    });
  });

  it('is not for the safe', () => {
    expect(refusal(() => new Shop().enter(zOf({ cash: 100_00 }, { till: 'safe' })))).toEqual({
      code: 'safe-has-no-sales',
      pointer: '/till',
    });
  });
});

describe('the two ways to feed a day', () => {
  it('refuse a sale after a Z, on that till and day only', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 100_00 }));
    expect(refusal(() => shop.sell({ cash: 10_00 }))).toEqual({
      code: 'day-fed-by-z',
      pointer: '/type',
      till: 'T1',
      businessDate: DAY,
    });
    expect(typesOf(shop.sell({ cash: 10_00 }, { till: 'T2' }))).toEqual(['SaleRecorded']);
    expect(typesOf(shop.goTo(NEXT_DAY).sell({ cash: 10_00 }))).toEqual(['SaleRecorded']);
  });

  it('are a setting of the till: fed by Z-tickets it takes no sale at all', () => {
    expect(refusal(() => aZShop().sell({ cash: 10_00 }))).toMatchObject({ code: 'day-fed-by-z' });
  });

  it('are a setting of the till: fed by sales, any Z is a control', () => {
    const shop = new Shop({ tills: [{ code: 'T1', feed: 'sales' }] });
    const [checked] = shop.enter(zOf({ cash: 100_00 }));
    expect(checked).toMatchObject({ type: 'ZTicketChecked' });
    expect(checked?.postings).toBeUndefined();
  });

  it('take what is recorded apart after a Z: expenses, repayments, vouchers', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 100_00 }));
    const voucher = { type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose', amount: 20_00 };
    expect(typesOf(shop.enter({ ...voucher, payments: amountsOf({ cash: 20_00 }) }))).toEqual([
      'VoucherSold',
    ]);
    expect(
      typesOf(shop.enter({ type: 'expense', category: 'supplies', gross: 5_00, vatRate: 2000 })),
    ).toEqual(['ExpensePaid']);
    expect(dataOf(shop.countAndClose(DAY, 265_00), 'DayClosed').turnover.gross).toBe(100_00);
  });

  it('are open again once what fed the day was taken back', () => {
    const shop = new Shop();
    const z = idOf(shop.enter(zOf({ cash: 100_00 })));
    shop.correct(z);
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.correct(sale);
    expect(typesOf(shop.enter(zOf({ cash: 100_00 })))).toEqual(['ZTicketRecorded']);
  });
});

describe('a Z-ticket on a day whose sales were recorded', () => {
  const sold = { category: 'divers', vatRate: 2000, gross: 100_00 };

  it('is a control that moves nothing and counts nothing twice', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00, card: 40_00 });
    const events = shop.enter(zOf({ cash: 60_00, card: 40_00 }, { categories: [sold], salesCount: 1 }));
    expect(typesOf(events)).toEqual(['ZTicketChecked']);
    expect(moves(events)).toEqual([]);
    expect(dataOf(events, 'ZTicketChecked')).toMatchObject({ number: '1', differences: [] });
    const closed = dataOf(shop.countAndClose(DAY, 210_00), 'DayClosed');
    expect(closed).toMatchObject({ turnover: { gross: 100_00 }, salesCount: 1, zNumbers: ['1'] });
  });

  it('names every line that differs, raises one alert, and clears it when the missing sale comes', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    const events = shop.enter(zOf({ cash: 60_00, card: 40_00 }, { categories: [sold], salesCount: 2 }));
    expect(dataOf(events, 'ZTicketChecked').differences).toEqual([
      { of: 'sales-count', stated: 2, recorded: 1 },
      { of: 'category', key: 'divers/2000', stated: 100_00, recorded: 60_00 },
      { of: 'method', key: 'card', stated: 40_00, recorded: 0 },
      { of: 'vat', key: '2000', stated: 16_67, recorded: 10_00 },
    ]);
    expect(dataOf(events, 'AlertRaised')).toEqual({ code: 'z-mismatch', till: 'T1', day: DAY });
    const missing = shop.sell({ card: 40_00 });
    expect(dataOf(missing, 'AlertCleared')).toEqual({ code: 'z-mismatch', till: 'T1', day: DAY });
  });

  it('lists what differs in the order of categories, methods and rates', () => {
    const shop = new Shop();
    const lines = [
      { category: 'snacking', vatRate: 1000, gross: 20_00 },
      { category: 'divers', vatRate: 2000, gross: 20_00 },
      { category: 'pain', vatRate: 550, gross: 20_00 },
    ];
    shop.enter({ type: 'sale', lines, payments: amountsOf({ meal: 20_00, cash: 20_00, card: 20_00 }) });
    const boisson = { category: 'boisson', vatRate: 210, gross: 1_00 };
    const z = zOf({ cheque: 1_00 }, { categories: [boisson], salesCount: 1 });
    const { differences } = dataOf(shop.enter(z), 'ZTicketChecked');
    expect(differences.map(({ of, key }) => `${of} ${key}`)).toEqual([
      'category boisson/210',
      'category divers/2000',
      'category pain/550',
      'category snacking/1000',
      'method card',
      'method cash',
      'method cheque',
      'method meal',
      'vat 210',
      'vat 550',
      'vat 1000',
      'vat 2000',
    ]);
  });

  it('stays a control where the till has been set to Z-tickets meanwhile: nothing is counted twice', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    shop.changeSettings({ tills: [{ code: 'T1', feed: 'z-ticket' }] });
    shop.sell({ card: 40_00 });
    const z = zOf({ cash: 60_00, card: 40_00 }, { categories: [sold], salesCount: 2 });
    expect(dataOf(shop.enter(z), 'ZTicketChecked').differences).toEqual([]);
    expect(dataOf(shop.countAndClose(DAY, 210_00), 'DayClosed').turnover.gross).toBe(100_00);
  });

  it('refuses sales after it where it has fed the day and the till is set to sales meanwhile', () => {
    const shop = new Shop({ tills: [{ code: 'T1', feed: 'z-ticket', opening: { cash: 150_00 } }] });
    shop.enter(zOf({ cash: 100_00 }));
    shop.changeSettings({ tills: [{ code: 'T1', feed: 'sales' }] });
    expect(refusal(() => shop.sell({ cash: 60_00 }))).toMatchObject({ code: 'day-fed-by-z' });
    expect(typesOf(shop.enter(zOf({ cash: 100_00 }, { number: '2' })))).toEqual(['ZTicketRecorded']);
    shop.goTo(NEXT_DAY);
    expect(typesOf(shop.sell({ cash: 60_00 }))).toEqual(['SaleRecorded']);
  });

  it('wants a comment before the day closes with a difference', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    shop.enter(zOf({ cash: 60_00 }, { categories: [{ ...sold, gross: 60_00 }], salesCount: 3 }));
    shop.count({ cash: 210_00 });
    expect(refusal(() => shop.close(DAY))).toEqual({
      code: 'comment-required',
      pointer: '/comment',
      about: 'z-mismatch',
      till: 'T1',
    });
    shop.enter({ type: 'comment', about: 'ventilation', comment: 'Deux tickets annulés' });
    expect(typesOf(shop.close(DAY))).toEqual(['DayClosed', 'AlertCleared']);
  });

  it('forgives in VAT half a cent per sale that was recorded, and no cent elsewhere', () => {
    const shop = new Shop();
    for (let sale = 0; sale < 5; sale += 1) shop.sell({ cash: 20_00 });
    const stated = (vat: number, number: string) =>
      dataOf(
        shop.enter(zOf({ cash: 100_00 }, { number, salesCount: 5, categories: [{ ...sold, vat }] })),
        'ZTicketChecked',
      ).differences;
    expect(stated(16_67, '1')).toEqual([]);
    shop.correct(idOf(shop.events.filter(({ type }) => type === 'ZTicketChecked')));
    // Recorded: five times 3.33.
    expect(stated(16_63, '2')).toEqual([]);
    shop.correct(idOf(shop.events.filter(({ type }) => type === 'ZTicketChecked').slice(1)));
    expect(stated(16_62, '3')).toEqual([{ of: 'vat', key: '2000', stated: 16_62, recorded: 16_65 }]);
  });

  it('adds up with the other controls of the day', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    shop.sell({ cash: 40_00 });
    const morning = zOf({ cash: 60_00 }, { categories: [{ ...sold, gross: 60_00 }], salesCount: 1 });
    const evening = zOf(
      { cash: 40_00 },
      { number: '2', categories: [{ ...sold, gross: 40_00 }], salesCount: 1 },
    );
    expect(typesOf(shop.enter(morning))).toEqual(['ZTicketChecked', 'AlertRaised']);
    const events = shop.enter(evening);
    expect(dataOf(events, 'ZTicketChecked').differences).toEqual([]);
    expect(typesOf(events)).toEqual(['ZTicketChecked', 'AlertCleared']);
  });

  it('compares what single-purpose vouchers sold within a sale have added to the turnover', () => {
    const shop = new Shop();
    const vouchersSold = [
      { voucher: 'U1', kind: 'single-purpose', amount: 30_00, category: 'pain', vatRate: 550 },
    ];
    shop.sell({ cash: 60_00 }, { lines: [{ ...sold, gross: 30_00 }], vouchersSold });
    const categories = [
      { ...sold, gross: 30_00 },
      { category: 'pain', vatRate: 550, gross: 30_00 },
    ];
    const events = shop.enter(zOf({ cash: 60_00 }, { categories, salesCount: 1 }));
    expect(dataOf(events, 'ZTicketChecked').differences).toEqual([]);
  });

  it('states whole what a single-purpose voucher has paid for, as a Z that feeds its day does', () => {
    const shop = new Shop();
    const bread = { category: 'pain', vatRate: 550 };
    const voucher = { voucher: 'U1', kind: 'single-purpose', amount: 30_00, ...bread };
    shop.enter({ type: 'voucher-sale', ...voucher, payments: amountsOf({ cash: 30_00 }) });
    const payments = [...amountsOf({ cash: 10_00 }), { method: 'voucher', voucher: 'U1', amount: 30_00 }];
    shop.enter({ type: 'sale', lines: [{ ...bread, gross: 40_00 }], payments });
    const z = zOf(
      { cash: 10_00, voucher: 30_00 },
      { categories: [{ ...bread, gross: 40_00 }], salesCount: 1 },
    );
    expect(dataOf(shop.enter(z), 'ZTicketChecked').differences).toEqual([]);
  });

  it('knows the company’s methods too', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    expect(refusal(() => shop.enter(zOf({ bitcoin: 60_00 })))).toMatchObject({
      code: 'unknown-method',
      pointer: '/payments/0/method',
    });
  });
});

describe('the number of a Z-ticket', () => {
  it('is used once per till and source', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 100_00 }));
    expect(refusal(() => shop.enter(zOf({ cash: 100_00 })))).toEqual({
      code: 'z-number-used',
      pointer: '/number',
      till: 'T1',
      number: '1',
    });
    expect(typesOf(shop.enter(zOf({ cash: 100_00 }, { till: 'T2' })))).toEqual(['ZTicketRecorded']);
    const other = { source: { system: 'pos-b' } };
    expect(dataOf(shop.enter(zOf({ cash: 100_00 }, other)), 'ZTicketRecorded').system).toBe('pos-b');
    expect(refusal(() => shop.enter(zOf({ cash: 100_00 }, other)))).toMatchObject({ code: 'z-number-used' });
  });

  it('is told from another one of another source, however both are spelled', () => {
    const shop = new Shop();
    const z = (system: string, number: string) =>
      shop.enter(zOf({ cash: 100_00 }, { source: { system }, number }));
    z('a', 'b|c');
    expect(typesOf(z('a|b', 'c'))).toEqual(['ZTicketRecorded']);
    const closed = dataOf(shop.countAndClose(DAY, 350_00), 'DayClosed');
    expect(closed.zNumbers).toEqual(['b|c', 'c']);
  });

  it('is used for ever, over days and closures', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 100_00 }));
    shop.countAndClose(DAY, 250_00);
    expect(refusal(() => shop.goTo(NEXT_DAY).enter(zOf({ cash: 100_00 })))).toMatchObject({
      code: 'z-number-used',
    });
  });

  it('may come as a number', () => {
    const shop = new Shop();
    expect(dataOf(shop.enter(zOf({ cash: 100_00 }, { number: 412 })), 'ZTicketRecorded').number).toBe('412');
    expect(refusal(() => shop.enter(zOf({ cash: 100_00 }, { number: '412' })))).toMatchObject({
      code: 'z-number-used',
    });
  });

  it('is free for the replacement, and for anybody once its Z was taken back', () => {
    const shop = new Shop();
    const first = idOf(shop.enter(zOf({ cash: 100_00 })));
    const replaced = shop.correct(first, zOf({ card: 100_00 }));
    expect(typesOf(replaced)).toEqual(['MovementReversed', 'ZTicketRecorded']);
    expect(refusal(() => shop.enter(zOf({ cash: 100_00 })))).toMatchObject({ code: 'z-number-used' });
    shop.correct(idOf(replaced));
    expect(typesOf(shop.enter(zOf({ cash: 100_00 })))).toEqual(['ZTicketRecorded']);
    expect(dataOf(shop.countAndClose(DAY, 250_00), 'DayClosed').zNumbers).toEqual(['1']);
  });

  it('stays the POS’s own when its Z is corrected by hand', () => {
    const shop = new Shop();
    const source = { system: 'pos-a' };
    const first = idOf(shop.enter(zOf({ cash: 100_00 }, { source })));
    const replaced = shop.correct(first, zOf({ card: 100_00 }));
    expect(dataOf(replaced.slice(1), 'ZTicketRecorded').system).toBe('pos-a');
    expect(refusal(() => shop.enter(zOf({ cash: 100_00 }, { source })))).toMatchObject({
      code: 'z-number-used',
    });
    const again = shop.correct(idOf(replaced), zOf({ cash: 100_00 }));
    expect(dataOf(again.slice(1), 'ZTicketRecorded').system).toBe('pos-a');
  });

  it('is of the POS whose sale the Z stands in for', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 100_00 }, { source: { system: 'pos-a' } }));
    const replaced = shop.correct(sale, zOf({ cash: 100_00 }));
    expect(dataOf(replaced.slice(1), 'ZTicketRecorded').system).toBe('pos-a');
  });

  it('is free again when a control is taken back', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    const control = idOf(shop.enter(zOf({ cash: 60_00 })));
    shop.correct(control);
    expect(typesOf(shop.enter(zOf({ cash: 60_00 })))[0]).toBe('ZTicketChecked');
  });
});

describe('a Z-ticket that disagrees with itself', () => {
  it('is recorded; the gap goes to suspense and raises an alert', () => {
    const shop = new Shop();
    const events = shop.enter(zOf({ cash: 99_90 }));
    expect(moves(events)).toEqual([
      ['till/T1/cash', 99_90],
      ['sales/pain/550', -94_79],
      ['vat/pain/550', -5_21],
      ['suspense', 10],
    ]);
    expect(dataOf(events, 'ZTicketRecorded').gap).toBe(-10);
    expect(dataOf(events, 'AlertRaised')).toEqual({
      code: 'ventilation-gap',
      till: 'T1',
      day: DAY,
      amount: -10,
    });
  });

  it('closes its day only with the gap explained by a comment, against difference/ventilation', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 100_10 }));
    shop.count({ cash: 250_10 });
    expect(refusal(() => shop.close(DAY))).toEqual({
      code: 'comment-required',
      pointer: '/comment',
      about: 'ventilation',
      till: 'T1',
      gap: 10,
    });
    const closed = shop.close(DAY, { comment: 'Fond de tiroir' });
    expect(moves(closed)).toEqual([
      ['suspense', 10],
      ['difference/ventilation', -10],
    ]);
    expect(dataOf(closed, 'DayClosed').gap).toBe(10);
    expect(typesOf(closed)).toEqual(['DayClosed', 'AlertCleared']);
    expect(shop.balance('suspense')).toBe(0);
  });

  it('is explained by an overpayment of its own, and then needs no comment', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 100_10 }));
    const explained = shop.enter({ type: 'overpayment', amount: 10 });
    expect(moves(explained)).toEqual([
      ['suspense', 10],
      ['overpayment', -10],
    ]);
    expect(typesOf(explained)).toEqual(['OverpaymentExplained', 'AlertCleared']);
    shop.count({ cash: 250_10 });
    expect(moves(shop.close(DAY))).toEqual([]);
  });

  it('may declare the overpayment itself, and then has no gap', () => {
    const events = new Shop().enter(zOf({ cash: 100_10 }, { overpayment: 10 }));
    expect(moves(events)).toContainEqual(['overpayment', -10]);
    expect(dataOf(events, 'ZTicketRecorded')).toMatchObject({ gap: 0, overpayment: 10 });
  });

  it('may say that there was no overpayment', () => {
    const data = dataOf(new Shop().enter(zOf({ cash: 100_00 }, { overpayment: 0 })), 'ZTicketRecorded');
    expect(data).not.toHaveProperty('overpayment');
  });

  it('has one gap with the others of its day: they may make up for each other', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 100_10 }));
    expect(typesOf(shop.enter(zOf({ cash: 99_90 }, { number: '2' })))).toEqual([
      'ZTicketRecorded',
      'AlertCleared',
    ]);
    shop.count({ cash: 350_00 });
    expect(dataOf(shop.close(DAY), 'DayClosed').gap).toBe(0);
  });
});

describe('the VAT that a Z-ticket states', () => {
  const z = (stated: Body, salesCount: number) =>
    new Shop().enter(zOf({ cash: 100_00 }, { salesCount, categories: [{ ...BREAD, ...stated }] }));

  it.each([[{ net: 94_80, vat: 5_20 }], [{ net: 94_80 }], [{ vat: 5_20 }]])('is kept: %j', (stated) => {
    const events = z(stated, 1);
    expect(dataOf(events, 'ZTicketRecorded').categories).toEqual([{ ...BREAD, net: 94_80, vat: 5_20 }]);
    expect(moves(events).slice(1)).toEqual([
      ['sales/pain/550', -94_80],
      ['vat/pain/550', -5_20],
    ]);
  });

  it('must add up with the net to the gross', () => {
    expect(refusal(() => z({ net: 94_80, vat: 5_21 }, 1))).toEqual({
      code: 'vat-not-consistent',
      pointer: '/categories/0/net',
      gross: 100_00,
      net: 94_80,
      vat: 5_21,
    });
  });

  it.each([
    [1, 1],
    [2, 1],
    [5, 2],
    [10, 5],
  ])('of %i sales may be off by %i cents', (salesCount, most) => {
    const within = z({ vat: 5_21 + most }, salesCount);
    expect(dataOf(within, 'ZTicketRecorded').vatGaps).toEqual([]);
    expect(typesOf(within)).toEqual(['ZTicketRecorded']);
    const beyond = z({ vat: 5_21 - most - 1 }, salesCount);
    const stated = 5_21 - most - 1;
    expect(dataOf(beyond, 'ZTicketRecorded').vatGaps).toEqual([{ vatRate: 550, stated, computed: 5_21 }]);
    expect(dataOf(beyond, 'AlertRaised')).toEqual({
      code: 'vat-gap',
      till: 'T1',
      day: DAY,
      subject: '550',
      amount: -most - 1,
    });
  });

  it('is compared per rate, over all categories of the rate', () => {
    const categories = [
      { ...BREAD, vat: 5_24 },
      { ...BREAD, category: 'viennoiserie', vat: 5_18 },
      { category: 'divers', vatRate: 2000, gross: 12_00, vat: 2_10 },
    ];
    const events = new Shop().enter(zOf({ cash: 212_00 }, { salesCount: 1, categories }));
    expect(dataOf(events, 'ZTicketRecorded').vatGaps).toEqual([
      { vatRate: 2000, stated: 2_10, computed: 2_00 },
    ]);
  });

  it('raises an alert that goes when the Z is corrected', () => {
    const shop = new Shop();
    const id = idOf(shop.enter(zOf({ cash: 100_00 }, { categories: [{ ...BREAD, vat: 9_00 }] })));
    expect(shop.openAlerts()).toEqual(['vat-gap']);
    expect(typesOf(shop.correct(id, zOf({ cash: 100_00 })))).toEqual([
      'MovementReversed',
      'ZTicketRecorded',
      'AlertCleared',
    ]);
  });
});

describe('the refunds of a Z-ticket', () => {
  it('are not netted: they are put back into the sales and stand beside them', () => {
    const shop = new Shop();
    const events = shop.enter(
      zOf(
        { cash: 80_00 },
        { categories: [{ ...BREAD, gross: 80_00 }], refunds: [{ ...BREAD, gross: 20_00 }] },
      ),
    );
    const data = dataOf(events, 'ZTicketRecorded');
    expect(data.categories).toEqual([{ ...BREAD, net: 94_79, vat: 5_21 }]);
    expect(data.refunds).toEqual([{ ...BREAD, gross: -20_00, net: -18_96, vat: -1_04 }]);
    expect(moves(events)).toEqual([
      ['till/T1/cash', 80_00],
      ['sales/pain/550', -94_79],
      ['vat/pain/550', -5_21],
      ['sales/pain/550', 18_96],
      ['vat/pain/550', 1_04],
    ]);
    expect(data.gap).toBe(0);
    const closed = dataOf(shop.countAndClose(DAY, 230_00), 'DayClosed');
    expect(closed.period).toEqual([{ vatRate: 550, real: 80_00, absolute: 120_00 }]);
    expect(closed.turnover).toEqual({ gross: 80_00, net: 75_83, vat: 4_17 });
  });

  it('belong to a category and rate that the Z lists', () => {
    const refunds = [
      { category: 'pain', vatRate: 550, gross: 1_00 },
      { category: 'pain', vatRate: 2000, gross: 1_00 },
    ];
    expect(refusal(() => new Shop().enter(zOf({ cash: 100_00 }, { refunds })))).toEqual({
      code: 'unknown-category',
      pointer: '/refunds/1/category',
      category: 'pain',
    });
  });

  it('may bring a line to zero and leave its stated VAT in the books', () => {
    const shop = new Shop();
    const categories = [{ ...BREAD, gross: -20_00, vat: -1_00 }];
    shop.enter(zOf({ cash: -20_00 }, { categories, refunds: [{ ...BREAD, gross: 20_00 }] }));
    const closed = dataOf(shop.countAndClose(DAY, 130_00), 'DayClosed');
    expect(closed.turnover).toEqual({ gross: -20_00, net: -19_00, vat: -1_00 });
  });
});

describe('credit and vouchers in a Z-ticket', () => {
  it('go to the customers it names, the rest to the global account', () => {
    const shop = new Shop();
    const customer = shop.newCustomer();
    const events = shop.enter(
      zOf({ cash: 50_00, credit: 50_00 }, { credits: [{ customer, amount: 30_00 }] }),
    );
    expect(moves(events).slice(0, 3)).toEqual([
      ['till/T1/cash', 50_00],
      [`customer/${customer}`, 30_00],
      ['customer/-', 20_00],
    ]);
  });

  it('leave no rest when all of it is told apart, and all of it when nothing is', () => {
    const shop = new Shop();
    const customer = shop.newCustomer();
    const told = shop.enter(zOf({ credit: 100_00 }, { credits: [{ customer, amount: 100_00 }] }));
    expect(moves(told).slice(0, 2)).toEqual([
      [`customer/${customer}`, 100_00],
      ['sales/pain/550', -94_79],
    ]);
    expect(moves(shop.enter(zOf({ credit: 100_00 }, { number: '2' })))[0]).toEqual(['customer/-', 100_00]);
  });

  it('tell refunds on credit apart as well, wholly or in part', () => {
    const shop = new Shop();
    const customer = shop.newCustomer();
    const z = (number: string, told: number) =>
      zOf({ cash: 150_00, credit: -50_00 }, { number, credits: [{ customer, amount: told }] });
    expect(moves(shop.enter(z('1', -50_00))).slice(1, 2)).toEqual([[`customer/${customer}`, -50_00]]);
    expect(moves(shop.enter(z('2', -30_00))).slice(1, 3)).toEqual([
      [`customer/${customer}`, -30_00],
      ['customer/-', -20_00],
    ]);
    expect(refusal(() => shop.enter(z('3', -50_01)))).toMatchObject({ code: 'unbalanced-entry', missing: 1 });
  });

  it('refuse a detail larger than what it details', () => {
    const z = zOf({ cash: 50_00, credit: 50_00 }, { credits: [{ amount: 50_01 }] });
    expect(refusal(() => new Shop().enter(z))).toEqual({
      code: 'unbalanced-entry',
      pointer: '/payments',
      payments: 50_00,
      missing: -1,
    });
  });

  it.each([
    ['/credits', { credits: [{ amount: 10_00 }] }],
    ['/vouchersUsed', { vouchersUsed: [{ amount: 10_00 }] }],
  ])('refuse a detail of nothing (%s)', (pointer, details) => {
    expect(refusal(() => new Shop().enter(zOf({ cash: 100_00 }, details)))).toEqual({
      code: 'unbalanced-entry',
      pointer,
    });
  });

  it('name who is unknown', () => {
    const shop = new Shop();
    const customer = shop.uuid();
    const z = zOf({ credit: 100_00 }, { credits: [{ amount: 10_00 }, { customer, amount: 20_00 }] });
    expect(refusal(() => shop.enter(z))).toEqual({
      code: 'unknown-customer',
      pointer: '/credits/1/customer',
      customer,
    });
    const vouchersUsed = [{ voucher: 'V9', amount: 20_00 }];
    expect(refusal(() => shop.enter(zOf({ voucher: 100_00 }, { vouchersUsed })))).toEqual({
      code: 'voucher-unknown',
      pointer: '/vouchersUsed/0/voucher',
      voucher: 'V9',
    });
  });

  it('take from the vouchers it names, and the rest from those not told apart', () => {
    const shop = new Shop();
    shop.enter(
      zOf(
        { cash: 180_00 },
        {
          vouchersSold: [
            { voucher: 'V1', kind: 'multi-purpose', amount: 50_00 },
            { kind: 'multi-purpose', amount: 30_00 },
          ],
        },
      ),
    );
    const used = zOf(
      { cash: 40_00, voucher: 60_00 },
      { number: '2', vouchersUsed: [{ voucher: 'V1', amount: 35_00 }] },
    );
    expect(moves(shop.enter(used)).slice(0, 3)).toEqual([
      ['till/T1/cash', 40_00],
      ['voucher/V1', 35_00],
      ['voucher/-', 25_00],
    ]);
    expect(refusal(() => shop.enter(zOf({ cash: 90_00, voucher: 10_00 }, { number: '3' })))).toEqual({
      code: 'voucher-insufficient',
      voucher: '-',
      missing: 5_00,
    });
  });

  it('count no turnover for what a single-purpose voucher had paid already', () => {
    const shop = new Shop();
    const sold = {
      type: 'voucher-sale',
      voucher: 'U1',
      kind: 'single-purpose',
      amount: 40_00,
      category: 'pain',
      vatRate: 550,
    };
    shop.enter({ ...sold, payments: amountsOf({ cash: 40_00 }) });
    const events = shop.enter(
      zOf({ cash: 60_00, voucher: 40_00 }, { vouchersUsed: [{ voucher: 'U1', amount: 40_00 }] }),
    );
    // 100.00 is 94.79 + 5.21; 40.00 of it, 37.91 + 2.09, was turnover when the voucher was sold.
    expect(moves(events)).toEqual([
      ['till/T1/cash', 60_00],
      ['memo/voucher/U1', 40_00],
      ['memo/issued', -40_00],
      ['sales/pain/550', -56_88],
      ['vat/pain/550', -3_12],
    ]);
    expect(dataOf(events, 'ZTicketRecorded')).toMatchObject({
      categories: [{ prepaid: 40_00, gross: 100_00 }],
      gap: 0,
    });
    expect(dataOf(shop.countAndClose(DAY, 250_00), 'DayClosed').turnover.gross).toBe(100_00);
  });
});

describe('vouchers sold in a Z-ticket', () => {
  it('are a liability if multi-purpose, and part of what was paid', () => {
    const shop = new Shop();
    const vouchersSold = [{ voucher: 'V1', kind: 'multi-purpose', amount: 20_00 }];
    const events = shop.enter(zOf({ cash: 120_00 }, { vouchersSold }));
    expect(moves(events)).toEqual([
      ['till/T1/cash', 120_00],
      ['sales/pain/550', -94_79],
      ['vat/pain/550', -5_21],
      ['voucher/V1', -20_00],
    ]);
    expect(dataOf(events, 'ZTicketRecorded').gap).toBe(0);
    expect(voucherOutstanding(shop.ledger, 'V1', 'multi-purpose')).toBe(20_00);
  });

  it('are a memo if single-purpose, since their turnover is in the categories', () => {
    const events = new Shop().enter(
      zOf({ cash: 100_00 }, { vouchersSold: [{ voucher: 'U1', kind: 'single-purpose', amount: 20_00 }] }),
    );
    expect(moves(events)).toEqual([
      ['till/T1/cash', 100_00],
      ['sales/pain/550', -94_79],
      ['vat/pain/550', -5_21],
      ['memo/voucher/U1', -20_00],
      ['memo/issued', 20_00],
    ]);
  });

  it('have a code of their own each, for ever', () => {
    const shop = new Shop();
    const sold = { voucher: 'V1', kind: 'multi-purpose', amount: 10_00 };
    expect(refusal(() => shop.enter(zOf({ cash: 120_00 }, { vouchersSold: [sold, sold] })))).toEqual({
      code: 'voucher-exists',
      pointer: '/vouchersSold/1/voucher',
      voucher: 'V1',
    });
    shop.enter(zOf({ cash: 110_00 }, { vouchersSold: [sold] }));
    expect(refusal(() => shop.enter(zOf({ cash: 110_00 }, { number: '2', vouchersSold: [sold] })))).toEqual({
      code: 'voucher-exists',
      pointer: '/vouchersSold/0/voucher',
      voucher: 'V1',
    });
  });

  it('are refused, told apart or not, where vouchers are turned off', () => {
    const shop = new Shop({ features: { vouchers: false } });
    const vouchersSold = [{ kind: 'multi-purpose', amount: 10_00 }];
    expect(refusal(() => shop.enter(zOf({ cash: 110_00 }, { vouchersSold })))).toEqual({
      code: 'feature-disabled',
      feature: 'vouchers',
    });
  });
});

describe('a till that is fed by Z-tickets', () => {
  it('lists the Z first, and pays out before it has come with an alert only', () => {
    const shop = aZShop();
    const spent = shop.enter({ type: 'cash-out', method: 'cash', amount: 200_00, reason: 'owner' });
    expect(dataOf(spent, 'AlertRaised')).toEqual({
      code: 'cash-unproven',
      till: 'T1',
      day: DAY,
      subject: 'cash',
      amount: -50_00,
    });
    const z = shop.enter(zOf({ cash: 100_00 }));
    expect(dataOf(z, 'ZTicketRecorded').listedFirst).toBe(true);
    expect(typesOf(z)).toEqual(['ZTicketRecorded', 'AlertCleared']);
    expect(typesOf(shop.countAndClose(DAY, 50_00))).toEqual(['DayClosed']);
  });

  it('is judged when its day closes: the movement that goes below zero is named', () => {
    const shop = aZShop();
    const spent = idOf(shop.enter({ type: 'cash-out', method: 'cash', amount: 260_00, reason: 'owner' }));
    shop.enter(zOf({ cash: 100_00 }));
    shop.enter({ type: 'cash-in', method: 'cash', amount: 50_00, reason: 'owner' });
    shop.count({ cash: 40_00 });
    expect(refusal(() => shop.close(DAY))).toEqual({
      code: 'cash-balance-negative',
      till: 'T1',
      method: 'cash',
      businessDate: DAY,
      entry: spent,
      missing: 10_00,
    });
  });

  it('lists nothing first elsewhere', () => {
    expect(dataOf(new Shop().enter(zOf({ cash: 100_00 })), 'ZTicketRecorded').listedFirst).toBeUndefined();
  });
});

describe('a Z-ticket and the sales of other documents', () => {
  it('counts sales of a till beside it on another till', () => {
    const shop = new Shop();
    shop.record({ ...saleOf({ cash: 10_00 }), till: 'T2' });
    expect(typesOf(shop.enter(zOf({ cash: 100_00 })))).toEqual(['ZTicketRecorded']);
  });
});
