import { randomUUID } from 'node:crypto';
import {
  type AppendRequest,
  EventStore,
  type Head,
  LARGEST_PAGE,
  type PositionedEvent,
  requireWellFormed,
  signedCheckpoint,
  type StoredCheckpoint,
  type StoredEvent,
  StoreUnavailable,
  WrongRevision,
} from '../../src/ports/event-store';

/** Positions lie apart, as those of a log's records do: nothing between two of them is one. */
const STRIDE = 100;

/** An event store that forgets everything with the process: for tests of what stands above the port. */
export class MemoryEventStore extends EventStore {
  private readonly storeId = `memory-${randomUUID()}`;
  private isClosed = false;
  private readonly log: PositionedEvent[] = [];
  private readonly streams = new Map<string, StoredEvent[]>();
  private readonly notes = new Map<string, StoredCheckpoint[]>();
  private readonly listeners = new Set<(heads: readonly Head[]) => void>();
  /** Set by a test: called before each append; what it throws is the store's answer. */
  beforeAppend: ((request: AppendRequest) => void | Promise<void>) | null = null;
  /** Set by a test: called after the events are in, before the answer: a lost answer. */
  afterAppend: ((request: AppendRequest) => void) | null = null;
  /** Set by a test: the checkpoint of the next append is lost, as in a store that writes it after the events. */
  losesCheckpoint = false;

  override id(): Promise<string> {
    return Promise.resolve(this.storeId);
  }

  override async append(request: AppendRequest): Promise<void> {
    requireWellFormed(request);
    if (this.isClosed) throw new StoreUnavailable('the store is closed', 'not-written');
    await this.beforeAppend?.(request);
    const stream = this.streams.get(request.ledger) ?? [];
    if (stream.length !== request.expectedSequence) {
      throw new WrongRevision(request.ledger, request.expectedSequence, stream.length);
    }
    for (const event of request.events) {
      stream.push(event);
      this.log.push({ ...event, position: (this.log.length + 1) * STRIDE });
    }
    this.streams.set(request.ledger, stream);
    const note = { ledger: request.ledger, size: stream.length, note: signedCheckpoint(request) };
    if (!this.losesCheckpoint) this.keep(note);
    this.losesCheckpoint = false;
    this.afterAppend?.(request);
    const last = stream.at(-1) as StoredEvent;
    const head = { ledger: request.ledger, sequence: last.sequence, hash: last.hash };
    for (const listener of this.listeners) listener([head]);
  }

  override head(ledger: string): Promise<Head | null> {
    const last = this.streams.get(ledger)?.at(-1);
    return Promise.resolve(last ? { ledger, sequence: last.sequence, hash: last.hash } : null);
  }

  override async heads(after: string | null, limit: number): Promise<readonly Head[]> {
    const ids = [...this.streams.keys()].sort().filter((id) => after === null || id > after);
    const heads = await Promise.all(ids.slice(0, pageOf(limit)).map((id) => this.head(id)));
    return heads.flatMap((head) => (head ? [head] : []));
  }

  override read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    const start = Math.max(0, fromSequence - 1);
    return Promise.resolve((this.streams.get(ledger) ?? []).slice(start, start + pageOf(limit)));
  }

  override readAll(afterPosition: number, limit: number): Promise<readonly PositionedEvent[]> {
    const from = afterPosition / STRIDE;
    if (!Number.isInteger(from)) return Promise.reject(new RangeError(`no event lies at ${afterPosition}`));
    return Promise.resolve(this.log.slice(from, from + pageOf(limit)));
  }

  override positionOf(ledger: string, sequence: number): Promise<number | null> {
    const found = this.log.find((event) => event.ledger === ledger && event.sequence === sequence);
    return Promise.resolve(found?.position ?? null);
  }

  override latestCheckpoint(ledger: string): Promise<StoredCheckpoint | null> {
    return Promise.resolve(this.notes.get(ledger)?.at(-1) ?? null);
  }

  override checkpoints(
    ledger: string,
    fromSize: number,
    limit: number,
  ): Promise<readonly StoredCheckpoint[]> {
    const notes = this.notes.get(ledger) ?? [];
    return Promise.resolve(notes.filter(({ size }) => size >= fromSize).slice(0, pageOf(limit)));
  }

  override keepCheckpoint(checkpoint: StoredCheckpoint): Promise<void> {
    const { ledger, size } = checkpoint;
    if ((this.streams.get(ledger)?.length ?? 0) < size)
      return Promise.reject(new RangeError(`ledger ${ledger} has no event ${size}`));
    if ((this.notes.get(ledger)?.at(-1)?.size ?? 0) < size) this.keep(checkpoint);
    return Promise.resolve();
  }

  override onAppended(listener: (heads: readonly Head[]) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  override close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  private keep(checkpoint: StoredCheckpoint): void {
    const { ledger } = checkpoint;
    this.notes.set(ledger, [...(this.notes.get(ledger) ?? []).slice(-50), checkpoint]);
  }

  /** What is left of it after a restart: itself, open again. */
  reopened(): this {
    this.isClosed = false;
    return this;
  }
}

function pageOf(limit: number): number {
  return Math.max(0, Math.min(limit, LARGEST_PAGE));
}
