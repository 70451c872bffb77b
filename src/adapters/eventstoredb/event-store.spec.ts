import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, Metadata } from '@grpc/grpc-js';
import { ANY, EventLog, NO_STREAM } from '../../../test/support/eventstoredb-double/event-log';
import type { Fault } from '../../../test/support/eventstoredb-double/faults';
import { AUTHORITY_FILE, EventStoreDbDouble } from '../../../test/support/eventstoredb-double/server';
import {
  type EventStore,
  type Head,
  type StoredEvent,
  StoreUnavailable,
  WrongRevision,
} from '../../ports/event-store';
import type { StoreTrouble } from '../../ports/store-trouble';
import { connect } from './connection';
import { type EventStoreDbOptions, openEventStoreDb } from './event-store';
import { openGrpcClient } from './grpc-client';
import { MalformedMessage, Message } from './protobuf';

const BAKERY = '018f0000-0000-7000-8000-00000000000a';
const GROCERY = '018f0000-0000-7000-8000-00000000000b';
const STREAM = `ledger-${BAKERY}`;

/** A call that is not answered is given up soon; what is tried again is tried for long enough on a busy machine. */
const TIMING = { call: 400, patience: 8_000, firstPause: 2, longestPause: 40 };
const SHORT_OF_TIME = { ...TIMING, call: 100, patience: 400 };

const opened: { store: EventStore | EventStoreDbDouble }[] = [];

afterEach(async () => {
  for (const { store } of opened.splice(0).reverse()) {
    if (store instanceof EventStoreDbDouble) await store.stop();
    else await store.close();
  }
});

async function aNode(
  ...parameters: Parameters<typeof EventStoreDbDouble.start>
): Promise<EventStoreDbDouble> {
  const node = await EventStoreDbDouble.start(...parameters);
  opened.push({ store: node });
  return node;
}

type StoreOnNode = { store: EventStore; troubles: StoreTrouble[] };

async function aStore(
  node: EventStoreDbDouble,
  options: Partial<EventStoreDbOptions> = {},
): Promise<StoreOnNode> {
  const troubles: StoreTrouble[] = [];
  const store = await openEventStoreDb({
    connectionString: node.connectionString(),
    timing: TIMING,
    onTrouble: (trouble) => troubles.push(trouble),
    ...options,
  });
  opened.push({ store });
  return { store, troubles };
}

function anEvent(sequence: number, text = `{"sequence":${sequence}}`, ledger = BAKERY): StoredEvent {
  return { ledger, sequence, text, hash: createHash('sha256').update(text).digest('hex') };
}

const events = (after: number, count: number, ledger = BAKERY, who = 'us') =>
  Array.from({ length: count }, (_, index) => {
    const sequence = after + index + 1;
    return anEvent(sequence, `{"sequence":${sequence},"by":"${who}"}`, ledger);
  });

const append = (after: number, written: readonly StoredEvent[], ledger = BAKERY) => ({
  ledger,
  expectedSequence: after,
  events: written,
  checkpoint: `${ledger}\n${after + written.length}\n`,
});

async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (reason: unknown) => reason,
  );
}

async function until(check: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1000 && !check(); attempt += 1) await delay(5);
  expect(check()).toBe(true);
}

/** An event that somebody else wrote. */
const foreign = {
  id: 'a',
  type: 't',
  contentType: 'c',
  data: Buffer.from('{}'),
  metadata: Buffer.from(''),
};

const sequencesOf = (stored: readonly { sequence: number }[]) => stored.map(({ sequence }) => sequence);

describe('what is in the streams', () => {
  it('is the text’s own bytes, with the hash beside it, under an id made of the hash', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    const text = '{"10":1,"9":2,"b":"👩🏽‍🍳\u2028","n":"12345678901234567890"}';
    const event = anEvent(1, text);
    await store.append(append(0, [event]));
    const [record] = node.log.stream(STREAM) ?? [];
    expect(Buffer.from(record?.data ?? []).equals(Buffer.from(text))).toBe(true);
    expect(JSON.parse(Buffer.from(record?.metadata ?? []).toString())).toEqual({ hash: event.hash });
    expect(record).toMatchObject({ revision: 0, contentType: 'application/octet-stream' });
    expect(record?.id.replaceAll('-', '')).toBe(event.hash.slice(0, 32));
  });

  it('is one stream of events and one of checkpoints for each ledger, an index, and the store’s id', async () => {
    const node = await aNode();
    const { store } = await aStore(node, { streamPrefix: 'x-' });
    await store.append(append(0, events(0, 2)));
    await store.append(append(2, events(2, 1)));
    await store.close();
    const streams = new Set(node.log.all.map(({ stream }) => stream));
    expect([...streams].sort()).toEqual([
      'x-caisse-store',
      `x-checkpoint-${BAKERY}`,
      `x-ledger-${BAKERY}`,
      'x-ledgers',
    ]);
  });

  it('has one id, however many open it at once', async () => {
    const node = await aNode();
    const stores = await Promise.all([aStore(node), aStore(node), aStore(node)]);
    const ids = await Promise.all(stores.map(({ store }) => store.id()));
    expect(new Set(ids).size).toBe(1);
    expect(node.log.stream('caisse-store')).toHaveLength(1);
  });

  it('is nothing of an append that is not signed', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    const unsigned = { ...append(0, events(0, 1)), checkpoint: { root: '00' } };
    expect(await reasonOf(store.append(unsigned))).toBeInstanceOf(RangeError);
    expect(await store.head(BAKERY)).toBeNull();
  });
});

