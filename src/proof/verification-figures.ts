import { readTillAccount } from '../kernel/account';
import { addDays } from '../kernel/day';
import { pairKey } from '../kernel/text';
import type { DayClosed } from '../ledger/closing/events';
import type { LedgerEvent } from '../ledger/events';
import type { MovementFacts } from '../ledger/movements';
import type { RecordedPayment } from '../ledger/payment';
import type { TillOpened } from '../ledger/till/events';

export type FigureError =
  | 'unknown-till'
  | 'till-opened-twice'
  | 'sealed-day-changed'
  | 'cash-negative'
  | 'closure-order'
  | 'closure-methods'
  | 'closure-turnover'
  | 'closure-period'
  | 'closure-perpetual'
  | 'closure-counters'
  | 'closure-gap'
  | 'closure-journal';

export type FiguresOutput = {
  readonly report: (sequence: number, code: FigureError, detail: string) => void;
  /** A closure does not fit, but an event that it depends on is damaged or missing: nothing can be said. */
  readonly unchecked: (sequence: number) => void;
};

type Means = {
  in: number;
  out: number;
  /** Net of Z-tickets that the journal lists before all else. */
  first: number;
  running: number;
  /** The lowest that `running` was after any entry. */
  lowest: number;
};
type Totals = { real: number; absolute: number; net: number; vat: number };

/** What cannot be said of a day any more: nothing at all, or nothing of what its postings add up to. */
type Doubt = 'none' | 'money' | 'all';

type DayFigures = {
  readonly date: string;
  readonly means: Map<string, Means>;
  readonly counts: Map<string, number>;
  readonly turnover: Map<number, Totals>;
  readonly categories: Map<string, number>;
  readonly zNumbers: Map<string, string>;
  salesCount: number;
  customersCount: number;
  gap: number;
  lines: number;
  readonly first: number;
  last: number;
  doubt: Doubt;
};

type Dated<Value> = { readonly from: string; readonly value: Value };

type TillFigures = {
  readonly code: string;
  readonly days: Map<string, DayFigures>;
  readonly base: Map<string, number>;
  readonly perpetual: Map<number, { real: number; absolute: number }>;
  feeds: Dated<string>[];
  closedThrough: string;
  lines: number;
  /** What the last closure left (openings, perpetual totals, order numbers) may have been in a lost event. */
  isInDoubt: boolean;
};

type MethodRule = { readonly isCash: boolean; readonly isCounted: boolean };

/** A business day lies at most a day after the moment at which it is recorded; time zones make it two. */
const DAYS_AHEAD = 2;

/**
 * Adds the figures of each till and day up again, from the events alone and by folds of its own, and compares them
 * with what closures have sealed. On purpose it shares none of the folds that made them: what is computed once and
 * compared with itself proves nothing.
 */
export class FigureChecker {
  private readonly tills = new Map<string, TillFigures>();
  private methods: Dated<ReadonlyMap<string, MethodRule>>[] = [];
  /** Days up to this one may have lost an event before anything was known of them. */
  private doubtThrough = '';
  /** What the entry that is being read has moved: judged by its net, when its last event is in. */
  private touched: { sequence: number; till: TillFigures; day: DayFigures; method: string; means: Means }[] =
    [];
  private readonly belowZero = new Set<string>();

  constructor(private readonly output: FiguresOutput) {}

  add(event: LedgerEvent): void {
    this.learnSettings(event);
    if (event.till !== undefined) this.addOfTill(event, event.till);
    if (event.entry === undefined || event.entry.index === event.entry.count - 1) this.settleEntry();
  }

  /** An event was lost, at about an instant: any till and day that was open then may have been its own. */
  doubtAll(recordedAt: string): void {
    const through = recordedAt === '' ? '' : addDays(recordedAt.slice(0, 10), DAYS_AHEAD);
    if (through > this.doubtThrough) this.doubtThrough = through;
    this.touched = [];
    for (const till of this.tills.values()) {
      till.isInDoubt = true;
      for (const day of till.days.values()) day.doubt = 'all';
    }
  }

  /** The postings of an event are not what they should be. */
  doubtMoney({ till, businessDate }: LedgerEvent): void {
    const known = till === undefined ? undefined : this.tills.get(till);
    if (!known || businessDate === undefined) return;
    // An open day's balance leads to the opening of those after it.
    for (const day of known.days.values()) {
      if (day.date >= businessDate && day.doubt === 'none') day.doubt = 'money';
    }
  }

