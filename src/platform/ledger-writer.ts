import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { Instant } from '../kernel/day';
import type { Actor } from '../kernel/event';
import { Refusal } from '../kernel/refusal';
import type { AlertData } from '../ledger/alert/events';
import { entryCommentedOn } from '../ledger/comment/add-comment';
import { balancesOfTill, type Book, recordDrafts, recordEntry, type Request } from '../ledger/decide';
import type { Entry } from '../ledger/entries';
import type { LedgerDraft, LedgerEvent } from '../ledger/events';
import { businessDay, type Ledger } from '../ledger/ledger';
import type { Clock } from '../ports/clock';
import {
  type EventStore,
  type Head,
  type StoredEvent,
  StoreUnavailable,
  WrongRevision,
} from '../ports/event-store';
import type { Ids } from '../ports/ids';
import type { Witness } from '../ports/witness';
import type { CheckpointSigner } from './checkpoints';
import { decodeStoredEvent } from './codec';
import { sha256Hex } from './crypto';
import type { EntryIndex } from './entry-index';
import { type LedgerCache, type LedgerSession } from './ledger-cache';

/** An entry as the edge hands it over: validated, with the hash of what was received. */
export type EntryToRecord = { readonly entry: Entry; readonly request: Request };

/** A write that is no entry (settings, tills, customers …): its idempotency key is its entry id. */
export type ChangeToRecord = {
  readonly request: Request;
  readonly decide: (ledger: Ledger, now: string) => readonly LedgerDraft[];
};

export type Recorded = {
  readonly status: 'recorded' | 'replayed';
  readonly id: string;
  readonly type: string;
  /** Sequence of the entry's last event. */
  readonly sequence: number;
  /** All of them, for an entry of several events. */
  readonly sequences: readonly number[];
  readonly till?: string | undefined;
  readonly tillSequence?: number | undefined;
  readonly businessDate?: string | undefined;
  readonly recordedAt: string;
  readonly hash: string;
  /** Live balances of the entry's till, per method, in cents. */
  readonly balances: Readonly<Record<string, number>>;
  readonly alerts: readonly AlertData[];
};

export type Refused = { readonly status: 'refused'; readonly id: string; readonly refusal: Refusal };

export type Outcome = Recorded | Refused;

/** Too much is waiting; the caller is asked to come back. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/** No ledger has this id. */
export class UnknownLedger extends Error {
  override readonly name = 'UnknownLedger';
}

export type WriterOptions = {
  /** Most entries that one append holds. While it is written, the next group is decided. */
  readonly groupEntries: number;
  /** Most entries waiting for one ledger, and for all. */
  readonly queuedPerLedger: number;
  readonly queuedInAll: number;
  /** How long a group is decided again and again while other writers are faster. */
  readonly contentionMs: number;
  /** Told when an event is recorded more than 5 s before the one that precedes it. */
  readonly onClockStep?: (step: ClockStep) => void;
};

/** A clock that was set back, or that of another node is ahead: `recordedAt` goes from one instant to an earlier one. */
export type ClockStep = { readonly ledger: string; readonly from: Instant; readonly to: Instant };

/** Clocks that are kept in time are off by less; `recordedAt` says what the clock said either way. */
const CLOCK_TOLERANCE_MS = 5_000;

export const WRITER_DEFAULTS: WriterOptions = {
  groupEntries: 256,
  queuedPerLedger: 20_000,
  queuedInAll: 100_000,
  contentionMs: 10_000,
};

/** After another writer was faster: at most so long before the next try, so that nobody is always too late. */
const STEP_ASIDE_MS = 20;
/** How long a ledger counts as contended: whoever has written gives the others a moment before it writes again. */
const CONTENDED_MS = 1_000;

/**
 * Callers who all wait for the same append would all come back at once, and the disk would rest while their next
 * entries are decided. A crowd of so many entries is therefore cut once: one share is written while the other is
 * decided, and they stay out of step.
 */
