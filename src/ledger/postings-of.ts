import { account, ANONYMOUS } from '../kernel/account';
import type { Correction } from '../kernel/event';
import { type Posting, PostingsBuilder } from '../kernel/postings';
import { unreachable } from '../kernel/unreachable';
import type { DayClosed } from './closing/events';
import type { OpeningBalancesRecorded } from './customer-credit/events';
import type { DepositConfirmed } from './deposit/events';
import type { LedgerEvent } from './events';
import type { ExpensePaid } from './expense/events';
import { isMovementType, type MovementFacts } from './movements';
import type { RecordedPayment, VoucherKind } from './payment';
import type { SaleRecorded } from './sale/events';
import type { TillOpened } from './till/events';
import type { TransferSent } from './transfer/events';
import type { VoucherRefunded, VoucherSold } from './voucher/events';
import type { ZTicketRecorded } from './z-ticket/events';

/**
 * The postings of each movement, from the facts of its event alone: no settings, no state. The decision that
 * records a movement and the verifier that checks it years later both come here, so that the table *How money
 * moves* is written once. Postings of one event add up to zero.
 */
export function postingsOfMovement(till: string | undefined, movement: MovementFacts): Posting[] {
  const builder = new PostingsBuilder();
  addMovement(builder, till ?? ANONYMOUS, movement);
  return builder.balanced();
}

// One case per movement is the table itself; splitting it would hide it.
function addMovement(to: PostingsBuilder, till: string, movement: MovementFacts): void {
  switch (movement.type) {
    case 'SaleRecorded':
      return addSale(to, till, movement.data);
    case 'ZTicketRecorded':
      return addZTicket(to, till, movement.data);
    case 'ZTicketChecked':
      return;
    case 'ExpensePaid':
      return addExpense(to, till, movement.data);
    case 'DepositMade': {
      const { deposit, method, amount } = movement.data;
      to.add(account.till(till, method), -amount).add(account.transit(method, deposit), amount);
      return;
    }
    case 'DepositConfirmed':
      return addConfirmation(to, movement.data);
    case 'CashPutIn':
      to.add(account.till(till, movement.data.method), movement.data.amount);
      to.add(counterpartOfCash(movement.data), -movement.data.amount);
      return;
    case 'CashTakenOut':
      to.add(account.till(till, movement.data.method), -movement.data.amount);
      to.add(counterpartOfCash(movement.data), movement.data.amount);
      return;
    case 'MethodsTransferred': {
      const { from, to: into, amount } = movement.data;
      to.add(account.till(from.till, from.method), -amount).add(account.till(into.till, into.method), amount);
      return;
    }
    case 'TransferSent':
    case 'TransferReceived':
      return addTransfer(to, movement.type, movement.data);
    case 'OverpaymentExplained':
      to.add(account.suspense, movement.data.amount).add(account.overpayment, -movement.data.amount);
      return;
    case 'CreditRepaid': {
      const { customer, payments, overpayment = 0 } = movement.data;
      const paid = addPayments(to, till, payments);
      to.add(account.customer(customer ?? ANONYMOUS), -(paid - overpayment)).add(
        account.overpayment,
        -overpayment,
      );
      return;
    }
    case 'VoucherSold':
      addPayments(to, till, movement.data.payments);
      return addVoucherSold(to, movement.data, 1);
    case 'VoucherRefunded':
      for (const payment of movement.data.payments) addPayment(to, till, payment, -payment.amount);
      return addVoucherSold(to, movement.data, -1);
    case 'VoucherExpired':
      if (movement.data.kind === 'multi-purpose') {
        to.add(account.voucher(movement.data.voucher), movement.data.amount);
        to.add(account.voucherExpired, -movement.data.amount);
      } else addMemo(to, movement.data.voucher, -movement.data.amount);
      return;
    case 'OpeningCounted':
      for (const { method, difference } of movement.data.counts) {
        to.add(account.till(till, method), difference).add(account.difference('opening'), -difference);
      }
      return;
    default:
      return unreachable(movement);
  }
}

