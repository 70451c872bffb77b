import { MemoryEventStore } from '../support/memory-event-store';
import { firstFailingExample } from './contract';
import { EVENT_STORE_CONTRACT } from './event-store.contract';
import { FAULTY_EVENT_STORES } from './faulty-event-stores';

// A contract that does not bite says nothing: each planted fault breaks a promise of it.
describe('the contract of event stores', () => {
  it.each(FAULTY_EVENT_STORES)(
    'notices a store that %s, by its examples of %s',
    async (_what, topic, bend) => {
      const failing = await firstFailingExample(EVENT_STORE_CONTRACT, async () => {
        const inner = new MemoryEventStore();
        return {
          store: bend(inner),
          reopen: async () => bend(inner.reopened()),
          another: async () => bend(new MemoryEventStore()),
          loseCheckpoint: () => {
            inner.losesCheckpoint = true;
          },
          dispose: () => inner.close(),
        };
      });
      expect(failing?.split(':')[0]).toBe(topic);
    },
  );

  it('notices a store that begins anew after each end', async () => {
    const failing = await firstFailingExample(EVENT_STORE_CONTRACT, async () => ({
      store: new MemoryEventStore(),
      reopen: async () => new MemoryEventStore(),
      another: async () => new MemoryEventStore(),
      dispose: async () => undefined,
    }));
    expect(failing).not.toBeNull();
  });
});
