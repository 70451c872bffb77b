import { readTillAccount } from '../kernel/account';
import type { Changes } from '../kernel/changes';
import type { Day as BusinessDate, Instant } from '../kernel/day';
import type { Actor, EntryReference, Source } from '../kernel/event';
import { exact, LARGEST_AMOUNT, sumOf } from '../kernel/money';
import type { Posting } from '../kernel/postings';
import { Refusal } from '../kernel/refusal';
import { unreachable } from '../kernel/unreachable';
import { alertChanges } from './alert/watch';
import { moveCash } from './cash-movement/move-cash';
import { closeDay, type Sealing } from './closing/close-day';
import { addComment } from './comment/add-comment';
import {
  refuseFutureCorrection,
  replacementPlace,
  requireNamedPlace,
  reverseEntry,
} from './correction/correct-entry';
import type { SettingsChanged } from './company/events';
import type { CorrectionEntry, Replacement } from './correction/entry';
import { countTill } from './count/count-till';
import { repayCredit } from './customer-credit/repay-credit';
import { lowestBalance, openDays } from './till-days';
import { confirmDeposit, makeDeposit } from './deposit/make-deposit';
import type { Entry } from './entries';
import type { LedgerDraft, LedgerEvent } from './events';
import { documentKey, evolve } from './evolve';
import { recordExpense } from './expense/record-expense';
import { businessDay, feedOn, isCash, type Ledger, settingsOn, type Till, tillBalance } from './ledger';
import { explainOverpayment } from './overpayment/explain-overpayment';
import { companyPlace, type Place, tillPlace, type TillPlace } from './place';
import { recordSale } from './sale/record-sale';
import type { TillChanged } from './till/events';
import { makeTransfer } from './transfer/make-transfer';
import { expireVoucher, refundVoucher, sellVoucher } from './voucher/record-voucher';
import { recordZTicket } from './z-ticket/record-z-ticket';

/** The client's request behind a write, as it will stand in the events. */
export type Request = Omit<EntryReference, 'index' | 'count'>;

/** What the domain takes from outside while it decides and folds: state, time, identity, seals. */
export type Book = Sealing & {
  readonly ledger: Ledger;
  readonly changes: Changes;
  readonly now: Instant;
  readonly actor: Actor;
  /** A new event id. */
  readonly nextId: () => string;
  /** Called with each event as soon as it is folded, in order: links it into the chain. */
  readonly link: (event: LedgerEvent) => void;
};

/**
 * Takes an entry in: decides, folds, judges the invariants. Answers its events, the alerts it raised among them. On
 * a refusal the ledger is as it was; the caller's chain must be rolled back to the same mark.
 *
 * `originals` are the events of the entry that a correction names, or a comment on one that is not remembered, loaded by
 * the caller; empty if there is none.
 *
 * @throws Refusal
 */
export function recordEntry(
  book: Book,
  entry: Entry,
  request: Request,
  originals: readonly LedgerEvent[],
): LedgerEvent[] {
  if (entry.training === true) throw new Refusal('training-not-available', { pointer: '/training' });
  const drafts =
    entry.type === 'correction'
      ? decideCorrection(book, entry, originals)
      : decideEntry(book, entry, originals);
  return recordDrafts(book, drafts, request);
}

/** Takes decided events in, judged as one entry. @throws Refusal cash-balance-negative, voucher-insufficient … */
export function recordDrafts(
  book: Book,
  drafts: readonly LedgerDraft[],
  request: Request | null,
): LedgerEvent[] {
  const events = drafts.map((draft, index) => {
    const event = take(book, draft, request ? entryReference(request, index, drafts.length) : undefined);
    book.link(event);
    return event;
  });
  judge(book.ledger, events);
  for (const { till, date, today } of [...tillDays(events), ...tillsOfSettings(book, events)]) {
    for (const draft of alertChanges(book.ledger, till, date, today)) {
      // Nobody entered it: the service saw it.
      const event = take({ ...book, actor: SERVICE }, draft, undefined);
      book.link(event);
      events.push(event);
    }
  }
  return events;
}

const SERVICE: Actor = { id: 'system', role: 'system', via: 'system' };

