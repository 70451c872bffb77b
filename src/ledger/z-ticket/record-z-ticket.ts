import { ANONYMOUS } from '../../kernel/account';
import { type BasisPoints, cents, type Cents, sumOf } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import { splitVatOfDocument } from '../../kernel/vat';
import { type Day, NO_SALES, type SalesFigures } from '../day';
import type { LedgerDraft } from '../events';
import { zNumberKey } from '../evolve';
import { feedOn, type Ledger, requireFeature, requireTill, type Till } from '../ledger';
import type { Payment, RecordedPayment } from '../payment';
import {
  creditAccount,
  prepaidParts,
  requireCategory,
  requireDistinctVouchers,
  requireMethod,
  requireNewVoucher,
  requireVatRate,
  resolvePayments,
  sumOfPayments,
  voucherAccount,
} from '../payment-rules';
import { movementDraft, refuseSafe, replacedHere, type TillPlace } from '../place';
import { feedOfClosedDay, feedOfDay } from '../till-days';
import { differencesOf, figuresBehind, vatTolerance } from '../z-comparison';
import type { ZTicketEntry } from './entry';
import { ZTicketChecked, ZTicketRecorded } from './events';

type ZCategory = {
  readonly category: string;
  readonly vatRate: BasisPoints;
  readonly gross: Cents;
  readonly prepaid?: Cents | undefined;
  readonly net: Cents;
  readonly vat: Cents;
};

/**
 * Records a Z-ticket: the day's sales of the till, or, where sales were recorded one by one, a control of them. A Z
 * may disagree with itself, since paper does; the gap goes to `suspense` and waits for an explanation.
 *
 * @throws Refusal safe-has-no-sales, z-number-used, unknown-category, unknown-vat-rate, vat-not-consistent,
 *   unbalanced-entry (details beyond what they detail), and what payments refuse
 */
export function recordZTicket(entry: ZTicketEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  refuseSafe(place);
  const till = requireTill(ledger, place.till);
  if (till.zNumbers.has(zNumberKey(place.system, entry.number))) {
    throw new Refusal('z-number-used', { pointer: '/number', till: till.code, number: entry.number });
  }
  entry.categories.forEach((line, index) => {
    requireCategory(ledger, place, line.category, `/categories/${index}/category`);
    requireVatRate(ledger, place, line.vatRate, `/categories/${index}/vatRate`);
  });
  const day = till.days.get(place.date);
  return isControl(till, place)
    ? [checkedDraft(entry, ledger, place, day)]
    : [recordedDraft(entry, ledger, place, till)];
}

/**
 * Recorded sales make a Z a control. On a day that is closed, a Z is what the one that it replaces was, and one that was
 * left out is a control if sales had fed the day when it was closed, whatever was corrected since.
 */
function isControl(till: Till, place: TillPlace): boolean {
  const feed = feedOn(till, place.about);
  if (!isOfAnotherDay(place)) return feedOfDay(till, place.date, feed) === 'sales';
  const type = replacedHere(place)?.type;
  if (type === undefined) return (feedOfClosedDay(till, place.about) ?? feed) === 'sales';
  return type === 'ZTicketChecked' || (feed === 'sales' && type !== 'ZTicketRecorded');
}

function isOfAnotherDay(place: TillPlace): boolean {
  return place.correction !== undefined && place.about !== place.date;
}

function commonFacts(entry: ZTicketEntry, place: TillPlace) {
  const { number, salesCount, customersCount, firstTicket, lastTicket, perpetual, operations } = entry;
  return {
    number,
    system: place.system,
    salesCount,
    customersCount,
    firstTicket,
    lastTicket,
    perpetual,
    operations,
  };
}

function recordedDraft(entry: ZTicketEntry, ledger: Ledger, place: TillPlace, till: Till): LedgerDraft {
  const payments = detailedPayments(entry, ledger, place);
  requireDistinctVouchers(entry.vouchersSold ?? []);
  const vouchersSold = (entry.vouchersSold ?? []).map((sold, index) => {
    requireFeature(ledger, 'vouchers', place.about);
    if (sold.voucher !== undefined)
      requireNewVoucher(ledger, place, sold.voucher, `/vouchersSold/${index}/voucher`);
    return { ...sold, voucher: sold.voucher ?? ANONYMOUS };
  });
  const prepaid = prepaidParts(ledger, entry.categories, payments);
  const refunds = refundLines(entry);
  const categories = salesLines(entry, refunds, prepaid);
  const turnover = sumOf([...categories, ...refunds], (line) => line.gross);
  const bum = sumOf(vouchersSold, (sold) => (sold.kind === 'multi-purpose' ? sold.amount : 0));
  const overpayment = entry.overpayment === 0 ? undefined : entry.overpayment;
  const gap = cents(sumOfPayments(payments) - turnover - bum - (overpayment ?? 0));
  const data = {
    ...commonFacts(entry, place),
    categories,
    refunds,
    payments,
    vouchersSold,
    overpayment,
    gap,
    vatGaps: vatGapsOf(entry, prepaid),
    listedFirst:
      feedOn(till, place.about) === 'z-ticket' && place.about === place.date ? (true as const) : undefined,
  };
  return movementDraft(
    ledger,
    place,
    { type: 'ZTicketRecorded', schemaVersion: ZTicketRecorded.schemaVersion, data },
    'z-ticket',
  );
}

