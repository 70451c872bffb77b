import { Refusal } from '../../kernel/refusal';
import type { LedgerDraft } from '../events';
import { type Ledger, requireTill } from '../ledger';
import { movementDraft, refuseSafe, type TillPlace } from '../place';
import type { OverpaymentEntry } from './entry';
import { OverpaymentExplained } from './events';

/**
 * Says that a gap of the day was an overpayment kept (+) or a shortfall borne (−). Never more than the gap.
 *
 * @throws Refusal amount-not-positive, no-gap-to-explain, overpayment-exceeds-gap
 */
export function explainOverpayment(entry: OverpaymentEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  refuseSafe(place);
  if (entry.amount === 0) throw new Refusal('amount-not-positive', { pointer: '/amount', signed: true });
  const day = requireTill(ledger, place.till).days.get(place.date);
  // A correction of another day finds in suspense what it has just brought back, not this day's own gap.
  const isRestated = place.correction !== undefined && place.about !== place.date;
  const gap = (isRestated ? day?.restatedGap : day?.gap) ?? 0;
  if (gap === 0) throw new Refusal('no-gap-to-explain', { pointer: '/amount', businessDate: place.date });
  if (gap > 0 !== entry.amount > 0 || Math.abs(entry.amount) > Math.abs(gap)) {
    throw new Refusal('overpayment-exceeds-gap', { pointer: '/amount', gap, amount: entry.amount });
  }
  const data = { amount: entry.amount };
  return [
    movementDraft(
      ledger,
      place,
      { type: 'OverpaymentExplained', schemaVersion: OverpaymentExplained.schemaVersion, data },
      'overpayment',
    ),
  ];
}