const CROWD = 16;
const FIRST_SHARE = 0.5;

/** Events that are read at once for entries that are sent again. */
const READ_AHEAD = 128;

/** An atomic batch is at most this large as stored, on every engine (an EventStoreDB append takes 1 MiB). */
export const LARGEST_ATOMIC_BATCH = 900 * 1024;

/**
 * Entries whose ids are not remembered with the till and day that they name: those that open no till day, and those whose
 * first event may belong to another till or day, which closed long before.
 */
const REMEMBERED_ELSEWHERE: ReadonlySet<Entry['type']> = new Set([
  'comment',
  'correction',
  'deposit-confirmation',
  'transfer',
  'voucher-expiry',
]);

type Job = EntryToRecord | ChangeToRecord;

type Work = {
  readonly jobs: readonly Job[];
  readonly atomic: boolean;
  readonly actor: Actor;
  /** Whether the ledger may be new. */
  readonly opens: boolean;
  readonly inspect?: (ledger: Ledger) => void;
  readonly settle: (outcomes: readonly Outcome[]) => void;
  readonly fail: (error: unknown) => void;
};

/** Some jobs of a work that are decided and appended together: all of an atomic work, else a slice. */
type Part = { readonly work: Work; readonly jobs: readonly Job[]; readonly isLast: boolean };

/** A work in its mailbox, and how far it has come. */
type Queued = {
  readonly work: Work;
  taken: number;
  readonly outcomes: Outcome[];
  /** Its caller has been told that it failed: what is left of it is not taken up. */
  failed: boolean;
};

type Mailbox = {
  readonly works: Queued[];
  queued: number;
  draining: boolean;
  /** Until when other writers are to be expected (milliseconds of the process's clock). */
  contendedUntil: number;
};

/** Parts that were decided, with what to do once their events are durable. */
type Stage = {
  readonly group: readonly (Part & { readonly queued: Queued })[];
  mark: Mark;
  readonly expectedSequence: number;
  readonly events: number;
  /** Sequences that end an entry or an atomic batch: an append that is too large for the store is cut there. */
  readonly ends: readonly number[];
  readonly settled: readonly (() => void)[];
};

/** An append that is under way while the next group is decided; its session stays in memory until it is down. */
type Flight = {
  readonly session: LedgerSession;
  readonly stage: Stage;
  readonly done: Promise<Error | null>;
  isDown: boolean;
};

/**
 * Owns all writing. One mailbox per ledger, drained in groups: the queued entries are decided one after the other on
 * the state in memory, all their events are appended at the expected revision in one append, and each caller is
 * answered only once the store says that they are durable. A refusal costs the others nothing; nothing that follows
 * from an event leaves before the event is durable.
 */
export class LedgerWriter {
  private readonly mailboxes = new Map<string, Mailbox>();
  private queuedInAll = 0;
  /** Stored events that were read last, of one ledger: they never change. */
  private readLast: readonly StoredEvent[] = [];

  constructor(
    private readonly store: EventStore,
    private readonly witness: Witness,
    private readonly signer: CheckpointSigner,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly index: EntryIndex,
    private readonly cache: LedgerCache,
    private readonly options: WriterOptions = WRITER_DEFAULTS,
  ) {}

  /** Records entries one by one, in order; each is recorded or refused on its own. */
  record(ledger: string, entries: readonly EntryToRecord[], actor: Actor): Promise<readonly Outcome[]> {
    return this.post(ledger, { jobs: entries, atomic: false, actor, opens: false });
  }

  /** Records all entries or none. If one is refused, the outcomes name each refused one and nothing is recorded. */
  recordAtomically(
    ledger: string,
    entries: readonly EntryToRecord[],
    actor: Actor,
  ): Promise<readonly Outcome[]> {
    return this.post(ledger, { jobs: entries, atomic: true, actor, opens: false });
  }

