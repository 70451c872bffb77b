import { randomUUID } from 'node:crypto';
import {
  type AnyBulkWriteOperation,
  Binary,
  type Collection,
  type Filter,
  Long,
  MongoServerError,
  type OptionalUnlessRequiredId,
} from 'mongodb';
import {
  type Document,
  type DocumentRange,
  type DocumentWrite,
  type ProjectionCheckpoint,
  ReadModelsLost,
  ReadModelStore,
  StaleFence,
  type StoredSnapshot,
} from '../../ports/read-model-store';
import { StoreUnavailable } from '../../ports/event-store';
import { AddressRefused } from '../../ports/store-address';
import { inTime } from '../in-time';
import { answered, connect, type Connection, isDuplicate, type MongoOptions } from './connection';

/** Raise it when the collections change: all of it follows from the events, so an operator drops the database. */
const FORMAT = 1;

/** Far from the 16 MiB that a document may have. */
const CHUNK_BYTES = 1024 * 1024;

/** Who records waits for it: beyond so many milliseconds folding the events is quicker. */
const SNAPSHOT_MS = 10_000;

/** Longer than any snapshot takes to be written. Older chunks that belong to none are what a crash left. */
const CHUNK_ORPHANED_MS = 3_600_000;

/** Between the parts of an `_id`. The last part may hold anything, the ones before it hold ids. */
const SEPARATOR = '\n';
/** The character after the separator: the end of all that begins with `<ledger>\n`. */
const AFTER_SEPARATOR = '\u000b';

/** An int64 of BSON; the driver reads one within ±2^53 as a number. */
type Int64 = Long | number;

/**
 * What is stored of a document. The server compares `v` as BSON compares documents, member by member in this order:
 * the sequence (`s`), then, between equal ones, when it was written (`w`); the body (`b`, JSON) never decides. So
 * `$max` replaces what has folded less or as much and leaves alone what has folded more, atomically, in a filter by
 * `_id` alone: nothing that is older is an error, and the server itself repeats an upsert that met another one.
 */
type StoredDocument = {
  readonly _id: string;
  readonly v: { readonly s: Int64; readonly w: Int64; readonly b: string };
};

type OperationsByCollection = ReadonlyMap<string, AnyBulkWriteOperation<StoredDocument>[]>;

/** Written under a fence: the newest that has written it, 0 for none. */
type Fenced = { readonly _id: string; readonly fence: Int64 };

/** The first document of a collection, in the form of the others. No other `_id` is without a separator. */
const MARKER: StoredDocument = { _id: 'marker', v: { s: Long.ZERO, w: Long.ZERO, b: 'null' } };

type Marked = { readonly _id: string };

/** `store` is null once the collection was dropped: the fence of who dropped it stays. */
type StoredProgress = Fenced & { readonly store: string | null; readonly position: Int64 };

type StoredSetting = Fenced & { readonly value: string };

type StoredHead = {
  readonly _id: string;
  readonly version: Int64;
  readonly sequence: Int64;
  readonly hash: string;
  readonly mac: string;
  readonly chunks: Int64;
  /** Whose chunks they are: a snapshot is replaced by pointing to others. */
  readonly generation: string;
};

type StoredChunk = {
  readonly _id: string;
  readonly generation: string;
  readonly at: Date;
  readonly bytes: Binary;
};

type StoredFormat = { readonly _id: 'format'; readonly version: number };

/**
 * Opens the read models of a MongoDB database, or makes them. Several nodes may do so at once. No index is needed
 * but the one of `_id`, which every collection has; what is where is told in docs/reference/mongodb.md.
 *
 * @throws StoreUnavailable when no server answers, AddressRefused, also when another version of Caisse has written the database
 */
export async function openMongoReadModelStore(options: MongoOptions): Promise<ReadModelStore> {
  const connection = await connect(options);
  try {
    await answered(() => requireFormat(connection));
    return new MongoReadModelStore(connection);
  } catch (error) {
    await connection.client.close();
    throw error;
  }
}

async function requireFormat({ db }: Connection): Promise<void> {
  const formats = db.collection<StoredFormat>('read-models');
  await onceMore(() =>
    formats.updateOne({ _id: 'format' }, { $setOnInsert: { version: FORMAT } }, { upsert: true }),
  );
  const found = await formats.findOne({ _id: 'format' });
  if (found?.version === FORMAT) return;
  const version = String(found?.version);
  const message = `the read models in database ${db.databaseName} have format ${version}, not ${FORMAT}`;
  throw new AddressRefused('other-read-models', message);
}

