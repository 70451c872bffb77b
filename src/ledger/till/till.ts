import { FIRST_DAY } from '../company/events';
import type { Till } from '../ledger';
import type { Feed } from './events';

export function emptyTill(code: string, name: string, feed: Feed, base: ReadonlyMap<string, number>): Till {
  return {
    code,
    name,
    feeds: [{ from: FIRST_DAY, value: feed }],
    tillSequence: 0,
    closedThrough: null,
    days: new Map(),
    fedDays: [],
    base,
    countedThrough: new Map(),
    perpetual: new Map(),
    zNumbers: new Map(),
    journalLines: 0,
  };
}
