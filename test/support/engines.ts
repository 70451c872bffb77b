import { randomUUID } from 'node:crypto';
import { openEventStore, openReadModelStore } from '../../src/adapters/engines';
import type { EventStoreAddress, ReadStoreAddress } from '../../src/ports/store-address';
import { MongoClient } from 'mongodb';
import { EventStoreDbDouble } from './eventstoredb-double/server';
import { type MongoServer, startMongo } from './mongodb-server';
import type { ReportsStores } from './reports-app';

/**
 * The engines that what speaks HTTP is tested on, a service or an application put together in a test: the embedded
 * ones, or with `CAISSE_TEST_ENGINES=servers` the EventStoreDB double and a MongoDB by its wire.
 */
const onServers = process.env.CAISSE_TEST_ENGINES === 'servers';

/** Where a server's events and read models are. */
type Servers = {
  readonly events: Extract<EventStoreAddress, { engine: 'eventstoredb' }>;
  readonly readModels: Extract<ReadStoreAddress, { engine: 'mongodb' }>;
};

type Engines = Servers & { readonly stop: () => Promise<void> };

let mongo: Promise<MongoServer> | null = null;
const opened = new Map<string, Promise<Engines>>();

/** What a service of this data folder is told of its stores; the same at each start. */
export async function environmentOfEngines(data: string): Promise<Readonly<Record<string, string>>> {
  if (!onServers) return {};
  const { events, readModels } = await enginesOf(data);
  return {
    CAISSE_EVENT_STORE: events.connectionString,
    CAISSE_READ_STORE: readModels.uri,
    CAISSE_AFTER_WAIT_MS: String(AFTER_WAIT_MS),
  };
}

/**
 * For an application in the process of the test: servers that no other one has, until the file of tests ends; null where
 * the embedded engines are asked for. @throws where there is no MongoDB
 */
export async function newServers(): Promise<Servers | null> {
  return onServers ? enginesOf(randomUUID()) : null;
}

/** For the reports: stores on such servers, or undefined for those in memory. */
export async function newReportsStores(): Promise<ReportsStores | undefined> {
  const servers = await newServers();
  if (!servers) return undefined;
  return {
    events: await openEventStore(servers.events),
    readModels: await openReadModelStore(servers.readModels),
    waitMs: 15_000,
  };
}

if (onServers) afterAll(stopEngines);

/** FerretDB writes a bulk document by document: a read waits longer for what was recorded by the thousand. */
const AFTER_WAIT_MS = 60_000;

function enginesOf(name: string): Promise<Engines> {
  let engines = opened.get(name);
  if (!engines) {
    engines = open();
    opened.set(name, engines);
  }
  return engines;
}

export async function stopEngines(): Promise<void> {
  // Those that did not open have said so to who asked for them.
  for (const engines of await Promise.allSettled(opened.values()))
    if (engines.status === 'fulfilled') await engines.value.stop();
  opened.clear();
  const server = mongo;
  mongo = null;
  await (await server?.catch(() => null))?.stop();
}

async function open(): Promise<Engines> {
  mongo ??= startMongo('the API on the engines of servers');
  const server = await mongo;
  const double = await EventStoreDbDouble.start();
  const database = `caisse-test-${randomUUID()}`;
  const address = new URL(server.uri);
  address.pathname = `/${database}`;
  return {
    events: { engine: 'eventstoredb', connectionString: double.connectionString() },
    readModels: { engine: 'mongodb', uri: address.href },
    stop: async () => {
      await double.stop();
      await drop(server, [database, `${database}-vault`]);
    },
  };
}

async function drop({ uri }: MongoServer, databases: readonly string[]): Promise<void> {
  const client = new MongoClient(uri);
  for (const database of databases) await client.db(database).dropDatabase();
  await client.close();
}
