import { parentPort, workerData } from 'node:worker_threads';
import { openEventStore, openReadModelStore } from '../adapters/engines';
import type { EventStore } from '../ports/event-store';
import type { EventStoreAddress, ReadStoreAddress } from '../ports/store-address';
import { giveWay, MakingWay, RecordedCount } from './background-thread';
import { loadLedger, snapshotOf } from './ledger-loader';

/** What the thread needs to open the stores by itself. */
export type SnapshotWorkerData = {
  readonly eventStore: EventStoreAddress;
  readonly readStore: ReadStoreAddress;
  readonly snapshotKey: Uint8Array;
  /** Of a `RecordedCount`. */
  readonly recorded: SharedArrayBuffer;
};

/** How long snapshots make way for those who record, in milliseconds, until none is asked for. */
const MAKE_WAY_MS = 10_000;

/** Folds ledgers that are asked for and saves their snapshots, away from the thread that serves. */
async function main({
  eventStore,
  readStore: readStoreAddress,
  snapshotKey,
  recorded,
}: SnapshotWorkerData): Promise<void> {
  giveWay();
  const store = await openEventStore(eventStore, { readOnly: true });
  const readStore = await openReadModelStore(readStoreAddress);
  const way = new MakingWay(new RecordedCount(recorded), MAKE_WAY_MS);
  const read: EventStore['read'] = async (...page) => {
    await way.next();
    return store.read(...page);
  };
  const dependencies = { store: { read }, readStore, snapshotKey };
  let asked = 0;
  let last: Promise<void> = Promise.resolve();
  parentPort?.on('message', (ledger: string) => {
    asked += 1;
    last = last.then(async () => {
      try {
        const loaded = await loadLedger(ledger, dependencies, { needsSnapshot: true });
        if (loaded.tail > 0) await readStore.saveSnapshot(snapshotOf(loaded, snapshotKey));
        parentPort?.postMessage({ ledger, sequence: loaded.ledger.sequence });
      } catch (error) {
        parentPort?.postMessage({ ledger, error: error instanceof Error ? error.message : String(error) });
      }
      asked -= 1;
      if (asked === 0) way.done();
    });
  });
}

void main(workerData as SnapshotWorkerData);
