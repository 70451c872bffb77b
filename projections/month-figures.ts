import { readTillAccount } from '../src/kernel/account';
import { monthOf } from '../src/kernel/day';
import { journalLinesOf } from '../src/ledger/journal-lines';
import { isOfInterest } from './interests';
import { addTo, type Projection, type RecordedEvent } from './projection';
import { keysOfViews, NOTHING_YET, recordedOn, type TillDay, type TwoViews, withEvent } from './two-views';

/** A month of one till, in both views. */
export type MonthFigures = TwoViews & {
  readonly till: string;
  /** `YYYY-MM`. */
  readonly month: string;
  /** Journal lines of its movements, closures left out. */
  readonly journalLines: number;
  /** Per method, what its closures have posted as differences. */
  readonly differences: Readonly<Record<string, number>>;
  readonly closedDays: number;
};

export function monthKey({ till, date }: TillDay): string {
  return `${till}/${monthOf(date)}`;
}

/** Turnover and money by till and month: for years and comparisons, and to open a day without reading every day. */
export const monthFigures: Projection<MonthFigures> = {
  name: 'month-figures',
  version: 1,
  handles: (event) => isOfInterest('month-figures', event),
  keys: (event) => keysOfViews(event, monthKey),
  evolve(document, event, key) {
    const before = document ?? emptyMonth(key);
    const on = recordedOn(event);
    const views = withEvent(before, event, key, monthKey);
    if (on === null || monthKey(on) !== key) return { ...before, ...views };
    if (event.type === 'DayClosed') {
      return {
        ...before,
        ...views,
        differences: withDifferences(before.differences, event),
        closedDays: before.closedDays + 1,
      };
    }
    return { ...before, ...views, journalLines: before.journalLines + journalLinesOf(event).length };
  },
};

function emptyMonth(key: string): MonthFigures {
  const slash = key.indexOf('/');
  return {
    till: key.slice(0, slash),
    month: key.slice(slash + 1),
    ...NOTHING_YET,
    journalLines: 0,
    differences: {},
    closedDays: 0,
  };
}

function withDifferences(
  differences: MonthFigures['differences'],
  event: RecordedEvent,
): MonthFigures['differences'] {
  const next = { ...differences };
  for (const { account, amount } of event.postings ?? []) {
    const means = readTillAccount(account);
    if (means) addTo(next, means.method, amount);
  }
  return next;
}
