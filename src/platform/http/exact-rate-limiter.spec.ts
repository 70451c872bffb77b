import { MemoryRateCounters } from '../../../test/support/memory-rate-counters';
import { ExactRateLimiter } from './exact-rate-limiter';

describe('a limit that holds exactly on all nodes', () => {
  let now: number;
  let counters: MemoryRateCounters;

  beforeEach(() => {
    now = 600_000;
    counters = new MemoryRateCounters();
  });

  const node = (shared: MemoryRateCounters | null = counters, name = 'sign-in') =>
    new ExactRateLimiter({ name, perWindow: 3, windowMs: 60_000, now: () => now, counters: shared });

  const passed = async (nodes: readonly ExactRateLimiter[], key = 'a') => {
    const taken = await Promise.all(nodes.map((one) => one.take(key)));
    return taken.filter(({ allowed }) => allowed).length;
  };

  it('lets so many pass, wherever they come in, and says how long to wait', async () => {
    const [first, second] = [node(), node()];
    now += 15_500;
    for (const one of [first, second, first]) expect(await passed([one])).toBe(1);
    for (const one of [first, second])
      expect(await one.take('a')).toEqual({ allowed: false, retryAfter: 45 });
    expect(await passed([second], 'b')).toBe(1);
    now += 44_500;
    expect(await passed([second])).toBe(1);
  });

  it('never lets more pass of many that come at once', async () => {
    const [first, second] = [node(), node()];
    expect(await passed([first, second, first, second, first, second])).toBeLessThanOrEqual(3);
  });

  it('takes back on all of them, what was refused too', async () => {
    const [first, second] = [node(), node()];
    const taken = await first.take('a');
    if (taken.allowed) await taken.takeBack();
    for (const one of [second, first, second]) expect(await passed([one])).toBe(1);
    for (let tries = 0; tries < 5; tries += 1) expect(await passed([first])).toBe(0);
    expect([...counters.counts.values()]).toEqual([3]);
  });

  it('takes back in the minute that it was counted in', async () => {
    const taken = await node().take('a');
    now += 60_000;
    if (taken.allowed) await taken.takeBack();
    const [first, second] = [node(), node()];
    expect(await passed([first, second, first])).toBe(3);
    expect(await passed([second])).toBe(0);
  });

  it('keeps limits apart', async () => {
    expect(await passed([node(), node(), node()])).toBe(3);
    expect(await passed([node(counters, 'another')])).toBe(1);
  });

  it('holds on each node by itself where nothing is shared, or the store does not answer', async () => {
    counters.failure = new Error('gone');
    for (const one of [node(null), node()]) {
      expect(await passed([one, one, one])).toBe(3);
      expect(await passed([one])).toBe(0);
    }
  });
});
