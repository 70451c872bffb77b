import * as fc from 'fast-check';
import { addDays, type Day } from '../../src/kernel/day';
import type { Cents } from '../../src/kernel/money';
import {
  addTill,
  changeSettings,
  eraseCustomer,
  recordOpeningBalances,
  registerCustomer,
  setBudget,
} from '../../src/ledger/company/change-company';
import {
  newTillSchema,
  openingBalancesSchema,
  settingsChangeSchema,
} from '../../src/ledger/company/requests';
import { businessDay, feedOn, tillBalance } from '../../src/ledger/ledger';
import { Refusal } from '../../src/kernel/refusal';
import { Chance } from './chance';
import { type Body, LedgerBook } from './ledger-book';

/** Codes that would hurt a fold that keeps them in plain objects are among them on purpose. */
const METHODS = [
  { code: 'cash', kind: 'cash', counted: true },
  { code: 'card', kind: 'card' },
  { code: 'cheque', kind: 'cheque', counted: true },
  { code: 'meal', kind: 'meal-voucher' },
  { code: 'toString', kind: 'cash', counted: false },
  { code: 'constructor', kind: 'other' },
  { code: 'credit', kind: 'credit' },
  { code: 'voucher', kind: 'voucher' },
] as const;

const TILL_METHODS = ['cash', 'cash', 'cash', 'card', 'card', 'cheque', 'meal', 'toString', 'constructor'];

const CATEGORIES = [
  { code: 'pain', vatRate: 550 },
  { code: 'snacking', vatRate: 1000 },
  { code: 'divers', vatRate: 2000 },
  { code: 'valueOf', vatRate: 210 },
] as const;

const RATES = [550, 1000, 2000, 210, 0];

/** Weeks with a change of the clocks, a month's end, a leap day and a year's end. */
const BEGINNINGS = ['2026-03-26', '2026-10-22', '2026-01-29', '2024-02-27', '2025-12-29'];

/** One thing that happens in a shop, for better or worse. */
type Step = () => void;

/**
 * The history of a shop with two tills (a third may be added) and a safe, told by a seed through the real decisions:
 * every type of entry, valid and not, late and early, singly and as whole days; days that are counted and closed;
 * entries of any day that are corrected, corrections that are corrected; settings that change; time that passes. A
 * longer history of one seed begins with the shorter ones, so that a failing one can be cut down.
 */
export class History {
  readonly book: LedgerBook;
  private readonly chance: Chance;
  private readonly customers: string[] = [];
  private readonly vouchers: string[] = [];
  private readonly deposits: string[] = [];
  /** Entries that were recorded, with what was sent. */
  private readonly recorded: { readonly id: string; readonly body: Body }[] = [];
  private readonly steps: readonly (readonly [number, Step])[];
  private numbers = 0;

  constructor(
    readonly seed: number,
    length: number,
  ) {
    this.chance = new Chance(seed);
    const { chance } = this;
    const feeds = [null, null, 'sales', 'z-ticket'] as const;
    this.book = new LedgerBook(`${chance.pick(BEGINNINGS)}T08:00:00.000Z`, {
      timeZone: chance.pick(['Europe/Paris', 'Europe/Paris', 'America/Martinique']),
      dayCutoff: chance.pick(['05:00', '00:00', '03:30']),
      vatRates: RATES,
      methods: METHODS,
      categories: CATEGORIES,
      thresholds: { cashMin: 5000, cashMax: 60_000, difference: chance.pick([0, 100]) },
      tills: [
        { code: 'T1', feed: chance.pick(feeds), opening: { cash: 15_000, card: 700, toString: 900 } },
        { code: 'T10', feed: chance.pick(feeds), opening: { cash: 2000 } },
      ],
    });
    for (let count = 0; count < 2; count += 1) this.newCustomer();
    this.steps = this.weightedSteps();
    for (let count = 0; count < length; count += 1) chance.weighted(this.steps)();
  }

