import fc from 'fast-check';
import {
  cashIn,
  cashOut,
  confirmation,
  deposit,
  expense,
  line,
  overpayment,
  repayment,
  sale,
  transfer,
  voucherExpiry,
  voucherRefund,
  voucherSale,
  withVoucher,
} from '../../test/support/entries';
import { anOpenTill, given, type Moves, type Step } from '../../test/support/given';
import type { Body } from '../../test/support/ledger-book';
import type { Shop } from '../../test/support/shop';

/** What a row is told with: amounts above zero, the first of which is the movement's, and a rate. */
type Numbers = { readonly a: number; readonly b: number; readonly c: number; readonly vatRate: number };

/**
 * One row of the table *How money moves*, as an example with its postings written out and as a rule about any
 * amounts (a rejected cheque, which has no entry yet, is missing). `moves` says what each of its events posts with
 * `EXAMPLE`; `effects` what changes, and that nothing else does.
 */
type Row = {
  readonly row: string;
  readonly before?: (numbers: Numbers) => readonly Step[];
  readonly entry: (numbers: Numbers) => Body;
  readonly moves: readonly Moves[];
  readonly effects: (numbers: Numbers) => Partial<Figures>;
};

/** What a movement may change: receivables and the like positive when there is more of them. */
type Figures = ReturnType<typeof figuresOf>;

function figuresOf(shop: Shop) {
  const under = (...prefixes: readonly string[]) =>
    [...shop.ledger.balances]
      .filter(([path]) => prefixes.some((prefix) => `${path}/`.startsWith(`${prefix}/`)))
      .reduce((total, [, amount]) => total + amount, 0);
  return {
    cash: under('till/T1/cash'),
    card: under('till/T1/card'),
    otherTill: under('till/T2'),
    safe: under('safe'),
    turnover: -under('sales', 'vat'),
    receivable: under('customer'),
    liability: -under('voucher'),
    memo: -under('memo/voucher'),
    transit: under('transit'),
    bank: under('bank'),
    fees: under('expense/bank-fees'),
    expense: under('expense/supplies', 'vat-input'),
    income: -under('income'),
    owner: under('owner'),
    other: under('other'),
    overpayment: -under('overpayment'),
    suspense: -under('suspense'),
    difference: under('difference'),
  };
}

const EXAMPLE: Numbers = { a: 12_00, b: 6_00, c: 1_00, vatRate: 2000 };

const DEPOSIT = '00000000-0000-4000-8000-0000000000d1';

const goods = (gross: number, { vatRate }: Numbers) => line(gross, { vatRate });
const multi = (amount: number) => voucherSale('V1', amount);
const single = (amount: number, { vatRate }: Numbers) =>
  voucherSale('U1', amount, { kind: 'single-purpose', category: 'divers', vatRate });
const remitted = ({ a, b, c }: Numbers) => [
  cashIn({ amount: a + b + c }),
  deposit({ id: DEPOSIT, amount: a + b + c }),
];

/** A Z-ticket with turnover `a` and means of payment `paid`. */
const zTicket = ({ a, vatRate }: Numbers, paid: number): Body => ({
  type: 'z-ticket',
  till: 'T1',
  number: '1',
  salesCount: 1,
  categories: [{ category: 'divers', vatRate, gross: a }],
  payments: [{ method: 'cash', amount: paid }],
});

const count = (cash: number): Body => ({
  type: 'count',
  till: 'T1',
  counts: [{ method: 'cash', amount: cash }],
});
const closure: Body = { type: 'day-closure', till: 'T1', businessDate: '2026-03-14', comment: 'recompté' };

