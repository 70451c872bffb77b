import { randomUUID } from 'node:crypto';
import { type AnyBulkWriteOperation, Long, MongoClient } from 'mongodb';
import { ALL_PROJECTIONS } from '../projections/all';
import { openEventStore, openReadModelStore } from '../src/adapters/engines';
import { LocalProjector } from '../src/platform/projector-local';
import type { EventStore } from '../src/ports/event-store';
import type { DocumentWrite, ReadModelStore } from '../src/ports/read-model-store';
import {
  aDatabase,
  documentsOn,
  remoteEngines,
  type RemoteServer,
  startEventStoreDb,
  startMongoDb,
} from './remote-servers';
import {
  closeStores,
  folder,
  interleaved,
  type Line,
  openEngine,
  openLedger,
  processorTime,
  recordAll,
  round,
  sales,
  type Scale,
} from './support';

/** Companies whose sales lie one after the other in the whole, and how many of each. */
const FULL = { runs: 3, companies: 20, each: 250 };
const QUICK = { runs: 1, companies: 4, each: 100 };
/** Of one company, before the next one has its turn: what a POS sends at once. */
const TURN = 50;
/** Nobody waits for it longer. */
const LONGEST_MS = 600_000;

/** Sales that are folded one at a time. */
const SINGLES = { full: 100, quick: 20 };

type Batch = readonly DocumentWrite[];
type Ledgers = readonly { readonly ledger: string; readonly sequence: number }[];
/** Microseconds of processor: of this process, and of the server of documents for both sides; bytes of documents. */
type Taken = { own: number; server: number; bareServer: number; bodies: number; disk: number };
type Sides = { readonly events: RemoteServer; readonly documents: RemoteServer };

const nothing = (): Taken => ({ own: 0, server: 0, bareServer: 0, bodies: 0, disk: 0 });
const eventsOf = (ledgers: Ledgers) => ledgers.reduce((sum, { sequence }) => sum + sequence, 0);

/**
 * All read models of some companies from nothing, from the server of events into the server of documents, against the
 * bare driver that writes the same documents, batch by batch, into an empty database of the same server.
 */
export async function remoteProjectionLines({ quick }: Scale): Promise<Line[]> {
  const { runs, companies, each } = quick ? QUICK : FULL;
  const documents = await startMongoDb();
  const servers: RemoteServer[] = [documents];
  try {
    const events = await startEventStoreDb();
    servers.push(events);
    const ledgers = await recordSales(events, companies, each);
    const lines = [await inPages({ events, documents }, ledgers, runs)];
    const others = await startEventStoreDb();
    servers.push(others);
    const few = await recordSales(others, 1, quick ? SINGLES.quick : SINGLES.full);
    return [...lines, await oneByOne({ events: others, documents }, few)];
  } finally {
    for (const { stop } of servers) await stop();
  }
}

async function inPages(sides: Sides, ledgers: Ledgers, runs: number): Promise<Line> {
  const count = eventsOf(ledgers);
  let batches: Batch[] = [];
  const project = async (taken: Taken) => {
    batches = [];
    return projectAll(sides, ledgers, batches, taken);
  };
  const warmUp = nothing();
  await project(warmUp);
  await writeBare(sides.documents, batches, warmUp);
  const taken = nothing();
  const rates = await interleaved(
    runs,
    async () => (count / (await project(taken))) * 1000,
    async () => (count / (await writeBare(sides.documents, batches, taken))) * 1000,
  );
  const perEvent = (value: number) => Math.round(value / runs / count);
  return {
    name: `projection of ${count} events into MongoDB's protocol`,
    limit: 'bulk writes of the same documents by the bare driver',
    ratio: rates.ours / rates.limit,
    // A double writes documents for next to nothing, and the bare driver with it.
    reach: documentsOn() === 'a double' ? null : 0.5,
    sense: 'least',
    figures: {
      'events/s': Math.round(rates.ours),
      'limit/s': Math.round(rates.limit),
      companies: ledgers.length,
      'documents per event': round(batches.flat().length / count),
      'processor µs of the projector': perEvent(taken.own),
      'of the server': perEvent(taken.server),
      'of the server for the bare driver': perEvent(taken.bareServer),
      'bytes of bodies per event': Math.round(taken.bodies / count),
      "bytes in the server's files per event": perEvent(taken.disk),
      engines: remoteEngines(),
    },
  };
}

