import { ANONYMOUS } from '../../kernel/account';
import { basisPoints, type Cents } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import { splitVat } from '../../kernel/vat';
import type { LedgerDraft } from '../events';
import { type Ledger, requireFeature, type Voucher, voucherOutstanding } from '../ledger';
import type { Payment } from '../payment';
import { cashMethod, requireNewVoucher, resolvePayments, sumOfPayments } from '../payment-rules';
import { movementDraft, type Place, refuseSafe, type TillPlace } from '../place';
import type { VoucherExpiryEntry, VoucherRefundEntry, VoucherSaleEntry } from './entry';
import { VoucherExpired, VoucherRefunded, VoucherSold } from './events';
import { soldAsTurnover } from '../sold-voucher';

/** @throws Refusal feature-disabled, voucher-exists, unbalanced-entry, and what its payments refuse */
export function sellVoucher(entry: VoucherSaleEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  refuseSafe(place);
  requireNewVoucher(ledger, place, entry.voucher, '/voucher');
  const { voucher, kind, amount, category, vatRate, expiresOn } = entry;
  const payments = resolvePayments(ledger, place, entry.payments, ['voucher']);
  refuseUnbalanced(amount, sumOfPayments(payments));
  const sold = { voucher, kind, amount, category, vatRate };
  const taxed =
    kind === 'multi-purpose' ? { voucher, kind, amount } : soldAsTurnover(ledger, place, sold, '');
  const data = { ...taxed, payments, expiresOn, salesCount: kind === 'single-purpose' ? 1 : 0 };
  return [
    movementDraft(
      ledger,
      place,
      { type: 'VoucherSold', schemaVersion: VoucherSold.schemaVersion, data },
      'voucher-sale',
    ),
  ];
}

/**
 * @throws Refusal voucher-unknown, voucher-required, voucher-insufficient, category-required, unbalanced-entry, and what its
 *   payments refuse
 */
export function refundVoucher(entry: VoucherRefundEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  refuseSafe(place);
  requireFeature(ledger, 'vouchers', place.about);
  const { code, voucher, amount } = outstanding(ledger, entry);
  const given: readonly Payment[] = entry.payments ?? [{ method: cashMethod(ledger, place), amount }];
  given.forEach((payment, index) => {
    if (payment.amount < 0)
      throw new Refusal('amount-not-positive', { pointer: `/payments/${index}/amount` });
  });
  const payments = resolvePayments(ledger, place, given, ['voucher']);
  refuseUnbalanced(amount, sumOfPayments(payments));
  const data = {
    voucher: code,
    kind: voucher.kind,
    amount,
    ...taxTakenBack(voucher, code, amount),
    payments,
  };
  return [
    movementDraft(
      ledger,
      place,
      { type: 'VoucherRefunded', schemaVersion: VoucherRefunded.schemaVersion, data },
      'voucher-refund',
    ),
  ];
}

/**
 * The turnover that a refund takes back: a single-purpose voucher's, in its category and rate. One of an opening
 * balance or of a Z-ticket has none: it expires, and the goods are refunded by a sale.
 *
 * @throws Refusal category-required
 */
function taxTakenBack({ kind, category, vatRate }: Voucher, code: string, amount: Cents) {
  if (kind === 'multi-purpose') return {};
  if (category === undefined || vatRate === undefined)
    throw new Refusal('category-required', { pointer: '/voucher', voucher: code });
  const rate = basisPoints(vatRate);
  return { category, vatRate: rate, ...splitVat(amount, rate) };
}

/** Moves no till and opens no till day. @throws Refusal voucher-unknown, voucher-required, voucher-insufficient */
export function expireVoucher(entry: VoucherExpiryEntry, ledger: Ledger, place: Place): LedgerDraft[] {
  requireFeature(ledger, 'vouchers', place.about);
  const { code, voucher, amount } = outstanding(ledger, entry);
  const data = { voucher: code, kind: voucher.kind, amount };
  return [
    movementDraft(
      ledger,
      place,
      { type: 'VoucherExpired', schemaVersion: VoucherExpired.schemaVersion, data },
      'voucher-expiry',
    ),
  ];
}

type Outstanding = { readonly code: string; readonly voucher: Voucher; readonly amount: Cents };

function outstanding(ledger: Ledger, entry: VoucherRefundEntry | VoucherExpiryEntry): Outstanding {
  const { code, voucher } = entry.voucher === undefined ? withoutCode(entry) : named(ledger, entry.voucher);
  if (entry.kind !== undefined && entry.kind !== voucher.kind)
    throw new Refusal('voucher-unknown', { pointer: '/kind', voucher: code });
  const left = voucherOutstanding(ledger, code, voucher.kind);
  const amount = entry.amount ?? left;
  if (amount <= 0 || amount > left) {
    throw new Refusal('voucher-insufficient', { pointer: '/amount', voucher: code, outstanding: left });
  }
  return { code, voucher, amount };
}

/** Vouchers without a code are one liability: how much of it is meant must be said. */
function withoutCode({ kind = 'multi-purpose', amount }: VoucherRefundEntry | VoucherExpiryEntry) {
  if (amount === undefined) throw new Refusal('voucher-required', { pointer: '/voucher' });
  return { code: ANONYMOUS, voucher: { kind } };
}

function named(ledger: Ledger, code: string) {
  const voucher = ledger.vouchers.get(code);
  if (!voucher) throw new Refusal('voucher-unknown', { pointer: '/voucher', voucher: code });
  return { code, voucher };
}

function refuseUnbalanced(amount: number, paid: number): void {
  if (amount === paid) return;
  throw new Refusal('unbalanced-entry', {
    pointer: '/payments',
    lines: amount,
    payments: paid,
    missing: amount - paid,
  });
}
