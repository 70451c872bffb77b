import type { Head } from '../../ports/event-store';
import { BoundedMap } from './bounded-map';

const REMEMBERED = 100_000;

/** Tells of each head once, whoever knew of it first: the append that made it, or the subscription. */
export class HeadNotices {
  private readonly listeners = new Set<(heads: readonly Head[]) => void>();
  private readonly told = new BoundedMap<string, number>(REMEMBERED);
  private heard = new Map<string, Head>();

  listen(listener: (heads: readonly Head[]) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** An append of this process made it. */
  made(head: Head): void {
    this.tell([head]);
  }

  /** The subscription told of it. What comes in one turn is told together. */
  hear(head: Head): void {
    if (this.heard.size === 0) setImmediate(() => this.tellHeard());
    this.heard.set(head.ledger, head);
  }

  private tellHeard(): void {
    const heads = [...this.heard.values()];
    this.heard = new Map();
    this.tell(heads);
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
