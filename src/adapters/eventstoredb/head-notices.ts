import type { Head } from '../../ports/event-store';
import { BoundedMap } from './bounded-map';

const REMEMBERED = 100_000;

/**
 * Tells of each head once, whoever saw it first: the append that made it, or the subscription. While an append of this
 * process is under way, what the subscription says of that ledger waits, so that nobody hears of half an append.
 */
export class HeadNotices {
  private readonly listeners = new Set<(heads: readonly Head[]) => void>();
  private readonly told = new BoundedMap<string, number>(REMEMBERED);
  private readonly underWay = new Map<string, Head | null>();
  private heard = new Map<string, Head>();

  listen(listener: (heads: readonly Head[]) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** An append of this process begins. */
  begin(ledger: string): void {
    this.underWay.set(ledger, null);
  }

  /** It ended; with the head that it made, unless it failed. */
  end(ledger: string, made: Head | null): void {
    const waiting = this.underWay.get(ledger) ?? null;
    this.underWay.delete(ledger);
    if (made) this.tell([made]);
    if (waiting) this.tell([waiting]);
  }

  /** The subscription saw an event. What it sees in one turn is told together. */
  hear(head: Head): void {
    if (this.underWay.has(head.ledger)) {
      this.underWay.set(head.ledger, head);
      return;
    }
    if (this.heard.size === 0) setImmediate(() => this.tellHeard());
    this.heard.set(head.ledger, head);
  }

  private tellHeard(): void {
    const heads = [...this.heard.values()];
    this.heard = new Map();
    const own = heads.filter(({ ledger }) => this.underWay.has(ledger));
    for (const head of own) this.underWay.set(head.ledger, head);
    this.tell(heads.filter((head) => !own.includes(head)));
  }

  private tell(heads: readonly Head[]): void {
    const fresh = heads.filter((head) => this.isNews(head));
    if (fresh.length === 0) return;
    for (const { ledger, sequence } of fresh) this.told.set(ledger, sequence);
    for (const listener of this.listeners) listener(fresh);
  }

  /** Whether nobody has been told of it, nor of a later one. */
  protected isNews({ ledger, sequence }: Head): boolean {
    return sequence > (this.told.get(ledger) ?? 0);
  }
}
