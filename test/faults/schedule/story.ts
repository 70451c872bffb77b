import type { Chance } from '../../support/chance';

/** An entry as a client sends it: an id, and the rest of the body that counts with it. */
export type EntryBody = { readonly id: string; readonly type: string } & Readonly<Record<string, unknown>>;

/** The days that clients work on, in the order in which they come; what names no day is of today. */
export const DAYS = ['2021-01-02', '2021-01-04', '2021-01-05'] as const;
export const TILLS = ['T1', 'T2'] as const;
/** What the tills hold when the company is opened, in cash (cents). */
export const OPENING = { T1: 150_00, T2: 0 } as const;

const CATEGORIES = [
  { category: 'pain', vatRate: 550 },
  { category: 'boisson', vatRate: 1000 },
  { category: 'divers', vatRate: 2000 },
] as const;

type Voucher = { readonly code: string; readonly isSinglePurpose: boolean };

/**
 * What a shop's clients want to record, all of it drawn beforehand: bodies and ids depend on the seed alone, never on
 * what was answered. Some of it is refused: money that is not there, vouchers that are spent, days that are closed.
 */
export class Story {
  private readonly vouchers: Voucher[] = [];
  private readonly correctable: string[] = [];
  private readonly deposits: string[] = [];
  private day = 0;

  constructor(private readonly chance: Chance) {}

  /** How far the story has come, from 0 to 1: days pass with it. */
  goOn(progress: number): void {
    this.day = Math.min(DAYS.length - 1, Math.floor(progress * DAYS.length));
  }

  /** One or a few entries that belong together, in their order. */
  next(): EntryBody[] {
    const till = this.chance.maybe(0.7) ? 'T1' : 'T2';
    return this.chance.weighted<() => EntryBody[]>([
      [9, () => [this.cashSale(till)]],
      [5, () => [this.cardSale(till)]],
      [2, () => [this.refund(till)]],
      [3, () => [this.creditSale(till)]],
      [2, () => [this.repayment(till)]],
      [5, () => [this.expense(till)]],
      [2, () => [this.cash(till)]],
      [2, () => [this.voucherSale(till)]],
      [6, () => [this.voucherSpending(till)]],
      [3, () => [this.transfer(till)]],
      [2, () => [this.deposit(till)]],
      [1, () => [this.confirmation()]],
      [2, () => [this.count(till)]],
      [2, () => this.closing(till)],
      [3, () => [this.correction()]],
    ])();
  }

  /** The sale of a voucher that others will race to spend. */
  voucherSale(till: string): EntryBody {
    const code = `V${this.vouchers.length + 1}`;
    const isSinglePurpose = this.chance.maybe(0.25);
    const amount = this.chance.between(10, 40) * 100;
    this.vouchers.push({ code, isSinglePurpose });
    return this.entry(till, 'voucher-sale', {
      voucher: code,
      kind: isSinglePurpose ? 'single-purpose' : 'multi-purpose',
      amount,
      ...(isSinglePurpose ? CATEGORIES[0] : {}),
      payments: [{ method: this.chance.pick(['cash', 'card']), amount }],
    });
  }

  /** A sale for cash that always has room, for whoever wants to see that a service records. */
  plainSale(till: string): EntryBody {
    return this.entry(till, 'sale', { ...this.paidBy('cash', this.chance.between(1, 4000)) });
  }

  private entry(till: string, type: string, fields: Readonly<Record<string, unknown>>): EntryBody {
    const isToday = this.chance.maybe(0.08);
    const day = this.chance.maybe(0.15) ? Math.max(0, this.day - 1) : this.day;
    return { id: this.uuid(), type, till, ...(isToday ? {} : { businessDate: DAYS[day] }), ...fields };
  }

  private paidBy(method: string, gross: number) {
    const { category, vatRate } = this.chance.pick(CATEGORIES);
    return { lines: [{ category, vatRate, gross }], payments: [{ method, amount: gross }] };
  }

  private cashSale(till: string): EntryBody {
    return this.remembered(this.plainSale(till));
  }

  private cardSale(till: string): EntryBody {
    const [cash, card] = [this.chance.between(1, 900), this.chance.between(1, 5000)];
    const lines = [
      { ...this.chance.pick(CATEGORIES), gross: cash },
      { ...this.chance.pick(CATEGORIES), gross: card },
    ];
    const payments = [
      { method: 'cash', amount: cash },
      { method: 'card', amount: card },
    ];
    return this.remembered(this.entry(till, 'sale', { lines, payments }));
  }

