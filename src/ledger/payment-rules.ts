import { ANONYMOUS } from '../kernel/account';
import { type Cents, cents, sumOf } from '../kernel/money';
import { Refusal } from '../kernel/refusal';
import { Joined } from '../kernel/text';
import type { MethodKind } from './company/settings';
import { type Ledger, methodOn, requireFeature, settingsOn } from './ledger';
import type { Payment, RecordedPayment } from './payment';
import type { Place } from './place';

const paymentPointers = new Joined<number, string>('/payments/');

/** A method of the company, on the day that an entry is about. @throws Refusal unknown-method */
export function requireMethod(ledger: Ledger, place: Place, code: string, pointer: string) {
  const method = methodOn(ledger, code, place.about);
  if (!method) throw new Refusal('unknown-method', { pointer, method: code });
  return method;
}

/** A method that has a balance in a till: neither credit nor voucher. @throws Refusal unknown-method, method-not-allowed */
export function requireTillMethod(ledger: Ledger, place: Place, code: string, pointer: string) {
  const method = requireMethod(ledger, place, code, pointer);
  if (method.kind === 'credit' || method.kind === 'voucher') {
    throw new Refusal('method-not-allowed', { pointer, method: code, kind: method.kind });
  }
  return method;
}

/** The method that is meant by "cash" when an entry names none. @throws Refusal unknown-method */
export function cashMethod(ledger: Ledger, place: Place): string {
  const cash = settingsOn(ledger, 'methods', place.about).find((method) => method.kind === 'cash');
  if (!cash) throw new Refusal('unknown-method', { pointer: '/method', method: 'cash' });
  return cash.code;
}

/**
 * Payments as they will stand in the event: each says by itself where its money goes.
 *
 * @throws Refusal unknown-method, method-not-allowed, feature-disabled, unknown-customer, customer-credit-global,
 *   customer-erased, voucher-unknown, voucher-expired
 */
export function resolvePayments(
  ledger: Ledger,
  place: Place,
  payments: readonly Payment[],
  refused: readonly MethodKind[] = [],
): RecordedPayment[] {
  return payments.map((payment, index) => {
    const pointer = paymentPointers.of(index, 'method');
    const method = requireMethod(ledger, place, payment.method, pointer);
    if (refused.includes(method.kind))
      throw new Refusal('method-not-allowed', { pointer, method: method.code, kind: method.kind });
    return resolvePayment(ledger, place, payment, method.kind, index);
  });
}

function resolvePayment(
  ledger: Ledger,
  place: Place,
  payment: Payment,
  kind: MethodKind,
  index: number,
): RecordedPayment {
  if (kind !== 'credit' && payment.customer !== undefined) {
    const pointer = paymentPointers.of(index, 'customer');
    throw new Refusal('method-not-allowed', { pointer, method: payment.method, kind });
  }
  if (kind !== 'voucher' && payment.voucher !== undefined) {
    const pointer = paymentPointers.of(index, 'voucher');
    throw new Refusal('method-not-allowed', { pointer, method: payment.method, kind });
  }
  const { amount, debt, method } = payment;
  if (kind === 'credit') {
    const customer = creditAccount(ledger, place, payment, `/payments/${index}`);
    return { amount, customer, debt, method };
  }
  if (kind !== 'voucher') return { amount, debt, method };
  const pointer = paymentPointers.of(index, 'voucher');
  return { amount, debt, method, ...voucherAccount(ledger, place, payment.voucher, pointer) };
}

type Credit = { readonly customer?: string | undefined; readonly amount: number };

/**
 * The account that a credit goes to: a customer's, or the global one. Who was erased takes no new debt: what is owed
 * can still be repaid, refunded and corrected.
 */
export function creditAccount(
  ledger: Ledger,
  place: Place,
  { customer, amount }: Credit,
  pointer: string,
): string {
  requireFeature(ledger, 'customerCredit', place.about);
  if (customer === undefined) return ANONYMOUS;
  if (settingsOn(ledger, 'features', place.about).customerCredit === 'global') {
    throw new Refusal('customer-credit-global', { pointer: `${pointer}/customer` });
  }
  requireCustomer(ledger, customer, `${pointer}/customer`);
  if (amount > 0 && place.replaces === undefined && ledger.customers.get(customer) === 'erased')
    throw new Refusal('customer-erased', { pointer: `${pointer}/customer`, customer });
  return customer;
}

