import { onDouble, underTest } from '../support/eventstoredb-double/stores';
import { FAULTY_PARTS } from '../support/eventstoredb-double/faulty-clients';
import { firstFailingExample } from './contract';
import { describeEventStore, EVENT_STORE_CONTRACT } from './event-store.contract';

const server = process.env.CAISSE_TEST_EVENTSTORE;

// A suite that did not run does not pass in silence.
process.stderr.write(
  server
    ? 'event store contract: against the double, and the server of CAISSE_TEST_EVENTSTORE\n'
    : 'event store contract: against the double; no server, CAISSE_TEST_EVENTSTORE is not set\n',
);

if (server) describeEventStore('The server of CAISSE_TEST_EVENTSTORE', () => underTest(server));
describeEventStore('EventStoreDB, by its double,', () => onDouble('esdb'));
describeEventStore('KurrentDB, by its double,', () => onDouble('kurrentdb'));

// A contract that does not bite says nothing: each fault planted in the adapter breaks a promise of it.
describe('the contract on EventStoreDB', () => {
  it.each(FAULTY_PARTS)('notices an adapter that %s', async (_what, topics, parts) => {
    const contract = Object.fromEntries(topics.map((topic) => [topic, EVENT_STORE_CONTRACT[topic] ?? []]));
    expect(await firstFailingExample(contract, () => onDouble('esdb', parts))).not.toBeNull();
  });
});
