import type { Day, Instant } from '../src/kernel/day';
import type { EntryReference, Source } from '../src/kernel/event';
import { isOfInterest } from './interests';
import type { Projection, RecordedEvent } from './projection';

/** One event of an entry. */
export type EntryEvent = {
  readonly sequence: number;
  readonly type: string;
  readonly till?: string | undefined;
  readonly businessDate?: Day | undefined;
  readonly tillSequence?: number | undefined;
  readonly recordedAt: Instant;
  readonly hash: string;
};

/**
 * What became of a client's request. It is also how the writer recognises an id that its state has forgotten, and
 * finds the events that a correction is about.
 */
export type EntryDocument = {
  readonly id: string;
  readonly type: string;
  readonly payloadHash: string;
  /** How many events were recorded for it. */
  readonly count: number;
  readonly occurredAt?: Instant | undefined;
  readonly reference?: string | undefined;
  readonly comment?: string | undefined;
  readonly source?: Source | undefined;
  /** In order of recording. */
  readonly events: readonly EntryEvent[];
  readonly corrects?: string | undefined;
  readonly reason?: string | undefined;
  readonly correctedBy?: { readonly entry: string; readonly sequence: number } | undefined;
};

/** Entries by their id. */
export const entries: Projection<EntryDocument> = {
  name: 'entries',
  version: 1,
  handles: (event) => event.entry !== undefined && isOfInterest('entries', event),
  keys(event) {
    const id = event.entry?.id;
    if (id === undefined) return [];
    const corrected = event.correction?.corrects?.entry;
    return corrected === undefined || corrected === id ? [id] : [id, corrected];
  },
  begins: (event, key) => event.entry?.id === key && event.entry.index === 0,
  evolve(document, event, key) {
    const { entry } = event;
    if (!entry) throw new Error(`event ${event.sequence} belongs to no entry`);
    if (entry.id !== key) {
      if (!document) throw new Error(`entry ${key} was corrected before it was recorded`);
      return {
        ...document,
        correctedBy: document.correctedBy ?? { entry: entry.id, sequence: event.sequence },
      };
    }
    if (!document) return firstOf(entry, event);
    return { ...document, events: [...document.events, eventOf(event)] };
  },
};

function firstOf(entry: EntryReference, event: RecordedEvent): EntryDocument {
  const { id, type, payloadHash, count, reference, comment, source } = entry;
  const { correction, occurredAt } = event;
  return {
    id,
    type,
    payloadHash,
    count,
    occurredAt,
    reference,
    comment,
    source,
    events: [eventOf(event)],
    corrects: correction?.corrects?.entry,
    reason: correction?.reason,
  };
}

function eventOf(event: RecordedEvent): EntryEvent {
  const { sequence, type, till, businessDate, tillSequence, recordedAt, hash } = event;
  return { sequence, type, till, businessDate, tillSequence, recordedAt, hash };
}