class MongoReadModelStore extends ReadModelStore {
  private lastStamp = 0;
  /** Checkpoints that were there: they never go away one by one, since a drop leaves its fence behind. */
  private readonly known = new Set<string>();
  /** Collections that are known to be marked, or to have been. */
  private readonly marked = new Set<string>();

  constructor(private readonly connection: Connection) {
    super();
  }

  override async get(collection: string, ledger: string, key: string): Promise<Document | null> {
    const _id = idOf(ledger, key);
    const found = await this.connection.answered(() => this.documents(collection).findOne({ _id }));
    return found && documentOf(found, ledger);
  }

  override async getAcross(
    collection: string,
    ledgers: readonly string[],
    key: string,
  ): Promise<ReadonlyMap<string, Document>> {
    const ledgerOf = new Map(ledgers.map((ledger) => [idOf(ledger, key), ledger]));
    const found = await this.find(collection, [...ledgerOf.keys()]);
    return new Map(
      found.map((stored) => {
        const ledger = ledgerOf.get(stored._id) as string;
        return [ledger, documentOf(stored, ledger)];
      }),
    );
  }

  override async getMany(
    collection: string,
    ledger: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Document>> {
    const found = await this.find(
      collection,
      keys.map((key) => idOf(ledger, key)),
    );
    return new Map(
      found.map((stored) => {
        const document = documentOf(stored, ledger);
        return [document.key, document];
      }),
    );
  }

  override async list(
    collection: string,
    ledger: string,
    { from = '', to, limit, descending = false }: DocumentRange,
  ): Promise<readonly Document[]> {
    // To MongoDB a limit of 0 is none.
    if (limit <= 0) return [];
    const end = to === undefined ? `${ledger}${AFTER_SEPARATOR}` : idOf(ledger, to);
    const found = await this.connection.answered(() =>
      this.documents(collection)
        .find({ _id: { $gte: idOf(ledger, from), $lt: end } })
        .sort({ _id: descending ? -1 : 1 })
        .limit(Math.min(limit, 0x7fffffff))
        .toArray(),
    );
    return found.map((stored) => documentOf(stored, ledger));
  }

  override async write(
    documents: readonly DocumentWrite[],
    checkpoints: readonly ProjectionCheckpoint[],
    fence?: number,
  ): Promise<void> {
    const stages = [false, true].map((isClosing) =>
      this.operationsOf(documents.filter((document) => (document.isClosing ?? false) === isClosing)),
    );
    const collections = new Set(stages.flatMap((byCollection) => [...byCollection.keys()]));
    await this.connection.answered(async () => {
      await this.requireStanding(collections, checkpoints, fence);
      await this.mark([...collections].filter((collection) => !this.marked.has(collection)));
      for (const byCollection of stages) await this.writeOperations(byCollection);
      await this.saveCheckpoints(checkpoints, fence);
    });
  }

  private async writeOperations(byCollection: OperationsByCollection): Promise<void> {
    await Promise.all(
      [...byCollection].map(([collection, operations]) =>
        onceMore(() => this.documents(collection).bulkWrite(operations, { ordered: false })),
      ),
    );
  }

  override async checkpoint(projection: string): Promise<ProjectionCheckpoint | null> {
    const found = await this.connection.answered(() => this.progress.findOne({ _id: projection }));
    if (found) this.known.add(projection);
    else this.known.delete(projection);
    if (typeof found?.store !== 'string') return null;
    return { projection, storeId: found.store, position: numberOf(found.position) };
  }

  /** First its checkpoint, so that it is never ahead of its documents. */
  override async drop(collection: string, fence?: number): Promise<void> {
    const fields = { store: null, position: Long.ZERO };
    await this.connection.answered(async () => {
      await this.saveFenced({ collection: 'checkpoints', name: collection, fields }, fence);
      await this.marks.deleteOne({ _id: collection });
      this.marked.delete(collection);
      await this.documents(collection)
        .drop()
        .catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
    });
  }

  override async lost(collections: readonly string[]): Promise<readonly string[]> {
    return this.connection.answered(async () => {
      const marked = await this.markedOf(collections);
      for (const collection of collections) if (!marked.has(collection)) this.marked.delete(collection);
      const looked = [...marked].map(async (collection) => {
        return {
          collection,
          isThere: (await this.documents(collection).findOne({ _id: MARKER._id })) !== null,
        };
      });
      return (await Promise.all(looked))
        .filter(({ isThere }) => !isThere)
        .map(({ collection }) => collection);
    });
  }

  override async setting(name: string): Promise<string | null> {
    return (await this.connection.answered(() => this.settings.findOne({ _id: name })))?.value ?? null;
  }

  override saveSetting(name: string, value: string, fence?: number): Promise<void> {
    return this.connection.answered(() =>
      this.saveFenced({ collection: 'settings', name, fields: { value } }, fence),
    );
  }

  /** Null also for one that is being replaced for the second time, or that lost a part: it is made again. */
  override async snapshot(ledger: string): Promise<StoredSnapshot | null> {
    const reading = this.connection.answered(
      async () => (await this.readSnapshot(ledger)) ?? (await this.readSnapshot(ledger)),
    );
    return inTime(
      reading,
      SNAPSHOT_MS,
      () => new StoreUnavailable(`no snapshot within ${SNAPSHOT_MS} ms`, 'unknown'),
    );
  }

  /** First its chunks, then the head that points to them, then those of the one before are of no more use. */
  override async saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    const { ledger, stateVersion, sequence, hash, mac, bytes } = snapshot;
    const generation = randomUUID();
    const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
    await this.connection.answered(async () => {
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        const part = bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
        const _id = chunkId(ledger, generation, chunk);
        await this.chunks.insertOne({ _id, generation, at: new Date(), bytes: new Binary(part) });
      }
      const head = {
        version: Long.fromNumber(stateVersion),
        sequence: Long.fromNumber(sequence),
        hash,
        mac,
        chunks: Long.fromNumber(chunks),
        generation,
      };
      const replaced = await onceMore(() =>
        this.heads.findOneAndUpdate(
          { _id: ledger },
          { $set: head },
          { upsert: true, returnDocument: 'before' },
        ),
      );
      if (replaced)
        await this.chunks.deleteMany({ _id: between(idOf(ledger, `${replaced.generation}${SEPARATOR}`)) });
      // What a crash between the two left behind; nobody else's chunks are on their way for so long.
      const longAgo = new Date(Date.now() - CHUNK_ORPHANED_MS);
      await this.chunks.deleteMany({
        _id: between(idOf(ledger, '')),
        generation: { $ne: generation },
        at: { $lt: longAgo },
      });
    });
  }

  override async dropSnapshots(): Promise<void> {
    await this.connection.answered(async () => {
      await this.heads.deleteMany({});
      await this.chunks.deleteMany({});
    });
  }

  override async close(): Promise<void> {
    await this.connection.client.close();
  }

  private documents(collection: string): Collection<StoredDocument> {
    return this.connection.db.collection(`documents.${collection}`);
  }

  /** Which collections have been written since they were dropped last: each of them holds a marker. */
  private get marks(): Collection<Marked> {
    return this.connection.db.collection('marks');
  }

  private async markedOf(collections: readonly string[]): Promise<Set<string>> {
    const found = await this.marks.find({ _id: { $in: [...collections] } }).toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  /**
   * Before the first document of a collection: its marker, then that it has one. Nobody marks what was marked before, so one
   * that was dropped by somebody else, and made again by the next batch, is missed.
   */
  private async mark(collections: readonly string[]): Promise<void> {
    if (collections.length === 0) return;
    const marked = await this.markedOf(collections);
    for (const collection of collections) {
      if (!marked.has(collection)) {
        await isInserted(this.documents(collection), MARKER);
        await isInserted(this.marks, { _id: collection });
      }
      this.marked.add(collection);
    }
  }

  private get progress(): Collection<StoredProgress> {
    return this.connection.db.collection('checkpoints');
  }

  private get settings(): Collection<StoredSetting> {
    return this.connection.db.collection('settings');
  }

  private get heads(): Collection<StoredHead> {
    return this.connection.db.collection('snapshots');
  }

  private get chunks(): Collection<StoredChunk> {
    return this.connection.db.collection('snapshot-chunks');
  }

  private find(collection: string, ids: readonly string[]): Promise<StoredDocument[]> {
    const [first] = ids;
    if (first === undefined) return Promise.resolve([]);
    // FerretDB looks through a whole collection for a set, also for one of a single id.
    const _id = ids.length === 1 ? first : { $in: [...ids] };
    return this.connection.answered(() => this.documents(collection).find({ _id }).toArray());
  }

  /** One operation for each document: of several of one key, the last one that has folded most. */
  private operationsOf(documents: readonly DocumentWrite[]): OperationsByCollection {
    const chosen = new Map<string, Map<string, DocumentWrite>>();
    for (const document of documents) {
      const { collection, ledger, key, sequence } = document;
      const known = chosen.get(collection) ?? new Map<string, DocumentWrite>();
      chosen.set(collection, known);
      const _id = idOf(ledger, key);
      if ((known.get(_id)?.sequence ?? sequence) <= sequence) known.set(_id, document);
    }
    const w = Long.fromNumber(this.stamp());
    return new Map(
      [...chosen].map(([collection, known]) => [
        collection,
        [...known].map(([_id, { sequence, body }]) => {
          const v = { s: Long.fromNumber(sequence), w, b: JSON.stringify(body) };
          return { updateOne: { filter: { _id }, update: { $max: { v } }, upsert: true } };
        }),
      ]),
    );
  }

  /** Microseconds by this machine's clock, rising in any case. */
  private stamp(): number {
    this.lastStamp = Math.max(this.lastStamp + 1, Date.now() * 1000);
    return this.lastStamp;
  }

  /** All in one command, as a rule; those of a new read model, or under a newer fence, one by one. */
  private async saveCheckpoints(checkpoints: readonly ProjectionCheckpoint[], fence?: number): Promise<void> {
    if (checkpoints.length === 0) return;
    const writes = checkpoints.map(({ projection, storeId, position }): FencedWrite => {
      const fields = { store: storeId, position: Long.fromNumber(position) };
      return { collection: 'checkpoints', name: projection, fields };
    });
    const updates = writes.map((write): AnyBulkWriteOperation<Fenced> => {
      const { filter, set } = fencedUpdate(write, fence);
      return { updateOne: { filter, update: { $set: set } } };
    });
    const fenced = this.connection.db.collection<Fenced>('checkpoints');
    const { matchedCount } = await fenced.bulkWrite(updates, { ordered: false });
    if (matchedCount < writes.length)
      await Promise.all(writes.map((write) => this.saveCheckpoint(write, fence)));
    else for (const { name } of writes) this.known.add(name);
  }

  /**
   * One that was there is not made anew: the store was emptied since it was looked at, and checkpoints alone would say
   * that all of it is there.
   *
   * @throws ReadModelsLost, StaleFence
   */
  private async saveCheckpoint(wanted: FencedWrite, fence?: number): Promise<void> {
    const { name } = wanted;
    if (!this.known.has(name)) return this.saveFenced(wanted, fence);
    const { filter, set } = fencedUpdate(wanted, fence);
    if ((await this.progress.updateOne(filter, { $set: set })).matchedCount > 0) return;
    const stored = await this.progress.findOne({ _id: name });
    if (!stored) throw new ReadModelsLost(name);
    requireFence(`checkpoints/${name}`, stored, fence);
  }

  /**
   * Before anything is written: a store that was emptied meanwhile gave documents as absent that were not, and what
   * was folded into nothing must not be kept. It also spares a process that lost its lease the writing.
   *
   * @throws ReadModelsLost, StaleFence
   */
  private async requireStanding(
    collections: Iterable<string>,
    checkpoints: readonly ProjectionCheckpoint[],
    fence?: number,
  ): Promise<void> {
    const names = new Set(checkpoints.map(({ projection }) => projection));
    for (const collection of collections) if (this.known.has(collection)) names.add(collection);
    if (names.size === 0) return;
    const found = await this.progress.find({ _id: { $in: [...names] } }).toArray();
    for (const stored of found) {
      names.delete(stored._id);
      requireFence(`checkpoints/${stored._id}`, stored, fence);
    }
    for (const missing of names) if (this.known.has(missing)) throw new ReadModelsLost(missing);
  }

  /**
   * Compare and set on one document. Without a fence it is written in any case, and a fence that is there stays.
   *
   * @throws StaleFence when a newer one has written it
   */
  private async saveFenced(wanted: FencedWrite, fence?: number): Promise<void> {
    const { collection, name, fields } = wanted;
    const fenced = this.connection.db.collection<Fenced>(collection);
    const long = Long.fromNumber(fence ?? 0);
    const { filter, set } = fencedUpdate(wanted, fence);
    const isUpdated = async () => (await fenced.updateOne(filter, { $set: set })).matchedCount > 0;
    if (!(await isUpdated()) && !(await isInserted(fenced, { _id: name, ...fields, fence: long }))) {
      // Between the two, the first one of all may have been written.
      if (!(await isUpdated()))
        requireFence(`${collection}/${name}`, await fenced.findOne({ _id: name }), fence);
    }
    if (collection === 'checkpoints') this.known.add(name);
  }

  /** Two reads: the head, then the chunks that it points to. */
  private async readSnapshot(ledger: string): Promise<StoredSnapshot | null> {
    const head = await this.heads.findOne({ _id: ledger });
    if (!head) return null;
    const { hash, mac, generation } = head;
    const _id = between(idOf(ledger, `${generation}${SEPARATOR}`));
    const chunks = await this.chunks.find({ _id }).sort({ _id: 1 }).toArray();
    if (chunks.length !== numberOf(head.chunks)) return null;
    return {
      ledger,
      stateVersion: numberOf(head.version),
      sequence: numberOf(head.sequence),
      hash,
      mac,
      bytes: new Uint8Array(Buffer.concat(chunks.map(({ bytes }) => bytes.buffer))),
    };
  }
}

