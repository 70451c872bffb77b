import { readTillAccount } from '../kernel/account';
import type { Changes } from '../kernel/changes';
import { addDays } from '../kernel/day';
import { basisPoints, cents, exact } from '../kernel/money';
import { Joined, pairKey } from '../kernel/text';
import { unreachable } from '../kernel/unreachable';
import { splitVat } from '../kernel/vat';
import type { DayClosed } from './closing/events';
import type { CommentAdded } from './comment/events';
import type { SettingsChanged } from './company/events';
import type { OpeningCounted, TillCounted } from './count/events';
import { type Day, emptyDay, type MeansOfDay, type MutableSales } from './day';
import type { LedgerEvent } from './events';
import { forgetId } from './forgotten-ids';
import { journalLinesOf } from './journal-lines';
import { emptyTill } from './till/till';
import { type Ledger, type Till, withDated } from './ledger';
import { countDifferences, withFedDay } from './till-days';
import type { MovementFacts } from './movements';
import type { OpeningBalancesRecorded } from './customer-credit/events';
import type { TillChanged, TillOpened } from './till/events';
import type { RecordedPayment } from './payment';
import type { SaleRecorded } from './sale/events';
import { mismatchOf } from './z-comparison';
import type { ZTicketChecked, ZTicketRecorded } from './z-ticket/events';

/** How long the id of an entry is remembered in the state after its day was closed. */
export const DAYS_ENTRIES_ARE_KEPT = 35;

/** Keys of the state, whose form a snapshot keeps. */
const documentKeys = new Joined<string, string>('', '|');
const bucketKeys = new Joined<string, string>();
const turnoverKeys = new Joined<string, number>();

/** Where the last number of a document of a till, or of the company, is kept. */
export function documentKey(till: string | undefined, document: string): string {
  return documentKeys.of(till ?? '-', document);
}

/**
 * Folds one event into the ledger, in place; every change goes through `changes`. Exhaustive: an event that this
 * version does not know stops it.
 */
export function evolve(ledger: Ledger, changes: Changes, event: LedgerEvent): void {
  changes.assign(ledger, 'sequence', event.sequence);
  changes.assign(ledger, 'recordedAt', event.recordedAt);
  if (event.type === 'TillOpened') openTill(ledger, changes, event);
  const till = event.till === undefined ? undefined : knownTill(ledger, event.till);
  if (till) numberOnTill(ledger, changes, till, event);
  else if (event.document)
    changes.set(ledger.documents, documentKey(undefined, event.document.type), event.document.number);
  if (event.entry) rememberEntry(ledger, changes, event);
  const day = till && event.businessDate !== undefined ? dayOf(changes, till, event) : undefined;
  foldPostings(ledger, changes, event, day);
  foldFacts(ledger, changes, event, till, day);
  if (event.entry === undefined || event.entry.index === event.entry.count - 1)
    settle(ledger, changes, event);
}

function knownTill(ledger: Ledger, code: string): Till {
  const till = ledger.tills.get(code);
  if (!till) throw new Error(`ledger ${ledger.id} has no till ${code}`);
  return till;
}

function numberOnTill(ledger: Ledger, changes: Changes, till: Till, event: LedgerEvent): void {
  if (event.tillSequence !== undefined) changes.assign(till, 'tillSequence', event.tillSequence);
  if (event.document)
    changes.set(ledger.documents, documentKey(till.code, event.document.type), event.document.number);
}

function dayOf(changes: Changes, till: Till, event: LedgerEvent): Day {
  const date = event.businessDate as string;
  const known = till.days.get(date);
  if (known) {
    if (event.tillSequence !== undefined) changes.assign(known, 'lastTillSequence', event.tillSequence);
    return known;
  }
  const day = emptyDay(date, event.tillSequence ?? 1);
  changes.set(till.days, date, day);
  return day;
}

