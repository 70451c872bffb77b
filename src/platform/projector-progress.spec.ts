import { setTimeout as delay } from 'node:timers/promises';
import { MemoryReadModelStore } from '../../test/support/memory-read-model-store';
import { StoreUnavailable } from '../ports/event-store';
import { partitionOf, partitionPrefix } from './partitions';
import { PROGRESS } from './projector';
import { NOTHING_KNOWN, Progress } from './projector-progress';

const LEDGER = '01914d3a-8f00-7a11-8c00-0000000000aa';

/** Another process folds: it writes to the store that both read, and tells nobody. */
function folded(store: MemoryReadModelStore, sequence: number, ledger = LEDGER, prefix = ''): Promise<void> {
  const document = { collection: prefix + PROGRESS, ledger, key: '', sequence, body: { sequence } };
  return store.write([document], []);
}

describe('how far the read models are, where another process folds them', () => {
  let store: MemoryReadModelStore;
  let progress: Progress;

  beforeEach(() => {
    store = new MemoryReadModelStore();
    progress = new Progress(store, Date.now, { waitMs: 2000, pollMs: 5 });
  });
  afterEach(() => progress.stop());

  it('is seen by a read that waits for it', async () => {
    const waiting = progress.waitFor(LEDGER, 3);
    await folded(store, 3);
    await expect(waiting).resolves.toBeUndefined();
  });

  it('is not seen before it is far enough', async () => {
    const late = new Progress(store, Date.now, { waitMs: 60, pollMs: 5 });
    await folded(store, 2);
    await expect(late.waitFor(LEDGER, 3)).rejects.toMatchObject({ reason: 'late', reached: 2 });
    late.stop();
  });

  it('is not waited for where the store does not answer', async () => {
    const away = new Progress(store, Date.now, { waitMs: 20, pollMs: 5 });
    const unavailable = new StoreUnavailable('MongoDB cannot be reached', 'not-written');
    jest.spyOn(store, 'get').mockRejectedValue(unavailable);
    await expect(away.waitFor(LEDGER, 3)).rejects.toBe(unavailable);
    // Nobody hears of it a second time: a rejection that nobody handles ends the process, and this test.
    await delay(60);
    away.stop();
  });

  it('ends the lag of what this process has recorded', async () => {
    progress.appended([{ ledger: LEDGER, sequence: 3, hash: '' }]);
    expect(progress.status().lagEvents).toBe(3);
    await folded(store, 3);
    await progress.waitFor(LEDGER, 3);
    expect(progress.status().lagEvents).toBe(0);
  });

  it('is as late as the oldest event that waits, also where entries come all the time', () => {
    let now = 0;
    const watched = new Progress(store, () => now);
    const record = (sequence: number) => watched.appended([{ ledger: LEDGER, sequence, hash: '' }]);
    const lag = () => watched.status().lagSeconds;
    for (let sequence = 1; sequence <= 100; sequence += 1) {
      now += 1000;
      record(sequence);
      // Always one behind: never level, and never later than by two seconds.
      watched.advanced([[LEDGER, sequence - 1]]);
      expect(lag()).toBeLessThanOrEqual(2);
    }
    now += 60_000;
    expect(lag()).toBeGreaterThanOrEqual(60);
    watched.advanced([[LEDGER, 100]]);
    expect(watched.status()).toMatchObject({ lagSeconds: 0, lagEvents: 0 });
  });

  it('is as late as the ledger that is latest', () => {
    let now = 0;
    const watched = new Progress(store, () => now);
    watched.appended([
      { ledger: LEDGER, sequence: 5, hash: '' },
      { ledger: 'another', sequence: 7, hash: '' },
    ]);
    now = 30_000;
    watched.advanced([[LEDGER, 5]]);
    watched.appended([{ ledger: LEDGER, sequence: 6, hash: '' }]);
    expect(watched.status()).toMatchObject({ lagSeconds: 30, lagEvents: 8 });
    watched.advanced([['another', 7]]);
    expect(watched.status()).toMatchObject({ lagSeconds: 0, lagEvents: 1 });
  });

  it('goes on looking when the store did not answer once', async () => {
    const getAcross = store.getAcross.bind(store);
    let asked = 0;
    store.getAcross = (...where) => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error('the line is down')) : getAcross(...where);
    };
    const waiting = progress.waitFor(LEDGER, 1);
    await delay(30);
    await folded(store, 1);
    await expect(waiting).resolves.toBeUndefined();
    expect(asked).toBeGreaterThan(1);
  });

  it('is asked for all who wait in one question', async () => {
    const asked: (readonly string[])[] = [];
    const getAcross = store.getAcross.bind(store);
    store.getAcross = (collection, ledgers, key) => {
      asked.push(ledgers);
      return getAcross(collection, ledgers, key);
    };
    const others = ['another', 'a third'];
    const waiting = [LEDGER, ...others].map((ledger) => progress.waitFor(ledger, 1));
    for (const ledger of [LEDGER, ...others]) await folded(store, 1, ledger);
    await Promise.all(waiting);
    expect(asked.every((ledgers) => ledgers.length === new Set(ledgers).size)).toBe(true);
    expect(asked[0]).toEqual([LEDGER, ...others]);
  });

  it('is asked for where the partition of the ledger is kept', async () => {
    const partitions = 8;
    const many = new Progress(store, Date.now, { waitMs: 2000, pollMs: 5, partitions });
    const waiting = many.waitFor(LEDGER, 1);
    await delay(10);
    await folded(store, 1, LEDGER, partitionPrefix(partitionOf(LEDGER, partitions), partitions));
    await expect(waiting).resolves.toBeUndefined();
    many.stop();
  });

  it('is found by a sweep where nobody waits, also behind many that stand still', async () => {
    const still = Array.from({ length: 600 }, (_, index) => `still-${index}`);
    progress.appended([...still, LEDGER].map((ledger) => ({ ledger, sequence: 1, hash: '' })));
    await folded(store, 1);
    await until(() => progress.status().lagEvents === still.length);
  });

  it('is asked for no more once it is stopped', async () => {
    const getAcross = jest.spyOn(store, 'getAcross');
    const waiting = progress.waitFor(LEDGER, 1).catch(() => 'late');
    progress.stop();
    expect(await waiting).toBe('late');
    expect(getAcross).not.toHaveBeenCalled();
  });
});

