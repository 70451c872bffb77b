import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../kernel/event';
import type { Ledger } from '../ledger/ledger';
import type { Clock } from '../ports/clock';
import { type EventStore, type Head, StoreUnavailable, WrongRevision } from '../ports/event-store';
import type { Ids } from '../ports/ids';
import type { Witness } from '../ports/witness';
import type { CheckpointSigner } from './checkpoints';
import type { EntryIndex } from './entry-index';
import { EventsOfEntries } from './events-of-entries';
import {
  type ChangeToRecord,
  type ClockStep,
  type EntryToRecord,
  JobDecider,
  type Jobs,
  type Mark,
  markOf,
  type Outcome,
  rollback,
  UnknownLedger,
} from './job-decider';
import type { LedgerCache, LedgerSession } from './ledger-cache';
import type { Turns } from './turns';

export {
  type ChangeToRecord,
  type ClockStep,
  type EntryToRecord,
  type Outcome,
  type Recorded,
  UnknownLedger,
} from './job-decider';

/** Too much is waiting; the caller is asked to come back. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

export type WriterOptions = {
  /** Most entries that one append holds; by default as many as the store finds worth one. */
  readonly groupEntries?: number;
  /** Most entries waiting for one ledger, and for all. */
  readonly queuedPerLedger: number;
  readonly queuedInAll: number;
  /** How long a group is decided again and again while other writers are faster. */
  readonly contentionMs: number;
  /** How long after its last use here a ledger is kept level with what other nodes append to it. */
  readonly followedMs: number;
  /** Told when an event is recorded more than 5 s before the one that precedes it. */
  readonly onClockStep?: (step: ClockStep) => void;
  /** Told how many events an append made durable. */
  readonly onRecorded?: (events: number) => void;
  /** Among several nodes: how one that is always too late is let through. */
  readonly turns?: Turns | null;
};

export const WRITER_DEFAULTS: WriterOptions = {
  queuedPerLedger: 20_000,
  queuedInAll: 100_000,
  contentionMs: 10_000,
  followedMs: 10_000,
};

/**
 * While other writers are about, each waits by chance up to twice as long as its last try took, within these bounds, before
 * it tries again or takes up what is queued: so tries are seldom in vain.
 */
const STEP_ASIDE_LEAST_MS = 20;
const STEP_ASIDE_MOST_MS = 1_000;
/** How long a ledger counts as contended after a try was in vain. */
const CONTENDED_MS = 1_000;
/**
 * Who has tried in vain for so long asks for a turn, what it waited in between not counted; or whoever has used up such a share
 * of its time, also when that went by in others' turns.
 */
const TURN_AFTER_MS = 500;
const TURN_AFTER_SHARE = 0.25;

/**
 * Callers who all wait for the same append would all come back at once, and the disk would rest while their next
 * entries are decided. A crowd of so many entries is therefore cut once: one share is written while the other is
 * decided, and they stay out of step.
 */
const CROWD = 16;
const FIRST_SHARE = 0.5;

/**
 * While an append is under way: how long parts are decided in a row, in milliseconds, before it has its turn. It goes out
 * piece by piece, and its answer is waited for.
 */
const LONGEST_TURN_MS = 3;

type Work = Jobs & {
  readonly inspect?: (ledger: Ledger) => void;
  readonly settle: (outcomes: readonly Outcome[]) => void;
  readonly fail: (error: unknown) => void;
};

/** Some jobs of a work that are decided and appended together: all of an atomic work, else a slice. */
type Part = { readonly work: Work; readonly jobs: Jobs['jobs']; readonly isLast: boolean };

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
  /** How long this one steps aside for them at most. */
  stepAsideMs: number;
};

/** Answers the caller of a part. */
type Settlement = () => void;

