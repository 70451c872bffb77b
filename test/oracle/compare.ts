import { customers, type CustomerAccount } from '../../projections/customers';
import { depositKey, type DepositDocument, deposits } from '../../projections/deposits';
import type { View } from '../../projections/figures';
import { monthFigures } from '../../projections/month-figures';
import type { RecordedEvent } from '../../projections/projection';
import { tills } from '../../projections/tills';
import { figuresOf } from '../../projections/two-views';
import { vouchers, type VoucherAccount } from '../../projections/vouchers';
import { turnoverOf } from '../../src/reports/figures-report';
import { journalLines } from '../../src/reports/journal-report';
import type { ReadModels } from '../../src/reports/read-models';
import { CompanySettings } from '../../src/reports/settings';
import { tillDay } from '../../src/reports/till-day';
import { type Oracle, oracle, type OracleDay } from './oracle';

/**
 * Compares everything that the oracle works out with what the reports say of the same events. Answers one sentence
 * per difference; an empty list means that both agree to the cent.
 */
export async function differencesFromOracle(
  events: readonly RecordedEvent[],
  models: ReadModels,
): Promise<string[]> {
  const settings = await CompanySettings.load(models);
  if (!settings) return ['the company has no settings'];
  const expected = oracle(events);
  const differences = new Differences();
  for (const [till, balances] of Object.entries(expected.tills)) {
    const document = await models.get(tills, till);
    differences.compare(
      `balances of ${till}`,
      withoutZeros(document?.balances ?? {}),
      withoutZeros(balances),
    );
  }
  await compareDays(expected, models, settings, differences);
  for (const [till, lines] of Object.entries(expected.journals)) {
    differences.compare(`journal of ${till}`, await reportedLines(models, settings, till), lines);
  }
  await compareAccounts(expected, models, differences);
  return differences.found;
}

async function compareDays(
  { days, months }: Oracle,
  models: ReadModels,
  settings: CompanySettings,
  differences: Differences,
): Promise<void> {
  for (const view of ['recorded', 'corrected'] as const) {
    for (const [key, day] of Object.entries(days[view])) {
      differences.compare(`${view} ${key}`, await reportedDay(models, settings, key, view), comparable(day));
    }
    differences.compare(
      `${view} months`,
      await reportedMonths(models, settings, view),
      withoutZeros(months[view]),
    );
  }
}

async function reportedLines(models: ReadModels, settings: CompanySettings, till: string) {
  const reported = [];
  for await (const line of journalLines(models, settings, { till })) {
    const { number, sequence, date, balance } = line;
    reported.push({ number, sequence, date, method: line.method ?? '', amount: line.in - line.out, balance });
  }
  return reported;
}

async function compareAccounts(
  expected: Oracle,
  models: ReadModels,
  differences: Differences,
): Promise<void> {
  for (const [customer, { balance }] of Object.entries(expected.customers)) {
    const account = (await models.get(customers, `a/${customer}`)) as CustomerAccount | null;
    differences.compare(`customer ${customer}`, account?.balance, balance);
  }
  for (const [code, voucher] of Object.entries(expected.vouchers)) {
    const account = (await models.get(vouchers, `a/${code}`)) as VoucherAccount | null;
    const { multiPurpose = 0, singlePurpose = 0 } = account ?? {};
    differences.compare(`voucher ${code}`, { multiPurpose, singlePurpose }, voucher);
  }
  for (const [deposit, inTransit] of Object.entries(expected.deposits)) {
    const document = (await models.get(deposits, depositKey.deposit(deposit))) as DepositDocument | null;
    differences.compare(`deposit ${deposit}`, document?.inTransit, inTransit);
  }
}

async function reportedDay(models: ReadModels, settings: CompanySettings, key: string, view: View) {
  const slash = key.indexOf('/');
  const date = key.slice(slash + 1);
  const report = await tillDay(models, settings, key.slice(0, slash), date, view);
  const { gross, net, vat, byCategory, byVatRate, byMethod } = turnoverOf(report.figures, settings, date);
  return sorted({
    methods: Object.fromEntries(
      report.flows.map(({ method, opening, in: received, out, counted, difference, closing }) => [
        method,
        { opening, in: received, out, theoretical: opening + received - out, counted, difference, closing },
      ]),
    ),
    turnover: { gross, net, vat },
    byCategory: pairs(byCategory.map((row) => [`${row.category}/${row.vatRate}`, row.gross])),
    byMethod: pairs(byMethod.map((row) => [row.method, row.gross])),
    real: pairs(byVatRate.map((row) => [String(row.vatRate), row.real])),
    absolute: pairs(byVatRate.map((row) => [String(row.vatRate), row.absolute])),
    salesCount: report.figures.salesCount,
    customersCount: report.figures.customersCount,
    gap: report.figures.gap,
    overpayment: report.figures.overpayment,
  });
}

function comparable(day: OracleDay) {
  return sorted({
    ...day,
    byCategory: withoutZeros(day.byCategory),
    byMethod: withoutZeros(day.byMethod),
    real: withoutZeros(day.real),
    absolute: withoutZeros(day.absolute),
  });
}

/** Methods that hold and move nothing may be shown or not. */
function sorted<Day extends { methods: Record<string, object> }>(day: Day): Day {
  const methods = Object.entries(day.methods)
    .filter(([, figures]) => Object.values(figures).some((figure) => figure !== 0 && figure !== null))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return { ...day, methods: Object.fromEntries(methods) };
}

function pairs(rows: [string, number][]): Record<string, number> {
  return withoutZeros(Object.fromEntries(rows));
}

function withoutZeros(record: Readonly<Record<string, number>>): Record<string, number> {
  const rows = Object.entries(record).filter(([, amount]) => amount !== 0);
  return Object.fromEntries(rows.sort(([left], [right]) => (left < right ? -1 : 1)));
}

async function reportedMonths(models: ReadModels, settings: CompanySettings, view: View) {
  const months: Record<string, number> = {};
  for await (const { body } of models.all(monthFigures, {})) {
    const { gross } = turnoverOf(figuresOf(body, view), settings, `${body.month}-01`);
    months[body.month] = (months[body.month] ?? 0) + gross;
  }
  return withoutZeros(months);
}

class Differences {
  readonly found: string[] = [];

  compare(what: string, reported: unknown, expected: unknown): void {
    if (isNested(reported) && isNested(expected)) {
      for (const name of new Set([...Object.keys(reported), ...Object.keys(expected)])) {
        this.compare(`${what} ${name}`, memberOf(reported, name), memberOf(expected, name));
      }
      return;
    }
    const [left, right] = [JSON.stringify(reported), JSON.stringify(expected)];
    if (left !== right) this.found.push(`${what}: reported ${left}, expected ${right}`);
  }
}

function isNested(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function memberOf(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