  private weightedSteps(): (readonly [number, Step])[] {
    const recording = (weight: number, entry: () => Body | null) =>
      [weight, () => this.sendPlaced(entry())] as const;
    return [
      [26, () => this.sendSales()],
      recording(4, () => this.expense()),
      recording(4, () => this.cashMovement()),
      recording(4, () => this.transfer()),
      recording(3, () => this.deposit()),
      recording(2, () => this.overpayment()),
      recording(4, () => this.repayment()),
      recording(4, () => this.voucherSale()),
      recording(2, () => this.voucherRefund()),
      recording(4, () => this.count(this.aTill())),
      recording(2, () => this.comment()),
      recording(2, () => this.mistake()),
      [1, () => this.send(this.voucherExpiry())],
      [3, () => this.send(this.confirmation())],
      [9, () => this.send(this.correction())],
      [7, () => this.closeDay()],
      [2, () => this.typedDay()],
      [10, () => this.passTime()],
      [2, () => this.changeCompany()],
    ];
  }

  // Sending.

  private send(body: Body | null): void {
    if (body === null) return;
    const id = this.book.uuid();
    const whole = { id, ...body };
    if (this.book.send(whole) === null) return;
    this.recorded.push({ id, body: whole });
    if (body.type === 'deposit') this.deposits.push(id);
  }

  /** Sales or a Z-ticket, mostly as the till's day is fed. */
  private sendSales(): void {
    const { chance, book } = this;
    const till = this.aTill();
    const known = book.ledger.tills.get(till);
    const feed = known ? feedOn(known, this.today()) : null;
    const isZ = chance.maybe(feed === 'z-ticket' ? 0.9 : feed === 'sales' ? 0.05 : 0.1);
    this.send({ till, ...this.aTime(), ...(isZ ? this.zTicket() : this.sale()) });
  }

  /** On a till, mostly today; sometimes late, sometimes too early. */
  private sendPlaced(body: Body | null): void {
    if (body) this.send({ till: this.aTill(), ...this.aTime(), ...body });
  }

  private aTill(): string {
    return this.chance.weighted([
      [28, 'T1'],
      [12, 'T10'],
      [2, 'safe'],
      [this.book.ledger.tills.has('T3') ? 4 : 0.3, 'T3'],
    ]);
  }

  private aTime(): Body {
    const { chance } = this;
    const today = this.today();
    if (chance.maybe(0.75)) return {};
    if (chance.maybe(0.2))
      return { occurredAt: new Date(Date.parse(this.book.now) - chance.below(9e7)).toISOString() };
    return { businessDate: addDays(today, chance.pick([-3, -2, -1, -1, -1, 0, 0, 1, 1, 2])) };
  }

  private today(): Day {
    return businessDay(this.book.ledger, this.book.now);
  }

  private passTime(): void {
    const { chance, book } = this;
    const hours = chance.weighted([
      [6, chance.next() * 5],
      [5, 20 + chance.next() * 8],
      [1, 24 * (2 + chance.below(4))],
    ]);
    book.now = new Date(Date.parse(book.now) + Math.floor(hours * 3_600_000)).toISOString();
  }

  // Sales.

  private amount(): number {
    return this.chance.weighted([
      [10, this.chance.between(1, 3000)],
      [1, this.chance.between(1, 40_000)],
    ]);
  }

  private line(sign: 1 | -1 = 1) {
    const { code, vatRate } = this.chance.pick(CATEGORIES);
    const rate = this.chance.maybe(0.1) ? this.chance.pick(RATES) : vatRate;
    return { category: code, vatRate: rate, gross: sign * this.amount() };
  }

  private sale(): Body {
    const { chance } = this;
    const sign = chance.maybe(0.15) ? -1 : 1;
    const lines = Array.from({ length: chance.between(1, 4) }, () => this.line(sign));
    if (chance.maybe(0.1)) lines.push(this.line(sign === 1 ? -1 : 1));
    const vouchersSold = chance.maybe(0.08) ? [this.newVoucher()] : undefined;
    const overpayment = chance.maybe(0.08) ? chance.pick([2, -2, 20]) : undefined;
    const due = sumOf(lines) + (vouchersSold?.[0]?.amount ?? 0) + (overpayment ?? 0);
    return {
      type: 'sale',
      lines: lines.map((line) => (chance.maybe(0.2) ? { ...line, label: 'Éclair', quantity: 1.5 } : line)),
      payments: this.payments(due),
      vouchersSold,
      overpayment,
      customers: chance.maybe(0.3) ? chance.below(4) : undefined,
    };
  }

  /** Payments of an amount, in one to three parts, now and then with change given back. */
  private payments(due: number): Body[] {
    const { chance } = this;
    const payments: Body[] = [];
    let left = due;
    while (chance.maybe(0.25) && Math.abs(left) > 10 && payments.length < 2) {
      const part = Math.trunc(left / 3);
      payments.push(this.payment(part));
      left -= part;
    }
    if (chance.maybe(0.08))
      payments.push({ method: 'cash', amount: left + 500 }, { method: 'cash', amount: -500 });
    else if (left !== 0) payments.push(this.payment(left));
    return payments;
  }

