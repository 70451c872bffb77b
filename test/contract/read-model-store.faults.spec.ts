import { setImmediate } from 'node:timers/promises';
import type {
  Document,
  DocumentRange,
  DocumentWrite,
  ProjectionCheckpoint,
  StoredSnapshot,
} from '../../src/ports/read-model-store';
import { MemoryReadModelStore } from '../support/memory-read-model-store';
import { firstFailingExample } from './contract';
import { FENCES_CONTRACT } from './fences.contract';
import { READ_MODEL_STORE_CONTRACT } from './read-model-store.contract';

type Documents = readonly DocumentWrite[];
type Checkpoints = readonly ProjectionCheckpoint[];
type Store = new () => MemoryReadModelStore;

class WithoutSequences extends MemoryReadModelStore {
  override async write(documents: Documents, checkpoints: Checkpoints, fence?: number): Promise<void> {
    for (const { collection, ledger, key } of documents) this.documents(collection, ledger).delete(key);
    await super.write(documents, checkpoints, fence);
  }
}

class OffByOne extends MemoryReadModelStore {
  override async write(documents: Documents, checkpoints: Checkpoints, fence?: number): Promise<void> {
    const newer = documents.filter(
      ({ collection, ledger, key, sequence }) =>
        (this.documents(collection, ledger).get(key)?.sequence ?? -1) < sequence,
    );
    await super.write(newer, checkpoints, fence);
  }
}

/** Gives a batch up at its first document that is older than what is there. */
class Ordered extends MemoryReadModelStore {
  override async write(documents: Documents, checkpoints: Checkpoints, fence?: number): Promise<void> {
    const older = documents.findIndex(
      ({ collection, ledger, key, sequence }) =>
        (this.documents(collection, ledger).get(key)?.sequence ?? 0) > sequence,
    );
    await super.write(older < 0 ? documents : documents.slice(0, older), checkpoints, fence);
  }
}

/** Writes the checkpoint of a batch and loses the document that came last. */
class Forgetful extends MemoryReadModelStore {
  override write(documents: Documents, checkpoints: Checkpoints, fence?: number): Promise<void> {
    return super.write(documents.length > 1 ? documents.slice(0, -1) : documents, checkpoints, fence);
  }
}

/** Writes all collections of a batch at once, whatever they say of each other. */
class AllAtOnce extends MemoryReadModelStore {
  override async write(documents: Documents, checkpoints: Checkpoints, fence?: number): Promise<void> {
    const collections = new Set(documents.map(({ collection }) => collection));
    for (const collection of collections) {
      await super.write(
        documents.filter((document) => document.collection === collection),
        [],
      );
      await setImmediate();
    }
    await super.write([], checkpoints, fence);
  }
}

/** Of several of one batch that have folded as much the first one stands. */
class TakingTheFirst extends MemoryReadModelStore {
  override write(documents: Documents, checkpoints: Checkpoints, fence?: number): Promise<void> {
    return super.write([...documents].reverse(), checkpoints, fence);
  }
}

/** Whoever goes on from the checkpoint misses what did not arrive. */
class CheckpointsFirst extends MemoryReadModelStore {
  override async write(documents: Documents, checkpoints: Checkpoints, fence?: number): Promise<void> {
    await super.write([], checkpoints, fence);
    await setImmediate();
    await super.write(documents, []);
  }
}

class Rounding extends MemoryReadModelStore {
  override async get(collection: string, ledger: string, key: string): Promise<Document | null> {
    const found = await super.get(collection, ledger, key);
    return typeof found?.body === 'number' ? { ...found, body: Math.fround(found.body) } : found;
  }
}

class InTheOrderOfLanguage extends MemoryReadModelStore {
  override async list(
    collection: string,
    ledger: string,
    range: DocumentRange,
  ): Promise<readonly Document[]> {
    const listed = await super.list(collection, ledger, range);
    return range.descending ? listed : [...listed].sort((left, right) => left.key.localeCompare(right.key));
  }
}

