import type { Day } from '../src/kernel/day';
import { type Figures, movementOf, NO_FIGURES, withMovement } from './figures';
import type { RecordedEvent } from './projection';

/** A day of one till. */
export type TillDay = { readonly till: string; readonly date: Day };

/** Where an event was recorded; null when it belongs to no till day. */
export function recordedOn(event: RecordedEvent): TillDay | null {
  const { till, businessDate } = event;
  return till === undefined || businessDate === undefined ? null : { till, date: businessDate };
}

/**
 * Where an event counts in the view as corrected: on the day that it restates, else where it was recorded. Its till is
 * its own: a movement between tills is two events, and each restates the till whose money it moves.
 */
export function correctedOn(event: RecordedEvent): TillDay | null {
  const on = recordedOn(event);
  const restates = event.correction?.restates;
  return on && restates ? { till: on.till, date: restates.businessDate } : on;
}

/** Whether the event counts on one day as recorded and on another as corrected. */
export function isRestatement(event: RecordedEvent): boolean {
  if (!event.correction) return false;
  const recorded = recordedOn(event);
  const corrected = correctedOn(event);
  return recorded?.date !== corrected?.date;
}

/** Figures as recorded; `corrected` stands beside them only once the two differ. */
export type TwoViews = { readonly recorded: Figures; readonly corrected?: Figures | undefined };

export const NOTHING_YET: TwoViews = { recorded: NO_FIGURES };

export function figuresOf(views: TwoViews | null | undefined, view: 'recorded' | 'corrected'): Figures {
  if (!views) return NO_FIGURES;
  return view === 'corrected' ? (views.corrected ?? views.recorded) : views.recorded;
}

/** The keys of the documents that an event changes in one view or the other. */
export function keysOfViews(event: RecordedEvent, keyOf: (on: TillDay) => string): string[] {
  const recorded = recordedOn(event);
  const keys = recorded ? [keyOf(recorded)] : [];
  if (!event.correction) return keys;
  const corrected = correctedOn(event);
  const other = corrected ? keyOf(corrected) : undefined;
  if (other !== undefined && other !== keys[0]) keys.push(other);
  return keys;
}

/** Both sets of figures after a movement, for the document `key`. */
export function withEvent(
  views: TwoViews,
  event: RecordedEvent,
  key: string,
  keyOf: (on: TillDay) => string,
): TwoViews {
  if (!movementOf(event)) return views;
  const on = recordedOn(event);
  const isRecordedHere = on !== null && keyOf(on) === key;
  const recorded = isRecordedHere ? withMovement(views.recorded, event, 'recorded') : views.recorded;
  if (!event.correction) {
    if (!views.corrected) return { recorded };
    return { recorded, corrected: withMovement(views.corrected, event, 'corrected') };
  }
  const restated = correctedOn(event);
  const isRestatedHere = restated !== null && keyOf(restated) === key;
  const before = views.corrected ?? views.recorded;
  return { recorded, corrected: isRestatedHere ? withMovement(before, event, 'corrected') : before };
}