  /** Days that are not closed are judged as they stand. */
  finish(): void {
    this.settleEntry();
    for (const till of this.tills.values()) {
      const openings = new Map(till.base);
      let { isInDoubt } = till;
      for (const day of [...till.days.values()].sort((left, right) => (left.date < right.date ? -1 : 1))) {
        isInDoubt ||= day.doubt !== 'none';
        for (const [method, means] of day.means) {
          const opening = openings.get(method) ?? 0;
          const lowest = opening + lowestOf(means);
          openings.set(method, opening + means.in - means.out);
          const isJudged = !isInDoubt && !isFedByZ(till, day.date) && this.ruleOf(method, day.date)?.isCash;
          // What a day begins with was told where it began.
          if (isJudged && lowest < 0 && opening >= 0) this.reportNegative(0, till, day, method, lowest);
        }
      }
    }
  }

  private reportNegative(
    sequence: number,
    { code }: TillFigures,
    { date }: DayFigures,
    method: string,
    lowest: number,
  ): void {
    const key = `${code}/${date}/${method}`;
    if (this.belowZero.has(key)) return;
    this.belowZero.add(key);
    this.output.report(sequence, 'cash-negative', `${key} ${lowest}`);
  }

  private learnSettings(event: LedgerEvent): void {
    if (event.type === 'TillChanged') {
      const till = this.tills.get(event.data.till);
      if (till) till.feeds = dated(till.feeds, event.data.effectiveFrom, event.data.feed ?? '');
    }
    if (event.type !== 'SettingsChanged' || event.data.part !== 'methods') return;
    const rules = new Map<string, MethodRule>();
    for (const { code, kind, counted } of event.data.value)
      rules.set(code, { isCash: kind === 'cash', isCounted: counted ?? kind === 'cash' });
    this.methods = dated(this.methods, event.data.effectiveFrom, rules);
  }

  private ruleOf(method: string, date: string): MethodRule | undefined {
    return valueOn(this.methods, date)?.get(method);
  }

  private addOfTill(event: LedgerEvent, code: string): void {
    if (event.type === 'TillOpened') return this.openTill(event, code);
    const date = event.businessDate;
    if (date === undefined) return;
    const till = this.tills.get(code) ?? this.unknownTill(event.sequence, code);
    if (date <= till.closedThrough) {
      this.output.report(event.sequence, 'sealed-day-changed', `${code} ${date}`);
      return;
    }
    if (event.type === 'DayClosed') this.closeDay(event, till, date);
    else this.addToDay(event, till, this.dayOf(till, date, event.tillSequence ?? 0));
  }

  private openTill({ sequence, data }: TillOpened, code: string): void {
    const known = this.tills.get(code);
    if (known) this.output.report(sequence, 'till-opened-twice', code);
    const till = known ?? this.newTill(code);
    till.feeds = [{ from: '', value: data.feed ?? '' }];
    for (const { method, amount } of data.opening) till.base.set(method, amount);
  }

  /** Its opening may be among what was lost. */
  private unknownTill(sequence: number, code: string): TillFigures {
    if (this.doubtThrough === '') this.output.report(sequence, 'unknown-till', code);
    const till = this.newTill(code);
    till.isInDoubt = true;
    return till;
  }

  private newTill(code: string): TillFigures {
    const till: TillFigures = {
      code,
      days: new Map(),
      base: new Map(),
      perpetual: new Map(),
      feeds: [],
      closedThrough: '',
      lines: 0,
      isInDoubt: false,
    };
    this.tills.set(code, till);
    return till;
  }

  private dayOf(till: TillFigures, date: string, tillSequence: number): DayFigures {
    const known = till.days.get(date);
    if (known) return known;
    const day = newDay(date, tillSequence);
    if (date <= this.doubtThrough) day.doubt = 'all';
    till.days.set(date, day);
    return day;
  }

  private addToDay(event: LedgerEvent, till: TillFigures, day: DayFigures): void {
    day.last = event.tillSequence ?? day.last;
    const lines = this.addPostings(event, till, day);
    const isReversal = event.type === 'MovementReversed';
    const movement = isReversal ? event.data.original : (event as MovementFacts);
    day.lines += lines + otherLinesOf(movement, lines);
    if (event.type === 'TillCounted') {
      for (const { method, amount } of event.data.counts) day.counts.set(method, amount);
    } else addFigures(day, movement, isReversal ? -1 : 1);
  }

