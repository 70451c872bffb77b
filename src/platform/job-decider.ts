import type { Instant } from '../kernel/day';
import type { Actor } from '../kernel/event';
import { Refusal } from '../kernel/refusal';
import type { AlertData } from '../ledger/alert/events';
import { entryCommentedOn } from '../ledger/comment/add-comment';
import { balancesOfTill, type Book, recordDrafts, recordEntry, type Request } from '../ledger/decide';
import type { Entry } from '../ledger/entries';
import type { LedgerDraft, LedgerEvent } from '../ledger/events';
import { mayBeForgotten } from '../ledger/forgotten-ids';
import type { Ledger } from '../ledger/ledger';
import type { Clock } from '../ports/clock';
import type { StoredEvent } from '../ports/event-store';
import type { Ids } from '../ports/ids';
import type { CheckpointSigner } from './checkpoints';
import { sha256Hex } from './crypto';
import type { EntryIndex } from './entry-index';
import type { EventsOfEntries } from './events-of-entries';
import type { LedgerSession } from './ledger-cache';

/** An entry as the edge hands it over: validated, with the hash of what was received. */
export type EntryToRecord = {
  readonly entry: Entry;
  readonly request: Request;
  /** The tills that who records it is limited to: an entry of others is unknown to him, who may not read it either. */
  readonly tills?: readonly string[] | undefined;
};

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

type Job = EntryToRecord | ChangeToRecord;

/** What is decided together, in order. */
export type Jobs = {
  readonly jobs: readonly Job[];
  /** All or none. */
  readonly atomic: boolean;
  readonly actor: Actor;
  /** Whether the ledger may be new. */
  readonly opens: boolean;
};

/** On what terms jobs are decided. */
type Terms = Omit<Jobs, 'jobs'>;

/** No ledger has this id. */
export class UnknownLedger extends Error {
  override readonly name = 'UnknownLedger';
}

/** A clock that was set back, or that of another node is ahead: `recordedAt` goes from one instant to an earlier one. */
export type ClockStep = { readonly ledger: string; readonly from: Instant; readonly to: Instant };

/** Clocks that are kept in time are off by less; `recordedAt` says what the clock said either way. */
const CLOCK_TOLERANCE_MS = 5_000;

/** An atomic batch is at most this large as stored, on every engine (an EventStoreDB append takes 1 MiB). */
const LARGEST_ATOMIC_BATCH = 900 * 1024;

export type DeciderDependencies = {
  readonly signer: CheckpointSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly index: EntryIndex;
  readonly events: EventsOfEntries;
  /** Told when an event is recorded more than 5 s before the one that precedes it. */
  readonly onClockStep: ((step: ClockStep) => void) | undefined;
};

/**
 * Decides single entries and changes on a ledger in memory: what is new goes to the domain, what is known is answered as
 * it was. What follows from a decision is in memory and pending; whether it becomes durable is the writer's.
 */
export class JobDecider {
  private readonly signer: CheckpointSigner;
  private readonly clock: Clock;
  private readonly ids: Ids;
  private readonly index: EntryIndex;
  private readonly events: EventsOfEntries;
  private readonly onClockStep: DeciderDependencies['onClockStep'];

  constructor({ signer, clock, ids, index, events, onClockStep }: DeciderDependencies) {
    this.signer = signer;
    this.clock = clock;
    this.ids = ids;
    this.index = index;
    this.events = events;
    this.onClockStep = onClockStep;
  }

  /**
   * Decides jobs in order, and links their events: at once, unless something has to be read for one of them. `ends` takes
   * the sequences after which an append may be cut. An atomic batch leaves nothing when one of its entries is refused.
   *
   * @throws UnknownLedger
   */
  decide(
    session: LedgerSession,
    jobs: readonly Job[],
    terms: Terms,
    ends: number[],
  ): Outcome[] | Promise<Outcome[]> {
    if (session.ledger.sequence === 0 && !terms.opens) throw new UnknownLedger(session.ledger.id);
    const mark = markOf(session);
    const outcomes: Outcome[] = [];
    const result = () => (terms.atomic ? allOrNone(session, mark, outcomes, ends) : outcomes);
    const note = (outcome: Outcome) => {
      outcomes.push(outcome);
      if (!terms.atomic) ends.push(session.ledger.sequence);
    };
    for (let index = 0; index < jobs.length; index += 1) {
      const step = this.decideJob(session, jobs[index] as Job, terms);
      if (step instanceof Promise)
        return this.decideRest(session, jobs.slice(index + 1), terms, step, note).then(result);
      note(step);
    }
    return result();
  }