function rememberEntry(ledger: Ledger, changes: Changes, event: LedgerEvent): void {
  const entry = event.entry as NonNullable<LedgerEvent['entry']>;
  const isNew = !ledger.entries.has(entry.id);
  changes.set(ledger.entries, entry.id, event.sequence);
  if (!isNew) return;
  const onTill = event.till !== undefined && event.businessDate !== undefined;
  const key = onTill
    ? bucketKeys.of(event.till, event.businessDate)
    : bucketKeys.of('-', event.recordedAt.slice(0, 10));
  const bucket = ledger.entryBuckets.get(key);
  if (bucket) {
    // A list of ids is only ever appended to, so that the undo log can cut it.
    changes.push(bucket.ids as string[], entry.id);
    return;
  }
  // What belongs to no till day is "closed" when it is recorded.
  changes.set(ledger.entryBuckets, key, { ids: [entry.id], closedAt: onTill ? null : event.recordedAt });
  forgetOldEntries(ledger, changes, event.recordedAt);
}

function forgetOldEntries(ledger: Ledger, changes: Changes, now: string): void {
  const limit = addDays(now.slice(0, 10), -DAYS_ENTRIES_ARE_KEPT);
  for (const [key, bucket] of ledger.entryBuckets) {
    if (bucket.closedAt === null || bucket.closedAt.slice(0, 10) >= limit) continue;
    for (const id of bucket.ids) {
      const sequence = ledger.entries.get(id) ?? 0;
      if (sequence > ledger.entriesForgottenThrough)
        changes.assign(ledger, 'entriesForgottenThrough', sequence);
      changes.delete(ledger.entries, id);
      forgetId(ledger.forgottenIds, id, changes);
    }
    changes.delete(ledger.entryBuckets, key);
  }
}

const NOTHING: MeansOfDay = { in: 0, out: 0, first: 0, low: 0, lowEntry: null };

function foldPostings(ledger: Ledger, changes: Changes, event: LedgerEvent, day: Day | undefined): void {
  if (event.postings === undefined) return;
  // A closure's differences belong to no movement of the day: they lead to the next opening.
  const movesDay = day !== undefined && event.type !== 'DayClosed';
  const isFirst = event.type === 'ZTicketRecorded' && event.data.listedFirst === true;
  for (const { account, amount } of event.postings) {
    const balance = exact((ledger.balances.get(account) ?? 0) + amount);
    if (balance === 0) changes.delete(ledger.balances, account);
    else changes.set(ledger.balances, account, balance);
    const means = movesDay ? readTillAccount(account) : null;
    if (!movesDay || !means) continue;
    addToMeans(changes, day, means.method, amount, isFirst);
    if (amount < 0 && !isFirst) unsettle(ledger, changes, { ...means, day: day.date });
  }
}

function addToMeans(changes: Changes, day: Day, method: string, amount: number, isFirst: boolean): void {
  const old = day.means.get(method) ?? NOTHING;
  changes.set(day.means, method, {
    in: exact(old.in + (amount > 0 ? amount : 0)),
    out: exact(old.out - (amount < 0 ? amount : 0)),
    first: old.first + (isFirst ? amount : 0),
    low: old.low,
    lowEntry: old.lowEntry,
  });
}

/** Money went out: how low the day has been is judged when the entry is complete. */
function unsettle(
  ledger: Ledger,
  changes: Changes,
  place: { till: string; day: string; method: string },
): void {
  const key = `${place.till}/${place.day}/${place.method}`;
  if (!ledger.unsettled.has(key)) changes.set(ledger.unsettled, key, place);
}

/** An entry is one line of thought: what its events take and give within it is judged by its net. */
function settle(ledger: Ledger, changes: Changes, event: LedgerEvent): void {
  if (ledger.unsettled.size === 0) return;
  for (const [key, { till, day, method }] of ledger.unsettled) {
    const means = ledger.tills.get(till)?.days.get(day)?.means;
    const old = means?.get(method);
    if (means && old) {
      const rest = old.in - old.out - old.first;
      if (rest < old.low)
        changes.set(means, method, { ...old, low: rest, lowEntry: event.entry?.id ?? null });
    }
    changes.delete(ledger.unsettled, key);
  }
}

