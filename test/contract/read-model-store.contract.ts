import { setImmediate } from 'node:timers/promises';
import type { DocumentWrite, ReadModelStore, StoredSnapshot } from '../../src/ports/read-model-store';
import { type Contract, describeContract, type Disposable } from './contract';

export type ReadModelStoreUnderTest = Disposable & {
  readonly store: ReadModelStore;
  /** Closes the store and opens it again on the same data. */
  readonly reopen: () => Promise<ReadModelStore>;
};

const BAKERY = '018f0000-0000-7000-8000-00000000000a';
const GROCERY = '018f0000-0000-7000-8000-00000000000b';
const JOURNAL = 'journal@1';

function aDocument(fields: Partial<DocumentWrite> = {}): DocumentWrite {
  return { collection: JOURNAL, ledger: BAKERY, key: 'k', sequence: 1, body: { n: 1 }, ...fields };
}

async function writeKeys(store: ReadModelStore, keys: readonly string[]): Promise<void> {
  await store.write(
    keys.map((key, index) => aDocument({ key, sequence: index + 1, body: { key } })),
    [],
  );
}

const aCheckpoint = (position: number, projection = JOURNAL, storeId = 'store-1') => ({
  projection,
  storeId,
  position,
});

function aSnapshot(bytes: Uint8Array, fields: Partial<StoredSnapshot> = {}): StoredSnapshot {
  const hash = 'a'.repeat(64);
  return { ledger: BAKERY, stateVersion: 3, sequence: 7, hash, mac: 'b'.repeat(64), bytes, ...fields };
}

function someBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

/** Waits until something of a batch is seen; @throws when the batch is written and it is not. */
async function seen(written: Promise<void>, isSeen: () => Promise<boolean>): Promise<void> {
  const state = { isOver: false };
  const end = () => {
    state.isOver = true;
  };
  written.then(end, end);
  while (!state.isOver && !(await isSeen())) await setImmediate();
  expect(await isSeen()).toBe(true);
}

const bodies: Readonly<Record<string, unknown>> = {
  'an object with keys that look like integers': { '10': 1, '9': 2, b: null },
  'a list': [1, [2, { three: 3 }], []],
  'a text': 'é🥖\u2028\u0000"',
  'a number': -9007199254740991,
  'a truth value': false,
  nothing: null,
  'a megabyte': { text: 'x🥖'.repeat(250_000) },
};

