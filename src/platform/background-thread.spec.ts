import { MakingWay, RecordedCount } from './background-thread';

describe('the count of what was recorded', () => {
  it('is the same on all threads, and goes on when it wraps around', () => {
    const count = new RecordedCount();
    const elsewhere = new RecordedCount(count.memory);
    count.add(2 ** 31 - 1);
    const before = elsewhere.value();
    count.add(300);
    expect(elsewhere.since(before)).toBe(300);
  });
});

describe('work that makes way', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const MOST_MS = 1_000;

  /** Somebody records so many events a tenth of a second. Answers after how many milliseconds the next piece is done. */
  async function waited(way: MakingWay, recorded: RecordedCount, events: number): Promise<number> {
    recorded.add(events);
    const recording = setInterval(() => recorded.add(events), 100);
    const began = Date.now();
    const over = { isOver: false };
    void way.next().then(() => (over.isOver = true));
    while (!over.isOver) await jest.advanceTimersByTimeAsync(10);
    clearInterval(recording);
    return Date.now() - began;
  }

  it('goes on where little is recorded', async () => {
    const recorded = new RecordedCount();
    const way = new MakingWay(recorded, MOST_MS);
    expect(await waited(way, recorded, 256)).toBeLessThan(20);
  });

  it('waits while much is recorded, so long in all and no longer', async () => {
    const recorded = new RecordedCount();
    const way = new MakingWay(recorded, MOST_MS);
    expect(await waited(way, recorded, 257)).toBeGreaterThanOrEqual(MOST_MS);
    expect(await waited(way, recorded, 257)).toBeLessThan(20);
    way.done();
    expect(await waited(way, recorded, 257)).toBeGreaterThanOrEqual(MOST_MS);
  });

  it('goes on as soon as less is recorded', async () => {
    const recorded = new RecordedCount();
    const way = new MakingWay(recorded, MOST_MS);
    recorded.add(1_000);
    let isOver = false;
    void way.next().then(() => (isOver = true));
    await jest.advanceTimersByTimeAsync(90);
    expect(isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(20);
    expect(isOver).toBe(true);
  });

  it('goes on where much was recorded, but slowly', async () => {
    const recorded = new RecordedCount();
    const way = new MakingWay(recorded, MOST_MS);
    await jest.advanceTimersByTimeAsync(3_000);
    recorded.add(5_000);
    let isOver = false;
    void way.next().then(() => (isOver = true));
    await jest.advanceTimersByTimeAsync(0);
    expect(isOver).toBe(true);
  });

  it('goes on at once when somebody begins to wait for it', async () => {
    const recorded = new RecordedCount();
    const way = new MakingWay(recorded, MOST_MS);
    recorded.add(1_000);
    let isOver = false;
    void way.next().then(() => (isOver = true));
    await jest.advanceTimersByTimeAsync(10);
    expect(isOver).toBe(false);
    way.hurry();
    await jest.advanceTimersByTimeAsync(0);
    expect(isOver).toBe(true);
  });

  it('waits no more once somebody waits for it, until it is done', async () => {
    const recorded = new RecordedCount();
    const way = new MakingWay(recorded, MOST_MS);
    way.hurry();
    expect(await waited(way, recorded, 10_000)).toBeLessThan(20);
    way.done();
    expect(await waited(way, recorded, 10_000)).toBeGreaterThanOrEqual(MOST_MS);
  });
});
