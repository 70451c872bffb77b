import { ALL_PROJECTIONS } from '../../projections/all';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { LeaseTable, MemoryLeases } from '../../test/support/memory-leases';
import { MemoryReadModelStore } from '../../test/support/memory-read-model-store';
import { RecordingBook } from '../../test/support/recording-book';
import type { HeldLease, Lease } from '../ports/leases';
import type { DocumentWrite, ProjectionCheckpoint } from '../ports/read-model-store';
import { ReadModelsLost } from '../ports/read-model-store';
import { leaseOfPartition, PROJECTIONS_LEASES } from './leased-partition';
import { LeasedRunner } from './leased-runner';
import { partitionOf, partitionPrefix } from './partitions';

const PARTITIONS = 4;

/** Long enough for a busy machine to renew it in time; short where a test waits for its end. */
const TTL_MS = { long: 5_000, short: 500 };

const sale = (gross: number) => ({
  type: 'sale',
  lines: [{ category: 'pain', gross, vatRate: 550 }],
  payments: [{ method: 'cash', amount: gross }],
});

/** Leases by the real clock, of a process that can be stopped in its tracks as SIGSTOP does. */
class PausedLeases extends MemoryLeases {
  isPaused = false;

  override async renew(lease: Lease, ttlMs: number): Promise<Lease | null> {
    await this.present();
    return super.renew(lease, ttlMs);
  }

  override async acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    await this.present();
    return super.acquire(name, holder, ttlMs);
  }

  override async running(prefix: string): Promise<readonly HeldLease[]> {
    await this.present();
    return super.running(prefix);
  }

  private async present(): Promise<void> {
    while (this.isPaused) await sleep(5);
    this.table.now = Date.now();
  }
}

/** Forgets everything on request, as a database that is dropped; a checkpoint that was there is missed by the next write. */
class EmptiedReadModels extends MemoryReadModelStore {
  private known = new Set<string>();

  empty(): void {
    for (const map of [this.collections, this.checkpoints, this.settings, this.fences]) map.clear();
  }

  override async write(
    documents: readonly DocumentWrite[],
    checkpoints: readonly ProjectionCheckpoint[],
    fence?: number,
  ): Promise<void> {
    for (const { projection } of checkpoints)
      if (this.known.has(projection) && !this.checkpoints.has(projection))
        throw new ReadModelsLost(projection);
    await super.write(documents, checkpoints, fence);
    for (const { projection } of checkpoints) this.known.add(projection);
  }

  override async checkpoint(projection: string): Promise<ProjectionCheckpoint | null> {
    const found = await super.checkpoint(projection);
    if (found) this.known.add(projection);
    else this.known.delete(projection);
    return found;
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (await what()) return;
    await sleep(5);
  }
  throw new Error('it did not come to pass');
}

