import {
  type AppendRequest,
  EventStore,
  type Head,
  type PositionedEvent,
  requireWellFormed,
  type StoredCheckpoint,
  type StoredEvent,
  StoreUnavailable,
  WrongRevision,
} from '../../src/ports/event-store';

/** Passes everything on; each fault bends one thing. */
class PassingOn extends EventStore {
  constructor(protected readonly inner: EventStore) {
    super();
  }

  override id(): Promise<string> {
    return this.inner.id();
  }
  override append(request: AppendRequest): Promise<void> {
    return this.inner.append(request);
  }
  override head(ledger: string): Promise<Head | null> {
    return this.inner.head(ledger);
  }
  override heads(after: string | null, limit: number): Promise<readonly Head[]> {
    return this.inner.heads(after, limit);
  }
  override read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.inner.read(ledger, fromSequence, limit);
  }
  override readAll(afterPosition: number, limit: number): Promise<readonly PositionedEvent[]> {
    return this.inner.readAll(afterPosition, limit);
  }
  override positionOf(ledger: string, sequence: number): Promise<number | null> {
    return this.inner.positionOf(ledger, sequence);
  }
  override latestCheckpoint(ledger: string): Promise<StoredCheckpoint | null> {
    return this.inner.latestCheckpoint(ledger);
  }
  override checkpoints(
    ledger: string,
    fromSize: number,
    limit: number,
  ): Promise<readonly StoredCheckpoint[]> {
    return this.inner.checkpoints(ledger, fromSize, limit);
  }
  override keepCheckpoint(checkpoint: StoredCheckpoint): Promise<void> {
    return this.inner.keepCheckpoint(checkpoint);
  }
  override onAppended(listener: (heads: readonly Head[]) => void): () => void {
    return this.inner.onAppended(listener);
  }
  override close(): Promise<void> {
    return this.inner.close();
  }
}

/** Writes after whatever is there. */
class WithoutRevisionCheck extends PassingOn {
  override async append(request: AppendRequest): Promise<void> {
    try {
      await super.append(request);
    } catch (error) {
      if (!(error instanceof WrongRevision)) throw error;
      const expectedSequence = error.actualSequence;
      const events = request.events.map((event, index) => ({
        ...event,
        sequence: expectedSequence + index + 1,
      }));
      await super.append({ ...request, expectedSequence, events });
    }
  }
}

class WithoutConflicts extends PassingOn {
  override async append(request: AppendRequest): Promise<void> {
    await super.append(request).catch((error: unknown) => {
      if (!(error instanceof WrongRevision)) throw error;
    });
  }
}

/** Says yes to an append that it already has, as a store with idempotent appends would. */
class Idempotent extends PassingOn {
  override async append(request: AppendRequest): Promise<void> {
    const { ledger, expectedSequence, events } = request;
    const stored = await this.inner.read(ledger, expectedSequence + 1, events.length);
    const isSame = events.length > 0 && events.every(({ hash }, index) => stored[index]?.hash === hash);
    if (!isSame) await super.append(request);
  }
}

class WithVagueConflicts extends PassingOn {
  override async append(request: AppendRequest): Promise<void> {
    try {
      await super.append(request);
    } catch (error) {
      if (error instanceof WrongRevision)
        throw new WrongRevision(request.ledger, request.expectedSequence, request.expectedSequence + 1);
      throw error;
    }
  }
}

/** Acknowledges every seventh append of its life and forgets it. */
class Forgetful extends PassingOn {
  private appends = 0;

  override async append(request: AppendRequest): Promise<void> {
    this.appends += 1;
    if (this.appends % 7 !== 0) await super.append(request);
  }
}

/** Keeps all events of an append but the last one. */
class HalfWriting extends PassingOn {
  override append(request: AppendRequest): Promise<void> {
    const { events } = request;
    return super.append(events.length > 1 ? { ...request, events: events.slice(0, -1) } : request);
  }
}

/** Appends event by event: a reader can see a part. */
class Piecemeal extends PassingOn {
  override async append(request: AppendRequest): Promise<void> {
    requireWellFormed(request);
    let { expectedSequence } = request;
    for (const event of request.events) {
      await super.append({ ...request, expectedSequence, events: [event] });
      expectedSequence += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** One conflict in a group, and nobody is answered well. */
class Contagious extends PassingOn {
  private group: Promise<void>[] = [];

  override async append(request: AppendRequest): Promise<void> {
    const own = super.append(request);
    this.group.push(own);
    const { group } = this;
    await Promise.resolve();
    const outcomes = await Promise.allSettled(group);
    if (this.group === group) this.group = [];
    await own;
    if (outcomes.some(({ status }) => status === 'rejected'))
      throw new StoreUnavailable('the group', 'not-written');
  }
}

class Bending extends PassingOn {
  constructor(
    inner: EventStore,
    private readonly bend: (text: string) => string,
  ) {
    super(inner);
  }

  override async read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    const events = await super.read(ledger, fromSequence, limit);
    return events.map((event) => ({ ...event, text: this.bend(event.text) }));
  }
}

class OneTooFar extends PassingOn {
  override read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    return super.read(ledger, fromSequence + 1, limit);
  }
}

class OneTooMany extends PassingOn {
  override read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    return super.read(ledger, fromSequence, limit + 1);
  }
}