describe('an append whose answer does not come', () => {
  const once: [string, Fault['kind']][] = [
    ['was cut before it was written', 'cut'],
    ['met a server that was busy', 'busy'],
    ['was written, and the connection cut', 'lose-answer'],
    ['was written, and nobody told', 'swallow-answer'],
    ['went lost', 'drop'],
    ['ran into the server’s own timeout', 'timeout'],
    ['ran into the server’s own timeout and was written', 'timeout-written'],
    ['came in late', { delay: 600 }],
    ['was answered twice', 'answer-twice'],
  ];

  it.each(once)('is written once when it %s', async (_what, kind) => {
    const node = await aNode();
    const { store } = await aStore(node);
    await store.append(append(0, events(0, 2)));
    node.fail({ on: 'append', stream: 'ledger-', kind });
    const second = events(2, 3);
    await store.append(append(2, second));
    await store.append(append(5, events(5, 1)));
    expect(await store.read(BAKERY, 1, 10)).toEqual([...events(0, 2), ...second, ...events(5, 1)]);
    await delay(typeof kind === 'object' ? 400 : 0);
    expect(node.log.stream(STREAM)).toHaveLength(6);
  });

  it('is told of as trouble when it had to be settled', async () => {
    const node = await aNode();
    const { store, troubles } = await aStore(node);
    node.fail({ on: 'append', stream: 'ledger-', kind: 'lose-answer' });
    await store.append(append(0, events(0, 1)));
    expect(troubles.map(({ what }) => what)).toEqual(['answer-lost']);
    expect(node.appends.get(STREAM)).toBe(2);
  });

  it('is written when others have written behind it meanwhile', async () => {
    const node = await aNode();
    const [{ store }, other] = [await aStore(node), await aStore(node)];
    node.fail({ on: 'append', stream: 'ledger-', kind: 'swallow-answer' });
    const own = store.append(append(0, events(0, 2)));
    await until(() => node.log.stream(STREAM)?.length === 2);
    await other.store.append(append(2, events(2, 1, BAKERY, 'them')));
    await own;
    expect(node.log.stream(STREAM)).toHaveLength(3);
  });

  it('is refused when others have written in its place', async () => {
    const node = await aNode();
    const [{ store }, other] = [await aStore(node), await aStore(node)];
    node.fail({ on: 'append', stream: 'ledger-', kind: 'drop' });
    const own = reasonOf(store.append(append(0, events(0, 2))));
    await until(() => node.appends.get(STREAM) === 1);
    await other.store.append(append(0, events(0, 3, BAKERY, 'them')));
    const reason = await own;
    expect(reason).toBeInstanceOf(WrongRevision);
    expect(reason).toMatchObject({ expectedSequence: 0, actualSequence: 3 });
    expect(node.log.stream(STREAM)).toHaveLength(3);
  });

  it('is unknown when the time is over and the server says nothing', async () => {
    const node = await aNode();
    const { store } = await aStore(node, { timing: SHORT_OF_TIME });
    await store.append(append(0, events(0, 1)));
    node.fail({ on: 'append', kind: 'drop', times: 1000 });
    const reason = await reasonOf(store.append(append(1, events(1, 1))));
    expect(reason).toBeInstanceOf(StoreUnavailable);
    expect(reason).toMatchObject({ outcome: 'unknown' });
    node.recover();
    await store.append(append(1, events(1, 1)));
    expect(sequencesOf(await store.read(BAKERY, 1, 10))).toEqual([1, 2]);
  });

  it('is written when no answer ever comes and the stream has it', async () => {
    const node = await aNode();
    const { store } = await aStore(node, { timing: SHORT_OF_TIME });
    node.fail({ on: 'append', stream: 'ledger-', kind: 'lose-answer', times: 1000 });
    await store.append(append(0, events(0, 2)));
    expect(node.log.stream(STREAM)).toHaveLength(2);
  });

  it('is not written when the server never took it up', async () => {
    const node = await aNode();
    const { store } = await aStore(node, { timing: SHORT_OF_TIME });
    node.fail({ on: 'append', stream: 'ledger-', kind: 'busy', times: 1000 });
    const reason = await reasonOf(store.append(append(0, events(0, 1))));
    expect(reason).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-written' });
    expect(await store.head(BAKERY)).toBeNull();
  });

  it.each(['access-denied', 'stream-deleted'] as const)('is not tried again after %s', async (kind) => {
    const node = await aNode();
    const { store } = await aStore(node);
    node.fail({ on: 'append', stream: 'ledger-', kind });
    const reason = await reasonOf(store.append(append(0, events(0, 1))));
    expect(reason).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-written' });
    expect(node.appends.get(STREAM)).toBe(1);
  });

  it('never comes from a server that is gone', async () => {
    const node = await aNode();
    const { store } = await aStore(node, { timing: SHORT_OF_TIME });
    await node.stop();
    expect(await reasonOf(store.append(append(0, events(0, 1))))).toBeInstanceOf(StoreUnavailable);
    expect(await reasonOf(store.read(BAKERY, 1, 1))).toMatchObject({ outcome: 'not-written' });
  });
});

