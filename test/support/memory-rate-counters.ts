import { RateCounters } from '../../src/ports/rate-counters';

/** Counts that the nodes of a test share; nothing ends. */
export class MemoryRateCounters extends RateCounters {
  readonly counts = new Map<string, number>();
  /** Set it to make calls fail. */
  failure: Error | null = null;
  calls = 0;

  async add(amounts: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> {
    this.calls += 1;
    if (this.failure) throw this.failure;
    for (const [key, amount] of amounts) this.counts.set(key, (this.counts.get(key) ?? 0) + amount);
    await Promise.resolve();
    return new Map([...amounts.keys()].map((key) => [key, this.counts.get(key) ?? 0]));
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
