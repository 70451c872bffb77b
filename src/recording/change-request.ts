import { sha256Hex } from '../platform/crypto';
import { idempotencyKeyOf } from '../platform/http/repeatable-writes';
import type { Ids } from '../ports/ids';
import { canonicalJsonOfReceived } from '../proof/canonical-json';
import type { Request } from '../ledger/decide';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A key as an id: itself when it is a UUID, else one that is made from it (RFC 9562 §5.8, version 8). */
export function idOfKey(key: string): string {
  if (UUID.test(key)) return key.toLowerCase();
  const digits = sha256Hex(key);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}

/**
 * The request behind a write that is no entry. Its idempotency key is remembered like an entry's id, by the ledger
 * itself; without a key the write is not repeatable and gets an id of its own. `body` is what makes a repeat a repeat.
 *
 * @throws Problem invalid-input for a key that is none
 */
export function changeRequest(type: string, key: string | undefined, body: unknown, ids: Ids): Request {
  const id = key === undefined || key === '' ? ids.uuid() : idOfKey(idempotencyKeyOf(key));
  return { id, type, payloadHash: sha256Hex(canonicalJsonOfReceived(body ?? {})) };
}
