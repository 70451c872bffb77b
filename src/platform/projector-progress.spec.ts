import { MemoryReadModelStore } from '../../test/support/memory-read-model-store';
import { PROGRESS } from './projector';
import { Progress } from './projector-progress';

const LEDGER = '01914d3a-8f00-7a11-8c00-0000000000aa';

/** Another process folds: it writes to the store that both read, and tells nobody. */
function folded(store: MemoryReadModelStore, sequence: number): Promise<void> {
  const document = { collection: PROGRESS, ledger: LEDGER, key: '', sequence, body: { sequence } };
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
    const get = store.get.bind(store);
    let asked = 0;
    store.get = (...where) => {
      asked += 1;
      return asked === 2 ? Promise.reject(new Error('the line is down')) : get(...where);
    };
    const waiting = progress.waitFor(LEDGER, 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await folded(store, 1);
    await expect(waiting).resolves.toBeUndefined();
  });
});
