import {
  type Document,
  type DocumentRange,
  type DocumentWrite,
  type ProjectionCheckpoint,
  ReadModelStore,
  type StoredSnapshot,
} from '../ports/read-model-store';

export type PartitionOptions = {
  /** What its collections and settings begin with in the store; see `partitionPrefix`. */
  readonly prefix?: string;
  /** The token of the lease under which it is folded; without one, what must not go back is not guarded. */
  readonly fence?: number;
};

/**
 * The part of a read store that belongs to one partition: whoever folds it sees names as if there was no other, and what
 * must not go back carries the token of the partition's lease. Snapshots are those of the whole store.
 */
export class PartitionReadModels extends ReadModelStore {
  private readonly prefix: string;
  private readonly fence: number | undefined;

  constructor(
    private readonly store: ReadModelStore,
    { prefix = '', fence }: PartitionOptions = {},
  ) {
    super();
    this.prefix = prefix;
    this.fence = fence;
  }

  override write(
    documents: readonly DocumentWrite[],
    checkpoints: readonly ProjectionCheckpoint[],
  ): Promise<void> {
    const { prefix } = this;
    if (prefix === '') return this.store.write(documents, checkpoints, this.fence);
    return this.store.write(
      documents.map((document) => ({ ...document, collection: prefix + document.collection })),
      checkpoints.map((checkpoint) => ({ ...checkpoint, projection: prefix + checkpoint.projection })),
      this.fence,
    );
  }

  override drop(collection: string): Promise<void> {
    return this.store.drop(this.prefix + collection, this.fence);
  }

  override async lost(collections: readonly string[]): Promise<readonly string[]> {
    const { prefix } = this;
    const found = await this.store.lost(collections.map((collection) => prefix + collection));
    return found.map((collection) => collection.slice(prefix.length));
  }

  override saveSetting(name: string, value: string): Promise<void> {
    return this.store.saveSetting(this.prefix + name, value, this.fence);
  }

  override get(collection: string, ledger: string, key: string): Promise<Document | null> {
    return this.store.get(this.prefix + collection, ledger, key);
  }

  override getAcross(
    collection: string,
    ledgers: readonly string[],
    key: string,
  ): Promise<ReadonlyMap<string, Document>> {
    return this.store.getAcross(this.prefix + collection, ledgers, key);
  }

  override getMany(
    collection: string,
    ledger: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Document>> {
    return this.store.getMany(this.prefix + collection, ledger, keys);
  }

  override list(collection: string, ledger: string, range: DocumentRange): Promise<readonly Document[]> {
    return this.store.list(this.prefix + collection, ledger, range);
  }

  override async checkpoint(projection: string): Promise<ProjectionCheckpoint | null> {
    const found = await this.store.checkpoint(this.prefix + projection);
    return found && { ...found, projection };
  }

  override setting(name: string): Promise<string | null> {
    return this.store.setting(this.prefix + name);
  }

  override snapshot(ledger: string): Promise<StoredSnapshot | null> {
    return this.store.snapshot(ledger);
  }

  override saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    return this.store.saveSnapshot(snapshot);
  }

  override dropSnapshots(): Promise<void> {
    return this.store.dropSnapshots();
  }

  override close(): Promise<void> {
    return this.store.close();
  }
}
