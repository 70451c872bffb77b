import { type DocumentWrite, type ReadModelStore, StaleFence } from '../../src/ports/read-model-store';
import { type Contract, describeContract, type Disposable } from './contract';

export type SharedStoreUnderTest = Disposable & {
  readonly store: ReadModelStore;
  /** That of another process on the same data. */
  readonly another: () => Promise<ReadModelStore>;
};

const JOURNAL = 'journal@1';

const at = (position: number, storeId = 'store-1', projection = JOURNAL) => ({
  projection,
  storeId,
  position,
});

const aDocument = (sequence: number, body: unknown = { sequence }): DocumentWrite => ({
  collection: JOURNAL,
  ledger: 'ledger',
  key: 'k',
  sequence,
  body,
});

/** @throws when the write is not refused */
async function refusal(write: Promise<void>): Promise<StaleFence> {
  try {
    await write;
  } catch (error) {
    if (error instanceof StaleFence) return error;
    throw error;
  }
  throw new Error('it was written under a fence that is no longer the newest');
}

const checkpoints: Contract<SharedStoreUnderTest>[string] = [
  {
    name: 'move on under one fence',
    run: async ({ store }) => {
      await store.write([], [at(5)], 7);
      await store.write([], [at(5)], 7);
      await store.write([], [at(900_000_000_000)], 7);
      expect(await store.checkpoint(JOURNAL)).toEqual(at(900_000_000_000));
    },
  },
  {
    name: 'never go back under one fence, and that is no error',
    run: async ({ store, another }) => {
      await store.write([], [at(9)], 7);
      await (await another()).write([], [at(5), at(3, 'store-1', 'days@1')], 7);
      expect(await store.checkpoint(JOURNAL)).toEqual(at(9));
      expect(await store.checkpoint('days@1')).toEqual(at(3, 'store-1', 'days@1'));
    },
  },
  {
    name: 'begin anew under one fence in another event store',
    run: async ({ store }) => {
      await store.write([], [at(9)], 7);
      await store.write([], [at(2, 'store-2')], 7);
      expect(await store.checkpoint(JOURNAL)).toEqual(at(2, 'store-2'));
    },
  },
  {
    name: 'are taken over by a newer fence, further back too',
    run: async ({ store, another }) => {
      await store.write([], [at(9)], 7);
      await (await another()).write([], [at(4)], 8);
      expect(await store.checkpoint(JOURNAL)).toEqual(at(4));
    },
  },
  {
    name: 'are refused to an older fence, which is told of the newer one',
    run: async ({ store, another }) => {
      await store.write([], [at(4)], 1_800_000_000_008);
      const stale = await refusal((await another()).write([], [at(9)], 1_800_000_000_007));
      expect(stale).toMatchObject({ fence: 1_800_000_000_007, newerFence: 1_800_000_000_008 });
      expect(stale.message).toContain(JOURNAL);
      expect(await store.checkpoint(JOURNAL)).toEqual(at(4));
    },
  },
  {
    name: 'are refused to an older fence in another event store as well',
    run: async ({ store }) => {
      await store.write([], [at(4)], 8);
      await refusal(store.write([], [at(9, 'store-2')], 7));
      expect(await store.checkpoint(JOURNAL)).toEqual(at(4));
    },
  },
  {
    name: 'belong to the newest fence of many at once, in whatever order they come',
    run: async ({ store, another }) => {
      const other = await another();
      const fences = [4, 9, 2, 7, 1, 8, 3, 6, 5];
      await Promise.allSettled(
        fences.map((fence, index) => (index % 2 === 0 ? store : other).write([], [at(100 - fence)], fence)),
      );
      expect(await store.checkpoint(JOURNAL)).toEqual(at(91));
      await refusal(other.write([], [at(100)], 8));
    },
  },
  {
    name: 'keep their fence when they are written without one',
    run: async ({ store }) => {
      await store.write([], [at(4)], 8);
      await store.write([], [at(2)]);
      expect(await store.checkpoint(JOURNAL)).toEqual(at(2));
      await refusal(store.write([], [at(9)], 7));
    },
  },
];