function entryReference(request: Request, index: number, count: number): EntryReference {
  const { comment, id, payloadHash, reference, source, type } = request;
  return { comment, count, id, index, payloadHash, reference, source, type };
}

/** The table: which decision answers which entry. Each works out its place, then decides. */

function decideEntry(
  book: Book,
  entry: Exclude<Entry, CorrectionEntry>,
  named: readonly LedgerEvent[],
): LedgerDraft[] {
  const { ledger, now } = book;
  switch (entry.type) {
    case 'deposit-confirmation':
      return confirmDeposit(entry, ledger, companyPlace(ledger, entry, now));
    case 'voucher-expiry':
      return expireVoucher(entry, ledger, companyPlace(ledger, entry, now));
    case 'comment':
      return addComment(entry, ledger, companyPlace(ledger, entry, now), named);
    case 'count':
      return countTill(entry, ledger, tillPlace(ledger, entry, now));
    case 'day-closure':
      return closeDay(entry, ledger, tillPlace(ledger, entry, now), book);
    case 'sale':
    case 'z-ticket':
    case 'expense':
    case 'deposit':
    case 'cash-in':
    case 'cash-out':
    case 'transfer':
    case 'overpayment':
    case 'credit-repayment':
    case 'voucher-sale':
    case 'voucher-refund':
      return decideMovement(entry, ledger, tillPlace(ledger, entry, now));
    default:
      return unreachable(entry);
  }
}

type TillMovement = Exclude<
  Replacement & { readonly id: string },
  { type: 'deposit-confirmation' } | { type: 'voucher-expiry' }
>;

function decideMovement(entry: TillMovement, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  switch (entry.type) {
    case 'sale':
      return recordSale(entry, ledger, place);
    case 'z-ticket':
      return recordZTicket(entry, ledger, place);
    case 'expense':
      return recordExpense(entry, ledger, place);
    case 'deposit':
      return makeDeposit(entry, ledger, place);
    case 'cash-in':
    case 'cash-out':
      return moveCash(entry, ledger, place);
    case 'transfer':
      return makeTransfer(entry, ledger, place);
    case 'overpayment':
      return explainOverpayment(entry, ledger, place);
    case 'credit-repayment':
      return repayCredit(entry, ledger, place);
    case 'voucher-sale':
      return sellVoucher(entry, ledger, place);
    case 'voucher-refund':
      return refundVoucher(entry, ledger, place);
    default:
      return unreachable(entry);
  }
}

/**
 * A reversal and a replacement. The replacement is decided on the ledger as it is once the original is reversed (its
 * Z number is free, its cash is back); then all is taken back, so that both are taken in as one entry.
 */
function decideCorrection(
  book: Book,
  entry: CorrectionEntry,
  originals: readonly LedgerEvent[],
): LedgerDraft[] {
  const { ledger, changes, now } = book;
  if (entry.corrects === undefined && entry.replacement === undefined) {
    throw new Refusal('unknown-entry', { pointer: '/corrects' });
  }
  refuseFutureCorrection(entry, ledger, now);
  const reversals = entry.corrects === undefined ? [] : reverseEntry(entry, originals, ledger, now);
  const { replacement } = entry;
  const standing = [...originals, ...reversals];
  if (replacement === undefined) {
    requireNamedPlace(entry, standing, ledger, now);
    return reversals;
  }
  const place = replacementPlace({ ...entry, replacement }, originals, ledger, now);
  requireNamedPlace(entry, [...standing, { ...place, businessDate: place.date }], ledger, now);
  const mark = changes.mark();
  try {
    reversals.forEach((draft) => take(book, draft, undefined));
    return [...reversals, ...decideReplacement(replacement, ledger, place)];
  } catch (error) {
    if (error instanceof Refusal) throw insideReplacement(error);
    throw error;
  } finally {
    changes.rollback(mark);
  }
}

function decideReplacement(
  replacement: Replacement,
  ledger: Ledger,
  place: Place & { readonly till?: string | undefined },
): LedgerDraft[] {
  if (replacement.type === 'deposit-confirmation') {
    return confirmDeposit({ ...replacement, id: place.entry }, ledger, place);
  }
  if (replacement.type === 'voucher-expiry')
    return expireVoucher({ ...replacement, id: place.entry }, ledger, place);
  return decideMovement({ ...replacement, id: place.entry }, ledger, place as TillPlace);
}

