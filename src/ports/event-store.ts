/** An event as a store keeps it: the exact canonical text that was hashed, and its hash (64 hex digits) beside it. */
export type StoredEvent = {
  readonly ledger: string;
  /** 1, 2, 3 … without a gap: the stream's revision. */
  readonly sequence: number;
  readonly text: string;
  readonly hash: string;
};

/** An event in the total order of the whole store. Positions grow; they are neither gapless nor shared between stores. */
export type PositionedEvent = StoredEvent & { readonly position: number };

export type Head = { readonly ledger: string; readonly sequence: number; readonly hash: string };

export type AppendRequest = {
  readonly ledger: string;
  /** The sequence of the last event that the writer knows; 0 for a ledger that does not exist yet. */
  readonly expectedSequence: number;
  /**
   * All or nothing, in order; their sequences follow `expectedSequence`. Never empty. A store whose engine bounds what
   * is written at once may write them in parts, one after the other, cut between entries (see `mayCutAfter`).
   */
  readonly events: readonly StoredEvent[];
  /** The sequences after which a part may end: what lies between two of them is one entry or one atomic batch. */
  readonly mayCutAfter?: readonly number[];
  /** The signed checkpoint of the ledger after these events (C2SP signed note). */
  readonly checkpoint: string | UnsignedCheckpoint;
  /** No other append follows in this turn of the event loop: a store that gathers them need not wait for company. */
  readonly comesAlone?: boolean;
};

/** What a store that signs needs beside what it knows: the Merkle root after the events, in hex. */
export type UnsignedCheckpoint = { readonly root: string };

export type StoredCheckpoint = { readonly ledger: string; readonly size: number; readonly note: string };

/** A page is never longer, whatever `limit` says: a store's memory is bounded. */
export const LARGEST_PAGE = 10_000;

/** An append that is not well-formed is a bug of its writer. @throws RangeError */
export function requireWellFormed({ ledger, expectedSequence, events }: AppendRequest): void {
  if (events.length === 0) throw new RangeError(`an append to ledger ${ledger} holds no event`);
  let sequence = expectedSequence;
  for (const event of events) {
    sequence += 1;
    if (event.ledger !== ledger || event.sequence !== sequence)
      throw new RangeError(
        `event ${event.sequence} of ${event.ledger} is not event ${sequence} of ${ledger}`,
      );
  }
}

/** The note of an append to a store that does not sign. @throws RangeError when it was left to the store */
export function signedCheckpoint({ ledger, checkpoint }: AppendRequest): string {
  if (typeof checkpoint !== 'string')
    throw new RangeError(`the checkpoint of ledger ${ledger} is not signed`);
  return checkpoint;
}

/**
 * Somebody else wrote: the ledger's head is not the expected one. Nothing was written, unless the append had to be written in
 * parts: the first ones are then in the tail that the writer reads.
 */
export class WrongRevision extends Error {
  override readonly name = 'WrongRevision';

  constructor(
    readonly ledger: string,
    readonly expectedSequence: number,
    readonly actualSequence: number,
  ) {
    super(`ledger ${ledger} is at ${actualSequence}, not at ${expectedSequence}`);
  }
}

/** Another process has the store, and it belongs to one at a time. */
export class StoreLocked extends Error {
  override readonly name = 'StoreLocked';
}

/**
 * The store did not confirm. `outcome` says what is known: `not-written` (a full disk, a refused transaction) or
 * `unknown` (an answer that got lost): the writer reads the head before it decides again.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  constructor(
    message: string,
    readonly outcome: 'not-written' | 'unknown',
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** What a store that was opened for reading answers to whoever writes. */
export function openedForReading(): StoreUnavailable {
  return new StoreUnavailable('the store was opened for reading', 'not-written');
}

/**
 * Where events are. Appends to one ledger are ordered by its expected revision; a promise resolves only once the
 * events are durable. What it means to be one is `test/contract/event-store.contract.ts`.
 */
export abstract class EventStore {
  /**
   * Whether other processes may append to the same ledgers. Then what is in memory may be behind: whoever says no, or
   * shows a live balance, reads the tail first.
   */
  readonly isShared: boolean = false;

  /**
   * Whether it signs checkpoints itself, away from the thread that decides, by the key that it was opened with. Then an
   * append need not bring one.
   */
  readonly signs: boolean = false;

  /**
   * How many entries are worth one append, where so many wait: they share what it costs beside them. Of more, more would be
   * alive at a time.
   */
  readonly entriesPerAppend: number = 256;

  /** A name that a new, emptied or replaced store does not share: checkpoints of projections belong to it. */
  abstract id(): Promise<string>;

  /** @throws WrongRevision, StoreUnavailable; RangeError when the request is not well-formed */
  abstract append(request: AppendRequest): Promise<void>;

  abstract head(ledger: string): Promise<Head | null>;

  /** The heads of all ledgers, a page at a time, ordered by ledger id. */
  abstract heads(after: string | null, limit: number): Promise<readonly Head[]>;

  /** Events of one ledger in order, from a sequence on. A page that is not full means that the end was reached. */
  abstract read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]>;

  /** Events of all ledgers in the store's order, after a position that the store has given (0 for the start). */
  abstract readAll(afterPosition: number, limit: number): Promise<readonly PositionedEvent[]>;

  /** The position of one event; null when it does not exist. */
  abstract positionOf(ledger: string, sequence: number): Promise<number | null>;

  abstract latestCheckpoint(ledger: string): Promise<StoredCheckpoint | null>;

  /** Checkpoints of one ledger by growing size, from a size on. */
  abstract checkpoints(ledger: string, fromSize: number, limit: number): Promise<readonly StoredCheckpoint[]>;

  /**
   * Keeps the checkpoint of events that are there: a store that writes it after them can have lost it in between. One
   * that is there, or that a later one covers, is left out, so that it may be asked for again.
   *
   * @throws StoreUnavailable; RangeError when the events are not there
   */
  abstract keepCheckpoint(checkpoint: StoredCheckpoint): Promise<void>;

  /** Calls back after appends of this process (and, where the store tells, of others). A hint: it may be late or missing. */
  abstract onAppended(listener: (heads: readonly Head[]) => void): () => void;

  abstract close(): Promise<void>;
}
