import type { LedgerEvent } from '../src/ledger/events';

/** An event as it is read back: what it says, and the hash that stands beside it in the store. */
export type RecordedEvent = LedgerEvent & { readonly hash: string };

/**
 * A read model: a pure fold of one ledger's events into documents. Each document is a function of the events that
 * name its key, in order; it carries the sequence of the last one, so an event that comes twice changes nothing.
 * Documents stay small: what grows with the ledger gets a key of its own, since a document is rewritten whole.
 */
export type Projection<Body = unknown> = {
  /** After what is shown; names the collection together with the version. */
  readonly name: string;
  /** Raise it when documents change their shape or meaning: they are then built anew beside the old ones. */
  readonly version: number;
  /** Whether the event can change any document; cheap, asked for every event. */
  handles(event: RecordedEvent): boolean;
  /** The documents that the event changes, each key once. */
  keys(event: RecordedEvent): readonly string[];
  /** True where no earlier event can have touched the document, so that it need not be looked up. */
  begins?(event: RecordedEvent, key: string): boolean;
  /** Returns the next body; the given one is left as it is. */
  evolve(body: Body | undefined, event: RecordedEvent, key: string): Body;
};

const DIGITS = 10;

/** A number as a key segment, so that keys sort as numbers do. */
export function padded(number: number): string {
  return String(number).padStart(DIGITS, '0');
}

/**
 * Adds to one number of a record and returns nothing; a zero is kept, since a method that moved is shown even if its
 * moves cancel out. Codes come from outside, so only the record's own keys count (`constructor` is a valid code).
 */
export function addTo(record: Record<string, number>, key: string, amount: number): void {
  record[key] = amount + (Object.hasOwn(record, key) ? (record[key] as number) : 0);
}

/** The value under a record's own key. */
export function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