// The exhaustive switch is the fold itself; splitting it would hide a forgotten event.
function foldFacts(
  ledger: Ledger,
  changes: Changes,
  event: LedgerEvent,
  till: Till | undefined,
  day: Day | undefined,
): void {
  switch (event.type) {
    case 'LedgerOpened':
    case 'BudgetSet':
    case 'TillOpened':
      return;
    case 'SettingsChanged':
      return changeSettings(ledger, changes, event);
    case 'TillChanged':
      return changeTill(knownTill(ledger, event.data.till), changes, event);
    case 'CustomerRegistered':
      changes.set(ledger.customers, event.data.customer, 'open');
      return;
    case 'CustomerErased':
      changes.set(ledger.customers, event.data.customer, 'erased');
      return;
    case 'OpeningBalancesRecorded':
      return foldOpeningBalances(ledger, changes, event);
    case 'TillCounted':
      return foldCount(changes, day as Day, event.data.counts);
    case 'CommentAdded':
      return foldComment(ledger, changes, event);
    case 'DayClosed':
      return closeDay(ledger, changes, till as Till, event);
    case 'AlertRaised':
      changes.set(ledger.alerts, alertKey(event.data), event.data);
      return;
    case 'AlertCleared':
      changes.delete(ledger.alerts, alertKey(event.data));
      return;
    case 'MovementReversed': {
      const corrects = event.correction?.corrects;
      if (corrects && event.entry) changes.set(ledger.corrected, corrects.entry, event.entry.id);
      foldMovement(ledger, changes, { event, movement: event.data.original, sign: -1, till, day });
      return;
    }
    case 'CashPutIn':
    case 'CashTakenOut':
    case 'CreditRepaid':
    case 'DepositConfirmed':
    case 'DepositMade':
    case 'ExpensePaid':
    case 'MethodsTransferred':
    case 'OpeningCounted':
    case 'OverpaymentExplained':
    case 'SaleRecorded':
    case 'TransferReceived':
    case 'TransferSent':
    case 'VoucherExpired':
    case 'VoucherRefunded':
    case 'VoucherSold':
    case 'ZTicketChecked':
    case 'ZTicketRecorded':
      foldMovement(ledger, changes, { event, movement: event, sign: 1, till, day });
      return;
    default:
      return unreachable(event);
  }
}

export function alertKey(alert: {
  code: string;
  till: string;
  day?: string | undefined;
  subject?: string | undefined;
}): string {
  return `${alert.code}|${alert.till}|${alert.day ?? ''}|${alert.subject ?? ''}`;
}

function openTill(ledger: Ledger, changes: Changes, event: TillOpened): void {
  const code = event.till as string;
  const base = new Map(event.data.opening.map(({ method, amount }) => [method, amount as number]));
  changes.set(ledger.tills, code, emptyTill(code, event.data.name, event.data.feed ?? null, base));
}

function changeTill(till: Till, changes: Changes, { data }: TillChanged): void {
  changes.assign(till, 'name', data.name);
  changes.assign(till, 'feeds', withDated(till.feeds, data.effectiveFrom, data.feed ?? null));
}

function foldOpeningBalances(ledger: Ledger, changes: Changes, { data }: OpeningBalancesRecorded): void {
  changes.assign(ledger, 'openingBalancesRecorded', true);
  for (const { voucher, kind } of data.vouchers) {
    if (voucher !== undefined) changes.set(ledger.vouchers, voucher, { kind });
  }
}

function changeSettings(ledger: Ledger, changes: Changes, { data }: SettingsChanged): void {
  const part = data.part;
  // Each part's list holds values of that part; the union cannot follow the key.
  const values = ledger.settings[part] as Parameters<typeof withDated>[0];
  changes.assign(ledger.settings, part, withDated(values, data.effectiveFrom, data.value) as never);
  if (part !== 'methods') return;
  for (const { code, kind } of data.value)
    if (ledger.methodKinds.get(code) !== kind) changes.set(ledger.methodKinds, code, kind);
}

function foldCount(changes: Changes, day: Day, counts: TillCounted['data']['counts']): void {
  for (const { method, amount } of counts) changes.set(day.counts, method, amount);
}

/** What is said explains what there is at that moment: kept as figures, so that the closure sees what has come since. */
function foldComment(ledger: Ledger, changes: Changes, { data }: CommentAdded): void {
  const till = data.till === undefined ? undefined : ledger.tills.get(data.till);
  const day = till?.days.get(data.day ?? '');
  if (!till || !day) return;
  switch (data.about) {
    case 'difference':
      changes.assign(day, 'explainedDifferences', countDifferences(till, day));
      return;
    case 'ventilation':
      changes.assign(day, 'explainedGap', day.gap);
      changes.assign(day, 'explainedMismatch', mismatchOf(day));
      return;
    case 'entry':
      return;
    default:
      return unreachable(data.about);
  }
}

