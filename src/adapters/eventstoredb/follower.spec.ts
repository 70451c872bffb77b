import { setTimeout as delay } from 'node:timers/promises';
import { type AllSubscription, ClientFailure, type EventStoreDbClient, type RecordedEvent } from './client';
import type { Head } from '../../ports/event-store';
import { Follower } from './follower';
import { Layout } from './layout';
import { TIMING, Tries } from './patience';

const place = (number: number) => ({ commit: BigInt(number), prepare: BigInt(number) });

/** The checkpoint of an append after a sequence, as it comes at a position of the whole. */
function checkpoint(size: number, position: number, after = size - 1, ledger = 'bakery'): RecordedEvent {
  const metadata = Buffer.from(JSON.stringify({ size, after, hash: `hash ${size}`, position: '1' }));
  const stream = `checkpoint-${ledger}`;
  return {
    stream,
    revision: size - 1,
    type: 'checkpoint',
    data: new Uint8Array(),
    metadata,
    position: place(position),
  };
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
  const told: Head[] = [];
  const gaps: [number, number][] = [];
  const cuts: Error[] = [];
  const tries = new Tries({ ...TIMING, firstPause: 1, longestPause: 4 });
  const follower = new Follower(client, new Layout(''), tries, {
    onHead: (head) => {
      seen.push(head.sequence);
      told.push(head);
    },
    onGap: (_ledger, after, until) => gaps.push([after, until]),
    onCut: (failure) => cuts.push(failure),
  });
  follower.start();
  await delay(5);
  return {
    follower,
    subscriptions,
    seen,
    told,
    gaps,
    cuts,
    latest: () => subscriptions.at(-1) as AllSubscription,
  };
}

const cut = new ClientFailure('cut', 'uncertain');

describe('following the whole', () => {
  it('begins behind the last checkpoint that there is', async () => {
    const { follower, latest } = await following([checkpoint(7, 700)]);
    expect(latest()).toMatchObject({ prefix: 'checkpoint-', after: place(700) });
    follower.close();
  });

  it('tells the head that an append has made, however many events it had', async () => {
    const { follower, latest, told, gaps } = await following();
    latest().onEvent(checkpoint(256, 10, 0));
    latest().onEvent(checkpoint(512, 20, 256));
    expect(told).toEqual([
      { ledger: 'bakery', sequence: 256, hash: 'hash 256' },
      { ledger: 'bakery', sequence: 512, hash: 'hash 512' },
    ]);
    expect(gaps).toEqual([]);
    follower.close();
  });

  it('takes a checkpoint that comes again for one, however late it comes', async () => {
    const { follower, latest, seen, gaps } = await following();
    for (const size of [1, 2, 3, 2, 3, 4]) latest().onEvent(checkpoint(size, size * 10));
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(gaps).toEqual([]);
    follower.close();
  });

  it('tells of a gap in one ledger, not between ledgers', async () => {
    const { follower, latest, gaps } = await following();
    latest().onEvent(checkpoint(1, 10));
    latest().onEvent(checkpoint(5, 20, 4, 'grocery'));
    latest().onEvent(checkpoint(4, 30));
    expect(gaps).toEqual([[1, 3]]);
    follower.close();
  });

  it('passes over what it does not understand', async () => {
    const { follower, latest, seen } = await following();
    for (const metadata of [
      '{"size":1}',
      '{"size":1e300,"after":1,"hash":""}',
      '{"size":2,"after":2,"hash":""}',
    ])
      latest().onEvent({ ...checkpoint(1, 10), metadata: Buffer.from(metadata) });
    latest().onEvent({ ...checkpoint(1, 20), stream: 'ledger-bakery' });
    latest().onEvent(checkpoint(2, 30));
    expect(seen).toEqual([2]);
    follower.close();
  });

  it('goes on where it was, as far as the server said that it had come', async () => {
    const { follower, subscriptions, latest, cuts } = await following();
    latest().onEvent(checkpoint(1, 10));
    latest().onCheckpoint(place(50));
    latest().onEvent(checkpoint(2, 40));
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
