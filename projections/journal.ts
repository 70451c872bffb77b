import type { Day, Instant } from '../src/kernel/day';
import type { EntryReference } from '../src/kernel/event';
import { journalLinesOf } from '../src/ledger/journal-lines';
import type { MovementFacts } from '../src/ledger/movements';
import { movementOf } from './figures';
import { isOfInterest } from './interests';
import { labelOf } from './labels';
import { padded, type Projection, type RecordedEvent } from './projection';

/** The till under which events without a till are listed: confirmations, voucher expiry, comments. */
export const NO_TILL = '-';

/** One line of the cash journal, without what depends on its place: number, balance, local time. */
export type Line = {
  readonly method: string;
  /** Cents, positive came in, negative went out. */
  readonly amount: number;
  /** False for credit and vouchers: no till balance moves. */
  readonly onTill: boolean;
};

export type VatOfDocument = { readonly vatRate: number; readonly net: number; readonly vat: number };

/** What an event writes into the journal of its till. */
export type JournalEvent = {
  readonly till: string;
  readonly date: Day;
  readonly sequence: number;
  readonly tillSequence?: number | undefined;
  readonly type: string;
  readonly at: Instant;
  readonly recordedAt: Instant;
  readonly document?: { readonly type: string; readonly number: number } | undefined;
  readonly label: string;
  readonly operator: string;
  readonly entry?:
    Pick<EntryReference, 'id' | 'type' | 'index' | 'count' | 'reference' | 'source'> | undefined;
  readonly corrects?: string | undefined;
  readonly hash: string;
  readonly lines: readonly Line[];
  /** VAT of the whole document, per rate. */
  readonly vat: readonly VatOfDocument[];
};

/**
 * Keys sort as the journal does: by till, business day, then the till's own order. A Z-ticket that feeds its day
 * comes before the day's other movements, since what was sold was there to be spent.
 */
export function journalKey(event: RecordedEvent): string {
  const isFirst = event.type === 'ZTicketRecorded' && event.data.listedFirst === true;
  const till = event.till ?? NO_TILL;
  const order = event.tillSequence ?? event.sequence;
  return `${till}/${event.businessDate ?? ''}/${isFirst ? '0' : '1'}/${padded(order)}`;
}

/** The cash journal, one small document per event, so that a page reads what it shows and nothing else. */
export const journal: Projection<JournalEvent> = {
  name: 'journal',
  version: 1,
  handles: (event) => event.businessDate !== undefined && isOfInterest('journal', event),
  keys: (event) => [journalKey(event)],
  begins: () => true,
  evolve(_, event) {
    const { entry } = event;
    return {
      till: event.till ?? NO_TILL,
      date: event.businessDate ?? '',
      sequence: event.sequence,
      tillSequence: event.tillSequence,
      type: event.type,
      at: event.occurredAt ?? event.recordedAt,
      recordedAt: event.recordedAt,
      document: event.document,
      label: labelOf(event),
      operator: event.actor.id,
      entry: entry && {
        id: entry.id,
        type: entry.type,
        index: entry.index,
        count: entry.count,
        reference: entry.reference,
        source: entry.source,
      },
      corrects: event.correction?.corrects?.entry,
      hash: event.hash,
      lines: linesOf(event),
      vat: vatOf(event),
    };
  },
};

/** Within an event the lines that bring in come first, so that no line shows less than nothing by its order alone. */
function linesOf(event: RecordedEvent): readonly Line[] {
  const lines: readonly Line[] = journalLinesOf(event);
  return lines.length < 2 ? lines : incomingFirst(lines, (line) => line.amount);
}

export function incomingFirst<Row>(rows: readonly Row[], amountOf: (row: Row) => number): readonly Row[] {
  return [...rows.filter((row) => amountOf(row) >= 0), ...rows.filter((row) => amountOf(row) < 0)];
}

function vatOf(event: RecordedEvent): VatOfDocument[] {
  const movement = movementOf(event);
  if (!movement) return [];
  const sign = event.type === 'MovementReversed' ? -1 : 1;
  const rates = new Map<number, { net: number; vat: number }>();
  for (const { vatRate, net, vat } of taxedLinesOf(movement)) {
    const sum = rates.get(vatRate) ?? { net: 0, vat: 0 };
    sum.net += sign * net;
    sum.vat += sign * vat;
    rates.set(vatRate, sum);
  }
  return [...rates].sort(([left], [right]) => left - right).map(([vatRate, sum]) => ({ vatRate, ...sum }));
}

function taxedLinesOf(movement: MovementFacts): readonly VatOfDocument[] {
  if (movement.type === 'SaleRecorded') {
    const { lines, vouchersSold = [] } = movement.data;
    return [...lines, ...vouchersSold.flatMap((sold) => taxedVoucher(sold, 1))];
  }
  if (movement.type === 'ZTicketRecorded') return [...movement.data.categories, ...movement.data.refunds];
  if (movement.type === 'ExpensePaid') return [movement.data];
  if (movement.type === 'VoucherSold') return taxedVoucher(movement.data, 1);
  return movement.type === 'VoucherRefunded' ? taxedVoucher(movement.data, -1) : [];
}

type Voucher = {
  readonly kind: string;
  readonly vatRate?: number | undefined;
  readonly net?: number | undefined;
  readonly vat?: number | undefined;
};

function taxedVoucher({ kind, vatRate = 0, net = 0, vat = 0 }: Voucher, sign: 1 | -1): VatOfDocument[] {
  return kind === 'single-purpose' ? [{ vatRate, net: sign * net, vat: sign * vat }] : [];
}
