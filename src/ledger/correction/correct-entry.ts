import type { Day as BusinessDate, Instant } from '../../kernel/day';
import type { Correction } from '../../kernel/event';
import { type Posting, reversed } from '../../kernel/postings';
import { Refusal } from '../../kernel/refusal';
import type { LedgerDraft, LedgerEvent } from '../events';
import { businessDay, type Ledger, requireTill } from '../ledger';
import { isMovementType, type MovementFacts } from '../movements';
import {
  companyPlace,
  correctionOf,
  type Place,
  recordingDay,
  refuseFuture,
  tillPlace,
  type TillPlace,
} from '../place';
import { withGivenBack } from '../postings-of';
import type { CorrectionEntry, Replacement } from './entry';
import { MovementReversed } from './events';

/** The events of an entry that a correction takes back: its movements, not its reversals. */
export function reversibleEvents(
  entry: string,
  events: readonly LedgerEvent[],
  ledger: Ledger,
): LedgerEvent[] {
  const by = ledger.corrected.get(entry);
  if (by !== undefined)
    throw new Refusal('entry-already-corrected', { pointer: '/corrects', entry, correctedBy: by });
  const movements = events.filter((event) => isMovementType(event.type));
  if (movements.length === 0) {
    const type = events[0]?.entry?.type;
    throw new Refusal(type === undefined ? 'unknown-entry' : 'entry-not-correctable', {
      pointer: '/corrects',
      entry,
      type,
    });
  }
  return movements;
}

/**
 * A correction and its replacement find their day by themselves; what they say of day and instant is held to the rule of
 * every entry all the same, since the journal prints it.
 *
 * @throws Refusal day-in-future
 */
export function refuseFutureCorrection(entry: CorrectionEntry, ledger: Ledger, now: Instant): void {
  refuseFutureFields(entry, '', ledger, now);
  if (entry.replacement) refuseFutureFields(entry.replacement, '/replacement', ledger, now);
}

function refuseFutureFields(
  { businessDate, occurredAt }: Pick<CorrectionEntry, 'businessDate' | 'occurredAt'>,
  within: string,
  ledger: Ledger,
  now: Instant,
): void {
  if (businessDate !== undefined) refuseFuture(ledger, businessDate, now, `${within}/businessDate`);
  if (occurredAt !== undefined)
    refuseFuture(ledger, businessDay(ledger, occurredAt), now, `${within}/occurredAt`);
}

/** Where an event of a correction stands, or what it corrects. */
type Standing = Pick<LedgerDraft, 'till' | 'businessDate'> & {
  readonly correction?: Omit<Correction, 'givenBack'> | undefined;
};

/**
 * Beside `corrects`, a till or a day moves nothing: the original says where. One that neither the original has nor what
 * is recorded for it would be ignored in silence, so it is taken for a mistake in the id. Where there is no till at all,
 * as with a bank's confirmation, any that exists may be named, as in the original.
 *
 * @throws Refusal unknown-till, unknown-entry
 */
export function requireNamedPlace(
  entry: CorrectionEntry,
  standing: readonly Standing[],
  ledger: Ledger,
  now: Instant,
): void {
  const { till, businessDate, corrects, occurredAt = now } = entry;
  if (corrects === undefined) return;
  if (till !== undefined) {
    requireTill(ledger, till);
    const tills = standing.flatMap((event) => event.till ?? []);
    if (tills.length > 0 && !tills.includes(till))
      throw new Refusal('unknown-entry', { pointer: '/till', entry: corrects, till });
  }
  // The day on which it is sent, which a POS may stamp on whatever it sends, says nothing of what it corrects.
  if (businessDate === undefined || businessDate === businessDay(ledger, occurredAt)) return;
  const days = standing.flatMap((event) => [event.businessDate, event.correction?.restates.businessDate]);
  if (!days.includes(businessDate))
    throw new Refusal('unknown-entry', { pointer: '/businessDate', entry: corrects, businessDate });
}

/** The reversals of an entry's events, in the original's day if it is open, else in the till's latest open day. */
export function reverseEntry(
  entry: CorrectionEntry,
  originals: readonly LedgerEvent[],
  ledger: Ledger,
  now: Instant,
): LedgerDraft[] {
  return reversibleEvents(entry.corrects ?? '', originals, ledger).map((original) =>
    reversalDraft(entry, original, ledger, now),
  );
}

function reversalDraft(
  entry: CorrectionEntry,
  original: LedgerEvent,
  ledger: Ledger,
  now: Instant,
): LedgerDraft {
  const movement = movementOf(original);
  const about = restatedDay(original);
  const correction = {
    reason: entry.reason,
    corrects: correctsOf(original),
    restates: { till: original.till, businessDate: about },
  };
  const till = original.till === undefined ? undefined : requireTill(ledger, original.till);
  const own = original.businessDate;
  const date = till ? recordingDay(ledger, till, { about, now, own }) : companyDay(ledger, about, now);
  const place = placeAt(entry, { date, about, now, correction });
  const moved = reversed(ownPostings(original));
  const full = correctionOf(ledger, { ...place, till: till?.code }, moved, dayMovedOn(original));
  const postings = withGivenBack(moved, till?.code, full);
  return {
    type: 'MovementReversed',
    schemaVersion: MovementReversed.schemaVersion,
    data: { original: movement },
    postings: postings.length > 0 ? postings : undefined,
    till: till?.code,
    businessDate: date,
    occurredAt: place.occurredAt,
    document: 'correction',
    correction: full,
  };
}