/** What a fence guards: one document, whose other fields are replaced together. */
type FencedWrite = {
  readonly collection: 'checkpoints' | 'settings';
  readonly name: string;
  readonly fields: { readonly store: string | null; readonly position: Long } | { readonly value: string };
};

/** Which document may be changed, and to what. */
function fencedUpdate(
  wanted: FencedWrite,
  fence: number | undefined,
): { readonly filter: Filter<Fenced>; readonly set: Readonly<Record<string, unknown>> } {
  const { name: _id, fields } = wanted;
  if (fence === undefined) return { filter: { _id }, set: fields };
  const long = Long.fromNumber(fence);
  return { filter: { _id, $or: mayReplace(wanted, long) }, set: { ...fields, fence: long } };
}

/** Anything of an older fence; of the same one, whatever is not further on in the same event store. */
function mayReplace({ fields }: FencedWrite, fence: Long): Filter<Fenced>[] {
  const older = { fence: { $lt: fence } };
  if (!('position' in fields)) return [older, { fence }];
  return [older, { fence, store: { $ne: fields.store } }, { fence, position: { $lte: fields.position } }];
}

async function isInserted<Stored extends Marked>(
  collection: Collection<Stored>,
  document: OptionalUnlessRequiredId<Stored>,
): Promise<boolean> {
  try {
    await collection.insertOne(document);
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

/** @throws StaleFence */
function requireFence(what: string, stored: Fenced | null, fence?: number): void {
  if (stored && fence !== undefined && numberOf(stored.fence) > fence)
    throw new StaleFence(what, fence, numberOf(stored.fence));
}

/** An id of a ledger is no free text; the key after it may hold anything. */
function idOf(ledger: string, key: string): string {
  if (ledger.includes(SEPARATOR)) throw new Error(`${JSON.stringify(ledger)} is no ledger`);
  return `${ledger}${SEPARATOR}${key}`;
}

/** Chunks are sorted by their ids, so their numbers are of one length. */
function chunkId(ledger: string, generation: string, chunk: number): string {
  return idOf(ledger, `${generation}${SEPARATOR}${String(chunk).padStart(6, '0')}`);
}

/** All ids that begin with a text that ends in the separator. */
function between(start: string): { $gte: string; $lt: string } {
  return { $gte: start, $lt: `${start.slice(0, -SEPARATOR.length)}${AFTER_SEPARATOR}` };
}

function documentOf({ _id, v }: StoredDocument, ledger: string): Document {
  return {
    key: _id.slice(ledger.length + SEPARATOR.length),
    sequence: numberOf(v.s),
    body: JSON.parse(v.b) as unknown,
  };
}

function numberOf(value: Int64): number {
  return typeof value === 'number' ? value : value.toNumber();
}

/**
 * Two upserts of one `_id` that is not there yet may meet, and the server gives up on one of them. By then it is
 * there, and the same call finds it.
 */
async function onceMore<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return work();
  }
}

/** What does not exist need not be dropped; servers before 7.0 call it an error. */
function isMissing(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 26;
}
