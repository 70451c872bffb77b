import { businessDayOf, type BusinessDayRule } from '../kernel/business-day';
import type { Day, Instant } from '../kernel/day';
import type { Entry } from '../ledger/entries';

/** What the order depends on: how the company tells its days, and which days of a till Z-tickets feed already. */
export type Books = {
  readonly ruleOf: (instant: Instant) => BusinessDayRule;
  readonly isFedByZ: (till: string, day: Day) => boolean;
};

/**
 * The order in which a JSON batch is judged: by business day; within a day opening counts, then Z-tickets that feed it,
 * then the rest by `occurredAt` (ties as sent), then Z-tickets that control its sales, then closing counts, then the
 * comments on what they show, then closures.
 * So a day that was typed in any order is taken in as it happened. Answers the indexes of the entries in that order.
 */
export function judgedOrder(entries: readonly Entry[], now: Instant, books: Books): number[] {
  const placed = entries.map((entry) => ({ entry, day: dayOf(entry, now, books) }));
  // Sales that come with a Z are what it controls: it waits for them.
  const sold = new Set(
    placed.flatMap(({ entry, day }) => (entry.type === 'sale' ? [placeKey(entry, day)] : [])),
  );
  const keyed = placed.map(({ entry, day }, index) => ({
    index,
    day,
    rank: rankOf(entry, sold.has(placeKey(entry, day)) && !books.isFedByZ(entry.till ?? '', day)),
    occurredAt: entry.occurredAt ?? now,
  }));
  keyed.sort(
    (left, right) =>
      compare(left.day, right.day) ||
      left.rank - right.rank ||
      compare(left.occurredAt, right.occurredAt) ||
      left.index - right.index,
  );
  return keyed.map(({ index }) => index);
}

function placeKey({ till = '' }: Entry, day: Day): string {
  return `${till}/${day}`;
}

function dayOf(entry: Entry, now: Instant, { ruleOf }: Books): Day {
  if (entry.businessDate !== undefined) return entry.businessDate;
  const instant = entry.occurredAt ?? now;
  return businessDayOf(instant, ruleOf(instant));
}

function rankOf(entry: Entry, isWithSales: boolean): number {
  if (entry.type === 'count') return entry.moment === 'opening' ? 0 : 4;
  if (entry.type === 'z-ticket') return isWithSales ? 3 : 1;
  if (entry.type === 'comment') return 5;
  return entry.type === 'day-closure' ? 6 : 2;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
