import { setTimeout as delay } from 'node:timers/promises';
import { verify } from '../../src/cli/verify';
import { Chance } from '../support/chance';
import {
  aSale,
  type Client,
  clientOf,
  endServices,
  exportedEvents,
  newFolder,
  openCompany,
  PAST_DAY,
  removeFolders,
  type SaleBody,
  type ServiceProcess,
  signIn,
  startService,
  verified,
} from '../support/service';

const KILLS = 20;
const TILLS = ['T1', 'T2'] as const;
const BATCH = 25;

/** What clients know of one company: what they sent, and what they were answered. */
type Book = {
  readonly company: string;
  readonly sent: Map<string, SaleBody>;
  /** Sequence by entry id, as it was acknowledged. */
  readonly acknowledged: Map<string, number>;
};

function newSale(book: Book, chance: Chance): SaleBody {
  const till = chance.pick(TILLS);
  const sale = aSale(chance.between(1, 5000), { till });
  book.sent.set(sale.id, sale);
  return sale;
}

/** Sends one sale after the other until the service is gone. */
async function singles(client: Client, book: Book, chance: Chance): Promise<void> {
  for (;;) {
    const sale = newSale(book, chance);
    const { status, body } = await client.post(`${book.company}/entries`, sale);
    expect(status).toBe(201);
    book.acknowledged.set(sale.id, body.sequence);
  }
}

/** Sends one batch after the other, all or nothing, until the service is gone. */
async function batches(client: Client, book: Book, chance: Chance): Promise<void> {
  for (;;) {
    const entries = Array.from({ length: BATCH }, () => newSale(book, chance));
    const { status, body } = await client.post(`${book.company}/entries/batch`, { atomic: true, entries });
    expect(status).toBe(200);
    for (const { id, sequence } of body.results) book.acknowledged.set(id, sequence);
  }
}

/** Streams lines; what was acknowledged before the end of the service is what came back until then. */
async function lines(client: Client, book: Book, chance: Chance): Promise<void> {
  for (;;) {
    const entries = Array.from({ length: 4 * BATCH }, () => newSale(book, chance));
    const answer = await fetch(`${client.base}${book.company}/entries/batch`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${String(client.token)}`, 'Content-Type': 'application/x-ndjson' },
      body: entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
    });
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of answer.body ?? [])
        text += decoder.decode(chunk as Uint8Array, { stream: true });
    } finally {
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      for (const line of whole.split('\n').filter((row) => row !== '')) {
        const { id, status, sequence } = JSON.parse(line) as { id: string; status: string; sequence: number };
        expect(status).toBe('recorded');
        book.acknowledged.set(id, sequence);
      }
    }
  }
}

/** A writer ends when its connection breaks, and for no other reason. */
async function untilGone(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    // undici says the first before an answer has begun, the second in the middle of one.
    if (!/^TypeError: (fetch failed|terminated)/.test(String(error))) throw error;
  }
}

/** Every acknowledged entry is there, at its sequence, and no entry is there twice. */
async function expectNothingLost(client: Client, { company, acknowledged }: Book): Promise<number> {
  const { events } = await exportedEvents(client, company);
  const sequences = new Map<string, number>();
  const parts = new Set<string>();
  for (const { sequence, entry } of events) {
    if (!entry) continue;
    sequences.set(entry.id, sequence);
    parts.add(`${entry.id}/${entry.index}`);
  }
  expect(parts.size).toBe(events.filter(({ entry }) => entry !== undefined).length);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  const lost = [...acknowledged].filter(([id, sequence]) => sequences.get(id) !== sequence);
  expect(lost).toEqual([]);
  return events.length;
}

/** Sends again what nobody was told the outcome of: it counts once, whatever the outcome was. */
async function sendUnknownAgain(client: Client, { company, sent, acknowledged }: Book): Promise<number> {
  const unknown = [...sent.values()].filter(({ id }) => !acknowledged.has(id));
  if (unknown.length === 0) return 0;
  const { status, body } = await client.post(`${company}/entries/batch`, { entries: unknown });
  expect(status).toBe(200);
  for (const result of body.results) {
    expect(['recorded', 'replayed']).toContain(result.status);
    acknowledged.set(result.id, result.sequence);
  }
  return unknown.length;
}

/** The day sheets show the sum of everything that was sent. */
async function expectFigures(client: Client, { company, sent, acknowledged }: Book): Promise<void> {
  const after = Math.max(...acknowledged.values());
  for (const till of TILLS) {
    const { status, body } = await client.get(`${company}/tills/${till}/days/${PAST_DAY}?after=${after}`);
    const sales = [...sent.values()].filter((sale) => sale.till === till);
    const gross = sales.reduce((sum, { payments }) => sum + (payments[0]?.amount ?? 0), 0);
    expect([status, till, body.turnover?.gross, body.salesCount]).toEqual([200, till, gross, sales.length]);
    expect(body.cash.theoretical).toBe(gross + (till === 'T1' ? 150_00 : 0));
  }
}

describe('kill -9', () => {
  afterAll(async () => {
    await endServices();
    removeFolders();
  });

  it(`${KILLS} times under concurrent writes loses nothing that was acknowledged`, async () => {
    const seed = Date.now() % 1_000_000;
    const chance = new Chance(seed);
    const folder = newFolder();
    let service: ServiceProcess = await startService(folder);
    let client = await signIn(service);
    const books: Book[] = [];
    for (let index = 0; index < 2; index += 1) {
      books.push({ company: await openCompany(client), sent: new Map(), acknowledged: new Map() });
    }

    let unknown = 0;
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const writing = books.flatMap((book) => [
        ...Array.from({ length: 3 }, () => singles(client, book, chance)),
        batches(client, book, chance),
        batches(client, book, chance),
        lines(client, book, chance),
      ]);
      const gone = Promise.all(writing.map(untilGone));
      await delay(chance.between(20, 250));
      await service.kill();
      await gone;

      service = await startService(folder);
      client = clientOf(service, client);
      for (const book of books) {
        await expectNothingLost(client, book);
        unknown += await sendUnknownAgain(client, book);
        await expectFigures(client, book);
      }
      const reports = await verify(folder.data, { all: false, witness: folder.witness });
      expect([kill, seed, reports.flatMap(({ errors }) => errors)]).toEqual([kill, seed, []]);
      expect((await client.get('/health/ready')).body.status).toBe('ok');
    }

    // Kills that never met a write under way would prove nothing.
    expect(unknown).toBeGreaterThan(KILLS);
    for (const book of books) expect(book.acknowledged.size).toBe(book.sent.size);
    await service.stop();
    expect(verified(folder.data, '--all', '--witness', folder.witness)).toEqual({ code: 0, findings: [] });
  }, 300_000);
});
