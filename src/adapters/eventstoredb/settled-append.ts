import { StoreUnavailable } from '../../ports/event-store';
import {
  ClientFailure,
  type EventStoreDbClient,
  type Position,
  type ProposedEvent,
  type RecordedEvent,
} from './client';
import { Patience, type Timing } from './patience';

export type Settled =
  | { readonly result: 'written'; readonly position: Position | null; readonly hadDoubt: boolean }
  | { readonly result: 'conflict'; readonly actualSequence: number };

/**
 * Appends to a stream and comes back with one truth. An answer that is lost (no answer in time, a connection cut, another
 * leader) is settled by sending the same bytes again at the same revision, which a server that has them answers
 * as the first time, and by comparing what is in the stream with what was sent.
 *
 * @throws StoreUnavailable when the truth cannot be had within the time
 */
export async function appendSettled(
  client: EventStoreDbClient,
  timing: Timing,
  stream: string,
  expectedSequence: number,
  events: readonly ProposedEvent[],
): Promise<Settled> {
  const expected = expectedSequence === 0 ? 'no-stream' : expectedSequence - 1;
  const patience = new Patience(timing);
  let hasDoubt = false;
  for (;;) {
    try {
      const answer = await client.append(stream, expected, events);
      if (hasDoubt) return await compare(client, stream, expectedSequence, events);
      if (answer.result === 'written') return { ...answer, hadDoubt: false };
      return { result: 'conflict', actualSequence: answer.actualRevision + 1 };
    } catch (error) {
      if (!(error instanceof ClientFailure)) throw error;
      if (error.kind === 'uncertain') hasDoubt = true;
      if (error.kind !== 'refused' && (await patience.next())) continue;
      if (!hasDoubt) throw new StoreUnavailable(error.message, 'not-written', { cause: error });
      return await lastLook(client, stream, expectedSequence, events, error);
    }
  }
}

/** What is in the stream where the events should be: theirs, or others'. @throws ClientFailure */
async function compare(
  client: EventStoreDbClient,
  stream: string,
  expectedSequence: number,
  events: readonly ProposedEvent[],
): Promise<Settled> {
  const limit = events.length;
  const found = await client.readStream({ stream, from: expectedSequence, direction: 'forwards', limit });
  if (found.length === limit && found.every((event, index) => isSame(event, events[index])))
    return { result: 'written', position: null, hadDoubt: true };
  const [last] = await client.readStream({ stream, from: 'end', direction: 'backwards', limit: 1 });
  return { result: 'conflict', actualSequence: last ? last.revision + 1 : 0 };
}

/**
 * There is no time for another try. The stream may still hold the events, or others; where it holds neither, they may
 * yet arrive, and nobody knows.
 */
async function lastLook(
  client: EventStoreDbClient,
  stream: string,
  expectedSequence: number,
  events: readonly ProposedEvent[],
  cause: ClientFailure,
): Promise<Settled> {
  const settled = await compare(client, stream, expectedSequence, events).catch((error: unknown) => {
    if (error instanceof ClientFailure) return null;
    throw error;
  });
  if (settled?.result === 'written') return settled;
  if (settled?.result === 'conflict' && settled.actualSequence > expectedSequence) return settled;
  throw new StoreUnavailable(cause.message, 'unknown', { cause });
}

function isSame(event: RecordedEvent, sent: ProposedEvent | undefined): boolean {
  return (
    sent !== undefined &&
    Buffer.compare(event.data, Buffer.from(sent.data)) === 0 &&
    Buffer.compare(event.metadata, Buffer.from(sent.metadata)) === 0
  );
}
