import type { Instant } from '../src/kernel/day';
import { isOfInterest } from './interests';
import type { Projection, RecordedEvent } from './projection';
import {
  accountOfKey,
  netsUnder,
  rowOf,
  statementDate,
  statementKey,
  statementKeys,
  type StatementNet,
  type StatementRow,
  withNet,
} from './statements';

/** A customer's account, `-` for the global one. Names are in the vault, never here. */
export type CustomerAccount = {
  readonly customer: string;
  /** What is owed, in cents; below zero after a refund (*avoir*). */
  readonly balance: number;
  readonly rows: number;
  readonly lastDate?: string | undefined;
  readonly registeredAt?: Instant | undefined;
  readonly erased?: true | undefined;
};

export type CustomerDocument = CustomerAccount | StatementRow | StatementNet;

const PREFIX = 'customer/';

/** Receivables by customer: accounts, rows of statements, nets by month and the total. */
export const customers: Projection<CustomerDocument> = {
  name: 'customers',
  version: 1,
  handles: (event) =>
    isOfInterest('customers', event) &&
    (event.type === 'CustomerRegistered' || event.type === 'CustomerErased' || movesCustomers(event)),
  keys(event) {
    if (event.type === 'CustomerRegistered' || event.type === 'CustomerErased') {
      return [statementKey.account(event.data.customer)];
    }
    return statementKeys(Object.keys(netsUnder(event, PREFIX)), event);
  },
  begins: (_, key) => key.startsWith('r/'),
  evolve(document, event, key) {
    if (key.startsWith('a/'))
      return withAccount(document as CustomerAccount | undefined, event, accountOfKey(key));
    if (key.startsWith('r/')) return rowOf(event, accountOfKey(key), PREFIX);
    const nets = netsUnder(event, PREFIX);
    const net = key.startsWith('m/')
      ? (nets[accountOfKey(key)] ?? 0)
      : Object.values(nets).reduce((sum, amount) => sum + amount, 0);
    return withNet(document as StatementNet | undefined, net);
  },
};

function movesCustomers(event: RecordedEvent): boolean {
  return event.postings?.some(({ account }) => account.startsWith(PREFIX)) ?? false;
}

function withAccount(
  before: CustomerAccount | undefined,
  event: RecordedEvent,
  customer: string,
): CustomerAccount {
  const account = before ?? { customer, balance: 0, rows: 0 };
  if (event.type === 'CustomerRegistered') return { ...account, registeredAt: event.recordedAt };
  if (event.type === 'CustomerErased') return { ...account, erased: true };
  const date = statementDate(event);
  return {
    ...account,
    balance: account.balance + (netsUnder(event, PREFIX)[customer] ?? 0),
    rows: account.rows + 1,
    lastDate: account.lastDate === undefined || date > account.lastDate ? date : account.lastDate,
  };
}