/** What an event costs that comes alone, as most do during a day. Shown, not judged. */
async function oneByOne(sides: Sides, ledgers: Ledgers): Promise<Line> {
  const count = eventsOf(ledgers);
  const batches: Batch[] = [];
  const taken = nothing();
  const elapsed = await projectAll(sides, ledgers, batches, taken, 1);
  return {
    name: 'projection, an event at a time',
    limit: '',
    ratio: null,
    reach: null,
    sense: 'least',
    figures: {
      'events/s': Math.round((count / elapsed) * 1000),
      'documents per event': round(batches.flat().length / count),
      'processor µs of the projector': Math.round(taken.own / count),
      'of the server': Math.round(taken.server / count),
    },
  };
}

/** Companies with a day of sales, as they lie in the whole of a firm. */
async function recordSales({ address }: RemoteServer, companies: number, each: number): Promise<Ledgers> {
  const opened = await openEngine(folder('remote-projection'), { CAISSE_EVENT_STORE: address });
  try {
    const ledgers: string[] = [];
    while (ledgers.length < companies) ledgers.push(await openLedger(opened, ledgers.length));
    for (let from = 0; from < each; from += TURN) {
      for (const ledger of ledgers)
        await recordAll(opened, ledger, sales(Math.min(TURN, each - from), '2026-03-14', from));
    }
    const heads = ledgers.map((ledger) => opened.store.head(ledger));
    return (await Promise.all(heads)).map((head, index) => ({
      ledger: ledgers[index] as string,
      sequence: head?.sequence ?? 0,
    }));
  } finally {
    await closeStores(opened);
  }
}

/** Answers milliseconds; leaves in `batches` what was written. */
async function projectAll(
  { events, documents }: Sides,
  ledgers: Ledgers,
  batches: Batch[],
  taken: Taken,
  page?: number,
): Promise<number> {
  const database = aDatabase(documents);
  const connectionString = events.address;
  const store: EventStore = await openEventStore({ engine: 'eventstoredb', connectionString });
  const readModels = await openReadModelStore({ engine: 'mongodb', uri: database.uri });
  noteWrites(readModels, batches);
  const paging = page === undefined ? {} : { page };
  const options = { events: store, readModels, projections: ALL_PROJECTIONS, waitMs: LONGEST_MS, ...paging };
  const projector = new LocalProjector(options);
  const [own, server, disk] = [processorTime(), documents.processorTime(), documents.bytesOnDisk()];
  const start = performance.now();
  try {
    await projector.start();
    await Promise.all(ledgers.map(({ ledger, sequence }) => projector.waitFor(ledger, sequence)));
    const elapsed = performance.now() - start;
    taken.own += processorTime() - own;
    taken.server += documents.processorTime() - server;
    taken.disk += documents.bytesOnDisk() - disk;
    return elapsed;
  } finally {
    await projector.stop();
    await readModels.close();
    await store.close();
    await database.drop();
  }
}

/** A document is changed further once it is written: what is kept is its text. */
function noteWrites(readModels: ReadModelStore, batches: Batch[]): void {
  const write = readModels.write.bind(readModels);
  readModels.write = (documents, checkpoints, fence) => {
    batches.push(documents.map((document) => ({ ...document, body: JSON.stringify(document.body) })));
    return write(documents, checkpoints, fence);
  };
}

type BareDocument = { readonly _id: string; readonly sequence: Long; readonly body: string };

/** The least that anybody does who keeps these documents: one unordered bulk for each collection of a batch. */
async function writeBare(server: RemoteServer, batches: readonly Batch[], taken: Taken): Promise<number> {
  const client = new MongoClient(server.address);
  const db = client.db(`caisse-bench-${randomUUID()}`, { writeConcern: { w: 'majority' } });
  await db.command({ ping: 1 });
  const before = server.processorTime();
  const start = performance.now();
  let bytes = 0;
  for (const batch of batches) {
    const operations = new Map<string, AnyBulkWriteOperation<BareDocument>[]>();
    for (const { collection, ledger, key, sequence, body } of batch) {
      const _id = `${ledger}\n${key}`;
      const replacement = { sequence: Long.fromNumber(sequence), body: body as string };
      bytes += replacement.body.length;
      const ofCollection = operations.get(collection) ?? [];
      operations.set(collection, ofCollection);
      ofCollection.push({ replaceOne: { filter: { _id }, replacement, upsert: true } });
    }
    await Promise.all(
      [...operations].map(([collection, bulk]) =>
        db.collection<BareDocument>(collection).bulkWrite(bulk, { ordered: false }),
      ),
    );
  }
  const elapsed = performance.now() - start;
  taken.bareServer += server.processorTime() - before;
  taken.bodies = bytes;
  await db.dropDatabase();
  await client.close();
  return elapsed;
}
