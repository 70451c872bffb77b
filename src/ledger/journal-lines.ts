import { readTillAccount } from '../kernel/account';
import { cents, type Cents } from '../kernel/money';
import { unreachable } from '../kernel/unreachable';
import type { LedgerEvent } from './events';
import { isMovementType, type MovementFacts } from './movements';
import type { RecordedPayment } from './payment';

/** One line that an event writes into the cash journal of its till. */
export type JournalLine = {
  /** Empty for a sale without any payment. */
  readonly method: string;
  /** Positive came in, negative went out. */
  readonly amount: Cents;
  /** False for what was paid on credit or with a voucher: no till balance moves, yet the sale is in the book. */
  readonly onTill: boolean;
};

/**
 * The journal lines of an event: one for each posting on a till or the safe (opposite signs are never merged), one
 * for each payment on credit or by voucher, and a line of zero for a sale that was not paid at all, so that no
 * document is missing from the book (law.md J1, J2).
 */
export function journalLinesOf(event: LedgerEvent): JournalLine[] {
  const lines: JournalLine[] = [];
  if (event.till === undefined || event.businessDate === undefined) return lines;
  for (const posting of event.postings ?? []) {
    const means = readTillAccount(posting.account);
    if (means) lines.push({ method: means.method, amount: posting.amount, onTill: true });
  }
  if (event.type === 'MovementReversed') addOtherPayments(lines, event.data.original, -1);
  else if (isMovementType(event.type)) addOtherPayments(lines, event as MovementFacts, 1);
  return lines;
}

function addOtherPayments(lines: JournalLine[], movement: MovementFacts, sign: 1 | -1): void {
  const payments = paymentsOf(movement);
  if (payments === null) return;
  for (const { method, amount, customer, voucher } of payments) {
    if (customer !== undefined || voucher !== undefined) {
      lines.push({ method, amount: cents(sign * amount), onTill: false });
    }
  }
  if (lines.length === 0) lines.push({ method: '', amount: cents(0), onTill: false });
}

/** The payments of a document with turnover; null for any other event. Refunded vouchers pay out. */
function paymentsOf(movement: MovementFacts): readonly RecordedPayment[] | null {
  switch (movement.type) {
    case 'SaleRecorded':
    case 'ZTicketRecorded':
    case 'VoucherSold':
    case 'CreditRepaid':
      return movement.data.payments;
    case 'VoucherRefunded':
      return movement.data.payments.map((payment) => ({ ...payment, amount: cents(-payment.amount) }));
    case 'CashPutIn':
    case 'CashTakenOut':
    case 'DepositConfirmed':
    case 'DepositMade':
    case 'ExpensePaid':
    case 'MethodsTransferred':
    case 'OpeningCounted':
    case 'OverpaymentExplained':
    case 'TransferReceived':
    case 'TransferSent':
    case 'VoucherExpired':
    case 'ZTicketChecked':
      return null;
    default:
      return unreachable(movement);
  }
}
