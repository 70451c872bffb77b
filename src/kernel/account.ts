import type { Account } from './postings';
import { Joined } from './text';

/** The reserved code of the safe: a till that has openings, counts, transfers and deposits, but no sales. */
export const SAFE = 'safe';

/** The customer account and the voucher of everybody who is not told apart. */
export const ANONYMOUS = '-';

/** Of a shop's own few codes; customers, vouchers and deposits are many. */
const tillPaths = new Joined<string, string>('till/');
const salesPaths = new Joined<string, number>('sales/');
const vatPaths = new Joined<string, number>('vat/');

/** Where internal paths are spelled, once. The chart of accounts is applied at export. */
export const account = {
  till: (till: string, method: string): Account =>
    till === SAFE ? `safe/${method}` : tillPaths.of(till, method),
  transit: (method: string, deposit: string): Account => `transit/${method}/${deposit}`,
  betweenTills: (method: string): Account => `transit/tills/${method}`,
  bank: (bankAccount: string): Account => `bank/${bankAccount}`,
  customer: (customer: string): Account => `customer/${customer}`,
  voucher: (voucher: string): Account => `voucher/${voucher}`,
  memoVoucher: (voucher: string): Account => `memo/voucher/${voucher}`,
  memoIssued: 'memo/issued',
  sales: (category: string, rate: number): Account => salesPaths.of(category, rate),
  vat: (category: string, rate: number): Account => vatPaths.of(category, rate),
  vatInput: (rate: number): Account => `vat-input/${rate}`,
  expense: (category: string): Account => `expense/${category}`,
  bankFees: 'expense/bank-fees',
  voucherExpired: 'income/voucher-expired',
  owner: 'owner',
  other: 'other',
  opening: 'opening',
  suspense: 'suspense',
  overpayment: 'overpayment',
  difference: (kind: 'count' | 'opening' | 'ventilation' | 'correction' | 'deposit'): Account =>
    `difference/${kind}`,
} as const;

export type MeansAccount = { readonly till: string; readonly method: string };

/** Reads `till/<till>/<method>` and `safe/<method>`; null for any other account. */
export function readTillAccount(path: Account): MeansAccount | null {
  if (path.startsWith('till/')) {
    const slash = path.indexOf('/', 5);
    return { till: path.slice(5, slash), method: path.slice(slash + 1) };
  }
  if (path.startsWith('safe/')) return { till: SAFE, method: path.slice(5) };
  return null;
}
