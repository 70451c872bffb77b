import type { RecordedEvent } from '../../projections/projection';
import type { LedgerEvent } from '../../src/ledger/events';

/** Recomputations that know nothing of the ledger's state: slow, and from the raw events alone. */

export function balancesOf(events: readonly LedgerEvent[]): Map<string, number> {
  const balances = new Map<string, number>();
  for (const { postings = [] } of events) {
    for (const { account, amount } of postings) balances.set(account, (balances.get(account) ?? 0) + amount);
  }
  for (const [account, amount] of balances) if (amount === 0) balances.delete(account);
  return balances;
}

export function accountOf(till: string, method: string): string {
  return till === 'safe' ? `safe/${method}` : `till/${till}/${method}`;
}

type Line = { readonly key: string; readonly amount: number };

/** The lines of one method of a till: of one entry those that bring in come first. */
function linesOf(
  events: readonly LedgerEvent[],
  till: string,
  method: string,
  keyOf: (event: LedgerEvent) => string,
) {
  const account = accountOf(till, method);
  const lines: Line[] = [];
  for (const event of events) {
    for (const posting of event.postings ?? []) {
      if (posting.account === account) lines.push({ key: keyOf(event), amount: posting.amount });
    }
  }
  return lines;
}

/** The lowest running balance of a method, lines in the order of their keys and of one key the incoming ones first. */
export function lowestLine(
  events: readonly LedgerEvent[],
  till: string,
  method: string,
  keyOf: (event: LedgerEvent) => string,
): number {
  const lines = linesOf(events, till, method, keyOf);
  lines.sort(
    (left, right) =>
      (left.key < right.key ? -1 : left.key > right.key ? 1 : 0) ||
      Number(left.amount < 0) - Number(right.amount < 0),
  );
  let lowest = 0;
  let balance = 0;
  for (const { amount } of lines) {
    balance += amount;
    lowest = Math.min(lowest, balance);
  }
  return lowest;
}

/** Sorts by recording: all events of one entry under the sequence of its first one. */
export function byRecording(events: readonly LedgerEvent[]): (event: LedgerEvent) => string {
  const firsts = firstSequences(events);
  return (event) => padded(firsts.get(event.entry?.id ?? '') ?? event.sequence);
}

/** Sorts by business day (openings before all), a Z that is listed first before the rest of its day. */
export function byBusinessDay(events: readonly LedgerEvent[]): (event: LedgerEvent) => string {
  const firsts = firstSequences(events);
  return (event) => {
    const isFirst = event.type === 'ZTicketRecorded' && event.data.listedFirst === true;
    const order = padded(firsts.get(event.entry?.id ?? '') ?? event.sequence);
    return `${event.businessDate ?? ''}/${isFirst ? 0 : 1}/${order}`;
  };
}

function firstSequences(events: readonly LedgerEvent[]): Map<string, number> {
  const firsts = new Map<string, number>();
  for (const { entry, sequence } of events) {
    if (entry && !firsts.has(entry.id)) firsts.set(entry.id, sequence);
  }
  return firsts;
}

function padded(sequence: number): string {
  return String(sequence).padStart(8, '0');
}

export type TurnoverLine = { readonly category: string; readonly vatRate: number; readonly gross: number };

/** Gross turnover that an event records, per line; a reversal's is negative. */
export function turnoverOf(event: LedgerEvent): TurnoverLine[] {
  if (event.type === 'MovementReversed') {
    const { original } = event.data;
    return turnoverOf({ ...event, ...original }).map((line) => ({
      ...line,
      gross: -line.gross,
    }));
  }
  switch (event.type) {
    case 'SaleRecorded':
      return [
        ...event.data.lines.map(line),
        ...(event.data.vouchersSold ?? []).flatMap((sold) => voucher(sold, 1)),
      ];
    case 'ZTicketRecorded':
      return [...event.data.categories, ...event.data.refunds].map(line);
    case 'VoucherSold':
      return voucher(event.data, 1);
    case 'VoucherRefunded':
      return voucher(event.data, -1);
    default:
      return [];
  }
}

function line({
  category,
  vatRate,
  gross,
  prepaid = 0,
}: TurnoverLine & { prepaid?: number | undefined }): TurnoverLine {
  return { category, vatRate, gross: gross - prepaid };
}

type Voucher = { kind: string; amount: number; category?: string | undefined; vatRate?: number | undefined };

function voucher({ kind, amount, category = '', vatRate = 0 }: Voucher, sign: 1 | -1): TurnoverLine[] {
  return kind === 'single-purpose' ? [{ category, vatRate, gross: sign * amount }] : [];
}

/** Real and absolute totals per rate, as closures store them. */
export function totalsOf(events: readonly LedgerEvent[]) {
  const rates = new Map<number, { real: number; absolute: number }>();
  for (const { vatRate, gross } of events.flatMap(turnoverOf)) {
    const { real, absolute } = rates.get(vatRate) ?? { real: 0, absolute: 0 };
    if (gross !== 0) rates.set(vatRate, { real: real + gross, absolute: absolute + Math.abs(gross) });
  }
  return [...rates]
    .sort(([left], [right]) => left - right)
    .map(([vatRate, totals]) => ({ vatRate, ...totals }));
}

export function salesCountOf(event: LedgerEvent): number {
  if (event.type === 'MovementReversed') {
    return -salesCountOf({ ...event, ...event.data.original });
  }
  if (event.type === 'SaleRecorded' || event.type === 'VoucherSold' || event.type === 'ZTicketRecorded') {
    return event.data.salesCount;
  }
  return 0;
}

/** The events of a till's day, its closure not among them. */
export function eventsOfDay(events: readonly RecordedEvent[], till: string, date: string): RecordedEvent[] {
  return events.filter(
    (event) => event.till === till && event.businessDate === date && event.type !== 'DayClosed',
  );
}

/** Σ of an event's postings under a prefix. */
export function moved(events: readonly LedgerEvent[], prefix: string): number {
  let total = 0;
  for (const { postings = [] } of events) {
    for (const { account, amount } of postings) if (account.startsWith(prefix)) total += amount;
  }
  return total;
}
