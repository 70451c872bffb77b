import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { EventStoreDbDouble } from './eventstoredb-double/server';
import { LeasesSeen } from './leases-seen';
import { aDatabase, type MongoDatabase, type MongoServer } from './mongodb-server';
import {
  type Client,
  clientOf,
  endServices,
  type Folder,
  newFolder,
  removeFolders,
  type ServiceProcess,
  signIn,
  type StartOptions,
  startService,
} from './service';

/** Nodes of one installation: real processes on one event store and one MongoDB database. */
export class Cluster {
  readonly nodes: ServiceProcess[] = [];
  private readonly folder: Folder = newFolder();

  private constructor(
    readonly events: EventStoreDbDouble,
    readonly database: MongoDatabase,
    readonly mongo: MongoClient,
    readonly leases: LeasesSeen,
  ) {}

  static async open(server: MongoServer): Promise<Cluster> {
    const database = aDatabase(server);
    const mongo = new MongoClient(database.uri);
    await mongo.connect();
    const leases = await LeasesSeen.open(database.uri, database.database);
    return new Cluster(await EventStoreDbDouble.start(), database, mongo, leases);
  }

  async close(): Promise<void> {
    await endServices();
    await this.leases.close();
    await this.mongo.close();
    await this.events.stop();
    removeFolders();
  }

  /** Each has a folder of its own; the key that signs is the installation's. */
  async start({ environment = {}, through = [] }: StartOptions = {}): Promise<ServiceProcess> {
    const address = new URL(this.database.uri);
    address.pathname = `/${this.database.database}`;
    const node = await startService(newFolder(), {
      through,
      // Others may be busy on this machine.
      patience: 90_000,
      environment: {
        CAISSE_EVENT_STORE: this.events.connectionString(),
        CAISSE_READ_STORE: address.href,
        CAISSE_SIGNING_KEY: join(this.folder.root, 'signing-key.pem'),
        CAISSE_AFTER_WAIT_MS: '30000',
        ...environment,
      },
    });
    this.nodes.push(node);
    return node;
  }

  /** The firm's administrator at each of the nodes, signed in once. */
  async clients(): Promise<Client[]> {
    const [first, ...others] = this.nodes;
    if (!first) return [];
    const client = await signIn(first);
    return [client, ...others.map((node) => clientOf(node, client))];
  }

  /** The read models' database: the vault is another one. */
  get readModels() {
    return this.mongo.db(this.database.database);
  }
}

/** Waits until something is so, asking a few times a second. @throws after `patienceMs` */
export async function eventually(
  what: string,
  isSo: () => Promise<boolean>,
  patienceMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it did not come to pass that ${what}`);
    await delay(200);
  }
}