  /** Answers how many of them are a till's: each is a line of its journal. */
  private addPostings(event: LedgerEvent, till: TillFigures, day: DayFigures): number {
    const isFirst = event.type === 'ZTicketRecorded' && event.data.listedFirst === true;
    let lines = 0;
    for (const { account, amount } of event.postings ?? []) {
      const place = readTillAccount(account);
      if (!place) continue;
      lines += 1;
      const means = meansOf(day, place.method);
      if (amount > 0) means.in += amount;
      else means.out -= amount;
      if (isFirst) means.first += amount;
      else means.running += amount;
      if (amount < 0 && !isFirst)
        this.touched.push({ sequence: event.sequence, till, day, method: place.method, means });
    }
    return lines;
  }

  private settleEntry(): void {
    if (this.touched.length === 0) return;
    for (const { sequence, till, day, method, means } of this.touched) {
      means.lowest = Math.min(means.lowest, means.running);
      if (isFedByZ(till, day.date) || !this.ruleOf(method, day.date)?.isCash) continue;
      this.judgeBalance(sequence, till, day, method);
    }
    this.touched = [];
  }

  /** In order of recording: what the till holds of a method, all days together, after an entry that took from it. */
  private judgeBalance(sequence: number, till: TillFigures, last: DayFigures, method: string): void {
    let balance = till.base.get(method) ?? 0;
    let isInDoubt = till.isInDoubt;
    for (const day of till.days.values()) {
      const means = day.means.get(method);
      if (means) balance += means.in - means.out;
      isInDoubt ||= day.doubt !== 'none' || isFedByZ(till, day.date);
    }
    if (balance < 0 && !isInDoubt) this.reportNegative(sequence, till, last, method, balance);
  }

  private closeDay(event: DayClosed, till: TillFigures, date: string): void {
    const day = this.dayOf(till, date, event.tillSequence ?? 0);
    const findings: [FigureError, string][] = [];
    const report = (code: FigureError, detail: string) => void findings.push([code, detail]);
    const earlier = [...till.days.keys()].filter((other) => other < date);
    if (earlier.length > 0) report('closure-order', earlier.join(', '));
    this.checkMethods(event, till, day, report);
    checkFigures(event, day, report);
    checkCarriedOver(event, till, day, report);
    this.settleClosure(event, till, day, findings);
    // From here on the sealed figures count, so that one wrong closure is one error.
    till.isInDoubt = false;
    till.lines = event.data.journal.last;
    till.closedThrough = date;
    for (const closed of [...earlier, date]) till.days.delete(closed);
    for (const { method, theoretical, counted } of event.data.methods)
      till.base.set(method, counted ?? theoretical);
    for (const { vatRate, real, absolute } of event.data.perpetual)
      till.perpetual.set(vatRate, { real, absolute });
  }

  private settleClosure(
    { sequence }: DayClosed,
    till: TillFigures,
    day: DayFigures,
    findings: readonly [FigureError, string][],
  ): void {
    const isLost = till.isInDoubt || day.doubt === 'all';
    let isUnchecked = false;
    for (const [code, detail] of findings) {
      const isMoney = code === 'closure-methods' || code === 'cash-negative' || code === 'closure-journal';
      if (isLost || (isMoney && day.doubt === 'money')) isUnchecked = true;
      else this.output.report(sequence, code, detail);
    }
    if (isUnchecked) this.output.unchecked(sequence);
  }

  private checkMethods({ data }: DayClosed, till: TillFigures, day: DayFigures, report: Report): void {
    const sealed = new Map(data.methods.map((row) => [row.method, row]));
    const all = [sealed, day.means, day.counts, till.base].flatMap((rows) => [...rows.keys()]);
    for (const code of new Set(all)) {
      const opening = till.base.get(code) ?? 0;
      const means = day.means.get(code) ?? newMeans();
      const rule = this.ruleOf(code, day.date);
      const counted = rule?.isCounted === false ? undefined : day.counts.get(code);
      const row = sealed.get(code);
      const isIdle = opening === 0 && !day.means.has(code) && !day.counts.has(code);
      if (row || !isIdle) checkMethod(row, rowOf(opening, means, counted), code, report);
      if (rule?.isCash) this.judgeLowest(till, day, code, opening + lowestOf(means), report);
    }
  }

