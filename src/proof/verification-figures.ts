import { readTillAccount } from '../kernel/account';
import type { DayClosed } from '../ledger/closing/events';
import type { LedgerEvent } from '../ledger/events';
import { journalLinesOf } from '../ledger/journal-lines';
import type { MovementFacts } from '../ledger/movements';

/** Says that a figure is not what the events make it. */
export type Report = (code: FigureError, detail: string) => void;

export type FigureError =
  | 'closure-methods'
  | 'closure-turnover'
  | 'closure-period'
  | 'closure-perpetual'
  | 'closure-counters'
  | 'closure-gap'
  | 'closure-journal'
  | 'closure-order'
  | 'cash-negative'
  | 'sealed-day-changed';

type Means = { in: number; out: number; first: number; running: number; lowest: number };
type Totals = { real: number; absolute: number; net: number; vat: number };

type DayFigures = {
  readonly means: Map<string, Means>;
  readonly counts: Map<string, number>;
  readonly turnover: Map<number, Totals>;
  readonly categories: Map<string, number>;
  salesCount: number;
  customersCount: number;
  gap: number;
  lines: number;
  first: number;
  last: number;
};

type TillFigures = {
  readonly days: Map<string, DayFigures>;
  readonly base: Map<string, number>;
  readonly perpetual: Map<number, { real: number; absolute: number }>;
  closedThrough: string;
  lines: number;
};

/**
 * Adds the figures of each till and day up again, from the events alone and apart from the ledger's own fold, and
 * compares them with what closures have sealed. Slow folds would do; these are small so that a million events are
 * checked in seconds.
 */
export class FigureChecker {
  private readonly tills = new Map<string, TillFigures>();
  private readonly cashMethods = new Set<string>();

  add(event: LedgerEvent, report: Report): void {
    this.learnSettings(event);
    if (event.till === undefined) return;
    const till = this.tillOf(event.till);
    if (event.type === 'TillOpened') {
      for (const { method, amount } of event.data.opening) till.base.set(method, amount);
      return;
    }
    if (event.businessDate === undefined) return;
    if (event.businessDate <= till.closedThrough) {
      report('sealed-day-changed', `${event.till} ${event.businessDate}`);
      return;
    }
    if (event.type === 'DayClosed') this.closeDay(event, till, report);
    else this.addToDay(event, dayOf(till, event.businessDate, event.tillSequence ?? 0));
  }

  private learnSettings(event: LedgerEvent): void {
    if (event.type !== 'SettingsChanged' || event.data.part !== 'methods') return;
    for (const { code, kind } of event.data.value) if (kind === 'cash') this.cashMethods.add(code);
  }

  private tillOf(code: string): TillFigures {
    const known = this.tills.get(code);
    if (known) return known;
    const till = { days: new Map(), base: new Map(), perpetual: new Map(), closedThrough: '', lines: 0 };
    this.tills.set(code, till);
    return till;
  }

  private addToDay(event: LedgerEvent, day: DayFigures): void {
    day.last = event.tillSequence ?? day.last;
    day.lines += journalLinesOf(event).length;
    const isFirst = event.type === 'ZTicketRecorded' && event.data.listedFirst === true;
    for (const { account, amount } of event.postings ?? []) {
      const means = readTillAccount(account);
      if (means) addMeans(day.means, means.method, amount, isFirst);
    }
    // Within an entry the journal lists what came in first: its net is what counts.
    const isLast = event.entry === undefined || event.entry.index === event.entry.count - 1;
    if (isLast) for (const means of day.means.values()) means.lowest = Math.min(means.lowest, means.running);
    if (event.type === 'TillCounted') {
      for (const { method, amount } of event.data.counts) day.counts.set(method, amount);
    } else if (event.type === 'MovementReversed') addFigures(day, event.data.original, -1);
    else addFigures(day, event as MovementFacts, 1);
  }

