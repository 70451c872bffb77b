import type { RecordedEvent } from '../../projections/projection';
import { Changes } from '../../src/kernel/changes';
import type { Instant } from '../../src/kernel/day';
import type { Actor } from '../../src/kernel/event';
import { Refusal, type RefusalCode } from '../../src/kernel/refusal';
import { openCompany } from '../../src/ledger/company/open-company';
import { newCompanySchema } from '../../src/ledger/company/requests';
import { type Book, recordDrafts, recordEntry } from '../../src/ledger/decide';
import type { LedgerDraft, LedgerEvent } from '../../src/ledger/events';
import { emptyLedger, type Ledger } from '../../src/ledger/ledger';
import { prepareEntry } from '../../src/recording/prepare-entry';
import { payloadHash } from '../../src/recording/payload-hash';
import { sha256Hex } from '../../src/platform/crypto';
import type { StoredEvent } from '../../src/ports/event-store';
import { canonicalJson } from '../../src/proof/canonical-json';

/** An entry as a client would send it. */
export type Body = Readonly<Record<string, unknown>>;

/** What became of an entry that was sent: the sequences of its events, or why there are none. */
export type Sent = {
  readonly body: Body;
  readonly now: Instant;
  readonly outcome: 'recorded' | 'not-an-entry' | RefusalCode;
  readonly sequences: readonly number[];
};

export const LEDGER = '11111111-1111-4111-8111-111111111111';

const ACTOR: Actor = { id: 'cashier-1', role: 'admin', via: 'session' };

/**
 * A ledger without I/O: bodies go through the one validator and the real decisions, and come out as canonical texts
 * that are chained and hashed as the writer would do it. Time passes when it is told to; ids are counted.
 */
export class LedgerBook {
  readonly ledger: Ledger = emptyLedger(LEDGER);
  readonly changes = new Changes();
  readonly events: RecordedEvent[] = [];
  readonly stored: StoredEvent[] = [];
  readonly sent: Sent[] = [];
  private readonly byEntry = new Map<string, RecordedEvent[]>();
  private headHash = sha256Hex(canonicalJson({ format: 'caisse-ledger/1', ledger: LEDGER }));
  private ids = 0;

  constructor(
    public now: Instant,
    company: Body = {},
  ) {
    const request = newCompanySchema.parse({ name: 'Boulangerie Ève', siren: '552100554', ...company });
    this.change(() =>
      openCompany(request, { origin: 'caisse.test/ledger', verifierKey: 'test+00000000+AQ' }),
    );
  }

  /** The next of a row of UUIDs. */
  uuid(): string {
    this.ids += 1;
    return `00000000-0000-4000-8000-${String(this.ids).padStart(12, '0')}`;
  }

  eventsOf(entry: string): readonly RecordedEvent[] {
    return this.byEntry.get(entry) ?? [];
  }

  /** Takes in what is no entry: settings, tills, customers, opening balances. @throws Refusal */
  change(decide: (ledger: Ledger, now: Instant) => readonly LedgerDraft[]): RecordedEvent[] {
    return this.write((book) => recordDrafts(book, decide(this.ledger, this.now), null));
  }

  /** Records an entry; `id` is made up when it has none. @throws Refusal */
  record(body: Body): RecordedEvent[] {
    return this.write((book) => this.decide(book, { id: this.uuid(), ...body }));
  }

  /** Records all entries or none, as an atomic batch does. @throws Refusal of the first one that is refused */
  recordAll(bodies: readonly Body[]): RecordedEvent[] {
    return this.write((book) => bodies.flatMap((body) => this.decide(book, { id: this.uuid(), ...body })));
  }

  /** Sends entries, together or one alone, and notes what became of them; a refusal is an answer like any other. */
  send(...bodies: readonly Body[]): RecordedEvent[] | null {
    const known = bodies.map((body) => ({ id: this.uuid(), ...body }));
    const { now } = this;
    const { stackTraceLimit } = Error;
    // A refusal is half of what a random history hears; nobody reads where it came from.
    Error.stackTraceLimit = 0;
    try {
      const events = this.recordAll(known);
      for (const body of known) {
        const sequences = this.eventsOf(body.id).map((event) => event.sequence);
        this.sent.push({ body, now, outcome: 'recorded', sequences });
      }
      return events;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NotAnEntry)) throw error;
      const outcome = error instanceof Refusal ? error.code : 'not-an-entry';
      for (const body of known) this.sent.push({ body, now, outcome, sequences: [] });
      return null;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  private decide(book: Book, body: Body): LedgerEvent[] {
    const prepared = prepareEntry(body, payloadHash);
    if ('issues' in prepared) throw new NotAnEntry(JSON.stringify(prepared.issues));
    const { entry, request } = prepared;
    const originals = entry.type === 'correction' && entry.corrects ? this.eventsOf(entry.corrects) : [];
    return recordEntry(book, entry, request, originals);
  }

  private write(decide: (book: Book) => readonly LedgerEvent[]): RecordedEvent[] {
    const mark = this.changes.mark();
    const before = this.headHash;
    const linked: StoredEvent[] = [];
    try {
      decide(this.book((event) => linked.push(this.linked(event))));
    } catch (error) {
      this.changes.rollback(mark);
      this.headHash = before;
      throw error;
    }
    this.changes.keep();
    return linked.map((stored) => this.keep(stored));
  }

  private linked(event: LedgerEvent): StoredEvent {
    (event as { prevHash: string }).prevHash = this.headHash;
    const text = canonicalJson(event);
    const hash = sha256Hex(text);
    this.headHash = hash;
    return { ledger: LEDGER, sequence: event.sequence, text, hash };
  }

  private keep(stored: StoredEvent): RecordedEvent {
    const event = Object.assign(JSON.parse(stored.text) as LedgerEvent, { hash: stored.hash });
    this.stored.push(stored);
    this.events.push(event);
    const entry = event.entry?.id;
    if (entry !== undefined) {
      const siblings = this.byEntry.get(entry);
      if (siblings) siblings.push(event);
      else this.byEntry.set(entry, [event]);
    }
    return event;
  }

  private book(link: (event: LedgerEvent) => void): Book {
    const { ledger, changes, now } = this;
    return {
      ledger,
      changes,
      now,
      actor: ACTOR,
      nextId: () => this.uuid(),
      link,
      sha256Hex,
      checkpoint: () => `checkpoint of ${this.headHash}`,
    };
  }
}

/** The body is no entry at all: a 400 before it comes near the ledger. */
export class NotAnEntry extends Error {
  override readonly name = 'NotAnEntry';
}
