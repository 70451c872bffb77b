import { addressKey, RateLimiter } from './rate-limiter';

describe('the limiter', () => {
  let now = 0;
  beforeEach(() => {
    now = 600_000;
  });
  const limiter = (perWindow: number | null) => new RateLimiter(perWindow, () => now);

  it('lets so many requests of a key pass in a minute, then says how long to wait', () => {
    const three = limiter(3);
    now += 15_500;
    expect([1, 2, 3].map(() => three.take('a').allowed)).toEqual([true, true, true]);
    expect(three.take('a')).toEqual({ allowed: false, retryAfter: 45 });
    expect(three.take('b')).toEqual({ allowed: true });
    now += 44_500;
    expect(three.take('a')).toEqual({ allowed: true });
  });

  it('never asks to wait less than a second', () => {
    const one = limiter(1);
    now += 59_999;
    one.take('a');
    expect(one.take('a')).toEqual({ allowed: false, retryAfter: 1 });
  });

  it('takes back what was counted, down to nothing', () => {
    const one = limiter(1);
    one.take('a');
    one.giveBack('a');
    one.giveBack('a');
    expect(one.take('a').allowed).toBe(true);
    expect(one.take('a').allowed).toBe(false);
  });

  it('can be off', () => {
    const off = limiter(null);
    for (let request = 0; request < 100; request += 1) expect(off.take('a').allowed).toBe(true);
  });

  it('keeps its memory bounded: keys past the hundred-thousandth share one count', () => {
    const two = limiter(2);
    for (let key = 0; key < 100_000; key += 1) two.take(`key-${key}`);
    expect([1, 2, 3].map((key) => two.take(`new-${key}`).allowed)).toEqual([true, true, false]);
    expect(two.take('key-5').allowed).toBe(true);
    two.giveBack('new-2');
    expect([4, 5].map((key) => two.take(`new-${key}`).allowed)).toEqual([true, false]);
  });

  it('costs far less than twenty microseconds a request', () => {
    const many = new RateLimiter(1_000_000);
    const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`);
    const start = process.hrtime.bigint();
    for (let request = 0; request < 100_000; request += 1) many.take(keys[request % 100] ?? '');
    expect(Number(process.hrtime.bigint() - start) / 100_000).toBeLessThan(20_000);
  });
});

describe('the key of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2/64'],
    ['2001:db8::1', '2001:db8:0:0/64'],
    ['::1', '0:0:0:0/64'],
    ['fe80::1%eth0', 'fe80:0:0:0/64'],
    [undefined, 'unknown'],
  ])('%s is %s: an IPv6 subscriber has a /64', (ip, key) => expect(addressKey(ip)).toBe(key));
});
