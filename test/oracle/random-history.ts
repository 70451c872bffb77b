import { addDays } from '../../src/kernel/day';
import { CustomerRegistered } from '../../src/ledger/customer-credit/events';
import { draft } from '../support/draft';
import { RecordingBook } from '../support/recording-book';

const METHODS = [
  { code: 'cash', kind: 'cash' },
  { code: 'card', kind: 'card' },
  { code: 'cheque', kind: 'cheque', counted: true },
  { code: 'constructor', kind: 'other' },
  { code: 'credit', kind: 'credit' },
  { code: 'voucher', kind: 'voucher' },
];

const CATEGORIES = [
  { code: 'pain', vatRate: 550 },
  { code: 'boisson', vatRate: 1000 },
  { code: 'divers', vatRate: 2000 },
];

/** Small reproducible chance (mulberry32). */
export class Chance {
  constructor(private seed: number) {}

  next(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  maybe(probability: number): boolean {
    return this.next() < probability;
  }
}

/**
 * A history of a shop with two tills and a safe, to which others are added, through the real decisions: what a rule refuses is left out. Days
 * pass, are counted and closed, and entries of any day are corrected.
 */
export class RandomHistory {
  readonly book: RecordingBook;
  private readonly chance: Chance;
  private readonly customers: string[] = [];
  private readonly vouchers: string[] = [];
  private readonly deposits: string[] = [];
  private readonly movements: string[] = [];
  private readonly tills = ['T1', 'T10'];
  private today = '2026-03-26';
  private vouchersMade = 0;
  private zNumbers = 0;

  constructor(seed: number, entries: number) {
    this.chance = new Chance(seed);
    const feeds = [null, 'sales', 'z-ticket'] as const;
    this.book = new RecordingBook({
      now: `${this.today}T08:00:00.000Z`,
      company: {
        methods: METHODS,
        categories: CATEGORIES,
        vatRates: [550, 1000, 2000],
        thresholds: { cashMax: 60_000, difference: 1_000_000 },
        tills: [
          { code: 'T1', feed: this.chance.pick(feeds), opening: { cash: 15_000, card: 700, cheque: 300 } },
          { code: 'T10', feed: this.chance.pick(feeds) },
        ],
      },
    });
    for (let count = 0; count < 2; count += 1) {
      const customer = this.book.uuid();
      this.customers.push(customer);
      this.book.take([draft(CustomerRegistered, { data: { customer } })]);
    }
    for (let count = 0; count < entries; count += 1) this.step();
  }

  private step(): void {
    const { chance } = this;
    if (chance.maybe(0.12)) this.passTime();
    if (this.tills.length < 4 && chance.maybe(0.03)) this.addTill();
    const till = chance.maybe(0.7) ? 'T1' : chance.pick(this.tills);
    const date = chance.maybe(0.2) ? addDays(this.today, -1 - chance.below(2)) : this.today;
    const weighted: (readonly [number, () => Record<string, unknown> | null])[] = [
      [8, () => this.sale()],
      [2, () => this.zTicket()],
      [2, () => this.expense()],
      [2, () => this.cash()],
      [2, () => this.transfer(till)],
      [1, () => this.deposit()],
      [1, () => this.confirmation()],
      [1, () => ({ type: 'overpayment', amount: chance.pick([10, -10, 50]) })],
      [2, () => this.repayment()],
      [2, () => this.voucherSale()],
      [1, () => this.voucherRefund()],
      [1, () => this.voucherExpiry()],
      [2, () => this.count(till)],
      [6, () => ({ type: 'day-closure' })],
      [5, () => this.correction(till)],
      [1, () => ({ type: 'comment', about: chance.pick(['difference', 'ventilation']), comment: 'voilà' })],
    ];
    const total = weighted.reduce((sum, [weight]) => sum + weight, 0);
    let at = chance.below(total);
    const chosen = weighted.find(([weight]) => (at -= weight) < 0);
    const entry = chosen?.[1]();
    if (!entry) return;
    if (entry.type === 'day-closure') this.close(chance.pick([till, till, 'safe']));
    else this.attempt({ till, businessDate: date, ...entry });
  }

  /** A till that is added while the others are in use, with or without something in it. */
  private addTill(): void {
    const till = `T${this.tills.length + 1}`;
    this.tills.push(till);
    const opening = this.chance.pick([{}, { cash: 10_000 }, { cash: 2500, cheque: 400 }]);
    this.book.addTill({ code: till, opening });
  }

  private attempt(entry: Record<string, unknown>): void {
    const id = this.book.uuid();
    const events = this.book.attempt({ id, ...entry });
    if (!events) return;
    const type = entry.type as string;
    if (type === 'deposit') this.deposits.push(id);
    if (type !== 'count' && type !== 'comment') this.movements.push(id);
  }

