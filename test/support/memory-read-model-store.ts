import {
  type Document,
  type DocumentRange,
  type DocumentWrite,
  type ProjectionCheckpoint,
  ReadModelStore,
  StaleFence,
  type StoredSnapshot,
} from '../../src/ports/read-model-store';

/** A read store that forgets everything with the process. Bodies are kept as text, as any real store would. */
export class MemoryReadModelStore extends ReadModelStore {
  protected readonly collections = new Map<string, Map<string, { sequence: number; text: string }>>();
  protected readonly checkpoints = new Map<string, ProjectionCheckpoint>();
  protected readonly settings = new Map<string, string>();
  /** The newest fence of each checkpoint and setting. */
  protected readonly fences = new Map<string, number>();
  protected readonly snapshots = new Map<string, StoredSnapshot>();
  /** Set it to make the next writes fail. */
  failure: Error | null = null;

  async get(collection: string, ledger: string, key: string): Promise<Document | null> {
    const found = this.documents(collection, ledger).get(key);
    return found ? { key, sequence: found.sequence, body: JSON.parse(found.text) as unknown } : null;
  }

  async getAcross(
    collection: string,
    ledgers: readonly string[],
    key: string,
  ): Promise<ReadonlyMap<string, Document>> {
    const found = new Map<string, Document>();
    for (const ledger of ledgers) {
      const document = await this.get(collection, ledger, key);
      if (document) found.set(ledger, document);
    }
    return found;
  }

  async getMany(
    collection: string,
    ledger: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Document>> {
    const found = new Map<string, Document>();
    for (const key of keys) {
      const document = await this.get(collection, ledger, key);
      if (document) found.set(key, document);
    }
    return found;
  }

  async list(collection: string, ledger: string, range: DocumentRange): Promise<readonly Document[]> {
    const { from = '', to, limit, descending = false } = range;
    const keys = [...this.documents(collection, ledger).keys()]
      .filter((key) => asBytes(key, from) >= 0 && (to === undefined || asBytes(key, to) < 0))
      .sort(asBytes);
    if (descending) keys.reverse();
    const found = await this.getMany(collection, ledger, keys.slice(0, Math.max(0, limit)));
    return [...found.values()];
  }

  async write(
    documents: readonly DocumentWrite[],
    checkpoints: readonly ProjectionCheckpoint[],
    fence?: number,
  ): Promise<void> {
    if (this.failure) throw this.failure;
    for (const { collection, ledger, key, sequence, body } of documents) {
      const known = this.documents(collection, ledger);
      if ((known.get(key)?.sequence ?? 0) > sequence) continue;
      known.set(key, { sequence, text: JSON.stringify(body) });
    }
    for (const checkpoint of checkpoints) this.move(checkpoint, fence);
  }

  async checkpoint(projection: string): Promise<ProjectionCheckpoint | null> {
    return this.checkpoints.get(projection) ?? null;
  }

  async drop(collection: string, fence?: number): Promise<void> {
    this.raise(`checkpoints/${collection}`, fence);
    for (const key of [...this.collections.keys()]) {
      if (key.startsWith(`${collection}\n`)) this.collections.delete(key);
    }
    this.checkpoints.delete(collection);
  }

  async lost(): Promise<readonly string[]> {
    return [];
  }

  async setting(name: string): Promise<string | null> {
    return this.settings.get(name) ?? null;
  }

  async saveSetting(name: string, value: string, fence?: number): Promise<void> {
    this.raise(`settings/${name}`, fence);
    this.settings.set(name, value);
  }

  async snapshot(ledger: string): Promise<StoredSnapshot | null> {
    return this.snapshots.get(ledger) ?? null;
  }

  async saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    this.snapshots.set(snapshot.ledger, snapshot);
  }

  async dropSnapshots(): Promise<void> {
    this.snapshots.clear();
  }

  async close(): Promise<void> {
    this.collections.clear();
  }

  /** All documents of a collection, for comparisons. */
  all(collection: string, ledger: string): Record<string, { sequence: number; body: unknown }> {
    return Object.fromEntries(
      [...this.documents(collection, ledger)].map(([key, { sequence, text }]) => [
        key,
        { sequence, body: JSON.parse(text) },
      ]),
    );
  }

  private move(checkpoint: ProjectionCheckpoint, fence?: number): void {
    const { projection, storeId, position } = checkpoint;
    const known = this.checkpoints.get(projection);
    const isSame = this.raise(`checkpoints/${projection}`, fence) && known?.storeId === storeId;
    if (!isSame || known.position <= position) this.checkpoints.set(projection, checkpoint);
  }

  /** Whether the fence is the one that has written it last. @throws StaleFence */
  protected raise(what: string, fence?: number): boolean {
    if (fence === undefined) return false;
    const newest = this.fences.get(what) ?? 0;
    if (newest > fence) throw new StaleFence(what, fence, newest);
    this.fences.set(what, fence);
    return newest === fence;
  }

  protected documents(collection: string, ledger: string): Map<string, { sequence: number; text: string }> {
    const name = `${collection}\n${ledger}`;
    const known = this.collections.get(name);
    if (known) return known;
    const made = new Map<string, { sequence: number; text: string }>();
    this.collections.set(name, made);
    return made;
  }
}

/** Keys compare as byte strings, not as JavaScript compares texts. */
function asBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