  private async decideRest(
    session: LedgerSession,
    rest: readonly Job[],
    terms: Terms,
    first: Promise<Outcome>,
    note: (outcome: Outcome) => void,
  ): Promise<void> {
    note(await first);
    for (const job of rest) note(await this.decideJob(session, job, terms));
  }

  private decideJob(session: LedgerSession, job: Job, terms: Terms): Outcome | Promise<Outcome> {
    const { ledger } = session;
    const { id } = job.request;
    const known = ledger.entries.get(id);
    if (known !== undefined) return this.replay(session, job, known);
    // An id counts for ever: one that the state has forgotten is looked up in the index.
    if (mayBeForgotten(ledger.forgottenIds, id)) return this.decideAfterLookup(session, job, terms);
    return this.decideNew(session, job, terms);
  }

  private decideNew(session: LedgerSession, job: Job, terms: Terms): Outcome | Promise<Outcome> {
    const named = 'entry' in job ? entryToLoad(session.ledger, job) : undefined;
    return named === undefined
      ? this.take(session, job, terms, [])
      : this.decideOn(session, job, terms, named);
  }

  private async decideAfterLookup(session: LedgerSession, job: Job, terms: Terms): Promise<Outcome> {
    const { ledger } = session;
    const sequence = await this.index.find(ledger.id, job.request.id, ledger.entriesForgottenThrough);
    if (sequence !== null) return this.replay(session, job, sequence);
    return this.decideNew(session, job, terms);
  }

  private async decideOn(session: LedgerSession, job: Job, terms: Terms, named: string): Promise<Outcome> {
    const events = await this.events.ofEntry(session, named);
    if ('entry' in job && job.entry.type === 'comment' && !isVisible(events, job.tills)) {
      const refusal = new Refusal('unknown-entry', { pointer: '/about/entry', entry: named });
      return { status: 'refused', id: job.request.id, refusal };
    }
    return this.take(session, job, terms, events);
  }

  private take(session: LedgerSession, job: Job, terms: Terms, originals: readonly LedgerEvent[]): Outcome {
    const mark = markOf(session);
    const book = this.bookOf(session, terms.actor);
    const { recordedAt } = session.ledger;
    try {
      const events =
        'entry' in job
          ? recordEntry(book, job.entry, job.request, originals)
          : this.takeChange(book, job, terms.opens);
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
      this.onClockStep?.({ ledger: ledger.id, from, to });
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
    const stored = await this.events.at(session, sequence);
    const entry = stored?.event.entry;
    if (!stored || !entry) throw new Error(`event ${sequence} of ledger ${session.ledger.id} is no entry's`);
    if (entry.payloadHash !== payloadHash || entry.type !== job.request.type) {
      return {
        status: 'refused',
        id,
        refusal: new Refusal('idempotency-mismatch', { pointer: '/id', id, sequence }),
      };
    }
    const events = await this.events.upTo(session, sequence, entry.count);
    return this.answer(session, 'replayed', job.request, events, stored.hash);
  }
}

function allOrNone(session: LedgerSession, mark: Mark, outcomes: Outcome[], ends: number[]): Outcome[] {
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

/** A place to come back to. */
export type Mark = { readonly changes: number; readonly chain: ReturnType<LedgerSession['chain']['mark']> };

/**
 * The entry whose events a decision wants: the one that is corrected, or one that is commented on if it is long forgotten
 * or must be of one of the commentator's tills.
 */
function entryToLoad(ledger: Ledger, { entry, tills }: EntryToRecord): string | undefined {
  if (entry.type === 'correction') return entry.corrects;
  const commented = entry.type === 'comment' ? entryCommentedOn(entry) : null;
  if (commented !== null && tills !== undefined) return commented;
  if (commented === null || ledger.entriesForgottenThrough === 0) return undefined;
  return ledger.entries.has(commented) ? undefined : commented;
}

/** Whether an entry is of one of these tills, as a reader who is limited to them sees it. */
function isVisible(events: readonly LedgerEvent[], tills: readonly string[] | undefined): boolean {
  return tills === undefined || events.some(({ till }) => till !== undefined && tills.includes(till));
}

/** What an engine writes beside an event's text at most: its hash, its id, its type. */
const BYTES_BESIDE = 90;

/** Bytes as stored, in UTF-8. */
function bytesOf(events: readonly StoredEvent[]): number {
  return events.reduce((bytes, { text }) => bytes + Buffer.byteLength(text) + BYTES_BESIDE, 0);
}

export function markOf(session: LedgerSession): Mark {
  return { changes: session.changes.mark(), chain: session.chain.mark() };
}

/** Takes back what was decided since. */
export function rollback(session: LedgerSession, mark: Mark): void {
  session.changes.rollback(mark.changes);
  session.chain.rollback(mark.chain);
}
