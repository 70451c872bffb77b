import '../support/eventstoredb-double/kurrent-first';
import {
  type AppendToStreamOptions,
  binaryEvent,
  ErrorType,
  EventStoreDBClient,
  MaxAppendSizeExceededError,
  NO_STREAM,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultKind } from '../support/eventstoredb-double/faults';
import { EventStoreDbDouble } from '../support/eventstoredb-double/server';
import { eventAnswer } from '../support/eventstoredb-double/wire';

const STREAM = 'ledger-bakery';
const MAX_APPEND_SIZE = 4_096;

const anEvent = (bytes: number) =>
  binaryEvent({
    id: randomUUID(),
    type: 'fact',
    data: Buffer.alloc(bytes, 'é'),
    metadata: Buffer.from([0, 255]),
  });

/**
 * What the service's adapter asks of it the contracts of the event store show. Here the vendor's own client tells how it
 * answers, by both ways of appending that a server has: the client takes the single one when a call brings a user.
 */
describe.each<[string, AppendToStreamOptions]>([
  ['Append', { credentials: { username: 'anybody', password: 'any' } }],
  ['BatchAppend', {}],
])('the double of EventStoreDB, by %s', (_way, way) => {
  let double: EventStoreDbDouble;
  let client: EventStoreDBClient;

  beforeEach(async () => {
    double = await EventStoreDbDouble.start({ maxAppendSize: MAX_APPEND_SIZE });
    client = EventStoreDBClient.connectionString(`${double.connectionString()}&defaultDeadline=1000`);
  });
  afterEach(async () => {
    await client.dispose();
    await double.stop();
  });

  const append = (after: number, ...events: readonly ReturnType<typeof anEvent>[]) =>
    client.appendToStream(STREAM, [...events], {
      ...way,
      expectedRevision: after === 0 ? NO_STREAM : BigInt(after - 1),
    });

  async function ids(): Promise<string[]> {
    const found: string[] = [];
    for await (const { event } of client.readStream(STREAM)) if (event) found.push(event.id);
    return found;
  }

  const errorOf = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    );

  it('keeps what is appended, to the byte, and says where it lies', async () => {
    const [first, second] = [anEvent(8), anEvent(0)];
    expect(await append(0, first, second)).toMatchObject({ success: true, nextExpectedRevision: 1n });
    const read = [];
    for await (const { event } of client.readStream(STREAM)) read.push(event);
    expect(read).toMatchObject([
      { id: first.id, revision: 0n, type: 'fact' },
      { id: second.id, revision: 1n },
    ]);
    expect(Buffer.compare(read[0]?.data as Uint8Array, first.data)).toBe(0);
    expect(Buffer.compare(read[0]?.metadata as Uint8Array, first.metadata as Uint8Array)).toBe(0);
  });

  it('refuses another revision than the stream has, and says which that is', async () => {
    await append(0, anEvent(1), anEvent(1));
    for (const [after, current] of [
      [0, 1n],
      [1, 1n],
      [3, 1n],
    ] as const) {
      const error = await errorOf(append(after, anEvent(1)));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ actualVersion: current });
    }
    expect(await ids()).toHaveLength(2);
  });

  it('answers the same events at the same revision as the first time', async () => {
    const events = [anEvent(1), anEvent(2)];
    await append(0, ...events);
    await append(2, anEvent(3));
    expect(await append(0, ...events)).toMatchObject({ success: true, nextExpectedRevision: 1n });
    expect(await ids()).toHaveLength(3);
  });

  it('takes so many bytes at once and no more', async () => {
    const error = await errorOf(append(0, anEvent(MAX_APPEND_SIZE)));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(await errorOf(ids())).toBeInstanceOf(StreamNotFoundError);
  });

  it.each<[FaultKind, readonly ErrorType[] | 'no error', number]>([
    ['cut', [ErrorType.UNAVAILABLE], 0],
    // By a status of its own in the batch, which the client has no name for.
    ['busy', [ErrorType.UNAVAILABLE, ErrorType.UNKNOWN], 0],
    ['access-denied', [ErrorType.ACCESS_DENIED], 0],
    ['stream-deleted', [ErrorType.STREAM_DELETED], 0],
    ['lose-answer', [ErrorType.UNAVAILABLE], 1],
    ['answer-twice', 'no error', 1],
    [{ delay: 20 }, 'no error', 1],
  ])('fails as it is told: %j', async (kind, types, kept) => {
    double.fail({ on: 'append', kind });
    const error = (await errorOf(append(0, anEvent(1)))) as { type: ErrorType } | null;
    if (types === 'no error') expect(error).toBeNull();
    else expect(types).toContain(error?.type);
    expect(double.log.stream(STREAM)?.length ?? 0).toBe(kept);
  });

  it.each<[FaultKind, number]>([
    ['drop', 0],
    ['swallow-answer', 1],
  ])('says nothing as it is told: %j', async (kind, kept) => {
    double.fail({ on: 'append', kind });
    // The client waits for a single append as long as a call may take, for a batch for ever.
    const answered = errorOf(append(0, anEvent(1))).then((error) =>
      error === null ? 'answered' : (error as { type: ErrorType }).type,
    );
    const silence = delay(1_500, 'silence', { ref: false });
    expect(['silence', ErrorType.DEADLINE_EXCEEDED]).toContain(await Promise.race([answered, silence]));
    expect(double.log.stream(STREAM)?.length ?? 0).toBe(kept);
  });
});

describe('an event as the double writes it', () => {
  const NO_POSITION = String(2n ** 64n - 1n);

  it.each<[string, bigint, number, Buffer]>([
    ['the first of a stream, without data', 1_477n, 0, Buffer.alloc(0)],
    ['a later one', 2_800n, 300, Buffer.from('é\u2028😀')],
    ['one beyond 2^53', 2n ** 53n + 5n, 2 ** 40, Buffer.alloc(70_000, 7)],
  ])('is what the vendor reads: %s', (_which, position, revision, data) => {
    const [id, stream, type] = [randomUUID(), 'ledger-bäckerei', 'fact'];
    const record = {
      id,
      stream,
      type,
      contentType: 'application/json',
      data,
      metadata: data,
      revision,
      position,
    };
    for (const isOfWhole of [true, false]) {
      const event = ReadResp.deserializeBinary(eventAnswer(record, isOfWhole)).getEvent();
      const recorded = event?.getEvent();
      const at = isOfWhole ? String(position) : NO_POSITION;
      expect(event?.hasNoPosition()).toBe(!isOfWhole);
      expect(event?.hasCommitPosition() && event.getCommitPosition()).toBe(isOfWhole && at);
      expect([recorded?.getCommitPosition(), recorded?.getPreparePosition()]).toEqual([at, at]);
      expect(recorded?.getId()?.getString()).toBe(id);
      expect(recorded?.getStreamRevision()).toBe(String(revision));
      expect(Buffer.from(recorded?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()).toBe(
        stream,
      );
      expect(new Map(recorded?.getMetadataMap().toArray())).toEqual(
        new Map([
          ['type', type],
          ['content-type', 'application/json'],
          ['created', '0'],
        ]),
      );
      expect(Buffer.compare(recorded?.getData_asU8() ?? Buffer.of(0), data)).toBe(0);
      expect(Buffer.compare(recorded?.getCustomMetadata_asU8() ?? Buffer.of(0), data)).toBe(0);
    }
  });
});