  private payment(amount: number): Body {
    const { chance } = this;
    const method = chance.maybe(0.75) ? chance.pick(TILL_METHODS) : chance.pick(['credit', 'voucher']);
    if (method === 'credit') return { method, amount, customer: this.aCustomer() };
    if (method === 'voucher') return { method, amount, voucher: chance.pick([...this.vouchers, undefined]) };
    return { method, amount };
  }

  private aCustomer(): string | undefined {
    return this.chance.pick([...this.customers, undefined]);
  }

  /** Somebody who owes something, if anybody does. */
  private aDebtor(): string | undefined {
    const owes = (customer = '-') => (this.book.ledger.balances.get(`customer/${customer}`) ?? 0) > 0;
    const debtors = [...this.customers, undefined].filter(owes);
    return debtors.length > 0 && this.chance.maybe(0.9) ? this.chance.pick(debtors) : this.aCustomer();
  }

  private newVoucher() {
    const { chance } = this;
    this.numbers += 1;
    const voucher = `V${this.numbers}`;
    this.vouchers.push(voucher);
    const { code, vatRate } = chance.pick(CATEGORIES);
    const amount = this.amount();
    return chance.maybe(0.5)
      ? { voucher, kind: 'multi-purpose', amount }
      : { voucher, kind: 'single-purpose', amount, category: code, vatRate };
  }

  // Z-tickets.

  private zTicket(): Body {
    const { chance } = this;
    this.numbers += chance.maybe(0.05) ? 0 : 1;
    const categories: Body[] = [this.line(), this.line()].map((line) => this.stated(line));
    const refunds = chance.maybe(0.3)
      ? [
          {
            category: categories[0]?.category,
            vatRate: categories[0]?.vatRate,
            gross: chance.between(1, 90),
          },
        ]
      : undefined;
    const vouchersSold = chance.maybe(0.2) ? [this.zVoucherSold()] : undefined;
    const overpayment = chance.maybe(0.15) ? chance.pick([2, -2]) : undefined;
    const bum = vouchersSold?.[0]?.kind === 'multi-purpose' ? vouchersSold[0].amount : 0;
    const due = sumOf(categories as { gross: number }[]) + bum + (overpayment ?? 0);
    const credit = chance.maybe(0.3) ? Math.trunc(due / 4) : 0;
    const card = Math.trunc(due / 3);
    const gap = chance.weighted([
      [6, 0],
      [1, 10],
      [1, -10],
    ]);
    return {
      type: 'z-ticket',
      number: String(this.numbers),
      source: chance.maybe(0.3) ? { system: 'pos-a' } : undefined,
      salesCount: chance.between(1, 90),
      customersCount: chance.maybe(0.5) ? chance.between(1, 120) : undefined,
      categories,
      refunds,
      vouchersSold,
      overpayment,
      payments: [
        { method: 'cash', amount: due - credit - card + gap },
        { method: 'card', amount: card },
        { method: 'credit', amount: credit },
      ].filter(({ amount }) => amount !== 0),
      credits:
        Math.abs(credit) > 2 ? [{ customer: this.aCustomer(), amount: Math.trunc(credit / 2) }] : undefined,
    };
  }

  /** As a till prints it: with its own VAT, which rounding or a wrong setting puts off. */
  private stated(line: { category: string; vatRate: number; gross: number }): Body {
    const { chance } = this;
    if (chance.maybe(0.5)) return line;
    const net = Math.round((line.gross * 10_000) / (10_000 + line.vatRate)) + chance.pick([0, 1, -1, 40]);
    return chance.maybe(0.5) ? { ...line, net } : { ...line, net, vat: line.gross - net };
  }

  private zVoucherSold() {
    const kind = this.chance.pick(['multi-purpose', 'single-purpose']);
    this.numbers += 1;
    const voucher = this.chance.maybe(0.5) ? `Z${this.numbers}` : undefined;
    if (voucher !== undefined) this.vouchers.push(voucher);
    return { voucher, kind, amount: this.chance.between(1, 2000) };
  }

  // What is no sale.