describe('a fault of the program', () => {
  const fault = new TypeError('undefined has no properties');

  async function afterTwo(): Promise<EventStore> {
    const { store } = await aStore(await aNode());
    await store.append(append(0, events(0, 2)));
    await store.latestCheckpoint(BAKERY);
    return store;
  }

  /** In whatever is decoded next. */
  const fails = (error: Error) =>
    jest.spyOn(Message.prototype, 'message').mockImplementationOnce(() => {
      throw error;
    });

  afterEach(() => jest.restoreAllMocks());

  it('is none of the server’s, which is not asked again', async () => {
    const store = await afterTwo();
    fails(fault);
    expect(await reasonOf(store.read(BAKERY, 1, 10))).toBe(fault);
    expect(sequencesOf(await store.read(BAKERY, 1, 10))).toEqual([1, 2]);
  });

  it('in the answer to an append is told to who waits for it, and the next one goes out', async () => {
    const store = await afterTwo();
    fails(fault);
    expect(await reasonOf(store.append(append(2, events(2, 1))))).toBe(fault);
    expect(sequencesOf(await store.read(BAKERY, 1, 10))).toEqual([1, 2, 3]);
    await store.append(append(3, events(3, 1)));
    expect(sequencesOf(await store.read(BAKERY, 1, 10))).toEqual([1, 2, 3, 4]);
  });

  it('is not an answer that cannot be read: that is asked for again', async () => {
    const store = await afterTwo();
    fails(new MalformedMessage('a message ends early'));
    expect(sequencesOf(await store.read(BAKERY, 1, 10))).toEqual([1, 2]);
    fails(new MalformedMessage('a message ends early'));
    await store.append(append(2, events(2, 1)));
    expect(sequencesOf(await store.read(BAKERY, 1, 10))).toEqual([1, 2, 3]);
  });
});

describe('another leader', () => {
  it('is found by writers and readers, and nothing is written twice', async () => {
    const log = new EventLog();
    const [first, second] = [await aNode({ log }), await aNode({ log })];
    second.follow(first);
    const { store } = await aStore(first);
    await store.append(append(0, events(0, 2)));
    first.follow(second);
    second.follow(second);
    await store.append(append(2, events(2, 2)));
    expect(sequencesOf(await store.read(BAKERY, 1, 10))).toEqual([1, 2, 3, 4]);
    expect(second.appends.get(STREAM)).toBe(1);
    first.follow(first);
    second.follow(first);
    expect((await store.head(BAKERY))?.sequence).toBe(4);
    await store.append(append(4, events(4, 1)));
    expect(log.stream(STREAM)).toHaveLength(5);
  });

  it('is found among the nodes that a connection string names', async () => {
    const log = new EventLog();
    const [first, second] = [await aNode({ log }), await aNode({ log })];
    first.follow(second);
    const { store } = await aStore(first, {
      connectionString: `esdb://${first.endpoint},${second.endpoint}?tls=false`,
    });
    await store.append(append(0, events(0, 1)));
    expect([first.appends.get(STREAM), second.appends.get(STREAM)]).toEqual([undefined, 1]);
  });
});

