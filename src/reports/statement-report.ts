import type { Projection } from '../../projections/projection';
import { statementKey, type StatementNet, type StatementRow } from '../../projections/statements';
import { addDays, type Day, monthOf } from '../kernel/day';
import { afterKey, type ReadModels } from './read-models';

/** A row of a statement with the balance after it; amounts as the account counts (see `sign`). */
export type StatementLine = {
  readonly key: string;
  readonly row: StatementRow;
  readonly amount: number;
  readonly balance: number;
};

/** Postings add to a receivable; a voucher's liability is posted negative, so that it counts the other way round. */
export type Statement = { readonly projection: Projection; readonly account: string; readonly sign: 1 | -1 };

/** Balance before a day: months before its month, then the rows of its month before it. */
export async function balanceBefore(
  models: ReadModels,
  { projection, account, sign }: Statement,
  date: Day,
): Promise<number> {
  let balance = 0;
  const months = { from: `m/${account}/`, to: statementKey.month(account, date) };
  for await (const { body } of models.all(projection, months)) balance += (body as StatementNet).net;
  const rows = { from: `r/${account}/${monthOf(date)}-01`, to: `r/${account}/${date}` };
  for await (const { body } of models.all(projection, rows)) {
    const { debit, credit } = body as StatementRow;
    balance += debit - credit;
  }
  return sign * balance;
}

/** Balance at the end of a day. */
export function balanceAt(models: ReadModels, statement: Statement, date: Day): Promise<number> {
  return balanceBefore(models, statement, addDays(date, 1));
}

/** Net of all accounts at the end of a day, as posted; `of` says which figure. */
export async function totalAt(
  models: ReadModels,
  projection: Projection,
  date: Day,
  of: (net: unknown) => number,
): Promise<number> {
  const before = addDays(date, 1);
  let total = 0;
  for await (const { body } of models.all(projection, {
    from: 'tm/',
    to: statementKey.totalOfMonth(before),
  })) {
    total += of(body);
  }
  const days = {
    from: statementKey.totalOfDay(`${monthOf(before)}-01`),
    to: statementKey.totalOfDay(before),
  };
  for await (const { body } of models.all(projection, days)) total += of(body);
  return total;
}

export type StatementPlace = { readonly key: string; readonly balance: number };

/** Rows from a day to another in order of date and recording, each with the balance after it. */
export async function statementLines(
  models: ReadModels,
  statement: Statement,
  range: { readonly from?: Day | undefined; readonly to?: Day | undefined },
  limit: number,
  place: StatementPlace | null,
): Promise<StatementLine[]> {
  const { projection, account, sign } = statement;
  const first = range.from ?? '';
  let balance =
    place?.balance ?? (range.from === undefined ? 0 : await balanceBefore(models, statement, range.from));
  const found = await models.list(projection, {
    from: place ? afterKey(place.key) : `r/${account}/${first}`,
    to: range.to === undefined ? `r/${account}0` : `r/${account}/${addDays(range.to, 1)}`,
    limit,
  });
  return found.map(({ key, body }) => {
    const row = body as StatementRow;
    const amount = sign * (row.debit - row.credit);
    balance += amount;
    return { key, row, amount, balance };
  });
}
