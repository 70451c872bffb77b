import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingBook } from '../../test/support/recording-book';
import { openEventStore, openReadModelStore } from '../adapters/engines';
import type { EventStore } from '../ports/event-store';
import type { ReadModelStore } from '../ports/read-model-store';
import { ProjectorThread } from './projector-thread';

const sale = (gross: number) => ({
  type: 'sale',
  lines: [{ category: 'pain', gross, vatRate: 550 }],
  payments: [{ method: 'cash', amount: gross }],
});

describe('read models folded in a thread of their own', () => {
  let folder: string;
  let events: EventStore;
  let readModels: ReadModelStore;
  let projector: ProjectorThread;

  const addressesIn = (place: string, ofEvents = place) => ({
    eventStore: { engine: 'sqlite', path: join(ofEvents, 'events.db') } as const,
    readStore: { engine: 'sqlite', path: join(place, 'read.db') } as const,
    partitions: 1,
  });
  let book: RecordingBook;

  async function record(entry: Record<string, unknown>): Promise<number> {
    const before = book.stored.length;
    book.record(entry);
    const added = book.stored.slice(before);
    await events.append({ ledger: book.id, expectedSequence: before, events: added, checkpoint: 'a note' });
    return book.stored.length;
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'caisse-projector-'));
    const data = addressesIn(folder);
    events = await openEventStore(data.eventStore);
    readModels = await openReadModelStore(data.readStore);
    projector = new ProjectorThread({ events, readModels, data });
    book = new RecordingBook();
    await events.append({ ledger: book.id, expectedSequence: 0, events: book.stored, checkpoint: 'a note' });
    await projector.start();
  });

  afterEach(async () => {
    await projector.stop();
    await events.close();
    await readModels.close();
    rmSync(folder, { recursive: true });
  });

  it('shows a write to the read that waits for it', async () => {
    const sequence = await record(sale(1000));
    await projector.waitFor(book.id, sequence);
    const till = await readModels.get(projector.collectionOf('tills', book.id), book.id, 'T1');
    expect(till?.body).toMatchObject({ balances: { cash: 16_000 } });
    expect(projector.status()).toMatchObject({ running: true, lagEvents: 0, halts: [], unavailable: null });
  });

  it('needs no poll: many reads after writes take far less than the rest between polls', async () => {
    await projector.waitFor(book.id, book.stored.length);
    const started = performance.now();
    for (let count = 0; count < 20; count += 1) await projector.waitFor(book.id, await record(sale(100)));
    expect((performance.now() - started) / 20).toBeLessThan(125);
  });

  it('rebuilds beside what is served', async () => {
    await projector.waitFor(book.id, await record(sale(1000)));
    await projector.rebuild(['tills']);
    expect(projector.collectionOf('tills', book.id)).toBe('tills@1.2');
    const till = await readModels.get('tills@1.2', book.id, 'T1');
    expect(till?.body).toMatchObject({ balances: { cash: 16_000 } });
  });

  it('fails to start where it cannot open its stores', async () => {
    const data = addressesIn(folder, join(folder, 'none'));
    await expect(new ProjectorThread({ events, readModels, data }).start()).rejects.toThrow();
  });
});