describe('a cluster in which nobody leads', () => {
  it('is waited for by who reads and who appends, and followed again once somebody leads', async () => {
    const log = new EventLog();
    const [first, second] = [await aNode({ log }), await aNode({ log })];
    second.follow(first);
    const addresses = `${first.endpoint},${second.endpoint}?tls=false&discoveryInterval=20&maxDiscoverAttempts=2`;
    const { store } = await aStore(first, { connectionString: `esdb://${addresses}` });
    const told: Head[] = [];
    store.onAppended((heads) => told.push(...heads));
    await until(() => first.subscribers > 0);
    for (const node of [first, second]) node.follow(null);
    first.cutSubscriptions();
    const waiting = Promise.all([store.head(BAKERY), store.append(append(0, events(0, 2)))]);
    await delay(300);
    expect(log.stream(STREAM)).toBeUndefined();
    for (const node of [first, second]) node.follow(second);
    await waiting;
    await until(() => second.subscribers > 0 && told.length > 0);
    expect([log.stream(STREAM)?.length, told]).toEqual([2, [await store.head(BAKERY)]]);
  });

  // A package lets the rejection of its own search go unheard, and Node ends a process for that.
  it.each(['esdb', 'kurrentdb'])('does not end the process (%s)', async (scheme) => {
    const nobody = '127.0.0.1:1,127.0.0.1:2?tls=false&discoveryInterval=1&maxDiscoverAttempts=1';
    const { client } = await connect(`${scheme}://${nobody}`);
    const looking = client.getChannel();
    // Of the client whose call failed the package looks at the channel alone.
    const call = { getChannel: () => null, close: () => undefined } as unknown as Client;
    const unavailable = { code: 14, details: 'cut off', metadata: new Metadata() };
    const handled = client.handleError(call, Object.assign(new Error('14 UNAVAILABLE'), unavailable));
    await expect(looking).rejects.toThrow('discover');
    await expect(handled).resolves.toBeUndefined();
  });
});

describe('a group that is larger than an append may be', () => {
  const LIMIT = 4096;
  const entries = (after: number, sizes: readonly number[]) => {
    let sequence = after;
    return sizes.flatMap((size, entry) =>
      Array.from({ length: size }, () => {
        sequence += 1;
        return anEvent(sequence, `{"entry":{"id":"${entry}"},"s":"${'x'.repeat(800)}","n":${sequence}}`);
      }),
    );
  };

  it('is written in parts that end between entries', async () => {
    const node = await aNode({ maxAppendSize: LIMIT });
    const { store } = await aStore(node, { largestAppend: LIMIT });
    const written = entries(0, [2, 3, 1, 4, 2]);
    await store.append(append(0, written));
    expect(await store.read(BAKERY, 1, 100)).toEqual(written);
    // 2 | 3 + 1 | 4 | 2: four events are what fits.
    expect(node.appends.get(STREAM)).toBe(4);
    expect((await store.checkpoints(BAKERY, 0, 10)).map(({ size }) => size)).toEqual([12]);
  });

  it('is cut only where its writer allows it', async () => {
    const node = await aNode({ maxAppendSize: LIMIT });
    const { store } = await aStore(node, { largestAppend: LIMIT });
    const written = entries(0, [1, 1, 1, 1, 1, 1]);
    const reason = await reasonOf(store.append({ ...append(0, written), mayCutAfter: [1, 6] }));
    expect(reason).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-written' });
    await store.append({ ...append(0, written), mayCutAfter: [3, 6] });
    expect(node.appends.get(STREAM)).toBe(2);
    expect(await store.read(BAKERY, 1, 100)).toEqual(written);
  });

  it('is refused when what must stay together is larger, and nothing is written', async () => {
    const node = await aNode({ maxAppendSize: LIMIT });
    const { store } = await aStore(node, { largestAppend: LIMIT });
    const reason = await reasonOf(store.append(append(0, entries(0, [2, 5]))));
    expect(reason).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-written' });
    expect(node.appends.get(STREAM)).toBeUndefined();
  });

  it('is refused by a server that takes less than it is thought to', async () => {
    const node = await aNode({ maxAppendSize: LIMIT });
    const { store } = await aStore(node);
    const reason = await reasonOf(store.append(append(0, entries(0, [3, 3]))));
    expect(reason).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-written' });
    expect(await store.head(BAKERY)).toBeNull();
  });

  it('that fails half-way is not said to be unwritten: its first parts are in the tail', async () => {
    const node = await aNode({ maxAppendSize: LIMIT });
    const { store } = await aStore(node, { largestAppend: LIMIT });
    const written = entries(0, [3, 3]);
    node.fail({ on: 'append', stream: 'ledger-', kind: { delay: 0 } });
    node.fail({ on: 'append', stream: 'ledger-', kind: 'access-denied' });
    const reason = await reasonOf(store.append(append(0, written)));
    expect(reason).toMatchObject({ name: 'StoreUnavailable', outcome: 'unknown' });
    expect(await store.read(BAKERY, 1, 100)).toEqual(written.slice(0, 3));
    await store.append(append(3, written.slice(3)));
    expect(await store.read(BAKERY, 1, 100)).toEqual(written);
  });

  it('that is overtaken half-way is told where the head is', async () => {
    const node = await aNode({ maxAppendSize: LIMIT });
    const { store } = await aStore(node, { largestAppend: LIMIT });
    const written = entries(0, [3, 3]);
    node.fail({ on: 'append', stream: 'ledger-', kind: { delay: 0 } });
    node.fail({ on: 'append', stream: 'ledger-', kind: { delay: 200 } });
    const own = reasonOf(store.append(append(0, written)));
    await until(() => node.log.stream(STREAM)?.length === 3);
    const other = await aStore(node);
    await other.store.append(append(3, events(3, 1, BAKERY, 'them')));
    expect(await own).toMatchObject({ name: 'WrongRevision', expectedSequence: 0, actualSequence: 4 });
  });
});

