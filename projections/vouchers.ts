import type { Day } from '../src/kernel/day';
import type { VoucherKind } from '../src/ledger/payment';
import { movementOf } from './figures';
import { isOfInterest } from './interests';
import { addTo, type Projection, type RecordedEvent } from './projection';
import {
  accountOfKey,
  netsUnder,
  rowOf,
  statementDate,
  statementKeys,
  type StatementNet,
  type StatementRow,
  withNet,
} from './statements';

/** A voucher, `-` for those that are not told apart. */
export type VoucherAccount = {
  readonly voucher: string;
  /** Still owed on it as a multi-purpose voucher (a liability), in cents. */
  readonly multiPurpose: number;
  /** Still usable on it as a single-purpose voucher (a memo off balance), in cents. */
  readonly singlePurpose: number;
  readonly kind?: VoucherKind | undefined;
  readonly category?: string | undefined;
  readonly vatRate?: number | undefined;
  readonly soldOn?: Day | undefined;
  readonly soldFor?: number | undefined;
  readonly expiresOn?: Day | undefined;
  readonly rows: number;
  readonly lastDate?: Day | undefined;
};

/** Nets of all vouchers together, as posted: liabilities are negative. */
export type VoucherNet = StatementNet & { readonly memo: number };

export type VoucherDocument = VoucherAccount | StatementRow | VoucherNet;

const LIABILITY = 'voucher/';
const MEMO = 'memo/voucher/';

/** Vouchers: what each still holds, its history, and the liability as a whole. */
export const vouchers: Projection<VoucherDocument> = {
  name: 'vouchers',
  version: 1,
  handles: (event) => isOfInterest('vouchers', event) && movesVouchers(event),
  keys: (event) => statementKeys(Object.keys(bothNets(event)), event),
  begins: (_, key) => key.startsWith('r/'),
  evolve(document, event, key) {
    if (key.startsWith('a/'))
      return withVoucher(document as VoucherAccount | undefined, event, accountOfKey(key));
    if (key.startsWith('r/')) return voucherRow(event, accountOfKey(key));
    const liability = netsUnder(event, LIABILITY);
    const memo = netsUnder(event, MEMO);
    const code = key.startsWith('m/') ? accountOfKey(key) : null;
    const before = document as VoucherNet | undefined;
    return { ...withNet(before, netOf(liability, code)), memo: (before?.memo ?? 0) + netOf(memo, code) };
  },
};

function movesVouchers(event: RecordedEvent): boolean {
  return (
    event.postings?.some(({ account }) => account.startsWith(LIABILITY) || account.startsWith(MEMO)) ?? false
  );
}

function netOf(nets: Readonly<Record<string, number>>, code: string | null): number {
  if (code !== null) return Object.hasOwn(nets, code) ? (nets[code] as number) : 0;
  return Object.values(nets).reduce((sum, amount) => sum + amount, 0);
}

function bothNets(event: RecordedEvent): Record<string, number> {
  const nets = netsUnder(event, LIABILITY);
  for (const [code, amount] of Object.entries(netsUnder(event, MEMO))) addTo(nets, code, amount);
  return nets;
}

function voucherRow(event: RecordedEvent, code: string): StatementRow {
  const liability = rowOf(event, code, LIABILITY);
  const memo = rowOf(event, code, MEMO);
  return { ...liability, debit: liability.debit + memo.debit, credit: liability.credit + memo.credit };
}

type Named = Pick<VoucherAccount, 'kind' | 'category' | 'vatRate' | 'soldOn' | 'soldFor' | 'expiresOn'>;

function withVoucher(
  before: VoucherAccount | undefined,
  event: RecordedEvent,
  voucher: string,
): VoucherAccount {
  const account = before ?? { voucher, multiPurpose: 0, singlePurpose: 0, rows: 0 };
  const date = statementDate(event);
  return {
    ...account,
    ...(voucher === '-' ? {} : named(event, voucher)),
    multiPurpose: account.multiPurpose - netOf(netsUnder(event, LIABILITY), voucher),
    singlePurpose: account.singlePurpose - netOf(netsUnder(event, MEMO), voucher),
    rows: account.rows + 1,
    lastDate: account.lastDate === undefined || date > account.lastDate ? date : account.lastDate,
  };
}

type SoldWithOthers = {
  readonly voucher: string;
  readonly kind: VoucherKind;
  readonly amount: number;
  readonly category?: string | undefined;
  readonly vatRate?: number | undefined;
};

/** What is known of a voucher from its sale; a sale that is taken back says nothing new. */
function named(event: RecordedEvent, code: string): Named {
  if (event.type === 'OpeningBalancesRecorded') {
    const kept = event.data.vouchers.find(({ voucher }) => voucher === code);
    return kept ? { kind: kept.kind, soldFor: kept.amount } : {};
  }
  const movement = event.type === 'MovementReversed' ? null : movementOf(event);
  if (!movement) return {};
  const soldOn = event.correction?.restates.businessDate ?? event.businessDate;
  if (movement.type === 'VoucherSold') {
    const { kind, category, vatRate, amount, expiresOn } = movement.data;
    return { kind, category, vatRate, soldOn, soldFor: amount, expiresOn };
  }
  if (movement.type !== 'SaleRecorded' && movement.type !== 'ZTicketRecorded') return {};
  const all: readonly SoldWithOthers[] = movement.data.vouchersSold ?? [];
  const sold = all.find(({ voucher }) => voucher === code);
  if (!sold) return {};
  const { kind, amount, category, vatRate } = sold;
  return { kind, category, vatRate, soldOn, soldFor: amount };
}
