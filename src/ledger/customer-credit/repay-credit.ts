import { account, ANONYMOUS } from '../../kernel/account';
import { cents } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import type { LedgerDraft } from '../events';
import { balanceOf, type Ledger, requireFeature } from '../ledger';
import type { RecordedPayment } from '../payment';
import { requireCustomer, resolvePayments, sumOfPayments } from '../payment-rules';
import { movementDraft, refuseSafe, type TillPlace } from '../place';
import type { CreditRepaymentEntry } from './entry';
import { CreditRepaid } from './events';

/**
 * A customer pays back. More than is owed is refused, unless the rest is declared as an overpayment.
 *
 * @throws Refusal feature-disabled, unknown-customer, repayment-exceeds-debt, amount-not-positive, and what its
 *   payments refuse
 */
export function repayCredit(entry: CreditRepaymentEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  refuseSafe(place);
  requireFeature(ledger, 'customerCredit', place.about);
  if (entry.customer !== undefined) requireCustomer(ledger, entry.customer, '/customer');
  const payments = resolvePayments(ledger, place, entry.payments, ['credit']);
  refuseSinglePurpose(payments);
  const repaid = cents(sumOfPayments(payments) - (entry.overpayment ?? 0));
  if (repaid <= 0) throw new Refusal('amount-not-positive', { pointer: '/payments' });
  const owed = balanceOf(ledger, account.customer(entry.customer ?? ANONYMOUS));
  if (repaid > owed) throw new Refusal('repayment-exceeds-debt', { pointer: '/payments', owed, repaid });
  const data = { customer: entry.customer, payments, overpayment: entry.overpayment };
  return [
    movementDraft(
      ledger,
      place,
      { type: 'CreditRepaid', schemaVersion: CreditRepaid.schemaVersion, data },
      'credit-repayment',
    ),
  ];
}

/** It pays for goods of its own category and rate, whose VAT was due when it was sold; a debt is neither. */
function refuseSinglePurpose(payments: readonly RecordedPayment[]): void {
  payments.forEach(({ voucher, voucherKind }, index) => {
    if (voucherKind === 'single-purpose')
      throw new Refusal('voucher-not-applicable', { pointer: `/payments/${index}/voucher`, voucher });
  });
}
