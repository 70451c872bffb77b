import { Refusal } from '../../kernel/refusal';
import type { LedgerDraft } from '../events';
import { type Ledger, requireTill } from '../ledger';
import type { Place } from '../place';
import type { CommentEntry } from './entry';
import { CommentAdded } from './events';

/**
 * Adds a remark to a difference, a ventilation gap or an entry. A closed day takes remarks too: they add to it and
 * change nothing. Opens no till day.
 *
 * @throws Refusal till-required, unknown-till, till-not-open
 */
export function addComment(entry: CommentEntry, ledger: Ledger, place: Place): LedgerDraft[] {
  const about = subjectOf(entry.about);
  const data = { about, comment: entry.comment, ...targetOf(entry, ledger, place) };
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

function targetOf(entry: CommentEntry, ledger: Ledger, place: Place) {
  if (typeof entry.about === 'object' && 'entry' in entry.about) return { entry: entry.about.entry };
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
