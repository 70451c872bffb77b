import { inspect } from 'node:util';
import fc from 'fast-check';
import { type Binary, type Db, Long, MongoClient } from 'mongodb';
import { openMongoReadModelStore } from '../../src/adapters/mongodb/read-model-store';
import { StoreUnavailable } from '../../src/ports/event-store';
import { type DocumentWrite, ReadModelsLost, type ReadModelStore } from '../../src/ports/read-model-store';
import { aDatabase, describeWithEveryMongo, type MongoDatabase } from '../support/mongodb-server';
import { aMongoReadModelStore, aSharedMongoStore } from '../support/mongodb-stores';
import { describeSharedStore } from './fences.contract';
import { describeReadModelStore } from './read-model-store.contract';

type StoredDocument = { readonly _id: string; readonly v: { readonly s: Long } };

jest.setTimeout(120_000);

describeWithEveryMongo('MongoDB', (server) => {
  describeReadModelStore('MongoDB', () => aMongoReadModelStore(server()));

  describeSharedStore('MongoDB', () => aSharedMongoStore(server()));

  describe('a MongoDB database of read models', () => {
    const SAFE = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
    const document = (fields: Partial<DocumentWrite> = {}): DocumentWrite => ({
      collection: 'journal@1',
      ledger: 'l',
      key: 'k',
      sequence: 1,
      body: null,
      ...fields,
    });

    let database: MongoDatabase;
    let client: MongoClient;
    let raw: Db;
    let store: ReadModelStore;
    beforeEach(async () => {
      database = aDatabase(server());
      client = new MongoClient(database.uri, { promoteLongs: false });
      raw = client.db(database.database);
      store = await openMongoReadModelStore(database);
    });
    afterEach(async () => {
      await store.close();
      await client.close();
      await database.drop();
    });

    it('keeps every safe integer as an int64, and reads it exactly', async () => {
      const edges = [0, 1, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, SAFE.max, SAFE.min].map(
        (n): [number, number] => [n, 0 - n],
      );
      await fc.assert(
        fc.asyncProperty(fc.uuid(), fc.integer(SAFE), fc.integer(SAFE), async (key, sequence, position) => {
          await store.write(
            [document({ key, sequence, body: { cents: position } })],
            [{ projection: key, storeId: 's', position }],
          );
          expect(await store.get('journal@1', 'l', key)).toEqual({
            key,
            sequence,
            body: { cents: position },
          });
          expect((await store.checkpoint(key))?.position).toBe(position);
          const stored = await raw
            .collection<StoredDocument>('documents.journal@1')
            .findOne({ _id: `l\n${key}` });
          expect(stored?.v.s).toEqual(Long.fromNumber(sequence));
        }),
        { numRuns: 60, examples: edges.map(([one, other], index) => [`edge-${index}`, one, other]) },
      );
    });

    it('replaces by sequence over the whole range', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uuid(),
          fc.array(fc.integer(SAFE), { minLength: 2, maxLength: 4 }),
          async (key, sequences) => {
            for (const sequence of sequences)
              await store.write([document({ key, sequence, body: sequence })], []);
            const highest = Math.max(...sequences);
            expect(await store.get('journal@1', 'l', key)).toEqual({ key, sequence: highest, body: highest });
          },
        ),
        { numRuns: 30 },
      );
    });

    it('gives bodies back as JSON would: order of members, odd names, any text', async () => {
      const name = fc.oneof(
        fc.constantFrom('', '$set', '.', 'a.b', '$', '_id', '__proto__', 'é', '\u0000', '\ud800', '10', '9'),
        fc.string({ unit: 'binary', maxLength: 5 }),
      );
      const { body } = fc.letrec((tie) => ({
        body: fc.oneof(
          { maxDepth: 3 },
          fc.string({ unit: 'binary' }),
          fc.integer(SAFE),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.constantFrom(null, true, false, -0, 'NaN', '\u2028🥖\ud800'),
          fc.array(tie('body'), { maxLength: 4 }),
          fc.dictionary(name, tie('body'), { maxKeys: 4 }),
        ),
      }));
      await fc.assert(
        fc.asyncProperty(fc.uuid(), body, async (key, written) => {
          await store.write([document({ key, body: written })], []);
          const read = (await store.get('journal@1', 'l', key))?.body;
          expect(JSON.stringify(read)).toBe(JSON.stringify(written));
        }),
        { numRuns: 80 },
      );
    });

    it('compares keys as bytes, whatever they hold', async () => {
      const keys = fc.uniqueArray(
        fc.string({ unit: fc.constantFrom('a', 'B', 'é', '\uFFFD', '🥖', '\n', '\u000b', ' ', '\t') }),
        {
          maxLength: 8,
        },
      );
      await fc.assert(
        fc.asyncProperty(fc.uuid(), keys, async (ledger, written) => {
          await store.write(
            written.map((key) => document({ ledger, key })),
            [],
          );
          const listed = await store.list('journal@1', ledger, { limit: 100 });
          const sorted = [...written].sort((left, right) =>
            Buffer.compare(Buffer.from(left), Buffer.from(right)),
          );
          expect(listed.map(({ key }) => key)).toEqual(sorted);
        }),
        { numRuns: 30 },
      );
    });

    it('is opened, and its documents are first written, by many nodes at once', async () => {
      const fresh = aDatabase(server());
      const nodes = await Promise.all(Array.from({ length: 6 }, () => openMongoReadModelStore(fresh)));
      const keys = ['a', 'b', 'c'];
      await Promise.all(
        nodes.map((node, index) =>
          node.write(
            keys.map((key) => document({ key, sequence: index + 1, body: index })),
            [{ projection: 'journal@1', storeId: 's', position: index }],
          ),
        ),
      );
      for (const key of keys)
        expect(await nodes[0]?.get('journal@1', 'l', key)).toMatchObject({ sequence: 6, body: 5 });
      expect(await nodes[0]?.checkpoint('journal@1')).not.toBeNull();
      for (const node of nodes) await node.close();
      await fresh.drop();
    });

    it('of another format is not touched', async () => {
      await raw
        .collection<{ _id: string }>('read-models')
        .updateOne({ _id: 'format' }, { $set: { version: 99 } });
      await expect(openMongoReadModelStore(database)).rejects.toThrow('have format 99, not 1');
    });

    it('has no document near 16 MiB, however large a snapshot is', async () => {
      const bytes = new Uint8Array(3 * 1024 * 1024 + 5).fill(7);
      await store.saveSnapshot({ ledger: 'l', stateVersion: 1, sequence: 1, hash: 'h', mac: 'm', bytes });
      const chunks = await raw.collection('snapshot-chunks').find().toArray();
      expect(chunks.map(({ bytes: part }) => (part as Binary).length()).sort()).toEqual([
        1048576, 1048576, 1048576, 5,
      ]);
    });

    it('answers null for a snapshot that lost a part, and keeps no part of one that was replaced', async () => {
      const bytes = new Uint8Array(3 * 1024 * 1024);
      const snapshot = { ledger: 'l', stateVersion: 1, sequence: 1, hash: 'h', mac: 'm', bytes };
      const chunks = raw.collection<{ _id: string }>('snapshot-chunks');
      await store.saveSnapshot(snapshot);
      await store.saveSnapshot({ ...snapshot, ledger: 'l2' });
      await store.saveSnapshot({ ...snapshot, sequence: 2 });
      expect(await chunks.countDocuments()).toBe(6);
      const [first] = (await chunks.find().toArray()).filter(({ _id }) => _id.startsWith('l\n'));
      await chunks.deleteOne({ _id: first?._id ?? '' });
      expect(await store.snapshot('l')).toBeNull();
      expect(await store.snapshot('l2')).not.toBeNull();
    });

    it('clears away what a crash left of a snapshot, but not what is being written', async () => {
      const chunks = raw.collection<{ _id: string; generation: string; at: Date }>('snapshot-chunks');
      await chunks.insertOne({
        _id: 'l\nold\n000000',
        generation: 'old',
        at: new Date(Date.now() - 7_200_000),
      });
      await chunks.insertOne({ _id: 'l\nnew\n000000', generation: 'new', at: new Date() });
      await chunks.insertOne({
        _id: 'l2\nold\n000000',
        generation: 'old',
        at: new Date(Date.now() - 7_200_000),
      });
      const bytes = new Uint8Array(3);
      await store.saveSnapshot({ ledger: 'l', stateVersion: 1, sequence: 1, hash: 'h', mac: 'm', bytes });
      const left = await chunks.find().toArray();
      expect(left.map(({ generation }) => generation).filter((one) => one.length === 3)).toEqual([
        'new',
        'old',
      ]);
      expect(left).toHaveLength(3);
    });

    it('that is emptied in use takes nothing more from who has not read that it is empty', async () => {
      const checkpoint = { projection: 'journal@1', storeId: 's', position: 3 };
      await store.write([document({ sequence: 3 })], [checkpoint]);
      const other = await openMongoReadModelStore(database);
      expect(await other.checkpoint('journal@1')).toEqual(checkpoint);
      await raw.dropDatabase();
      const next = document({ key: 'folded into nothing', sequence: 4 });
      for (const node of [store, other]) {
        await expect(node.write([next], [{ ...checkpoint, position: 4 }], 7)).rejects.toThrow(ReadModelsLost);
        await expect(node.write([next], [])).rejects.toThrow(ReadModelsLost);
      }
      expect(await store.get('journal@1', 'l', 'folded into nothing')).toBeNull();
      expect(await store.checkpoint('journal@1')).toBeNull();
      await store.write([document({ sequence: 1 })], [{ ...checkpoint, position: 1 }], 7);
      expect(await store.checkpoint('journal@1')).toEqual({ ...checkpoint, position: 1 });
      await other.close();
    });

    it('misses a collection that somebody has dropped, whatever was written since and by whom', async () => {
      const names = ['journal@1', 'day@1'];
      expect(await store.lost(names)).toEqual([]);
      await store.write([document(), document({ collection: 'day@1' })], []);
      expect(await store.lost([...names, 'never written'])).toEqual([]);
      await raw.dropCollection('documents.journal@1');
      expect(await store.lost(names)).toEqual(['journal@1']);
      const other = await openMongoReadModelStore(database);
      for (const node of [store, other]) {
        await node.write([document({ key: 'folded into nothing', sequence: 4 })], []);
        expect(await node.lost(names)).toEqual(['journal@1']);
      }
      await store.drop('journal@1');
      for (const node of [store, other]) expect(await node.lost(names)).toEqual([]);
      await other.write([document({ sequence: 5 })], []);
      expect(await other.list('journal@1', 'l', { limit: 10 })).toHaveLength(1);
      await raw.dropCollection('documents.journal@1');
      expect(await store.lost(names)).toEqual(['journal@1']);
      await other.close();
    });

    it('whose collection was dropped on purpose is not taken for an emptied one', async () => {
      const checkpoint = { projection: 'journal@1', storeId: 's', position: 3 };
      await store.write([document({ sequence: 3 })], [checkpoint]);
      await store.drop('journal@1');
      await store.write([document({ sequence: 1 })], [{ ...checkpoint, position: 1 }]);
      expect(await store.checkpoint('journal@1')).toEqual({ ...checkpoint, position: 1 });
    });

    it('refuses what is no ledger, since it would be another one’s', async () => {
      await expect(store.get('journal@1', 'a\nb', 'k')).rejects.toThrow('is no ledger');
      await expect(store.write([document({ ledger: 'a\nb' })], [])).rejects.toThrow('is no ledger');
    });
  });
});

describe('an address of MongoDB', () => {
  it.each([
    'mongodb://caisse:very-secret@',
    'mongodb://caisse:very-secret/@host/x',
    'mongo://caisse:very-secret@host',
    'mongodb://caisse:very-secret@host:99999999',
  ])('that is none is not repeated in the error: %s', async (uri) => {
    const opening = openMongoReadModelStore({ uri });
    await expect(opening).rejects.toThrow('the address of the MongoDB server');
    await expect(opening).rejects.not.toThrow('very-secret');
  });

  it('where nobody answers is unavailable, soon, and without the password', async () => {
    const uri = 'mongodb://caisse:very-secret@127.0.0.1:1/?serverSelectionTimeoutMS=200';
    const error: unknown = await openMongoReadModelStore({ uri }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toMatchObject({ outcome: 'not-written' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('very-secret');
  });
});