  private closeDay(event: DayClosed, till: TillFigures, report: Report): void {
    const date = event.businessDate as string;
    const day = till.days.get(date) ?? newDay(event.tillSequence ?? 0);
    const earlier = [...till.days.keys()].find((other) => other < date);
    if (earlier !== undefined) report('closure-order', `${earlier} is still open`);
    this.checkMethods(event, till, day, report);
    checkFigures(event, till, day, report);
    for (const [rate, { real, absolute }] of day.turnover) {
      const total = till.perpetual.get(rate) ?? { real: 0, absolute: 0 };
      till.perpetual.set(rate, { real: total.real + real, absolute: total.absolute + absolute });
    }
    const perpetual = totalsText([...till.perpetual].map(([vatRate, totals]) => ({ vatRate, ...totals })));
    if (perpetual !== totalsText(event.data.perpetual)) report('closure-perpetual', perpetual);
    const differences = event.data.methods.filter(({ difference }) => difference !== 0).length;
    const { first, last } = event.data.journal;
    const expectedLast = till.lines + day.lines + differences;
    if (first !== till.lines + 1 || last !== expectedLast) {
      report('closure-journal', `${till.lines + 1}–${expectedLast}`);
    }
    // From here on the sealed figures count, so that one wrong closure is one error.
    till.lines = last;
    till.closedThrough = date;
    till.days.delete(date);
    for (const { method, theoretical, counted } of event.data.methods)
      till.base.set(method, counted ?? theoretical);
  }

  private checkMethods({ data }: DayClosed, till: TillFigures, day: DayFigures, report: Report): void {
    const sealed = new Map(data.methods.map((method) => [method.method, method]));
    for (const code of new Set([...sealed.keys(), ...day.means.keys(), ...till.base.keys()])) {
      const opening = till.base.get(code) ?? 0;
      const means = day.means.get(code) ?? newMeans();
      const row = sealed.get(code);
      if (row) checkMethod(row, { opening, means, count: day.counts.get(code) ?? 0 }, report);
      else if (opening !== 0 || means.in !== 0 || means.out !== 0) {
        report('closure-methods', `${code} is missing`);
      }
      const lowest = opening + means.first + Math.min(0, means.lowest);
      if (this.cashMethods.has(code) && lowest < 0) report('cash-negative', `${code}: ${lowest}`);
    }
  }
}

type OwnMethod = { readonly opening: number; readonly means: Means; readonly count: number };

function checkMethod(row: DayClosed['data']['methods'][number], own: OwnMethod, report: Report): void {
  const { opening, means, count } = own;
  const theoretical = opening + means.in - means.out;
  const isCounted = row.counted !== undefined;
  const expected = [opening, means.in, means.out, theoretical, isCounted ? count : 0];
  const stated = [row.opening, row.in, row.out, row.theoretical, row.counted ?? 0];
  if (expected.join() !== stated.join()) report('closure-methods', `${row.method}: ${expected.join(' ')}`);
  const difference = isCounted ? (row.counted ?? 0) - row.theoretical : 0;
  if (row.difference !== difference) report('closure-methods', `${row.method}: difference ${difference}`);
}

function newMeans(): Means {
  return { in: 0, out: 0, first: 0, running: 0, lowest: 0 };
}

function addMeans(all: Map<string, Means>, method: string, amount: number, isFirst: boolean): void {
  let means = all.get(method);
  if (!means) all.set(method, (means = newMeans()));
  if (amount > 0) means.in += amount;
  else means.out -= amount;
  if (isFirst) means.first += amount;
  else means.running += amount;
}

function newDay(first: number): DayFigures {
  return {
    means: new Map(),
    counts: new Map(),
    turnover: new Map(),
    categories: new Map(),
    salesCount: 0,
    customersCount: 0,
    gap: 0,
    lines: 0,
    first,
    last: 0,
  };
}

function dayOf(till: TillFigures, date: string, tillSequence: number): DayFigures {
  const known = till.days.get(date);
  if (known) return known;
  const day = newDay(tillSequence);
  till.days.set(date, day);
  return day;
}

