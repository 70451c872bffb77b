import { SAFE, readTillAccount } from '../kernel/account';
import { addDays, type Day as BusinessDate, type Instant } from '../kernel/day';
import type { Correction } from '../kernel/event';
import { cents } from '../kernel/money';
import { type Posting, PostingsBuilder } from '../kernel/postings';
import { Refusal } from '../kernel/refusal';
import type { LedgerDraft } from './events';
import { openDays } from './till-days';
import { businessDay, type Ledger, requireTill, type Till } from './ledger';
import type { MovementFacts } from './movements';
import { postingsOfMovement, withGivenBack } from './postings-of';

/** Where and when an entry is recorded, worked out once before its decision. */
export type Place = {
  readonly entry: string;
  readonly now: Instant;
  readonly occurredAt: Instant;
  /** The business day that the entry is recorded on. */
  readonly date: BusinessDate;
  /** The day that it is about, whose settings count: the restated day of a correction, else `date`. */
  readonly about: BusinessDate;
  /** The POS that sent it. */
  readonly system: string | undefined;
  readonly correction: Omit<Correction, 'givenBack'> | undefined;
  /** What a replacement stands in for; absent for an entry of its own and for an omission. */
  readonly replaces?: MovementFacts | undefined;
  /** Whether that was of another till or day: then it says nothing of how this day was fed. */
  readonly isMoved?: boolean;
};

/** A place on a till (or on the safe). */
export type TillPlace = Place & { readonly till: string };

type Placed = {
  readonly id: string;
  readonly till?: string | undefined;
  readonly businessDate?: BusinessDate | undefined;
  readonly occurredAt?: Instant | undefined;
  readonly source?: { readonly system: string } | undefined;
};

/** @throws Refusal day-in-future */
export function companyPlace(ledger: Ledger, entry: Placed, now: Instant): Place {
  const occurredAt = entry.occurredAt ?? now;
  const date = entry.businessDate ?? businessDay(ledger, occurredAt);
  refuseFuture(ledger, date, now);
  // A day that is named says nothing of the instant, which the journal prints.
  if (entry.occurredAt !== undefined && entry.businessDate !== undefined)
    refuseFuture(ledger, businessDay(ledger, entry.occurredAt), now, '/occurredAt');
  const system = entry.source?.system;
  return { entry: entry.id, now, occurredAt, date, about: date, system, correction: undefined };
}

/** @throws Refusal till-required, unknown-till, day-in-future, day-closed */
export function tillPlace(ledger: Ledger, entry: Placed, now: Instant): TillPlace {
  if (entry.till === undefined) throw new Refusal('till-required', { pointer: '/till' });
  const till = requireTill(ledger, entry.till);
  const { occurredAt, date, system } = companyPlace(ledger, entry, now);
  refuseClosed(till, date);
  return {
    entry: entry.id,
    now,
    occurredAt,
    date,
    about: date,
    system,
    correction: undefined,
    till: till.code,
  };
}

/** A till may be ahead of the company by a night, not by more. */
export function refuseFuture(
  ledger: Ledger,
  date: BusinessDate,
  now: Instant,
  pointer = '/businessDate',
): void {
  const today = businessDay(ledger, now);
  if (date <= today) return;
  const tomorrow = addDays(today, 1);
  if (date > tomorrow) throw new Refusal('day-in-future', { pointer, businessDate: date, tomorrow });
}

export function refuseClosed(till: Till, date: BusinessDate): void {
  if (!isClosed(till, date)) return;
  throw new Refusal('day-closed', {
    pointer: '/businessDate',
    till: till.code,
    businessDate: date,
    closedThrough: till.closedThrough ?? undefined,
  });
}

export function isClosed(till: Till, date: BusinessDate): boolean {
  return till.closedThrough !== null && date <= till.closedThrough;
}

/**
 * Where a correction is recorded: the day that it is about if that is open, else the original's `own` day (another
 * one, if the original is itself a correction's replacement), else the till's latest open day, else today's, or the
 * day after when today's is closed too.
 *
 * @throws Refusal day-in-future
 */
