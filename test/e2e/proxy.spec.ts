import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDbDouble } from '../support/eventstoredb-double/server';
import { type Proxy, startProxy, until } from '../support/haproxy';
import { describeWithProgram } from '../support/installed';
import { aDatabase, describeWithMongo, type MongoDatabase } from '../support/mongodb-server';
import {
  aSale,
  Client,
  endServices,
  exportedEvents,
  type Folder,
  newFolder,
  openCompany,
  removeFolders,
  type ServiceProcess,
  signIn,
  startService,
} from '../support/service';

const COMPANIES = 6;

describeWithProgram('haproxy', 'the proxy before nodes', () => {
  describeWithMongo('two nodes behind the proxy', (server) => {
    let events: EventStoreDbDouble;
    let database: MongoDatabase;
    let folder: Folder;
    let nodes: ServiceProcess[];
    let proxy: Proxy;
    let client: Client;
    let companies: string[];

    const startNode = () => {
      const address = new URL(database.uri);
      address.pathname = `/${database.database}`;
      return startService(newFolder(), {
        environment: {
          CAISSE_EVENT_STORE: events.connectionString(),
          CAISSE_READ_STORE: address.href,
          CAISSE_SIGNING_KEY: `${folder.root}/signing-key.pem`,
          CAISSE_TRUSTED_PROXIES: '1',
          CAISSE_AFTER_WAIT_MS: '30000',
        },
      });
    };

    beforeAll(async () => {
      folder = newFolder();
      events = await EventStoreDbDouble.start();
      database = aDatabase(server());
      nodes = [await startNode(), await startNode()];
      proxy = await startProxy(nodes.map(({ url }) => Number(new URL(url).port)));
      // Sessions are of the installation: who has signed in at one node is known at the other.
      client = new Client(proxy.url, (await signIn(nodes[0] as ServiceProcess)).token);
      companies = [];
      for (let count = 0; count < COMPANIES; count += 1) companies.push(await openCompany(client));
    }, 120_000);
    afterAll(async () => {
      await proxy.stop();
      await endServices();
      await events.stop();
      removeFolders();
    });

    /** How many states each node has in memory: one that never saw a company has none of it. */
    const ledgersOf = async ({ url }: ServiceProcess): Promise<number> => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^caisse_ledgers_in_memory (\d+)$/m.exec(text)?.[1]);
    };

    it('keep a company in the memory of one of them', async () => {
      for (let round = 0; round < 3; round += 1)
        for (const company of companies) {
          const sale = await client.post(`${company}/entries`, aSale(100));
          expect(sale.status).toBe(201);
        }
      // Opening a company goes in turn; from then on it has a node of its own.
      const held = await Promise.all(nodes.map(ledgersOf));
      expect(held.reduce((sum, ledgers) => sum + ledgers, 0)).toBeLessThan(2 * COMPANIES);
    });

    it('lose and double nothing when one is killed', async () => {
      const acknowledged: string[] = [];
      const failed: number[] = [];
      let isOver = false;
      const clients = companies.map(async (company) => {
        while (!isOver) {
          const sale = aSale(250);
          // As any client does that is not answered: the same again.
          for (;;) {
            const answer = await client.post(`${company}/entries`, sale).catch(() => null);
            if (answer?.status === 201 || answer?.status === 200) break;
            failed.push(answer?.status ?? 0);
            await delay(50);
          }
          acknowledged.push(sale.id);
        }
      });
      await delay(1000);
      const before = acknowledged.length;
      await (nodes[0] as ServiceProcess).kill();
      await until(() => acknowledged.length > before + 10 * COMPANIES);
      isOver = true;
      await Promise.all(clients);
      const recorded: string[] = [];
      for (const company of companies) {
        const { events: exported } = await exportedEvents(client, company);
        recorded.push(...exported.flatMap(({ entry }) => (entry ? [entry.id] : [])));
      }
      const times = new Map<string, number>();
      for (const id of recorded) times.set(id, (times.get(id) ?? 0) + 1);
      expect(acknowledged.filter((id) => times.get(id) !== 1)).toEqual([]);
      // The proxy sends entries on: a shop sees at most that the node is not there while that is found out.
      expect(failed.filter((status) => ![0, 502, 503].includes(status))).toEqual([]);
    }, 120_000);

    it('serve all companies from the one that is left', async () => {
      for (const company of companies) {
        const sale = await client.post(`${company}/entries`, aSale(300));
        expect(sale.status).toBe(201);
      }
      expect((await client.get('/health/ready')).status).toBe(200);
    });
  });
});
