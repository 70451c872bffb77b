import { dayNotes } from '../../projections/day-notes';
import { entries } from '../../projections/entries';
import { journal, type JournalEvent, NO_TILL, placeOfKey } from '../../projections/journal';
import type { Day } from '../kernel/day';
import type { LedgerEvent } from '../ledger/events';
import { decodeStoredEvent } from '../platform/codec';
import type { Plain } from '../platform/http/plain';
import type { EventStore } from '../ports/event-store';
import type { EntryCommentDto, EntryDto, EntryEventDto, EntryRowDto } from './entries.dto';
import { afterKey, type Keyed, type ReadModels } from './read-models';

export type EntryFilter = {
  readonly from?: Day | undefined;
  readonly to?: Day | undefined;
  readonly till?: string | undefined;
  readonly type?: string | undefined;
  readonly method?: string | undefined;
  readonly source?: string | undefined;
  readonly reference?: string | undefined;
};

/** Events that one request looks at: a rare filter must not read years at once. */
const MOST_EVENTS_PER_PAGE = 5000;

/**
 * Entries that fit a filter, from a key of the journal on. May hold fewer rows than `limit`, or none, and still say
 * where to go on.
 */
export async function entryRows(
  models: ReadModels,
  tills: readonly string[],
  filter: EntryFilter,
  limit: number,
  after: string | null,
): Promise<{ rows: Plain<EntryRowDto>[]; next: string | null }> {
  const rows: Plain<EntryRowDto>[] = [];
  let looked = 0;
  let last: string | null = null;
  const first = after === null ? null : placeOfKey(after).till;
  for (const till of tills.filter((code) => first === null || tills.indexOf(code) >= tills.indexOf(first))) {
    const range = rangeOf(till, filter, till === first ? after : null);
    for await (const event of models.all(journal, range, 200)) {
      if (rows.length === limit || looked === MOST_EVENTS_PER_PAGE) return { rows, next: last };
      looked += 1;
      last = event.key;
      if (isOfInterest(event.body, filter)) rows.push(rowOf(event));
    }
  }
  return { rows, next: null };
}

function rangeOf(till: string, { from, to }: EntryFilter, after: string | null) {
  return {
    from: after === null ? `${till}/${from ?? ''}` : afterKey(after),
    to: to === undefined ? `${till}0` : `${till}/${to}/~`,
  };
}

/** An entry of several events on one till and day is listed once, by the first of them. */
function isOfInterest({ entry, lines }: JournalEvent, filter: EntryFilter): boolean {
  if (!entry || (entry.index ?? 0) > 0) return false;
  if (filter.type !== undefined && entry.type !== filter.type) return false;
  if (filter.reference !== undefined && entry.reference !== filter.reference) return false;
  if (filter.source !== undefined && entry.source?.system !== filter.source) return false;
  return filter.method === undefined || lines.some(({ method }) => method === filter.method);
}

function rowOf({ key, body }: Keyed<JournalEvent>): Plain<EntryRowDto> {
  const { till, date } = placeOfKey(key);
  return {
    id: body.entry?.id ?? '',
    type: body.entry?.type ?? '',
    till: till === NO_TILL ? null : till,
    businessDate: date,
    at: body.at,
    recordedAt: body.recordedAt ?? body.at,
    label: body.label,
    amounts: body.lines
      .filter(({ method }) => method !== '')
      .map(({ method, amount }) => ({ method, amount })),
    reference: body.entry?.reference,
    source: body.entry?.source,
    corrects: body.corrects,
    operator: body.operator,
    sequence: body.sequence,
  };
}

/** An entry whole: read from its events, hashes checked. Null when it is not known. */
export async function entryReport(
  models: ReadModels,
  events: EventStore,
  company: string,
  id: string,
): Promise<Plain<EntryDto> | null> {
  const known = await models.get(entries, id);
  if (!known) return null;
  const { first, last, correctedBy } = known;
  const stored = await events.read(company, first, last - first + 1);
  const decoded = stored.map((one) => ({ event: decodeStoredEvent(one), hash: one.hash }));
  const own = decoded.filter(({ event }) => event.entry?.id === id);
  const end = own.at(-1);
  if (!end?.event.entry) return null;
  const { type, payloadHash, reference, comment, source } = end.event.entry;
  return {
    id,
    type,
    payloadHash,
    reference,
    comment,
    source,
    ...factsOf(end.event, end.hash),
    sequences: own.map(({ event }) => event.sequence),
    correctedBy: correctedBy?.entry ?? null,
    events: own.map(({ event, hash }) => eventDto(event, hash)),
    comments: await commentsOn(models, id),
    turnover: turnoverOf(own.map(({ event }) => event)),
    links: {
      inclusion: `/v1/companies/${company}/proof/inclusion/${id}`,
      checkpoint: `/v1/companies/${company}/proof/checkpoint`,
      events: `/v1/companies/${company}/exports/events?from=${first}&to=${last}`,
    },
  };
}

function factsOf(event: LedgerEvent, hash: string) {
  const { correction } = event;
  return {
    till: event.till ?? null,
    businessDate: event.businessDate ?? null,
    occurredAt: event.occurredAt ?? null,
    recordedAt: event.recordedAt,
    sequence: event.sequence,
    tillSequence: event.tillSequence ?? null,
    hash,
    corrects: correction?.corrects?.entry,
    reason: correction?.reason,
  };
}

function eventDto(event: LedgerEvent, hash: string): Plain<EntryEventDto> {
  return {
    sequence: event.sequence,
    type: event.type,
    till: event.till ?? null,
    businessDate: event.businessDate ?? null,
    tillSequence: event.tillSequence ?? null,
    recordedAt: event.recordedAt,
    postings: event.postings ?? [],
    data: event.data,
    hash,
    prevHash: event.prevHash,
  };
}

/** Sales and VAT accounts are credited (negative) by turnover. */
function turnoverOf(events: readonly LedgerEvent[]): number | null {
  const postings = events
    .flatMap((event) => event.postings ?? [])
    .filter(({ account }) => account.startsWith('sales/') || account.startsWith('vat/'));
  return postings.length === 0 ? null : postings.reduce((total, { amount }) => total - amount, 0);
}

async function commentsOn(models: ReadModels, entry: string): Promise<Plain<EntryCommentDto>[]> {
  const prefix = `entry/${entry}/`;
  const comments: Plain<EntryCommentDto>[] = [];
  for await (const { body } of models.all(dayNotes, { from: prefix, to: `${prefix}~` })) {
    if (body.kind !== 'comment') continue;
    const { comment, at, by, sequence } = body;
    comments.push({ comment, at, by, sequence });
  }
  return comments;
}
