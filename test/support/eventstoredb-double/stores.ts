import { randomUUID } from 'node:crypto';
import {
  type EventStoreDbOptions,
  openEventStoreDb,
  type Parts,
} from '../../../src/adapters/eventstoredb/event-store';
import type { EventStore } from '../../../src/ports/event-store';
import type { EventStoreUnderTest } from '../../contract/event-store.contract';
import { EventStoreDbDouble } from './server';

/** Short enough for a test, long enough for a machine that is busy with others. */
export const QUICK = { call: 5_000, patience: 10_000, firstPause: 2, longestPause: 50 };

type Opening = Omit<EventStoreDbOptions, 'connectionString' | 'streamPrefix'>;

type Around = {
  readonly double?: EventStoreDbDouble;
  readonly parts?: Parts | undefined;
};

/** A store on a server: what is opened for one test has streams of its own, and all is closed at its end. */
export function underTest(
  connectionString: string,
  { double, parts }: Around = {},
): Promise<EventStoreUnderTest> {
  const opened: EventStore[] = [];
  const open = async (streamPrefix: string, options: Opening = {}) => {
    const store = await openEventStoreDb(
      { connectionString, streamPrefix, timing: QUICK, ...options },
      parts,
    );
    opened.push(store);
    return store;
  };
  return (async () => {
    const prefix = `test-${randomUUID()}-`;
    return {
      store: await open(prefix),
      reopen: async () => {
        await opened.at(-1)?.close();
        return open(prefix);
      },
      another: () => open(`test-${randomUUID()}-`),
      // A server that is not a double does as it is asked.
      ...(double && {
        loseCheckpoint: () =>
          double.fail({ on: 'append', stream: `${prefix}checkpoint-`, kind: 'access-denied' }),
      }),
      dispose: async () => {
        await Promise.all(opened.map((store) => store.close()));
        await double?.stop();
      },
    };
  })();
}

/** A store on a double of its own. */
export async function onDouble(scheme: 'esdb' | 'kurrentdb', parts?: Parts): Promise<EventStoreUnderTest> {
  const double = await EventStoreDbDouble.start();
  return underTest(double.connectionString(scheme), { double, parts });
}