function insideReplacement({ code, facts }: Refusal): Refusal {
  return new Refusal(code, { ...facts, pointer: `/replacement${facts.pointer ?? ''}` });
}

/** Gives a draft its numbers and folds it. */
function take(book: Book, draft: LedgerDraft, entry: EntryReference | undefined): LedgerEvent {
  const { ledger, changes } = book;
  const till = draft.till === undefined ? undefined : ledger.tills.get(draft.till);
  const event = {
    actor: book.actor,
    businessDate: draft.businessDate,
    correction: draft.correction,
    data: draft.data,
    document: documentOf(ledger, draft),
    entry,
    id: book.nextId(),
    ledger: ledger.id,
    occurredAt: draft.occurredAt,
    postings: draft.postings,
    // The chain fills it in when the event is linked.
    prevHash: '',
    recordedAt: book.now,
    schemaVersion: draft.schemaVersion,
    sequence: ledger.sequence + 1,
    till: draft.till,
    tillSequence: draft.till === undefined ? undefined : (till?.tillSequence ?? 0) + 1,
    type: draft.type,
  } as LedgerEvent;
  evolve(ledger, changes, event);
  return event;
}

function documentOf(ledger: Ledger, { document, till }: LedgerDraft) {
  if (document === undefined) return undefined;
  return { number: (ledger.documents.get(documentKey(till, document)) ?? 0) + 1, type: document };
}

/** What must hold after each entry, judged on its net: cash on no line below zero, no voucher or deposit overdrawn. */
function judge(ledger: Ledger, events: readonly LedgerEvent[]): void {
  for (const event of events) {
    for (const posting of event.postings ?? []) {
      const path = posting.account;
      if (path.startsWith('voucher/') || path.startsWith('memo/voucher/')) judgeVoucher(ledger, path);
      else if (path.startsWith('transit/') && !path.startsWith('transit/tills/')) judgeDeposit(ledger, path);
      else if (path.startsWith('customer/') && posting.amount < 0) judgeCustomer(ledger, posting, event);
    }
    if (event.type !== 'DayClosed') judgeCash(ledger, event);
    judgeOpening(ledger, event);
    judgeTotals(ledger, event);
  }
}

/** A count has shown what a day began with: no day that was never opened is put before it any more. */
function judgeOpening(ledger: Ledger, { till: code, businessDate: date, tillSequence }: LedgerEvent): void {
  const till = code === undefined ? undefined : ledger.tills.get(code);
  if (!till || date === undefined || till.days.get(date)?.firstTillSequence !== tillSequence) return;
  for (const later of openDays(till)) {
    const isCounted = [...later.openingCounts.values()].some((counts) => counts > 0);
    if (later.date <= date || !isCounted) continue;
    const facts = { till: till.code, businessDate: date, counted: later.date };
    throw new Refusal('opening-counted', { pointer: '/businessDate', ...facts });
  }
}

/** What closing the till's open days will add up to, per VAT rate, is exact: else they could never be closed. */
function judgeTotals(ledger: Ledger, event: LedgerEvent): void {
  const till = event.till === undefined ? undefined : ledger.tills.get(event.till);
  if (!till || event.businessDate === undefined) return;
  for (const [rate, { absolute }] of till.days.get(event.businessDate)?.turnover ?? []) {
    // A day's turnover of a rate that one field can hold leaves room for all the days of a company.
    if (absolute > LARGEST_AMOUNT) requireExactTotal(till, rate);
  }
}

function requireExactTotal({ days, perpetual }: Till, rate: number): void {
  let total = perpetual.get(rate)?.absolute ?? 0;
  for (const { turnover } of days.values()) total = exact(total + (turnover.get(rate)?.absolute ?? 0));
}

function judgeVoucher(ledger: Ledger, path: string): void {
  const balance = ledger.balances.get(path) ?? 0;
  if (balance <= 0) return;
  const voucher = path.slice(path.lastIndexOf('/') + 1);
  throw new Refusal('voucher-insufficient', { voucher, missing: balance });
}

/** A deposit that the bank has credited in part can no longer be taken back whole. */
function judgeDeposit(ledger: Ledger, path: string): void {
  if ((ledger.balances.get(path) ?? 0) >= 0) return;
  throw new Refusal('deposit-confirmed', {
    pointer: '/corrects',
    deposit: path.slice(path.lastIndexOf('/') + 1),
  });
}