describe('what is read', () => {
  it('comes once, however often the server sends it', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    await store.append(append(0, events(0, 5)));
    node.fail({ on: 'read', stream: 'ledger-', kind: 'answer-twice' });
    node.fail({ on: 'read', stream: '$all', kind: 'answer-twice' });
    expect(await store.read(BAKERY, 1, 10)).toEqual(events(0, 5));
    expect(sequencesOf(await store.readAll(0, 10))).toEqual([1, 2, 3, 4, 5]);
  });

  it.each(['cut', 'busy', 'timeout', 'drop'] as const)('comes although a reading met %s', async (kind) => {
    const node = await aNode();
    const { store } = await aStore(node);
    await store.append(append(0, events(0, 3)));
    node.fail({ on: 'read', stream: 'ledger-', kind, times: 2 });
    expect(await store.read(BAKERY, 1, 10)).toHaveLength(3);
  });

  it('is not asked for again when it is denied', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    await store.append(append(0, events(0, 1)));
    node.fail({ on: 'read', stream: 'ledger-', kind: 'access-denied' });
    await expect(store.read(BAKERY, 1, 10)).rejects.toThrow(/access-denied/);
    expect(await store.read(BAKERY, 1, 10)).toHaveLength(1);
  });

  it('is of ledgers alone, whatever else the server has', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    node.log.append('other-stream', ANY, [foreign]);
    await store.append(append(0, events(0, 1)));
    node.log.append('$stats-127.0.0.1', ANY, [{ ...foreign, id: 'b' }]);
    await store.append(append(1, events(1, 1)));
    expect(sequencesOf(await store.readAll(0, 10))).toEqual([1, 2]);
  });

  it('has a place in the whole, which is found from the checkpoint before it on', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    for (let after = 0; after < 12; after += 3) {
      await store.append(append(after, events(after, 3)));
      await store.append(append(after, events(after, 3, GROCERY), GROCERY));
    }
    for (const { ledger, sequence, position } of await store.readAll(0, 100))
      expect(await store.positionOf(ledger, sequence)).toBe(position);
  });

  it('is refused where a number does not hold its place', async () => {
    const node = await aNode({ log: new EventLog(2n ** 53n) });
    const { store } = await aStore(node);
    await store.append(append(0, events(0, 1)));
    await expect(store.readAll(0, 10)).rejects.toThrow(RangeError);
  });

  it('is given back as it is without a hash beside it: whoever checks the hash finds that', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    await store.append(append(0, events(0, 2)));
    node.log.append(STREAM, ANY, [foreign]);
    expect((await store.read(BAKERY, 3, 1))[0]).toMatchObject({ sequence: 3, text: '{}', hash: '' });
  });

  it('has no hole between two pages either', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    await store.append(append(0, events(0, 6)));
    const [, second] = await store.readAll(0, 2);
    node.fail({ on: 'read', stream: '$all', kind: 'skip-event' });
    await expect(store.readAll(second?.position ?? 0, 3)).rejects.toThrow(StoreUnavailable);
    expect(sequencesOf(await store.readAll(second?.position ?? 0, 10))).toEqual([3, 4, 5, 6]);
  });

  it('has no hole: a page that lacks an event is none', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    await store.append(append(0, events(0, 4)));
    node.fail({ on: 'read', stream: 'ledger-', kind: 'skip-event' });
    node.fail({ on: 'read', stream: '$all', kind: 'skip-event' });
    await expect(store.read(BAKERY, 1, 10)).rejects.toThrow(StoreUnavailable);
    await expect(store.readAll(0, 10)).rejects.toThrow(StoreUnavailable);
    expect(await store.read(BAKERY, 1, 10)).toEqual(events(0, 4));
  });
});

describe('the index of ledgers', () => {
  it('names no ledger that has no event', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    node.fail({ on: 'append', stream: 'ledger-', kind: 'access-denied' });
    await reasonOf(store.append(append(0, events(0, 1))));
    await store.append(append(0, events(0, 1, GROCERY), GROCERY));
    expect((await store.heads(null, 10)).map(({ ledger }) => ledger)).toEqual([GROCERY]);
    expect(node.log.stream('ledgers')).toHaveLength(2);
  });

  it('is one for all nodes', async () => {
    const node = await aNode();
    const [here, there] = [await aStore(node), await aStore(node)];
    expect(await here.store.heads(null, 10)).toEqual([]);
    await there.store.append(append(0, events(0, 2)));
    expect((await here.store.heads(null, 10)).map(({ sequence }) => sequence)).toEqual([2]);
  });

  it('gets what it lacks when the whole is read', async () => {
    const node = await aNode();
    node.log.append(STREAM, NO_STREAM, [foreign]);
    const { store, troubles } = await aStore(node);
    expect(await store.heads(null, 10)).toEqual([]);
    await store.readAll(0, 10);
    await until(() => troubles.some(({ what }) => what === 'index-repaired'));
    expect((await store.heads(null, 10)).map(({ ledger }) => ledger)).toEqual([BAKERY]);
  });
});

