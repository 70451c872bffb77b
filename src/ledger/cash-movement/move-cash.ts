import { SAFE } from '../../kernel/account';
import { Refusal } from '../../kernel/refusal';
import type { LedgerDraft } from '../events';
import type { Ledger } from '../ledger';
import { requireTillMethod } from '../payment-rules';
import { movementDraft, placeOnTill, type TillPlace } from '../place';
import type { CashInEntry, CashOutEntry } from './entry';
import { CashPutIn, CashTakenOut } from './events';

/**
 * Money put into a till, or taken out of it, that is no sale. To or from the safe it is two events of one entry,
 * since one event belongs to one till.
 *
 * @throws Refusal unknown-method, method-not-allowed, same-place, day-closed (of the safe)
 */
export function moveCash(entry: CashInEntry | CashOutEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  requireTillMethod(ledger, place, entry.method, '/method');
  const { method, amount, reason, label } = entry;
  const data = { method, amount, reason, label };
  const putIn = { type: 'CashPutIn', schemaVersion: CashPutIn.schemaVersion, data } as const;
  const takenOut = { type: 'CashTakenOut', schemaVersion: CashTakenOut.schemaVersion, data } as const;
  const [own, others] =
    entry.type === 'cash-in' ? ([putIn, takenOut] as const) : ([takenOut, putIn] as const);
  const draft = movementDraft(ledger, place, own, entry.type);
  if (reason !== 'safe') return [draft];
  if (place.till === SAFE) throw new Refusal('same-place', { pointer: '/reason' });
  return [draft, movementDraft(ledger, placeOnTill(ledger, place, SAFE), others, entry.type)];
}
