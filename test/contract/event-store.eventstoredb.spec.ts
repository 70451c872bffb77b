import { onDouble, underTest } from '../support/eventstoredb-double/stores';
import { describeEventStore } from './event-store.contract';

const server = process.env.CAISSE_TEST_EVENTSTORE;

describeEventStore('EventStoreDB, by its double,', () => onDouble('esdb'));
describeEventStore('KurrentDB, by its double,', () => onDouble('kurrentdb'));
if (server) describeEventStore('the server of CAISSE_TEST_EVENTSTORE', () => underTest(server));
