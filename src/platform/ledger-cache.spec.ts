import { ACTOR, desk, LEDGER, openBakery, sale } from '../../test/support/writer';
import { SnapshotMaker } from './ledger-cache';

class AskedSnapshots extends SnapshotMaker {
  readonly asked: string[] = [];
  override request(ledger: string): void {
    this.asked.push(ledger);
  }
}

describe('a snapshot', () => {
  beforeEach(() =>
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] }),
  );
  afterEach(() => jest.useRealTimers());

  let sales = 0;

  async function opened() {
    const snapshots = new AskedSnapshots();
    const made = desk({ snapshots, cache: { bytes: 10_000_000, snapshotEvery: 50 } });
    await openBakery(made);
    const sell = async (count: number) => {
      const entries = Array.from({ length: count }, () => sale((sales += 1)));
      const outcomes = await made.writer.record(LEDGER, entries, ACTOR);
      expect(outcomes.every(({ status }) => status === 'recorded')).toBe(true);
    };
    return { snapshots, sell };
  }

  it('is made of a ledger that has enough new events, once it is still', async () => {
    const { snapshots, sell } = await opened();
    await sell(3);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(snapshots.asked).toEqual([]);
    await sell(60);
    await jest.advanceTimersByTimeAsync(1_900);
    expect(snapshots.asked).toEqual([]);
    await jest.advanceTimersByTimeAsync(100);
    expect(snapshots.asked).toEqual([LEDGER]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(snapshots.asked).toEqual([LEDGER]);
  });

  it('waits for a ledger that is written to without a rest, and not for ever', async () => {
    const { snapshots, sell } = await opened();
    await sell(60);
    for (let second = 1; second < 30; second += 1) {
      await sell(1);
      await jest.advanceTimersByTimeAsync(1_000);
    }
    expect(snapshots.asked).toEqual([]);
    await sell(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(snapshots.asked).toEqual([LEDGER]);
  });
});
