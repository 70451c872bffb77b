import { MemoryEventStore } from '../../test/support/memory-event-store';
import { LeaseTable, MemoryLeases } from '../../test/support/memory-leases';
import { MemoryReadModelStore } from '../../test/support/memory-read-model-store';
import type { Lease } from '../ports/leases';
import { LeasedPartition } from './leased-partition';

/** Answers a renewal when it is told to, and loses releases. */
class SlowLeases extends MemoryLeases {
  answer: () => void = () => undefined;

  override async renew(lease: Lease, ttlMs: number): Promise<Lease | null> {
    const renewed = await super.renew(lease, ttlMs);
    await new Promise<void>((resolve) => {
      this.answer = resolve;
    });
    return renewed;
  }

  override release(): Promise<void> {
    return Promise.reject(new Error('not now'));
  }
}

describe('a partition that is folded under a lease', () => {
  it('stays given up when a renewal that was asked for before is answered after', async () => {
    const leases = new SlowLeases(new LeaseTable());
    const partition = new LeasedPartition(
      {
        events: new MemoryEventStore(),
        readModels: new MemoryReadModelStore(),
        projections: [],
        leases,
        holder: 'one',
        ttlMs: 5_000,
        partitions: 4,
      },
      1,
    );
    expect(await partition.take()).toBe(true);
    await partition.opened();
    const kept = partition.keep();
    await new Promise(setImmediate);
    await partition.giveUp();
    leases.answer();
    await kept;
    expect(partition.isHeld).toBe(false);
    expect(partition.report().held).toBe(false);
  });
});