  private judgeLowest(
    { code }: TillFigures,
    { date }: DayFigures,
    method: string,
    lowest: number,
    report: Report,
  ): void {
    const place = `${code}/${date}/${method}`;
    if (lowest < 0 && !this.belowZero.has(place)) report('cash-negative', `${place} ${lowest}`);
  }
}

/** The lowest that a method stood on a day, relative to its opening: Z-tickets that are listed first, then the rest. */
function lowestOf({ first, lowest }: Means): number {
  return first + lowest;
}

/** What a closure says of a method, as it follows from its day. */
function rowOf(opening: number, means: Means, counted: number | undefined): string {
  const theoretical = opening + means.in - means.out;
  const difference = counted === undefined ? 0 : counted - theoretical;
  return [opening, means.in, means.out, theoretical, counted ?? '-', difference].join(' ');
}

type MethodRow = DayClosed['data']['methods'][number];

function checkMethod(row: MethodRow | undefined, expected: string, code: string, report: Report): void {
  const stated = row && [row.opening, row.in, row.out, row.theoretical, row.counted ?? '-', row.difference];
  if (stated?.join(' ') !== expected) report('closure-methods', `${code}: ${expected}`);
}

type Report = (code: FigureError, detail: string) => void;

/** A list with one more dated value; a value of the same day takes the place of the earlier one. */
function dated<Value>(values: readonly Dated<Value>[], from: string, value: Value): Dated<Value>[] {
  const others = values.filter((other) => other.from !== from);
  return [...others, { from, value }].sort((left, right) => (left.from < right.from ? -1 : 1));
}

/** The value of a day; before the first one, the first one. */
function valueOn<Value>(values: readonly Dated<Value>[], date: string): Value | undefined {
  return (values.findLast(({ from }) => from <= date) ?? values[0])?.value;
}

function isFedByZ({ feeds }: TillFigures, date: string): boolean {
  return valueOn(feeds, date) === 'z-ticket';
}

function newMeans(): Means {
  return { in: 0, out: 0, first: 0, running: 0, lowest: 0 };
}

function meansOf(day: DayFigures, method: string): Means {
  let means = day.means.get(method);
  if (!means) day.means.set(method, (means = newMeans()));
  return means;
}

function newDay(date: string, first: number): DayFigures {
  return {
    date,
    means: new Map(),
    counts: new Map(),
    turnover: new Map(),
    categories: new Map(),
    zNumbers: new Map(),
    salesCount: 0,
    customersCount: 0,
    gap: 0,
    lines: 0,
    first,
    last: first,
    doubt: 'none',
  };
}

/**
 * Journal lines of a document beside those of the tills: one for each payment on credit or by voucher, or a line of
 * zero for a document that has no other, so that none is missing from the book (law.md J1, J2).
 */
function otherLinesOf(movement: MovementFacts, linesOfTills: number): number {
  const payments = paymentsOf(movement);
  if (!payments) return 0;
  let lines = 0;
  for (const { customer, voucher } of payments)
    if (customer !== undefined || voucher !== undefined) lines += 1;
  return lines + linesOfTills === 0 ? 1 : lines;
}

function paymentsOf(movement: MovementFacts): readonly RecordedPayment[] | null {
  switch (movement.type) {
    case 'SaleRecorded':
    case 'ZTicketRecorded':
    case 'VoucherSold':
    case 'VoucherRefunded':
    case 'CreditRepaid':
      return movement.data.payments;
    default:
      return null;
  }
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
      for (const lines of [categories, refunds])
        for (const line of lines) addTurnover(day, line, line.gross - (line.prepaid ?? 0), sign);
      day.salesCount += sign * salesCount;
      day.customersCount += sign * customersCount;
      day.gap += sign * gap;
      return nameZ(day, movement.data, sign);
    }
    case 'ZTicketChecked':
      return nameZ(day, movement.data, sign);
    case 'VoucherSold':
      addVoucher(day, movement.data, sign);
      day.salesCount += sign * movement.data.salesCount;
      return;
    case 'VoucherRefunded':
      return addVoucher(day, movement.data, sign === 1 ? -1 : 1);
    case 'OverpaymentExplained':
      day.gap -= sign * movement.data.amount;
      return;
    default:
      return;
  }
}