class Unbounded extends PassingOn {
  override async read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    const events: StoredEvent[] = [];
    while (events.length < limit) {
      const page = await super.read(ledger, fromSequence + events.length, limit - events.length);
      if (page.length === 0) break;
      events.push(...page);
    }
    return events;
  }
}

class Backwards extends PassingOn {
  override async read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    return [...(await super.read(ledger, fromSequence, limit))].reverse();
  }
}

/** `>=` for `>`. */
class FromThePosition extends PassingOn {
  override readAll(afterPosition: number, limit: number): Promise<readonly PositionedEvent[]> {
    return super.readAll(Math.max(0, afterPosition - 1), limit);
  }
}

class LedgerByLedger extends PassingOn {
  override async readAll(afterPosition: number, limit: number): Promise<readonly PositionedEvent[]> {
    const page = await super.readAll(afterPosition, limit);
    return [...page].sort((left, right) =>
      left.ledger < right.ledger ? -1 : left.ledger > right.ledger ? 1 : 0,
    );
  }
}

class PositionsOfLedgers extends PassingOn {
  override async positionOf(ledger: string, sequence: number): Promise<number | null> {
    return (await super.positionOf(ledger, sequence)) === null ? null : sequence;
  }
}

class HeadsByAge extends PassingOn {
  override async heads(after: string | null, limit: number): Promise<readonly Head[]> {
    return [...(await super.heads(after, limit))].reverse();
  }
}

class HeadsFrom extends PassingOn {
  override async heads(after: string | null, limit: number): Promise<readonly Head[]> {
    const first = after === null ? null : await this.inner.head(after);
    const rest = await super.heads(after, first ? limit - 1 : limit);
    return first ? [first, ...rest] : rest;
  }
}

/** Counts ledgers that were only asked for. */
class ShortPages extends PassingOn {
  private static readonly ledgers = new WeakMap<EventStore, Set<string>>();
  private readonly asked: Set<string>;

  constructor(inner: EventStore) {
    super(inner);
    this.asked = ShortPages.ledgers.get(inner) ?? new Set();
    ShortPages.ledgers.set(inner, this.asked);
  }

  override append(request: AppendRequest): Promise<void> {
    this.asked.add(request.ledger);
    return super.append(request);
  }

  override async heads(after: string | null, limit: number): Promise<readonly Head[]> {
    const page = [...this.asked].sort().filter((ledger) => after === null || ledger > after);
    const heads = await Promise.all(page.slice(0, limit).map((ledger) => this.inner.head(ledger)));
    return heads.flatMap((head) => (head ? [head] : []));
  }
}

class FirstCheckpoint extends PassingOn {
  override async latestCheckpoint(ledger: string): Promise<StoredCheckpoint | null> {
    return (await this.inner.checkpoints(ledger, 0, 1))[0] ?? null;
  }
}

class CheckpointsAfter extends PassingOn {
  override checkpoints(
    ledger: string,
    fromSize: number,
    limit: number,
  ): Promise<readonly StoredCheckpoint[]> {
    return super.checkpoints(ledger, fromSize + 1, limit);
  }
}

/** Takes it that every append has written its checkpoint. */
class WithoutKeeping extends PassingOn {
  override async keepCheckpoint({ ledger, size }: StoredCheckpoint): Promise<void> {
    if (((await this.inner.head(ledger))?.sequence ?? 0) < size) throw new RangeError('no such event');
  }
}

class KeepingAnything extends PassingOn {
  override async keepCheckpoint(checkpoint: StoredCheckpoint): Promise<void> {
    await super.keepCheckpoint(checkpoint).catch((error: unknown) => {
      if (!(error instanceof RangeError)) throw error;
    });
  }
}

class TellingEarly extends PassingOn {
  private readonly listeners = new Set<(heads: readonly Head[]) => void>();

  override append(request: AppendRequest): Promise<void> {
    const { ledger, events } = request;
    const last = events.at(-1);
    if (last) for (const tell of this.listeners) tell([{ ledger, sequence: last.sequence, hash: last.hash }]);
    return super.append(request);
  }