  private expense(): Body {
    const { chance } = this;
    const method = chance.maybe(0.3) ? chance.pick(TILL_METHODS) : undefined;
    return {
      type: 'expense',
      category: 'supplies',
      gross: this.amount(),
      vatRate: chance.pick(RATES),
      method,
    };
  }

  private cashMovement(): Body {
    const { chance } = this;
    return {
      type: chance.pick(['cash-in', 'cash-out']),
      method: chance.pick(TILL_METHODS),
      amount: this.amount(),
      reason: chance.pick(['owner', 'bank', 'safe', 'other']),
    };
  }

  private transfer(): Body {
    const { chance } = this;
    const till = this.aTill();
    const method = chance.pick(['cash', 'cash', 'cheque']);
    const ends = chance.pick([
      { from: { method: 'card' }, to: { method: 'meal' } },
      { from: { method: 'cash' }, to: { method: 'toString' } },
      { from: { method }, to: { till: 'safe', method } },
      { from: { till: 'safe', method }, to: { method } },
      { from: { till: 'T1', method }, to: { till: 'T10', method } },
    ]);
    return { type: 'transfer', till, ...ends, amount: chance.between(1, 4000) };
  }

  private deposit(): Body {
    const { chance } = this;
    const till = this.aTill();
    const amount = chance.between(1, 60) * 500;
    if (chance.maybe(0.6)) {
      const slip = chance.maybe(0.3) ? { denominations: { '500': amount / 500 } } : undefined;
      return { type: 'deposit', till, method: 'cash', amount, slip };
    }
    this.numbers += chance.maybe(0.1) ? 0 : 1;
    const cheques = [{ number: String(this.numbers), bank: 'CA', amount }];
    return { type: 'deposit', till, method: chance.pick(['cheque', 'card']), amount, slip: { cheques } };
  }

  private confirmation(): Body | null {
    const { chance, book } = this;
    if (this.deposits.length === 0) return null;
    const deposit = chance.pick(this.deposits);
    const all = book.ledger.deposits.get(deposit)?.amount ?? 1000;
    const fees = chance.pick([0, 0, 2]);
    const amount = chance.maybe(0.6) ? all - fees : chance.below(all);
    return { type: 'deposit-confirmation', deposit, amount, fees, final: chance.maybe(0.4) };
  }

  /** On the day of a gap, if there is one. */
  private overpayment(): Body {
    const { chance, book } = this;
    for (const till of book.ledger.tills.values()) {
      for (const { date, gap } of till.days.values()) {
        if (gap !== 0 && chance.maybe(0.9)) {
          const amount = chance.pick([gap, Math.sign(gap) * 4]);
          return { type: 'overpayment', till: till.code, businessDate: date, amount };
        }
      }
    }
    return { type: 'overpayment', amount: chance.pick([10, -4]) };
  }

  private repayment(): Body {
    const { chance } = this;
    const overpayment = chance.maybe(0.15) ? 50 : undefined;
    return {
      type: 'credit-repayment',
      customer: this.aDebtor(),
      payments: [{ method: chance.pick(TILL_METHODS), amount: chance.between(1, 800) + (overpayment ?? 0) }],
      overpayment,
    };
  }

  private voucherSale(): Body {
    const { chance } = this;
    const sold = this.newVoucher();
    const expiresOn = chance.maybe(0.3) ? addDays(this.today(), chance.below(5)) : undefined;
    const method = chance.maybe(0.1) ? 'credit' : chance.pick(TILL_METHODS);
    return { type: 'voucher-sale', ...sold, payments: [{ method, amount: sold.amount }], expiresOn };
  }

  private voucherRefund(): Body | null {
    if (this.vouchers.length === 0) return null;
    const amount = this.chance.maybe(0.4) ? this.chance.between(1, 500) : undefined;
    const payments =
      amount !== undefined && this.chance.maybe(0.5) ? [{ method: 'card', amount }] : undefined;
    return { type: 'voucher-refund', voucher: this.chance.pick(this.vouchers), amount, payments };
  }

  private voucherExpiry(): Body | null {
    if (this.vouchers.length === 0) return null;
    const amount = this.chance.maybe(0.4) ? this.chance.between(1, 500) : undefined;
    return { type: 'voucher-expiry', voucher: this.chance.pick(this.vouchers), amount };
  }

  private comment(): Body {
    const { chance } = this;
    const entry = this.recorded.at(-1)?.id;
    const about = chance.pick(['difference', 'ventilation', ...(entry === undefined ? [] : [{ entry }])]);
    return { type: 'comment', about, comment: 'Vérifié « à la main »\nle soir même' };
  }