const TABLE: readonly Row[] = [
  {
    row: 'sale paid by an ordinary method: cash',
    entry: (n) => sale([goods(n.a, n)], { cash: n.a }),
    moves: [{ 'till/T1/cash': 12_00, 'sales/divers/2000': -10_00, 'vat/divers/2000': -2_00 }],
    effects: ({ a }) => ({ cash: a, turnover: a }),
  },
  {
    row: 'sale paid by an ordinary method: card',
    entry: (n) => sale([goods(n.a, n)], { card: n.a }),
    moves: [{ 'till/T1/card': 12_00, 'sales/divers/2000': -10_00, 'vat/divers/2000': -2_00 }],
    effects: ({ a }) => ({ card: a, turnover: a }),
  },
  {
    row: 'sale paid by credit',
    entry: (n) => sale([goods(n.a, n)], { credit: n.a }),
    moves: [{ 'customer/-': 12_00, 'sales/divers/2000': -10_00, 'vat/divers/2000': -2_00 }],
    effects: ({ a }) => ({ receivable: a, turnover: a }),
  },
  {
    row: 'sale paid by a multi-purpose voucher',
    before: ({ a, b }) => [multi(a + b)],
    entry: (n) => sale([goods(n.a, n)], [withVoucher('V1', n.a)]),
    moves: [{ 'voucher/V1': 12_00, 'sales/divers/2000': -10_00, 'vat/divers/2000': -2_00 }],
    effects: ({ a }) => ({ liability: -a, turnover: a }),
  },
  {
    row: 'sale paid by a single-purpose voucher, the rest in cash',
    before: (n) => [single(n.a + n.c, n)],
    entry: (n) => sale([goods(n.a + n.b, n)], [withVoucher('U1', n.a), { method: 'cash', amount: n.b }]),
    moves: [
      {
        'memo/voucher/U1': 12_00,
        'memo/issued': -12_00,
        'till/T1/cash': 6_00,
        'sales/divers/2000': -5_00,
        'vat/divers/2000': -1_00,
      },
    ],
    effects: ({ a, b }) => ({ memo: -a, cash: b, turnover: b }),
  },
  {
    row: 'refund in cash',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: (n) => sale([goods(-n.a, n)], { cash: -n.a }),
    moves: [{ 'till/T1/cash': -12_00, 'sales/divers/2000': 10_00, 'vat/divers/2000': 2_00 }],
    effects: ({ a }) => ({ cash: -a, turnover: -a }),
  },
  {
    row: 'refund on credit',
    entry: (n) => sale([goods(-n.a, n)], { credit: -n.a }),
    moves: [{ 'customer/-': -12_00, 'sales/divers/2000': 10_00, 'vat/divers/2000': 2_00 }],
    effects: ({ a }) => ({ receivable: -a, turnover: -a }),
  },
  {
    row: 'refund back on a voucher',
    before: ({ b }) => [multi(b)],
    entry: (n) => sale([goods(-n.a, n)], [withVoucher('V1', -n.a)]),
    moves: [{ 'voucher/V1': -12_00, 'sales/divers/2000': 10_00, 'vat/divers/2000': 2_00 }],
    effects: ({ a }) => ({ liability: a, turnover: -a }),
  },
  {
    row: 'exchange: what comes back and what is taken for it',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: (n) => sale([goods(-n.a, n), goods(n.b, n)], n.a === n.b ? {} : { cash: n.b - n.a }),
    moves: [
      [
        ['till/T1/cash', -6_00],
        ['sales/divers/2000', 10_00],
        ['vat/divers/2000', 2_00],
        ['sales/divers/2000', -5_00],
        ['vat/divers/2000', -1_00],
      ],
    ],
    effects: ({ a, b }) => ({ cash: b - a, turnover: b - a }),
  },
  {
    row: 'credit repayment',
    before: (n) => [sale([goods(n.a + n.b, n)], { credit: n.a + n.b })],
    entry: ({ a }) => repayment({ cash: a }),
    moves: [{ 'till/T1/cash': 12_00, 'customer/-': -12_00 }],
    effects: ({ a }) => ({ cash: a, receivable: -a }),
  },
  {
    row: 'voucher sold, multi-purpose',
    entry: ({ a }) => multi(a),
    moves: [{ 'till/T1/cash': 12_00, 'voucher/V1': -12_00 }],
    effects: ({ a }) => ({ cash: a, liability: a }),
  },
  {
    row: 'voucher sold, single-purpose',
    entry: (n) => single(n.a, n),
    moves: [
      {
        'till/T1/cash': 12_00,
        'sales/divers/2000': -10_00,
        'vat/divers/2000': -2_00,
        'memo/voucher/U1': -12_00,
        'memo/issued': 12_00,
      },
    ],
    effects: ({ a }) => ({ cash: a, turnover: a, memo: a }),
  },
  {
    row: 'voucher expired, multi-purpose',
    before: ({ a, b }) => [multi(a + b)],
    entry: ({ a }) => voucherExpiry('V1', { amount: a }),
    moves: [{ 'voucher/V1': 12_00, 'income/voucher-expired': -12_00 }],
    effects: ({ a }) => ({ liability: -a, income: a }),
  },
  {
    row: 'voucher expired, single-purpose',
    before: (n) => [single(n.a + n.b, n)],
    entry: ({ a }) => voucherExpiry('U1', { amount: a }),
    moves: [{ 'memo/voucher/U1': 12_00, 'memo/issued': -12_00 }],
    effects: ({ a }) => ({ memo: -a }),
  },
  {
    row: 'voucher refunded, multi-purpose',
    before: ({ a, b }) => [multi(a + b)],
    entry: ({ a }) => voucherRefund('V1', { amount: a }),
    moves: [{ 'till/T1/cash': -12_00, 'voucher/V1': 12_00 }],
    effects: ({ a }) => ({ cash: -a, liability: -a }),
  },
  {
    row: 'voucher refunded, single-purpose',
    before: (n) => [single(n.a + n.b, n)],
    entry: ({ a }) => voucherRefund('U1', { amount: a }),
    moves: [
      {
        'till/T1/cash': -12_00,
        'sales/divers/2000': 10_00,
        'vat/divers/2000': 2_00,
        'memo/voucher/U1': 12_00,
        'memo/issued': -12_00,
      },
    ],
    effects: ({ a }) => ({ cash: -a, turnover: -a, memo: -a }),
  },
  {
    row: 'expense',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: ({ a, vatRate }) => expense({ gross: a, vatRate }),
    moves: [{ 'till/T1/cash': -12_00, 'expense/supplies': 10_00, 'vat-input/2000': 2_00 }],
    effects: ({ a }) => ({ cash: -a, expense: a }),
  },
  {
    row: 'bank deposit',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: ({ a }) => deposit({ id: DEPOSIT, amount: a }),
    moves: [{ 'till/T1/cash': -12_00, [`transit/cash/${DEPOSIT}`]: 12_00 }],
    effects: ({ a }) => ({ cash: -a, transit: a }),
  },
  {
    row: 'bank confirms in part: what is missing stays in transit',
    before: remitted,
    entry: ({ a, b }) => confirmation(DEPOSIT, { amount: a, fees: b }),
    moves: [{ 'bank/main': 12_00, 'expense/bank-fees': 6_00, [`transit/cash/${DEPOSIT}`]: -18_00 }],
    effects: ({ a, b }) => ({ bank: a, fees: b, transit: -(a + b) }),
  },
  {
    row: 'bank confirms, final: what is missing is a difference',
    before: remitted,
    entry: ({ a, b }) => confirmation(DEPOSIT, { amount: a, fees: b, final: true }),
    moves: [
      {
        'bank/main': 12_00,
        'expense/bank-fees': 6_00,
        'difference/deposit': 1_00,
        [`transit/cash/${DEPOSIT}`]: -19_00,
      },
    ],
    effects: ({ a, b, c }) => ({ bank: a, fees: b, difference: c, transit: -(a + b + c) }),
  },
  {
    row: 'cash in from the owner',
    entry: ({ a }) => cashIn({ amount: a }),
    moves: [{ 'till/T1/cash': 12_00, owner: -12_00 }],
    effects: ({ a }) => ({ cash: a, owner: -a }),
  },
  {
    row: 'cash in from the bank',
    entry: ({ a }) => cashIn({ amount: a, reason: 'bank' }),
    moves: [{ 'till/T1/cash': 12_00, 'bank/main': -12_00 }],
    effects: ({ a }) => ({ cash: a, bank: -a }),
  },
  {
    row: 'cash in from the safe',
    before: ({ a }) => [cashIn({ amount: a, till: 'safe' })],
    entry: ({ a }) => cashIn({ amount: a, reason: 'safe' }),
    moves: [
      { 'till/T1/cash': 12_00, 'transit/tills/cash': -12_00 },
      { 'safe/cash': -12_00, 'transit/tills/cash': 12_00 },
    ],
    effects: ({ a }) => ({ cash: a, safe: -a }),
  },
  {
    row: 'cash in, other, by card',
    entry: ({ a }) => cashIn({ amount: a, reason: 'other', method: 'card' }),
    moves: [{ 'till/T1/card': 12_00, other: -12_00 }],
    effects: ({ a }) => ({ card: a, other: -a }),
  },
  {
    row: 'cash out to the owner',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: ({ a }) => cashOut({ amount: a }),
    moves: [{ 'till/T1/cash': -12_00, owner: 12_00 }],
    effects: ({ a }) => ({ cash: -a, owner: a }),
  },
  {
    row: 'cash out to the bank',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: ({ a }) => cashOut({ amount: a, reason: 'bank' }),
    moves: [{ 'till/T1/cash': -12_00, 'bank/main': 12_00 }],
    effects: ({ a }) => ({ cash: -a, bank: a }),
  },
  {
    row: 'cash out to the safe',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: ({ a }) => cashOut({ amount: a, reason: 'safe' }),
    moves: [
      { 'till/T1/cash': -12_00, 'transit/tills/cash': 12_00 },
      { 'safe/cash': 12_00, 'transit/tills/cash': -12_00 },
    ],
    effects: ({ a }) => ({ cash: -a, safe: a }),
  },
  {
    row: 'transfer between methods',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: ({ a }) => transfer(a, { method: 'cash' }, { method: 'card' }),
    moves: [{ 'till/T1/cash': -12_00, 'till/T1/card': 12_00 }],
    effects: ({ a }) => ({ cash: -a, card: a }),
  },
  {
    row: 'transfer between tills',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: ({ a }) => transfer(a, { method: 'cash' }, { till: 'T2', method: 'cash' }),
    moves: [
      { 'till/T1/cash': -12_00, 'transit/tills/cash': 12_00 },
      { 'till/T2/cash': 12_00, 'transit/tills/cash': -12_00 },
    ],
    effects: ({ a }) => ({ cash: -a, otherTill: a }),
  },
  {
    row: 'transfer to the safe',
    before: ({ a }) => [cashIn({ amount: a })],
    entry: ({ a }) => transfer(a, { method: 'cash' }, { till: 'safe', method: 'cash' }),
    moves: [
      { 'till/T1/cash': -12_00, 'transit/tills/cash': 12_00 },
      { 'safe/cash': 12_00, 'transit/tills/cash': -12_00 },
    ],
    effects: ({ a }) => ({ cash: -a, safe: a }),
  },
  {
    row: 'overpayment kept, in a sale',
    entry: (n) => sale([goods(n.a, n)], { cash: n.a + n.b }, { overpayment: n.b }),
    moves: [
      { 'till/T1/cash': 18_00, 'sales/divers/2000': -10_00, 'vat/divers/2000': -2_00, overpayment: -6_00 },
    ],
    effects: ({ a, b }) => ({ cash: a + b, turnover: a, overpayment: b }),
  },
  {
    row: 'shortfall borne, in a sale',
    entry: (n) => sale([goods(n.a + n.b, n)], { cash: n.a }, { overpayment: -n.b }),
    moves: [
      { 'till/T1/cash': 12_00, 'sales/divers/2000': -15_00, 'vat/divers/2000': -3_00, overpayment: 6_00 },
    ],
    effects: ({ a, b }) => ({ cash: a, turnover: a + b, overpayment: -b }),
  },
  {
    row: 'overpayment as an entry of its own, kept',
    before: (n) => [zTicket(n, n.a + n.b + n.c)],
    entry: ({ b }) => overpayment(b),
    moves: [{ suspense: 6_00, overpayment: -6_00 }],
    effects: ({ b }) => ({ suspense: -b, overpayment: b }),
  },
  {
    row: 'overpayment as an entry of its own, borne',
    before: (n) => [zTicket({ ...n, a: n.a + n.b + n.c }, n.a)],
    entry: ({ b }) => overpayment(-b),
    moves: [{ suspense: -6_00, overpayment: 6_00 }],
    effects: ({ b }) => ({ suspense: b, overpayment: -b }),
  },
  {
    row: 'difference at closing: less than the theoretical balance',
    before: ({ a, b }) => [cashIn({ amount: a + b }), count(a)],
    entry: () => closure,
    moves: [{ 'till/T1/cash': -6_00, 'difference/count': 6_00 }],
    effects: ({ b }) => ({ cash: -b, difference: b }),
  },
  {
    row: 'difference at closing: more than the theoretical balance',
    before: ({ a, b }) => [cashIn({ amount: a }), count(a + b)],
    entry: () => closure,
    moves: [{ 'till/T1/cash': 6_00, 'difference/count': -6_00 }],
    effects: ({ b }) => ({ cash: b, difference: -b }),
  },
];

