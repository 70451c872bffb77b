import { businessDayOf, type BusinessDayRule } from '../kernel/business-day';
import type { Day, Instant } from '../kernel/day';
import type { Entry } from '../ledger/entries';

/**
 * The order in which a JSON batch is judged: by business day; within a day opening counts, then Z-tickets, then the
 * rest by `occurredAt` (ties as sent), then closing counts, then closures. So a day that was typed in any order is
 * taken in as it happened. Answers the indexes of the entries in that order.
 */
export function judgedOrder(
  entries: readonly Entry[],
  now: Instant,
  ruleOf: (instant: Instant) => BusinessDayRule,
): number[] {
  const keyed = entries.map((entry, index) => ({
    index,
    day: dayOf(entry, now, ruleOf),
    rank: rankOf(entry),
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

function dayOf(entry: Entry, now: Instant, ruleOf: (instant: Instant) => BusinessDayRule): Day {
  if (entry.businessDate !== undefined) return entry.businessDate;
  const instant = entry.occurredAt ?? now;
  return businessDayOf(instant, ruleOf(instant));
}

function rankOf(entry: Entry): number {
  if (entry.type === 'count') return entry.moment === 'opening' ? 0 : 3;
  if (entry.type === 'z-ticket') return 1;
  return entry.type === 'day-closure' ? 4 : 2;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
