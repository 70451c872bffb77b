import { MemoryEventStore } from '../../test/support/memory-event-store';
import { ACTOR, desk, LEDGER, MemoryWitness, openBakery, sale } from '../../test/support/writer';
import { MemoryReadModelStore } from '../../test/support/memory-read-model-store';
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
