import { SAFE, readTillAccount } from '../kernel/account';
import { addDays, type Day as BusinessDate, type Instant } from '../kernel/day';
import type { Correction } from '../kernel/event';
import { cents } from '../kernel/money';
import { type Posting, PostingsBuilder } from '../kernel/postings';
import { Refusal } from '../kernel/refusal';
import type { LedgerDraft } from './events';
import { businessDay, isCounted, type Ledger, methodOn, requireTill, type Till } from './ledger';
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
  const system = entry.source?.system;
  return { entry: entry.id, now, occurredAt, date, about: date, system, correction: undefined };
}

/** @throws Refusal till-required, unknown-till, day-in-future, day-closed */
export function tillPlace(ledger: Ledger, entry: Placed, now: Instant): TillPlace {
  if (entry.till === undefined) throw new Refusal('till-required', { pointer: '/till' });
  const till = requireTill(ledger, entry.till);
  const place = companyPlace(ledger, entry, now);
  refuseClosed(till, place.date);
  return { ...place, till: till.code };
}

/** A till may be ahead of the company by a night, not by more. */
export function refuseFuture(ledger: Ledger, date: BusinessDate, now: Instant): void {
  const tomorrow = addDays(businessDay(ledger, now), 1);
  if (date > tomorrow)
    throw new Refusal('day-in-future', { pointer: '/businessDate', businessDate: date, tomorrow });
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

/** @throws Refusal safe-has-no-sales */
export function refuseSafe(place: TillPlace): void {
  if (place.till === SAFE) throw new Refusal('safe-has-no-sales', { pointer: '/till' });
}

/**
 * The draft of a movement at its place: its postings follow from its facts. A correction that is restated on a
 * closed day gives back, per counted method, what that day's closing count had already shown.
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

/** The envelope's `correction`, with what must be given back for these postings. */
export function correctionOf(
  ledger: Ledger,
  place: Place & { readonly till?: string | undefined },
  postings: readonly Posting[],
): Correction | undefined {
  const { correction } = place;
  if (!correction) return undefined;
  const till = place.till === undefined ? undefined : ledger.tills.get(place.till);
  if (!till || !isClosed(till, correction.restates.businessDate)) return correction;
  const shown = new PostingsBuilder();
  for (const { account, amount } of postings) {
    const means = readTillAccount(account);
    const method =
      means === null ? undefined : methodOn(ledger, means.method, correction.restates.businessDate);
    if (means && method && isCounted(method)) shown.add(means.method, -amount);
  }
  const givenBack = netByMethod(shown);
  return givenBack.length === 0 ? correction : { ...correction, givenBack };
}

function netByMethod(shown: PostingsBuilder) {
  const net = new Map<string, number>();
  for (const [method, amount] of shown.entries()) net.set(method, (net.get(method) ?? 0) + amount);
  return [...net]
    .filter(([, amount]) => amount !== 0)
    .map(([method, amount]) => ({ method, amount: cents(amount) }));
}