const documents: Contract<ReadModelStoreUnderTest>[string] = [
  {
    name: 'that close a batch are never seen before the others of it',
    run: async ({ store }) => {
      const collections = ['days@1', 'vouchers@1', JOURNAL];
      const keys = Array.from({ length: 200 }, (_, index) => `k${String(index).padStart(3, '0')}`);
      for (let sequence = 1; sequence <= 3; sequence += 1) {
        const batch = [
          aDocument({ collection: 'progress', sequence, isClosing: true }),
          ...collections.flatMap((collection) =>
            keys.map((key) => aDocument({ collection, key, sequence, body: { text: 'x'.repeat(500) } })),
          ),
        ];
        const written = store.write(batch, []);
        await seen(written, async () => (await store.get('progress', BAKERY, 'k'))?.sequence === sequence);
        for (const collection of collections) {
          const found = await store.list(collection, BAKERY, { limit: 1000 });
          expect(found.filter((document) => document.sequence === sequence)).toHaveLength(keys.length);
        }
        await written;
      }
    },
  },
  {
    name: 'are found by collection, ledger and key',
    run: async ({ store }) => {
      await store.write([aDocument({ key: 'a', sequence: 4, body: { n: 4 } })], []);
      expect(await store.get(JOURNAL, BAKERY, 'a')).toEqual({ key: 'a', sequence: 4, body: { n: 4 } });
      expect(await store.get(JOURNAL, BAKERY, 'b')).toBeNull();
      expect(await store.get(JOURNAL, GROCERY, 'a')).toBeNull();
      expect(await store.get('journal@2', BAKERY, 'a')).toBeNull();
    },
  },
  ...Object.entries(bodies).map(([what, body]) => ({
    name: `hold ${what}`,
    run: async ({ store, reopen }: ReadModelStoreUnderTest) => {
      await store.write([aDocument({ body })], []);
      expect((await store.get(JOURNAL, BAKERY, 'k'))?.body).toEqual(body);
      expect((await (await reopen()).get(JOURNAL, BAKERY, 'k'))?.body).toEqual(body);
    },
  })),
  {
    name: 'are kept as they were when they were written',
    run: async ({ store }) => {
      const body = { n: 1 };
      await store.write([aDocument({ body })], []);
      body.n = 2;
      const read = (await store.get(JOURNAL, BAKERY, 'k'))?.body as { n: number };
      expect(read).toEqual({ n: 1 });
      read.n = 3;
      expect((await store.get(JOURNAL, BAKERY, 'k'))?.body).toEqual({ n: 1 });
    },
  },
  {
    name: 'are replaced by what has folded more',
    run: async ({ store }) => {
      await store.write([aDocument({ sequence: 1 })], []);
      await store.write([aDocument({ sequence: 9, body: { n: 9 } })], []);
      expect(await store.get(JOURNAL, BAKERY, 'k')).toEqual({ key: 'k', sequence: 9, body: { n: 9 } });
    },
  },
  {
    name: 'are replaced by what has folded as much',
    run: async ({ store }) => {
      await store.write([aDocument({ sequence: 5 })], []);
      await store.write([aDocument({ sequence: 5, body: { n: 5 } })], []);
      expect((await store.get(JOURNAL, BAKERY, 'k'))?.body).toEqual({ n: 5 });
    },
  },
  {
    name: 'are left alone by what has folded less, and the rest of the batch is written',
    run: async ({ store }) => {
      await store.write([aDocument({ sequence: 5 })], []);
      await store.write(
        [aDocument({ sequence: 4, body: 'old' }), aDocument({ key: 'other', sequence: 4 })],
        [aCheckpoint(4)],
      );
      expect(await store.get(JOURNAL, BAKERY, 'k')).toEqual({ key: 'k', sequence: 5, body: { n: 1 } });
      expect(await store.get(JOURNAL, BAKERY, 'other')).not.toBeNull();
      expect(await store.checkpoint(JOURNAL)).toEqual(aCheckpoint(4));
    },
  },
  {
    name: 'of one key may be several in a batch: the last one stands',
    run: async ({ store }) => {
      await store.write(
        [1, 2, 3].map((sequence) => aDocument({ sequence, body: sequence })),
        [],
      );
      expect(await store.get(JOURNAL, BAKERY, 'k')).toEqual({ key: 'k', sequence: 3, body: 3 });
    },
  },
  {
    name: 'of one key that have folded as much may be several in a batch too: the last one stands',
    run: async ({ store }) => {
      await store.write(
        ['first', 'second', 'last'].map((body) => aDocument({ sequence: 7, body })),
        [],
      );
      expect(await store.get(JOURNAL, BAKERY, 'k')).toEqual({ key: 'k', sequence: 7, body: 'last' });
    },
  },
  {
    name: 'are there after a restart',
    run: async ({ store, reopen }) => {
      await writeKeys(store, ['a', 'b']);
      expect(await (await reopen()).list(JOURNAL, BAKERY, { limit: 10 })).toHaveLength(2);
    },
  },
  {
    name: 'are many in one batch',
    run: async ({ store }) => {
      const keys = Array.from({ length: 5000 }, (_, index) => `key-${String(index).padStart(5, '0')}`);
      await writeKeys(store, keys);
      const listed = await store.list(JOURNAL, BAKERY, { limit: 10_000 });
      expect(listed.map(({ key }) => key)).toEqual(keys);
    },
  },
  {
    name: 'are replaced many in one batch',
    run: async ({ store }) => {
      const keys = Array.from({ length: 500 }, (_, index) => `key-${index}`);
      for (const sequence of [1, 2])
        await store.write(
          keys.map((key) => aDocument({ key, sequence, body: sequence })),
          [],
        );
      const found = await store.getMany(JOURNAL, BAKERY, keys);
      expect(found.size).toBe(500);
      for (const document of found.values()) expect(document).toMatchObject({ sequence: 2, body: 2 });
    },
  },
  {
    name: 'have keys of any characters',
    run: async ({ store }) => {
      const keys = ['', ' ', 'a/b', 'a\nb', "a'b", '%', 'é', 'e\u0301', '🥖', 'K', 'k', '\u{10FFFF}x'];
      await writeKeys(store, keys);
      for (const key of keys) expect((await store.get(JOURNAL, BAKERY, key))?.body).toEqual({ key });
      expect(await store.list(JOURNAL, BAKERY, { limit: 100 })).toHaveLength(keys.length);
    },
  },
];

