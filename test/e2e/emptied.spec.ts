import { Cluster, eventually } from '../support/cluster';
import { describeWithMongo } from '../support/mongodb-server';
import { aSale, type Client, openCompany, PAST_DAY, readWhenThere } from '../support/service';

const COMPANIES = 3;
const SALES = 10;
/** A busy machine folds slowly. */
const PATIENCE_MS = 60_000;

describeWithMongo('read models that are emptied in use', (server) => {
  let cluster: Cluster;
  let clients: Client[];
  let companies: string[];

  beforeAll(async () => {
    cluster = await Cluster.open(server());
    const environment = { CAISSE_AFTER_WAIT_MS: '500' };
    await cluster.start({ environment });
    await cluster.start({ environment });
    clients = await cluster.clients();
    companies = [];
    for (let count = 0; count < COMPANIES; count += 1)
      companies.push(await openCompany(clients[0] as Client));
    await cluster.leases.shared(2);
    for (const company of companies) {
      const sold = Array.from({ length: SALES }, () => sell(clients[0] as Client, company));
      const last = Math.max(...(await Promise.all(sold)));
      for (const client of clients) {
        const { status, body } = await readWhenThere(client, `${pages(company)[0]}?after=${last}`);
        expect([status, body.turnover.gross]).toEqual([200, SALES * 100]);
      }
    }
  }, 180_000);
  afterAll(() => cluster.close(), 120_000);

  async function sell(client: Client, company: string): Promise<number> {
    const { status, body } = await client.post(`${company}/entries`, aSale(100));
    expect(status).toBe(201);
    return Number(body.sequence);
  }

  const pages = (company: string) => [
    `${company}/tills/T1/days/${PAST_DAY}`,
    `${company}/journal?from=${PAST_DAY}&to=${PAST_DAY}`,
    `${company}/syntheses/month/${PAST_DAY.slice(0, 7)}`,
  ];

  /** What is shown of each company, at both nodes; null while any of it is not answered. */
  async function shown(): Promise<string | null> {
    const answers = await Promise.all(
      clients.flatMap((client) => companies.flatMap(pages).map((page) => client.get(page))),
    );
    for (const { status, headers, body } of answers) {
      if (status === 200) continue;
      // What is not folded yet is neither absent nor zero.
      expect([status, body.code]).toEqual([503, 'after-not-reached']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    return answers.every(({ status }) => status === 200)
      ? JSON.stringify(answers.map(({ body }) => body as unknown))
      : null;
  }

  const turnover = async (company: string) =>
    (await (clients[0] as Client).get(`${company}/tills/T1/days/${PAST_DAY}`)).body.turnover
      ?.gross as unknown;

  async function level(): Promise<void> {
    await eventually('all is shown', async () => (await shown()) !== null, PATIENCE_MS);
  }

  it('are folded again, to the same figures, while nobody writes', async () => {
    await level();
    const before = await shown();
    await cluster.readModels.dropDatabase();
    await eventually('it is noticed', async () => (await shown()) === null, PATIENCE_MS);
    await eventually('it is made good', async () => (await shown()) === before, PATIENCE_MS);
  }, 120_000);

  it('do not stop entries, are not read before they are whole, and are level afterwards', async () => {
    const before = SALES * 100;
    await cluster.readModels.dropDatabase();
    let sold = 0;
    let isRefused = false;
    const deadline = Date.now() + PATIENCE_MS;
    while (!isRefused && Date.now() < deadline) {
      for (const client of clients) for (const company of companies) await sell(client, company);
      sold += 200;
      isRefused ||= (await shown()) === null;
    }
    expect(isRefused).toBe(true);
    await level();
    const sequences = await Promise.all(companies.map((company) => sell(clients[1] as Client, company)));
    sold += 100;
    for (const [index, company] of companies.entries()) {
      await eventually(
        'it is folded',
        async () => {
          const { status } = await (clients[0] as Client).get(
            `${pages(company)[0]}?after=${sequences[index]}`,
          );
          return status === 200;
        },
        PATIENCE_MS,
      );
      expect(await turnover(company)).toBe(before + sold);
    }
  }, 120_000);

  it('are folded again when documents and checkpoints alone are gone, and leases are not', async () => {
    await level();
    const before = await shown();
    const collections = await cluster.readModels.listCollections({}, { nameOnly: true }).toArray();
    for (const { name } of collections.filter((one) => one.name !== 'leases'))
      await cluster.readModels.dropCollection(name);
    await eventually('it is noticed', async () => (await shown()) === null, PATIENCE_MS);
    await eventually('it is made good', async () => (await shown()) === before, PATIENCE_MS);
  }, 120_000);

  it('are folded again when one collection alone is gone, and its checkpoint is not', async () => {
    await level();
    const before = await shown();
    const collections = await cluster.readModels.listCollections({}, { nameOnly: true }).toArray();
    const journals = collections
      .map(({ name }) => name)
      .filter((name) => /^documents\..*journal@/.test(name));
    expect(journals.length).toBeGreaterThan(1);
    for (const name of journals) await cluster.readModels.dropCollection(name);
    await eventually('it is made good', async () => (await shown()) === before, PATIENCE_MS);
  }, 120_000);
});
