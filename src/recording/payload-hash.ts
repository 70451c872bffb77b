import { sha256Hex } from '../platform/crypto';
import { canonicalJsonOfReceived } from '../proof/canonical-json';

/** SHA-256 of the JCS form of a body as received, without its id (design.md §3): what makes a repeat a repeat. */
export function payloadHash(bodyWithoutId: unknown): string {
  return sha256Hex(canonicalJsonOfReceived(bodyWithoutId));
}