/** @throws Refusal unknown-customer */
export function requireCustomer(ledger: Ledger, customer: string, pointer: string): void {
  if (!ledger.customers.has(customer)) throw new Refusal('unknown-customer', { pointer, customer });
}

/** The voucher that pays; one that has expired pays nothing. */
export function voucherAccount(ledger: Ledger, place: Place, code: string | undefined, pointer: string) {
  requireFeature(ledger, 'vouchers', place.about);
  if (code === undefined) return { voucher: ANONYMOUS, voucherKind: 'multi-purpose' as const };
  const voucher = ledger.vouchers.get(code);
  if (!voucher) throw new Refusal('voucher-unknown', { pointer, voucher: code });
  if (voucher.expiresOn !== undefined && voucher.expiresOn < place.about) {
    throw new Refusal('voucher-expired', { pointer, voucher: code, expiresOn: voucher.expiresOn });
  }
  return { voucher: code, voucherKind: voucher.kind };
}

export function sumOfPayments(payments: readonly { readonly amount: number }[]): Cents {
  return sumOf(payments, (payment) => payment.amount);
}

/** A code that may be sold: new, since a code names one voucher for ever. @throws Refusal feature-disabled, voucher-exists */
export function requireNewVoucher(ledger: Ledger, place: Place, code: string, pointer: string): void {
  requireFeature(ledger, 'vouchers', place.about);
  if (ledger.vouchers.has(code)) throw new Refusal('voucher-exists', { pointer, voucher: code });
}

/** Two vouchers of one document have two codes. @throws Refusal voucher-exists */
export function requireDistinctVouchers(
  vouchers: readonly { readonly voucher?: string | undefined }[],
): void {
  const codes = new Set<string>();
  vouchers.forEach(({ voucher }, index) => {
    if (voucher === undefined) return;
    if (codes.has(voucher))
      throw new Refusal('voucher-exists', { pointer: `/vouchersSold/${index}/voucher`, voucher });
    codes.add(voucher);
  });
}

/** @throws Refusal unknown-category */
export function requireCategory(ledger: Ledger, place: Place, code: string, pointer: string): void {
  const categories = settingsOn(ledger, 'categories', place.about);
  if (!categories.some((category) => category.code === code)) {
    throw new Refusal('unknown-category', { pointer, category: code });
  }
}

/** @throws Refusal unknown-vat-rate */
export function requireVatRate(ledger: Ledger, place: Place, rate: number, pointer: string): void {
  const rates = settingsOn(ledger, 'vatRates', place.about);
  if (!rates.some((known) => known === rate))
    throw new Refusal('unknown-vat-rate', { pointer, vatRate: rate });
}

type Turnover = { readonly category: string; readonly vatRate: number; readonly gross: number };

/**
 * How much of each line single-purpose vouchers have paid: their turnover and VAT were counted when they were
 * sold, so only lines of a voucher's own category and rate can be paid by it (CGI 256 ter).
 *
 * @throws Refusal voucher-not-applicable
 */
export function prepaidParts(
  ledger: Ledger,
  lines: readonly Turnover[],
  payments: readonly RecordedPayment[],
): Cents[] {
  const prepaid = lines.map(() => 0);
  payments.forEach((payment, index) => {
    if (payment.voucherKind !== 'single-purpose' || payment.voucher === undefined) return;
    const { category, vatRate } = ledger.vouchers.get(payment.voucher) ?? {};
    let left: number = payment.amount;
    lines.forEach((line, lineIndex) => {
      if (category !== undefined && (line.category !== category || line.vatRate !== vatRate)) return;
      const room = line.gross - (prepaid[lineIndex] as number);
      if (left === 0 || room === 0 || room < 0 !== left < 0) return;
      const part = Math.abs(room) < Math.abs(left) ? room : left;
      prepaid[lineIndex] = (prepaid[lineIndex] as number) + part;
      left -= part;
    });
    if (left !== 0) {
      throw new Refusal('voucher-not-applicable', {
        pointer: `/payments/${index}`,
        voucher: payment.voucher,
        category,
        vatRate,
        amount: left,
      });
    }
  });
  return prepaid.map(cents);
}
