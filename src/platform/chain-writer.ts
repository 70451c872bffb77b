import type { LedgerEvent } from '../ledger/events';
import { Refusal } from '../kernel/refusal';
import { canonicalJson } from '../proof/canonical-json';
import { type CompactTree } from '../proof/merkle-tree';
import type { StoredEvent } from '../ports/event-store';
import { sha256, sha256Hex } from './crypto';

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

export type Mark = { readonly hash: string; readonly pending: number; readonly tree: CompactTree };

/**
 * The end of one ledger's chain: links events as they are decided, and can be rolled back to a mark together with
 * the state. What is pending has not been stored yet.
 */
export class ChainWriter {
  private pendingEvents: StoredEvent[] = [];

  constructor(
    readonly ledger: string,
    private headHash: string,
    private merkle: CompactTree,
  ) {}

  get hash(): string {
    return this.headHash;
  }

  get tree(): CompactTree {
    return this.merkle;
  }

  get pending(): readonly StoredEvent[] {
    return this.pendingEvents;
  }

  /** Links an event: gives it its `prevHash`, writes its canonical text, hashes it. @throws Refusal entry-too-large */
  link(event: LedgerEvent): void {
    (event as { prevHash: string }).prevHash = this.headHash;
    const text = canonicalJson(event);
    const bytes = text.length > LARGEST_EVENT / 4 ? Buffer.byteLength(text) : text.length;
    if (bytes > LARGEST_EVENT) refuseTooLarge(bytes, largest(event));
    const hash = sha256Hex(text);
    this.pendingEvents.push({ ledger: this.ledger, sequence: event.sequence, text, hash });
    this.headHash = hash;
    this.merkle = this.merkle.append(Buffer.from(hash, 'hex'), sha256);
  }

  mark(): Mark {
    return {
      hash: this.headHash,
      pending: this.pendingEvents.length,
      tree: this.merkle,
    };
  }

  rollback(mark: Mark): void {
    this.headHash = mark.hash;
    this.pendingEvents.length = mark.pending;
    this.merkle = mark.tree;
  }

  /** The first pending events are durable. */
  keep(events: number): void {
    this.pendingEvents = this.pendingEvents.slice(events);
  }

  /** A mark that was made before so many events became durable, as it counts now. */
  moved(mark: Mark, events: number): Mark {
    return { ...mark, pending: mark.pending - events };
  }

  /** Follows an event that is stored already. */
  follow(stored: StoredEvent): void {
    this.headHash = stored.hash;
    this.merkle = this.merkle.append(Buffer.from(stored.hash, 'hex'), sha256);
  }
}

function refuseTooLarge(bytes: number, limit: number): void {
  if (bytes > limit) throw new Refusal('entry-too-large', { bytes, limit });
}