describe('a store that is opened for reading', () => {
  it('is not made: where there is none it is refused, and the server stays empty', async () => {
    const node = await aNode();
    const reason = await reasonOf(
      openEventStoreDb({ connectionString: node.connectionString(), timing: TIMING, readOnly: true }),
    );
    expect(reason).toMatchObject({ name: 'AddressRefused', why: 'no-store' });
    expect(node.log.all).toHaveLength(0);
  });

  it('reads what others write, under the id that they gave it', async () => {
    const node = await aNode();
    const [{ store }, reader] = [await aStore(node), await aStore(node, { readOnly: true })];
    await store.append(append(0, events(0, 3)));
    expect(await reader.store.id()).toBe(await store.id());
    expect(await reader.store.read(BAKERY, 1, 10)).toEqual(events(0, 3));
    expect(await reader.store.heads(null, 10)).toEqual(await store.heads(null, 10));
    expect(await reader.store.latestCheckpoint(BAKERY)).toEqual(await store.latestCheckpoint(BAKERY));
  });

  it('takes no event and no checkpoint', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    await store.append(append(0, events(0, 1)));
    await store.close();
    const written = node.log.all.length;
    const reader = await aStore(node, { readOnly: true });
    for (const write of [
      reader.store.append(append(1, events(1, 1))),
      reader.store.append(append(0, events(0, 1, GROCERY), GROCERY)),
      reader.store.keepCheckpoint({ ledger: BAKERY, size: 1, note: 'a note' }),
    ])
      expect(await reasonOf(write)).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-written' });
    expect(node.log.all).toHaveLength(written);
  });

  it('leaves the index as it is', async () => {
    const node = await aNode();
    await (await aStore(node)).store.close();
    node.log.append(STREAM, NO_STREAM, [foreign]);
    const written = node.log.all.length;
    const { store, troubles } = await aStore(node, { readOnly: true });
    expect(await store.heads(null, 10)).toEqual([]);
    expect(sequencesOf(await store.readAll(0, 10))).toEqual([1]);
    // Closing waits for repairs.
    await store.close();
    expect(node.log.all).toHaveLength(written);
    expect(troubles).toEqual([]);
  });
});

