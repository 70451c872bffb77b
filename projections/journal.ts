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
  /** False for credit and vouchers: no till balance moves. Left out where it does. */
  readonly onTill?: false | undefined;
};

export type VatOfDocument = { readonly vatRate: number; readonly net: number; readonly vat: number };

/** What an event writes into the journal of its till. Till, business day and order are in its key. */
export type JournalEvent = {
  readonly sequence: number;
  readonly type: string;
  /** When it happened, as far as was said; else when it was recorded. */
  readonly at: Instant;
  /** Left out where it is the same. */
  readonly recordedAt?: Instant | undefined;
  readonly document?: { readonly type: string; readonly number: number } | undefined;
  readonly label: string;
  readonly operator: string;
  readonly entry?: JournalEntry | undefined;
  readonly corrects?: string | undefined;
  readonly hash: string;
  readonly lines: readonly Line[];
  /** VAT of the whole document, per rate. */
  readonly vat: readonly VatOfDocument[];
};

/** The entry of an event; `index` and `count` are left out where it has no other. */
export type JournalEntry = Pick<EntryReference, 'id' | 'type' | 'reference' | 'source'> & {
  readonly index?: number | undefined;
  readonly count?: number | undefined;
};

export type JournalPlace = { readonly till: string; readonly date: Day };

/** The till and the business day of a document's key. */
export function placeOfKey(key: string): JournalPlace {
  const [till = '', date = ''] = key.split('/', 2);
  return { till, date };
}

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
    const { sequence, type, recordedAt, occurredAt, document, actor, correction, hash } = event;
    const at = occurredAt ?? recordedAt;
    return {
      sequence,
      type,
      at,
      recordedAt: at === recordedAt ? undefined : recordedAt,
      document,
      label: labelOf(event),
      operator: actor.id,
      entry: entryOf(event),
      corrects: correction?.corrects?.entry,
      hash,
      lines: linesOf(event),
      vat: vatOf(event),
    };
  },
};

function entryOf({ entry }: RecordedEvent): JournalEntry | undefined {
  if (!entry) return undefined;
  const { id, type, reference, source, index, count } = entry;
  return count === 1 ? { id, type, reference, source } : { id, type, reference, source, index, count };
}

/** Within an event the lines that bring in come first, so that no line shows less than nothing by its order alone. */
function linesOf(event: RecordedEvent): readonly Line[] {
  const lines: readonly Line[] = journalLinesOf(event).map(({ method, amount, onTill }) =>
    onTill ? { method, amount } : { method, amount, onTill },
  );
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