describe('how far the read models are, where this process folds them', () => {
  const HELD = [{ ...NOTHING_KNOWN, held: true }];
  const ELSEWHERE = [{ ...NOTHING_KNOWN, held: false }];

  /** Sweeps come each second, and are not waited for where the time to wait is shorter. */
  function watching(reports: typeof HELD) {
    const store = new MemoryReadModelStore();
    const progress = new Progress(store, Date.now, { waitMs: 500, pollMs: 5 });
    progress.reported(reports);
    return { store, progress };
  }

  it('is told, and not asked for', async () => {
    const { store, progress } = watching(HELD);
    await delay(20);
    const getAcross = jest.spyOn(store, 'getAcross');
    const waiting = progress.waitFor(LEDGER, 3);
    await delay(60);
    expect(getAcross).not.toHaveBeenCalled();
    progress.advanced([[LEDGER, 3]]);
    await expect(waiting).resolves.toBeUndefined();
    progress.stop();
  });

  it.each([
    ['given away', HELD, ELSEWHERE],
    ['taken over', ELSEWHERE, HELD],
  ])('is asked for when it is %s', async (_, before, after) => {
    const { store, progress } = watching(before);
    const waiting = progress.waitFor(LEDGER, 3);
    progress.reported(after);
    await folded(store, 3);
    await expect(waiting).resolves.toBeUndefined();
    progress.stop();
  });

  it('is found by a sweep where the word of it was lost', async () => {
    const store = new MemoryReadModelStore();
    const progress = new Progress(store, Date.now, { pollMs: 5 });
    progress.reported(HELD);
    await delay(20);
    const waiting = progress.waitFor(LEDGER, 3);
    await delay(10);
    await folded(store, 3);
    await expect(waiting).resolves.toBeUndefined();
    progress.stop();
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(10);
}
