import { readTillAccount } from '../kernel/account';
import type { Posting } from '../kernel/postings';
import type { DayClosed } from '../ledger/closing/events';
import type { LedgerEvent } from '../ledger/events';
import { withGivenBack } from '../ledger/postings-of';

/** Before any day; nothing was lost before the first event. */
const NEVER = { day: '', lost: 0 };

type TillCounts = {
  /** Per method: the last closed day whose closing counted it, and how many events were lost when that was read. */
  readonly closings: Map<string, { readonly day: string; readonly lost: number }>;
  /** How many opening counts of a method stand, per day that is not closed. */
  readonly openings: Map<string, Map<string, number>>;
};

/**
 * Works out again what a correction gives back: the part of its effect on a till that a count had already shown, which is
 * that of a closing on the day where the money stood or later, or of the opening of a later day. Counts are folded here
 * from the events alone, apart from the state that decides.
 */
export class GivenBackChecker {
  private readonly tills = new Map<string, TillCounts>();
  private lost = 0;

  /** An event was lost: it may have been a count, or taken one back. */
  lose(): void {
    this.lost += 1;
  }

  /** Remembers what an event has counted. */
  add(event: LedgerEvent): void {
    const { till, businessDate: day } = event;
    if (till === undefined || day === undefined) return;
    if (event.type === 'DayClosed') this.addClosing(this.countsOf(till), day, event);
    else if (event.type === 'OpeningCounted')
      addOpening(this.countsOf(till), day, event.data.counts, event.correction ? 0 : 1);
    else if (event.type === 'MovementReversed' && event.data.original.type === 'OpeningCounted') {
      const isOfThisDay = event.correction?.restates.businessDate === day;
      addOpening(this.countsOf(till), day, event.data.original.data.counts, isOfThisDay ? -1 : 0);
    }
  }

  /**
   * What is wrong with what a correction gives back: per method, what it should be. Null when it is right, or when an event
   * that it depends on is lost. Its postings must be those that follow from its facts.
   */
  finding(event: LedgerEvent, original: LedgerEvent | null | undefined): string | null {
    const expected = new Map<string, number>();
    for (const { account, amount } of ownPostingsOf(event)) {
      const method = readTillAccount(account)?.method;
      if (method === undefined) continue;
      const isShown = this.isShownSince(event.till ?? '', method, dayMovedOn(event, original, method));
      if (isShown === null) return null;
      if (isShown) expected.set(method, (expected.get(method) ?? 0) - amount);
    }
    const stated = event.correction?.givenBack ?? [];
    const right = listed([...expected].filter(([, amount]) => amount !== 0));
    return right === listed(stated.map(({ method, amount }) => [method, amount])) ? null : right;
  }

  /** Null when that cannot be told. */
  private isShownSince(till: string, method: string, day: string | null): boolean | null {
    if (day === null) return null;
    const { closings, openings } = this.countsOf(till);
    const { day: closed, lost } = closings.get(method) ?? NEVER;
    if (closed >= day) return true;
    if (lost !== this.lost) return null;
    return [...openings].some(([opened, methods]) => opened > day && (methods.get(method) ?? 0) > 0);
  }

  private countsOf(till: string): TillCounts {
    let counts = this.tills.get(till);
    if (!counts) this.tills.set(till, (counts = { closings: new Map(), openings: new Map() }));
    return counts;
  }

  private addClosing({ closings, openings }: TillCounts, day: string, { data }: DayClosed): void {
    for (const { method, counted } of data.methods)
      if (counted !== undefined) closings.set(method, { day, lost: this.lost });
    openings.delete(day);
  }
}

function addOpening(
  { openings }: TillCounts,
  day: string,
  counts: readonly { readonly method: string }[],
  sign: 1 | 0 | -1,
): void {
  const methods = openings.get(day) ?? new Map<string, number>();
  openings.set(day, methods);
  for (const { method } of counts) methods.set(method, (methods.get(method) ?? 0) + sign);
}

/** What an event posts of itself: what it gives back besides stands behind it. */
export function ownPostingsOf({ postings = [], till, correction }: LedgerEvent): readonly Posting[] {
  return postings.slice(0, postings.length - withGivenBack([], till, correction).length);
}

/**
 * The day from which on a count has shown the money. What is recorded anew would have been there on the day that it
 * restates. What is taken back stood where the original was recorded, unless that gave it back itself: then a count of the
 * day that it restates had shown it. Null when the original that would say so cannot be had.
 */
function dayMovedOn(
  event: LedgerEvent,
  original: LedgerEvent | null | undefined,
  method: string,
): string | null {
  const { corrects, restates } = event.correction as NonNullable<LedgerEvent['correction']>;
  const restated = restates.businessDate;
  const recorded = corrects?.businessDate ?? restated;
  if (event.type !== 'MovementReversed' || recorded === restated) return restated;
  if (!original) return null;
  return original.correction?.givenBack?.some((row) => row.method === method) ? restated : recorded;
}

function listed(amounts: readonly (readonly [string, number])[]): string {
  return amounts
    .map(([method, amount]) => `${method} ${amount}`)
    .sort()
    .join(', ');
}