const several: Contract<ReadModelStoreUnderTest>[string] = [
  {
    name: 'of one ledger are read by their keys; absent ones are left out',
    run: async ({ store }) => {
      await writeKeys(store, ['a', 'b', 'c']);
      await store.write([aDocument({ ledger: GROCERY, key: 'd' })], []);
      const found = await store.getMany(JOURNAL, BAKERY, ['c', 'a', 'd', 'e']);
      expect([...found.keys()].sort()).toEqual(['a', 'c']);
      expect(found.get('c')).toEqual({ key: 'c', sequence: 3, body: { key: 'c' } });
      expect((await store.getMany(JOURNAL, BAKERY, [])).size).toBe(0);
    },
  },
  {
    name: 'of many ledgers are read by one key; absent ones are left out',
    run: async ({ store }) => {
      await store.write(
        [BAKERY, GROCERY].map((ledger) => aDocument({ ledger, body: ledger })),
        [],
      );
      const found = await store.getAcross(JOURNAL, [GROCERY, 'nobody', BAKERY], 'k');
      expect([...found.keys()].sort()).toEqual([BAKERY, GROCERY]);
      expect(found.get(GROCERY)).toEqual({ key: 'k', sequence: 1, body: GROCERY });
      expect((await store.getAcross(JOURNAL, [BAKERY], 'other')).size).toBe(0);
    },
  },
  {
    name: 'of a thousand keys are found',
    run: async ({ store }) => {
      const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}`);
      await writeKeys(store, keys);
      expect((await store.getMany(JOURNAL, BAKERY, keys)).size).toBe(1000);
    },
  },
];

const KEYS = ['2026-03-01', '2026-03-02', '2026-03-09', '2026-03-10', '2026-04-01'];

const ranges: Contract<ReadModelStoreUnderTest>[string] = [
  {
    name: 'are in the order of their keys',
    run: async ({ store }) => {
      await writeKeys(store, [...KEYS].reverse());
      const listed = await store.list(JOURNAL, BAKERY, { limit: 10 });
      expect(listed.map(({ key }) => key)).toEqual(KEYS);
      expect(listed[0]).toEqual({ key: KEYS[0], sequence: 5, body: { key: KEYS[0] } });
    },
  },
  {
    name: 'begin with the first key and end before the last one',
    run: async ({ store }) => {
      await writeKeys(store, KEYS);
      const keys = async (from?: string, to?: string) => {
        const listed = await store.list(JOURNAL, BAKERY, {
          limit: 10,
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        });
        return listed.map(({ key }) => key);
      };
      expect(await keys('2026-03-02', '2026-03-10')).toEqual(KEYS.slice(1, 3));
      expect(await keys('2026-03-03')).toEqual(KEYS.slice(2));
      expect(await keys(undefined, '2026-03-09')).toEqual(KEYS.slice(0, 2));
      expect(await keys('2026-03-10', '2026-03-10')).toEqual([]);
      expect(await keys('2026-04-01', '2026-03-01')).toEqual([]);
    },
  },
  {
    name: 'run backwards on demand, over the same keys',
    run: async ({ store }) => {
      await writeKeys(store, KEYS);
      const range = { from: '2026-03-02', to: '2026-04-01', descending: true };
      const listed = await store.list(JOURNAL, BAKERY, { ...range, limit: 10 });
      expect(listed.map(({ key }) => key)).toEqual(['2026-03-10', '2026-03-09', '2026-03-02']);
      const [last] = await store.list(JOURNAL, BAKERY, { ...range, limit: 1 });
      expect(last?.key).toBe('2026-03-10');
    },
  },
  {
    name: 'hold no more than the limit, and nothing for none',
    run: async ({ store }) => {
      await writeKeys(store, KEYS);
      expect(await store.list(JOURNAL, BAKERY, { limit: 2 })).toHaveLength(2);
      expect(await store.list(JOURNAL, BAKERY, { limit: 0 })).toEqual([]);
      expect(await store.list(JOURNAL, BAKERY, { limit: -1 })).toEqual([]);
    },
  },
  {
    name: 'compare keys as bytes: capitals, small letters, accents, emoji',
    run: async ({ store }) => {
      const keys = ['Z', 'a', 'é', '\uFFFD', '🥖'];
      await writeKeys(store, ['🥖', 'a', '\uFFFD', 'é', 'Z']);
      expect((await store.list(JOURNAL, BAKERY, { limit: 10 })).map(({ key }) => key)).toEqual(keys);
    },
  },
  {
    name: 'are of one ledger and one collection',
    run: async ({ store }) => {
      await writeKeys(store, ['a']);
      await store.write([aDocument({ ledger: GROCERY }), aDocument({ collection: 'days@1' })], []);
      expect((await store.list(JOURNAL, BAKERY, { limit: 10 })).map(({ key }) => key)).toEqual(['a']);
      expect(await store.list('nothing@1', BAKERY, { limit: 10 })).toEqual([]);
      expect(await store.list(JOURNAL, 'nobody', { limit: 10 })).toEqual([]);
    },
  },
];

const checkpoints: Contract<ReadModelStoreUnderTest>[string] = [
  {
    name: 'are null before the first one',
    run: async ({ store }) => {
      expect(await store.checkpoint(JOURNAL)).toBeNull();
    },
  },
  {
    name: 'are the last ones written, over a restart too',
    run: async ({ store, reopen }) => {
      await store.write([], [aCheckpoint(5), aCheckpoint(6, 'days@1')]);
      await store.write([aDocument()], [aCheckpoint(9)]);
      expect(await store.checkpoint(JOURNAL)).toEqual(aCheckpoint(9));
      const again = await reopen();
      expect(await again.checkpoint(JOURNAL)).toEqual(aCheckpoint(9));
      expect(await again.checkpoint('days@1')).toEqual(aCheckpoint(6, 'days@1'));
    },
  },
  {
    name: 'are never seen before the documents of their batch',
    run: async ({ store }) => {
      const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
      for (const position of [1, 2, 3]) {
        const batch = keys.map((key) => aDocument({ key, sequence: position, body: 'x'.repeat(500) }));
        const written = store.write(batch, [aCheckpoint(position)]);
        await seen(written, async () => (await store.checkpoint(JOURNAL))?.position === position);
        const found = await store.list(JOURNAL, BAKERY, { limit: 1000 });
        expect(found.filter(({ sequence }) => sequence === position)).toHaveLength(keys.length);
        await written;
      }
    },
  },
  {
    name: 'may go back, and to another store',
    run: async ({ store }) => {
      await store.write([], [aCheckpoint(900_000_000_000)]);
      expect(await store.checkpoint(JOURNAL)).toEqual(aCheckpoint(900_000_000_000));
      await store.write([], [aCheckpoint(2, JOURNAL, 'store-2')]);
      expect(await store.checkpoint(JOURNAL)).toEqual(aCheckpoint(2, JOURNAL, 'store-2'));
    },
  },
];

const dropping: Contract<ReadModelStoreUnderTest>[string] = [
  {
    name: 'removes all documents of a collection, of all ledgers, and its checkpoint',
    run: async ({ store, reopen }) => {
      await store.write([aDocument(), aDocument({ ledger: GROCERY })], [aCheckpoint(5)]);
      await store.drop(JOURNAL);
      expect(await store.list(JOURNAL, BAKERY, { limit: 10 })).toEqual([]);
      expect(await store.get(JOURNAL, GROCERY, 'k')).toBeNull();
      expect(await store.checkpoint(JOURNAL)).toBeNull();
      expect(await (await reopen()).get(JOURNAL, BAKERY, 'k')).toBeNull();
    },
  },
  {
    name: 'leaves other collections, also those whose names begin alike',
    run: async ({ store }) => {
      const names = ['journal@10', 'journal', 'days@1'];
      await store.write(
        [aDocument(), ...names.map((collection) => aDocument({ collection }))],
        [aCheckpoint(1), ...names.map((name) => aCheckpoint(1, name))],
      );
      await store.drop(JOURNAL);
      for (const name of names) {
        expect(await store.get(name, BAKERY, 'k')).not.toBeNull();
        expect(await store.checkpoint(name)).not.toBeNull();
      }
    },
  },
  {
    name: 'lets older documents be written anew',
    run: async ({ store }) => {
      await store.write([aDocument({ sequence: 9 })], []);
      await store.drop(JOURNAL);
      await store.write([aDocument({ sequence: 1, body: 'anew' })], []);
      expect(await store.get(JOURNAL, BAKERY, 'k')).toEqual({ key: 'k', sequence: 1, body: 'anew' });
    },
  },
  {
    name: 'of what does not exist is nothing',
    run: async ({ store }) => {
      await expect(store.drop('nothing@1')).resolves.toBeUndefined();
    },
  },
  {
    name: 'of a large collection removes all of it',
    run: async ({ store }) => {
      const keys = Array.from({ length: 25_000 }, (_, index) => `key-${index}`);
      await writeKeys(store, keys);
      await store.write([aDocument({ collection: 'days@1' })], []);
      await store.drop(JOURNAL);
      expect(await store.list(JOURNAL, BAKERY, { limit: 100 })).toEqual([]);
      expect(await store.get('days@1', BAKERY, 'k')).not.toBeNull();
    },
  },
];

const settings: Contract<ReadModelStoreUnderTest>[string] = [
  {
    name: 'are null, then what was saved last, over a restart too',
    run: async ({ store, reopen }) => {
      expect(await store.setting('live/journal')).toBeNull();
      await store.saveSetting('live/journal', 'journal@1');
      await store.saveSetting('live/days', 'days@7');
      await store.saveSetting('live/journal', 'journal@2');
      expect(await store.setting('live/journal')).toBe('journal@2');
      const again = await reopen();
      expect(await again.setting('live/journal')).toBe('journal@2');
      expect(await again.setting('live/days')).toBe('days@7');
    },
  },
  {
    name: 'are no documents: dropping leaves them',
    run: async ({ store }) => {
      await store.saveSetting(JOURNAL, 'kept');
      await store.drop(JOURNAL);
      expect(await store.setting(JOURNAL)).toBe('kept');
    },
  },
];

const snapshots: Contract<ReadModelStoreUnderTest>[string] = [
  {
    name: 'are null before the first one',
    run: async ({ store }) => {
      expect(await store.snapshot(BAKERY)).toBeNull();
    },
  },
  ...[0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 5 * 1024 * 1024 + 7].map((length) => ({
    name: `of ${length} bytes come back as they were`,
    run: async ({ store, reopen }: ReadModelStoreUnderTest) => {
      const snapshot = aSnapshot(someBytes(length));
      await store.saveSnapshot(snapshot);
      for (const read of [await store.snapshot(BAKERY), await (await reopen()).snapshot(BAKERY)]) {
        expect({ ...read, bytes: null }).toEqual({ ...snapshot, bytes: null });
        expect(Buffer.compare(read?.bytes ?? Buffer.from('?'), snapshot.bytes)).toBe(0);
      }
    },
  })),
  {
    name: 'replace each other, a small one a large one too',
    run: async ({ store }) => {
      await store.saveSnapshot(aSnapshot(someBytes(3 * 1024 * 1024)));
      const small = aSnapshot(someBytes(10), { sequence: 8, stateVersion: 4 });
      await store.saveSnapshot(small);
      const read = await store.snapshot(BAKERY);
      // First, since megabytes of difference take long to be told.
      expect(read?.bytes.length).toBe(10);
      expect(read).toEqual(small);
    },
  },
  {
    name: 'are of their ledger',
    run: async ({ store }) => {
      await store.saveSnapshot(aSnapshot(someBytes(3)));
      await store.saveSnapshot(aSnapshot(someBytes(4), { ledger: GROCERY }));
      expect((await store.snapshot(BAKERY))?.bytes).toHaveLength(3);
      expect((await store.snapshot(GROCERY))?.bytes).toHaveLength(4);
    },
  },
  {
    name: 'are all dropped at once; documents stay',
    run: async ({ store }) => {
      await store.saveSnapshot(aSnapshot(someBytes(2 * 1024 * 1024)));
      await store.saveSnapshot(aSnapshot(someBytes(4), { ledger: GROCERY }));
      await store.write([aDocument()], [aCheckpoint(1)]);
      await store.dropSnapshots();
      expect([await store.snapshot(BAKERY), await store.snapshot(GROCERY)]).toEqual([null, null]);
      expect(await store.get(JOURNAL, BAKERY, 'k')).not.toBeNull();
      expect(await store.checkpoint(JOURNAL)).not.toBeNull();
    },
  },
];

/** What it means to be a store of read models. */
export const READ_MODEL_STORE_CONTRACT: Contract<ReadModelStoreUnderTest> = {
  documents,
  'several documents': several,
  'ranges of documents': ranges,
  checkpoints,
  dropping,
  settings,
  snapshots,
};

/** Every adapter runs this. */
export function describeReadModelStore(name: string, open: () => Promise<ReadModelStoreUnderTest>): void {
  describeContract(`${name} as a store of read models`, READ_MODEL_STORE_CONTRACT, open);
}
