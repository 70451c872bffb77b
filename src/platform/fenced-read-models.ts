import {
  type Document,
  type DocumentRange,
  type DocumentWrite,
  type ProjectionCheckpoint,
  ReadModelStore,
  type StoredSnapshot,
} from '../ports/read-model-store';

/** A read store as a holder of a lease writes to it: what must not go back carries the lease's token. */
export class FencedReadModels extends ReadModelStore {
  constructor(
    private readonly store: ReadModelStore,
    private readonly fence: number,
  ) {
    super();
  }

  override write(
    documents: readonly DocumentWrite[],
    checkpoints: readonly ProjectionCheckpoint[],
  ): Promise<void> {
    return this.store.write(documents, checkpoints, this.fence);
  }

  override drop(collection: string): Promise<void> {
    return this.store.drop(collection, this.fence);
  }

  override saveSetting(name: string, value: string): Promise<void> {
    return this.store.saveSetting(name, value, this.fence);
  }

  override get(collection: string, ledger: string, key: string): Promise<Document | null> {
    return this.store.get(collection, ledger, key);
  }

  override getAcross(
    collection: string,
    ledgers: readonly string[],
    key: string,
  ): Promise<ReadonlyMap<string, Document>> {
    return this.store.getAcross(collection, ledgers, key);
  }

  override getMany(
    collection: string,
    ledger: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Document>> {
    return this.store.getMany(collection, ledger, keys);
  }

  override list(collection: string, ledger: string, range: DocumentRange): Promise<readonly Document[]> {
    return this.store.list(collection, ledger, range);
  }

  override checkpoint(projection: string): Promise<ProjectionCheckpoint | null> {
    return this.store.checkpoint(projection);
  }

  override setting(name: string): Promise<string | null> {
    return this.store.setting(name);
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
