import { Refusal } from '../../kernel/refusal';
import type { LedgerDraft, LedgerEvent } from '../events';
import { type Ledger, requireTill } from '../ledger';
import type { Place } from '../place';
import type { CommentEntry } from './entry';
import { CommentAdded } from './events';

/**
 * Adds a remark to a difference, a ventilation gap or an entry. A closed day takes remarks too: they add to it and
 * change nothing. Opens no till day. `named` are the events of the entry that it is about, where the state does not
 * remember it.
 *
 * @throws Refusal till-required, unknown-till, till-not-open, unknown-entry
 */
export function addComment(
  entry: CommentEntry,
  ledger: Ledger,
  place: Place,
  named: readonly LedgerEvent[],
): LedgerDraft[] {
  const about = subjectOf(entry.about);
  const data = { about, comment: entry.comment, ...targetOf(entry, ledger, place, named) };
  return [
    {
      type: 'CommentAdded',
      schemaVersion: CommentAdded.schemaVersion,
      data,
      businessDate: place.date,
      occurredAt: place.occurredAt,
      document: 'comment',
    },
  ];
}

function subjectOf(about: CommentEntry['about']): 'difference' | 'ventilation' | 'entry' {
  if (typeof about === 'string') return about;
  if ('entry' in about) return 'entry';
  return 'difference' in about ? 'difference' : 'ventilation';
}

/** The entry that a comment is about; null for one about a till's day. */
export function entryCommentedOn({ about }: CommentEntry): string | null {
  return typeof about === 'object' && 'entry' in about ? about.entry : null;
}

function targetOf(entry: CommentEntry, ledger: Ledger, place: Place, named: readonly LedgerEvent[]) {
  const commented = entryCommentedOn(entry);
  if (commented !== null) {
    if (!ledger.entries.has(commented) && named.length === 0)
      throw new Refusal('unknown-entry', { pointer: '/about/entry', entry: commented });
    return { entry: commented };
  }
  if (entry.till === undefined) throw new Refusal('till-required', { pointer: '/till' });
  const till = requireTill(ledger, entry.till);
  const isKnown =
    till.days.has(place.date) || (till.closedThrough !== null && place.date <= till.closedThrough);
  if (!isKnown)
    throw new Refusal('till-not-open', {
      pointer: '/businessDate',
      till: till.code,
      businessDate: place.date,
    });
  return { till: till.code, day: place.date };
}
