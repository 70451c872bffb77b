import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Binary,
  type BSON,
  type Collection,
  type Db,
  Double,
  Int32,
  Long,
  MongoBulkWriteError,
  MongoClient,
  MongoServerError,
  ObjectId,
} from 'mongodb';
import { MongoDbDouble } from '../support/mongodb-double/server';
import { WireProxy } from '../support/mongodb-proxy';

type Sum = Int32 | Long | Double;
type Stored = BSON.Document & { readonly _id: string };

/** What the contracts of the ports do not see of it. What they see, each of them sees in every run. */
describe('the double of MongoDB', () => {
  let folder: string;
  let double: MongoDbDouble;
  let proxy: WireProxy;
  let client: MongoClient;
  let db: Db;
  let things: Collection<Stored>;
  /** The same, with numbers of their BSON types. */
  let exact: Collection<Stored>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'caisse-mongodb-double-'));
    double = await MongoDbDouble.listen(join(folder, 'socket'));
    proxy = await WireProxy.listen(join(folder, 'socket'));
    client = new MongoClient(proxy.uri);
    db = client.db('any');
    things = db.collection<Stored>('things');
    exact = db.collection<Stored>('things', { promoteValues: false, promoteLongs: false });
  });
  afterEach(async () => {
    await client.close();
    await proxy.close();
    await double.close();
    rmSync(folder, { recursive: true });
  });

  /** The code of the error that it ends with, of a command or of a single write. */
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: unknown) => (error instanceof MongoServerError ? error.code : error),
    );

  /** Sends the write on its way, and keeps its first `times` answers from the driver. */
  function losing(command: string, times: number): () => number {
    let sent = 0;
    proxy.fateOf = (name) => {
      if (name === command) sent += 1;
      return name === command && sent <= times ? 'lost' : 'answered';
    };
    return () => sent;
  }

  describe('refuses what it does not know', () => {
    it.each([
      ['a command', { replSetGetStatus: 1 }, 59],
      ['a command of JavaScript’s own', { constructor: 1 }, 59],
      ['an option', { find: 'things', filter: {}, hint: { _id: 1 } }, 40415],
      ['an option of a statement', { update: 'things', updates: [{ q: {}, u: {}, hint: 1 }] }, 'refused'],
      ['a transaction', { find: 'things', startTransaction: true }, 40415],
      ['a read concern', { find: 'things', readConcern: { level: 'linearizable' } }, 115],
      ['a write concern', { insert: 'things', documents: [{ _id: 1 }], writeConcern: { w: 2 } }, 115],
      ['an operator of a filter', { find: 'things', filter: { a: { $size: 1 } } }, 2],
      ['an operator beside others', { find: 'things', filter: { a: { $gt: 1, $mod: [2, 0] } } }, 2],
      ['an operator of filters', { find: 'things', filter: { $nor: [{}] } }, 2],
      ['an operator far inside', { find: 'things', filter: { $or: [{ a: 1 }, { $where: '1' }] } }, 2],
      ['a place in an array', { find: 'things', filter: { 'a.$': 1 } }, 115],
      ['a way of sorting', { find: 'things', sort: { a: 2 } }, 115],
      ['a pipeline', { aggregate: 'things', pipeline: [{ $match: {} }, { $out: 'x' }], cursor: {} }, 115],
      ['a kind of index', { createIndexes: 'things', indexes: [{ key: { a: 'text' }, name: 'a' }] }, 115],
      [
        'an option of an index',
        { createIndexes: 'things', indexes: [{ key: { a: 1 }, name: 'a', sparse: true }] },
        40415,
      ],
    ])('%s', async (_what, command, code) => {
      const answer = db.command(command);
      if (code === 'refused') expect(await answer).toMatchObject({ writeErrors: [{ code: 40415 }] });
      else expect(await codeOf(answer)).toBe(code);
    });

    it.each<[string, BSON.Document, number]>([
      ['an operator', { $rename: { a: 'b' } }, 9],
      ['a clock of its own', { $currentDate: { a: true } }, 9],
      ['a modifier of an operator', { $push: { a: { $each: [1] } } }, 115],
      ['two values for one path', { $set: { a: 1 }, $inc: { a: 1 } }, 40],
      ['a path within another', { $set: { a: 1, 'a.b': 1 } }, 40],
      ['a path through a value', { $set: { 'text.b': 1 } }, 28],
      ['a path through null', { $set: { 'nothing.b': 1 } }, 28],
      ['a path through an array', { $set: { 'list.b': 1 } }, 115],
      ['a sum with a text', { $inc: { text: 1 } }, 14],
      ['an element of a text', { $push: { text: 1 } }, 2],
      ['another _id', { $set: { _id: 'b' } }, 66],
    ])('in an update %s', async (_what, update, code) => {
      const document = { _id: 'a', text: 'x', nothing: null, list: [{}] };
      await things.insertOne(document);
      expect(await codeOf(things.updateOne({ _id: 'a' }, update))).toBe(code);
      expect(await things.findOne()).toEqual(document);
    });

    it('a document beyond 16 MiB', async () => {
      expect(await codeOf(things.insertOne({ _id: 'a', text: 'x'.repeat(16 * 1024 * 1024) }))).toBe(10334);
    });
  });

  describe('answers a write that is sent again as it did the first time', () => {
    it('an insertion', async () => {
      const sent = losing('insert', 1);
      await things.insertOne({ _id: 'a' });
      expect(sent()).toBe(2);
      expect(await codeOf(things.insertOne({ _id: 'a' }))).toBe(11000);
    });

    it('an update, statement by statement', async () => {
      await things.insertOne({ _id: 'a', count: 1 });
      const sent = losing('update', 1);
      const increase = { $inc: { count: 1 } };
      const result = await things.bulkWrite([
        { updateOne: { filter: { _id: 'a' }, update: increase } },
        { updateOne: { filter: { _id: 'b' }, update: increase, upsert: true } },
        { updateOne: { filter: { _id: 'a' }, update: increase } },
      ]);
      expect(sent()).toBe(2);
      expect(result).toMatchObject({ matchedCount: 2, modifiedCount: 2, upsertedCount: 1 });
      expect(await things.find().toArray()).toEqual([
        { _id: 'a', count: 3 },
        { _id: 'b', count: 1 },
      ]);
    });

    it('a change that answers what was there', async () => {
      await things.insertOne({ _id: 'a', count: 1 });
      const sent = losing('findAndModify', 1);
      const before = await things.findOneAndUpdate({ _id: 'a' }, { $inc: { count: 1 } });
      expect(sent()).toBe(2);
      expect(before).toEqual({ _id: 'a', count: 1 });
      expect(await things.findOne()).toEqual({ _id: 'a', count: 2 });
    });

    it('a deletion', async () => {
      await things.insertOne({ _id: 'a' });
      losing('delete', 1);
      expect((await things.deleteOne({ _id: 'a' })).deletedCount).toBe(1);
    });

    it('but not one that is new, nor one of before', async () => {
      await things.insertOne({ _id: 'a', count: 0 });
      const session = client.startSession();
      const send = (number: number) => {
        const updates = [{ q: { _id: 'a' }, u: { $inc: { count: 1 } } }];
        return db.command({ update: 'things', updates, txnNumber: Long.fromNumber(number) }, { session });
      };
      await send(2);
      await send(3);
      expect(await codeOf(send(2))).toBe(225);
      expect(await things.findOne()).toEqual({ _id: 'a', count: 2 });
      await session.endSession();
    });
  });

  describe('gives values back', () => {
    it('as they were stored', async () => {
      const stored = {
        _id: 'a',
        small: new Int32(1),
        large: Long.fromNumber(1),
        broken: new Double(1),
        negative: new Double(-0),
        edge: Long.MAX_VALUE,
        at: new Date('2026-03-14T09:00:00.123Z'),
        bytes: new Binary(Buffer.from([0, 255])),
        id: new ObjectId(),
        nothing: null,
        yes: true,
        within: { b: [{ a: new Int32(1) }], a: '🥖' },
      };
      await things.insertOne(stored);
      const read = await exact.findOne();
      expect(read).toEqual(stored);
      expect(Object.keys(read ?? {})).toEqual(Object.keys(stored));
    });

    it('added up in the type that holds them', async () => {
      const sums: [Sum | undefined, Sum, Sum][] = [
        [new Int32(1), new Int32(2), new Int32(3)],
        [new Int32(2 ** 31 - 1), new Int32(1), Long.fromNumber(2 ** 31)],
        [Long.fromNumber(1), new Int32(-3), Long.fromNumber(-2)],
        [Long.fromNumber(Number.MAX_SAFE_INTEGER), Long.fromNumber(2), Long.fromString('9007199254740993')],
        [new Int32(1), new Double(0.5), new Double(1.5)],
        [undefined, Long.fromNumber(4), Long.fromNumber(4)],
      ];
      for (const [index, [one, other, sum]] of sums.entries()) {
        await things.insertOne({ _id: `${index}`, ...(one === undefined ? {} : { sum: one }) });
        await things.updateOne({ _id: `${index}` }, { $inc: { sum: other } });
        expect(await exact.findOne({ _id: `${index}` })).toEqual({ _id: `${index}`, sum });
      }
      await things.insertOne({ _id: 'full', sum: Long.MAX_VALUE });
      expect(await codeOf(things.updateOne({ _id: 'full' }, { $inc: { sum: 1 } }))).toBe(2);
    });

    it('in the order of their kinds, numbers by their size, texts by their bytes', async () => {
      const values = [
        null,
        new Double(-0.5),
        new Int32(1),
        Long.fromString('9007199254740992'),
        Long.fromString('9007199254740993'),
        'B',
        'a',
        '\uFFFD',
        '🥖',
        { a: new Int32(1) },
        { a: new Int32(1), b: null },
        { b: new Int32(0) },
        { a: 'text' },
        new Binary(Buffer.from([9])),
        new Binary(Buffer.from([1, 2])),
        new ObjectId('0'.repeat(24)),
        false,
        true,
        new Date(0),
        new Date(1),
      ];
      const shuffled = values.map((value, index) => ({ _id: `${(index * 7) % values.length}`, value }));
      await things.insertMany(shuffled.toSorted((left, right) => (left._id < right._id ? -1 : 1)));
      const sorted = (direction: 1 | -1) => exact.find().sort({ value: direction }).toArray();
      expect((await sorted(1)).map(({ value }) => value)).toEqual(values);
      expect((await sorted(-1)).map(({ value }) => value)).toEqual(values.toReversed());
    });

    it('found by their equals, and in ranges of their own kind', async () => {
      await things.insertMany([
        { _id: 'long', value: Long.fromNumber(5) },
        { _id: 'double', value: new Double(5) },
        { _id: 'text', value: '5' },
        { _id: 'null', value: null },
        { _id: 'list', value: [new Int32(5), 'x'] },
        { _id: 'missing' },
      ]);
      const found = async (filter: object) => (await exact.find(filter).toArray()).map(({ _id }) => _id);
      expect(await found({ value: 5 })).toEqual(['long', 'double', 'list']);
      expect(await found({ value: { $ne: 5 } })).toEqual(['text', 'null', 'missing']);
      expect(await found({ value: { $gte: 5 } })).toEqual(['long', 'double', 'list']);
      expect(await found({ value: { $lt: 'z' } })).toEqual(['text', 'list']);
      expect(await found({ value: null })).toEqual(['null', 'missing']);
      expect(await found({ value: { $exists: false } })).toEqual(['missing']);
      expect(await found({ value: { $in: ['5', null] } })).toEqual(['text', 'null', 'missing']);
      expect(await found({ value: /^[5x]/ })).toEqual(['text', 'list']);
      expect(await found({ _id: { $gt: 'list', $lte: 'missing' } })).toEqual(['long', 'missing']);
    });
  });

  it('replaces by a maximum only what is less, member by member', async () => {
    const put = async (v: object) => {
      await things.updateOne({ _id: 'a' }, { $max: { v } }, { upsert: true });
      return (await exact.findOne())?.v;
    };
    const first = { s: new Int32(2), w: new Int32(1) };
    expect(await put(first)).toEqual(first);
    expect(await put({ s: new Int32(1), w: new Int32(9) })).toEqual(first);
    expect(await put({ s: Long.fromNumber(2), w: new Double(1) })).toEqual(first);
    expect(await put({ s: new Int32(2), w: new Int32(2) })).toEqual({ s: new Int32(2), w: new Int32(2) });
  });

  it('counts as modified only what is another one than before', async () => {
    await things.insertOne({ _id: 'a', count: new Int32(1) });
    const set = async (count: unknown) => {
      const { matchedCount, modifiedCount } = await things.updateOne({ _id: 'a' }, { $set: { count } });
      return [matchedCount, modifiedCount];
    };
    expect(await set(new Int32(1))).toEqual([1, 0]);
    expect(await set(Long.fromNumber(1))).toEqual([1, 1]);
  });

  describe('has answers in several parts', () => {
    const documents = Array.from({ length: 250 }, (_, index) => ({ _id: String(index).padStart(3, '0') }));

    it('that give everything once, as it was when the first one came', async () => {
      await things.insertMany(documents);
      for (const batchSize of [undefined, 1, 101, 1000]) {
        const cursor = things.find({}, batchSize === undefined ? {} : { batchSize }).sort({ _id: 1 });
        const read = [await cursor.next()];
        await things.deleteOne({ _id: '249' });
        for await (const document of cursor) read.push(document);
        expect(read).toEqual(documents);
        await things.insertOne({ _id: '249' });
      }
    });

    it('none of which is larger than 16 MiB', async () => {
      const text = 'x'.repeat(6 * 1024 * 1024);
      for (const _id of ['a', 'b', 'c', 'd', 'e']) await things.insertOne({ _id, text });
      const { cursor } = await db.command({ find: 'things' });
      expect(cursor.firstBatch).toHaveLength(2);
      expect(await things.find().toArray()).toHaveLength(5);
    });

    it('until nobody wants the rest', async () => {
      await things.insertMany(documents);
      const { cursor } = await db.command({ find: 'things', batchSize: 2 });
      const more = { getMore: cursor.id, collection: 'things', batchSize: 2 };
      expect((await db.command(more)).cursor.nextBatch).toHaveLength(2);
      expect(await codeOf(db.command({ ...more, collection: 'others' }))).toBe(43);
      const killed = await db.command({ killCursors: 'things', cursors: [cursor.id] });
      expect(killed.cursorsKilled).toEqual([cursor.id]);
      expect(await codeOf(db.command(more))).toBe(43);
    });
  });

  describe('has indexes', () => {
    beforeEach(() => things.createIndex({ mail: 1 }, { unique: true }, {}));

    it('that hold a value once, also none at all', async () => {
      await things.insertMany([{ _id: 'a', mail: 'x' }, { _id: 'b', mail: 'y' }, { _id: 'c' }]);
      expect(await codeOf(things.insertOne({ _id: 'a', mail: 'z' }))).toBe(11000);
      const refused = things.insertOne({ _id: 'd', mail: 'y' });
      await expect(refused).rejects.toMatchObject({
        code: 11000,
        keyPattern: { mail: 1 },
        keyValue: { mail: 'y' },
      });
      expect(await codeOf(things.insertOne({ _id: 'd', mail: null }))).toBe(11000);
      expect(await codeOf(things.updateOne({ _id: 'a' }, { $set: { mail: 'y' } }))).toBe(11000);
      expect(await codeOf(things.findOneAndUpdate({ _id: 'a' }, { $set: { mail: 'y' } }))).toBe(11000);
      await things.updateOne({ _id: 'b' }, { $set: { mail: 'z' } });
      await things.updateOne({ _id: 'a' }, { $set: { mail: 'y' } });
      await things.deleteOne({ _id: 'b' });
      await things.insertOne({ _id: 'd', mail: 'z' });
    });

    it('that refuse one of a bulk, and the others as well when they are in order', async () => {
      const bulk = (prefix: string) =>
        ['x', 'x', 'y'].map((mail, index) => ({ _id: `${prefix}${index}`, mail }));
      const unordered = await things
        .insertMany(bulk('a'), { ordered: false })
        .catch((error: unknown) => error);
      expect(unordered).toBeInstanceOf(MongoBulkWriteError);
      expect(unordered).toMatchObject({
        insertedCount: 2,
        writeErrors: [{ index: 1, code: 11000 }],
      });
      await things.deleteMany({});
      const ordered = await things.insertMany(bulk('b')).catch((error: unknown) => error);
      expect(ordered).toMatchObject({ insertedCount: 1, writeErrors: [{ index: 1 }] });
      expect(await things.countDocuments()).toBe(1);
    });

    it('that are not made over what breaks them, nor twice, nor as another one', async () => {
      await things.insertMany([
        { _id: 'a', mail: 'x', name: 'n' },
        { _id: 'b', mail: 'y', name: 'n' },
      ]);
      expect(await codeOf(things.createIndex({ name: 1 }, { unique: true }, {}))).toBe(11000);
      await things.createIndex({ mail: 1 }, { unique: true }, {});
      expect(await codeOf(things.createIndex({ mail: 1 }, {}, {}))).toBe(85);
      expect(await codeOf(things.createIndex({ other: 1 }, { name: 'mail_1' }, {}))).toBe(86);
      expect((await things.indexes()).map(({ name }) => name)).toEqual(['_id_', 'mail_1']);
      expect(await codeOf(db.collection('nothing').indexes())).toBe(26);
    });

    it('that let documents expire', async () => {
      const at = (milliseconds: number) => new Date(milliseconds);
      await things.createIndex({ until: 1 }, { expireAfterSeconds: 10 }, {});
      await things.insertMany([
        { _id: 'old', mail: 'a', until: at(0) },
        { _id: 'new', mail: 'b', until: at(1) },
        { _id: 'for ever', mail: 'c', until: 'text' },
      ]);
      double.sweep(10_000);
      expect((await things.find().toArray()).map(({ _id }) => _id)).toEqual(['new', 'for ever']);
      await things.insertOne({ _id: 'old', mail: 'a' });
    });
  });

  it('has the clock of this machine', async () => {
    const before = Date.now();
    const { localTime } = await db.command({ hello: 1 });
    expect(localTime.getTime()).toBeGreaterThanOrEqual(before);
    expect(localTime.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('makes collections by the first write, and forgets what is dropped', async () => {
    const names = async () =>
      (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    await things.updateOne({ _id: 'a' }, { $set: { b: 1 } });
    await things.findOneAndUpdate({ _id: 'a' }, { $set: { b: 1 } });
    await things.deleteMany({});
    expect(await names()).toEqual([]);
    await things.insertOne({ _id: 'a' });
    await db.collection<Stored>('others').insertOne({ _id: 'a' });
    expect(await names()).toEqual(['things', 'others']);
    await things.drop();
    await things.drop();
    expect(await names()).toEqual(['others']);
    await db.dropDatabase();
    expect(await names()).toEqual([]);
    expect(await things.countDocuments()).toBe(0);
  });
});
