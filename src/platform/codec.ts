import { EVENTS, type LedgerEvent } from '../ledger/events';
import type { StoredEvent } from '../ports/event-store';
import { sha256Hex } from './crypto';

/** A stored event is not what was hashed, or is not an event. The ledger that holds it is not used. */
export class DamagedEvent extends Error {
  override readonly name = 'DamagedEvent';

  constructor(
    readonly ledger: string,
    readonly sequence: number,
    readonly reason: 'hash' | 'not-json' | 'sequence' | 'link',
  ) {
    super(`event ${sequence} of ledger ${ledger} is damaged: ${reason}`);
  }
}

/** An event of a newer version: an old program stops instead of guessing. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';

  constructor(
    readonly ledger: string,
    readonly sequence: number,
    readonly type: string,
  ) {
    super(`event ${sequence} of ledger ${ledger} is of a type that this version does not know: ${type}`);
  }
}

/**
 * Reads a stored event: the hash is checked over the text as it was read, then it is parsed, then old versions are
 * brought up to date (there is none yet).
 *
 * @throws DamagedEvent, UnknownEvent
 */
export function decodeStoredEvent(stored: StoredEvent): LedgerEvent {
  if (sha256Hex(stored.text) !== stored.hash) throw new DamagedEvent(stored.ledger, stored.sequence, 'hash');
  let event: LedgerEvent;
  try {
    event = JSON.parse(stored.text) as LedgerEvent;
  } catch {
    throw new DamagedEvent(stored.ledger, stored.sequence, 'not-json');
  }
  if (event.sequence !== stored.sequence || event.ledger !== stored.ledger) {
    throw new DamagedEvent(stored.ledger, stored.sequence, 'sequence');
  }
  const definition = Object.hasOwn(EVENTS, event.type) ? EVENTS[event.type] : undefined;
  if (definition === undefined || event.schemaVersion > definition.schemaVersion) {
    throw new UnknownEvent(stored.ledger, stored.sequence, `${event.type}/${event.schemaVersion}`);
  }
  return event;
}
