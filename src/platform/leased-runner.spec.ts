import { ALL_PROJECTIONS } from '../../projections/all';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { LeaseTable, MemoryLeases } from '../../test/support/memory-leases';
import { MemoryReadModelStore } from '../../test/support/memory-read-model-store';
import { RecordingBook } from '../../test/support/recording-book';
import type { Lease } from '../ports/leases';
import { LeasedRunner, PROJECTIONS_LEASE } from './leased-runner';

/** Long enough for a busy machine to renew it in time; short where a test waits for its end. */
const TTL_MS = { long: 5_000, short: 150 };

const sale = (gross: number) => ({
  type: 'sale',
  lines: [{ category: 'pain', gross, vatRate: 550 }],
  payments: [{ method: 'cash', amount: gross }],
});

/** Leases by the real clock, of a process that can be stopped in its tracks as SIGSTOP does. */
class PausedLeases extends MemoryLeases {
  isPaused = false;

  override async renew(lease: Lease, ttlMs: number): Promise<Lease | null> {
    while (this.isPaused) await sleep(5);
    this.table.now = Date.now();
    return super.renew(lease, ttlMs);
  }

  override async acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    while (this.isPaused) await sleep(5);
    this.table.now = Date.now();
    return super.acquire(name, holder, ttlMs);
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await what()) return;
    await sleep(5);
  }
  throw new Error('it did not come to pass');
}

describe('read models that several processes may fold', () => {
  let events: MemoryEventStore;
  let readModels: MemoryReadModelStore;
  let table: LeaseTable;
  let book: RecordingBook;
  let runners: LeasedRunner[];

  beforeEach(async () => {
    events = new MemoryEventStore();
    readModels = new MemoryReadModelStore();
    table = new LeaseTable();
    book = new RecordingBook();
    runners = [];
    await append();
  });
  afterEach(() => Promise.all(runners.map((runner) => runner.stop())));

  async function append(from = 0): Promise<void> {
    const added = book.stored.slice(from);
    await events.append({ ledger: book.id, expectedSequence: from, events: added, checkpoint: 'a note' });
  }

  async function record(gross: number): Promise<void> {
    const before = book.stored.length;
    book.record(sale(gross));
    await append(before);
  }

  async function node(
    holder: string,
    ttlMs = TTL_MS.long,
    leases = new PausedLeases(table),
  ): Promise<LeasedRunner> {
    const runner = new LeasedRunner({
      events,
      readModels,
      projections: ALL_PROJECTIONS,
      restMs: 5,
      leases,
      holder,
      ttlMs,
    });
    runners.push(runner);
    await runner.start();
    return runner;
  }

  async function cash(): Promise<number | undefined> {
    const till = await readModels.get('tills@1', book.id, 'T1');
    return (till?.body as { balances: { cash?: number } } | undefined)?.balances.cash;
  }

  it('are folded by the first; the second knows how far it is', async () => {
    const first = await node('first');
    const second = await node('second');
    await record(1000);
    await until(async () => (await cash()) === 16_000);
    await until(() => second.report().projections.every(({ position }) => position === book.stored.length));
    expect(second.report().projections.map(({ name, collection }) => [name, collection])).toEqual(
      first.report().projections.map(({ name, collection }) => [name, collection]),
    );
    expect(second.report().projections.some(({ behind }) => behind)).toBe(false);
    expect((await new MemoryLeases(table).holder(PROJECTIONS_LEASE))?.holder).toBe('first');
  });

  it('are taken over at once from one that stops', async () => {
    const first = await node('first');
    await node('second');
    await first.stop();
    await record(1000);
    await until(async () => (await cash()) === 16_000);
    expect((await new MemoryLeases(table).holder(PROJECTIONS_LEASE))?.holder).toBe('second');
  });

  it('are taken over from one that is paused, and what it does later changes nothing', async () => {
    const leases = new PausedLeases(table);
    const first = await node('first', TTL_MS.short, leases);
    await until(async () => (await cash()) === 15_000);
    leases.isPaused = true;
    await node('second', TTL_MS.short);
    await until(async () => (await new MemoryLeases(table).holder(PROJECTIONS_LEASE))?.holder === 'second');
    await record(1000);
    await until(async () => (await cash()) === 16_000);
    // The first has noticed nothing yet and folds on: under its old fence.
    await record(500);
    await until(async () => (await cash()) === 16_500);
    const position = book.stored.length;
    await until(async () => (await readModels.checkpoint('tills@1'))?.position === position);
    leases.isPaused = false;
    await until(() => first.report().projections.every((one) => one.position === position));
    await record(250);
    await until(async () => (await cash()) === 16_750);
    expect((await new MemoryLeases(table).holder(PROJECTIONS_LEASE))?.holder).toBe('second');
  });

  it('are rebuilt by who folds them', async () => {
    const first = await node('first');
    const second = await node('second');
    await expect(second.rebuild(['tills'])).rejects.toThrow('another process folds');
    await first.rebuild(['tills']);
    await until(() => second.report().projections.some(({ collection }) => collection === 'tills@1.2'));
  });
});
