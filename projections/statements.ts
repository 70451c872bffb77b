import { type Day, type Instant, monthOf } from '../src/kernel/day';
import { movementOf } from './figures';
import { addTo, padded, type RecordedEvent } from './projection';

/** What an event did to one account: a row of its statement. Cents, as posted (a voucher's liability is negative). */
export type StatementRow = {
  readonly account: string;
  readonly date: Day;
  readonly sequence: number;
  readonly at: Instant;
  readonly type: string;
  readonly entry?: string | undefined;
  readonly reference?: string | undefined;
  readonly corrects?: string | undefined;
  readonly till?: string | undefined;
  /** Sum of the positive postings, and of the negative ones as a positive. */
  readonly debit: number;
  readonly credit: number;
};

/** What a month or a day did to an account, or to all of them. */
export type StatementNet = { readonly net: number; readonly rows: number };

/** The date of a row: the business day, or the date that opening balances are given for. */
export function statementDate(event: RecordedEvent): Day {
  if (event.type === 'OpeningBalancesRecorded') return event.data.date;
  return event.businessDate ?? event.recordedAt.slice(0, 10);
}

/** Net of the event's postings under a prefix, by the rest of the path. */
export function netsUnder(event: RecordedEvent, prefix: string): Record<string, number> {
  const nets: Record<string, number> = {};
  for (const { account, amount } of event.postings ?? []) {
    if (account.startsWith(prefix)) addTo(nets, account.slice(prefix.length), amount);
  }
  return nets;
}

/** Where the documents of statements are. Rows sort by account, date and sequence. */
export const statementKey = {
  account: (account: string): string => `a/${account}`,
  month: (account: string, date: Day): string => `m/${account}/${monthOf(date)}`,
  row: (account: string, date: Day, sequence: number): string => `r/${account}/${date}/${padded(sequence)}`,
  /** All accounts together. */
  total: 't',
  totalOfMonth: (date: Day): string => `tm/${monthOf(date)}`,
  totalOfDay: (date: Day): string => `td/${date}`,
} as const;

/** The keys that an event touches for the accounts it moves. */
export function statementKeys(accounts: readonly string[], event: RecordedEvent): string[] {
  if (accounts.length === 0) return [];
  const date = statementDate(event);
  const keys = accounts.flatMap((account) => [
    statementKey.account(account),
    statementKey.month(account, date),
    statementKey.row(account, date, event.sequence),
  ]);
  return [...keys, statementKey.total, statementKey.totalOfMonth(date), statementKey.totalOfDay(date)];
}

/** The account that a key of `a/…`, `m/…` or `r/…` is about. */
export function accountOfKey(key: string): string {
  const end = key.indexOf('/', 2);
  return key.slice(2, end === -1 ? undefined : end);
}

export function withNet(before: StatementNet | undefined, net: number): StatementNet {
  return { net: (before?.net ?? 0) + net, rows: (before?.rows ?? 0) + 1 };
}

export function rowOf(event: RecordedEvent, account: string, prefix: string): StatementRow {
  const path = `${prefix}${account}`;
  let debit = 0;
  let credit = 0;
  for (const posting of event.postings ?? []) {
    if (posting.account !== path) continue;
    if (posting.amount > 0) debit += posting.amount;
    else credit -= posting.amount;
  }
  return {
    account,
    date: statementDate(event),
    sequence: event.sequence,
    at: event.occurredAt ?? event.recordedAt,
    type: movementOf(event)?.type ?? event.type,
    entry: event.entry?.id,
    reference: event.entry?.reference,
    corrects: event.correction?.corrects?.entry,
    till: event.till,
    debit,
    credit,
  };
}
