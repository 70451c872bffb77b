import { setTimeout as delay } from 'node:timers/promises';
import { type AllSubscription, ClientFailure, type EventStoreDbClient, type RecordedEvent } from './client';
import { Follower } from './follower';
import { Layout } from './layout';
import { TIMING } from './patience';

const place = (number: number) => ({ commit: BigInt(number), prepare: BigInt(number) });

function recorded(sequence: number, position: number, stream = 'ledger-bakery'): RecordedEvent {
  const nothing = new Uint8Array();
  const revision = sequence - 1;
  return { stream, revision, type: 'fact', data: nothing, metadata: nothing, position: place(position) };
}

/** Follows a server that says what the test wants. */
async function following(last: RecordedEvent[] = []) {
  const subscriptions: AllSubscription[] = [];
  const unused = () => Promise.reject(new Error('not expected'));
  const client: EventStoreDbClient = {
    append: unused,
    readStream: unused,
    readAll: () => Promise.resolve(last),
    subscribe: (subscription) => {
      subscriptions.push(subscription);
      return { close: () => undefined };
    },
    close: () => Promise.resolve(),
  };
  const seen: number[] = [];
  const gaps: [number, number][] = [];
  const cuts: ClientFailure[] = [];
  const timing = { ...TIMING, firstPause: 1, longestPause: 4 };
  const follower = new Follower(client, new Layout(''), timing, {
    onEvent: ({ sequence }) => seen.push(sequence),
    onGap: (_ledger, after, next) => gaps.push([after, next]),
    onCut: (failure) => cuts.push(failure),
  });
  follower.start();
  await delay(5);
  return { follower, subscriptions, seen, gaps, cuts, latest: () => subscriptions.at(-1) as AllSubscription };
}

const cut = new ClientFailure('cut', 'uncertain');

describe('following the whole', () => {
  it('begins behind the last event that there is', async () => {
    const { follower, latest } = await following([recorded(7, 700)]);
    expect(latest()).toMatchObject({ prefix: 'ledger-', after: place(700) });
    follower.close();
  });

  it('takes an event that comes again for one, however late it comes', async () => {
    const { follower, latest, seen, gaps } = await following();
    for (const sequence of [1, 2, 3, 2, 3, 4]) latest().onEvent(recorded(sequence, sequence * 10));
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(gaps).toEqual([]);
    follower.close();
  });

  it('tells of a gap in one ledger, not between ledgers', async () => {
    const { follower, latest, gaps } = await following();
    latest().onEvent(recorded(1, 10));
    latest().onEvent(recorded(5, 20, 'ledger-grocery'));
    latest().onEvent(recorded(4, 30));
    expect(gaps).toEqual([[1, 4]]);
    follower.close();
  });

  it('goes on where it was, as far as the server said that it had come', async () => {
    const { follower, subscriptions, latest, cuts } = await following();
    latest().onEvent(recorded(1, 10));
    latest().onCheckpoint(place(50));
    latest().onEvent(recorded(2, 40));
    latest().onEnd(cut);
    await delay(20);
    expect(subscriptions).toHaveLength(2);
    expect(latest().after).toEqual(place(50));
    expect(cuts).toEqual([cut]);
    follower.close();
  });

  it('ends when it is closed, whatever comes then', async () => {
    const { follower, subscriptions, latest } = await following();
    latest().onEnd(cut);
    follower.close();
    await delay(20);
    expect(subscriptions).toHaveLength(1);
  });
});