  private refund(till: string): EntryBody {
    return this.entry(till, 'sale', this.paidBy('cash', -this.chance.between(1, 3000)));
  }

  private creditSale(till: string): EntryBody {
    return this.entry(till, 'sale', this.paidBy('credit', this.chance.between(100, 2000)));
  }

  private repayment(till: string): EntryBody {
    const payments = [{ method: 'cash', amount: this.chance.between(100, 2500) }];
    return this.entry(till, 'credit-repayment', { payments });
  }

  /** Large enough that a till now and then has not what it takes. */
  private expense(till: string): EntryBody {
    const gross = this.chance.between(100, 5000);
    return this.remembered(this.entry(till, 'expense', { category: 'supplies', gross, vatRate: 2000 }));
  }

  private cash(till: string): EntryBody {
    const amount = this.chance.between(100, 6000);
    const type = this.chance.pick(['cash-in', 'cash-out']);
    return this.remembered(this.entry(till, type, { method: 'cash', amount, reason: 'owner' }));
  }

  private voucherSpending(till: string): EntryBody {
    if (this.vouchers.length === 0) return this.voucherSale(till);
    const { code, isSinglePurpose } = this.chance.pick(this.vouchers.slice(-3));
    const gross = this.chance.between(5, 25) * 100;
    const line = isSinglePurpose ? CATEGORIES[0] : this.chance.pick(CATEGORIES);
    const payments = [{ method: 'voucher', amount: gross, voucher: code }];
    return this.entry(till, 'sale', { lines: [{ ...line, gross }], payments });
  }

  /** Two events of one entry, through what is on its way between tills. */
  private transfer(till: string): EntryBody {
    const other = this.chance.pick(['safe', till === 'T1' ? 'T2' : 'T1']);
    const [from, to] = this.chance.maybe(0.5) ? [till, other] : [other, till];
    return this.entry(till, 'transfer', {
      from: { till: from, method: 'cash' },
      to: { till: to, method: 'cash' },
      amount: this.chance.between(100, 5000),
    });
  }

  private deposit(till: string): EntryBody {
    const deposit = this.entry(till, 'deposit', { method: 'cash', amount: this.chance.between(500, 6000) });
    this.deposits.push(deposit.id);
    return deposit;
  }

  private confirmation(): EntryBody {
    const deposit = this.deposits.length > 0 ? this.chance.pick(this.deposits) : this.uuid();
    const amount = this.chance.between(100, 5000);
    return { id: this.uuid(), type: 'deposit-confirmation', deposit, amount, businessDate: DAYS[this.day] };
  }

  private count(till: string): EntryBody {
    const moment = this.chance.maybe(0.3) ? 'opening' : 'closing';
    const count = this.entry(till, 'count', { moment, counts: [this.counted()] });
    // Once today is counted at its opening, nothing is recorded in earlier days any more.
    return { ...count, businessDate: DAYS[this.day] };
  }

  private counted() {
    return { method: 'cash', amount: this.chance.between(0, 300) * 100 };
  }

  /** Counts the earliest day that the story may still have open, and closes it. */
  private closing(till: string): EntryBody[] {
    const businessDate = DAYS[this.chance.below(this.day + 1)];
    const comment = 'expliqué';
    return [
      { id: this.uuid(), type: 'count', till, businessDate, counts: [this.counted()] },
      { id: this.uuid(), type: 'day-closure', till, businessDate, comment },
    ];
  }

  /** Of something recent, which another client may be correcting as well. */
  private correction(): EntryBody {
    const corrects = this.correctable.length > 0 ? this.chance.pick(this.correctable.slice(-4)) : this.uuid();
    const { id, till, businessDate, ...replacement } = this.plainSale('T1');
    const body = { id, type: 'correction', corrects, reason: 'erreur de saisie' };
    return this.chance.maybe(0.5) ? { ...body, replacement } : body;
  }

  private remembered(entry: EntryBody): EntryBody {
    this.correctable.push(entry.id);
    return entry;
  }

  private uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.chance.below(16).toString(16));
    [hex[12], hex[16]] = ['4', this.chance.pick(['8', '9', 'a', 'b'])];
    return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
}
