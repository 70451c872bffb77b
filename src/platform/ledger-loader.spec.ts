import { MemoryEventStore } from '../../test/support/memory-event-store';
import { ACTOR, desk, LEDGER, MemoryWitness, openBakery, sale } from '../../test/support/writer';
import { MemoryReadModelStore } from '../../test/support/memory-read-model-store';
import { StoreUnavailable } from '../ports/event-store';
import { checkAgainstMemory, LedgerBehindWitness, loadLedger } from './ledger-loader';

describe('a ledger that another node goes on with while it is loaded', () => {
  const loaded = async () => {
    const store = new MemoryEventStore();
    const other = desk({ store, witness: new MemoryWitness() });
    await openBakery(other);
    const dependencies = { store, readStore: new MemoryReadModelStore(), snapshotKey: new Uint8Array(32) };
    return { store, other, ledger: await loadLedger(LEDGER, dependencies) };
  };

  it('is read on to what the other has signed, and not taken for one that lost events', async () => {
    const { store, other, ledger } = await loaded();
    const before = ledger.ledger.sequence;
    await other.writer.record(LEDGER, [sale(1), sale(2)], ACTOR);
    await checkAgainstMemory(ledger, store, new MemoryWitness());
    expect(ledger.ledger.sequence).toBe(before + 2);
    expect(ledger.ledger.sequence).toBe((await store.latestCheckpoint(LEDGER))?.size);
  });

  it('is refused where what was signed is not there', async () => {
    const { store, other, ledger } = await loaded();
    await other.writer.record(LEDGER, [sale(1), sale(2)], ACTOR);
    store.read = () => Promise.resolve([]);
    const checked = checkAgainstMemory(ledger, store, new MemoryWitness());
    await expect(checked).rejects.toBeInstanceOf(LedgerBehindWitness);
  });
});

describe('a ledger whose snapshot cannot be read', () => {
  const away = new StoreUnavailable('MongoDB cannot be reached', 'not-written');
  const unread = async (failure: Error) => {
    const store = new MemoryEventStore();
    await openBakery(desk({ store, witness: new MemoryWitness() }));
    const readStore = new MemoryReadModelStore();
    readStore.snapshot = () => Promise.reject(failure);
    return { store, readStore, snapshotKey: new Uint8Array(32) };
  };

  it('is folded from its events: who records needs nothing else', async () => {
    const dependencies = await unread(away);
    const { ledger, tail } = await loadLedger(LEDGER, dependencies);
    expect(ledger.sequence).toBe((await dependencies.store.head(LEDGER))?.sequence);
    expect(tail).toBe(ledger.sequence);
  });

  it('is not folded for who would only make the next snapshot', async () => {
    const loading = loadLedger(LEDGER, await unread(away), { needsSnapshot: true });
    await expect(loading).rejects.toBe(away);
  });

  it('hides no fault of the program', async () => {
    const fault = new TypeError('undefined is not a snapshot');
    await expect(loadLedger(LEDGER, await unread(fault))).rejects.toBe(fault);
  });
});
