import { fold, saleOf } from '../test/support/folded';
import { RecordingBook } from '../test/support/recording-book';
import { daySheets } from './day-sheets';
import { turnoverByMethod } from './figures';
import { figuresOf } from './two-views';

const DAY = 'T1/2026-03-14';
const line = (gross: number) => ({ category: 'pain', vatRate: 0, net: gross, vat: 0 });

describe('turnover by means of payment', () => {
  it.each([
    ['one payment', [['cash', 1500]], 1500, 0, { cash: 1500 }],
    [
      'two payments',
      [
        ['cash', 1000],
        ['card', 500],
      ],
      1500,
      0,
      { cash: 1000, card: 500 },
    ],
    ['a refund', [['cash', -2000]], -2000, 0, { cash: -2000 }],
    [
      'change given from another method',
      [
        ['card', 2000],
        ['cash', -500],
      ],
      1500,
      0,
      { card: 2000, cash: -500 },
    ],
    [
      'an overpayment leaves the largest payment',
      [
        ['cash', 1000],
        ['card', 520],
      ],
      1500,
      0,
      { cash: 980, card: 520 },
    ],
    [
      'a shortfall is added to the largest payment',
      [
        ['cash', 980],
        ['card', 500],
      ],
      1500,
      0,
      { cash: 1000, card: 500 },
    ],
    [
      'a voucher sold with it may take more than one payment',
      [
        ['cash', 3000],
        ['card', 3500],
      ],
      1500,
      0,
      { cash: 1500 },
    ],
    ['the gap of a Z-ticket is nobody’s', [['cash', 9990]], 10_000, -10, { cash: 9990, '-': 10 }],
    ['nothing was paid', [], 300, 0, { '-': 300 }],
    ['no turnover', [['cash', 5000]], 0, 0, {}],
    ['a method named like a member of every object', [['constructor', 700]], 700, 0, { constructor: 700 }],
  ] as const)('%s', (_, payments, turnover, gap, expected) => {
    const paid = payments.map(([method, amount]) => ({ method, amount }));
    const found = turnoverByMethod(paid, turnover === 0 ? [] : [line(turnover)], gap);
    expect(Object.fromEntries(found.map(({ method, amount }) => [method, amount]))).toEqual(expected);
  });

  it('leaves out what a single-purpose voucher pays: its turnover was counted when it was sold', () => {
    const paid = [
      { method: 'voucher', amount: 2000, voucherKind: 'single-purpose' },
      { method: 'cash', amount: 1000 },
    ];
    expect(turnoverByMethod(paid, [line(1000)], 0)).toEqual([{ method: 'cash', amount: 1000 }]);
  });
});

describe('a reversal', () => {
  function reversed() {
    const book = new RecordingBook();
    const id = book.uuid();
    book.record({ id, ...saleOf(1000) });
    book.record({ type: 'correction', corrects: id, reason: 'faute' });
    const sheet = fold(daySheets, book.events)[DAY];
    if (!sheet) throw new Error('no sheet');
    return sheet;
  }

  it('counts as a refund in the view as recorded', () => {
    expect(figuresOf(reversed(), 'recorded')).toMatchObject({
      methods: { cash: { in: 1000, out: 1000 } },
      kinds: { 'sale/cash': { in: 1000, out: 1000 } },
      turnover: { 'pain/550': { net: 0, vat: 0, refunds: 1000 } },
      byMethod: { cash: 0 },
      salesCount: 0,
    });
  });

  it('leaves no trace of its original in the view as corrected', () => {
    expect(figuresOf(reversed(), 'corrected')).toMatchObject({
      methods: { cash: { in: 0, out: 0 } },
      turnover: { 'pain/550': { net: 0, vat: 0, refunds: 0 } },
      salesCount: 0,
    });
  });
});

describe('figures of a document', () => {
  const figuresAfter = (entry: Record<string, unknown>) => {
    const book = new RecordingBook();
    book.record(entry);
    return figuresOf(fold(daySheets, book.events)[DAY], 'recorded');
  };

  it('keeps sales and refunds of an exchange apart', () => {
    const figures = figuresAfter({
      type: 'sale',
      lines: [
        { category: 'pain', gross: -2000, vatRate: 550 },
        { category: 'divers', gross: 3000, vatRate: 2000 },
      ],
      payments: [{ method: 'cash', amount: 1000 }],
    });
    expect(figures.turnover).toMatchObject({
      'pain/550': { net: -1896, vat: -104, refunds: 2000 },
      'divers/2000': { net: 2500, vat: 500, refunds: 0 },
    });
    expect(figures.salesCount).toBe(1);
  });

  it('takes an expense out of the drawer, with its VAT', () => {
    const figures = figuresAfter({ type: 'expense', category: 'supplies', gross: 1200, vatRate: 2000 });
    expect(figures.kinds).toEqual({ 'expense/cash': { in: 0, out: 1200 } });
    expect(figures.expenses).toEqual({ 'supplies/2000': { net: 1000, vat: 200 } });
  });

  it('counts a multi-purpose voucher as a liability, a single-purpose one as turnover', () => {
    const sold = {
      type: 'voucher-sale',
      voucher: 'B1',
      amount: 5000,
      payments: [{ method: 'cash', amount: 5000 }],
    };
    expect(figuresAfter({ ...sold, kind: 'multi-purpose' })).toMatchObject({
      turnover: {},
      vouchersSold: 5000,
      salesCount: 0,
    });
    expect(figuresAfter({ ...sold, kind: 'single-purpose', category: 'pain', vatRate: 550 })).toMatchObject({
      turnover: { 'pain/550': { net: 4739, vat: 261 } },
      vouchersSold: 0,
      salesCount: 1,
    });
  });

  it('keeps what a Z-ticket leaves unexplained until an overpayment explains it', () => {
    const book = new RecordingBook();
    book.record({
      type: 'z-ticket',
      number: '1',
      salesCount: 9,
      categories: [{ category: 'pain', vatRate: 550, gross: 10_000 }],
      payments: [{ method: 'cash', amount: 10_010 }],
    });
    expect(figuresOf(fold(daySheets, book.events)[DAY], 'recorded')).toMatchObject({
      gap: 10,
      overpayment: 0,
    });
    book.record({ type: 'overpayment', amount: 10 });
    expect(figuresOf(fold(daySheets, book.events)[DAY], 'recorded')).toMatchObject({
      gap: 0,
      overpayment: 10,
    });
  });
});