export function recordingDay(
  ledger: Ledger,
  till: Till,
  { about, now, own }: Pick<Place, 'about' | 'now'> & { readonly own?: BusinessDate | undefined },
): BusinessDate {
  if (!isClosed(till, about)) return about;
  if (own !== undefined && !isClosed(till, own)) return own;
  const latest = openDays(till).at(-1);
  if (latest) return latest.date;
  const today = businessDay(ledger, now);
  const date = isClosed(till, today) ? addDays(till.closedThrough ?? today, 1) : today;
  refuseFuture(ledger, date, now);
  return date;
}

/**
 * The place of the same entry on one of its tills. A correction finds its day on each till by itself, since one may
 * have closed a day that is open on the other.
 *
 * @throws Refusal unknown-till, day-closed
 */
export function placeOnTill(ledger: Ledger, place: TillPlace, code: string, pointer?: string): TillPlace {
  if (code === place.till) return place;
  const till = requireTill(ledger, code, pointer);
  const { correction } = place;
  if (!correction) {
    refuseClosed(till, place.date);
    return { ...place, till: code };
  }
  const restates = { ...correction.restates, till: code };
  const date = recordingDay(ledger, till, place);
  return { ...place, till: code, date, correction: { ...correction, restates } };
}

/** What a replacement stands in for on this very till and day. */
export function replacedHere({ replaces, isMoved }: Place): MovementFacts | undefined {
  return isMoved === true ? undefined : replaces;
}

/** @throws Refusal safe-has-no-sales */
export function refuseSafe(place: TillPlace): void {
  if (place.till === SAFE) throw new Refusal('safe-has-no-sales', { pointer: '/till' });
}

/**
 * The draft of a movement at its place: its postings follow from its facts. A correction gives back, per method, what a
 * closing count of the day that it restates, or of a later one, or the opening count of a later one had already shown.
 */
export function movementDraft(
  ledger: Ledger,
  place: Place & { readonly till?: string | undefined },
  movement: MovementFacts & { readonly schemaVersion: number },
  document: string,
): LedgerDraft {
  const own = postingsOfMovement(place.till, movement);
  const correction = correctionOf(ledger, place, own);
  const postings = withGivenBack(own, place.till, correction);
  const facts = {
    type: movement.type,
    schemaVersion: movement.schemaVersion,
    data: movement.data,
    postings: postings.length > 0 ? postings : undefined,
    till: place.till,
    businessDate: place.date,
    occurredAt: place.occurredAt,
    document,
    correction,
  };
  // The type and the data come from one member of the union; the spread loses that they belong together.
  return facts as LedgerDraft;
}

/**
 * The envelope's `correction`, with what must be given back for these postings: what a count has shown since the day that
 * is restated, or since the day that `movedOn` says of a method.
 */
export function correctionOf(
  ledger: Ledger,
  place: Place & { readonly till?: string | undefined },
  postings: readonly Posting[],
  movedOn?: (method: string) => BusinessDate,
): Correction | undefined {
  const { correction } = place;
  if (!correction) return undefined;
  const { businessDate } = correction.restates;
  const till = place.till === undefined ? undefined : ledger.tills.get(place.till);
  if (!till) return correction;
  const shown = new PostingsBuilder();
  for (const { account, amount } of postings) {
    const means = readTillAccount(account);
    if (means && wasCountedSince(till, means.method, movedOn?.(means.method) ?? businessDate))
      shown.add(means.method, -amount);
  }
  const givenBack = netByMethod(shown);
  return givenBack.length === 0 ? correction : { ...correction, givenBack };
}

/** Whether a closing has counted a method on a day or on any later one, or the opening of a later one was counted. */
function wasCountedSince({ countedThrough, days }: Till, method: string, date: BusinessDate): boolean {
  const counted = countedThrough.get(method);
  if (counted !== undefined && counted >= date) return true;
  // Before the first closing that counts it: of a method that was not counted until then.
  for (const day of days.values())
    if (day.date > date && (day.openingCounts.get(method) ?? 0) > 0) return true;
  return false;
}

function netByMethod(shown: PostingsBuilder) {
  const net = new Map<string, number>();
  for (const [method, amount] of shown.entries()) net.set(method, (net.get(method) ?? 0) + amount);
  return [...net]
    .filter(([, amount]) => amount !== 0)
    .map(([method, amount]) => ({ method, amount: cents(amount) }));
}
