import { Long, MongoClient } from 'mongodb';
import { openMongoLeases } from '../../src/adapters/mongodb/leases';
import { openMongoRateCounters } from '../../src/adapters/mongodb/rate-counters';
import { openMongoReadModelStore } from '../../src/adapters/mongodb/read-model-store';
import { openMongoVault } from '../../src/adapters/mongodb/vault';
import type { SharedStoreUnderTest } from '../contract/fences.contract';
import type { LeasesUnderTest } from '../contract/leases.contract';
import type { RateCountersUnderTest } from '../contract/rate-counters.contract';
import type { ReadModelStoreUnderTest } from '../contract/read-model-store.contract';
import type { VaultUnderTest } from '../contract/vault.contract';
import { aDatabase, type MongoServer } from './mongodb-server';

/** The instants of the contract have passed long ago, and a server's own sweeper runs when it likes. */
export const sessionsKeptSeconds = 2_000_000_000;

type Closable = { readonly close: () => Promise<void> };

/** All that is opened on a database of its own. */
function onADatabase<Port extends Closable>(
  server: MongoServer,
  openPort: (at: { readonly uri: string; readonly database: string }) => Promise<Port>,
) {
  const { drop, ...at } = aDatabase(server);
  const opened: Port[] = [];
  const open = async () => {
    const port = await openPort(at);
    opened.push(port);
    return port;
  };
  return {
    at,
    drop,
    open,
    reopen: async () => {
      await opened.at(-1)?.close();
      return open();
    },
    dispose: async () => {
      for (const port of opened) await port.close();
      await drop();
    },
  };
}

export async function aMongoReadModelStore(server: MongoServer): Promise<ReadModelStoreUnderTest> {
  const { open, reopen, dispose } = onADatabase(server, openMongoReadModelStore);
  return { store: await open(), reopen, dispose };
}

export async function aSharedMongoStore(server: MongoServer): Promise<SharedStoreUnderTest> {
  const { open, dispose } = onADatabase(server, openMongoReadModelStore);
  const [store, other] = await Promise.all([open(), open()]);
  return { store, another: async () => other, dispose };
}

export async function aMongoVault(server: MongoServer): Promise<VaultUnderTest> {
  const { open, reopen, dispose } = onADatabase(server, (at) =>
    openMongoVault({ ...at, sessionsKeptSeconds }),
  );
  return { vault: await open(), reopen, dispose };
}

export async function someMongoLeases(server: MongoServer): Promise<LeasesUnderTest> {
  const { at, open, dispose } = onADatabase(server, openMongoLeases);
  const client = new MongoClient(at.uri);
  const stored = client.db(at.database).collection('leases');
  return {
    leases: await open(),
    another: open,
    // A server's clock cannot be moved; its leases are, by as much, towards the past.
    pass: async (milliseconds) => {
      await stored.updateMany({}, { $inc: { until: Long.fromNumber(-milliseconds) } });
    },
    forget: async () => {
      await stored.deleteMany({});
    },
    dispose: async () => {
      await client.close();
      await dispose();
    },
  };
}

export async function someMongoRateCounters(server: MongoServer): Promise<RateCountersUnderTest> {
  const { open, drop, dispose } = onADatabase(server, openMongoRateCounters);
  return { counters: await open(), another: open, forget: drop, dispose };
}
