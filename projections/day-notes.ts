import type { Day, Instant } from '../src/kernel/day';
import type { CommentAdded } from '../src/ledger/comment/events';
import type { OpeningCounted, TillCounted } from '../src/ledger/count/events';
import type { ZDifference, ZTicketChecked, ZTicketRecorded } from '../src/ledger/z-ticket/events';
import { movementOf } from './figures';
import { isOfInterest } from './interests';
import { padded, type Projection, type RecordedEvent } from './projection';
import { correctedOn, recordedOn } from './two-views';

type Common = {
  readonly sequence: number;
  readonly at: Instant;
  readonly by: string;
  readonly entry?: string | undefined;
};

/** Something to read beside the figures of a day, or beside an entry. */
export type DayNote = Common &
  (
    | { readonly kind: 'comment'; readonly about: CommentAdded['data']['about']; readonly comment: string }
    | { readonly kind: 'count'; readonly counts: TillCounted['data']['counts'] }
    | { readonly kind: 'opening-count'; readonly counts: OpeningCounted['data']['counts'] }
    | {
        readonly kind: 'z-ticket';
        readonly number: string;
        readonly control: boolean;
        readonly salesCount: number;
        readonly gap: number;
        readonly vatGaps: ZTicketRecorded['data']['vatGaps'];
        readonly differences: readonly ZDifference[];
        readonly operations: ZTicketRecorded['data']['operations'];
      }
    | {
        /** A correction that restates this day, recorded on it or on a later one. */
        readonly kind: 'restatement';
        readonly movement: string;
        readonly reversal: boolean;
        readonly recordedOn: { readonly till: string; readonly date: Day } | null;
        readonly corrects?: string | undefined;
        readonly reason: string;
      }
  );

export const noteKey = {
  day: (till: string, date: Day, sequence: number): string => `day/${till}/${date}/${padded(sequence)}`,
  entry: (entry: string, sequence: number): string => `entry/${entry}/${padded(sequence)}`,
} as const;

/** Comments, counts, Z-tickets and restatements: one document each, by day or by entry. */
export const dayNotes: Projection<DayNote> = {
  name: 'day-notes',
  version: 1,
  handles: (event) => isOfInterest('day-notes', event) || event.correction !== undefined,
  keys(event) {
    if (event.type === 'CommentAdded') return keysOfComment(event);
    const on = recordedOn(event);
    const keys = on && hasNoteOfItsOwn(event) ? [noteKey.day(on.till, on.date, event.sequence)] : [];
    const restated = event.correction ? correctedOn(event) : null;
    if (!restated) return keys;
    const key = noteKey.day(restated.till, restated.date, event.sequence);
    return keys.includes(key) ? keys : [...keys, key];
  },
  begins: () => true,
  evolve(_, event, key) {
    const { sequence, occurredAt, recordedAt, actor, entry } = event;
    const common: Common = { sequence, at: occurredAt ?? recordedAt, by: actor.id, entry: entry?.id };
    const on = recordedOn(event);
    const isRecordedHere = on !== null && noteKey.day(on.till, on.date, sequence) === key;
    const isOfItsOwn = event.correction === undefined || (isRecordedHere && hasNoteOfItsOwn(event));
    return { ...common, ...(isOfItsOwn ? noteOf(event) : restatementOf(event)) };
  },
};

function hasNoteOfItsOwn({ type }: RecordedEvent): boolean {
  return (
    type === 'TillCounted' ||
    type === 'OpeningCounted' ||
    type === 'ZTicketRecorded' ||
    type === 'ZTicketChecked'
  );
}

function keysOfComment({ data, sequence }: Extract<RecordedEvent, { type: 'CommentAdded' }>): string[] {
  if (data.entry !== undefined) return [noteKey.entry(data.entry, sequence)];
  return data.till !== undefined && data.day !== undefined
    ? [noteKey.day(data.till, data.day, sequence)]
    : [];
}

type Bare<Note> = Note extends Common ? Omit<Note, keyof Common> : never;

function restatementOf(event: RecordedEvent): Bare<DayNote> {
  return {
    kind: 'restatement',
    movement: movementOf(event)?.type ?? event.type,
    reversal: event.type === 'MovementReversed',
    recordedOn: recordedOn(event),
    corrects: event.correction?.corrects?.entry,
    reason: event.correction?.reason ?? '',
  };
}

function noteOf(event: RecordedEvent): Bare<DayNote> {
  if (event.type === 'CommentAdded')
    return { kind: 'comment', about: event.data.about, comment: event.data.comment };
  if (event.type === 'TillCounted') return { kind: 'count', counts: event.data.counts };
  if (event.type === 'OpeningCounted') return { kind: 'opening-count', counts: event.data.counts };
  if (event.type === 'ZTicketRecorded' || event.type === 'ZTicketChecked') return zNote(event.data);
  return restatementOf(event);
}

function zNote(data: ZTicketRecorded['data'] | ZTicketChecked['data']): Bare<DayNote> {
  const control = 'differences' in data;
  return {
    kind: 'z-ticket',
    number: data.number,
    control,
    salesCount: data.salesCount,
    gap: control ? 0 : data.gap,
    vatGaps: control ? [] : data.vatGaps,
    differences: control ? data.differences : [],
    operations: data.operations,
  };
}