function closeDay(
  ledger: Ledger,
  changes: Changes,
  till: Till,
  { data, businessDate, recordedAt }: DayClosed,
): void {
  const base = new Map(till.base);
  const countedThrough = new Map(till.countedThrough);
  for (const { method, theoretical, counted } of data.methods) {
    base.set(method, counted ?? theoretical);
    if (counted !== undefined) countedThrough.set(method, businessDate as string);
  }
  changes.assign(till, 'base', base);
  changes.assign(till, 'countedThrough', countedThrough);
  changes.assign(till, 'closedThrough', businessDate as string);
  changes.assign(till, 'fedDays', withFedDay(till, businessDate as string));
  changes.assign(
    till,
    'perpetual',
    new Map(data.perpetual.map(({ vatRate, real, absolute }) => [vatRate as number, { real, absolute }])),
  );
  changes.assign(till, 'journalLines', data.journal.last);
  changes.delete(till.days, businessDate as string);
  const bucket = ledger.entryBuckets.get(bucketKeys.of(till.code, businessDate as string));
  if (bucket) changes.assign(bucket, 'closedAt', recordedAt);
}

type Movement = {
  readonly event: LedgerEvent;
  readonly movement: MovementFacts;
  /** −1 when the movement is taken back. */
  readonly sign: 1 | -1;
  readonly till: Till | undefined;
  readonly day: Day | undefined;
};

function foldMovement(
  ledger: Ledger,
  changes: Changes,
  { event, movement, sign, till, day }: Movement,
): void {
  if (day) {
    changes.assign(day, 'journalLines', day.journalLines + journalLinesOf(event).length);
    foldFigures(changes, { event, movement, sign, till, day });
  }
  foldNames(ledger, changes, { event, movement, sign, till, day });
}

/** The day's figures: turnover, sales, gap, control. */
function foldFigures(changes: Changes, { event, movement, sign, day }: Movement): void {
  if (!day) return;
  // What is restated on another day was not seen by this day's Z-ticket.
  const isOfThisDay = event.correction === undefined || event.correction.restates.businessDate === day.date;
  switch (movement.type) {
    case 'SaleRecorded':
      return addSale(changes, day, movement.data, sign, isOfThisDay);
    case 'ZTicketRecorded':
      return addZTicket(changes, day, movement.data, sign, isOfThisDay);
    case 'ZTicketChecked':
      if (isOfThisDay) addStated(changes, day, movement.data, sign);
      return;
    case 'VoucherSold':
      addVoucherTurnover(changes, day, movement.data, sign);
      changes.assign(day, 'salesCount', day.salesCount + sign * movement.data.salesCount);
      return;
    case 'VoucherRefunded':
      return addVoucherTurnover(changes, day, movement.data, sign === 1 ? -1 : 1);
    case 'OverpaymentExplained':
      return addGap(changes, day, -sign * movement.data.amount, isOfThisDay);
    case 'OpeningCounted':
      return addOpeningCount(changes, day, { event, counted: movement.data, sign, isOfThisDay });
    case 'CashPutIn':
    case 'CashTakenOut':
    case 'CreditRepaid':
    case 'DepositConfirmed':
    case 'DepositMade':
    case 'ExpensePaid':
    case 'MethodsTransferred':
    case 'TransferReceived':
    case 'TransferSent':
    case 'VoucherExpired':
      return;
    default:
      return unreachable(movement);
  }
}

function addSale(
  changes: Changes,
  day: Day,
  sale: SaleRecorded['data'],
  sign: 1 | -1,
  isOfThisDay: boolean,
): void {
  const { lines, vouchersSold = [], payments, salesCount, customers = 0 } = sale;
  for (const line of lines) addTurnover(changes, day, line, sign);
  for (const sold of vouchersSold) addVoucherTurnover(changes, day, sold, sign);
  changes.assign(day, 'salesCount', day.salesCount + sign * salesCount);
  changes.assign(day, 'customersCount', day.customersCount + sign * customers);
  if (!isOfThisDay) return;
  const turnover = vouchersSold.length === 0 ? lines : [...lines, ...vouchersSold.flatMap(voucherLines)];
  addSales(changes, day.recorded, { lines: turnover, payments, salesCount }, sign);
}

