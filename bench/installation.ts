import { join } from 'node:path';
import type { Lane } from './lanes';
import { aDatabase, type RemoteServer, startEventStoreDb, startMongoDb } from './remote-servers';
import { Client, folded, openCompany, type RunningService, signIn, startService } from './service';
import { folder, saleBody } from './support';

const DATE = '2026-03-14';
/** Companies that are opened, and asked whether they are folded, at once. */
const AT_ONCE = 8;

export type Node = { readonly service: RunningService; readonly client: Client };

/** Nodes of the service as it is shipped, each a process with a folder of its own, on servers that are theirs. */
export class Installation {
  /** Paths of the companies that were opened. */
  readonly companies: string[] = [];
  readonly nodes: Node[] = [];

  private constructor(
    private readonly servers: readonly RemoteServer[],
    private readonly environment: Readonly<Record<string, string>>,
    private readonly drop: () => Promise<void>,
    private opened = 0,
    public token = '',
  ) {}

  static async start(nodes: number): Promise<Installation> {
    const documents = await startMongoDb();
    const events = await startEventStoreDb();
    const { uri, drop } = aDatabase(documents);
    const environment = {
      CAISSE_EVENT_STORE: events.address,
      CAISSE_READ_STORE: uri,
      CAISSE_SIGNING_KEY: join(folder('installation'), 'signing-key.pem'),
    };
    const installation = new Installation([documents, events], environment, drop);
    try {
      // The first one makes the key and the first account, and holds every lease until there are others.
      while (installation.nodes.length < nodes) await installation.addNode();
    } catch (error) {
      await installation.stop();
      throw error;
    }
    return installation;
  }

  get first(): Client {
    return (this.nodes[0] as Node).client;
  }

  /** A new company, whose entries are posted to the path that is answered. */
  async newCompany(): Promise<string> {
    this.opened += 1;
    return openCompany(this.first, this.opened);
  }

  /** A new company in which every node has recorded a sale. */
  async newKnownCompany(): Promise<string> {
    const company = await this.newCompany();
    for (const { client } of this.nodes)
      await client.send('POST', `${company}/entries`, JSON.stringify(saleBody(0, DATE)));
    return company;
  }

  async openCompanies(count: number): Promise<void> {
    await inParallel(count, async () => void this.companies.push(await this.newCompany()));
  }

  /** Connections to all nodes; to each of them the companies that a proxy would send there. */
  spread(connections: number): Lane[] {
    const { length } = this.nodes;
    return this.nodes.map(({ service }, node) => ({
      url: service.url,
      connections: connections / length,
      paths: this.companies.filter((_, index) => index % length === node).map((path) => `${path}/entries`),
    }));
  }

  /** Connections to all nodes, all of them to one company. */
  crowd(company: string, connections: number): Lane[] {
    const { length } = this.nodes;
    const paths = [`${company}/entries`];
    return this.nodes.map(({ service }) => ({
      url: service.url,
      connections: connections / length,
      paths,
    }));
  }

  /** Records one more sale in so many companies, and waits until it can be read: by then all before it can. */
  async level(companies: number): Promise<void> {
    await inParallel(companies, async (index) => {
      const { client } = this.nodes[index % this.nodes.length] as Node;
      const company = this.companies[index % this.companies.length] as string;
      const body = JSON.stringify(saleBody(index, DATE));
      const { text } = await client.send('POST', `${company}/entries`, body);
      const { sequence } = JSON.parse(text) as { sequence: number };
      await folded(client, company, DATE, sequence);
    });
  }

  /** A node whose machine is gone. */
  async killFirst(): Promise<void> {
    const node = this.nodes.shift();
    node?.client.close();
    await node?.service.kill();
  }

  /** Microseconds of processor that the servers have taken. */
  processorTime(): number {
    return this.servers.reduce((sum, server) => sum + server.processorTime(), 0);
  }

  async stop(): Promise<void> {
    for (const { client } of this.nodes) client.close();
    await Promise.all(this.nodes.map(({ service }) => service.stop()));
    await this.drop();
    for (const server of this.servers) await server.stop();
  }

  private async addNode(): Promise<void> {
    const service = await startService(folder('node'), this.environment);
    const client = new Client(service.url, AT_ONCE);
    this.nodes.push({ service, client });
    // A session is good on every node.
    if (this.token === '') this.token = await signIn(client);
    else client.bearer(this.token);
  }
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const client = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
}
