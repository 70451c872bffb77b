/**
 * Why the ledger says no. Stable: programs branch on these. What each means over HTTP, and its French title,
 * stand in one total table of the platform; a code without a row there does not compile.
 */
export const REFUSAL_CODES = [
  'amount-not-positive',
  'amount-too-large',
  'batch-too-large',
  'cash-balance-negative',
  'category-required',
  'cheque-already-remitted',
  'comment-required',
  'confirmation-exceeds-deposit',
  'count-required',
  'customer-credit-global',
  'customer-erased',
  'date-required',
  'day-closed',
  'day-fed-by-z',
  'day-in-future',
  'denominations-mismatch',
  'deposit-confirmed',
  'deposit-settled',
  'entry-already-corrected',
  'entry-not-correctable',
  'entry-too-large',
  'feature-disabled',
  'idempotency-mismatch',
  'ledger-exists',
  'method-not-allowed',
  'method-not-counted',
  'no-gap-to-explain',
  'opening-balances-late',
  'opening-balances-recorded',
  'opening-counted',
  'overpayment-exceeds-gap',
  'previous-day-open',
  'repayment-exceeds-debt',
  'safe-has-no-sales',
  'same-place',
  'setting-not-valid',
  'slip-mismatch',
  'till-exists',
  'till-not-open',
  'till-required',
  'training-not-available',
  'unbalanced-entry',
  'unknown-category',
  'unknown-customer',
  'unknown-deposit',
  'unknown-entry',
  'unknown-expense-category',
  'unknown-method',
  'unknown-till',
  'unknown-vat-rate',
  'vat-not-consistent',
  'voucher-exists',
  'voucher-expired',
  'voucher-insufficient',
  'voucher-not-applicable',
  'voucher-required',
  'voucher-unknown',
  'voucher-used',
  'z-number-used',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** What helps to understand a refusal: amounts in cents, days, codes; and the place in the entry, if there is one. */
export type RefusalFacts = {
  /** JSON pointer into the entry (RFC 6901). */
  readonly pointer?: string;
  readonly [fact: string]: string | number | boolean | readonly string[] | undefined;
};

/** An expected "no" of a business rule. It leaves no trace in the ledger. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    readonly facts: RefusalFacts = {},
  ) {
    super(code);
  }
}
