import { type CustomerAccount, customers } from '../../projections/customers';
import { type DepositDocument, depositKey, type DepositPlace, deposits } from '../../projections/deposits';
import { own } from '../../projections/projection';
import { statementKey, type StatementNet } from '../../projections/statements';
import { IN_TRANSIT, tills } from '../../projections/tills';
import { type VoucherAccount, type VoucherNet, vouchers } from '../../projections/vouchers';
import type { Day } from '../kernel/day';
import type { Plain } from '../platform/http/plain';
import type {
  CustomerBalanceDto,
  DepositDto,
  StatementLineDto,
  VoucherBalanceDto,
  VoucherTotalDto,
} from './accounts.dto';
import type { ReadModels } from './read-models';
import { balanceAt, type Statement, type StatementLine, totalAt } from './statement-report';

/** Who customers are. Names are in the vault, so that they can be erased. */
export type CustomerNames = (customers: readonly string[]) => Promise<ReadonlyMap<string, string>>;

export const customerStatement = (customer: string): Statement => ({
  projection: customers,
  account: customer,
  sign: 1,
});

export const voucherStatement = (voucher: string): Statement => ({
  projection: vouchers,
  account: voucher,
  sign: -1,
});

/** Rows of customers; with `at`, their balances at the end of that day. */
export async function customerRows(
  models: ReadModels,
  accounts: readonly CustomerAccount[],
  names: CustomerNames,
  at: Day | undefined,
): Promise<Plain<CustomerBalanceDto>[]> {
  const known = await names(accounts.map(({ customer }) => customer));
  return Promise.all(
    accounts.map(async ({ customer, balance, lastDate, erased }) => ({
      customer,
      name: known.get(customer) ?? null,
      balance: at === undefined ? balance : await balanceAt(models, customerStatement(customer), at),
      lastDate: lastDate ?? null,
      erased: erased ?? false,
    })),
  );
}

export async function receivable(models: ReadModels, at: Day | undefined): Promise<number> {
  if (at !== undefined) return totalAt(models, customers, at, (body) => (body as StatementNet).net);
  return ((await models.get(customers, statementKey.total)) as StatementNet | null)?.net ?? 0;
}

export async function voucherRows(
  models: ReadModels,
  accounts: readonly VoucherAccount[],
  at: Day | undefined,
): Promise<Plain<VoucherBalanceDto>[]> {
  return Promise.all(
    accounts.map(async ({ voucher, multiPurpose, singlePurpose, kind, category, vatRate, ...dates }) => ({
      voucher,
      kind: kind ?? null,
      outstanding:
        at === undefined
          ? multiPurpose + singlePurpose
          : await balanceAt(models, voucherStatement(voucher), at),
      soldFor: dates.soldFor ?? null,
      soldOn: dates.soldOn ?? null,
      expiresOn: dates.expiresOn ?? null,
      category: category ?? null,
      vatRate: vatRate ?? null,
      lastDate: dates.lastDate ?? null,
    })),
  );
}

/** What all vouchers hold: as posted, liabilities are negative. */
export async function voucherTotal(models: ReadModels, at: Day | undefined): Promise<Plain<VoucherTotalDto>> {
  if (at !== undefined) {
    const multiPurpose = await totalAt(models, vouchers, at, (body) => (body as VoucherNet).net);
    const singlePurpose = await totalAt(models, vouchers, at, (body) => (body as VoucherNet).memo);
    return { multiPurpose: 0 - multiPurpose, singlePurpose: 0 - singlePurpose };
  }
  const total = (await models.get(vouchers, statementKey.total)) as VoucherNet | null;
  return { multiPurpose: 0 - (total?.net ?? 0), singlePurpose: 0 - (total?.memo ?? 0) };
}

export function statementLineDto({ row, amount, balance }: StatementLine): Plain<StatementLineDto> {
  const { date, at, type, till, entry, reference, corrects, sequence } = row;
  return {
    date,
    at,
    type,
    amount,
    balance,
    till: till ?? null,
    entry: entry ?? null,
    reference: reference ?? null,
    corrects: corrects ?? null,
    sequence,
  };
}

/** The deposits behind some places of the list by date. */
export async function depositRows(
  models: ReadModels,
  places: readonly DepositPlace[],
): Promise<Plain<DepositDto>[]> {
  const keys = places.map(({ deposit }) => depositKey.deposit(deposit));
  const found = (await models.getMany(deposits, keys)) as ReadonlyMap<string, DepositDocument>;
  return keys.flatMap((key) => {
    const document = found.get(key);
    return document ? [depositDto(document)] : [];
  });
}

function depositDto(document: DepositDocument): Plain<DepositDto> {
  const { deposit, till, date, number, method, amount, bankAccount, slip, inTransit, sequence } = document;
  return {
    deposit,
    till: till ?? null,
    date: date ?? null,
    number: number ?? null,
    method,
    amount,
    bankAccount,
    status: statusOf(document),
    inTransit,
    cheques: slip?.cheques ?? [],
    denominations: slip?.denominations ?? null,
    confirmations: document.confirmations.map(({ date: on, reversed, ...confirmation }) => ({
      ...confirmation,
      date: on ?? null,
      reversed: reversed ?? false,
    })),
    sequence,
  };
}

export function statusOf({ cancelled, inTransit, amount }: DepositDocument): string {
  if (cancelled) return 'cancelled';
  if (inTransit === 0) return 'confirmed';
  return inTransit === amount ? 'in-transit' : 'partly-confirmed';
}

export async function inTransitToBank(models: ReadModels): Promise<number> {
  const transit = await models.get(tills, IN_TRANSIT);
  if (!transit) return 0;
  return Object.entries(transit.balances).reduce(
    (total, [method, amount]) => total + amount - (own(transit.betweenTills, method) ?? 0),
    0,
  );
}
