import type { LedgerEvent } from '../ledger/events';
import { Refusal } from '../kernel/refusal';
import { eventText } from '../proof/event-text';
import type { GrowingTree } from '../proof/growing-tree';
import type { StoredEvent } from '../ports/event-store';
import { sha256Hex } from './crypto';

/** The largest event, in bytes as stored (api.md *Recording*). */
export const LARGEST_EVENT = 64 * 1024;

/**
 * The largest event that the ledger makes of earlier ones: a reversal holds a copy of its original, a closure all Z numbers
 * and categories of its day. Whatever was recorded can be corrected, and its day be closed.
 */
export const LARGEST_DERIVED_EVENT = 256 * 1024;

function largest({ type }: LedgerEvent): number {
  return type === 'MovementReversed' || type === 'DayClosed' ? LARGEST_DERIVED_EVENT : LARGEST_EVENT;
}

export type Mark = { readonly hash: string; readonly pending: number };

/**
 * The end of one ledger's chain: links events as they are decided, and can be rolled back to a mark together with
 * the state. What is pending has not been stored yet.
 */
export class ChainWriter {
  private pendingEvents: StoredEvent[] = [];
  /** What has been grown from the durable tree for pending events; it may lag behind the head. */
  private grown: GrowingTree | null = null;

  /** @param durable the tree of the events so far, which is the writer's from now on */
  constructor(
    readonly ledger: string,
    private headHash: string,
    private durable: GrowingTree,
  ) {}

  get hash(): string {
    return this.headHash;
  }

  /** The Merkle tree of all events up to the head; grown only when it is asked for, a group at a time. */
  get tree(): GrowingTree {
    const { durable, pendingEvents } = this;
    if (pendingEvents.length === 0) return durable;
    const grown = (this.grown ??= durable.copy());
    for (let index = grown.size - durable.size; index < pendingEvents.length; index += 1)
      grown.append((pendingEvents[index] as StoredEvent).hash);
    return grown;
  }

  get pending(): readonly StoredEvent[] {
    return this.pendingEvents;
  }

  /** Links an event: gives it its `prevHash`, writes its canonical text, hashes it. @throws Refusal entry-too-large */
  link(event: LedgerEvent): void {
    (event as { prevHash: string }).prevHash = this.headHash;
    const text = eventText(event);
    const bytes = text.length > LARGEST_EVENT / 4 ? Buffer.byteLength(text) : text.length;
    if (bytes > LARGEST_EVENT) refuseTooLarge(bytes, largest(event));
    const hash = sha256Hex(text);
    this.pendingEvents.push({ ledger: this.ledger, sequence: event.sequence, text, hash });
    this.headHash = hash;
  }

  mark(): Mark {
    return { hash: this.headHash, pending: this.pendingEvents.length };
  }

  rollback(mark: Mark): void {
    this.headHash = mark.hash;
    this.pendingEvents.length = mark.pending;
    // What was grown beyond the mark is grown again from what is durable.
    if (this.grown && this.grown.size > this.durable.size + mark.pending) this.grown = null;
  }

  /** The first pending events are durable. */
  keep(events: number): void {
    const kept = this.pendingEvents.slice(0, events);
    this.pendingEvents = this.pendingEvents.slice(events);
    if (this.grown?.size === this.durable.size + events) {
      this.durable = this.grown;
      this.grown = null;
      return;
    }
    for (const { hash } of kept) this.durable.append(hash);
    if (this.grown && this.grown.size < this.durable.size) this.grown = null;
  }

  /** A mark that was made before so many events became durable, as it counts now. */
  moved(mark: Mark, events: number): Mark {
    return { ...mark, pending: mark.pending - events };
  }

  /** Follows an event that is stored already. Nothing is pending then. */
  follow(stored: StoredEvent): void {
    this.headHash = stored.hash;
    this.durable.append(stored.hash);
  }
}

function refuseTooLarge(bytes: number, limit: number): void {
  if (bytes > limit) throw new Refusal('entry-too-large', { bytes, limit });
}