const documents: Contract<SharedStoreUnderTest>[string] = [
  {
    name: 'of a process that was paused beyond its lease never replace newer ones',
    run: async ({ store, another }) => {
      const [paused, present] = [store, await another()];
      await paused.write([aDocument(3)], [at(3)], 7);
      await present.write([aDocument(5)], [at(5)], 8);
      await refusal(paused.write([aDocument(4, 'of the paused one')], [at(4)], 7));
      expect(await present.get(JOURNAL, 'ledger', 'k')).toMatchObject({ sequence: 5, body: { sequence: 5 } });
      expect(await present.checkpoint(JOURNAL)).toEqual(at(5));
    },
  },
  {
    name: 'that have folded more stand, whoever has written them: folding is the same everywhere',
    run: async ({ store, another }) => {
      const [paused, present] = [store, await another()];
      await present.write([aDocument(5)], [at(5)], 8);
      await refusal(paused.write([aDocument(6)], [at(6)], 7));
      await present.write([aDocument(6)], [at(6)], 8);
      expect(await present.get(JOURNAL, 'ledger', 'k')).toMatchObject({ sequence: 6 });
      expect(await present.checkpoint(JOURNAL)).toEqual(at(6));
    },
  },
];

const dropping: Contract<SharedStoreUnderTest>[string] = [
  {
    name: 'is refused to an older fence, and nothing is lost',
    run: async ({ store, another }) => {
      await store.write([aDocument(5)], [at(5)], 8);
      await refusal((await another()).drop(JOURNAL, 7));
      expect(await store.get(JOURNAL, 'ledger', 'k')).not.toBeNull();
      expect(await store.checkpoint(JOURNAL)).toEqual(at(5));
    },
  },
  {
    name: 'leaves no way for an older fence to a checkpoint whose documents are gone',
    run: async ({ store, another }) => {
      const [paused, present] = [store, await another()];
      await paused.write([aDocument(3)], [at(3)], 7);
      await present.drop(JOURNAL, 8);
      await refusal(paused.write([], [at(4)], 7));
      expect(await present.checkpoint(JOURNAL)).toBeNull();
    },
  },
  {
    name: 'raises the fence also of what was never written',
    run: async ({ store, another }) => {
      await (await another()).drop(JOURNAL, 8);
      await refusal(store.write([], [at(4)], 7));
      expect(await store.checkpoint(JOURNAL)).toBeNull();
    },
  },
  {
    name: 'lets the same fence begin anew, from the first position on',
    run: async ({ store }) => {
      await store.write([aDocument(9)], [at(9)], 7);
      await store.drop(JOURNAL, 7);
      await store.write([aDocument(1)], [at(1)], 7);
      expect(await store.checkpoint(JOURNAL)).toEqual(at(1));
      expect(await store.get(JOURNAL, 'ledger', 'k')).toMatchObject({ sequence: 1 });
    },
  },
  {
    name: 'without a fence keeps the one that is there',
    run: async ({ store }) => {
      await store.write([], [at(9)], 8);
      await store.drop(JOURNAL);
      expect(await store.checkpoint(JOURNAL)).toBeNull();
      await refusal(store.write([], [at(4)], 7));
    },
  },
];

const settings: Contract<SharedStoreUnderTest>[string] = [
  {
    name: 'are refused to an older fence',
    run: async ({ store, another }) => {
      await store.saveSetting('live/journal', 'journal@2', 8);
      const stale = await refusal((await another()).saveSetting('live/journal', 'journal@1', 7));
      expect(stale).toMatchObject({ fence: 7, newerFence: 8 });
      expect(await store.setting('live/journal')).toBe('journal@2');
      await store.saveSetting('live/journal', 'journal@3', 8);
      await store.saveSetting('live/journal', 'journal@4', 9);
      expect(await store.setting('live/journal')).toBe('journal@4');
    },
  },
  {
    name: 'have fences of their own',
    run: async ({ store }) => {
      await store.saveSetting('live/journal', 'journal@2', 8);
      await store.saveSetting('live/days', 'days@1', 7);
      await store.write([], [at(3, 'store-1', 'live/journal')], 7);
      expect(await store.setting('live/days')).toBe('days@1');
    },
  },
  {
    name: 'keep their fence when they are saved without one',
    run: async ({ store }) => {
      await store.saveSetting('live/journal', 'journal@2', 8);
      await store.saveSetting('live/journal', 'journal@3');
      expect(await store.setting('live/journal')).toBe('journal@3');
      await refusal(store.saveSetting('live/journal', 'journal@1', 7));
    },
  },
];

/** What it means to be a store of read models that several processes share, beside being one. */
export const FENCES_CONTRACT: Contract<SharedStoreUnderTest> = {
  'checkpoints under fences': checkpoints,
  'documents under fences': documents,
  'dropping under fences': dropping,
  'settings under fences': settings,
};

/** Every adapter runs this whose store several processes may share. */
export function describeSharedStore(name: string, open: () => Promise<SharedStoreUnderTest>): void {
  describeContract(`${name} as a store of read models that is shared`, FENCES_CONTRACT, open);
}
