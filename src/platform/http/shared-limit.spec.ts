import { MemoryRateCounters } from '../../../test/support/memory-rate-counters';
import { RateLimiter } from './rate-limiter';
import { SharedLimit } from './shared-limit';

const LIMIT = 100;

describe('a limit that nodes hold together', () => {
  let now: number;
  let counters: MemoryRateCounters;

  beforeEach(() => {
    now = 600_000;
    counters = new MemoryRateCounters();
  });

  function node() {
    const limiter = new RateLimiter(LIMIT, () => now);
    return { limiter, shared: new SharedLimit(limiter, counters, 'requests') };
  }

  type Node = ReturnType<typeof node>;

  /** How many of so many requests of a key pass. */
  const passed = ({ limiter }: Node, requests: number, key = 'a') =>
    Array.from({ length: requests }, () => limiter.take(key)).filter(({ allowed }) => allowed).length;

  async function share(...nodes: Node[]): Promise<void> {
    for (const { shared } of nodes) await shared.share();
    // Whoever told first learns of the others the next time.
    for (const { shared } of nodes) await shared.share();
  }

  it('counts on each what the others have let pass, once they have told', async () => {
    const [first, second] = [node(), node()];
    expect(passed(first, 60)).toBe(60);
    expect(passed(second, 30)).toBe(30);
    await share(first, second);
    expect(passed(first, 20)).toBe(10);
    await share(first, second);
    expect(passed(second, 5)).toBe(0);
    expect(passed(second, 5, 'b')).toBe(5);
  });

  it.each([2, 4])(
    'lets no more pass on %d nodes than the limit, and what comes between two exchanges',
    async (count) => {
      const nodes = Array.from({ length: count }, node);
      const perExchange = 8;
      let total = 0;
      for (let exchange = 0; exchange < 40; exchange += 1) {
        for (const one of nodes) total += passed(one, perExchange);
        await share(...nodes);
      }
      expect(total).toBeGreaterThanOrEqual(LIMIT);
      expect(total).toBeLessThanOrEqual(LIMIT + perExchange * (count - 1));
    },
  );

  it('begins anew with the next minute, on all of them', async () => {
    const [first, second] = [node(), node()];
    passed(first, LIMIT);
    await share(first, second);
    now += 60_000;
    expect(passed(second, LIMIT)).toBe(LIMIT);
    await share(first, second);
    expect(passed(first, 10)).toBe(10);
    await share(first, second);
    expect(passed(first, 10)).toBe(0);
  });

  it('costs no call while keys are far from the limit', async () => {
    const one = node();
    for (let key = 0; key < 500; key += 1) passed(one, 4, `key-${key}`);
    await one.shared.share();
    expect(counters.calls).toBe(0);
    passed(one, 1, 'key-7');
    await one.shared.share();
    expect(counters.calls).toBe(1);
    expect([...counters.counts.values()]).toEqual([5]);
  });

  it('is each node’s own while the store does not answer, and counts too much rather than too little', async () => {
    const [first, second] = [node(), node()];
    counters.failure = new Error('gone');
    passed(first, 70);
    await share(first, second);
    expect(passed(second, 110)).toBe(LIMIT);
    counters.failure = null;
    await share(first, second);
    expect(passed(first, 1)).toBe(0);
  });

  it('names nobody in the store', async () => {
    const one = node();
    passed(one, 50, '192.0.2.1');
    await one.shared.share();
    expect([...counters.counts.keys()].join()).not.toContain('192.0.2.1');
  });
});