  /** Opens a new ledger with its first events. @throws Refusal ledger-exists, as an outcome */
  async open(ledger: string, change: ChangeToRecord, actor: Actor): Promise<Outcome> {
    const [outcome] = await this.post(ledger, { jobs: [change], atomic: false, actor, opens: true });
    return outcome as Outcome;
  }

  /** Records a write that is no entry. */
  async change(ledger: string, change: ChangeToRecord, actor: Actor): Promise<Outcome> {
    const [outcome] = await this.post(ledger, { jobs: [change], atomic: false, actor, opens: false });
    return outcome as Outcome;
  }

  /** Reads the live state; everything it shows is durable. The state must not be kept or changed. */
  inspect<Answer>(ledger: string, read: (ledger: Ledger) => Answer): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.enqueue(ledger, {
        jobs: [],
        atomic: false,
        actor: { id: 'system', role: 'system', via: 'system' },
        opens: false,
        inspect: (state) => resolve(read(state)),
        settle: () => undefined,
        fail: reject,
      });
    });
  }

  /** Reads what others have appended to a ledger that is in memory, so that the next decision need not. */
  async follow({ ledger, sequence }: Head): Promise<void> {
    const known = this.cache.sequenceOf(ledger);
    if (known === null || known >= sequence) return;
    // Whatever fails here is told to whoever needs the ledger next.
    await this.inspect(ledger, () => undefined).catch(() => undefined);
  }

  /** Waits until nothing is queued: before a shutdown. */
  async idle(): Promise<void> {
    while ([...this.mailboxes.values()].some((mailbox) => mailbox.draining)) await delay(5);
  }

  private post(ledger: string, work: Omit<Work, 'settle' | 'fail'>): Promise<readonly Outcome[]> {
    if (work.jobs.length === 0) return Promise.resolve([]);
    return new Promise((settle, fail) => this.enqueue(ledger, { ...work, settle, fail }));
  }

  private enqueue(ledger: string, work: Work): void {
    let mailbox = this.mailboxes.get(ledger);
    if (!mailbox) {
      mailbox = { works: [], queued: 0, draining: false, contendedUntil: 0 };
      this.mailboxes.set(ledger, mailbox);
    }
    const weight = Math.max(1, work.jobs.length);
    const { queuedPerLedger, queuedInAll } = this.options;
    if (mailbox.queued + weight > queuedPerLedger || this.queuedInAll + weight > queuedInAll) {
      work.fail(new Overloaded(`${mailbox.queued} entries are waiting for ledger ${ledger}`));
      return;
    }
    mailbox.works.push({ work, taken: 0, outcomes: [], failed: false });
    mailbox.queued += weight;
    this.queuedInAll += weight;
    if (!mailbox.draining) {
      mailbox.draining = true;
      // The rest of this turn of the event loop may still bring company for the same append.
      setImmediate(() => void this.drain(ledger, mailbox));
    }
  }

  /** Takes groups until none is left. One append may be under way while the next group is decided. */
  private async drain(ledger: string, mailbox: Mailbox): Promise<void> {
    let flight: Flight | null = null;
    while (mailbox.works.length > 0 || flight) {
      if (!flight && mailbox.contendedUntil > performance.now()) await delay(Math.random() * STEP_ASIDE_MS);
      const group = this.takeGroup(mailbox, flight === null);
      try {
        flight = await this.advance(ledger, group, flight);
        // Deciding holds this thread: what has taken off leaves for the store first, and others have their turn.
        if (flight && mailbox.works.length > 0) await turn();
      } catch (error) {
        failAll(group, error);
        if (flight) await this.land(flight).catch((failure: unknown) => failAll(group, failure));
        flight = null;
      }
    }
    mailbox.draining = false;
    this.mailboxes.delete(ledger);
  }

  /** Decides a group while the flight is in the air, waits for that to land, and starts the group's own append. */
  private async advance(
    ledger: string,
    group: Stage['group'],
    flight: Flight | null,
  ): Promise<Flight | null> {
    const reads = group.some(({ work }) => work.inspect !== undefined);
    // What is read must be durable, so nothing may be in the air.
    const mustLand = flight !== null && (reads || group.length === 0);
    if (mustLand) await this.land(flight);
    if (group.length === 0) return null;
    const session = await this.cache.open(ledger);
    try {
      const mayBeBehind = this.store.isShared;
      if (reads && mayBeBehind) await this.readTail(session);
      return await this.decideAndTakeOff(session, group, mustLand ? null : flight, mayBeBehind && !reads);
    } finally {
      this.cache.release(session);
    }
  }

  private async decideAndTakeOff(
    session: LedgerSession,
    group: Stage['group'],
    flight: Flight | null,
    mayBeBehind: boolean,
  ): Promise<Flight | null> {
    const stage = await this.decide(session, group);
    if (flight && !(await this.land(flight, stage))) {
      // The flight did not arrive: what was decided after it was taken back with it.
      return this.advance(session.ledger.id, group, null);
    }
    if (stage.events > 0) return this.takeOff(session, stage);
    // An append shows that what it was decided on was true. Where nothing is appended, the tail must show it.
    if (mayBeBehind && (await this.readTail(session)))
      return this.decideAndTakeOff(session, group, null, false);
    settleStage(stage);
    return null;
  }

  /** Folds what others have appended; answers whether there was something. A ledger that cannot be read is let go. */
  private async readTail(session: LedgerSession): Promise<boolean> {
    try {
      return (await this.cache.refresh(session)) > 0;
    } catch (error) {
      this.cache.drop(session.ledger.id);
      throw error;
    }
  }

  private takeOff(session: LedgerSession, stage: Stage): Flight {
    // What was decided can only be taken back where it was decided: the state must not be let go meanwhile.
    this.cache.hold(session);
    return { session, stage, done: this.appended(session, stage), isDown: false };
  }

  /** Why the append failed; null when it is durable and witnessed. */
  private appended(session: LedgerSession, stage: Stage): Promise<Error | null> {
    return this.append(session, stage).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
  }

  /**
   * Waits for an append. Durable: its callers are answered, and what was decided after it stays. Not written: all is
   * taken back, and its own group is decided again from what is durable, or fails. Answers whether it arrived.
   */
  private async land(flight: Flight, after?: Stage): Promise<boolean> {
    const { session, stage } = flight;
    const ledger = session.ledger.id;
    const error = await flight.done;
    if (flight.isDown) return error === null;
    flight.isDown = true;
    if (error === null) this.keep(session, stage, after);
    else rollback(session, stage.mark);
    this.cache.release(session);
    if (error === null) {
      settleStage(stage);
      return true;
    }
    if (error instanceof WrongRevision) await this.decideAgain(ledger, stage.group);
    else {
      // What is in memory may not be what is stored: the next group starts from the store.
      this.cache.drop(ledger);
      failAll(stage.group, error);
    }
    return false;
  }

  /** What is durable cannot be taken back any more; the marks of what follows move down. */
  private keep(session: LedgerSession, stage: Stage, after: Stage | undefined): void {
    session.changes.keep(after?.mark.changes);
    session.chain.keep(stage.events);
    this.cache.appended(session, stage.events);
    if (after) after.mark = { changes: 0, chain: session.chain.moved(after.mark.chain, stage.events) };
  }

  /** Somebody else was faster: reads what they wrote and decides the same group on it, for a bounded time. */
  private async decideAgain(ledger: string, group: Stage['group']): Promise<void> {
    const until = performance.now() + this.options.contentionMs;
    const mailbox = this.mailboxes.get(ledger);
    for (let wait = 0; performance.now() < until; wait = STEP_ASIDE_MS) {
      if (mailbox) mailbox.contendedUntil = performance.now() + CONTENDED_MS;
      await delay(Math.random() * wait);
      const session = await this.cache.open(ledger);
      try {
        await this.cache.refresh(session);
        const stage = await this.decide(session, group);
        const error = stage.events > 0 ? await this.appended(session, stage) : null;
        if (error === null) {
          this.keep(session, stage, undefined);
          settleStage(stage);
          return;
        }
        rollback(session, stage.mark);
        if (!(error instanceof WrongRevision)) throw error;
      } catch (error) {
        this.cache.drop(ledger);
        failAll(group, error);
        return;
      } finally {
        this.cache.release(session);
      }
    }
    failAll(group, new StoreUnavailable(`ledger ${ledger} is written by others all the time`, 'not-written'));
  }

  /** The next parts of the mailbox, at most one append's worth; the first of a crowd is smaller, see `FIRST_SHARE`. */
  private takeGroup(mailbox: Mailbox, isFirst: boolean): Stage['group'] {
    const group: (Part & { readonly queued: Queued })[] = [];
    let room = this.options.groupEntries;
    if (isFirst && mailbox.queued >= CROWD) room = Math.min(room, Math.ceil(mailbox.queued * FIRST_SHARE));
    while (room > 0) {
      const queued = mailbox.works[0];
      if (!queued || (group[0] && !mayJoin(queued.work, group[0].work, room))) break;
      const part = this.takePart(mailbox, queued, room);
      if (queued.failed) continue;
      group.push(part);
      room -= Math.max(1, part.jobs.length);
    }
    return group;
  }

  /** The rest of an atomic or failed work, else as much of it as there is room for. */
  private takePart(mailbox: Mailbox, queued: Queued, room: number): Part & { readonly queued: Queued } {
    const { work } = queued;
    const left = work.jobs.length - queued.taken;
    const size = work.atomic || queued.failed ? left : Math.min(left, room);
    const jobs = work.jobs.slice(queued.taken, queued.taken + size);
    queued.taken += size;
    const isLast = queued.taken >= work.jobs.length;
    if (isLast) mailbox.works.shift();
    const weight = work.jobs.length === 0 ? 1 : size;
    mailbox.queued -= weight;
    this.queuedInAll -= weight;
    return { work, jobs, isLast, queued };
  }

  private async decide(session: LedgerSession, group: Stage['group']): Promise<Stage> {
    const mark = markOf(session);
    const expectedSequence = session.ledger.sequence;
    const settled: (() => void)[] = [];
    const ends: number[] = [];
    for (const part of group) settled.push(await this.decidePart(session, part, ends));
    const events = session.ledger.sequence - expectedSequence;
    return { group, mark, expectedSequence, events, ends, settled };
  }

  /** Decides one part; what goes wrong with it costs the others nothing. Answers what to do once it is durable. */
  private async decidePart(
    session: LedgerSession,
    part: Stage['group'][number],
    ends: number[],
  ): Promise<() => void> {
    const { work, queued } = part;
    const { ledger } = session;
    if (work.inspect) {
      const read = work.inspect;
      return () => {
        if (ledger.sequence === 0) work.fail(new UnknownLedger(ledger.id));
        else attempt(() => read(ledger), work.fail);
      };
    }
    const mark = markOf(session);
    const endsBefore = ends.length;
    try {
      const outcomes = await this.decideWork(session, { ...work, jobs: part.jobs }, ends);
      return () => {
        queued.outcomes.push(...outcomes);
        if (part.isLast && !queued.failed) work.settle(queued.outcomes);
      };
    } catch (error) {
      rollback(session, mark);
      ends.length = endsBefore;
      return () => failAll([part], error);
    }
  }

  private async append(session: LedgerSession, { expectedSequence, ends }: Stage): Promise<void> {
    const { ledger, chain } = session;
    const { sequence } = ledger;
    const root = chain.tree.root();
    const checkpoint = this.store.signs ? { root } : this.signer.sign(ledger.id, sequence, root);
    const events = chain.pending.slice(-(sequence - expectedSequence));
    await this.store.append({
      ledger: ledger.id,
      expectedSequence,
      events,
      mayCutAfter: ends,
      checkpoint,
      comesAlone: this.mailboxes.size === 1,
    });
    await this.witness.advance([{ ledger: ledger.id, size: sequence, root }]);
  }

  private async decideWork(session: LedgerSession, work: Work, ends: number[]): Promise<Outcome[]> {
    if (session.ledger.sequence === 0 && !work.opens) throw new UnknownLedger(session.ledger.id);
    const mark = markOf(session);
    const outcomes: Outcome[] = [];
    for (const job of work.jobs) {
      // Most entries need nothing from outside the state: only those that do give way to others.
      const step = this.decideJob(session, job, work);
      outcomes.push(step instanceof Promise ? await step : step);
      if (!work.atomic) ends.push(session.ledger.sequence);
    }
    if (!work.atomic) return outcomes;
    const bytes = bytesOf(session.chain.pending.slice(mark.chain.pending));
    const refusedAny = outcomes.some((outcome) => outcome.status === 'refused');
    if (!refusedAny && bytes <= LARGEST_ATOMIC_BATCH) {
      ends.push(session.ledger.sequence);
      return outcomes;
    }
    rollback(session, mark);
    if (refusedAny) return outcomes;
    const refusal = new Refusal('batch-too-large', { bytes, limit: LARGEST_ATOMIC_BATCH });
    return outcomes.map(({ id }) => ({ status: 'refused', id, refusal }));
  }

  private decideJob(session: LedgerSession, job: Job, work: Work): Outcome | Promise<Outcome> {
    const { ledger } = session;
    const { id } = job.request;
    const known = ledger.entries.get(id);
    if (known !== undefined) return this.replay(session, job, known);
    if ('entry' in job && this.mayBeForgotten(ledger, job.entry))
      return this.decideAfterLookup(session, job, work);
    return this.decideNew(session, job, work);
  }

  private decideNew(session: LedgerSession, job: Job, work: Work): Outcome | Promise<Outcome> {
    const named = 'entry' in job ? entryToLoad(session.ledger, job.entry) : undefined;
    return named === undefined ? this.take(session, job, work, []) : this.decideOn(session, job, work, named);
  }

  /** An id outside the remembered window is looked up where it could belong to an old entry. */
  private mayBeForgotten(ledger: Ledger, entry: Entry): boolean {
    if (ledger.entriesForgottenThrough === 0) return false;
    if (REMEMBERED_ELSEWHERE.has(entry.type)) return true;
    const { occurredAt } = entry;
    const date = entry.businessDate ?? (occurredAt === undefined ? null : businessDay(ledger, occurredAt));
    if (date === null) return true;
    const till = entry.till === undefined ? undefined : ledger.tills.get(entry.till);
    return till === undefined || till.closedThrough === null || date <= till.closedThrough;
  }

  private async decideAfterLookup(session: LedgerSession, job: EntryToRecord, work: Work): Promise<Outcome> {
    const { ledger } = session;
    const sequence = await this.index.find(ledger.id, job.request.id, ledger.entriesForgottenThrough);
    if (sequence !== null) return this.replay(session, job, sequence);
    return this.decideNew(session, job, work);
  }

  private async decideOn(session: LedgerSession, job: Job, work: Work, named: string): Promise<Outcome> {
    return this.take(session, job, work, await this.eventsOfEntry(session, named));
  }

  private take(session: LedgerSession, job: Job, work: Work, originals: readonly LedgerEvent[]): Outcome {
    const mark = markOf(session);
    const book = this.bookOf(session, work.actor);
    const { recordedAt } = session.ledger;
    try {
      const events =
        'entry' in job
          ? recordEntry(book, job.entry, job.request, originals)
          : this.takeChange(book, job, work.opens);
      if (book.now < recordedAt && events.length > 0) this.noteClockStep(book, recordedAt);
      return this.recorded(session, job.request, events);
    } catch (error) {
      rollback(session, mark);
      if (error instanceof Refusal) return { status: 'refused', id: job.request.id, refusal: error };
      throw error;
    }
  }

  private noteClockStep({ ledger, now: to }: Book, from: Instant): void {
    if (Date.parse(from) - Date.parse(to) > CLOCK_TOLERANCE_MS)
      this.options.onClockStep?.({ ledger: ledger.id, from, to });
  }

  private takeChange(book: Book, change: ChangeToRecord, opens: boolean): LedgerEvent[] {
    if (opens && book.ledger.sequence > 0) throw new Refusal('ledger-exists');
    return recordDrafts(book, change.decide(book.ledger, book.now), change.request);
  }

  private bookOf({ ledger, changes, chain }: LedgerSession, actor: Actor): Book {
    return {
      ledger,
      changes,
      actor,
      now: this.clock.now(),
      nextId: () => this.ids.uuid(),
      link: (event) => chain.link(event),
      sha256Hex,
      checkpoint: () => this.signer.sign(ledger.id, ledger.sequence, chain.tree.root()),
    };
  }

  private recorded(session: LedgerSession, request: Request, events: readonly LedgerEvent[]): Recorded {
    const own = events.filter((event) => event.entry?.id === request.id);
    const last = own.at(-1);
    if (!last) return this.nothingChanged(session, request);
    return this.answer(session, 'recorded', request, own);
  }

  /** A change that changes nothing (settings that are so already) answers the ledger's head. */
  private nothingChanged({ ledger, chain }: LedgerSession, { id, type }: Request): Recorded {
    const { sequence, recordedAt } = ledger;
    return {
      status: 'recorded',
      id,
      type,
      sequence,
      sequences: [],
      recordedAt,
      hash: chain.hash,
      balances: {},
      alerts: [],
    };
  }

  private answer(
    session: LedgerSession,
    status: 'recorded' | 'replayed',
    { id, type }: Pick<Request, 'id' | 'type'>,
    events: readonly LedgerEvent[],
    storedHash?: string,
  ): Recorded {
    const { ledger, chain } = session;
    const last = events.at(-1) as LedgerEvent;
    const { till, tillSequence, businessDate, recordedAt, sequence } = last;
    const pending = chain.pending[sequence - (ledger.sequence - chain.pending.length) - 1];
    const alerts: AlertData[] = [];
    for (const alert of ledger.alerts.values()) if (alert.till === till) alerts.push(alert);
    return {
      status,
      id,
      type,
      sequence,
      sequences: events.map((event) => event.sequence),
      till,
      tillSequence,
      businessDate,
      recordedAt,
      hash: storedHash ?? pending?.hash ?? chain.hash,
      balances:
        till === undefined ? {} : balancesOfTill(ledger, till, businessDate ?? recordedAt.slice(0, 10)),
      alerts,
    };
  }

  /** The same id again: the first answer if the body is the same, else a refusal. */
  private async replay(session: LedgerSession, job: Job, sequence: number): Promise<Outcome> {
    const { id, payloadHash } = job.request;
    const stored = await this.eventAt(session, sequence);
    const entry = stored?.event.entry;
    if (!stored || !entry) throw new Error(`event ${sequence} of ledger ${session.ledger.id} is no entry's`);
    if (entry.payloadHash !== payloadHash || entry.type !== job.request.type) {
      return {
        status: 'refused',
        id,
        refusal: new Refusal('idempotency-mismatch', { pointer: '/id', id, sequence }),
      };
    }
    const events = await this.eventsUpTo(session, sequence, entry.count);
    return this.answer(session, 'replayed', job.request, events, stored.hash);
  }

  private async eventsOfEntry(session: LedgerSession, id: string): Promise<readonly LedgerEvent[]> {
    const { ledger } = session;
    const known =
      ledger.entries.get(id) ?? (await this.index.find(ledger.id, id, ledger.entriesForgottenThrough));
    if (known === null) return [];
    const last = await this.eventAt(session, known);
    return last?.event.entry ? this.eventsUpTo(session, known, last.event.entry.count) : [];
  }

  /** An entry's events stand together: the last one, and `count − 1` before it. */
  private async eventsUpTo(session: LedgerSession, sequence: number, count: number): Promise<LedgerEvent[]> {
    const events: LedgerEvent[] = [];
    for (let at = sequence - count + 1; at <= sequence; at += 1) {
      const found = await this.eventAt(session, at);
      if (found) events.push(found.event);
    }
    return events;
  }

  /** Whoever sends a batch again asks for one event after the other: the second time a page is read. */
  private async storedAt(ledger: string, sequence: number): Promise<StoredEvent | undefined> {
    const last = this.readLast.at(-1);
    const first = this.readLast[0];
    const isSame = last?.ledger === ledger;
    if (!isSame || !first || sequence < first.sequence || sequence > last.sequence) {
      const goesOn = isSame && sequence > last.sequence && sequence <= last.sequence + READ_AHEAD;
      this.readLast = await this.store.read(ledger, sequence, goesOn ? READ_AHEAD : 1);
    }
    const from = this.readLast[0]?.sequence ?? sequence;
    return this.readLast[sequence - from];
  }

  /** One event by its sequence: from what is pending, or from the store with its hash checked. */
  private async eventAt({ ledger, chain }: LedgerSession, sequence: number) {
    const firstPending = ledger.sequence - chain.pending.length + 1;
    const stored =
      sequence >= firstPending
        ? chain.pending[sequence - firstPending]
        : await this.storedAt(ledger.id, sequence);
    return stored?.sequence === sequence
      ? { event: decodeStoredEvent(stored), hash: stored.hash }
      : undefined;
  }
}

