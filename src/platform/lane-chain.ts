import type { LedgerEvent } from '../ledger/events';
import type { StoredEvent } from '../ports/event-store';
import { DamagedEvent } from './codec';

/** How far a ledger has come; null for a hash that nobody knows. */
export type Place = { readonly sequence: number; readonly hash: string | null };

/** Ledgers whose places are kept: about 200 bytes for each. Those of others are found out again. */
const MOST_KEPT = 100_000;

/**
 * Where the ledgers of one lane have come to. Events reach the read models in the order of the whole store, in which
 * those of one ledger lie far apart: that none of them was left out, and that each was hashed after the one before it,
 * shows only from page to page.
 */
export class LaneChain {
  private end = -1;
  private readonly places = new Map<string, Place>();
  private readonly left = new Map<string, Error>();
  /** All pages since the first event of the store went through here: a ledger that is not known has not begun. */
  private isFromFirst = false;

  get isWhole(): boolean {
    return this.isFromFirst;
  }

  /** Begins a page after a position. Answers the ledgers of which the place is not known. */
  begin(after: number, page: readonly StoredEvent[]): string[] {
    if (after !== this.end || this.places.size > MOST_KEPT) {
      this.places.clear();
      this.isFromFirst = after === 0;
    }
    this.end = -1;
    const unknown = new Set<string>();
    for (const { ledger } of page) if (!this.places.has(ledger)) unknown.add(ledger);
    return [...unknown];
  }

  /** A page is folded and written: the next one begins there. */
  endAt(position: number): void {
    this.end = position;
  }

  learn(ledger: string, place: Place): void {
    this.places.set(ledger, place);
  }

  /** A ledger that cannot be folded on is not looked at any more. */
  leave(ledger: string, why: Error): void {
    this.left.set(ledger, why);
  }

  whyLeft(ledger: string): Error | undefined {
    return this.left.get(ledger);
  }

  /** How many events of its ledger should have come before this one and have not. */
  missingBefore({ ledger, sequence }: StoredEvent): number {
    const place = this.places.get(ledger);
    return place ? Math.max(0, sequence - place.sequence - 1) : 0;
  }

  /**
   * An event that the lane has had already is one that comes again.
   *
   * @throws DamagedEvent when it does not follow the one before it
   */
  follow({ ledger, sequence, prevHash }: LedgerEvent, hash: string): void {
    const place = this.places.get(ledger);
    if (place) {
      if (sequence <= place.sequence) return;
      if (sequence > place.sequence + 1) throw new DamagedEvent(ledger, place.sequence + 1, 'sequence');
      if (place.hash !== null && prevHash !== place.hash) throw new DamagedEvent(ledger, sequence, 'link');
    }
    this.places.set(ledger, { sequence, hash });
  }
}