function checkedDraft(
  entry: ZTicketEntry,
  ledger: Ledger,
  place: TillPlace,
  day: Day | undefined,
): LedgerDraft {
  const payments = entry.payments.map((payment, index) => {
    requireMethod(ledger, place, payment.method, `/payments/${index}/method`);
    return { method: payment.method, amount: payment.amount };
  });
  const categories = statedLines(entry.categories);
  const { stated, recorded } = figuresToCompare(place, day);
  const both = {
    documents: stated.documents + 1,
    salesCount: stated.salesCount + entry.salesCount,
    categories: added(
      stated.categories,
      categories,
      (line) => `${line.category}/${line.vatRate}`,
      (line) => line.gross,
    ),
    vat: added(
      stated.vat,
      categories,
      (line) => line.vatRate as number,
      (line) => line.vat,
    ),
    methods: added(
      stated.methods,
      payments,
      (payment) => payment.method,
      (payment) => payment.amount,
    ),
  };
  const differences = recorded === null ? [] : differencesOf(both, recorded);
  const data = { ...commonFacts(entry, place), categories, payments, differences };
  return movementDraft(
    ledger,
    place,
    { type: 'ZTicketChecked', schemaVersion: ZTicketChecked.schemaVersion, data },
    'z-ticket',
  );
}

/**
 * What other control Z-tickets of the day state, and what was recorded. The figures of a closed day are no longer in
 * the state: what is known of them is what the original was compared with; `recorded` is null for an omission.
 */
function figuresToCompare(
  place: TillPlace,
  day: Day | undefined,
): { stated: SalesFigures; recorded: SalesFigures | null } {
  if (!isOfAnotherDay(place)) return { stated: day?.stated ?? NO_SALES, recorded: day?.recorded ?? NO_SALES };
  const original = replacedHere(place);
  if (original?.type === 'ZTicketChecked') return figuresBehind(original.data);
  return { stated: NO_SALES, recorded: null };
}

function added<Key, Row>(
  figures: ReadonlyMap<Key, number>,
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  amountOf: (row: Row) => number,
): ReadonlyMap<Key, number> {
  const sum = new Map(figures);
  for (const row of rows) sum.set(keyOf(row), (sum.get(keyOf(row)) ?? 0) + amountOf(row));
  return sum;
}

/** Tells the `credit` and `voucher` payments of a Z apart as far as it details them; the rest stays anonymous. */
function detailedPayments(entry: ZTicketEntry, ledger: Ledger, place: TillPlace): RecordedPayment[] {
  const detailed: RecordedPayment[] = [];
  const credits = [...(entry.credits ?? [])];
  const vouchers = [...(entry.vouchersUsed ?? [])];
  entry.payments.forEach((payment, index) => {
    const { kind } = requireMethod(ledger, place, payment.method, `/payments/${index}/method`);
    if (kind === 'credit') {
      const details = credits.splice(0).map((credit, row) => ({
        amount: credit.amount,
        customer: creditAccount(ledger, place, credit, `/credits/${row}`),
      }));
      detailed.push(
        ...withRest(payment, details, {
          customer: creditAccount(ledger, place, { amount: payment.amount }, '/payments'),
        }),
      );
    } else if (kind === 'voucher') {
      const details = vouchers.splice(0).map(({ voucher, amount }, row) => ({
        amount,
        ...voucherAccount(ledger, place, voucher, `/vouchersUsed/${row}/voucher`),
      }));
      detailed.push(...withRest(payment, details, voucherAccount(ledger, place, undefined, '/payments')));
    } else detailed.push(...resolvePayments(ledger, place, [payment]));
  });
  if (credits.length > 0) throw new Refusal('unbalanced-entry', { pointer: '/credits' });
  if (vouchers.length > 0) throw new Refusal('unbalanced-entry', { pointer: '/vouchersUsed' });
  return detailed;
}

