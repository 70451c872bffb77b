import type {
  AppendAnswer,
  EventStoreDbClient,
  ExpectedRevision,
  ProposedEvent,
  RecordedEvent,
} from '../../../src/adapters/eventstoredb/client';
import type { Parts } from '../../../src/adapters/eventstoredb/event-store';
import { openGrpcClient } from '../../../src/adapters/eventstoredb/grpc-client';
import { HeadNotices } from '../../../src/adapters/eventstoredb/head-notices';

type Append = EventStoreDbClient['append'];

const sound: Parts = { openClient: openGrpcClient, makeNotices: () => new HeadNotices() };

/** Parts whose appends to ledgers go another way. */
function appending(bend: (append: Append) => Append): Parts {
  return bending((client) => {
    const bent = bend(client.append.bind(client));
    return {
      append: (stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]) =>
        stream.includes('ledger-') ? bent(stream, expected, events) : client.append(stream, expected, events),
    };
  });
}

function bending(bend: (client: EventStoreDbClient) => Partial<EventStoreDbClient>): Parts {
  return {
    ...sound,
    openClient: async (connectionString, deadline) => {
      const client = await openGrpcClient(connectionString, deadline);
      const whole: EventStoreDbClient = {
        append: client.append.bind(client),
        readStream: client.readStream.bind(client),
        readAll: client.readAll.bind(client),
        subscribe: client.subscribe.bind(client),
        close: client.close.bind(client),
      };
      return { ...whole, ...bend(client) };
    },
  };
}

/** Acknowledges every seventh append and forgets it. */
function forgetful(): Parts {
  let appends = 0;
  return appending((append) => (stream, expected, events) => {
    appends += 1;
    const forgotten: AppendAnswer = { result: 'written', position: null };
    return appends % 7 === 0 ? Promise.resolve(forgotten) : append(stream, expected, events);
  });
}

class TellingTwice extends HeadNotices {
  protected override isNews(): boolean {
    return true;
  }
}

const oneLess = (expected: ExpectedRevision): ExpectedRevision =>
  typeof expected !== 'number' ? expected : expected === 0 ? 'no-stream' : expected - 1;

/**
 * What each does wrong, the example of the contract that says so, and the parts of the adapter that do it. No lease says who
 * may append, so that none can be stale: revisions do.
 */
export const FAULTY_PARTS: readonly (readonly [string, string, Parts])[] = [
  [
    'checks no revision',
    'expected revisions: one ahead is refused, with where the head is',
    appending((append) => (stream, _expected, events) => append(stream, 'any', events)),
  ],
  [
    'expects one revision less',
    'appending: continues where the last one ended',
    appending((append) => (stream, expected, events) => append(stream, oneLess(expected), events)),
  ],
  [
    'counts sequences from 2',
    'appending: creates a ledger that nobody had announced',
    bending((client) => ({
      readStream: async (read) =>
        (await client.readStream(read)).map((event): RecordedEvent => ({
          ...event,
          revision: event.revision + 1,
        })),
    })),
  ],
  [
    'sends a batch in another order',
    'appending: keeps several events in their order',
    appending((append) => (stream, expected, events) => append(stream, expected, [...events].reverse())),
  ],
  ['loses an acknowledged append', 'appending: shows what it has answered for, at once', forgetful()],
  ['delivers twice', 'notices: tell of a head once', { ...sound, makeNotices: () => new TellingTwice() }],
];