function addExpense(to: PostingsBuilder, till: string, expense: ExpensePaid['data']): void {
  const { category, gross, net, vat, vatRate, method } = expense;
  to.add(account.till(till, method), -gross).add(account.expense(category), net);
  to.add(account.vatInput(vatRate), vat);
}

function addConfirmation(to: PostingsBuilder, confirmation: DepositConfirmed['data']): void {
  const { deposit, method, bankAccount, amount, fees, writtenOff } = confirmation;
  to.add(account.bank(bankAccount), amount).add(account.bankFees, fees);
  to.add(account.difference('deposit'), writtenOff);
  to.add(account.transit(method, deposit), -(amount + fees + writtenOff));
}

function addSale(to: PostingsBuilder, till: string, sale: SaleRecorded['data']): void {
  addPayments(to, till, sale.payments);
  for (const line of sale.lines) addTurnover(to, line);
  for (const sold of sale.vouchersSold ?? []) addVoucherSold(to, sold, 1);
  to.add(account.overpayment, -(sale.overpayment ?? 0));
}

function addZTicket(to: PostingsBuilder, till: string, z: ZTicketRecorded['data']): void {
  addPayments(to, till, z.payments);
  for (const line of z.categories) addTurnover(to, line);
  for (const line of z.refunds) addTurnover(to, line);
  for (const { voucher, kind, amount } of z.vouchersSold) {
    if (kind === 'multi-purpose') to.add(account.voucher(voucher), -amount);
    else addMemo(to, voucher, amount);
  }
  to.add(account.overpayment, -(z.overpayment ?? 0)).add(account.suspense, -z.gap);
}

type Turnover = { category: string; vatRate: number; net: number; vat: number };

/** Income and VAT due are negative: a sale credits them, a refund (negative amounts) debits them. */
function addTurnover(to: PostingsBuilder, { category, vatRate, net, vat }: Turnover): void {
  to.add(account.sales(category, vatRate), -net).add(account.vat(category, vatRate), -vat);
}

/** Adds all payments; answers their sum. */
function addPayments(to: PostingsBuilder, till: string, payments: readonly RecordedPayment[]): number {
  let paid = 0;
  for (const payment of payments) {
    addPayment(to, till, payment, payment.amount);
    paid += payment.amount;
  }
  return paid;
}

function addPayment(to: PostingsBuilder, till: string, payment: RecordedPayment, amount: number): void {
  if (payment.customer !== undefined) to.add(account.customer(payment.customer), amount);
  else if (payment.voucher === undefined) to.add(account.till(till, payment.method), amount);
  else if (payment.voucherKind === 'single-purpose') addMemo(to, payment.voucher, -amount);
  else to.add(account.voucher(payment.voucher), amount);
}

/** Issued (positive) or used (negative) single-purpose vouchers: off balance, balanced among themselves. */
function addMemo(to: PostingsBuilder, voucher: string, issued: number): void {
  to.add(account.memoVoucher(voucher), -issued).add(account.memoIssued, issued);
}

type TaxedVoucher = {
  voucher: string;
  kind: VoucherKind;
  amount: number;
  category?: string | undefined;
  vatRate?: number | undefined;
  net?: number | undefined;
  vat?: number | undefined;
};

/** A voucher sold (sign 1) or paid back (sign −1): a liability if multi-purpose, turnover and a memo if not. */
function addVoucherSold(
  to: PostingsBuilder,
  sold: VoucherSold['data'] | VoucherRefunded['data'] | TaxedVoucher,
  sign: 1 | -1,
) {
  if (sold.kind === 'multi-purpose') {
    to.add(account.voucher(sold.voucher), -sign * sold.amount);
    return;
  }
  const { category = '', vatRate = 0, net = 0, vat = 0 } = sold;
  addTurnover(to, { category, vatRate, net: sign * net, vat: sign * vat });
  addMemo(to, sold.voucher, sign * sold.amount);
}

