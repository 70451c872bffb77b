import { parentPort, workerData } from 'node:worker_threads';
import { openSqliteEventStore } from '../adapters/sqlite/event-store';
import { openSqliteReadModelStore } from '../adapters/sqlite/read-model-store';
import { loadLedger, snapshotOf } from './ledger-loader';

/** What the thread needs to open the stores by itself. */
export type SnapshotWorkerData = {
  readonly eventFile: string;
  readonly readFile: string;
  readonly snapshotKey: Uint8Array;
};

/** Folds ledgers that are asked for and saves their snapshots, away from the thread that serves. */
async function main({ eventFile, readFile, snapshotKey }: SnapshotWorkerData): Promise<void> {
  const store = await openSqliteEventStore({ file: eventFile, readOnly: true });
  const readStore = await openSqliteReadModelStore({ file: readFile });
  const dependencies = { store, readStore, snapshotKey };
  let last: Promise<void> = Promise.resolve();
  parentPort?.on('message', (ledger: string) => {
    last = last.then(async () => {
      try {
        const loaded = await loadLedger(ledger, dependencies);
        if (loaded.tail > 0) await readStore.saveSnapshot(snapshotOf(loaded, snapshotKey));
        parentPort?.postMessage({ ledger, sequence: loaded.ledger.sequence });
      } catch (error) {
        parentPort?.postMessage({ ledger, error: error instanceof Error ? error.message : String(error) });
      }
    });
  });
}

void main(workerData as SnapshotWorkerData);
