import { cents, sumOf } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import { Joined } from '../../kernel/text';
import { splitVatOfDocument } from '../../kernel/vat';
import type { LedgerDraft } from '../events';
import { feedOn, type Ledger, requireTill } from '../ledger';
import type { MovementFacts } from '../movements';
import {
  prepaidParts,
  requireDistinctVouchers,
  requireCategory,
  requireNewVoucher,
  requireVatRate,
  resolvePayments,
  sumOfPayments,
} from '../payment-rules';
import { movementDraft, refuseSafe, replacedHere, type TillPlace } from '../place';
import { soldAsTurnover } from '../sold-voucher';
import { feedOfClosedDay, feedOfDay } from '../till-days';
import type { SaleEntry } from './entry';
import { SaleRecorded, type SaleLine, type SoldVoucher } from './events';

/**
 * Records a sale or a refund. Σ lines + vouchers sold = Σ payments − overpayment, or it is refused.
 *
 * @throws Refusal safe-has-no-sales, day-fed-by-z, unbalanced-entry, unknown-category, unknown-vat-rate, and what
 *   payments and vouchers refuse
 */
export function recordSale(entry: SaleEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  refuseSafe(place);
  refuseDayFedByZ(ledger, place);
  const vouchersSold = (entry.vouchersSold ?? []).map((sold, index) => {
    requireNewVoucher(ledger, place, sold.voucher, `/vouchersSold/${index}/voucher`);
    return sold.kind === 'multi-purpose'
      ? sold
      : soldAsTurnover(ledger, place, sold, `/vouchersSold/${index}`);
  });
  requireDistinctVouchers(vouchersSold);
  if (entry.lines.length === 0 && vouchersSold.length === 0) {
    throw new Refusal('amount-not-positive', { pointer: '/lines' });
  }
  const payments = resolvePayments(ledger, place, entry.payments);
  const lines = taxedLines(entry, ledger, place, payments);
  const sold = sumOf(entry.lines, (line) => line.gross) + sumOf(vouchersSold, (voucher) => voucher.amount);
  refuseUnbalanced(sold, sumOfPayments(payments), entry.overpayment ?? 0);

  const data = {
    customers: entry.customers,
    lines,
    overpayment: entry.overpayment === 0 ? undefined : entry.overpayment,
    payments,
    salesCount: countsAsSale(lines, vouchersSold) ? 1 : 0,
    vouchersSold: vouchersSold.length > 0 ? vouchersSold : undefined,
  };
  return [
    movementDraft(
      ledger,
      place,
      { type: 'SaleRecorded', schemaVersion: SaleRecorded.schemaVersion, data },
      'sale',
    ),
  ];
}

/**
 * One way to feed a day: sale by sale, or by Z-tickets, which hold all of its sales. That goes for a closed day too: a sale
 * that was left out is put into its Z, and only what stands in for a sale or a Z of that very day may be a sale. A
 * correction does not feed the day that it is recorded on, unless it is about it.
 */
function refuseDayFedByZ(ledger: Ledger, place: TillPlace): void {
  const till = requireTill(ledger, place.till);
  const setting = feedOn(till, place.about);
  const isOfAnotherDay = place.correction !== undefined && place.about !== place.date;
  if (isOfAnotherDay && FED_BY.has(replacedHere(place)?.type)) return;
  const feed = isOfAnotherDay
    ? (feedOfClosedDay(till, place.about) ?? setting)
    : feedOfDay(till, place.date, setting);
  if (feed === 'z-ticket')
    throw new Refusal('day-fed-by-z', { pointer: '/type', till: till.code, businessDate: place.about });
}

const FED_BY: ReadonlySet<MovementFacts['type'] | undefined> = new Set(['SaleRecorded', 'ZTicketRecorded']);

function refuseUnbalanced(sold: number, paid: number, overpayment: number): void {
  if (sold === paid - overpayment) return;
  throw new Refusal('unbalanced-entry', {
    pointer: '/payments',
    lines: sold,
    payments: paid,
    overpayment,
    missing: sold - (paid - overpayment),
  });
}

const linePointers = new Joined<number, string>('/lines/');

function taxedLines(
  entry: SaleEntry,
  ledger: Ledger,
  place: TillPlace,
  payments: Parameters<typeof prepaidParts>[2],
): SaleLine[] {
  entry.lines.forEach((line, index) => {
    requireCategory(ledger, place, line.category, linePointers.of(index, 'category'));
    requireVatRate(ledger, place, line.vatRate, linePointers.of(index, 'vatRate'));
  });
  const prepaid = prepaidParts(ledger, entry.lines, payments);
  const taxed = splitVatOfDocument(
    entry.lines.map((line, index) => ({
      gross: cents(line.gross - (prepaid[index] ?? 0)),
      vatRate: line.vatRate,
    })),
  );
  return entry.lines.map((line, index) => {
    const { category, label, quantity, unitPrice, discount, gross, vatRate } = line;
    const { net, vat } = taxed[index] as (typeof taxed)[number];
    return {
      category,
      discount,
      gross,
      label,
      net,
      prepaid: prepaid[index] === 0 ? undefined : prepaid[index],
      quantity: quantity === undefined ? undefined : Math.round(quantity * 1000),
      unitPrice,
      vat,
      vatRate,
    };
  });
}

function countsAsSale(lines: readonly SaleLine[], vouchersSold: readonly SoldVoucher[]): boolean {
  if (vouchersSold.some((sold) => sold.kind === 'single-purpose')) return true;
  return sumOf(lines, (line) => line.gross - (line.prepaid ?? 0)) > 0;
}
