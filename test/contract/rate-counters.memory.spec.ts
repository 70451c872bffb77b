import { MemoryRateCounters } from '../support/memory-rate-counters';
import { describeRateCounters } from './rate-counters.contract';

describeRateCounters('the memory of a test', async () => {
  const counters = new MemoryRateCounters();
  return {
    counters,
    another: async () => counters,
    forget: async () => counters.counts.clear(),
    dispose: () => counters.close(),
  };
});