function counterpartOfCash({ reason, method }: { reason: string; method: string }): string {
  if (reason === 'owner') return account.owner;
  if (reason === 'bank') return account.bank(MAIN_BANK_ACCOUNT);
  if (reason === 'safe') return account.betweenTills(method);
  return account.other;
}

/** The bank account that is meant when an entry names none. */
export const MAIN_BANK_ACCOUNT = 'main';

function addTransfer(
  to: PostingsBuilder,
  type: 'TransferSent' | 'TransferReceived',
  data: TransferSent['data'],
): void {
  const { from, to: into, amount } = data;
  const between = account.betweenTills(from.method);
  if (type === 'TransferSent') to.add(account.till(from.till, from.method), -amount).add(between, amount);
  else to.add(account.till(into.till, into.method), amount).add(between, -amount);
}

/** Differences of the counted methods and what the day's Z-tickets left unexplained. */
export function postingsOfClosure(
  till: string,
  closed: Pick<DayClosed['data'], 'methods' | 'gap'>,
): Posting[] {
  const builder = new PostingsBuilder();
  for (const { method, difference } of closed.methods) {
    builder.add(account.till(till, method), difference).add(account.difference('count'), -difference);
  }
  builder.add(account.suspense, closed.gap).add(account.difference('ventilation'), -closed.gap);
  return builder.balanced();
}

export function postingsOfTillOpening(till: string, opened: TillOpened['data']): Posting[] {
  const builder = new PostingsBuilder();
  for (const { method, amount } of opened.opening) {
    builder.add(account.till(till, method), amount).add(account.opening, -amount);
  }
  return builder.balanced();
}

export function postingsOfOpeningBalances(balances: OpeningBalancesRecorded['data']): Posting[] {
  const builder = new PostingsBuilder();
  for (const { customer, amount } of balances.customers) {
    builder.add(account.customer(customer ?? ANONYMOUS), amount).add(account.opening, -amount);
  }
  for (const { voucher = ANONYMOUS, kind, amount } of balances.vouchers) {
    if (kind === 'multi-purpose') builder.add(account.voucher(voucher), -amount).add(account.opening, amount);
    else addMemo(builder, voucher, amount);
  }
  return builder.balanced();
}

/**
 * What a correction gives back: the part of its effect on counted methods that an earlier closing count had
 * already shown. It stands behind the movement's own postings and is not merged with them.
 */
export function withGivenBack(
  postings: readonly Posting[],
  till: string | undefined,
  correction: Correction | undefined,
) {
  const givenBack = new PostingsBuilder();
  for (const { method, amount } of correction?.givenBack ?? []) {
    givenBack
      .add(account.till(till ?? ANONYMOUS, method), amount)
      .add(account.difference('correction'), -amount);
  }
  return [...postings, ...givenBack.balanced()];
}

/** The postings that an event must have, derived again from its facts; null for one that moves no money. */
export function expectedPostings(event: LedgerEvent): readonly Posting[] | null {
  const found = ownPostings(event);
  if (found === null) return null;
  const postings = event.correction ? withGivenBack(found, event.till, event.correction) : found;
  return postings.length === 0 ? null : postings;
}

function ownPostings(event: LedgerEvent): Posting[] | null {
  if (event.type === 'DayClosed') return postingsOfClosure(event.till ?? ANONYMOUS, event.data);
  if (event.type === 'TillOpened') return postingsOfTillOpening(event.till ?? ANONYMOUS, event.data);
  if (event.type === 'OpeningBalancesRecorded') return postingsOfOpeningBalances(event.data);
  if (event.type === 'MovementReversed') {
    const original = postingsOfMovement(event.till, event.data.original);
    return original.map(({ account: path, amount }) => ({
      account: path,
      amount: -amount as Posting['amount'],
    }));
  }
  return isMovementType(event.type) ? postingsOfMovement(event.till, event as MovementFacts) : null;
}