class WithItsEnd extends MemoryReadModelStore {
  override list(collection: string, ledger: string, range: DocumentRange): Promise<readonly Document[]> {
    return super.list(collection, ledger, range.to === undefined ? range : { ...range, to: `${range.to}\0` });
  }
}

class WithoutLimit extends MemoryReadModelStore {
  override list(collection: string, ledger: string, range: DocumentRange): Promise<readonly Document[]> {
    return super.list(collection, ledger, { ...range, limit: range.limit > 0 ? range.limit : 100 });
  }
}

class OnlyAscending extends MemoryReadModelStore {
  override list(collection: string, ledger: string, range: DocumentRange): Promise<readonly Document[]> {
    return super.list(collection, ledger, { ...range, descending: false });
  }
}

class WithGaps extends MemoryReadModelStore {
  override getAcross(collection: string, ledgers: readonly string[], key: string) {
    return super.getAcross(collection, ledgers.slice(0, -1), key);
  }
}

class OfAllLedgers extends MemoryReadModelStore {
  protected override documents(collection: string) {
    return super.documents(collection, '');
  }
}

class ForwardOnly extends MemoryReadModelStore {
  override async write(documents: Documents, checkpoints: Checkpoints, fence?: number): Promise<void> {
    const further = checkpoints.filter(
      ({ projection, position }) => (this.checkpoints.get(projection)?.position ?? 0) <= position,
    );
    await super.write(documents, further, fence);
  }
}

class DroppingByPrefix extends MemoryReadModelStore {
  override async drop(collection: string, fence?: number): Promise<void> {
    for (const name of [...this.collections.keys()])
      if (name.startsWith(collection)) this.collections.delete(name);
    await super.drop(collection, fence);
  }
}

class KeepingCheckpoints extends MemoryReadModelStore {
  override async drop(collection: string, fence?: number): Promise<void> {
    const checkpoint = this.checkpoints.get(collection);
    await super.drop(collection, fence);
    if (checkpoint) this.checkpoints.set(collection, checkpoint);
  }
}

class DroppingSettings extends MemoryReadModelStore {
  override async drop(collection: string, fence?: number): Promise<void> {
    this.settings.delete(collection);
    await super.drop(collection, fence);
  }
}

/** Writes the new chunks over the old ones and leaves those that are not overwritten. */
class LeavingChunks extends MemoryReadModelStore {
  override async saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    const before = this.snapshots.get(snapshot.ledger)?.bytes ?? new Uint8Array();
    const rest = before.subarray(snapshot.bytes.length);
    await super.saveSnapshot({ ...snapshot, bytes: Buffer.concat([snapshot.bytes, rest]) });
  }
}

class CuttingSnapshots extends MemoryReadModelStore {
  override saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    return super.saveSnapshot({ ...snapshot, bytes: snapshot.bytes.subarray(0, 1024 * 1024) });
  }
}

const FAULTS: readonly [string, string, Store][] = [
  ['lets an older document replace a newer one', 'documents', WithoutSequences],
  ['leaves a document alone that has folded as much', 'documents', OffByOne],
  ['gives a batch up at an older document', 'documents', Ordered],
  ['loses a document of a batch it has acknowledged', 'documents', Forgetful],
  ['shows what closes a batch before the batch', 'documents', AllAtOnce],
  ['writes a batch in another order', 'documents', TakingTheFirst],
  ['reads integers inexactly', 'documents', Rounding],
  ['mixes ledgers up', 'documents', OfAllLedgers],
  ['leaves one of many ledgers out', 'several documents', WithGaps],
  ['compares keys as a dictionary does', 'ranges of documents', InTheOrderOfLanguage],
  ['ends a range with its end', 'ranges of documents', WithItsEnd],
  ['takes a limit of nothing for none', 'ranges of documents', WithoutLimit],
  ['cannot run backwards', 'ranges of documents', OnlyAscending],
  ['writes checkpoints before documents', 'checkpoints', CheckpointsFirst],
  ['never lets a checkpoint go back', 'checkpoints', ForwardOnly],
  ['drops collections whose names begin alike', 'dropping', DroppingByPrefix],
  ['keeps the checkpoint of what was dropped', 'dropping', KeepingCheckpoints],
  ['drops settings with a collection', 'settings', DroppingSettings],
  ['leaves the rest of a larger snapshot', 'snapshots', LeavingChunks],
  ['keeps one chunk of a snapshot', 'snapshots', CuttingSnapshots],
];