type Detail = Pick<RecordedPayment, 'amount' | 'customer' | 'voucher' | 'voucherKind'>;

function withRest(
  payment: Payment,
  details: readonly Detail[],
  anonymous: Omit<Detail, 'amount'>,
): RecordedPayment[] {
  const rest = payment.amount - sumOfPayments(details);
  if (details.length > 0 && rest !== 0 && rest < 0 !== payment.amount < 0) {
    throw new Refusal('unbalanced-entry', { pointer: '/payments', payments: payment.amount, missing: rest });
  }
  const { method } = payment;
  const rows: RecordedPayment[] = details.map((detail) => ({ method, ...detail }));
  if (rest !== 0) rows.push({ method, amount: cents(rest), ...anonymous });
  return rows;
}

/** Refunds as negative lines, with VAT computed: a Z does not state it for them. */
function refundLines(entry: ZTicketEntry): ZCategory[] {
  const lines = (entry.refunds ?? []).map(({ category, vatRate, gross }) => ({
    category,
    vatRate,
    gross: cents(-gross),
  }));
  const taxed = splitVatOfDocument(lines);
  return lines.map((line, index) => ({ ...line, ...(taxed[index] as (typeof taxed)[number]) }));
}

/** Stated net and VAT are kept if they add up to the gross. @throws Refusal vat-not-consistent */
function statedLines(lines: ZTicketEntry['categories']): ZCategory[] {
  const computed = splitVatOfDocument(lines);
  return lines.map(({ category, vatRate, gross, net, vat }, index) => {
    const own = computed[index] as (typeof computed)[number];
    if (net === undefined && vat === undefined) return { category, vatRate, gross, ...own };
    const stated = { net: net ?? cents(gross - (vat ?? 0)), vat: vat ?? cents(gross - (net ?? 0)) };
    if (stated.net + stated.vat !== gross) {
      throw new Refusal('vat-not-consistent', { pointer: `/categories/${index}/net`, gross, net, vat });
    }
    return { category, vatRate, gross, ...stated };
  });
}

/**
 * Sales before the refunds: `categories` has them deducted already, so each refund is added to the first line of its
 * category and rate; net and VAT likewise, and what a single-purpose voucher prepaid is taken out of them.
 */
function salesLines(
  entry: ZTicketEntry,
  refunds: readonly ZCategory[],
  prepaid: readonly Cents[],
): ZCategory[] {
  const lines = statedLines(entry.categories).map((line, index) =>
    withoutPrepaid(line, prepaid[index] ?? cents(0)),
  );
  refunds.forEach((refund, row) => {
    const index = lines.findIndex(
      (line) => line.category === refund.category && line.vatRate === refund.vatRate,
    );
    const line = lines[index];
    if (!line)
      throw new Refusal('unknown-category', {
        pointer: `/refunds/${row}/category`,
        category: refund.category,
      });
    lines[index] = {
      ...line,
      gross: cents(line.gross - refund.gross),
      net: cents(line.net - refund.net),
      vat: cents(line.vat - refund.vat),
    };
  });
  return lines;
}

function withoutPrepaid(line: ZCategory, prepaid: Cents): ZCategory {
  if (prepaid === 0) return line;
  const [part] = splitVatOfDocument([{ gross: prepaid, vatRate: line.vatRate }]);
  if (!part) return line;
  return { ...line, prepaid, net: cents(line.net - part.net), vat: cents(line.vat - part.vat) };
}

/** Per rate, stated VAT against computed VAT; rounding on each ticket explains half a cent per sale. */
function vatGapsOf(entry: ZTicketEntry, prepaid: readonly Cents[]) {
  const stated = statedLines(entry.categories);
  const computed = splitVatOfDocument(entry.categories);
  const rates = new Map<BasisPoints, { stated: number; computed: number }>();
  stated.forEach((line, index) => {
    if (prepaid[index] !== 0) return;
    const sum = rates.get(line.vatRate) ?? { stated: 0, computed: 0 };
    sum.stated += line.vat;
    sum.computed += (computed[index] as (typeof computed)[number]).vat;
    rates.set(line.vatRate, sum);
  });
  const tolerance = vatTolerance(entry.salesCount);
  return [...rates]
    .filter(([, sum]) => Math.abs(sum.stated - sum.computed) > tolerance)
    .map(([vatRate, sum]) => ({ vatRate, stated: cents(sum.stated), computed: cents(sum.computed) }));
}
