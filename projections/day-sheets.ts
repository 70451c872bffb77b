import type { Day, Instant } from '../src/kernel/day';
import type { DayClosed } from '../src/ledger/closing/events';
import { journalLinesOf } from '../src/ledger/journal-lines';
import { isOfInterest } from './interests';
import type { Projection, RecordedEvent } from './projection';
import { keysOfViews, NOTHING_YET, recordedOn, type TillDay, type TwoViews, withEvent } from './two-views';

/** The last closing count of a method. */
export type Counted = {
  readonly amount: number;
  readonly sequence: number;
  readonly at: Instant;
  readonly by: string;
};

/** What a closure sealed, as far as a day sheet shows it. */
export type Sealed = {
  readonly sequence: number;
  readonly at: Instant;
  readonly by: string;
  readonly hash: string;
  readonly methods: DayClosed['data']['methods'];
  /** What the day's Z-tickets left unexplained, moved to `difference/ventilation`. */
  readonly gap: number;
  readonly journal: { readonly first: number; readonly last: number };
  readonly comment?: string | undefined;
};

/** A business day of one till, in both views. */
export type DaySheet = TwoViews & {
  readonly till: string;
  readonly date: Day;
  /** Events recorded on this day; 0 on a day that is only restated. */
  readonly events: number;
  /** Lines that its movements write into the journal, the closure's own left out. */
  readonly journalLines: number;
  /** Ledger sequence of the first event recorded on it; 0 when there is none. */
  readonly firstSequence: number;
  readonly counts: Readonly<Record<string, Counted>>;
  readonly sealed?: Sealed | undefined;
};

export function dayKey({ till, date }: TillDay): string {
  return `${till}/${date}`;
}

/** Day sheets by till and business day. Comments, Z-tickets and restatements stand in `day-notes`. */
export const daySheets: Projection<DaySheet> = {
  name: 'day-sheets',
  version: 1,
  handles: (event) => isOfInterest('day-sheets', event),
  keys: (event) => keysOfViews(event, dayKey),
  evolve(document, event, key) {
    const before = document ?? emptySheet(key);
    const on = recordedOn(event);
    const isRecordedHere = on !== null && dayKey(on) === key;
    const views = withEvent(before, event, key, dayKey);
    if (!isRecordedHere) return { ...before, ...views };
    return {
      ...before,
      ...views,
      events: before.events + 1,
      journalLines: before.journalLines + (event.type === 'DayClosed' ? 0 : journalLinesOf(event).length),
      firstSequence: before.firstSequence === 0 ? event.sequence : before.firstSequence,
      counts: event.type === 'TillCounted' ? withCounts(before.counts, event) : before.counts,
      sealed: event.type === 'DayClosed' ? sealedBy(event) : before.sealed,
    };
  },
};

function emptySheet(key: string): DaySheet {
  const slash = key.indexOf('/');
  return {
    till: key.slice(0, slash),
    date: key.slice(slash + 1),
    ...NOTHING_YET,
    events: 0,
    journalLines: 0,
    firstSequence: 0,
    counts: {},
  };
}

function withCounts(
  counts: DaySheet['counts'],
  event: Extract<RecordedEvent, { type: 'TillCounted' }>,
): DaySheet['counts'] {
  const { sequence, recordedAt, occurredAt, actor } = event;
  const next = { ...counts };
  for (const { method, amount } of event.data.counts) {
    next[method] = { amount, sequence, at: occurredAt ?? recordedAt, by: actor.id };
  }
  return next;
}

function sealedBy({
  sequence,
  recordedAt,
  actor,
  hash,
  data,
}: Extract<RecordedEvent, { type: 'DayClosed' }>): Sealed {
  const { methods, gap, journal, comment } = data;
  return { sequence, at: recordedAt, by: actor.id, hash, methods, gap, journal, comment };
}
