import type { RateCounters } from '../../ports/rate-counters';
import { sha256Hex } from '../crypto';
import { RateLimiter } from './rate-limiter';

/** Whether it may pass, and then how to take it back; if not, the whole seconds until the next one may. */
export type ExactAllowance =
  | { readonly allowed: true; readonly takeBack: () => Promise<void> }
  | { readonly allowed: false; readonly retryAfter: number };

export type ExactLimit = {
  /** Tells apart what has the same key in other limits. */
  readonly name: string;
  readonly perWindow: number;
  readonly windowMs: number;
  readonly now: () => number;
  /** Null where one process is all there is. */
  readonly counters: RateCounters | null;
};

/**
 * Counts per key in fixed windows on all nodes together, each before it is answered: at most `perWindow` pass, wherever they
 * come in. It costs two calls of a server, which only what is slow anyway can afford. Where the store does not answer, the
 * node's own count holds.
 */
export class ExactRateLimiter {
  private readonly local: RateLimiter;

  constructor(private readonly limit: ExactLimit) {
    this.local = new RateLimiter(limit.perWindow, limit.now, limit.windowMs);
  }

  async take(key: string): Promise<ExactAllowance> {
    const own = this.local.take(key);
    if (!own.allowed) return own;
    const { windowMs, perWindow, now } = this.limit;
    const at = now();
    const window = Math.floor(at / windowMs);
    const end = (window + 1) * windowMs;
    const takeBack = async () => {
      this.local.giveBack(key);
      await this.tell(key, -1, window, end);
    };
    const total = await this.tell(key, 1, window, end);
    if (total === null || total <= perWindow) return { allowed: true, takeBack };
    await takeBack();
    return { allowed: false, retryAfter: Math.max(1, Math.ceil((end - at) / 1000)) };
  }

  /** The count on all nodes; null where nobody can tell. An e-mail or an address has no place in the store. */
  private async tell(key: string, amount: number, window: number, end: number): Promise<number | null> {
    const { counters, name } = this.limit;
    if (!counters) return null;
    const id = countId(name, key, window);
    try {
      return (await counters.add(new Map([[id, amount]]), new Date(end))).get(id) ?? 0;
    } catch {
      return null;
    }
  }
}

/** Of one key in one window of a limit. */
export function countId(name: string, key: string, window: number): string {
  return `${name}/${window}/${sha256Hex(key)}`;
}