type CountedOpening = {
  readonly event: LedgerEvent;
  readonly counted: OpeningCounted['data'];
  readonly sign: 1 | -1;
  readonly isOfThisDay: boolean;
};

function addOpeningCount(
  changes: Changes,
  day: Day,
  { event, counted, sign, isOfThisDay }: CountedOpening,
): void {
  for (const { method, difference } of counted.counts) {
    changes.add(day.openingDifferences, method, sign * difference);
    if (isOfThisDay) changes.add(day.openingCounts, method, sign);
  }
  for (const { method, amount } of event.correction?.givenBack ?? [])
    changes.add(day.openingDifferences, method, amount);
}

type TurnoverLine = {
  readonly category: string;
  readonly vatRate: number;
  readonly gross: number;
  readonly prepaid?: number | undefined;
  readonly net: number;
  readonly vat: number;
};

/** Real adds the sign, absolute never goes down: a reversal counts as a refund (law.md C3). */
function addTurnover(changes: Changes, day: Day, line: TurnoverLine, sign: 1 | -1): void {
  const gross = line.gross - (line.prepaid ?? 0);
  // A Z may state VAT on a line that its refunds bring to zero.
  if (gross === 0 && line.net === 0) return;
  const old = day.turnover.get(line.vatRate);
  changes.set(day.turnover, line.vatRate, {
    real: (old?.real ?? 0) + sign * gross,
    absolute: exact((old?.absolute ?? 0) + Math.abs(gross)),
    net: (old?.net ?? 0) + sign * line.net,
    vat: (old?.vat ?? 0) + sign * line.vat,
  });
  changes.add(day.categories, turnoverKeys.of(line.category, line.vatRate), sign * gross);
}

type VoucherTurnover = {
  readonly kind: string;
  readonly amount: number;
  readonly category?: string | undefined;
  readonly vatRate?: number | undefined;
  readonly net?: number | undefined;
  readonly vat?: number | undefined;
};

function addVoucherTurnover(changes: Changes, day: Day, sold: VoucherTurnover, sign: 1 | -1): void {
  for (const line of voucherLines(sold)) addTurnover(changes, day, line, sign);
}

/** The turnover that a voucher is when it is sold: a line if it is single-purpose, none if it is not. */
function voucherLines(sold: VoucherTurnover): TurnoverLine[] {
  if (sold.kind !== 'single-purpose') return [];
  const { category = '', vatRate = 0, net = 0, vat = 0, amount } = sold;
  return [{ category, vatRate, gross: amount, net, vat }];
}

/** A Z-ticket states a line whole, as it was sold, though a single-purpose voucher paid for a part of it. */
function vatOfPrepaid({ prepaid, vatRate }: TurnoverLine): number {
  return prepaid === undefined ? 0 : splitVat(cents(prepaid), basisPoints(vatRate)).vat;
}

type SalesDocument = {
  readonly lines: readonly TurnoverLine[];
  readonly payments: readonly RecordedPayment[];
  readonly salesCount: number;
};

function addSales(changes: Changes, sales: MutableSales, document: SalesDocument, sign: 1 | -1): void {
  changes.assign(sales, 'documents', sales.documents + sign);
  changes.assign(sales, 'salesCount', sales.salesCount + sign * document.salesCount);
  for (const line of document.lines) {
    changes.add(sales.categories, turnoverKeys.of(line.category, line.vatRate), sign * line.gross);
    changes.add(sales.vat, line.vatRate, sign * (line.vat + vatOfPrepaid(line)));
  }
  for (const { method, amount } of document.payments) changes.add(sales.methods, method, sign * amount);
}