/** A customer is owed something only by what gives back: a refund, a reversal, a voucher that is paid back. */
function judgeCustomer(ledger: Ledger, { account, amount }: Posting, event: LedgerEvent): void {
  const balance = ledger.balances.get(account) ?? 0;
  if (balance >= 0 || givesBack(event, Math.min(0, balance - amount) - balance)) return;
  throw new Refusal('repayment-exceeds-debt', { pointer: '/payments', missing: -balance });
}

/** A sale leaves a customer as much to receive as its negative lines took back; what it credits besides repays a debt. */
function givesBack(event: LedgerEvent, toReceive: number): boolean {
  if (event.type === 'SaleRecorded')
    return toReceive <= sumOf(event.data.lines, ({ gross }) => Math.max(0, -gross));
  return event.type !== 'VoucherSold' && event.type !== 'CreditRepaid';
}

function judgeCash(ledger: Ledger, event: LedgerEvent): void {
  const till = event.till === undefined ? undefined : ledger.tills.get(event.till);
  const date = event.businessDate;
  if (!till || date === undefined) return;
  for (const { account: path, amount } of event.postings ?? []) {
    if (amount >= 0) continue;
    const means = readTillAccount(path);
    if (!means || !isCash(ledger, means.method, date)) continue;
    // A till fed by Z-tickets does not know its cash before the Z: it is judged when its day is closed.
    const lowest = lowestBalance(till, means.method, date, (day) => feedOn(till, day) !== 'z-ticket');
    if (!lowest || lowest.amount >= 0) continue;
    throw new Refusal('cash-balance-negative', {
      till: till.code,
      method: means.method,
      businessDate: lowest.date,
      missing: -lowest.amount,
    });
  }
}

/** The tills and days whose alerts an entry may have changed. */
function tillDays(events: readonly LedgerEvent[]): Watched[] {
  const watched: Watched[] = [];
  for (const { till, businessDate: date } of events) {
    if (till === undefined || date === undefined) continue;
    if (!watched.some((one) => one.till === till && one.date === date)) watched.push({ till, date });
  }
  return watched;
}

type Watched = { readonly till: string; readonly date: BusinessDate; readonly today?: BusinessDate };

/**
 * A change of limits, methods or feeds may begin or end an alert on any till, from the day on from which it counts;
 * balances are of today, so that a change that is dated ahead says nothing of them yet. The settings that a ledger
 * opens with are no change: its tills are judged once something happens on them.
 */
function tillsOfSettings({ ledger, now }: Book, events: readonly LedgerEvent[]): Watched[] {
  if (events[0]?.type === 'LedgerOpened') return [];
  const [date] = events
    .filter(isWatchedSetting)
    .map(({ data }) => data.effectiveFrom)
    .sort();
  if (date === undefined) return [];
  const today = businessDay(ledger, now);
  return [...ledger.tills.keys()].map((till) => ({ till, date, today }));
}

function isWatchedSetting(event: LedgerEvent): event is SettingsChanged | TillChanged {
  if (event.type === 'TillChanged') return true;
  return event.type === 'SettingsChanged' && ['thresholds', 'methods'].includes(event.data.part);
}

/** The balances that an answer shows: one per method that the till can hold, in cents. */
export function balancesOfTill(ledger: Ledger, till: string, date: BusinessDate): Record<string, number> {
  const balances: Record<string, number> = {};
  for (const { code, kind } of settingsOn(ledger, 'methods', date)) {
    if (kind !== 'credit' && kind !== 'voucher') balances[code] = tillBalance(ledger, till, code);
  }
  return balances;
}

/** Builds the reference that an entry's events carry. */
export function requestOf(entry: Entry, payloadHash: string): Request {
  const { id, type, reference, comment } = entry;
  const source = entry.source ? sourceOf(entry.source) : undefined;
  // Closures and comments hold their text themselves.
  const own = type === 'day-closure' || type === 'comment';
  return { id, type, payloadHash, reference, comment: own ? undefined : comment, source };
}

function sourceOf({ sequence, system }: Source): Source {
  return { sequence, system };
}
