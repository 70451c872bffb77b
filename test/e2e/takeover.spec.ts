import { setTimeout as delay } from 'node:timers/promises';
import { ALL_PROJECTIONS } from '../../projections/all';
import { FoldedDocuments } from '../../projections/documents';
import type { RecordedEvent } from '../../projections/projection';
import { PROJECTIONS_TTL_MS } from '../../src/platform/leased-runner';
import { partitionOf, partitionPrefix } from '../../src/platform/partitions';
import { Cluster, eventually } from '../support/cluster';
import { PARTITIONS, takeover } from '../support/leases-seen';
import { describeWithMongo } from '../support/mongodb-server';
import {
  aSale,
  type Client,
  exportedEvents,
  openCompany,
  PAST_DAY,
  readWhenThere,
  type ServiceProcess,
} from '../support/service';

const COMPANIES = 6;

type StoredDocument = { readonly _id: string; readonly v: { readonly s: number; readonly b: string } };
type StoredCheckpoint = { readonly _id: string; readonly fence: number; readonly position: number };

describeWithMongo('read models that nodes share', (server) => {
  let cluster: Cluster;
  let first: ServiceProcess;
  let clients: Client[];
  let companies: string[];
  /** The name of the first node in the leases. */
  let holder: string;

  beforeAll(async () => {
    cluster = await Cluster.open(server());
    first = await cluster.start();
    holder = [...(await cluster.leases.shared(1)).keys()][0] ?? '';
    await cluster.start();
    clients = await cluster.clients();
    companies = [];
    for (let count = 0; count < COMPANIES; count += 1)
      companies.push(await openCompany(clients[0] as Client));
    await cluster.leases.shared(2);
  }, 180_000);
  afterAll(() => cluster.close(), 120_000);

  const sheet = (company: string) => `${company}/tills/T1/days/${PAST_DAY}`;
  const idOf = (company: string) => company.slice('/v1/companies/'.length);

  async function sellEverywhere(client: Client, gross: number): Promise<ReadonlyMap<string, number>> {
    const sold = await Promise.all(
      companies.map(async (company) => {
        const { status, body } = await client.post(`${company}/entries`, aSale(gross));
        expect(status).toBe(201);
        return [company, Number(body.sequence)] as const;
      }),
    );
    return new Map(sold);
  }

  /** What each document has folded, and how far each checkpoint is under which fence. */
  async function folded(): Promise<ReadonlyMap<string, readonly [number, number]>> {
    const seen = new Map<string, readonly [number, number]>();
    const collections = await cluster.readModels.listCollections({}, { nameOnly: true }).toArray();
    for (const { name } of collections.filter((one) => one.name.startsWith('documents.'))) {
      const documents = await cluster.readModels.collection<StoredDocument>(name).find().toArray();
      for (const { _id, v } of documents) seen.set(`${name} ${_id}`, [0, v.s]);
    }
    const checkpoints = await cluster.readModels.collection<StoredCheckpoint>('checkpoints').find().toArray();
    for (const { _id, fence, position } of checkpoints) seen.set(_id, [fence, position]);
    return seen;
  }

  /** Whatever was seen before is there, and as far at least; a newer fence may begin again further back. */
  function requireForward(
    before: ReadonlyMap<string, readonly [number, number]>,
    after: ReadonlyMap<string, readonly [number, number]>,
  ): void {
    const back = [...before].filter(([name, [fence, place]]) => {
      const [newFence, newPlace] = after.get(name) ?? [-1, -1];
      return newFence < fence || (newFence === fence && newPlace < place);
    });
    expect(back).toEqual([]);
  }

  async function requireEqualToRecomputation(company: string): Promise<void> {
    const { events } = await exportedEvents(clients[1] as Client, company);
    const documents = new FoldedDocuments(ALL_PROJECTIONS);
    for (const event of events) documents.fold(event as unknown as RecordedEvent);
    const prefix = partitionPrefix(partitionOf(idOf(company), PARTITIONS), PARTITIONS);
    for (const { name, version } of ALL_PROJECTIONS) {
      const stored = await cluster.readModels
        .collection<StoredDocument>(`documents.${prefix}${name}@${version}`)
        .find({ _id: { $gte: `${idOf(company)}\n`, $lt: `${idOf(company)}\u000b` } })
        .sort({ _id: 1 })
        .toArray();
      expect(stored.map(({ _id, v }) => [_id.split('\n')[1], v.s, JSON.parse(v.b) as unknown])).toEqual(
        documents
          .sorted(name)
          .map(({ key, sequence, body }) => [key, sequence, JSON.parse(JSON.stringify(body)) as unknown]),
      );
    }
  }

  it('are folded by both, each its half', async () => {
    const held = await cluster.leases.shared(2);
    expect([...held.values()].map(({ length }) => length)).toEqual([PARTITIONS / 2, PARTITIONS / 2]);
    for (const [company, sequence] of await sellEverywhere(clients[0] as Client, 100)) {
      for (const client of clients) {
        const read = await readWhenThere(client, `${sheet(company)}?after=${sequence}`);
        expect([read.status, read.body.turnover.gross]).toEqual([200, 100]);
      }
    }
  });

  it('never go back when a node that was paused beyond its leases goes on', async () => {
    const [, other] = clients as [Client, Client];
    // It is stopped while there is much to fold, so that something is under way.
    const before = Array.from({ length: 10 }, () => sellEverywhere(other, 100));
    await delay(50);
    process.kill(first.pid, 'SIGSTOP');
    await Promise.all(before);
    await eventually('the other has all partitions', async () =>
      [...(await cluster.leases.partitions()).values()].every(
        (one) => one.holder !== holder && one.holder !== '',
      ),
    );
    let last: ReadonlyMap<string, number> = new Map();
    for (let round = 0; round < 5; round += 1) last = await sellEverywhere(other, 100);
    for (const [company, sequence] of last)
      expect((await readWhenThere(other, `${sheet(company)}?after=${sequence}`)).status).toBe(200);

    let seen = await folded();
    process.kill(first.pid, 'SIGCONT');
    const deadline = Date.now() + 3000;
    while (Date.now() < deadline) {
      const now = await folded();
      requireForward(seen, now);
      seen = now;
    }
    // It takes part again, and all is as anybody computes it from the events.
    await cluster.leases.shared(2);
    for (const [company, sequence] of await sellEverywhere(clients[0] as Client, 100)) {
      const read = await readWhenThere(other, `${sheet(company)}?after=${sequence}`);
      expect([read.status, read.body.turnover.gross]).toEqual([200, 1700]);
      await requireEqualToRecomputation(company);
    }
    requireForward(seen, await folded());
  }, 120_000);

  it('are taken over from a node that is killed, after its lease', async () => {
    await cluster.leases.shared(2);
    const present = new Set([...(await cluster.leases.partitions()).values()].map((one) => one.holder));
    const killed = holder;
    expect(present.has(killed)).toBe(true);
    const { leaseMs, tookMs } = await takeover(
      cluster.leases,
      killed,
      () => first.kill(),
      PROJECTIONS_TTL_MS,
    );
    process.stdout.write(
      `takeover after a killed node: ${tookMs.toFixed(0)} ms, ${(tookMs / leaseMs).toFixed(2)} of the lease\n`,
    );
    for (const [company, sequence] of await sellEverywhere(clients[1] as Client, 100)) {
      const read = await readWhenThere(clients[1] as Client, `${sheet(company)}?after=${sequence}`);
      expect([read.status, read.body.turnover.gross]).toEqual([200, 1800]);
    }
  }, 120_000);

  it('are given back at once by a node that stops', async () => {
    const [present = ''] = (await cluster.leases.shared(1)).keys();
    const third = await cluster.start();
    expect((await cluster.leases.shared(2)).size).toBe(2);
    expect(await third.stop()).toBe(0);
    const holders = [...(await cluster.leases.partitions()).values()].map((one) => one.holder);
    expect(holders.filter((one) => one !== '' && one !== present)).toEqual([]);
    await cluster.leases.shared(1);
  }, 120_000);
});
