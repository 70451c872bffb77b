import { randomUUID } from 'node:crypto';
import { EventStoreDbDouble } from './eventstoredb-double/server';
import { type MongoServer, startMongo } from './mongodb-server';

/**
 * The engines that services under test are started on: the embedded ones, or with `CAISSE_TEST_ENGINES=servers` the
 * EventStoreDB double and a MongoDB by its wire.
 */
const onServers = process.env.CAISSE_TEST_ENGINES === 'servers';

type Engines = { readonly environment: Readonly<Record<string, string>>; readonly stop: () => Promise<void> };

let mongo: Promise<MongoServer> | null = null;
const opened = new Map<string, Promise<Engines>>();

/** What a service of this data folder is told of its stores; the same at each start. */
export async function environmentOfEngines(data: string): Promise<Readonly<Record<string, string>>> {
  if (!onServers) return {};
  let engines = opened.get(data);
  if (!engines) {
    engines = open();
    opened.set(data, engines);
  }
  return (await engines).environment;
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
  return {
    environment: {
      CAISSE_EVENT_STORE: double.connectionString(),
      CAISSE_READ_STORE: databaseOf(server),
      // FerretDB writes a bulk document by document: a read waits longer for what was recorded by the thousand.
      CAISSE_AFTER_WAIT_MS: '60000',
    },
    stop: () => double.stop(),
  };
}

/** A database that no other service under test has. */
function databaseOf({ uri }: MongoServer): string {
  const address = new URL(uri);
  address.pathname = `/caisse-test-${randomUUID()}`;
  return address.href;
}