function addZTicket(
  changes: Changes,
  day: Day,
  z: ZTicketRecorded['data'],
  sign: 1 | -1,
  isOfThisDay: boolean,
): void {
  for (const line of z.categories) addTurnover(changes, day, line, sign);
  for (const line of z.refunds) addTurnover(changes, day, line, sign);
  changes.assign(day, 'salesCount', day.salesCount + sign * z.salesCount);
  changes.assign(day, 'customersCount', day.customersCount + sign * (z.customersCount ?? 0));
  addGap(changes, day, sign * z.gap, isOfThisDay);
  if (!isOfThisDay) return;
  for (const { vatRate, stated, computed } of z.vatGaps)
    changes.add(day.vatGaps, vatRate, sign * (stated - computed));
  changes.assign(day, 'zTickets', day.zTickets + sign);
}

/** The gap of another day was explained when that day was closed; the correction's reason explains its return. */
function addGap(changes: Changes, day: Day, amount: number, isOfThisDay: boolean): void {
  const field = isOfThisDay ? 'gap' : 'restatedGap';
  changes.assign(day, field, day[field] + amount);
}

function addStated(changes: Changes, day: Day, z: ZTicketChecked['data'], sign: 1 | -1): void {
  addSales(
    changes,
    day.stated,
    { lines: z.categories, payments: z.payments, salesCount: z.salesCount },
    sign,
  );
}

/** What has a name of its own: vouchers, deposits, cheques, Z numbers. */
function foldNames(ledger: Ledger, changes: Changes, { event, movement, sign, till, day }: Movement): void {
  switch (movement.type) {
    case 'SaleRecorded':
      for (const sold of movement.data.vouchersSold ?? []) nameVoucher(ledger, changes, sold, sign);
      return;
    case 'VoucherSold':
      return nameVoucher(ledger, changes, movement.data, sign);
    case 'ZTicketRecorded':
      for (const sold of movement.data.vouchersSold) {
        if (sold.voucher !== '-') nameVoucher(ledger, changes, sold, sign);
      }
      return nameZ(changes, till as Till, day, movement.data, event, sign);
    case 'ZTicketChecked':
      return nameZ(changes, till as Till, day, movement.data, event, sign);
    case 'DepositMade': {
      const { deposit, method, amount, bankAccount, slip } = movement.data;
      if (sign === 1) {
        changes.set(ledger.deposits, deposit, { till: event.till as string, method, amount, bankAccount });
      } else changes.delete(ledger.deposits, deposit);
      for (const cheque of slip?.cheques ?? []) {
        const key = pairKey(cheque.bank, cheque.number);
        if (sign === 1) changes.set(ledger.cheques, key, deposit);
        else changes.delete(ledger.cheques, key);
      }
      return;
    }
    case 'CashPutIn':
    case 'CashTakenOut':
    case 'CreditRepaid':
    case 'DepositConfirmed':
    case 'ExpensePaid':
    case 'MethodsTransferred':
    case 'OpeningCounted':
    case 'OverpaymentExplained':
    case 'TransferReceived':
    case 'TransferSent':
    case 'VoucherExpired':
    case 'VoucherRefunded':
      return;
    default:
      return unreachable(movement);
  }
}

type NamedVoucher = {
  readonly voucher: string;
  readonly kind: 'multi-purpose' | 'single-purpose';
  readonly category?: string | undefined;
  readonly vatRate?: number | undefined;
  readonly expiresOn?: string | undefined;
};

function nameVoucher(ledger: Ledger, changes: Changes, sold: NamedVoucher, sign: 1 | -1): void {
  const { voucher, kind, category, vatRate, expiresOn } = sold;
  if (sign === 1) changes.set(ledger.vouchers, voucher, { kind, category, vatRate, expiresOn });
  else changes.delete(ledger.vouchers, voucher);
}

/** A Z number is used once per till and source; taking the Z back frees it. */
function nameZ(
  changes: Changes,
  till: Till,
  day: Day | undefined,
  z: { readonly number: string; readonly system?: string | undefined },
  event: LedgerEvent,
  sign: 1 | -1,
): void {
  const key = zNumberKey(z.system, z.number);
  if (sign === 1) {
    changes.set(till.zNumbers, key, event.entry?.id ?? '');
    if (day) changes.set(day.zNumbers, key, z.number);
  } else {
    changes.delete(till.zNumbers, key);
    if (day) changes.delete(day.zNumbers, key);
  }
}

export function zNumberKey(system: string | undefined, number: string): string {
  return pairKey(system ?? '', number);
}