  /** What a connector or a tired hand gets wrong. */
  private mistake(): Body {
    const { chance } = this;
    const sale = this.sale();
    return chance.pick<Body>([
      { ...sale, payments: [{ method: 'cash', amount: 1 }], overpayment: 5 },
      { ...sale, payments: [{ method: 'bitcoin', amount: 1 }] },
      { ...sale, lines: [{ category: 'caviar', vatRate: 550, gross: 100 }] },
      { ...sale, lines: [{ category: 'pain', vatRate: 1960, gross: 100 }] },
      { ...sale, till: 'T99' },
      { ...sale, till: undefined },
      { ...sale, training: true },
      { ...sale, surprise: 1 },
      { type: 'sale', lines: [], payments: [] },
      { type: 'expense', category: 'yachts', gross: 100, vatRate: 2000 },
      { type: 'voucher-refund', voucher: 'nobody' },
      { type: 'deposit-confirmation', deposit: this.book.uuid(), amount: 100 },
      { type: 'cash-out', method: 'credit', amount: 100, reason: 'other' },
    ]);
  }

  // Evenings.

  private count(till: string): Body {
    const { chance } = this;
    const moment = chance.weighted([
      [1, 'opening'],
      [2, 'closing'],
    ]);
    const method = chance.pick(['cash', 'cheque', 'card', 'toString']);
    return { type: 'count', till, moment, counts: [this.counted(till, method)] };
  }

  private counted(till: string, method: string) {
    const off = this.chance.weighted([
      [7, 0],
      [1, -50],
      [1, 120],
      [1, -2000],
    ]);
    return { method, amount: Math.max(0, tillBalance(this.book.ledger, till, method) + off) };
  }

  /** Counts what must be counted, near what should be there, then closes the earliest open day. */
  private closeDay(): void {
    const { chance, book } = this;
    const till = this.aTill();
    const open = [...(book.ledger.tills.get(till)?.days.keys() ?? [])].sort();
    const businessDate = chance.maybe(0.9) ? open[0] : open.at(-1);
    if (businessDate === undefined) return;
    const counts = ['cash', 'cheque'].map((method) => this.counted(till, method));
    if (chance.maybe(0.9)) this.send({ type: 'count', till, businessDate, counts });
    const comment = chance.maybe(0.85) ? 'Rendu de monnaie' : undefined;
    this.send({ type: 'day-closure', till, businessDate, comment });
  }

  /** A whole day, typed in one sitting and sent as one atomic batch. */
  private typedDay(): void {
    const { chance, book } = this;
    const till = chance.pick(['T1', 'T10']);
    const businessDate = this.today();
    const isZ = feedOn(book.ledger.tills.get(till) as never, businessDate) === 'z-ticket';
    const movements = isZ
      ? [this.zTicket()]
      : Array.from({ length: chance.between(1, 4) }, () => this.sale());
    const spent = chance.maybe(0.5) ? [this.expense()] : [];
    const counts = ['cash', 'cheque'].map((method) => this.counted(till, method));
    const entries: Body[] = [...movements, ...spent, { type: 'count', counts }];
    if (chance.maybe(0.6)) entries.push({ type: 'day-closure', comment: 'Journée saisie le soir' });
    const bodies = entries.map((entry) => ({ id: book.uuid(), ...entry, till, businessDate }));
    if (book.send(...bodies) === null) return;
    for (const body of bodies) this.recorded.push({ id: body.id, body });
  }

  // Corrections.

  private correction(): Body | null {
    const { chance } = this;
    const reason = 'Erreur de saisie';
    if (this.recorded.length === 0) return null;
    if (chance.maybe(0.12)) {
      const till = chance.pick(['T1', 'T10']);
      const businessDate = addDays(this.today(), -chance.below(6));
      return { type: 'correction', reason, till, businessDate, replacement: this.replacement() };
    }
    const recent = chance.maybe(0.7) ? this.recorded.slice(-8) : this.recorded;
    const { id, body } = chance.pick(recent);
    const replacement = chance.weighted<() => Body | undefined>([
      [3, () => undefined],
      [3, () => amended(body)],
      [3, () => this.replacement()],
    ])();
    return { type: 'correction', corrects: id, reason, replacement };
  }

