import type { Expected, Moves } from './given';
import type { Body } from './ledger-book';
import { amountsOf } from './shop';

/** What is recorded on till T1 unless it says otherwise. */
const onT1 = (type: string, fields: Body): Body => ({ type, till: 'T1', ...fields });

export type Amounts = Readonly<Record<string, number>>;

/** Goods of one category; `divers` at 20 % unless told otherwise. */
export const line = (gross: number, more: Body = {}): Body => ({
  category: 'divers',
  vatRate: 2000,
  gross,
  ...more,
});

/** Bread at 5.5 %. */
export const bread = (gross: number, more: Body = {}): Body =>
  line(gross, { category: 'pain', vatRate: 550, ...more });

/** A snack at 10 %. */
export const snack = (gross: number, more: Body = {}): Body =>
  line(gross, { category: 'snacking', vatRate: 1000, ...more });

export const sale = (lines: readonly Body[], payments: Amounts | readonly Body[], more: Body = {}): Body =>
  onT1('sale', { lines, payments: paymentsOf(payments), ...more });

export const expense = (fields: Body): Body =>
  onT1('expense', { category: 'supplies', vatRate: 2000, ...fields });

export const deposit = (fields: Body): Body => onT1('deposit', { method: 'cash', ...fields });

export const confirmation = (deposit: string, fields: Body): Body => ({
  type: 'deposit-confirmation',
  deposit,
  ...fields,
});

export const cashIn = (fields: Body): Body => onT1('cash-in', { method: 'cash', reason: 'owner', ...fields });

export const cashOut = (fields: Body): Body =>
  onT1('cash-out', { method: 'cash', reason: 'owner', ...fields });

export const transfer = (amount: number, from: Body, to: Body, more: Body = {}): Body =>
  onT1('transfer', { amount, from, to, ...more });

export const overpayment = (amount: number, more: Body = {}): Body =>
  onT1('overpayment', { amount, ...more });

export const repayment = (payments: Amounts | readonly Body[], more: Body = {}): Body =>
  onT1('credit-repayment', { payments: paymentsOf(payments), ...more });

/** A multi-purpose voucher sold for cash, unless told otherwise. */
export const voucherSale = (voucher: string, amount: number, more: Body = {}): Body =>
  onT1('voucher-sale', {
    voucher,
    kind: 'multi-purpose',
    amount,
    payments: amountsOf({ cash: amount }),
    ...more,
  });

/** A single-purpose voucher for bread at 5.5 %, sold for cash. */
export const breadVoucherSale = (voucher: string, amount: number, more: Body = {}): Body =>
  voucherSale(voucher, amount, { kind: 'single-purpose', category: 'pain', vatRate: 550, ...more });

export const voucherRefund = (voucher: string, more: Body = {}): Body =>
  onT1('voucher-refund', { voucher, ...more });

export const voucherExpiry = (voucher: string, more: Body = {}): Body => ({
  type: 'voucher-expiry',
  voucher,
  ...more,
});

/** A payment with a voucher. */
export const withVoucher = (voucher: string, amount: number): Body => ({
  method: 'voucher',
  voucher,
  amount,
});

function paymentsOf(payments: Amounts | readonly Body[]): readonly Body[] {
  return Array.isArray(payments) ? (payments as readonly Body[]) : amountsOf(payments as Amounts);
}

type More = Omit<Expected, 'type' | 'moves'>;

/** What must have been recorded: the postings by account, and more if it is said. */
const expectation =
  (type: Expected['type']) =>
  (moves: Moves, more: More = {}): Expected => ({ type, moves, ...more });

export const sold = expectation('SaleRecorded');
export const paid = expectation('ExpensePaid');
export const deposited = expectation('DepositMade');
export const confirmed = expectation('DepositConfirmed');
export const putIn = expectation('CashPutIn');
export const takenOut = expectation('CashTakenOut');
export const transferred = expectation('MethodsTransferred');
export const sent = expectation('TransferSent');
export const received = expectation('TransferReceived');
export const explained = expectation('OverpaymentExplained');
export const repaid = expectation('CreditRepaid');
export const voucherSold = expectation('VoucherSold');
export const voucherRefunded = expectation('VoucherRefunded');
export const voucherExpired = expectation('VoucherExpired');
