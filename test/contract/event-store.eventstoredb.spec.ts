import { onDouble, underTest } from '../support/eventstoredb-double/stores';
import { FAULTY_PARTS } from '../support/eventstoredb-double/faulty-clients';
import { describeWithEventStore } from '../support/eventstore-server';
import { firstFailingExample } from './contract';
import { describeEventStore, EVENT_STORE_CONTRACT } from './event-store.contract';

describeWithEventStore('event store contract', (product, connectionString) => {
  describeEventStore(product, () => underTest(connectionString()));
});
describeEventStore('EventStoreDB, by its double,', () => onDouble('esdb'));
describeEventStore('KurrentDB, by its double,', () => onDouble('kurrentdb'));

// A contract that does not bite says nothing: each fault planted in the adapter breaks a promise of it.
describe('the contract on EventStoreDB', () => {
  it.each(FAULTY_PARTS)('notices an adapter that %s', async (_what, topics, parts) => {
    const contract = Object.fromEntries(topics.map((topic) => [topic, EVENT_STORE_CONTRACT[topic] ?? []]));
    expect(await firstFailingExample(contract, () => onDouble('esdb', parts))).not.toBeNull();
  });
});