class Unfenced extends MemoryReadModelStore {
  protected override raise(): boolean {
    return false;
  }
}

/** Whose position is further on is believed. */
class Believing extends MemoryReadModelStore {
  override write(documents: Documents, checkpoints: Checkpoints, fence?: number): Promise<void> {
    const isFurther = checkpoints.every(
      ({ projection, position }) => (this.checkpoints.get(projection)?.position ?? 0) < position,
    );
    return super.write(documents, checkpoints, isFurther ? undefined : fence);
  }
}

class RefusingItself extends MemoryReadModelStore {
  protected override raise(what: string, fence?: number): boolean {
    const before = this.fences.get(what);
    const isSame = super.raise(what, fence);
    if (before !== undefined && before === fence) this.fences.set(what, before + 1);
    return isSame;
  }
}

class ForgettingFences extends MemoryReadModelStore {
  protected override raise(what: string, fence?: number): boolean {
    if (fence === undefined) this.fences.delete(what);
    return super.raise(what, fence);
  }
}

class GoingBack extends MemoryReadModelStore {
  protected override raise(what: string, fence?: number): boolean {
    super.raise(what, fence);
    return false;
  }
}

class DroppingFences extends MemoryReadModelStore {
  override async drop(collection: string, fence?: number): Promise<void> {
    await super.drop(collection, fence);
    this.fences.delete(`checkpoints/${collection}`);
  }
}

class DroppingForEveryone extends MemoryReadModelStore {
  override drop(collection: string): Promise<void> {
    return super.drop(collection);
  }
}

class SavingForEveryone extends MemoryReadModelStore {
  override saveSetting(name: string, value: string): Promise<void> {
    return super.saveSetting(name, value);
  }
}

const FENCE_FAULTS: readonly [string, string, Store][] = [
  ['reads no fence', 'checkpoints under fences', Unfenced],
  ['accepts a stale fence whose position is further on', 'checkpoints under fences', Believing],
  ['refuses a fence the second time', 'checkpoints under fences', RefusingItself],
  ['forgets the fence at a write without one', 'checkpoints under fences', ForgettingFences],
  ['lets a checkpoint go back under one fence', 'checkpoints under fences', GoingBack],
  ['lets a paused process write older documents', 'documents under fences', WithoutSequences],
  ['forgets the fence of what is dropped', 'dropping under fences', DroppingFences],
  ['drops for everyone', 'dropping under fences', DroppingForEveryone],
  ['saves settings for everyone', 'settings under fences', SavingForEveryone],
];

describe('the contract of stores of read models', () => {
  it.each(FAULTS)('notices one that %s, by its examples of %s', async (_what, topic, Faulty) => {
    const failing = await firstFailingExample(READ_MODEL_STORE_CONTRACT, async () => {
      const store = new Faulty();
      return { store, reopen: async () => store, dispose: () => store.close() };
    });
    expect(failing?.split(':')[0]).toBe(topic);
  });

  it('notices one that begins anew after each end', async () => {
    const failing = await firstFailingExample(READ_MODEL_STORE_CONTRACT, async () => ({
      store: new MemoryReadModelStore(),
      reopen: async () => new MemoryReadModelStore(),
      dispose: async () => undefined,
    }));
    expect(failing).not.toBeNull();
  });
});

describe('the contract of stores that are shared', () => {
  it.each(FENCE_FAULTS)('notices one that %s, by its examples of %s', async (_what, topic, Faulty) => {
    const failing = await firstFailingExample(FENCES_CONTRACT, async () => {
      const store = new Faulty();
      return { store, another: async () => store, dispose: () => store.close() };
    });
    expect(failing?.split(':')[0]).toBe(topic);
  });
});
