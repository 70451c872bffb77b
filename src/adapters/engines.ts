import type { EventStoreAddress, ReadStoreAddress } from '../ports/store-address';
import type { EventStore } from '../ports/event-store';
import type { Leases } from '../ports/leases';
import type { RateCounters } from '../ports/rate-counters';
import type { ReadModelStore } from '../ports/read-model-store';
import type { StoreTrouble } from '../ports/store-trouble';
import type { Vault } from '../ports/vault';

/*
 * Opens stores by their addresses: for the composition root, the threads beside it and the command line, which know
 * the ports alone. A driver is loaded when it is needed: an embedded service starts without those of the servers.
 */

export type EventStoreUse = {
  /** For a second thread or process beside the one that appends: writes nothing, and refuses where there is no store. */
  readonly readOnly?: boolean;
  /** The file of the key that signs checkpoints, for an engine that signs where it writes. */
  readonly signingKey?: string;
  /** Told what an operator should hear of although no request failed for it. */
  readonly onTrouble?: (trouble: StoreTrouble) => void;
};

export async function openEventStore(
  address: EventStoreAddress,
  { readOnly = false, signingKey, onTrouble }: EventStoreUse = {},
): Promise<EventStore> {
  if (address.engine === 'sqlite') {
    const { openSqliteEventStore } = await import('./sqlite/event-store.js');
    return openSqliteEventStore({ file: address.path, readOnly, signingKey });
  }
  const { openEventStoreDb } = await import('./eventstoredb/event-store.js');
  const { connectionString } = address;
  return openEventStoreDb({ connectionString, readOnly, onTrouble });
}

/** `onReset` is told why a file that could not be used was made anew. */
export async function openReadModelStore(
  address: ReadStoreAddress,
  { onReset }: { readonly onReset?: (reason: string) => void } = {},
): Promise<ReadModelStore> {
  if (address.engine === 'sqlite') {
    const { openSqliteReadModelStore } = await import('./sqlite/read-model-store.js');
    return openSqliteReadModelStore({ file: address.path, onReset });
  }
  const { openMongoReadModelStore } = await import('./mongodb/read-model-store.js');
  return openMongoReadModelStore({ uri: address.uri });
}

/** The vault lies where the read models lie: in MongoDB, else in a file of its own. */
export async function openVault(readStore: ReadStoreAddress, file: string): Promise<Vault> {
  if (readStore.engine === 'sqlite') {
    const { SqliteVault } = await import('./sqlite/vault.js');
    return SqliteVault.open(file);
  }
  const { openMongoVault } = await import('./mongodb/vault.js');
  return openMongoVault({ uri: readStore.uri });
}

/** Null where a process has its read models for itself: there is nothing to share out. */
export async function openLeases(readStore: ReadStoreAddress): Promise<Leases | null> {
  if (readStore.engine === 'sqlite') return null;
  const { openMongoLeases } = await import('./mongodb/leases.js');
  return openMongoLeases({ uri: readStore.uri });
}

/** Null where a process counts for itself. */
export async function openRateCounters(readStore: ReadStoreAddress): Promise<RateCounters | null> {
  if (readStore.engine === 'sqlite') return null;
  const { openMongoRateCounters } = await import('./mongodb/rate-counters.js');
  return openMongoRateCounters({ uri: readStore.uri });
}
