import type { BasisPoints, Cents } from '../kernel/money';
import { Refusal } from '../kernel/refusal';
import { splitVat } from '../kernel/vat';
import type { Ledger } from './ledger';
import { requireCategory, requireVatRate } from './payment-rules';
import type { Place } from './place';

type SinglePurpose = {
  readonly voucher: string;
  readonly kind: 'multi-purpose' | 'single-purpose';
  readonly amount: Cents;
  readonly category?: string | undefined;
  readonly vatRate?: BasisPoints | undefined;
};

/**
 * A single-purpose voucher is turnover with VAT when it is sold (CGI 256 ter), so it needs its category and rate.
 *
 * @throws Refusal category-required, unknown-category, unknown-vat-rate
 */
export function soldAsTurnover<Sold extends SinglePurpose>(
  ledger: Ledger,
  place: Place,
  sold: Sold,
  pointer: string,
) {
  const { category, vatRate } = sold;
  if (category === undefined) throw new Refusal('category-required', { pointer: `${pointer}/category` });
  if (vatRate === undefined) throw new Refusal('category-required', { pointer: `${pointer}/vatRate` });
  requireCategory(ledger, place, category, `${pointer}/category`);
  requireVatRate(ledger, place, vatRate, `${pointer}/vatRate`);
  return { ...sold, category, vatRate, ...splitVat(sold.amount, vatRate) };
}
