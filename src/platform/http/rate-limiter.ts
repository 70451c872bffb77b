import { isIPv6 } from 'node:net';

const WINDOW_MS = 60_000;
const MOST_KEYS = 100_000;
const EVERYBODY_ELSE = '';

/** Whether a request may pass; if not, the whole seconds until the next one may. */
export type Allowance = { readonly allowed: true } | { readonly allowed: false; readonly retryAfter: number };

const ALLOWED: Allowance = { allowed: true };

/**
 * Counts per key in fixed windows of a minute. A map that is emptied once a minute costs well under a microsecond
 * a request; @nestjs/throttler keeps and scans a list of every hit of a key, hundreds of microseconds at our limits.
 * Past 100,000 keys in a minute the others share one count: memory stays bounded.
 */
export class RateLimiter {
  private readonly counts = new Map<string, number>();
  /** What other nodes have let pass in this window, as far as it is known. */
  private readonly elsewhere = new Map<string, number>();
  private window = 0;

  /** @param perWindow requests per window and key; null is no limit */
  constructor(
    private readonly perWindow: number | null,
    private readonly now: () => number = Date.now,
    private readonly windowMs = WINDOW_MS,
  ) {}

  /** Counts one request of a key. */
  take(key: string): Allowance {
    if (this.perWindow === null) return ALLOWED;
    const now = this.turn();
    const slot = this.counts.has(key) || this.counts.size < MOST_KEYS ? key : EVERYBODY_ELSE;
    const count = (this.counts.get(slot) ?? 0) + 1;
    if (count + (this.elsewhere.get(slot) ?? 0) > this.perWindow)
      return { allowed: false, retryAfter: this.secondsLeft(now) };
    this.counts.set(slot, count);
    return ALLOWED;
  }

  /** The present window, its end, and the keys that have used this part of the limit, at most so many: the busiest. */
  counted(
    part: number,
    most: number,
  ): { readonly window: number; readonly ends: Date; readonly counts: ReadonlyMap<string, number> } {
    this.turn();
    const least = (this.perWindow ?? Infinity) * part;
    const found = [...this.counts].filter(([, count]) => count >= least);
    if (found.length > most) found.sort(([, left], [, right]) => right - left);
    const ends = new Date((this.window + 1) * this.windowMs);
    return { window: this.window, ends, counts: new Map(found.slice(0, most)) };
  }

  /** What other nodes have let pass in a window; nothing of one that is over. */
  learn(window: number, elsewhere: ReadonlyMap<string, number>): void {
    this.turn();
    if (window !== this.window) return;
    for (const [key, count] of elsewhere) this.elsewhere.set(key, count);
  }

  /** Takes one request of a key back, such as a sign-in that turned out to be right. */
  giveBack(key: string): void {
    const slot = this.counts.has(key) ? key : EVERYBODY_ELSE;
    const count = this.counts.get(slot) ?? 0;
    if (count > 1) this.counts.set(slot, count - 1);
    else this.counts.delete(slot);
  }

  private turn(): number {
    const now = this.now();
    const window = Math.floor(now / this.windowMs);
    if (window !== this.window) {
      this.window = window;
      this.counts.clear();
      this.elsewhere.clear();
    }
    return now;
  }

  private secondsLeft(now: number): number {
    return Math.max(1, Math.ceil(((this.window + 1) * this.windowMs - now) / 1000));
  }
}

/** Who an anonymous request comes from: an IPv4 address, or the /64 that one IPv6 subscriber has for himself. */
export function addressKey(ip: string | undefined): string {
  if (ip === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(ip) ? `${firstGroups(ip)}/64` : ip;
}

/** The first four groups of an IPv6 address, with `::` written out. */
function firstGroups(ip: string): string {
  const [head = '', tail] = ip.replace(/%.*$/, '').toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