describe('read models that several processes fold', () => {
  let events: MemoryEventStore;
  let readModels: EmptiedReadModels;
  let table: LeaseTable;
  /** One in each partition. */
  let books: RecordingBook[];
  let runners: LeasedRunner[];

  beforeEach(async () => {
    events = new MemoryEventStore();
    readModels = new EmptiedReadModels();
    table = new LeaseTable();
    books = Array.from({ length: PARTITIONS }, (_, partition) => aBookIn(partition));
    runners = [];
    for (const book of books) await append(book);
  });
  afterEach(() => Promise.all(runners.map((runner) => runner.stop())));

  function aBookIn(partition: number): RecordingBook {
    for (let number = 0; ; number += 1) {
      const ledger = `22222222-2222-4222-8222-${String(number).padStart(12, '0')}`;
      if (partitionOf(ledger, PARTITIONS) === partition) return new RecordingBook({ ledger });
    }
  }

  async function append(book: RecordingBook, from = 0): Promise<void> {
    const added = book.stored.slice(from);
    await events.append({ ledger: book.id, expectedSequence: from, events: added, checkpoint: 'a note' });
  }

  /** In each ledger. */
  async function record(gross: number): Promise<void> {
    for (const book of books) {
      const before = book.stored.length;
      book.record(sale(gross));
      await append(book, before);
    }
  }

  async function node(
    holder: string,
    ttlMs = TTL_MS.long,
    leases = new PausedLeases(table),
    partitions = PARTITIONS,
  ): Promise<LeasedRunner> {
    const runner = new LeasedRunner({
      events,
      readModels,
      projections: ALL_PROJECTIONS,
      restMs: 5,
      leases,
      holder,
      ttlMs,
      partitions,
    });
    await runner.start();
    runners.push(runner);
    return runner;
  }

  async function cash(partition: number): Promise<number | undefined> {
    const collection = `${partitionPrefix(partition, PARTITIONS)}tills@1`;
    const till = await readModels.get(collection, books[partition]?.id ?? '', 'T1');
    return (till?.body as { balances: { cash?: number } } | undefined)?.balances.cash;
  }

  const everywhere = async (amount: number) => {
    const found = await Promise.all(books.map((_, partition) => cash(partition)));
    return found.every((one) => one === amount);
  };

  async function holders(): Promise<(string | undefined)[]> {
    table.now = Date.now();
    const leases = new MemoryLeases(table);
    return Promise.all(
      books.map(
        async (_, partition) => (await leases.holder(leaseOfPartition(partition, PARTITIONS)))?.holder,
      ),
    );
  }

  const shares = async (expected: Readonly<Record<string, number>>) => {
    const counts: Record<string, number> = {};
    for (const holder of await holders())
      if (holder !== undefined) counts[holder] = (counts[holder] ?? 0) + 1;
    return JSON.stringify(Object.entries(counts).sort()) === JSON.stringify(Object.entries(expected).sort());
  };

  it('are folded by the first, and by half when a second appears; each knows how far the other is', async () => {
    const first = await node('first', TTL_MS.short);
    await until(() => shares({ first: 4 }));
    const second = await node('second', TTL_MS.short);
    await until(() => shares({ first: 2, second: 2 }));
    await record(1000);
    await until(() => everywhere(16_000));
    for (const runner of [first, second]) {
      await until(() => runner.reports().every(({ growing }) => !growing));
      await until(() =>
        runner.reports().every(({ projections }) => projections.every(({ behind }) => !behind)),
      );
    }
    expect(second.reports().map(collections)).toEqual(first.reports().map(collections));
    // Each partition has one of them, and each of them says so.
    const held = (runner: LeasedRunner) => runner.reports().map((report) => report.held);
    expect(held(second)).toEqual(held(first).map((isHeld) => !isHeld));
    expect(held(first).filter(Boolean)).toHaveLength(2);
  });

  const collections = ({ projections }: { projections: readonly { name: string; collection: string }[] }) =>
    projections.map(({ name, collection }) => [name, collection]);

  it('are shared by three that come at once, and by more than there are partitions', async () => {
    await Promise.all(['a', 'b', 'c'].map((holder) => node(holder, TTL_MS.short)));
    await until(async () => {
      const found = await holders();
      return new Set(found).size === 3 && !found.includes(undefined);
    });
    await Promise.all(['d', 'e', 'f'].map((holder) => node(holder, TTL_MS.short)));
    await until(async () => {
      const found = await holders();
      return new Set(found).size === PARTITIONS && !found.includes(undefined);
    });
    await record(500);
    await until(() => everywhere(15_500));
  });

  it('are taken over at once from one that stops', async () => {
    const first = await node('first');
    await node('second');
    await until(() => shares({ first: 2, second: 2 }));
    await first.stop();
    await record(1000);
    await until(() => everywhere(16_000));
    await until(() => shares({ second: 4 }));
  });

  it('are taken over from one that is paused, and what it does later changes nothing', async () => {
    const leases = new PausedLeases(table);
    const first = await node('first', TTL_MS.short, leases);
    await until(() => everywhere(15_000));
    leases.isPaused = true;
    await node('second', TTL_MS.short);
    await until(() => shares({ second: 4 }));
    await record(1000);
    // The first has noticed nothing yet and folds on: under its old fences.
    await record(500);
    await until(() => everywhere(16_500));
    leases.isPaused = false;
    await until(() => shares({ first: 2, second: 2 }));
    await record(250);
    await until(() => everywhere(16_750));
    expect(first.reports().flatMap(({ halts }) => halts)).toEqual([]);
  });

  it('are rebuilt by who folds all of them', async () => {
    const first = await node('first');
    await until(() => everywhere(15_000));
    await first.rebuild(['tills']);
    await node('second');
    await until(() => shares({ first: 2, second: 2 }));
    await expect(first.rebuild(['tills'])).rejects.toThrow('another process folds');
    for (const runner of runners) {
      await until(() =>
        runner
          .reports()
          .every(({ projections }) => projections.some(({ collection }) => collection === 'tills@1.2')),
      );
    }
  });

  it('are folded again when the store is emptied in use, and say so until they are whole', async () => {
    const first = await node('first', TTL_MS.long);
    await until(() => everywhere(15_000));
    readModels.empty();
    table.held.clear();
    await record(1000);
    await until(() => first.reports().some(({ growing }) => growing));
    await until(() => everywhere(16_000));
    await until(() => first.reports().every(({ growing, unavailable }) => !growing && unavailable === null));
  });

  it('are folded again by two when the store is emptied in use', async () => {
    const ones = [await node('first', TTL_MS.short), await node('second', TTL_MS.short)];
    await until(() => shares({ first: 2, second: 2 }));
    await until(() => everywhere(15_000));
    readModels.empty();
    await record(1000);
    await until(() => everywhere(16_000));
    for (const one of ones) await until(() => one.reports().every(({ growing }) => !growing));
  });

  it('are not folded in another number of partitions than they are', async () => {
    await node('first');
    await expect(node('second', TTL_MS.long, new PausedLeases(table), PARTITIONS + 1)).rejects.toThrow(
      'in 4 partitions, not in 5',
    );
    expect(await new MemoryLeases(table).running(`${PROJECTIONS_LEASES}node/`)).toHaveLength(1);
  });

  it('fill no store with the names of nodes that are gone', async () => {
    for (const holder of ['a', 'b', 'c']) await (await node(holder)).stop();
    expect(
      [...table.held.keys()].filter((name) => name.startsWith(`${PROJECTIONS_LEASES}node/`)),
    ).toHaveLength(1);
  });
});
