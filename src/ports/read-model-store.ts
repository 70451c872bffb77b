/** A document of a read model. `sequence` is the ledger sequence that it has folded: redelivery changes nothing. */
export type Document<Body = unknown> = {
  readonly key: string;
  readonly sequence: number;
  readonly body: Body;
};

export type DocumentWrite = {
  /** A projection's name, version and generation, such as `journal@1`. */
  readonly collection: string;
  readonly ledger: string;
  readonly key: string;
  readonly sequence: number;
  readonly body: unknown;
  /** It says of the others of its batch that they are there: nobody sees it before he sees them. */
  readonly isClosing?: boolean;
};

/** How far a projection has folded: a position of one event store. */
export type ProjectionCheckpoint = {
  readonly projection: string;
  readonly storeId: string;
  readonly position: number;
};

export type DocumentRange = {
  /** First key, inclusive. */
  readonly from?: string;
  /** End key, exclusive. */
  readonly to?: string;
  readonly limit: number;
  readonly descending?: boolean;
};

/** A disposable picture of a ledger's decision state; `mac` and the hash at `sequence` say whether it may be used. */
export type StoredSnapshot = {
  readonly ledger: string;
  readonly stateVersion: number;
  readonly sequence: number;
  readonly hash: string;
  readonly mac: string;
  readonly bytes: Uint8Array;
};

/** Another process holds the lease by now: what it has written must not be undone. The lease is to be given up. */
export class StaleFence extends Error {
  override readonly name = 'StaleFence';

  constructor(
    /** The checkpoint or setting that was to be written. */
    readonly what: string,
    readonly fence: number,
    readonly newerFence: number,
  ) {
    super(`${what} was written under fence ${newerFence}, which is newer than ${fence}`);
  }
}

/** The store holds read models in another number of partitions: ledgers would be looked for where they are not. */
export class OtherPartitions extends Error {
  override readonly name = 'OtherPartitions';

  constructor(
    readonly known: string,
    asked: number,
  ) {
    super(`the read models are folded in ${known} partitions, not in ${asked}`);
  }
}

/** The store was emptied while it was in use: what it held has to be folded again, from the first event on. */
export class ReadModelsLost extends Error {
  override readonly name = 'ReadModelsLost';

  constructor(
    readonly projection: string,
    what = `the checkpoint of ${projection} is gone, and with it the documents`,
  ) {
    super(what);
  }
}

/**
 * Documents, checkpoints and snapshots: all of it can be deleted and made again from the events. Keys compare as
 * byte strings. Writes of one batch and their checkpoints become visible in an order that never lets a checkpoint
 * be ahead of its documents.
 *
 * Where several processes share a store, the one that folds holds a lease and hands the lease's token (`Leases`) in as
 * `fence`. A checkpoint, setting or drop under an older fence than the one that has written it last is refused, and
 * so a process that was paused beyond its lease cannot take them back. Documents need no fence: they carry the
 * sequence that they have folded, and folding is the same on every process. A store that belongs to one process by
 * lock has nobody to fend off and may leave fences unread.
 */
export abstract class ReadModelStore {
  abstract get(collection: string, ledger: string, key: string): Promise<Document | null>;

  /** The same key of many ledgers; absent ones are left out. */
  abstract getAcross(
    collection: string,
    ledgers: readonly string[],
    key: string,
  ): Promise<ReadonlyMap<string, Document>>;

  abstract getMany(
    collection: string,
    ledger: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Document>>;

  abstract list(collection: string, ledger: string, range: DocumentRange): Promise<readonly Document[]>;

  /**
   * Writes documents (a document with a higher stored sequence is left alone), then those that close the batch, then the
   * checkpoints. Under one fence a checkpoint never goes back within one event store.
   *
   * @throws StaleFence when a newer fence has written one of the checkpoints; nothing that is newer is replaced
   * @throws ReadModelsLost when a checkpoint that this process knows of is gone; nothing is written until the process
   * has read it anew
   */
  abstract write(
    documents: readonly DocumentWrite[],
    checkpoints: readonly ProjectionCheckpoint[],
    fence?: number,
  ): Promise<void>;

  abstract checkpoint(projection: string): Promise<ProjectionCheckpoint | null>;

  /**
   * Deletes all documents of a collection and the checkpoint of the same name.
   *
   * @throws StaleFence when a newer fence has written the checkpoint; then nothing is deleted
   */
  abstract drop(collection: string, fence?: number): Promise<void>;

  /**
   * Which of these collections are not those that were written any more, although nobody has told `drop`: documents are missing
   * from them.
   */
  abstract lost(collections: readonly string[]): Promise<readonly string[]>;

  /** Small named values of the runner, such as the live generation of a projection. */
  abstract setting(name: string): Promise<string | null>;

  /** @throws StaleFence when a newer fence has written it */
  abstract saveSetting(name: string, value: string, fence?: number): Promise<void>;

  abstract snapshot(ledger: string): Promise<StoredSnapshot | null>;

  abstract saveSnapshot(snapshot: StoredSnapshot): Promise<void>;

  abstract dropSnapshots(): Promise<void>;

  abstract close(): Promise<void>;
}
