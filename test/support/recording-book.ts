import type { RecordedEvent } from '../../projections/projection';
import { Changes } from '../../src/kernel/changes';
import type { Actor } from '../../src/kernel/event';
import { openCompany } from '../../src/ledger/company/open-company';
import { addTill } from '../../src/ledger/company/change-company';
import { newCompanySchema, newTillSchema } from '../../src/ledger/company/requests';
import { recordDrafts, recordEntry, requestOf } from '../../src/ledger/decide';
import { entrySchema } from '../../src/ledger/entries';
import type { LedgerDraft, LedgerEvent } from '../../src/ledger/events';
import { emptyLedger, type Ledger } from '../../src/ledger/ledger';
import { Refusal } from '../../src/kernel/refusal';
import { sha256Hex } from '../../src/platform/crypto';
import type { StoredEvent } from '../../src/ports/event-store';
import { genesisHash } from '../../src/proof/hash';

const ACTOR: Actor = { id: 'cashier', role: 'user', via: 'session' };

export type BookOptions = {
  readonly ledger?: string;
  readonly company?: Record<string, unknown>;
  readonly now?: string;
};

/**
 * A ledger without I/O: entries go through the real decisions and come out as events, with hashes beside them. Time
 * passes when it is told to.
 */
export class RecordingBook {
  readonly id: string;
  readonly events: RecordedEvent[] = [];
  readonly stored: StoredEvent[] = [];
  now: string;
  private readonly ledger: Ledger;
  private readonly changes = new Changes();
  private headHash: string;
  private ids = 0;

  constructor({ ledger, company, now }: BookOptions = {}) {
    this.id = ledger ?? '11111111-1111-4111-8111-111111111111';
    this.now = now ?? '2026-03-14T08:00:00.000Z';
    this.ledger = emptyLedger(this.id);
    this.headHash = genesisHash(this.id, sha256Hex);
    const request = newCompanySchema.parse({
      name: 'Boulangerie Ève',
      siren: '552100554',
      tills: [{ code: 'T1', name: 'Caisse 1', opening: { cash: 15_000 } }],
      ...company,
    });
    this.take(openCompany(request, { origin: 'caisse.test/ledger', verifierKey: 'test+00000000+AQ' }));
  }

  /** Takes decided events in, without an entry. */
  take(drafts: readonly LedgerDraft[]): RecordedEvent[] {
    return this.write((link) => recordDrafts(this.book(link), drafts, null));
  }

  /** Adds a till as it would come over HTTP. @throws Refusal */
  addTill(till: Record<string, unknown>): RecordedEvent[] {
    return this.take(addTill(newTillSchema.parse(till), this.ledger, this.now));
  }

  /** Records an entry as it would come over HTTP; `id` and `till` have defaults. @throws Refusal */
  record(entry: Record<string, unknown>): RecordedEvent[] {
    const parsed = entrySchema.parse({ id: this.uuid(), till: 'T1', ...entry });
    const payloadHash = sha256Hex(JSON.stringify(entry));
    const originals =
      'corrects' in parsed && parsed.corrects !== undefined ? this.eventsOf(parsed.corrects) : [];
    return this.write((link) =>
      recordEntry(this.book(link), parsed, requestOf(parsed, payloadHash), originals),
    );
  }

  /** Records an entry, or answers null when a rule refuses it: for random histories. */
  attempt(entry: Record<string, unknown>): RecordedEvent[] | null {
    try {
      return this.record(entry);
    } catch (error) {
      if (error instanceof Refusal) return null;
      throw error;
    }
  }

  uuid(): string {
    this.ids += 1;
    return `00000000-0000-4000-8000-${String(this.ids).padStart(12, '0')}`;
  }

  /** Reads the state that decides, as the writer lets it be read. */
  inspect<Answer>(read: (ledger: Ledger) => Answer): Answer {
    return read(this.ledger);
  }

  private eventsOf(entry: string): RecordedEvent[] {
    return this.events.filter((event) => event.entry?.id === entry);
  }

  private write(decide: (link: (event: LedgerEvent) => void) => LedgerEvent[]): RecordedEvent[] {
    const mark = this.changes.mark();
    const linked: { event: RecordedEvent; stored: StoredEvent }[] = [];
    const link = (event: LedgerEvent) => {
      (event as { prevHash: string }).prevHash = linked.at(-1)?.stored.hash ?? this.headHash;
      const text = JSON.stringify(event);
      const hash = sha256Hex(text);
      const stored = { ledger: this.id, sequence: event.sequence, text, hash };
      linked.push({ event: Object.assign(JSON.parse(text) as LedgerEvent, { hash }), stored });
    };
    try {
      decide(link);
    } catch (error) {
      this.changes.rollback(mark);
      throw error;
    }
    this.changes.keep();
    this.headHash = linked.at(-1)?.stored.hash ?? this.headHash;
    for (const { event, stored } of linked) {
      this.events.push(event);
      this.stored.push(stored);
    }
    return linked.map(({ event }) => event);
  }

  private book(link: (event: LedgerEvent) => void) {
    return {
      ledger: this.ledger,
      changes: this.changes,
      now: this.now,
      actor: ACTOR,
      nextId: () => this.uuid(),
      link,
      sha256Hex,
      checkpoint: () => 'a checkpoint',
    };
  }
}