  /** Counts what must be counted, near what should be there, then closes the till's earliest open day. */
  private close(till: string): void {
    const businessDate = this.earliestOpenDay(till);
    if (businessDate === undefined) return;
    const counts = ['cash', 'cheque'].map((method) => ({
      method,
      amount: Math.max(0, this.balance(till, method) + this.chance.pick([0, 0, 0, -50, 120])),
    }));
    const isWhole = this.chance.maybe(0.9);
    this.book.attempt({ type: 'count', till, businessDate, counts: isWhole ? counts : counts.slice(0, 1) });
    this.book.attempt({ type: 'day-closure', till, businessDate, comment: 'expliqué' });
  }

  private earliestOpenDay(till: string): string | undefined {
    const open = new Set<string>();
    for (const { type, till: code, businessDate } of this.book.events) {
      if (code !== till || businessDate === undefined) continue;
      if (type === 'DayClosed') open.delete(businessDate);
      else open.add(businessDate);
    }
    return [...open].sort()[0];
  }

  private balance(till: string, method: string): number {
    const account = till === 'safe' ? `safe/${method}` : `till/${till}/${method}`;
    let balance = 0;
    for (const event of this.book.events) {
      for (const posting of event.postings ?? []) if (posting.account === account) balance += posting.amount;
    }
    return balance;
  }

  private passTime(): void {
    if (this.chance.maybe(0.6)) this.today = addDays(this.today, 1 + this.chance.below(3));
    this.book.now = `${this.today}T${String(8 + this.chance.below(10)).padStart(2, '0')}:30:00.000Z`;
  }

  private amount(): number {
    return 1 + this.chance.below(this.chance.maybe(0.1) ? 20_000 : 3000);
  }

  private line(sign = 1) {
    const { code, vatRate } = this.chance.pick(CATEGORIES);
    return { category: code, vatRate, gross: sign * this.amount() };
  }

  private sale(): Record<string, unknown> {
    const { chance } = this;
    const isRefund = chance.maybe(0.15);
    const lines = Array.from({ length: 1 + chance.below(3) }, () => this.line(isRefund ? -1 : 1));
    if (chance.maybe(0.1)) lines.push(this.line(-1));
    const sold = chance.maybe(0.1) ? [this.newVoucher()] : undefined;
    let left = lines.reduce((sum, line) => sum + line.gross, 0) + (sold?.[0]?.amount ?? 0);
    const overpayment = chance.maybe(0.1) ? chance.pick([20, -20]) : undefined;
    left += overpayment ?? 0;
    const payments: Record<string, unknown>[] = [];
    if (chance.maybe(0.3) && Math.abs(left) > 10) {
      const part = Math.trunc(left / 2);
      payments.push(this.payment(part));
      left -= part;
    }
    if (chance.maybe(0.1)) {
      payments.push({ method: 'cash', amount: left + 500 }, { method: 'cash', amount: -500 });
    } else if (left !== 0) payments.push(this.payment(left));
    return { type: 'sale', lines, payments, vouchersSold: sold, overpayment, customers: chance.below(3) };
  }

  private payment(amount: number): Record<string, unknown> {
    const { chance } = this;
    const method = chance.pick(['cash', 'cash', 'card', 'cheque', 'constructor', 'credit', 'voucher']);
    if (method === 'credit') return { method, amount, customer: chance.pick([...this.customers, undefined]) };
    if (method === 'voucher') return { method, amount, voucher: chance.pick([...this.vouchers, undefined]) };
    return { method, amount };
  }

  private newVoucher() {
    this.vouchersMade += 1;
    const { code, vatRate } = this.chance.pick(CATEGORIES);
    const voucher = `V${this.vouchersMade}`;
    this.vouchers.push(voucher);
    return this.chance.maybe(0.5)
      ? { voucher, kind: 'multi-purpose', amount: this.amount() }
      : { voucher, kind: 'single-purpose', amount: this.amount(), category: code, vatRate };
  }

  private voucherSale(): Record<string, unknown> {
    const sold = this.newVoucher();
    return {
      type: 'voucher-sale',
      ...sold,
      payments: [{ method: this.chance.pick(['cash', 'card']), amount: sold.amount }],
    };
  }

  private voucherRefund(): Record<string, unknown> | null {
    return this.vouchers.length === 0
      ? null
      : { type: 'voucher-refund', voucher: this.chance.pick(this.vouchers) };
  }

  private voucherExpiry(): Record<string, unknown> | null {
    if (this.vouchers.length === 0) return null;
    return { type: 'voucher-expiry', voucher: this.chance.pick(this.vouchers), till: undefined };
  }

