/** An event as it was read: `sequence` is what it says of itself, 0 when it says nothing that can be used. */
export type Numbered = {
  readonly sequence: number;
  /** Whether its text has the hash that stands beside it. */
  readonly isWhole: boolean;
};

export type OrderError = 'missing-event' | 'out-of-order' | 'repeated-event' | 'not-an-event';

export type OrderOutput<Item> = {
  /** The event of the next sequence, or null when it is not there (it may still come, to `late`). */
  readonly next: (sequence: number, item: Item | null) => void;
  /** An event that belongs before what was read already. */
  readonly late: (item: Item) => void;
  readonly report: (sequence: number, code: OrderError, detail: string) => void;
};

/** A leap that is longer is taken for a wrong number rather than for so many missing events. */
const LONGEST_GAP = 1_000_000;

/**
 * Puts events into their order as they are read, and names what stands elsewhere than it says: an event that is
 * missing, one that was moved, two that were exchanged, one that is there twice. One event that is out of place is
 * one finding: the one that comes after it tells whether it took a place or stood in for another.
 */
export class EventOrder<Item extends Numbered> {
  private expected = 1;
  /** An event that is not the next one, until the one after it is known. */
  private odd: Item | null = null;
  /** Events that came too early, by their sequence. */
  private readonly early = new Map<number, Item>();
  /** Sequences that were passed over: ranges, first to last, in order. */
  private readonly vacant: { readonly first: number; readonly last: number }[] = [];

  constructor(private readonly output: OrderOutput<Item>) {}

  add(item: Item): void {
    if (this.odd) this.place(this.odd, item);
    this.odd = null;
    if (item.sequence === this.expected) return this.take(item);
    while (this.takeEarly()) if (item.sequence === this.expected) return this.take(item);
    // What a changed event says of its place may be what was changed.
    if (item.isWhole && item.sequence > 0 && item.sequence < this.expected) this.takeLate(item);
    else this.odd = item;
  }

  /** No more events: what is still vacant is missing. */
  finish(): void {
    if (this.odd) this.place(this.odd, null);
    this.odd = null;
    while (this.takeEarly());
    for (const item of this.early.values()) this.output.report(item.sequence, 'out-of-order', '');
    for (const { first, last } of this.vacant) {
      this.output.report(first, 'missing-event', first === last ? '' : `${first}–${last}`);
    }
  }

  private take(item: Item | null): void {
    const sequence = this.expected;
    this.expected += 1;
    this.output.next(sequence, item);
  }

  /** The one that came too early and is due now. */
  private takeEarly(): boolean {
    const item = this.early.get(this.expected);
    if (!item) return false;
    this.early.delete(item.sequence);
    this.output.report(item.sequence, 'out-of-order', '');
    this.take(item);
    return true;
  }

  private takeLate(item: Item): void {
    const isMissed = this.fill(item.sequence);
    this.output.report(item.sequence, isMissed ? 'out-of-order' : 'repeated-event', '');
    if (isMissed) this.output.late(item);
  }

  /** Settles an event that is not the next one, now that the one after it is known. */
  private place(item: Item, after: Item | null): void {
    const { expected } = this;
    const leads = item.sequence > expected && item.sequence - expected <= LONGEST_GAP;
    if (after?.sequence === expected) return this.setAside(item, leads);
    // Its neighbours say that it stands in the place of another one.
    if (after?.sequence === expected + 1) return this.standIn(item, leads);
    if (leads && (item.isWhole || after?.sequence === item.sequence + 1)) return this.leapTo(item);
    if (item.isWhole && item.sequence > 0) return this.output.report(item.sequence, 'out-of-order', '');
    this.take(item);
  }

  /** The right one comes after it: it was put in between, or came too early. */
  private setAside(item: Item, leads: boolean): void {
    if (!leads || this.early.has(item.sequence)) {
      this.output.report(this.expected, 'not-an-event', 'a line between two events');
      return;
    }
    this.early.set(item.sequence, item);
    // Two neighbours that were exchanged are both named.
    if (item.sequence === this.expected + 1) this.output.report(this.expected, 'out-of-order', '');
  }

  private standIn(item: Item, leads: boolean): void {
    if (!leads || !item.isWhole || this.early.has(item.sequence)) return this.take(item);
    this.early.set(item.sequence, item);
    this.vacant.push({ first: this.expected, last: this.expected });
    this.take(null);
  }

  private leapTo(item: Item): void {
    this.vacant.push({ first: this.expected, last: item.sequence - 1 });
    while (this.expected < item.sequence) this.take(this.earlyAt(this.expected));
    this.take(item);
  }

  /** Within a leap: what came too early is there, and not missing. */
  private earlyAt(sequence: number): Item | null {
    const item = this.early.get(sequence);
    if (!item) return null;
    this.early.delete(sequence);
    this.fill(sequence);
    this.output.report(sequence, 'out-of-order', '');
    return item;
  }

  /** Takes a sequence out of those that are vacant; false when it is none of them. */
  private fill(sequence: number): boolean {
    const index = this.vacant.findIndex(({ first, last }) => first <= sequence && sequence <= last);
    const range = this.vacant[index];
    if (!range) return false;
    const rest = [
      { first: range.first, last: sequence - 1 },
      { first: sequence + 1, last: range.last },
    ].filter(({ first, last }) => first <= last);
    this.vacant.splice(index, 1, ...rest);
    return true;
  }
}
