import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientFailure } from './client';

/** Milliseconds. */
export type Timing = {
  /** How long one call may take. */
  readonly call: number;
  /** How long something is tried again before it is given up. */
  readonly patience: number;
  /** The first pause between two tries; each next one may be twice as long. */
  readonly firstPause: number;
  readonly longestPause: number;
};

export const TIMING: Timing = { call: 10_000, patience: 30_000, firstPause: 50, longestPause: 2_000 };

/** The pauses between tries: longer and longer, and by chance, so that those who failed together do not come back together. */
export class Patience {
  private readonly end: number;
  private pause: number;

  constructor(private readonly timing: Timing) {
    this.end = performance.now() + timing.patience;
    this.pause = timing.firstPause;
  }

  /** Waits for the next try; false when there is no time for one, or nobody wants one any more. */
  async next(end?: AbortSignal): Promise<boolean> {
    const wait = this.nextPause();
    if (performance.now() + wait >= this.end) return false;
    return delay(wait, true, { signal: end }).catch(() => false);
  }

  nextPause(): number {
    const wait = this.pause * (0.5 + Math.random() / 2);
    this.pause = Math.min(this.pause * 2, this.timing.longestPause);
    return wait;
  }
}

/** Calls that are made again, as long as whoever makes them is there. */
export class Tries {
  private readonly end = new AbortController();

  constructor(readonly timing: Timing) {
    // As many wait on it as there are calls that a server does not answer.
    setMaxListeners(0, this.end.signal);
  }

  /**
   * Tries until it works, is refused for good, or there is no time left; once they have ended, a single time.
   *
   * @throws ClientFailure
   */
  async patiently<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
    const patience = new Patience(this.timing);
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const mayRetry = error instanceof ClientFailure && error.kind !== 'refused';
        if (!mayRetry || !(await patience.next(this.end.signal))) throw error;
      }
    }
  }

  /** What waits to be made again is not. */
  stop(): void {
    this.end.abort();
  }
}
