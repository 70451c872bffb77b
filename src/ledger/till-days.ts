import { addDays, type Day as BusinessDate } from '../kernel/day';
import { cents, type Cents } from '../kernel/money';
import type { Day } from './day';
import type { FedDays, Till } from './ledger';
import type { Feed } from './till/events';

/** A till's open days in order. */
export function openDays(till: Till): Day[] {
  const days = [...till.days.values()];
  return days.length < 2 ? days : days.sort((left, right) => (left.date < right.date ? -1 : 1));
}

/**
 * How a day is fed: what was recorded on it has decided that, whatever the till is set to meanwhile, so that nothing is
 * counted twice; before anything was, the setting; null where the first sale or Z-ticket will decide.
 */
export function feedOfDay(till: Till, date: BusinessDate, setting: Feed): Feed {
  const day = till.days.get(date);
  if (!day || day.recorded.documents > 0 === day.zTickets > 0) return setting;
  return day.zTickets > 0 ? 'z-ticket' : 'sales';
}

/**
 * The closed days of a till by how they were fed, with one more that is being closed: days that follow each other are
 * one row, so that ten years of them stay short.
 */
export function withFedDay(till: Till, date: BusinessDate): readonly FedDays[] {
  const feed = feedOfDay(till, date, null);
  if (feed === null) return till.fedDays;
  const last = till.fedDays.at(-1);
  if (last?.feed !== feed || addDays(last.through, 1) !== date)
    return [...till.fedDays, { from: date, through: date, feed }];
  return [...till.fedDays.slice(0, -1), { ...last, through: date }];
}

/** How a closed day was fed; null where nothing has fed it. */
export function feedOfClosedDay({ fedDays }: Till, date: BusinessDate): Feed {
  return fedDays.findLast(({ from, through }) => from <= date && date <= through)?.feed ?? null;
}

/**
 * Balance of a method when a business day starts: what was last counted (a method that is not counted carries its
 * theoretical balance), plus what open days before it have moved.
 */
export function openingOf(till: Till, method: string, date: BusinessDate): Cents {
  let balance = till.base.get(method) ?? 0;
  for (const day of till.days.values()) {
    if (day.date >= date) continue;
    const means = day.means.get(method);
    if (means) balance += means.in - means.out;
  }
  return cents(balance);
}

/** Balance of a method at the end of a day, from all that was recorded on it in whatever order. */
export function theoreticalOf(till: Till, method: string, date: BusinessDate): Cents {
  const means = till.days.get(date)?.means.get(method);
  return cents(openingOf(till, method, date) + (means ? means.in - means.out : 0));
}

/** What the counts of a day differ by from its theoretical balances as they are now, per method; no zeros. */
export function countDifferences(till: Till, day: Day): ReadonlyMap<string, number> {
  const differences = new Map<string, number>();
  for (const [method, counted] of day.counts) {
    const difference = counted - theoreticalOf(till, method, day.date);
    if (difference !== 0) differences.set(method, difference);
  }
  return differences;
}

export type Lowest = { readonly amount: number; readonly date: BusinessDate; readonly entry: string | null };

/**
 * The lowest balance that any journal line of a method shows from a day on, in order of business days; null when
 * no open day is judged. `judged` tells which days are.
 */
export function lowestBalance(
  till: Till,
  method: string,
  from: BusinessDate,
  judged: (date: BusinessDate) => boolean,
): Lowest | null {
  let lowest: Lowest | null = null;
  let opening = till.base.get(method) ?? 0;
  for (const day of openDays(till)) {
    const means = day.means.get(method);
    if (day.date >= from && judged(day.date)) {
      const amount = opening + (means ? means.first + means.low : 0);
      if (lowest === null || amount < lowest.amount) {
        lowest = { amount, date: day.date, entry: means?.lowEntry ?? null };
      }
    }
    if (means) opening += means.in - means.out;
  }
  return lowest;
}