/** Parts that were decided, with what to do once their events are durable. */
type Stage = {
  readonly group: readonly (Part & { readonly queued: Queued })[];
  mark: Mark;
  readonly expectedSequence: number;
  readonly events: number;
  /** Sequences that end an entry or an atomic batch: an append that is too large for the store is cut there. */
  readonly ends: readonly number[];
  readonly settled: readonly Settlement[];
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
  /** How far ledgers are that others append to, while it is read what they have appended. */
  private readonly heard = new Map<string, number>();
  private queuedInAll = 0;
  private readonly decider: JobDecider;
  /** Most entries that one append holds. */
  readonly groupEntries: number;

  constructor(
    private readonly store: EventStore,
    private readonly witness: Witness,
    private readonly signer: CheckpointSigner,
    clock: Clock,
    ids: Ids,
    index: EntryIndex,
    private readonly cache: LedgerCache,
    private readonly options: WriterOptions = WRITER_DEFAULTS,
  ) {
    const events = new EventsOfEntries(store, index);
    this.groupEntries = options.groupEntries ?? store.entriesPerAppend;
    this.decider = new JobDecider({ signer, clock, ids, index, events, onClockStep: options.onClockStep });
  }

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
    this.cache.noteUse(ledger);
    return this.look(ledger, read);
  }

  private look<Answer>(ledger: string, read: (ledger: Ledger) => Answer): Promise<Answer> {
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

  /**
   * Reads what others have appended to a ledger that is used here, so that the next decision need not. One that was not used
   * for a while is another node's business: whoever needs it next reads its tail.
   */
  async follow({ ledger, sequence }: Head): Promise<void> {
    if (!this.isBehind(ledger, sequence) || !this.cache.isInUse(ledger, this.options.followedMs)) return;
    // What others write all the time is read when it is needed, once for all that has come.
    if (this.isContendedLedger(ledger)) return;
    const isUnderWay = this.heard.has(ledger);
    this.heard.set(ledger, sequence);
    if (isUnderWay) return;
    try {
      while (this.isBehind(ledger, this.heard.get(ledger) ?? 0)) await this.look(ledger, () => undefined);
    } catch {
      // It is told to whoever needs the ledger next.
    } finally {
      this.heard.delete(ledger);
    }
  }

  private isContendedLedger(ledger: string): boolean {
    const mailbox = this.mailboxes.get(ledger);
    return mailbox !== undefined && isContended(mailbox);
  }

  private isBehind(ledger: string, sequence: number): boolean {
    return (this.cache.sequenceOf(ledger) ?? Infinity) < sequence;
  }

  /** Waits until nothing is queued: before a shutdown. */
  async idle(): Promise<void> {
    while ([...this.mailboxes.values()].some((mailbox) => mailbox.draining)) await delay(5);
  }

  private post(ledger: string, { jobs, atomic, actor, opens }: Jobs): Promise<readonly Outcome[]> {
    if (jobs.length === 0) return Promise.resolve([]);
    this.cache.noteUse(ledger);
    return new Promise((settle, fail) => this.enqueue(ledger, { jobs, atomic, actor, opens, settle, fail }));
  }

  private enqueue(ledger: string, work: Work): void {
    let mailbox = this.mailboxes.get(ledger);
    if (!mailbox) {
      mailbox = {
        works: [],
        queued: 0,
        draining: false,
        contendedUntil: 0,
        stepAsideMs: STEP_ASIDE_LEAST_MS,
      };
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
      const mustLand = await this.givesWay(ledger, mailbox, flight !== null);
      const group = mustLand ? [] : this.takeGroup(mailbox, flight === null);
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
    this.options.turns?.end(ledger);
    mailbox.draining = false;
    this.mailboxes.delete(ledger);
  }

  /**
   * Waits while it is another node's turn, or answers that what is in the air must come down first; steps aside where others
   * are about.
   */
  private async givesWay(ledger: string, mailbox: Mailbox, isFlying: boolean): Promise<boolean> {
    const { turns } = this.options;
    // Who only reads stands in nobody's way.
    const isReading = mailbox.works[0]?.work.inspect !== undefined;
    turns?.endIfOver(ledger);
    if (isReading) return false;
    if (turns?.isOthers(ledger)) {
      if (!isFlying) await turns.othersEnd(ledger);
      return isFlying;
    }
    if (!isFlying && !turns?.isOwn(ledger) && isContended(mailbox))
      await delay(Math.random() * mailbox.stepAsideMs);
    return false;
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
      // What others write all the time was not followed meanwhile.
      const isBehind = (!flight || mustLand) && this.isContendedLedger(ledger);
      if (mayBeBehind && (reads || isBehind)) await this.readTail(session);
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
    const stage = await this.decide(session, group, flight !== null);
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
    this.options.onRecorded?.(stage.events);
    if (after) after.mark = { changes: 0, chain: session.chain.moved(after.mark.chain, stage.events) };
  }

  /** Somebody else was faster: reads what they wrote and decides the same group on it, for a bounded time, see `Turns`. */
  private async decideAgain(ledger: string, group: Stage['group']): Promise<void> {
    const { contentionMs } = this.options;
    const mailbox = this.mailboxes.get(ledger);
    const since = performance.now();
    let wait = 0;
    let triedMs = 0;
    while (performance.now() - since < contentionMs) {
      if (mailbox) mailbox.contendedUntil = performance.now() + CONTENDED_MS;
      const isLate = triedMs > TURN_AFTER_MS || performance.now() - since > TURN_AFTER_SHARE * contentionMs;
      await this.moment(ledger, isLate, wait);
      const began = performance.now();
      const session = await this.cache.open(ledger);
      try {
        await this.cache.refresh(session);
        const stage = await this.decide(session, group);
        const error = stage.events > 0 ? await this.appended(session, stage) : null;
        const tookMs = performance.now() - began;
        triedMs += tookMs;
        wait = stepAside(tookMs);
        if (mailbox) mailbox.stepAsideMs = wait;
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

  /** Waits for the moment to try again: by chance when it is nobody's turn, and not at all when it is this node's own. */
  private async moment(ledger: string, isLate: boolean, wait: number): Promise<void> {
    const { turns } = this.options;
    if (isLate) turns?.ask(ledger);
    await turns?.othersEnd(ledger);
    if (!turns?.isOwn(ledger)) await delay(Math.random() * wait);
  }

  /** The next parts of the mailbox, at most one append's worth; the first of a crowd is smaller, see `FIRST_SHARE`. */
  private takeGroup(mailbox: Mailbox, isFirst: boolean): Stage['group'] {
    const group: (Part & { readonly queued: Queued })[] = [];
    let room = this.groupEntries;
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

  private async decide(session: LedgerSession, group: Stage['group'], hasFlight = false): Promise<Stage> {
    const mark = markOf(session);
    const expectedSequence = session.ledger.sequence;
    const settled: Settlement[] = [];
    const ends: number[] = [];
    let turnBegan = performance.now();
    for (const part of group) {
      if (hasFlight && performance.now() - turnBegan > LONGEST_TURN_MS) {
        await turn();
        turnBegan = performance.now();
      }
      // Most parts need nothing from outside the state: only those that do give way to others.
      const decided = this.decidePart(session, part, ends);
      settled.push(decided instanceof Promise ? await decided : decided);
    }
    const events = session.ledger.sequence - expectedSequence;
    return { group, mark, expectedSequence, events, ends, settled };
  }

  /** Decides one part; what goes wrong with it costs the others nothing. Answers what to do once it is durable. */
  private decidePart(
    session: LedgerSession,
    part: Stage['group'][number],
    ends: number[],
  ): Settlement | Promise<Settlement> {
    const { work } = part;
    if (work.inspect) return inspection(session.ledger, work, work.inspect);
    const mark = markOf(session);
    const endsBefore = ends.length;
    const takenBack = (error: unknown): Settlement => {
      rollback(session, mark);
      ends.length = endsBefore;
      return () => failAll([part], error);
    };
    try {
      const decided = this.decider.decide(session, part.jobs, work, ends);
      if (!(decided instanceof Promise)) return settlement(part, decided);
      return decided.then((outcomes) => settlement(part, outcomes), takenBack);
    } catch (error) {
      return takenBack(error);
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
}

function isContended({ contendedUntil }: Mailbox): boolean {
  return contendedUntil > performance.now();
}

function stepAside(tookMs: number): number {
  return Math.min(Math.max(2 * tookMs, STEP_ASIDE_LEAST_MS), STEP_ASIDE_MOST_MS);
}

/** What is read must be durable and must not have been overtaken: reads stand alone. An atomic work is not cut. */
function mayJoin(work: Work, first: Work, room: number): boolean {
  if ((first.inspect === undefined) !== (work.inspect === undefined)) return false;
  return !work.atomic || work.jobs.length <= room;
}

function inspection(ledger: Ledger, work: Work, read: (ledger: Ledger) => void): Settlement {
  return () => {
    if (ledger.sequence === 0) work.fail(new UnknownLedger(ledger.id));
    else attempt(() => read(ledger), work.fail);
  };
}

function settlement(
  { work, queued, isLast }: Stage['group'][number],
  outcomes: readonly Outcome[],
): Settlement {
  return () => {
    for (const outcome of outcomes) queued.outcomes.push(outcome);
    if (isLast && !queued.failed) work.settle(queued.outcomes);
  };
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

function attempt(action: () => void, fail: (error: unknown) => void): void {
  try {
    action();
  } catch (error) {
    fail(error);
  }
}
