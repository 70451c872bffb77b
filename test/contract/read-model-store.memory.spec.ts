import { MemoryReadModelStore } from '../support/memory-read-model-store';
import { describeSharedStore } from './fences.contract';
import { describeReadModelStore } from './read-model-store.contract';

// Tests of what stands above the port use it in the place of a real store: it must not promise other things.
describeReadModelStore('the memory of a test', async () => {
  const store = new MemoryReadModelStore();
  return { store, reopen: async () => store, dispose: () => store.close() };
});

describeSharedStore('the memory of a test', async () => {
  const store = new MemoryReadModelStore();
  return { store, another: async () => store, dispose: () => store.close() };
});
