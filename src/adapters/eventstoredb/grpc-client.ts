import { inTime } from '../in-time';
import { AppendSession } from './append-session';
import {
  type AllRead,
  type AllSubscription,
  type AppendAnswer,
  ClientFailure,
  type EventStoreDbClient,
  type ExpectedRevision,
  type ProposedEvent,
  type RecordedEvent,
  type StreamRead,
} from './client';
import { connect, type Connection, failureOf, secretsOf } from './connection';
import {
  allRequest,
  BATCH_APPEND,
  READ,
  type ReadAnswer,
  readAnswer,
  streamRequest,
  subscriptionRequest,
} from './messages';

/** A page may take so many times as long as its first event, as long as it keeps coming. */
const LONGEST_READ = 10;

/** Messages are decoded where they arrive: gRPC would make of any error there one of the server's. */
const asIs = (content: Buffer) => content;

/**
 * Speaks the protocol of EventStoreDB ≥ 21.10 and of KurrentDB. Everything goes to the leader: what was written must
 * be seen, and a refusal must not rest on what a follower has not heard of yet.
 *
 * @throws AddressRefused
 */
export async function openGrpcClient(
  connectionString: string,
  deadline: number,
): Promise<EventStoreDbClient> {
  const connection = await connect(connectionString);
  const secrets = secretsOf(connectionString);
  return new GrpcClient(connection, deadline, (error) => failureOf(error, secrets));
}

class GrpcClient implements EventStoreDbClient {
  private session: Promise<AppendSession> | null = null;

  constructor(
    private readonly connection: Connection,
    private readonly deadline: number,
    private readonly failureOf: (error: unknown) => Error,
  ) {}

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly ProposedEvent[],
  ): Promise<AppendAnswer> {
    const session = await this.appendSession();
    try {
      return await session.append(stream, expected, events, this.deadline);
    } catch (error) {
      // Whatever it was: the next one goes out on a call of its own, to where the leader is then.
      if (error instanceof ClientFailure && error.kind !== 'refused') session.retire();
      throw error;
    }
  }

  readStream(read: StreamRead): Promise<RecordedEvent[]> {
    return this.read(streamRequest(read));
  }

  readAll(read: AllRead): Promise<RecordedEvent[]> {
    return this.read(allRequest(read));
  }

  subscribe(subscription: AllSubscription): { readonly close: () => void } {
    const state: { isClosed: boolean; cancel: () => void } = { isClosed: false, cancel: () => undefined };
    const end = (error: unknown) => {
      if (state.isClosed) return;
      state.isClosed = true;
      subscription.onEnd(this.failureOf(error));
    };
    this.callRead(subscriptionRequest(subscription.prefix, subscription.after), Infinity).then((call) => {
      state.cancel = () => call.cancel();
      call.on('data', (content: Buffer) => {
        if (state.isClosed) return;
        const answer = decoded(content, (error) => {
          end(error);
          call.cancel();
        });
        if (answer) pass(answer, subscription);
      });
      call.on('error', end);
      call.on('end', () => end(new ClientFailure('the server ended the subscription', 'uncertain')));
      if (state.isClosed) call.cancel();
    }, end);
    return {
      close: () => {
        state.isClosed = true;
        state.cancel();
      },
    };
  }

  async close(): Promise<void> {
    const session = await this.session?.catch(() => null);
    session?.close();
    await this.connection.client.dispose();
    const looking = this.connection.client.getChannel();
    const channel = await inTime(looking, this.deadline, () => new Error('no channel')).catch(() => null);
    channel?.close();
  }

  private async appendSession(): Promise<AppendSession> {
    const known = this.session;
    const session = await known?.catch(() => null);
    if (session && !session.isOver) return session;
    // Who comes at the same time waits for the same call.
    if (this.session === null || this.session === known) this.session = this.openSession();
    return this.session;
  }

  private async openSession(): Promise<AppendSession> {
    const { client, Calls } = this.connection;
    const [metadata, options] = client.callArguments({ requiresLeader: true }, { deadline: Infinity });
    const create = client.GRPCStreamCreator(Calls, 'batchAppend', (calls) =>
      calls.makeBidiStreamRequest(BATCH_APPEND, asIs, asIs, metadata, options),
    );
    try {
      return new AppendSession(await this.made(create()), this.failureOf);
    } catch (error) {
      throw this.failureOf(error);
    }
  }

  private callRead(request: Buffer, deadline: number) {
    const { client, Calls } = this.connection;
    const [metadata, options] =
      deadline === Infinity
        ? client.callArguments({ requiresLeader: true }, { deadline })
        : client.callArguments({ requiresLeader: true, deadline });
    const create = client.GRPCStreamCreator(Calls, 'read', (calls) =>
      calls.makeServerStreamRequest(READ, asIs, asIs, request, metadata, options),
    );
    return this.made(create());
  }

  /** The packages look for a node before they make a call, and say nothing of how long that may take. */
  private made<Call extends { cancel(): void }>(call: Promise<Call>): Promise<Call> {
    return inTime(call, this.deadline, () => {
      call.then(
        (late) => late.cancel(),
        () => undefined,
      );
      return new ClientFailure(`no connection within ${this.deadline} ms`, 'not-handled');
    });
  }

  private async read(request: Buffer): Promise<RecordedEvent[]> {
    try {
      const call = await this.callRead(request, LONGEST_READ * this.deadline);
      return await new Promise((resolve, reject) => {
        const events: RecordedEvent[] = [];
        const giveUp = (failure: Error) => {
          clearTimeout(timer);
          call.cancel();
          reject(failure);
        };
        const timer = setTimeout(
          () => giveUp(new ClientFailure(`nothing came within ${this.deadline} ms`, 'uncertain')),
          this.deadline,
        );
        call.on('data', (content: Buffer) => {
          timer.refresh();
          const event = decoded(content, giveUp)?.event;
          if (event) events.push(event);
        });
        call.on('end', () => {
          clearTimeout(timer);
          resolve(events);
        });
        call.on('error', (error) => {
          clearTimeout(timer);
          reject(error);
        });
      });
    } catch (error) {
      throw this.failureOf(error);
    }
  }
}

/** Null, once `fail` was told, where it is no answer. */
function decoded(content: Buffer, fail: (error: Error) => void): ReadAnswer | null {
  try {
    return readAnswer(content);
  } catch (error) {
    fail(error as Error);
    return null;
  }
}

function pass(answer: ReadAnswer, { onConfirmed, onEvent, onCheckpoint }: AllSubscription): void {
  if (answer.isConfirmation) onConfirmed();
  if (answer.checkpoint) onCheckpoint(answer.checkpoint);
  if (answer.event) onEvent(answer.event);
}