  private replacement(): Body {
    const { chance } = this;
    const movement = chance.weighted<() => Body | null>([
      [5, () => this.sale()],
      [3, () => this.zTicket()],
      [2, () => this.expense()],
      [2, () => this.cashMovement()],
      [2, () => this.transfer()],
      [1, () => this.deposit()],
      [1, () => this.repayment()],
      [1, () => this.voucherSale()],
      [1, () => this.overpayment()],
      [1, () => this.confirmation()],
    ])();
    const elsewhere = {
      ...(chance.maybe(0.15) ? { till: this.aTill() } : {}),
      ...(chance.maybe(0.2) ? { businessDate: addDays(this.today(), -chance.below(6)) } : {}),
    };
    return { ...(movement ?? this.sale()), ...elsewhere };
  }

  // The company.

  private newCustomer(): void {
    const customer = this.book.uuid();
    this.customers.push(customer);
    this.book.change(() => registerCustomer(customer));
  }

  private changeCompany(): void {
    const { book, chance } = this;
    const effectiveFrom = addDays(this.today(), chance.below(2));
    const settings = (change: Body) =>
      book.change((ledger, now) =>
        changeSettings(settingsChangeSchema.parse({ effectiveFrom, ...change }), ledger, now),
      );
    const customer = this.customers[0] as string;
    const change = chance.pick<() => unknown>([
      () => this.newCustomer(),
      () => book.change((ledger) => eraseCustomer(customer, ledger)),
      () => book.change((ledger, now) => recordOpeningBalances(openingBalances(customer), ledger, now)),
      () =>
        book.change((ledger, now) =>
          addTill(newTillSchema.parse({ code: 'T3', opening: { cash: 500 } }), ledger, now),
        ),
      () => book.change(() => setBudget('2026-04', 1_000_000 as Cents)),
      () =>
        settings({ features: { customerCredit: chance.pick(['off', 'global', 'detailed', 'detailed']) } }),
      () => settings({ features: { vouchers: chance.maybe(0.6), transfers: chance.maybe(0.6) } }),
      () =>
        settings({
          thresholds: { cashMax: chance.pick([20_000, 60_000]), difference: chance.pick([0, 100]) },
        }),
      () => settings({ tills: [{ code: 'T1', feed: chance.pick([null, 'sales', 'z-ticket']) }] }),
      () => settings({ methods: METHODS.filter(({ code }) => code !== 'meal') }),
      () => settings({ methods: METHODS }),
    ]);
    try {
      change();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
}

function sumOf(lines: readonly { readonly gross: number }[]): number {
  return lines.reduce((total, line) => total + line.gross, 0);
}

function openingBalances(customer: string) {
  return openingBalancesSchema.parse({
    date: '2024-01-01',
    customers: [{ customer, amount: 4000 }, { amount: 500 }],
    vouchers: [
      { voucher: 'OLD-1', kind: 'multi-purpose', amount: 2500 },
      { voucher: 'OLD-2', kind: 'single-purpose', amount: 900 },
      { kind: 'multi-purpose', amount: 3000 },
    ],
  });
}

/** The same entry, paid another way or on another day: what most corrections are. */
function amended(body: Body): Body | undefined {
  const { id: _id, type, occurredAt: _occurredAt, ...rest } = body;
  if (type === 'correction') return (body.replacement as Body | undefined) ?? undefined;
  if (type === 'count' || type === 'comment' || type === 'day-closure') return undefined;
  if (type === 'sale') {
    const due = sumOf(rest.lines as { gross: number }[]) + ((rest.overpayment as number | undefined) ?? 0);
    return {
      type,
      lines: rest.lines,
      overpayment: rest.overpayment,
      payments: [{ method: 'card', amount: due }],
    };
  }
  return { type, ...rest };
}

/** A history by its seed and its number of steps: a step is an entry, a batch, a change of settings or time passing. */
export function historyOf(seed: number, length = 60): History {
  return new History(seed, length);
}

/**
 * Random histories for properties; a counterexample shrinks to the shortest beginning that shows it. `tell` may
 * remember what it told, where nothing changes a history afterwards.
 */
export function histories(
  most = 60,
  tell: (seed: number, length: number) => History = historyOf,
): fc.Arbitrary<History> {
  return fc
    .tuple(fc.noShrink(fc.integer({ min: 0, max: 0x7fffffff })), fc.integer({ min: 1, max: most }))
    .map(([seed, length]) => tell(seed, length));
}
