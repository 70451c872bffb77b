import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AppendRequest,
  EventStore,
  type Head,
  LARGEST_PAGE,
  openedForReading,
  type PositionedEvent,
  requireWellFormed,
  signedCheckpoint,
  type StoredCheckpoint,
  type StoredEvent,
  StoreUnavailable,
  WrongRevision,
} from '../../ports/event-store';
import { AddressRefused } from '../../ports/store-address';
import type { StoreTrouble } from '../../ports/store-trouble';
import { BoundedMap, OneByOne } from './bounded-map';
import { type Appended, CheckpointStreams } from './checkpoint-streams';
import { ClientFailure, type EventStoreDbClient, type Position, type RecordedEvent } from './client';
import { Follower } from './follower';
import { openGrpcClient } from './grpc-client';
import { HeadNotices } from './head-notices';
import { headOf, Layout, note, numberOf, positionOfNumber, proposedOf, storedOf, textOf } from './layout';
import { LedgerIndex } from './ledger-index';
import { LARGEST_APPEND, partsOf } from './parts';
import { TIMING, type Timing, Tries } from './patience';
import { appendSettled } from './settled-append';

export type EventStoreDbOptions = {
  /** `esdb://…` or `kurrentdb://…`, with `+discover` for a cluster behind a name. It may hold credentials. */
  readonly connectionString: string;
  /** What the names of all streams begin with: several stores of one server are kept apart by it. */
  readonly streamPrefix?: string;
  /** For what reads beside the nodes that append: nothing is written, not even the id of a new store. */
  readonly readOnly?: boolean;
  readonly timing?: Partial<Timing>;
  /** What the server takes in one append (its `MaxAppendSize`), in bytes. */
  readonly largestAppend?: number;
  readonly onTrouble?: (trouble: StoreTrouble) => void;
};

/** How the parts come about; others are put in their places to show that the contract finds a fault in them. */
export type Parts = {
  readonly openClient: (connectionString: string, deadline: number) => Promise<EventStoreDbClient>;
  readonly makeNotices: () => HeadNotices;
};

const PARTS: Parts = { openClient: openGrpcClient, makeNotices: () => new HeadNotices() };

const KNOWN_LEDGERS = 100_000;
const HEADS_AT_ONCE = 32;
/** Of one ledger: events go on while its checkpoints cannot be written, and those do not pile up. */
const CHECKPOINTS_WAITING = 64;
/** How long the last ones are tried again when the store is closed, in milliseconds. */
const LAST_CHECKPOINTS_MS = 2_500;
const SEARCH_PAGE = 1000;
/** Of events of which nothing was heard. */
const LOOKED_INTO = 1000;

/**
 * Opens a store of events in EventStoreDB (21.10 and later) or KurrentDB. It is reached, and its id is made or read, before
 * this answers.
 *
 * @throws AddressRefused, also where there is no store to read; StoreUnavailable
 */
export async function openEventStoreDb(
  { connectionString, streamPrefix = '', readOnly = false, ...options }: EventStoreDbOptions,
  { openClient, makeNotices }: Parts = PARTS,
): Promise<EventStore> {
  const tries = new Tries({ ...TIMING, ...options.timing });
  const client = await openClient(connectionString, tries.timing.call);
  const layout = new Layout(streamPrefix);
  try {
    const server = { client, layout, tries };
    const known = await readIdentity(server);
    if (known === null && readOnly) throw new AddressRefused('no-store', 'the server has no store to read');
    const id = known ?? (await makeIdentity(server));
    return new EventStoreDbStore(id, client, layout, {
      tries,
      readOnly,
      largestAppend: options.largestAppend ?? LARGEST_APPEND,
      notices: makeNotices(),
      onTrouble: options.onTrouble ?? (() => undefined),
    });
  } catch (error) {
    await client.close();
    throw unavailable(error);
  }
}

type Server = { readonly client: EventStoreDbClient; readonly layout: Layout; readonly tries: Tries };

/** The id that the first to come wrote; null where nobody has. */
async function readIdentity({ client, layout, tries }: Server): Promise<string | null> {
  const [known] = await tries.patiently(() =>
    client.readStream({ stream: layout.identity, from: 0, direction: 'forwards', limit: 1 }),
  );
  return known ? textOf(known.data) : null;
}

