import type { LedgerEvent } from '../../src/ledger/events';
import { sha256Hex } from '../../src/platform/crypto';
import { seal, type Sealed, type Stored } from './sealed-ledger';
import type { Shop } from './shop';

/** An event that a lie may be put into. */
export type Mutable = { -readonly [Key in keyof LedgerEvent]: LedgerEvent[Key] } & {
  data: Record<string, unknown>;
};

/** A shop's events, with lies in them, as somebody who has the key would have sealed them. */
export function sealShop(shop: Shop, lie: (events: Mutable[]) => void = () => undefined): Sealed {
  const events = structuredClone(shop.events).map(({ hash: _hash, ...event }) => event) as Mutable[];
  lie(events);
  return seal(events as LedgerEvent[]);
}

/** The last of the events of a type. */
export function lastOf(events: readonly Mutable[], type: LedgerEvent['type']): Mutable {
  const found = events.findLast((event) => event.type === type);
  if (!found) throw new Error(`no ${type}`);
  return found;
}

/** The stored events with the text of one changed: with its own hash if it is to be believed, else beside the old one. */
export function withText(
  stored: readonly Stored[],
  sequence: number,
  change: (text: string) => string,
  { isRehashed = false } = {},
): Stored[] {
  return stored.map((event, index) => {
    if (index + 1 !== sequence) return event;
    const text = change(event.text);
    if (text === event.text) throw new Error(`nothing to change in event ${sequence}`);
    return { text, hash: isRehashed ? sha256Hex(text) : event.hash };
  });
}

/** Turns every amount that an event posts, and its own, into another number of cents. */
export function setAmount(event: Mutable, cents: number): void {
  event.data.amount = cents;
  event.postings = event.postings?.map((posting) => ({
    ...posting,
    amount: (Math.sign(posting.amount) * cents) as typeof posting.amount,
  }));
}
