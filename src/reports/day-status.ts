import type { DaySheet } from '../../projections/day-sheets';
import type { TillBalances } from '../../projections/tills';
import { SAFE } from '../kernel/account';
import type { Day } from '../kernel/day';
import type { CompanySettings } from './settings';

export const DAY_STATUSES = ['open', 'closed', 'missing', 'not-open', 'to-check'] as const;
export type DayStatus = (typeof DAY_STATUSES)[number];

/** What a day's status follows from. */
export type DayFacts = {
  readonly sheet: DaySheet | null;
  readonly date: Day;
  readonly today: Day;
  /** First day on which entries of the till are expected. */
  readonly since: Day;
  readonly till: string;
  readonly hasOpenAlert: boolean;
};

/**
 * `to-check`: an open day with an alert that still holds. `missing`: a day before today on which the calendar
 * expects entries and there are none. `not-open`: none are expected (yet). The safe is never missed.
 */
export function dayStatus(
  { sheet, date, today, since, till, hasOpenAlert }: DayFacts,
  settings: CompanySettings,
): DayStatus {
  if (sheet?.sealed) return 'closed';
  if (sheet && sheet.events > 0) return hasOpenAlert ? 'to-check' : 'open';
  const isExpected = till !== SAFE && since <= date && date < today && settings.isOpenDay(date);
  return isExpected ? 'missing' : 'not-open';
}

/** Of several tills, the one that wants attention first. */
export function worstOf(statuses: readonly DayStatus[]): DayStatus {
  const order: readonly DayStatus[] = ['to-check', 'missing', 'open', 'closed'];
  return order.find((status) => statuses.includes(status)) ?? 'not-open';
}

/** A till is expected to have entries from its opening on, or from its first entry if that is earlier. */
export function firstExpectedDay(
  settings: CompanySettings,
  till: string,
  balances: TillBalances | null,
): Day {
  const opened = settings.till(till)?.openedAt;
  const day = opened === undefined ? '9999-12-31' : settings.today(opened);
  const first = balances?.firstDay ?? null;
  return first !== null && first < day ? first : day;
}