/**
 * Where the original stands in the till, per method: on its own day, whatever day it restates; what it gave back itself
 * stands nowhere, since a count of the restated day had shown it.
 */
function dayMovedOn(original: LedgerEvent): (method: string) => BusinessDate {
  const givenBack = new Set(original.correction?.givenBack?.map(({ method }) => method));
  const own = original.businessDate ?? restatedDay(original);
  return (method) => (givenBack.has(method) ? restatedDay(original) : own);
}

/** What the original posted, as it is stored; what it gave back besides is worked out anew. */
function ownPostings({ postings = [], till, correction }: LedgerEvent): readonly Posting[] {
  return postings.slice(0, postings.length - withGivenBack([], till, correction).length);
}

function movementOf(original: LedgerEvent): MovementFacts {
  if (!isMovementType(original.type)) throw new Error(`${original.type} is no movement`);
  return { type: original.type, data: original.data } as MovementFacts;
}

/** The day that the original is about: its own, or, for the replacement of an earlier correction, the restated one. */
function restatedDay(original: LedgerEvent): BusinessDate {
  return original.correction?.restates.businessDate ?? (original.businessDate as BusinessDate);
}

function correctsOf(original: LedgerEvent): NonNullable<Correction['corrects']> {
  const { entry, sequence, till, businessDate } = original;
  if (!entry) throw new Error(`event ${sequence} belongs to no entry`);
  return { entry: entry.id, sequence, type: entry.type, till, businessDate };
}

/** What belongs to no till day is corrected today, on the company's own date. */
function companyDay(ledger: Ledger, about: BusinessDate, now: Instant): BusinessDate {
  const today = businessDay(ledger, now);
  return about > today ? about : today;
}

type When = {
  readonly date: BusinessDate;
  readonly about: BusinessDate;
  readonly now: Instant;
  readonly correction: Omit<Correction, 'givenBack'>;
};

function placeAt(entry: CorrectionEntry, { date, about, now, correction }: When): Place {
  return {
    entry: entry.id,
    now,
    occurredAt: entry.occurredAt ?? now,
    date,
    about,
    system: entry.source?.system,
    correction,
  };
}

/** Entry types that open no till day and need no till. */
const COMPANY_TYPES: ReadonlySet<string> = new Set(['deposit-confirmation', 'voucher-expiry']);

type Replacing = CorrectionEntry & { readonly replacement: Replacement };

/**
 * Where a replacement is recorded and which day it restates: the original's till and day unless it names others.
 *
 * @throws Refusal date-required (an omission that names no day), till-required, unknown-till, day-in-future
 */
export function replacementPlace(
  entry: Replacing,
  originals: readonly LedgerEvent[],
  ledger: Ledger,
  now: Instant,
): Place & { readonly till?: string | undefined } {
  const { replacement } = entry;
  const original = originals.find((event) => isMovementType(event.type));
  const about = replacement.businessDate ?? (original ? restatedDay(original) : entry.businessDate);
  if (about === undefined) throw new Refusal('date-required', { pointer: '/replacement/businessDate' });
  if (COMPANY_TYPES.has(replacement.type)) {
    const place = companyPlace(ledger, { ...replacement, id: entry.id, businessDate: about }, now);
    const correction = correctionAt(entry, original, undefined, about);
    return { ...place, date: companyDay(ledger, about, now), about, correction };
  }
  return tillReplacementPlace(entry, original, { about, now }, ledger);
}

function tillReplacementPlace(
  entry: Replacing,
  original: LedgerEvent | undefined,
  { about, now }: Pick<Place, 'about' | 'now'>,
  ledger: Ledger,
): TillPlace {
  const { replacement } = entry;
  const code = replacement.till ?? original?.till ?? entry.till;
  if (code === undefined) throw new Refusal('till-required', { pointer: '/replacement/till' });
  const till = requireTill(ledger, code, '/replacement/till');
  const businessDate = recordingDay(ledger, till, { about, now, own: ownDay(original, code) });
  return {
    ...tillPlace(ledger, { ...replacement, id: entry.id, businessDate, till: code }, now),
    about,
    correction: correctionAt(entry, original, code, about),
    ...replacedBy(original, code, about),
    system: replacement.source?.system ?? entry.source?.system ?? systemOf(original),
    occurredAt: replacement.occurredAt ?? entry.occurredAt ?? now,
  };
}

function replacedBy(original: LedgerEvent | undefined, till: string, about: BusinessDate) {
  if (!original) return {};
  return {
    replaces: movementOf(original),
    isMoved: restatedDay(original) !== about || original.till !== till,
  };
}

/** Who corrects a Z-ticket by hand leaves it the number of the POS that printed it: that is not free for another one. */
function systemOf(original: LedgerEvent | undefined): string | undefined {
  if (original?.type === 'ZTicketRecorded' || original?.type === 'ZTicketChecked')
    return original.data.system;
  return original?.entry?.source?.system;
}

/** The original's own day, if it is of the same till. */
function ownDay(original: LedgerEvent | undefined, till: string): BusinessDate | undefined {
  return original?.till === till ? original.businessDate : undefined;
}

function correctionAt(
  { reason }: Replacing,
  original: LedgerEvent | undefined,
  till: string | undefined,
  businessDate: BusinessDate,
): Omit<Correction, 'givenBack'> {
  const corrects = original ? correctsOf(original) : undefined;
  return { reason, corrects, restates: { till, businessDate } };
}
