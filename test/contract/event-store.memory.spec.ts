import { MemoryEventStore } from '../support/memory-event-store';
import { describeEventStore } from './event-store.contract';

// Tests of what stands above the port use it in the place of a real store: it must not promise other things.
describeEventStore('the memory of a test', async () => {
  const store = new MemoryEventStore();
  return {
    store,
    reopen: async () => store.reopened(),
    another: async () => new MemoryEventStore(),
    loseCheckpoint: () => {
      store.losesCheckpoint = true;
    },
    dispose: () => store.close(),
  };
});