type Mark = { readonly changes: number; readonly chain: ReturnType<LedgerSession['chain']['mark']> };

/** What is read must be durable and must not have been overtaken: reads stand alone. An atomic work is not cut. */
function mayJoin(work: Work, first: Work, room: number): boolean {
  if ((first.inspect === undefined) !== (work.inspect === undefined)) return false;
  return !work.atomic || work.jobs.length <= room;
}

function settleStage({ settled }: Stage): void {
  for (const settle of settled) settle();
}

/** Tells each caller once; the rest of a work that is still queued is not taken up. */
function failAll(group: readonly { readonly work: Work; readonly queued: Queued }[], error: unknown): void {
  for (const { work, queued } of group) {
    if (queued.failed) continue;
    queued.failed = true;
    work.fail(error);
  }
}

/** The entry whose events a decision wants: the one that is corrected, or that is commented on and long forgotten. */
function entryToLoad(ledger: Ledger, entry: Entry): string | undefined {
  if (entry.type === 'correction') return entry.corrects;
  const commented = entry.type === 'comment' ? entryCommentedOn(entry) : null;
  if (commented === null || ledger.entriesForgottenThrough === 0) return undefined;
  return ledger.entries.has(commented) ? undefined : commented;
}

function attempt(action: () => void, fail: (error: unknown) => void): void {
  try {
    action();
  } catch (error) {
    fail(error);
  }
}

/** What an engine writes beside an event's text at most: its hash, its id, its type. */
const BYTES_BESIDE = 90;

/** Bytes as stored, in UTF-8. */
function bytesOf(events: readonly StoredEvent[]): number {
  return events.reduce((bytes, { text }) => bytes + Buffer.byteLength(text) + BYTES_BESIDE, 0);
}

function markOf(session: LedgerSession): Mark {
  return { changes: session.changes.mark(), chain: session.chain.mark() };
}

function rollback(session: LedgerSession, mark: Mark): void {
  session.changes.rollback(mark.changes);
  session.chain.rollback(mark.chain);
}
