import { account } from '../../kernel/account';
import { cents, sumOf } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import { pairKey } from '../../kernel/text';
import type { LedgerDraft } from '../events';
import { balanceOf, type Ledger } from '../ledger';
import { totalOfDenominations } from '../denominations';
import { requireTillMethod } from '../payment-rules';
import { movementDraft, type Place, type TillPlace } from '../place';
import { MAIN_BANK_ACCOUNT } from '../postings-of';
import type { DepositConfirmationEntry, DepositEntry } from './entry';
import { DepositConfirmed, DepositMade } from './events';

/**
 * Sends money to the bank: out of the till, in transit under the deposit's own id.
 *
 * @throws Refusal unknown-method, method-not-allowed, slip-mismatch, cheque-already-remitted
 */
export function makeDeposit(entry: DepositEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  requireTillMethod(ledger, place, entry.method, '/method');
  checkSlip(entry, ledger);
  const { method, amount, slip, bankAccount = MAIN_BANK_ACCOUNT } = entry;
  const data = { deposit: place.entry, method, amount, slip, bankAccount };
  return [
    movementDraft(
      ledger,
      place,
      { type: 'DepositMade', schemaVersion: DepositMade.schemaVersion, data },
      'deposit',
    ),
  ];
}

function checkSlip({ slip, amount }: DepositEntry, ledger: Ledger): void {
  if (slip?.cheques) {
    const total = sumOf(slip.cheques, (cheque) => cheque.amount);
    if (total !== amount) throw new Refusal('slip-mismatch', { pointer: '/slip/cheques', total, amount });
    const onSlip = new Set<string>();
    slip.cheques.forEach(({ bank, number }, index) => {
      const key = pairKey(bank, number);
      if (onSlip.has(key) || ledger.cheques.has(key)) {
        throw new Refusal('cheque-already-remitted', { pointer: `/slip/cheques/${index}`, bank, number });
      }
      onSlip.add(key);
    });
  }
  if (slip?.denominations) {
    const total = totalOfDenominations(slip.denominations);
    if (total !== amount)
      throw new Refusal('slip-mismatch', { pointer: '/slip/denominations', total, amount });
  }
}

/**
 * The bank has credited a deposit, wholly or in part; what is missing stays in transit, or is a difference when
 * the confirmation is final. Opens no till day.
 *
 * @throws Refusal unknown-deposit, deposit-settled, confirmation-exceeds-deposit
 */
export function confirmDeposit(entry: DepositConfirmationEntry, ledger: Ledger, place: Place): LedgerDraft[] {
  const deposit = ledger.deposits.get(entry.deposit);
  if (!deposit) throw new Refusal('unknown-deposit', { pointer: '/deposit', deposit: entry.deposit });
  const inTransit = balanceOf(ledger, account.transit(deposit.method, entry.deposit));
  if (inTransit === 0) throw new Refusal('deposit-settled', { pointer: '/deposit', deposit: entry.deposit });
  const fees = entry.fees ?? cents(0);
  const confirmed = entry.amount + fees;
  if (confirmed > inTransit) {
    throw new Refusal('confirmation-exceeds-deposit', { pointer: '/amount', inTransit, confirmed });
  }
  const final = entry.final ?? false;
  if (confirmed === 0 && !final) throw new Refusal('amount-not-positive', { pointer: '/amount' });
  const data = {
    deposit: entry.deposit,
    method: deposit.method,
    bankAccount: deposit.bankAccount,
    amount: entry.amount,
    fees,
    final,
    writtenOff: cents(final ? inTransit - confirmed : 0),
  };
  return [
    movementDraft(
      ledger,
      place,
      { type: 'DepositConfirmed', schemaVersion: DepositConfirmed.schemaVersion, data },
      'deposit-confirmation',
    ),
  ];
}