/** Of those who come at once, the first gives the id: the stream is written once. */
async function makeIdentity(server: Server): Promise<string> {
  const { client, layout, tries } = server;
  await tries.patiently(() => client.append(layout.identity, 'no-stream', [note('store', randomUUID())]));
  const written = await readIdentity(server);
  if (written === null) throw new ClientFailure('the store has no id', 'uncertain');
  return written;
}

type Dependencies = {
  readonly tries: Tries;
  readonly readOnly: boolean;
  readonly largestAppend: number;
  readonly notices: HeadNotices;
  readonly onTrouble: (trouble: StoreTrouble) => void;
};

class EventStoreDbStore extends EventStore {
  override readonly isShared = true;
  /** An append is a way to a server and back; so many sales are about as much as one call may have under way (768 KiB). */
  override readonly entriesPerAppend = 512;
  private readonly index: LedgerIndex;
  private readonly checkpointStreams: CheckpointStreams;
  private readonly follower: Follower;
  private isFollowing = false;
  /** The last sequence that is known of a ledger: it may have more by now, never fewer. */
  private readonly known = new BoundedMap<string, number>(KNOWN_LEDGERS);
  private readonly appends = new OneByOne();
  private readonly checkpointing = new OneByOne();
  private readonly repairing = new OneByOne();
  /** When a checkpoint of a ledger could last not be written. */
  private readonly unsigned = new BoundedMap<string, number>(KNOWN_LEDGERS);
  private closing: Promise<void> | null = null;
  /** Where the last page of the whole ended, and what each ledger had come to. */
  private lastPage = { end: -1, sequences: new BoundedMap<string, number>(0) };

  constructor(
    private readonly storeId: string,
    private readonly client: EventStoreDbClient,
    private readonly layout: Layout,
    private readonly dependencies: Dependencies,
  ) {
    super();
    const { tries, notices } = dependencies;
    this.index = new LedgerIndex(client, layout, tries);
    this.checkpointStreams = new CheckpointStreams(client, layout, tries);
    this.follower = new Follower(client, layout, tries, {
      onHead: (head) => {
        this.noticed(head);
        notices.hear(head);
      },
      onGap: (ledger, after, until) => void this.lookInto(ledger, after, until),
      onCut: ({ message }) => this.trouble('subscription-cut', message),
    });
  }

  override id(): Promise<string> {
    return Promise.resolve(this.storeId);
  }

  override async append(request: AppendRequest): Promise<void> {
    requireWellFormed(request);
    const text = signedCheckpoint(request);
    if (this.dependencies.readOnly) throw openedForReading();
    if (this.closing) throw new StoreUnavailable('the store is closed', 'not-written');
    const own = { ...request, events: [...request.events] };
    return this.appends.run(request.ledger, () => this.write(own, text));
  }

  override head(ledger: string): Promise<Head | null> {
    return this.asking(() => this.readHead(ledger));
  }

  override heads(after: string | null, limit: number): Promise<readonly Head[]> {
    return this.asking(async () => {
      const size = pageOf(limit);
      const heads: Head[] = [];
      const ledgers = size === 0 ? [] : await this.index.after(after);
      for (let from = 0; from < ledgers.length && heads.length < size; from += HEADS_AT_ONCE) {
        const some = ledgers.slice(from, from + HEADS_AT_ONCE);
        const found = await Promise.all(some.map((ledger) => this.readHead(ledger)));
        // A ledger is named before its first event: it may not have one.
        heads.push(...found.filter((head) => head !== null));
      }
      return heads.slice(0, size);
    });
  }