  override onAppended(listener: (heads: readonly Head[]) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

class TellingForEver extends PassingOn {
  override onAppended(listener: (heads: readonly Head[]) => void): () => void {
    super.onAppended(listener);
    return () => undefined;
  }
}

class TellingTwice extends PassingOn {
  override onAppended(listener: (heads: readonly Head[]) => void): () => void {
    return super.onAppended((heads) => {
      listener(heads);
      setImmediate(() => listener(heads));
    });
  }
}

class Silent extends PassingOn {
  override onAppended(): () => void {
    return () => undefined;
  }
}

class Nameless extends PassingOn {
  override id(): Promise<string> {
    return Promise.resolve('store');
  }
}

/** Drops on closing what waits. */
class Hasty extends PassingOn {
  private isClosed = false;

  override async append(request: AppendRequest): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.isClosed) throw new StoreUnavailable('closed', 'not-written');
    return super.append(request);
  }

  override close(): Promise<void> {
    this.isClosed = true;
    return super.close();
  }
}

class ClosingOnce extends PassingOn {
  private isClosed = false;

  override close(): Promise<void> {
    if (this.isClosed) return Promise.reject(new Error('closed already'));
    this.isClosed = true;
    return super.close();
  }
}

/** Lives on after its end. */
class Undead extends PassingOn {
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

const parsed = (text: string) => {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
};

/** What each does wrong, the topic of the contract that says so, and how it comes about. */
export const FAULTY_EVENT_STORES: readonly (readonly [string, string, (inner: EventStore) => EventStore])[] =
  [
    ['checks no revision', 'expected revisions', (inner) => new WithoutRevisionCheck(inner)],
    ['keeps quiet about conflicts', 'expected revisions', (inner) => new WithoutConflicts(inner)],
    ['says yes to an append that it has', 'expected revisions', (inner) => new Idempotent(inner)],
    ['tells a wrong head in a conflict', 'expected revisions', (inner) => new WithVagueConflicts(inner)],
    ['loses an acknowledged append', 'appending', (inner) => new Forgetful(inner)],
    ['loses the last event of an append', 'appending', (inner) => new HalfWriting(inner)],
    ['writes an append in pieces', 'concurrency', (inner) => new Piecemeal(inner)],
    ['fails a group for one conflict', 'concurrency', (inner) => new Contagious(inner)],
    ['parses and writes JSON anew', 'keeps byte for byte', (inner) => new Bending(inner, parsed)],
    [
      'normalizes letters',
      'keeps byte for byte',
      (inner) => new Bending(inner, (text) => text.normalize('NFC')),
    ],
    ['trims texts', 'keeps byte for byte', (inner) => new Bending(inner, (text) => text.trim())],
    [
      'changes line ends',
      'keeps byte for byte',
      (inner) => new Bending(inner, (text) => text.replaceAll('\r\n', '\n')),
    ],
    [
      'knows the Basic Multilingual Plane only',
      'keeps byte for byte',
      (inner) => new Bending(inner, (text) => text.replaceAll(/[\u{10000}-\u{10FFFF}]/gu, '?')),
    ],
    [
      'keeps 64 KB of a text',
      'keeps byte for byte',
      (inner) => new Bending(inner, (text) => Buffer.from(text).subarray(0, 65_535).toString()),
    ],
    ['reads from one after', 'appending', (inner) => new OneTooFar(inner)],
    ['reads backwards', 'appending', (inner) => new Backwards(inner)],
    ['reads one too many', 'reading', (inner) => new OneTooMany(inner)],
    ['reads without bounds', 'reading', (inner) => new Unbounded(inner)],
    [
      'reads the whole from the position, not after it',
      'the whole store',
      (inner) => new FromThePosition(inner),
    ],
    ['reads the whole ledger by ledger', 'the whole store', (inner) => new LedgerByLedger(inner)],
    ['gives positions by ledger', 'the whole store', (inner) => new PositionsOfLedgers(inner)],
    ['lists heads in another order', 'heads', (inner) => new HeadsByAge(inner)],
    ['lists heads from the id, not after it', 'heads', (inner) => new HeadsFrom(inner)],
    ['lists pages of heads with holes', 'heads', (inner) => new ShortPages(inner)],
    ['takes the first checkpoint for the latest', 'checkpoints', (inner) => new FirstCheckpoint(inner)],
    ['reads checkpoints after a size, not from it', 'checkpoints', (inner) => new CheckpointsAfter(inner)],
    ['leaves a lost checkpoint lost', 'checkpoints', (inner) => new WithoutKeeping(inner)],
    ['takes a checkpoint of events that it has not', 'checkpoints', (inner) => new KeepingAnything(inner)],
    ['tells before it has written', 'notices', (inner) => new TellingEarly(inner)],
    ['tells twice', 'notices', (inner) => new TellingTwice(inner)],
    ['tells for ever', 'notices', (inner) => new TellingForEver(inner)],
    ['never tells', 'notices', (inner) => new Silent(inner)],
    ['shares its id with others', 'durability', (inner) => new Nameless(inner)],
    ['drops what waits when it is closed', 'closing', (inner) => new Hasty(inner)],
    ['can be closed only once', 'closing', (inner) => new ClosingOnce(inner)],
    ['goes on after it was closed', 'closing', (inner) => new Undead(inner)],
  ];
