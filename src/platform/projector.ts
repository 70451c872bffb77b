/** A place where a read model stopped: a bug or a damaged event, never skipped, to be looked at by a person. */
export type Halt = {
  /** The collection that stopped. */
  readonly collection: string;
  /** The ledger whose documents stand still; null when the whole read model does. */
  readonly ledger: string | null;
  /** The event that could not be folded. */
  readonly sequence: number;
  readonly reason: string;
};

export type ProjectionStatus = {
  readonly name: string;
  /** The collection that is served. */
  readonly collection: string;
  /** Set while another collection is built beside the served one. */
  readonly building: string | null;
  /** Position of the event store that the served collection has folded; of one that another process folds, a while ago. */
  readonly position: number;
  /** The served collection is of an older version, or has not caught up with the others: it does not set the pace. */
  readonly behind: boolean;
};

export type ProjectorStatus = {
  readonly running: boolean;
  readonly projections: readonly ProjectionStatus[];
  readonly halts: readonly Halt[];
  /** Why folding waits (a store that does not answer); null when it does not. */
  readonly unavailable: string | null;
  /** Events that are recorded and not folded yet, of the ledgers that this process knows of. */
  readonly lagEvents: number;
  /** Seconds that the oldest event which is not folded yet has waited; 0 when all are. */
  readonly lagSeconds: number;
  /** In how many partitions it is this process that folds. */
  readonly partitionsHeld: number;
};

/** A read was asked to reflect an event that is not folded yet, or cannot be. Becomes a 503 with Retry-After. */
export class AfterNotReached extends Error {
  override readonly name = 'AfterNotReached';

  constructor(
    readonly ledger: string,
    readonly sequence: number,
    readonly reached: number,
    readonly reason: 'late' | 'halted' | 'rebuilding',
  ) {
    super(`read models of ledger ${ledger} are at ${reached}, not at ${sequence} (${reason})`);
  }
}

/** Keeps the read models level with the events, and says how far they are. Type and Nest token in one. */
export abstract class Projector {
  /** Resolves once the checkpoints are read and folding goes on. */
  abstract start(): Promise<void>;

  abstract stop(): Promise<void>;

  /** A hint that something was appended; without it the store is looked at a few times a second. */
  abstract wake(): void;

  /** The collection that a read model of a ledger is served from now. */
  abstract collectionOf(name: string, ledger: string): string;

  /**
   * What is missing from read models that are folded from the first event on must not be taken for nothing.
   *
   * @throws AfterNotReached while those of the ledger are
   */
  abstract requireWhole(ledger: string): void;

  /**
   * Waits until every read model has folded an event.
   *
   * @throws AfterNotReached after about five seconds, or at once where waiting is in vain
   */
  abstract waitFor(ledger: string, sequence: number): Promise<void>;

  abstract status(): ProjectorStatus;

  /** Folds read models anew beside the served ones, which stay in use until the new ones have caught up. */
  abstract rebuild(names?: readonly string[]): Promise<void>;
}

/** The collection that holds, per ledger, the last sequence that all read models have folded. */
export const PROGRESS = 'progress@1';
