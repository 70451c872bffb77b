import { setTimeout as delay } from 'node:timers/promises';
import {
  aSale,
  type Answer,
  type Client,
  clientOf,
  endServices,
  exportedEvents,
  type Folder,
  newFolder,
  openCompany,
  PAST_DAY,
  removeFolders,
  type SaleBody,
  signIn,
  startService,
  verified,
} from '../support/service';
import { mountSmallDisk, type SmallDisk, withFilesUpTo } from '../support/small-disk';

/** A disk is filled and a service started several times in one story; a busy machine takes its time. */
jest.setTimeout(180_000);

/** Mounting wants an administrator: elsewhere the same is seen with a limit on the size of files alone. */
const disk: SmallDisk | null = mountSmallDisk();

type Book = { readonly sent: SaleBody[]; readonly acknowledged: Map<string, number> };

const BATCH = 100;
const MOST_BATCHES = 1000;

function sendBatch(client: Client, company: string, { sent }: Book): Promise<Answer> {
  const entries = Array.from({ length: BATCH }, (_, index) => aSale(100 + index));
  sent.push(...entries);
  return client.post(`${company}/entries/batch`, { atomic: true, entries });
}

/** The same as a stream, longer than what is read of it before the first entry is recorded. */
function sendLines(client: Client, company: string, { sent }: Book): Promise<Answer> {
  const entries = Array.from({ length: 50 * BATCH }, (_, index) => aSale(100 + index));
  sent.push(...entries);
  return client.send('POST', `${company}/entries/batch`, {
    body: entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
    headers: { 'Content-Type': 'application/x-ndjson' },
  });
}

/** Sends until there is no room; answers what was said then. */
async function writeUntilFull(client: Client, company: string, book: Book): Promise<Answer> {
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const answer = await sendBatch(client, company, book);
    if (answer.status !== 200) return answer;
    for (const { id, sequence } of answer.body.results) book.acknowledged.set(id, sequence);
  }
  throw new Error('the disk did not fill up');
}

function expectUnavailable({ status, headers, body }: Answer): void {
  expect([status, body.code, headers.get('content-type')]).toEqual([
    503,
    'store-unavailable',
    'application/problem+json',
  ]);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

async function expectNothingLost(client: Client, company: string, { acknowledged }: Book): Promise<void> {
  const { events } = await exportedEvents(client, company);
  const sequences = new Map(events.map(({ entry, sequence }) => [entry?.id, sequence]));
  expect([...acknowledged].filter(([id, sequence]) => sequences.get(id) !== sequence)).toEqual([]);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
}

/** Sends everything again: what was recorded is not recorded twice, the rest is now. */
async function expectAllCountOnce(client: Client, company: string, book: Book): Promise<void> {
  for (let from = 0; from < book.sent.length; from += BATCH) {
    const entries = book.sent.slice(from, from + BATCH);
    const { status, body } = await client.post(`${company}/entries/batch`, { entries });
    expect(status).toBe(200);
    for (const result of body.results) {
      const known = book.acknowledged.get(result.id);
      if (known === undefined) expect(['recorded', 'replayed']).toContain(result.status);
      else expect([result.status, result.sequence]).toEqual(['replayed', known]);
      book.acknowledged.set(result.id, result.sequence);
    }
  }
  const after = Math.max(...book.acknowledged.values());
  const { status, body } = await client.get(`${company}/tills/T1/days/${PAST_DAY}?after=${after}`);
  const gross = book.sent.reduce((sum, { payments }) => sum + (payments[0]?.amount ?? 0), 0);
  expect([status, body.turnover?.gross, body.salesCount]).toEqual([200, gross, book.sent.length]);
  await expectNothingLost(client, company, book);
}

async function recovered(client: Client): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const { body } = await client.get('/health/ready');
    if (body.status === 'ok') return;
    if (attempt === 50) expect(body).toMatchObject({ status: 'ok' });
    await delay(100);
  }
}

function expectIntact({ data, witness }: Folder): void {
  expect(verified(data, '--all', '--witness', witness)).toEqual({ code: 0, findings: [] });
}

describe('a full disk', () => {
  afterAll(async () => {
    await endServices();
    disk?.unmount();
    removeFolders();
  });

  if (disk) {
    it('is answered 503, loses nothing that was acknowledged, and is forgotten when there is room again', async () => {
      const book: Book = { sent: [], acknowledged: new Map() };
      let service = await startService(disk.folder);
      let client = await signIn(service);
      const company = await openCompany(client);

      disk.fill(2 * 1024 * 1024);
      expectUnavailable(await writeUntilFull(client, company, book));
      expect(book.acknowledged.size).toBeGreaterThan(BATCH);
      // It goes on saying so, and what is there can be read.
      expectUnavailable(await sendBatch(client, company, book));
      expectUnavailable(await sendLines(client, company, book));
      await expectNothingLost(client, company, book);
      expect((await client.get(company)).status).toBe(200);

      disk.free();
      await expectAllCountOnce(client, company, book);
      await recovered(client);

      disk.fill(1024 * 1024);
      expectUnavailable(await writeUntilFull(client, company, book));
      await service.kill();
      disk.free();
      service = await startService(disk.folder);
      client = clientOf(service, client);
      await expectNothingLost(client, company, book);
      await expectAllCountOnce(client, company, book);
      await recovered(client);
      await service.stop();
      expectIntact(disk.folder);
    });

    it.each(['stop', 'kill'] as const)(
      'to the last byte after a %s does not keep the service from starting: it reads, and refuses to write',
      async (end) => {
        const book: Book = { sent: [], acknowledged: new Map() };
        const before = await startService(disk.folder);
        const signedIn = await signIn(before);
        const company = await openCompany(signedIn);
        expect((await sendBatch(signedIn, company, { ...book, sent: [] })).status).toBe(200);
        await before[end]();
        disk.fill(0);

        const service = await startService(disk.folder);
        const client = clientOf(service, signedIn);
        expect((await client.get(company)).status).toBe(200);
        expect((await client.get(`${company}/tills/T1/days/${PAST_DAY}`)).body.salesCount).toBe(BATCH);
        expectUnavailable(await writeUntilFull(client, company, book));
        expectUnavailable(await sendBatch(client, company, book));
        await expectNothingLost(client, company, book);

        disk.free();
        await recovered(client);
        expect((await sendBatch(client, company, book)).status).toBe(200);
        await service.stop();
        expectIntact(disk.folder);
      },
    );
  }

  it('under a limit on the size of files is answered 503, and nothing is lost by the end of the process', async () => {
    const book: Book = { sent: [], acknowledged: new Map() };
    const folder = newFolder();
    const service = await startService(folder, { through: withFilesUpTo(3) });
    const client = await signIn(service);
    const company = await openCompany(client);
    expectUnavailable(await writeUntilFull(client, company, book));
    expect(book.acknowledged.size).toBeGreaterThan(BATCH);
    expectUnavailable(await sendBatch(client, company, book));
    expectUnavailable(await sendLines(client, company, book));
    await service.kill();

    const again = await startService(folder);
    const back = clientOf(again, client);
    await expectNothingLost(back, company, book);
    await expectAllCountOnce(back, company, book);
    await recovered(back);
    await again.stop();
    expectIntact(folder);
  });
});