describe('checkpoints', () => {
  it('may stay behind: the events are written all the same', async () => {
    const node = await aNode();
    const { store, troubles } = await aStore(node);
    await store.append(append(0, events(0, 2)));
    await store.latestCheckpoint(BAKERY);
    node.fail({ on: 'append', stream: 'checkpoint-', kind: 'access-denied' });
    await store.append(append(2, events(2, 1)));
    expect((await store.latestCheckpoint(BAKERY))?.size).toBe(2);
    expect(troubles.map(({ what }) => what)).toEqual(['checkpoint-left-behind']);
    await store.append(append(3, events(3, 1)));
    expect((await store.checkpoints(BAKERY, 0, 10)).map(({ size }) => size)).toEqual([2, 4]);
  });

  it('do not pile up while they cannot be written', async () => {
    const node = await aNode();
    const { store, troubles } = await aStore(node, { timing: { ...TIMING, patience: 60_000 } });
    node.fail({ on: 'append', stream: 'checkpoint-', kind: 'busy', times: 1_000_000 });
    for (let after = 0; after < 66; after += 1) void store.append(append(after, events(after, 1)));
    await until(() => troubles.length === 2);
    node.recover();
    const last = await store.latestCheckpoint(BAKERY);
    expect(last?.size).toBe(64);
    expect(troubles.map(({ what }) => what)).toEqual(['checkpoint-left-behind', 'checkpoint-left-behind']);
    await store.append(append(66, events(66, 1)));
    expect((await store.latestCheckpoint(BAKERY))?.size).toBe(67);
  });

  it('that cannot be written are given up together, and do not hold up the end', async () => {
    const node = await aNode();
    const timing = { ...TIMING, call: 200, patience: 3_000 };
    const { store, troubles } = await aStore(node, { timing });
    node.fail({ on: 'append', stream: 'checkpoint-', kind: 'drop', times: 1_000_000 });
    for (let after = 0; after < 20; after += 1) await store.append(append(after, events(after, 1)));
    const asked = performance.now();
    expect(await store.latestCheckpoint(BAKERY)).toBeNull();
    // The first one and the last one: were each of them tried in vain, it would take a minute.
    expect(performance.now() - asked).toBeLessThan(20_000);
    expect(troubles.map(({ what }) => what)).toEqual(['checkpoint-left-behind', 'checkpoint-left-behind']);
    await store.append(append(20, events(20, 1)));
    const closed = performance.now();
    await store.close();
    expect(performance.now() - closed).toBeLessThan(timing.patience);
  });

  it.each(['busy', 'cut'] as const)(
    'that a server which is there refuses once (%s) are written before the end',
    async (kind) => {
      const node = await aNode();
      const { store, troubles } = await aStore(node);
      await store.append(append(0, events(0, 1)));
      await store.latestCheckpoint(BAKERY);
      node.fail({ on: 'append', stream: 'checkpoint-', kind });
      await store.append(append(1, events(1, 1)));
      await store.close();
      expect(node.log.stream(`checkpoint-${BAKERY}`)).toHaveLength(2);
      expect(troubles).toEqual([]);
    },
  );

  it('are written once although an answer was lost', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    node.fail({ on: 'append', stream: 'checkpoint-', kind: 'lose-answer', times: 3 });
    await store.append(append(0, events(0, 1)));
    await store.append(append(1, events(1, 1)));
    expect((await store.checkpoints(BAKERY, 0, 10)).map(({ size }) => size)).toEqual([1, 2]);
  });

  it('of two nodes that take turns are all kept', async () => {
    const node = await aNode();
    const [here, there] = [await aStore(node), await aStore(node)];
    for (let after = 0; after < 6; after += 2) {
      for (const [index, { store }] of [here, there].entries()) {
        await store.append(append(after + index, events(after + index, 1)));
        await store.latestCheckpoint(BAKERY);
      }
    }
    expect((await here.store.checkpoints(BAKERY, 0, 10)).map(({ size }) => size)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...here.troubles, ...there.troubles]).toEqual([]);
  });

  it('of two nodes grow, and one that comes too late is left out', async () => {
    const node = await aNode();
    const [here, there] = [await aStore(node), await aStore(node)];
    node.fail({ on: 'append', stream: 'checkpoint-', kind: { delay: 300 } });
    await here.store.append(append(0, events(0, 1)));
    await there.store.append(append(1, events(1, 1)));
    await there.store.latestCheckpoint(BAKERY);
    await here.store.latestCheckpoint(BAKERY);
    await here.store.append(append(2, events(2, 1)));
    expect((await here.store.checkpoints(BAKERY, 0, 10)).map(({ size }) => size)).toEqual([2, 3]);
  });
});

