import type { LedgerEvent } from '../ledger/events';
import type { EventStore, StoredEvent } from '../ports/event-store';
import { decodeStoredEvent } from './codec';
import type { EntryIndex } from './entry-index';
import type { LedgerSession } from './ledger-cache';

/** Events that are read at once for entries that are sent again. */
const READ_AHEAD = 128;

/** Reads the events of entries that were recorded before: from what is pending, or from the store with their hash checked. */
export class EventsOfEntries {
  /** Stored events that were read last, of one ledger: they never change. */
  private readLast: readonly StoredEvent[] = [];

  constructor(
    private readonly store: EventStore,
    private readonly index: EntryIndex,
  ) {}

  /** Events of an entry by its id; none when nobody knows it. */
  async ofEntry(session: LedgerSession, id: string): Promise<readonly LedgerEvent[]> {
    const { ledger } = session;
    const known =
      ledger.entries.get(id) ?? (await this.index.find(ledger.id, id, ledger.entriesForgottenThrough));
    if (known === null) return [];
    const last = await this.at(session, known);
    return last?.event.entry ? this.upTo(session, known, last.event.entry.count) : [];
  }

  /** An entry's events stand together: the last one, and `count − 1` before it. */
  async upTo(session: LedgerSession, sequence: number, count: number): Promise<LedgerEvent[]> {
    const events: LedgerEvent[] = [];
    for (let at = sequence - count + 1; at <= sequence; at += 1) {
      const found = await this.at(session, at);
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
  async at({ ledger, chain }: LedgerSession, sequence: number) {
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
