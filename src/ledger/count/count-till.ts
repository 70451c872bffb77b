import { cents } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import type { Day } from '../day';
import { openDays, openingOf } from '../till-days';
import { totalOfDenominations } from '../denominations';
import type { LedgerDraft } from '../events';
import { isCounted, type Ledger, requireTill } from '../ledger';
import { requireTillMethod } from '../payment-rules';
import { movementDraft, type TillPlace } from '../place';
import type { CountEntry } from './entry';
import { OpeningCounted, TillCounted } from './events';

/**
 * Records what was really there. A closing count posts nothing: the day's closure compares. An opening count posts
 * what differs from the opening at once, and waits until the till's earlier days are closed, since until then the
 * opening is not known. A method that no closing counts carries its theoretical balance from day to day: its opening is
 * not counted either, since what such a count had posted a correction of a day before would post again.
 *
 * @throws Refusal unknown-method, method-not-allowed, method-not-counted, denominations-mismatch, previous-day-open
 */
export function countTill(entry: CountEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  const methods = new Set<string>();
  entry.counts.forEach(({ method, amount, denominations }, index) => {
    const pointer = `/counts/${index}`;
    const known = requireTillMethod(ledger, place, method, `${pointer}/method`);
    if (entry.moment === 'opening' && !isCounted(known))
      throw new Refusal('method-not-counted', { pointer: `${pointer}/method`, method });
    if (methods.has(method))
      throw new Refusal('method-not-allowed', { pointer: `${pointer}/method`, method });
    methods.add(method);
    const total = denominations === undefined ? amount : totalOfDenominations(denominations);
    if (total !== amount) {
      throw new Refusal('denominations-mismatch', { pointer: `${pointer}/denominations`, total, amount });
    }
  });
  return entry.moment === 'opening' ? [openingCount(entry, ledger, place)] : [closingCount(entry, place)];
}

function closingCount(entry: CountEntry, place: TillPlace): LedgerDraft {
  return {
    type: 'TillCounted',
    schemaVersion: TillCounted.schemaVersion,
    data: { counts: entry.counts },
    till: place.till,
    businessDate: place.date,
    occurredAt: place.occurredAt,
    document: 'count',
  };
}

function openingCount(entry: CountEntry, ledger: Ledger, place: TillPlace): LedgerDraft {
  const till = requireTill(ledger, place.till);
  const earlier = openDays(till).find((day) => day.date < place.date);
  if (earlier)
    throw new Refusal('previous-day-open', { pointer: '/businessDate', businessDate: earlier.date });
  const day: Day | undefined = till.days.get(place.date);
  const counts = entry.counts.map((counted) => {
    const expected = cents(
      openingOf(till, counted.method, place.date) + (day?.openingDifferences.get(counted.method) ?? 0),
    );
    return { ...counted, expected, difference: cents(counted.amount - expected) };
  });
  return movementDraft(
    ledger,
    place,
    { type: 'OpeningCounted', schemaVersion: OpeningCounted.schemaVersion, data: { counts } },
    'count',
  );
}
