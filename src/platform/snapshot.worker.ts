import { parentPort, workerData } from 'node:worker_threads';
import { openEventStore, openReadModelStore } from '../adapters/engines';
import type { EventStoreAddress, ReadStoreAddress } from '../ports/store-address';
import { giveWay } from './background-thread';
import { loadLedger, snapshotOf } from './ledger-loader';

/** What the thread needs to open the stores by itself. */
export type SnapshotWorkerData = {
  readonly eventStore: EventStoreAddress;
  readonly readStore: ReadStoreAddress;
  readonly snapshotKey: Uint8Array;
};

/** Folds ledgers that are asked for and saves their snapshots, away from the thread that serves. */
async function main({
  eventStore,
  readStore: readStoreAddress,
  snapshotKey,
}: SnapshotWorkerData): Promise<void> {
  giveWay();
  const store = await openEventStore(eventStore, { readOnly: true });
  const readStore = await openReadModelStore(readStoreAddress);
  const dependencies = { store, readStore, snapshotKey };
  let last: Promise<void> = Promise.resolve();
  parentPort?.on('message', (ledger: string) => {
    last = last.then(async () => {
      try {
        const loaded = await loadLedger(ledger, dependencies, { needsSnapshot: true });
        if (loaded.tail > 0) await readStore.saveSnapshot(snapshotOf(loaded, snapshotKey));
        parentPort?.postMessage({ ledger, sequence: loaded.ledger.sequence });
      } catch (error) {
        parentPort?.postMessage({ ledger, error: error instanceof Error ? error.message : String(error) });
      }
    });
  });
}

void main(workerData as SnapshotWorkerData);