function nameZ(
  day: DayFigures,
  { number, system }: { readonly number: string; readonly system?: string | undefined },
  sign: 1 | -1,
): void {
  const key = pairKey(system ?? '', number);
  if (sign === 1) day.zNumbers.set(key, number);
  else day.zNumbers.delete(key);
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
  // A Z-ticket may state VAT on a line that its refunds bring to zero.
  if (gross === 0 && net === 0) return;
  let totals = day.turnover.get(vatRate);
  if (!totals) day.turnover.set(vatRate, (totals = { real: 0, absolute: 0, net: 0, vat: 0 }));
  totals.real += sign * gross;
  totals.absolute += Math.abs(gross);
  totals.net += sign * net;
  totals.vat += sign * vat;
  const key = `${category}/${vatRate}`;
  day.categories.set(key, (day.categories.get(key) ?? 0) + sign * gross);
}

type SoldVoucher = {
  readonly kind: string;
  readonly amount: number;
  readonly category?: string | undefined;
  readonly vatRate?: number | undefined;
  readonly net?: number | undefined;
  readonly vat?: number | undefined;
};

/** A single-purpose voucher is turnover when it is sold (CGI 256 ter); a multi-purpose one is none. */
function addVoucher(day: DayFigures, sold: SoldVoucher, sign: 1 | -1): void {
  if (sold.kind !== 'single-purpose') return;
  const { category = '', vatRate = 0, net = 0, vat = 0, amount } = sold;
  addTurnover(day, { category, vatRate, net, vat }, amount, sign);
}

/** What the closure seals of the day itself. */
function checkFigures({ data }: DayClosed, day: DayFigures, report: Report): void {
  const rates = [...day.turnover].map(([vatRate, totals]) => ({ vatRate, ...totals }));
  const sum = (figure: keyof Totals) => rates.reduce((total, totals) => total + totals[figure], 0);
  const turnover = `${sum('real')} ${sum('net')} ${sum('vat')}`;
  if (turnover !== `${data.turnover.gross} ${data.turnover.net} ${data.turnover.vat}`)
    report('closure-turnover', turnover);
  const categories = [...day.categories].filter(([, gross]) => gross !== 0);
  const added = listed(categories.map(([key, gross]) => `${key} ${gross}`));
  const stated = data.byCategory.map(({ category, vatRate, gross }) => `${category}/${vatRate} ${gross}`);
  if (added !== listed(stated)) report('closure-turnover', added);
  if (totalsText(rates) !== totalsText(data.period)) report('closure-period', totalsText(rates));
  const { salesCount, customersCount, firstTillSequence, lastTillSequence, zNumbers } = data;
  const counters = [day.salesCount, day.customersCount, day.first, day.last];
  const numbers = listed([...day.zNumbers.values()]);
  const isCounted =
    counters.join() === [salesCount, customersCount, firstTillSequence, lastTillSequence].join();
  if (!isCounted || numbers !== listed(zNumbers))
    report('closure-counters', `${counters.join(' ')} ${numbers}`);
  if (day.gap !== data.gap) report('closure-gap', String(day.gap));
}

/** What the closure seals of all days since the till's first. */
function checkCarriedOver({ data }: DayClosed, till: TillFigures, day: DayFigures, report: Report): void {
  const perpetual = new Map(till.perpetual);
  for (const [rate, { real, absolute }] of day.turnover) {
    const before = perpetual.get(rate) ?? { real: 0, absolute: 0 };
    perpetual.set(rate, { real: before.real + real, absolute: before.absolute + absolute });
  }
  const added = totalsText([...perpetual].map(([vatRate, totals]) => ({ vatRate, ...totals })));
  if (added !== totalsText(data.perpetual)) report('closure-perpetual', added);
  const differences = data.methods.filter(({ difference }) => difference !== 0).length;
  const first = till.lines + 1;
  const last = till.lines + day.lines + differences;
  if (data.journal.first !== first || data.journal.last !== last)
    report('closure-journal', `${first}–${last}`);
}

function totalsText(totals: readonly { vatRate: number; real: number; absolute: number }[]): string {
  return listed(totals.map(({ vatRate, real, absolute }) => `${vatRate}: ${real} ${absolute}`));
}

function listed(texts: readonly string[]): string {
  return [...texts].sort().join(', ');
}