describe('notices of what other nodes write', () => {
  async function listening(node: EventStoreDbDouble) {
    const { store, troubles } = await aStore(node);
    const told: Head[] = [];
    store.onAppended((heads) => told.push(...heads));
    await until(() => node.subscribers > 0);
    const other = await aStore(node);
    return { store, troubles, told, other: other.store };
  }

  it('come once, however often the server sends them', async () => {
    const node = await aNode();
    const { told, other } = await listening(node);
    node.fail({ on: 'event', kind: 'answer-twice', times: 100 });
    for (let after = 0; after < 5; after += 1) await other.append(append(after, events(after, 1)));
    await until(() => told.at(-1)?.sequence === 5);
    expect(new Set(sequencesOf(told)).size).toBe(told.length);
    expect(told.at(-1)).toEqual(await other.head(BAKERY));
  });

  it('go on after the subscription was cut, where it was', async () => {
    const node = await aNode();
    const { told, other, troubles } = await listening(node);
    await other.append(append(0, events(0, 1)));
    await until(() => told.length > 0);
    node.fail({ on: 'subscribe', kind: 'cut', times: 2 });
    node.cutSubscriptions();
    await other.append(append(1, events(1, 2)));
    await until(() => told.at(-1)?.sequence === 3);
    expect(troubles.filter(({ what }) => what === 'subscription-cut')).toHaveLength(3);
  });

  it('go on with the next append when one was left out, and call that no trouble', async () => {
    const node = await aNode();
    const { told, other, troubles } = await listening(node);
    await other.append(append(0, events(0, 1)));
    await until(() => told.length > 0);
    node.fail({ on: 'event', kind: 'skip-event' });
    await other.append(append(1, events(1, 1)));
    await other.append(append(2, events(2, 1)));
    await until(() => told.at(-1)?.sequence === 3);
    await delay(50);
    expect(troubles).toEqual([]);
  });

  it('tell of events that a checkpoint covers and the ledger does not have', async () => {
    const node = await aNode();
    const { told, other, troubles } = await listening(node);
    await other.append(append(0, events(0, 1)));
    await until(() => told.length > 0);
    node.fail({ on: 'event', kind: 'skip-event' });
    await other.append(append(1, events(1, 2)));
    await other.latestCheckpoint(BAKERY);
    node.fail({ on: 'read', stream: `ledger-${BAKERY}`, kind: 'skip-event', times: 1_000 });
    await other.append(append(3, events(3, 1)));
    await until(() => troubles.some(({ what }) => what === 'sequence-gap'));
    expect(troubles.at(-1)?.message).toContain('of events 2 to 3 some are missing');
  });

  it('of one’s own appends come once, from whoever is first', async () => {
    const node = await aNode();
    const { store, told } = await listening(node);
    for (let after = 0; after < 20; after += 2) await store.append(append(after, events(after, 2)));
    await delay(50);
    expect(sequencesOf(told)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
  });
});

describe('a store that is closed', () => {
  it('tries nothing again', async () => {
    const node = await aNode();
    const { store } = await aStore(node);
    node.fail({ on: 'read', kind: 'busy', times: 1_000_000 });
    const reading = reasonOf(store.readAll(0, 10));
    await delay(50);
    const closed = performance.now();
    await store.close();
    expect(await reading).toBeInstanceOf(StoreUnavailable);
    expect(performance.now() - closed).toBeLessThan(TIMING.patience / 2);
  });
});

describe('a connection string', () => {
  it.each([
    ['https://admin:geheim@127.0.0.1:2113'],
    ['esdb://admin:geheim@127.0.0.1:2113?colour=blue'],
    ['esdb://admin:geheim@127.0.0.1:2113?tlsVerifyCert=false'],
    ['esdb://admin:geheim@127.0.0.1:2113?tlsCAFile=/nowhere/ca.crt'],
    ['esdb://admin:geheim@127.0.0.1:kein-port'],
    ['kurrentdb://admin:geheim@127.0.0.1:2113?keepAliveInterval=never'],
  ])('is refused without a word of its secrets (%#)', async (connectionString) => {
    const said: unknown[] = [];
    const warn = jest.spyOn(console, 'warn').mockImplementation((...words) => said.push(...words));
    const reason = await reasonOf(openEventStoreDb({ connectionString }));
    warn.mockRestore();
    expect(reason).toMatchObject({ name: 'AddressRefused' });
    expect(`${String(reason)} ${said.map(String).join(' ')}`).not.toContain('geheim');
  });

  it('that leads to a search without end is given up in the time of a call', async () => {
    const endless = 'esdb+discover://127.0.0.1:1?tls=false&discoveryInterval=60000';
    const client = await openGrpcClient(endless, 50);
    const began = performance.now();
    await expect(client.append('any', 'no-stream', [])).rejects.toMatchObject({ kind: 'not-handled' });
    await expect(client.readAll({ prefix: '', from: 'start', limit: 1 })).rejects.toMatchObject({
      kind: 'not-handled',
    });
    expect(performance.now() - began).toBeLessThan(30_000);
    await client.close();
  });

  it('to nobody is unavailable, without a word of its secrets', async () => {
    const reason = await reasonOf(
      openEventStoreDb({
        connectionString: 'esdb://admin:geheim@127.0.0.1:1?tls=false',
        timing: SHORT_OF_TIME,
      }),
    );
    expect(reason).toBeInstanceOf(StoreUnavailable);
    expect(String(reason)).not.toContain('geheim');
  });
});

describe('a connection over TLS', () => {
  const user = { name: 'caisse', password: 'p@ss:wört/1' };
  const asWritten = `caisse:${encodeURIComponent(user.password)}`;
  const authority = `tlsCAFile=${encodeURIComponent(AUTHORITY_FILE)}`;

  it.each(['esdb', 'kurrentdb'])('carries the credentials of the string (%s)', async (scheme) => {
    const node = await aNode({ user });
    const { store } = await aStore(node, {
      connectionString: `${scheme}://${asWritten}@${node.endpoint}?${authority}`,
    });
    await store.append(append(0, events(0, 2)));
    expect(await store.read(BAKERY, 1, 10)).toEqual(events(0, 2));
  });

  it.each([
    ['with another password', `caisse:geheim@`, authority],
    ['without credentials', '', authority],
    ['to a node whose certificate nobody vouches for', `${asWritten}@`, 'tls=true'],
    ['in clear', `${asWritten}@`, 'tls=false'],
  ])('does not come about %s', async (_how, credentials, parameters) => {
    const node = await aNode({ user });
    const connectionString = `esdb://${credentials}${node.endpoint}?${parameters}`;
    const reason = await reasonOf(openEventStoreDb({ connectionString, timing: SHORT_OF_TIME }));
    expect(reason).toBeInstanceOf(StoreUnavailable);
    expect(String(reason)).not.toMatch(/geheim|ss(:|%3A)w/);
    expect(node.log.all).toHaveLength(0);
  });
});
