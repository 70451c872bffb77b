import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { Cluster, eventually } from '../support/cluster';
import { describeWithMongo } from '../support/mongodb-server';
import {
  aSale,
  type Client,
  clientOf,
  exportedEvents,
  openCompany,
  PAST_DAY,
  type ServiceProcess,
} from '../support/service';

/** Of a version that knows no withdrawal. */
const OLDER = {
  NODE_OPTIONS: `--require ${resolve(__dirname, '../support/older-node.cjs')}`,
  TEST_UNKNOWN_EVENTS: 'CashTakenOut',
};
const COMPANIES = 6;
const PATIENCE_MS = 60_000;

describeWithMongo('a node beside one that knows fewer types of events', (server) => {
  let cluster: Cluster;
  let olderNode: ServiceProcess;
  let older: Client;
  let newer: Client;
  /** The newer node has written to the first one what the older does not know, to the others it has not. */
  let companies: string[];
  let company: string;

  beforeAll(async () => {
    cluster = await Cluster.open(server());
    olderNode = await cluster.start({ environment: { ...OLDER, CAISSE_AFTER_WAIT_MS: '2000' } });
    await cluster.start({ environment: { CAISSE_AFTER_WAIT_MS: '2000' } });
    [older, newer] = (await cluster.clients()) as [Client, Client];
    companies = [];
    for (let count = 0; count < COMPANIES; count += 1) companies.push(await openCompany(newer));
    company = companies[0] ?? '';
    await cluster.leases.shared(2);
    // Both hold the ledgers in memory from here on.
    for (const client of [older, newer])
      for (const one of companies) expect((await sell(client, one)).status).toBe(201);
    const taken = await newer.post(`${company}/entries`, {
      id: randomUUID(),
      type: 'cash-out',
      till: 'T1',
      businessDate: PAST_DAY,
      method: 'cash',
      reason: 'owner',
      amount: 50_00,
    });
    expect(taken.status).toBe(201);
  }, 180_000);
  afterAll(() => cluster.close(), 120_000);

  const sell = (client: Client, one: string) => client.post(`${one}/entries`, aSale(100));
  const idOf = (one: string) => one.slice('/v1/companies/'.length);
  const count = async (one: string) => (await exportedEvents(newer, one)).events.length;

  async function gross(client: Client, one: string, after: number): Promise<number | null> {
    const { status, body } = await client.get(`${one}/tills/T1/days/${PAST_DAY}?after=${after}`);
    if (status !== 200) expect([status, body.code]).toEqual([503, 'after-not-reached']);
    return status === 200 ? Number(body.turnover.gross) : null;
  }

  it('lets the older one decide nothing on that ledger, and lose nothing', async () => {
    const before = await count(company);
    const sale = aSale(100);
    for (let tries = 0; tries < 3; tries += 1) {
      const { status, headers, body } = await older.post(`${company}/entries`, sale);
      expect([status, body.code]).toEqual([503, 'ledger-damaged']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await count(company)).toBe(before);
    // The client turns to the other one with the same id.
    expect((await newer.post(`${company}/entries`, sale)).status).toBe(201);
    expect(await count(company)).toBe(before + 1);
  });

  it('is told of by the older one, which goes on with the others', async () => {
    expect((await sell(older, company)).status).toBe(503);
    const { status, body } = await older.get('/health/ready');
    expect([status, body.status]).toEqual([200, 'degraded']);
    const named = (body.refusedLedgers as string[]).filter((reason) => reason.includes(idOf(company)));
    expect(named).toEqual([expect.stringContaining('does not know: CashTakenOut/1')]);
    expect(body.refusedLedgers).toHaveLength(1);
    for (const one of companies.slice(1)) {
      const sold = await sell(older, one);
      expect(sold.status).toBe(201);
      await eventually(
        'the older one and the newer one show it',
        async () => {
          const figures = await Promise.all(
            [older, newer].map((c) => gross(c, one, Number(sold.body.sequence))),
          );
          return figures.every((figure) => figure === 300);
        },
        PATIENCE_MS,
      );
    }
  }, 120_000);

  it('leaves everything to the newer one that is not folded by the older', async () => {
    const sold = await sell(newer, company);
    expect(sold.status).toBe(201);
    const { halts } = (await older.get('/health/ready')).body.readModels as {
      halts: { ledger: string | null; reason: string }[];
    };
    for (const halt of halts) {
      expect(halt.ledger).toBe(idOf(company));
      expect(halt.reason).toContain('does not know');
    }
    const figure = await gross(newer, company, Number(sold.body.sequence));
    expect(figure === null).toBe(halts.length > 0);
  });

  it('is understood by all once the older one is replaced', async () => {
    expect(await olderNode.stop()).toBe(0);
    const replaced = await cluster.start();
    const again = clientOf(replaced, newer);
    const sold = await sell(again, company);
    expect([sold.status, sold.body.balances?.cash]).toEqual([201, 150_00 + 500 - 50_00]);
    for (const client of [again, newer])
      await eventually(
        'both show it',
        async () => (await gross(client, company, Number(sold.body.sequence))) === 500,
        PATIENCE_MS,
      );
    for (const client of [again, newer])
      await eventually(
        'nothing is refused and nothing stands still',
        async () => (await client.get('/health/ready')).body.readModels.halts.length === 0,
        PATIENCE_MS,
      );
    expect((await again.get('/health/ready')).body.refusedLedgers).toEqual([]);
  }, 180_000);
});
