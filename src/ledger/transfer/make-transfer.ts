import { Refusal } from '../../kernel/refusal';
import type { LedgerDraft } from '../events';
import { type Ledger, requireFeature } from '../ledger';
import { requireTillMethod } from '../payment-rules';
import { movementDraft, placeOnTill, type TillPlace } from '../place';
import type { TransferEntry } from './entry';
import { MethodsTransferred, TransferReceived, TransferSent } from './events';

/**
 * Moves an amount between two methods of a till, or between tills and the safe (two events of one entry).
 *
 * @throws Refusal feature-disabled, unknown-till, unknown-method, method-not-allowed, same-place, day-closed
 */
export function makeTransfer(entry: TransferEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  const from = { till: entry.from.till ?? place.till, method: entry.from.method };
  const to = { till: entry.to.till ?? place.till, method: entry.to.method };
  const sender = placeOnTill(ledger, place, from.till, '/from/till');
  requireTillMethod(ledger, place, from.method, '/from/method');
  const receiver = placeOnTill(ledger, place, to.till, '/to/till');
  requireTillMethod(ledger, place, to.method, '/to/method');
  const data = { from, to, amount: entry.amount, zNumber: entry.zNumber };
  if (from.till === to.till) {
    requireFeature(ledger, 'transfers', place.about);
    if (from.method === to.method) throw new Refusal('same-place', { pointer: '/to' });
    const own = {
      type: 'MethodsTransferred',
      schemaVersion: MethodsTransferred.schemaVersion,
      data,
    } as const;
    return [movementDraft(ledger, sender, own, 'transfer')];
  }
  const sent = { type: 'TransferSent', schemaVersion: TransferSent.schemaVersion, data } as const;
  const received = { type: 'TransferReceived', schemaVersion: TransferReceived.schemaVersion, data } as const;
  return [
    movementDraft(ledger, sender, sent, 'transfer'),
    movementDraft(ledger, receiver, received, 'transfer'),
  ];
}
