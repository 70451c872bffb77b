import { setTimeout as delay } from 'node:timers/promises';
import { Cluster } from '../support/cluster';
import { describeWithMongo } from '../support/mongodb-server';
import { type Client, openCompany } from '../support/service';

/** Far above what is asked in a second, so that what comes between two exchanges is little; a slow machine reaches it too. */
const LIMIT = 600;
const PER_BATCH = 10;
const BETWEEN_BATCHES_MS = 100;

/** How long a node may go by what it knows of a session, and how much two clocks differ that go at one speed. */
const REMEMBERED_MS = 5_000;
const TOLERANCE_MS = 500;

describeWithMongo('people and limits on two nodes', (server) => {
  let cluster: Cluster;
  let first: Client;
  let second: Client;
  let company: string;

  beforeAll(async () => {
    cluster = await Cluster.open(server());
    const environment = { CAISSE_RATE_LIMIT: String(LIMIT) };
    await cluster.start({ environment });
    await cluster.start({ environment });
    [first, second] = (await cluster.clients()) as [Client, Client];
    company = await openCompany(first);
  }, 180_000);
  afterAll(() => cluster.close(), 120_000);

  const withPassword = (client: Client, email: string, password: string) =>
    client.post('/v1/auth/login', { email, password }, { token: null });

  const invited = async (email: string) => {
    const { status, body } = await first.post(`${company}/invitations`, { email, role: 'admin' });
    expect(status).toBe(201);
    return String(body.token);
  };

  const accept = (client: Client, token: string, name: string) =>
    client.post(
      `/v1/invitations/${token}`,
      { name, password: 'une phrase de passe bien longue' },
      { token: null },
    );

  it('an invitation of one node is accepted at the other, once, and opens the company at both', async () => {
    const token = await invited('eve@example.org');
    const accepted = await accept(second, token, 'Ève');
    expect(accepted.status).toBe(201);
    for (const client of [first, second])
      expect((await accept(client, token, 'Une autre')).status).toBeGreaterThanOrEqual(400);
    for (const client of [first, second])
      expect((await client.get(company, { token: String(accepted.body.token) })).status).toBe(200);
  });

  it('an invitation that is accepted at both at once is accepted by one', async () => {
    const token = await invited('deux@example.org');
    const answers = await Promise.all(
      [first, second, first, second].map((client, index) => accept(client, token, `Personne ${index}`)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('a session that ends at one node ends at the other, within five seconds', async () => {
    const token = await invited('un@example.org');
    const session = String((await accept(first, token, 'Un')).body.token);
    for (const client of [first, second])
      expect((await client.get(company, { token: session })).status).toBe(200);
    expect((await first.post('/v1/auth/logout', undefined, { token: session })).status).toBe(204);
    expect((await first.get(company, { token: session })).status).toBe(401);
    // What is sent later is refused, however long a busy machine takes to answer it.
    const ended = performance.now();
    for (;;) {
      const after = performance.now() - ended;
      const { status } = await second.get(company, { token: session });
      if (status === 401) break;
      expect(status).toBe(200);
      expect(after).toBeLessThan(REMEMBERED_MS + TOLERANCE_MS);
      await delay(100);
    }
  });

  it('wrong passwords are counted together, whoever is asked', async () => {
    await invited('cible@example.org');
    const statuses: number[] = [];
    for (let guess = 0; guess < 14; guess += 1) {
      const client = guess % 2 === 0 ? first : second;
      statuses.push((await withPassword(client, 'cible@example.org', `faux mot de passe ${guess}`)).status);
    }
    expect(statuses).toEqual([...new Array<number>(10).fill(401), ...new Array<number>(4).fill(429)]);
    const refused = await withPassword(second, 'cible@example.org', 'encore un');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('requests are counted together: what passes beyond the limit is what the others let pass in a second', async () => {
    // A minute of its own, so that none of it falls into the next.
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 40_000) await delay(left + 100);
    let total = 0;
    const refused = [false, false];
    const window = Math.floor(Date.now() / 60_000);
    while (refused.includes(false) && Math.floor(Date.now() / 60_000) === window) {
      for (const [index, client] of [first, second].entries()) {
        const answers = await Promise.all(Array.from({ length: PER_BATCH }, () => client.get('/v1/auth/me')));
        total += answers.filter(({ status }) => status !== 429).length;
        refused[index] ||= answers.some(({ status }) => status === 429);
      }
      await delay(BETWEEN_BATCHES_MS);
    }
    if (refused.includes(false))
      throw new Error(
        `this machine shows nothing: ${total} requests passed in a minute, the limit is ${LIMIT}`,
      );
    // Each alone would have let the limit pass.
    expect(total).toBeLessThan(1.5 * LIMIT);
    process.stdout.write(`requests of one session on two nodes: ${total} passed, the limit is ${LIMIT}\n`);
  }, 180_000);
});
