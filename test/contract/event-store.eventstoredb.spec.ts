import { onDouble, underTest } from '../support/eventstoredb-double/stores';
import { FAULTY_PARTS } from '../support/eventstoredb-double/faulty-clients';
import { describeWithEventStore } from '../support/eventstore-server';
import { isBrokenBy } from './contract';
import { describeEventStore, EVENT_STORE_CONTRACT } from './event-store.contract';

describeWithEventStore('event store contract', (product, connectionString) => {
  describeEventStore(product, () => underTest(connectionString()));
});
describeEventStore('EventStoreDB, by its double,', () => onDouble('esdb'));
describeEventStore('KurrentDB, by its double,', () => onDouble('kurrentdb'));

// A contract that does not bite says nothing: each fault planted in the adapter breaks a promise of it.
describe('the contract on EventStoreDB', () => {
  it.each(FAULTY_PARTS)('notices an adapter that %s: %s', async (_what, example, parts) => {
    expect(await isBrokenBy(EVENT_STORE_CONTRACT, example, () => onDouble('esdb', parts))).toBe(true);
  });
});
