import { readTillAccount } from '../src/kernel/account';
import type { Day } from '../src/kernel/day';
import { isOfInterest } from './interests';
import { addTo, type Projection, type RecordedEvent } from './projection';

/** The key of what is in no till: money on its way to the bank or between tills. */
export const IN_TRANSIT = '-';

/** What a till holds. Under the key `-`: what is in transit, per method. */
export type TillBalances = {
  readonly till: string;
  /** Live balance per method. */
  readonly balances: Readonly<Record<string, number>>;
  /** Of these, what is between tills and not on its way to the bank; under the key `-` only. */
  readonly betweenTills: Readonly<Record<string, number>>;
  /** Balance per method after the last closed day, or what was in the till before its first. */
  readonly base: Readonly<Record<string, number>>;
  /** Order number of the last sealed journal line. */
  readonly sealedLines: number;
  readonly closedThrough: Day | null;
  /** First and last business day with an entry. */
  readonly firstDay: Day | null;
  readonly lastDay: Day | null;
  /** Ledger sequence of the last event that moved it. */
  readonly sequence: number;
};

/** Live balances per till, from postings alone, and what a day's opening is computed from. */
export const tills: Projection<TillBalances> = {
  name: 'tills',
  version: 1,
  handles: (event) => isOfInterest('tills', event),
  keys(event) {
    const keys = event.till === undefined ? [] : [event.till];
    if (event.postings?.some(({ account }) => account.startsWith('transit/'))) keys.push(IN_TRANSIT);
    return keys;
  },
  evolve(document, event, key) {
    const before = document ?? emptyTill(key);
    if (key === IN_TRANSIT) return withTransit(before, event);
    const balances = withPostings(before.balances, event);
    const next = { ...before, balances, sequence: event.sequence };
    if (event.type === 'TillOpened') return { ...next, base: balances };
    const seen = event.businessDate === undefined ? next : withDay(next, event.businessDate);
    return event.type === 'DayClosed' ? withClosure(seen, event) : seen;
  },
};

function withPostings(balances: TillBalances['balances'], event: RecordedEvent): TillBalances['balances'] {
  const next = { ...balances };
  for (const { account, amount } of event.postings ?? []) {
    const means = readTillAccount(account);
    if (means) addTo(next, means.method, amount);
  }
  return next;
}

function withDay(till: TillBalances, date: Day): TillBalances {
  return {
    ...till,
    firstDay: till.firstDay === null || date < till.firstDay ? date : till.firstDay,
    lastDay: till.lastDay === null || date > till.lastDay ? date : till.lastDay,
  };
}

function emptyTill(till: string): TillBalances {
  return {
    till,
    balances: {},
    betweenTills: {},
    base: {},
    sealedLines: 0,
    closedThrough: null,
    firstDay: null,
    lastDay: null,
    sequence: 0,
  };
}

function withTransit(before: TillBalances, event: RecordedEvent): TillBalances {
  const balances = { ...before.balances };
  const betweenTills = { ...before.betweenTills };
  for (const { account, amount } of event.postings ?? []) {
    if (!account.startsWith('transit/')) continue;
    const [, first = '', second = ''] = account.split('/');
    const isBetweenTills = first === 'tills' && !isDepositId(second);
    const method = isBetweenTills ? second : first;
    addTo(balances, method, amount);
    if (isBetweenTills) addTo(betweenTills, method, amount);
  }
  return { ...before, balances, betweenTills, sequence: event.sequence };
}

/** `transit/<method>/<deposit>` or `transit/tills/<method>`: a method may be named `tills`, no method is a UUID. */
function isDepositId(segment: string): boolean {
  return segment.length === 36;
}

function withClosure(
  before: TillBalances,
  event: Extract<RecordedEvent, { type: 'DayClosed' }>,
): TillBalances {
  const base = { ...before.base };
  for (const { method, theoretical, counted } of event.data.methods) base[method] = counted ?? theoretical;
  return {
    ...before,
    base,
    closedThrough: event.businessDate ?? null,
    sealedLines: event.data.journal.last,
  };
}