/** What an entry has changed; what it has not is left out. */
function effectsOf({ before = () => [], entry }: Row, numbers: Numbers): Partial<Figures> {
  const shop = anOpenTill()();
  for (const step of before(numbers)) {
    if (typeof step === 'function') step(shop);
    else shop.record(step);
  }
  const start = figuresOf(shop);
  shop.record(entry(numbers));
  const end = Object.entries(figuresOf(shop)) as [keyof Figures, number][];
  return Object.fromEntries(
    end.map(([name, amount]) => [name, amount - start[name]] as const).filter(([, change]) => change !== 0),
  );
}

const notZero = (effects: Partial<Figures>) =>
  Object.fromEntries(Object.entries(effects).filter(([, change]) => change !== 0));

const amount = fc.oneof(
  fc.integer({ min: 1, max: 200 }),
  fc.integer({ min: 1, max: 1_000_000 }),
  fc.integer({ min: 1, max: 300_000_000_000 }),
);
const anyNumbers = fc.record({
  a: amount,
  b: amount,
  c: amount,
  vatRate: fc.constantFrom(550, 1000, 2000, 210),
});

describe('how money moves', () => {
  describe.each(TABLE)('$row', (row) => {
    it('posts just this', () => {
      const events = given(anOpenTill(), ...(row.before?.(EXAMPLE) ?? []))
        .when(row.entry(EXAMPLE))
        .events()
        .filter(({ postings }) => postings);
      const posted = events.map(({ postings = [] }) =>
        postings.map(({ account, amount: posting }) => [account, posting]),
      );
      expect(posted).toEqual(
        row.moves.map((moves) => (Array.isArray(moves) ? moves : Object.entries(moves))),
      );
      expect(effectsOf(row, EXAMPLE)).toEqual(notZero(row.effects(EXAMPLE)));
    });

    it('changes just this, whatever the amounts and the rate', () => {
      fc.assert(
        fc.property(anyNumbers, (numbers) => {
          expect(effectsOf(row, numbers)).toEqual(notZero(row.effects(numbers)));
        }),
        { numRuns: 20 },
      );
    });
  });
});