  private zTicket(): Record<string, unknown> {
    const { chance } = this;
    this.zNumbers += 1;
    const categories = [this.line(), { ...this.line(), category: 'divers', vatRate: 2000 }];
    const refunds = chance.maybe(0.3)
      ? [{ category: 'divers', vatRate: 2000, gross: 1 + chance.below(50) }]
      : undefined;
    const gross = categories.reduce((sum, line) => sum + line.gross, 0);
    const off = chance.pick([0, 0, 10, -10]);
    const credit = chance.maybe(0.3) ? Math.trunc(gross / 4) : 0;
    const payments = [
      { method: 'cash', amount: gross - credit - Math.trunc(gross / 3) + off },
      { method: 'card', amount: Math.trunc(gross / 3) },
      ...(credit > 0 ? [{ method: 'credit', amount: credit }] : []),
    ].filter(({ amount }) => amount !== 0);
    const credits =
      credit > 1 ? [{ customer: chance.pick(this.customers), amount: Math.trunc(credit / 2) }] : undefined;
    return {
      type: 'z-ticket',
      number: String(this.zNumbers),
      salesCount: 1 + chance.below(90),
      categories,
      payments,
      refunds,
      credits: credits?.filter(({ amount }) => amount !== 0),
    };
  }

  private expense(): Record<string, unknown> {
    return { type: 'expense', category: 'supplies', gross: 1 + this.chance.below(2000), vatRate: 2000 };
  }

  private cash(): Record<string, unknown> {
    const { chance } = this;
    return {
      type: chance.pick(['cash-in', 'cash-out']),
      method: chance.pick(['cash', 'cash', 'card']),
      amount: this.amount(),
      reason: chance.pick(['owner', 'bank', 'safe', 'other']),
    };
  }

  private transfer(till: string): Record<string, unknown> {
    const { chance } = this;
    const method = chance.pick(['cash', 'cheque']);
    const pairs = [
      { from: { method: 'card' }, to: { method: 'cheque' } },
      { from: { method }, to: { till: 'safe', method } },
      { from: { till: 'safe', method }, to: { till, method } },
      { from: { method }, to: { till: till === 'T1' ? 'T10' : 'T1', method } },
    ];
    return { type: 'transfer', ...chance.pick(pairs), amount: 1 + chance.below(1500) };
  }

  private deposit(): Record<string, unknown> {
    const till = this.chance.maybe(0.3) ? { till: 'safe' } : {};
    return {
      type: 'deposit',
      ...till,
      method: this.chance.pick(['cash', 'cheque', 'card']),
      amount: 1 + this.chance.below(4000),
    };
  }

  private confirmation(): Record<string, unknown> | null {
    if (this.deposits.length === 0) return null;
    const { chance } = this;
    return {
      type: 'deposit-confirmation',
      till: undefined,
      deposit: chance.pick(this.deposits),
      amount: chance.below(1500),
      fees: chance.below(3),
      final: chance.maybe(0.3),
    };
  }

  private repayment(): Record<string, unknown> {
    return {
      type: 'credit-repayment',
      customer: this.chance.pick([...this.customers, undefined]),
      payments: [{ method: this.chance.pick(['cash', 'card']), amount: 1 + this.chance.below(800) }],
    };
  }

  private count(till: string): Record<string, unknown> {
    const { chance } = this;
    const method = chance.pick(['cash', 'cheque', 'card']);
    const amount = Math.max(0, this.balance(till, method) + chance.pick([0, -30, 45]));
    return { type: 'count', moment: chance.pick(['opening', 'closing']), counts: [{ method, amount }] };
  }

  private correction(till: string): Record<string, unknown> | null {
    const { chance } = this;
    const reason = 'erreur de saisie';
    if (this.movements.length === 0) return null;
    const replacement = chance.pick([
      () => this.sale(),
      () => this.expense(),
      () => this.cash(),
      () => this.zTicket(),
      () => this.transfer(till),
      () => this.repayment(),
    ])();
    const others = {
      ...(chance.maybe(0.2) ? { till } : {}),
      ...(chance.maybe(0.2) ? { businessDate: addDays(this.today, -chance.below(6)) } : {}),
    };
    if (chance.maybe(0.1)) {
      return {
        type: 'correction',
        reason,
        replacement: { ...replacement, till, businessDate: addDays(this.today, -chance.below(8)) },
      };
    }
    const recent = this.movements.slice(chance.maybe(0.5) ? -6 : 0);
    return {
      type: 'correction',
      reason,
      till: undefined,
      businessDate: undefined,
      corrects: chance.pick(recent),
      replacement: chance.maybe(0.6) ? { ...replacement, ...others } : undefined,
    };
  }
}
