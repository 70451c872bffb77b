import type { RateCounters } from '../../ports/rate-counters';
import { countId } from './exact-rate-limiter';
import type { RateLimiter } from './rate-limiter';

/** How often a node tells the others what it has let pass, in milliseconds. */
export const SHARE_MS = 1000;

/** Keys below a twentieth of the limit are not told of: with up to twenty nodes they cannot reach it together. */
const TOLD_FROM = 1 / 20;

/** Keys that are told at a time: those that count most. */
const MOST_TOLD = 5000;

/**
 * Lets the nodes of an installation hold a limit together without a call per request: each counts by itself, once a second
 * adds what it has let pass to a shared count and learns what others have. So a key may have more than its limit by
 * what the other nodes let pass in a second. Where the store does not answer, each node's own count goes on.
 */
export class SharedLimit {
  /** What was told of each key in the present window. */
  private readonly told = new Map<string, number>();
  private window = -1;
  private timer: NodeJS.Timeout | null = null;
  private isSharing = false;

  constructor(
    private readonly limiter: RateLimiter,
    private readonly counters: RateCounters,
    private readonly name: string,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.share(), SHARE_MS);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
  }

  /** One exchange; none while the one before is under way. */
  async share(): Promise<void> {
    if (this.isSharing) return;
    this.isSharing = true;
    try {
      await this.exchange();
    } catch {
      // What was told and not answered is told again: too much is counted rather than too little.
    } finally {
      this.isSharing = false;
    }
  }

  private async exchange(): Promise<void> {
    const { window, ends, counts } = this.limiter.counted(TOLD_FROM, MOST_TOLD);
    if (window !== this.window) {
      this.window = window;
      this.told.clear();
    }
    if (counts.size === 0) return;
    const keyOf = new Map([...counts.keys()].map((key) => [countId(this.name, key, window), key]));
    const own = (key: string) => counts.get(key) ?? 0;
    const amounts = new Map([...keyOf].map(([id, key]) => [id, own(key) - (this.told.get(key) ?? 0)]));
    const totals = await this.counters.add(amounts, ends);
    const elsewhere = new Map<string, number>();
    for (const [id, key] of keyOf) {
      this.told.set(key, own(key));
      elsewhere.set(key, Math.max(0, (totals.get(id) ?? 0) - own(key)));
    }
    this.limiter.learn(window, elsewhere);
  }
}
