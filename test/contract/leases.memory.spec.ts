import { LeaseTable, MemoryLeases } from '../support/memory-leases';
import { describeLeases } from './leases.contract';

describeLeases('the memory of a test', async () => {
  const table = new LeaseTable();
  return {
    leases: new MemoryLeases(table),
    another: async () => new MemoryLeases(table),
    pass: async (milliseconds) => void (table.now += milliseconds),
    forget: async () => table.held.clear(),
    dispose: async () => undefined,
  };
});