function addFigures(day: DayFigures, movement: MovementFacts, sign: 1 | -1): void {
  switch (movement.type) {
    case 'SaleRecorded': {
      const { lines, vouchersSold = [], salesCount, customers = 0 } = movement.data;
      for (const line of lines) addTurnover(day, line, line.gross - (line.prepaid ?? 0), sign);
      for (const sold of vouchersSold) addVoucher(day, sold, sign);
      day.salesCount += sign * salesCount;
      day.customersCount += sign * customers;
      return;
    }
    case 'ZTicketRecorded': {
      const { categories, refunds, salesCount, customersCount = 0, gap } = movement.data;
      for (const line of [...categories, ...refunds])
        addTurnover(day, line, line.gross - (line.prepaid ?? 0), sign);
      day.salesCount += sign * salesCount;
      day.customersCount += sign * customersCount;
      day.gap += sign * gap;
      return;
    }
    case 'VoucherSold':
      addVoucher(day, movement.data, sign);
      day.salesCount += sign * movement.data.salesCount;
      return;
    case 'VoucherRefunded':
      addVoucher(day, movement.data, sign === 1 ? -1 : 1);
      return;
    case 'OverpaymentExplained':
      day.gap -= sign * movement.data.amount;
      return;
    default:
      return;
  }
}

type Taxed = {
  readonly category: string;
  readonly vatRate: number;
  readonly net: number;
  readonly vat: number;
};

function addTurnover(
  day: DayFigures,
  { category, vatRate, net, vat }: Taxed,
  gross: number,
  sign: 1 | -1,
): void {
  if (gross === 0) return;
  const totals = day.turnover.get(vatRate) ?? { real: 0, absolute: 0, net: 0, vat: 0 };
  totals.real += sign * gross;
  totals.absolute += Math.abs(gross);
  totals.net += sign * net;
  totals.vat += sign * vat;
  day.turnover.set(vatRate, totals);
  const key = `${category}/${vatRate}`;
  day.categories.set(key, (day.categories.get(key) ?? 0) + sign * gross);
}

type SoldVoucher = Partial<Taxed> & { readonly kind: string; readonly amount: number };

function addVoucher(day: DayFigures, sold: SoldVoucher, sign: 1 | -1): void {
  if (sold.kind !== 'single-purpose') return;
  const { category = '', vatRate = 0, net = 0, vat = 0, amount } = sold;
  addTurnover(day, { category, vatRate, net, vat }, amount, sign);
}

function checkFigures({ data }: DayClosed, _till: TillFigures, day: DayFigures, report: Report): void {
  const rates = [...day.turnover];
  const sum = (figure: keyof Totals) => rates.reduce((total, [, totals]) => total + totals[figure], 0);
  const turnover = `${sum('real')} ${sum('net')} ${sum('vat')}`;
  if (turnover !== `${data.turnover.gross} ${data.turnover.net} ${data.turnover.vat}`) {
    report('closure-turnover', turnover);
  }
  const categories = [...day.categories]
    .filter(([, gross]) => gross !== 0)
    .map(([key, gross]) => `${key} ${gross}`);
  const stated = data.byCategory.map(({ category, vatRate, gross }) => `${category}/${vatRate} ${gross}`);
  if (categories.sort().join() !== stated.sort().join()) report('closure-turnover', categories.join(', '));
  const period = totalsText(rates.map(([vatRate, totals]) => ({ vatRate, ...totals })));
  if (period !== totalsText(data.period)) report('closure-period', period);
  const counters = [day.salesCount, day.customersCount, day.first, day.last].join(' ');
  const { salesCount, customersCount, firstTillSequence, lastTillSequence } = data;
  if (counters !== [salesCount, customersCount, firstTillSequence, lastTillSequence].join(' ')) {
    report('closure-counters', counters);
  }
  if (day.gap !== data.gap) report('closure-gap', String(day.gap));
}

function totalsText(totals: readonly { vatRate: number; real: number; absolute: number }[]): string {
  return totals
    .map(({ vatRate, real, absolute }) => `${vatRate}: ${real} ${absolute}`)
    .sort()
    .join(', ');
}