  override read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.asking(async () => {
      const size = pageOf(limit);
      if (size === 0) return [];
      const from = Math.max(0, fromSequence - 1);
      const read = await this.patiently(() =>
        this.client.readStream({
          stream: this.layout.ofLedger(ledger),
          from,
          direction: 'forwards',
          limit: size,
        }),
      );
      const events = inOrder(read, from).map((event) => storedOf(ledger, event));
      this.learn(ledger, events.at(-1)?.sequence ?? 0);
      return events;
    });
  }

  override readAll(afterPosition: number, limit: number): Promise<readonly PositionedEvent[]> {
    return this.asking(async () => {
      const size = pageOf(limit);
      if (size === 0) return [];
      // A server answers from a position on, the event there included.
      const isStart = afterPosition <= 0;
      const read = await this.patiently(() =>
        this.client.readAll({
          prefix: this.layout.ledgers,
          from: isStart ? 'start' : positionOfNumber(afterPosition),
          limit: isStart ? size : size + 1,
        }),
      );
      const events = this.positioned(read, afterPosition).slice(0, size);
      this.requireWithoutGap(afterPosition, events);
      for (const event of events) this.noticed(event);
      return events;
    });
  }

  override positionOf(ledger: string, sequence: number): Promise<number | null> {
    return this.asking(async () => {
      if (sequence < 1) return null;
      const stream = this.layout.ofLedger(ledger);
      const from = sequence - 1;
      const [event] = await this.patiently(() =>
        this.client.readStream({ stream, from, direction: 'forwards', limit: 1 }),
      );
      if (!event) return null;
      return event.position ? numberOf(event.position) : this.searchPosition(ledger, sequence);
    });
  }

  override latestCheckpoint(ledger: string): Promise<StoredCheckpoint | null> {
    return this.asking(async () => {
      await this.checkpointing.settled(ledger);
      return this.checkpointStreams.latest(ledger);
    });
  }

  override checkpoints(
    ledger: string,
    fromSize: number,
    limit: number,
  ): Promise<readonly StoredCheckpoint[]> {
    return this.asking(async () => {
      const size = pageOf(limit);
      if (size === 0) return [];
      await this.checkpointing.settled(ledger);
      return this.checkpointStreams.from(ledger, fromSize, size);
    });
  }

  override async keepCheckpoint(checkpoint: StoredCheckpoint): Promise<void> {
    if (this.dependencies.readOnly) throw openedForReading();
    return this.asking(() =>
      this.checkpointing.run(checkpoint.ledger, () => this.writeCheckpoint(checkpoint)),
    );
  }

  override onAppended(listener: (heads: readonly Head[]) => void): () => void {
    if (!this.isFollowing) this.follower.start();
    this.isFollowing = true;
    return this.dependencies.notices.listen(listener);
  }

  /** Waits for what was asked to be written, then lets the server go. */
  override close(): Promise<void> {
    this.closing ??= this.letGo();
    return this.closing;
  }

  private async letGo(): Promise<void> {
    this.follower.close();
    await this.appends.idle();
    // What is left unsigned stays so until the next append: a server that is there gets it, one that is not is not waited for.
    const { tries } = this.dependencies;
    const grace = delay(Math.min(tries.timing.call, LAST_CHECKPOINTS_MS), undefined, { ref: false });
    await Promise.race([this.checkpointing.idle(), grace]);
    tries.stop();
    await this.checkpointing.idle();
    await this.repairing.idle();
    await this.client.close();
  }

  private async write(request: AppendRequest, checkpoint: string): Promise<void> {
    const { ledger, expectedSequence } = request;
    const parts = partsOf(request, this.dependencies.largestAppend);
    try {
      // A server would say yes to an append that it has: whoever sends it anew is told where the head is.
      if (expectedSequence < (await this.knownSequence(ledger))) {
        const actualSequence = (await this.readHead(ledger))?.sequence ?? 0;
        throw new WrongRevision(ledger, expectedSequence, actualSequence);
      }
      if (expectedSequence === 0) await this.index.add(ledger);
    } catch (error) {
      throw unavailable(error);
    }
    const position = await this.writeParts(request, parts);
    const made = headAfter(request);
    this.checkpointLater(checkpoint, { head: made, after: expectedSequence }, position);
    this.dependencies.notices.made(made);
  }

  /** One part after the other. What failed after a part was written is not known to be unwritten. */
  private async writeParts(
    { ledger, expectedSequence }: AppendRequest,
    parts: readonly (readonly StoredEvent[])[],
  ): Promise<Position | null> {
    let sequence = expectedSequence;
    let position: Position | null = null;
    for (const part of parts) {
      const settled = await this.writePart(ledger, sequence, part).catch((error: unknown) => {
        this.known.delete(ledger);
        const failure = unavailable(error);
        if (sequence > expectedSequence && failure instanceof StoreUnavailable)
          throw new StoreUnavailable(failure.message, 'unknown', { cause: failure });
        throw failure;
      });
      if (settled.result === 'conflict') {
        this.known.delete(ledger);
        throw new WrongRevision(ledger, expectedSequence, settled.actualSequence);
      }
      if (settled.hadDoubt) this.trouble('answer-lost', `the append to ledger ${ledger} was settled`);
      sequence += part.length;
      this.learn(ledger, sequence);
      position = settled.position;
    }
    return position;
  }

  private writePart(ledger: string, sequence: number, part: readonly StoredEvent[]) {
    const stream = this.layout.ofLedger(ledger);
    return appendSettled(this.client, this.dependencies.tries.timing, stream, sequence, part.map(proposedOf));
  }

  /**
   * The events are durable and their writer need not wait. A checkpoint that does not come about leaves the last one
   * behind, as a crash would: the tail past it is verified when the ledger is opened, and signed by the next append.
   */
  private checkpointLater(text: string, appended: Appended, position: Position | null): void {
    const { ledger } = appended.head;
    if (this.checkpointing.waiting(ledger) >= CHECKPOINTS_WAITING) {
      this.trouble('checkpoint-left-behind', `ledger ${ledger}: too many wait to be written`);
      return;
    }
    const asked = performance.now();
    this.checkpointing
      .run(ledger, async () => {
        // Of those that waited while one was tried in vain the last one signs for all.
        const hasWaited = asked < (this.unsigned.get(ledger) ?? 0);
        if (hasWaited && this.checkpointing.waiting(ledger) > 1) return;
        await this.checkpointStreams.append(text, appended, position);
      })
      .catch((error: unknown) => {
        this.unsigned.set(ledger, performance.now());
        this.trouble('checkpoint-left-behind', `ledger ${ledger}: ${reasonOf(error)}`);
      });
  }

  /** As `checkpointLater` would have written it. */
  private async writeCheckpoint({ ledger, size, note: text }: StoredCheckpoint): Promise<void> {
    const after = await this.checkpointStreams.signedUpTo(ledger);
    if (after >= size) return;
    const stream = this.layout.ofLedger(ledger);
    const from = size - 1;
    const [event] = await this.patiently(() =>
      this.client.readStream({ stream, from, direction: 'forwards', limit: 1 }),
    );
    if (event?.revision !== from) throw new RangeError(`ledger ${ledger} has no event ${size}`);
    const appended = { head: headOf(ledger, event), after };
    await this.checkpointStreams.append(text, appended, event.position).catch((error: unknown) => {
      const isUncertain = error instanceof ClientFailure && error.kind === 'uncertain';
      throw isUncertain ? new StoreUnavailable(error.message, 'unknown', { cause: error }) : error;
    });
  }

  /** The last sequence as far as it is known, from the server the first time. */
  private async knownSequence(ledger: string): Promise<number> {
    return this.known.get(ledger) ?? (await this.readHead(ledger))?.sequence ?? 0;
  }

  private learn(ledger: string, sequence: number): void {
    if (sequence > (this.known.get(ledger) ?? 0)) this.known.set(ledger, sequence);
  }

  private async readHead(ledger: string): Promise<Head | null> {
    const stream = this.layout.ofLedger(ledger);
    const [event] = await this.patiently(() =>
      this.client.readStream({ stream, from: 'end', direction: 'backwards', limit: 1 }),
    );
    if (!event) return null;
    const head = headOf(ledger, event);
    this.learn(ledger, head.sequence);
    return head;
  }

  private positioned(read: readonly RecordedEvent[], afterPosition: number): PositionedEvent[] {
    const events: PositionedEvent[] = [];
    let last = Math.max(0, afterPosition);
    for (const event of read) {
      if (!event.position || !event.stream.startsWith(this.layout.ledgers)) continue;
      const position = numberOf(event.position);
      if (position <= last) continue;
      last = position;
      events.push({ ...storedOf(this.layout.ledgerOf(event.stream), event), position });
    }
    return events;
  }

  /**
   * A page goes on where the one before it ended, for whoever reads the whole: no ledger has a hole between them.
   *
   * @throws StoreUnavailable
   */
  private requireWithoutGap(afterPosition: number, events: readonly PositionedEvent[]): void {
    const isNext = afterPosition === this.lastPage.end;
    const sequences = isNext ? this.lastPage.sequences : new BoundedMap<string, number>(KNOWN_LEDGERS);
    for (const { ledger, sequence } of events) {
      const before = sequences.get(ledger);
      if (before !== undefined && sequence !== before + 1) {
        this.lastPage = { end: -1, sequences };
        throw new StoreUnavailable(
          `ledger ${ledger} came with event ${sequence} after ${before}`,
          'not-written',
        );
      }
      sequences.set(ledger, sequence);
    }
    this.lastPage = { end: events.at(-1)?.position ?? afterPosition, sequences };
  }

  /** Looks through the whole for one event, from the checkpoint before it on. */
  private async searchPosition(ledger: string, sequence: number): Promise<number | null> {
    await this.checkpointing.settled(ledger);
    const stream = this.layout.ofLedger(ledger);
    let from: Position | 'start' = (await this.checkpointStreams.placeBefore(ledger, sequence)) ?? 'start';
    for (;;) {
      const start: Position | 'start' = from;
      const page = await this.patiently(() =>
        this.client.readAll({ prefix: stream, from: start, limit: SEARCH_PAGE }),
      );
      const found = page.find((event) => event.stream === stream && event.revision === sequence - 1);
      if (found?.position) return numberOf(found.position);
      const last = page.at(-1)?.position;
      if (!last || page.length < SEARCH_PAGE) return null;
      from = last;
    }
  }

  /** There is a ledger that is not named in the index: an earlier writer has left that out. */
  private noticed({ ledger }: Pick<StoredEvent, 'ledger'>): void {
    if (this.dependencies.readOnly || this.closing || !this.index.lacks(ledger)) return;
    this.repairing
      .run(ledger, async () => {
        if (!this.index.lacks(ledger)) return;
        await this.index.add(ledger);
        this.trouble('index-repaired', `ledger ${ledger} is in the index`);
      })
      .catch((error: unknown) =>
        this.trouble('index-repaired', `ledger ${ledger} is not: ${reasonOf(error)}`),
      );
  }

  /** Nothing was heard of some events that a later checkpoint covers: are they there? */
  private async lookInto(ledger: string, after: number, until: number): Promise<void> {
    // A revision that the server once gave has those before it.
    if ((this.known.get(ledger) ?? 0) >= until) return;
    // The last ones: those that are there have those before them.
    const count = Math.min(until - after, LOOKED_INTO);
    const found = await this.read(ledger, until - count + 1, count).then(
      (events) => events.length,
      // Who did not answer has said nothing of a hole.
      (error: unknown) => (error instanceof Hole ? 0 : count),
    );
    if (found < count)
      this.trouble('sequence-gap', `ledger ${ledger}: of events ${after + 1} to ${until} some are missing`);
  }

  private trouble(what: StoreTrouble['what'], message: string): void {
    this.dependencies.onTrouble({ what, message });
  }

  private patiently<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
    return this.dependencies.tries.patiently(attempt);
  }

  private async asking<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (this.closing) throw new StoreUnavailable('the store is closed', 'not-written');
    try {
      return await ask();
    } catch (error) {
      throw unavailable(error);
    }
  }
}

/** Reading and what precedes an append write nothing. */
function unavailable(error: unknown): unknown {
  return error instanceof ClientFailure
    ? new StoreUnavailable(error.message, 'not-written', { cause: error })
    : error;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function headAfter({ ledger, events }: AppendRequest): Head {
  const { sequence, hash } = events.at(-1) as StoredEvent;
  return { ledger, sequence, hash };
}

function pageOf(limit: number): number {
  return Math.max(0, Math.min(limit, LARGEST_PAGE));
}

/** An event is missing between two that a stream has. */
class Hole extends StoreUnavailable {}

/** An event that comes twice is one. @throws Hole */
function inOrder(events: readonly RecordedEvent[], from: number): RecordedEvent[] {
  const ordered: RecordedEvent[] = [];
  let next = from;
  for (const event of events) {
    if (event.revision < next) continue;
    if (event.revision > next)
      throw new Hole(`event ${next} of stream ${event.stream} is missing`, 'not-written');
    ordered.push(event);
    next += 1;
  }
  return ordered;
}
