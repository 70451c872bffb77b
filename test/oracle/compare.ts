import { customers, type CustomerAccount } from '../../projections/customers';
import { depositKey, type DepositDocument, deposits } from '../../projections/deposits';
import type { View } from '../../projections/figures';
import { monthFigures } from '../../projections/month-figures';
import type { RecordedEvent } from '../../projections/projection';
import { tills } from '../../projections/tills';
import { figuresOf } from '../../projections/two-views';
import { vouchers, type VoucherAccount } from '../../projections/vouchers';
import { addDays, monthOf } from '../../src/kernel/day';
import { daySynthesis, monthSynthesis } from '../../src/reports/day-reports';
import { turnoverOf } from '../../src/reports/figures-report';
import { journalLines } from '../../src/reports/journal-report';
import type { ReadModels } from '../../src/reports/read-models';
import { CompanySettings } from '../../src/reports/settings';
import { tillDay } from '../../src/reports/till-day';
import { type Oracle, oracle, type OracleDay, type OracleFlow } from './oracle';

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
  await compareBooks(expected, models, settings, differences);
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

/** Every month of the books, its rows, and the days around their beginning. */
async function compareBooks(
  { books }: Oracle,
  models: ReadModels,
  settings: CompanySettings,
  differences: Differences,
): Promise<void> {
  for (const view of ['recorded', 'corrected'] as const) {
    const { firstDay, lastDay, days } = books[view];
    const context = { settings, today: lastDay, view };
    for (const month of monthsOf(Object.keys(days))) {
      const report = await monthSynthesis(models, context, month, undefined);
      const dates = Object.keys(days).filter((date) => monthOf(date) === month);
      const flows = dates.map((date) => days[date] as Flows);
      differences.compare(`${view} ${month}`, flowsOf(report.methods), withoutEmpty(flowsOverTime(flows)));
      for (const { date, methods } of report.days.filter((row) => row.date <= lastDay)) {
        const expected = days[date] ?? openingAlone(days[firstDay] as Flows);
        differences.compare(`${view} row of ${date}`, flowsOf(methods), withoutEmpty(expected));
      }
    }
    for (const date of [addDays(firstDay, -1), firstDay, lastDay]) {
      const { methods } = await daySynthesis(models, context, date);
      differences.compare(`${view} books on ${date}`, flowsOf(methods), withoutEmpty(days[date] ?? {}));
    }
  }
}

type Flows = Readonly<Record<string, OracleFlow>>;

function monthsOf(dates: readonly string[]): string[] {
  return [...new Set(dates.map(monthOf))];
}

/** In the month in which the books begin, the rows before show what they begin with. */
function openingAlone(flows: Flows): Flows {
  return Object.fromEntries(
    Object.entries(flows).map(([method, { opening }]) => [
      method,
      { opening, in: 0, out: 0, closing: opening },
    ]),
  );
}

function flowsOverTime(days: readonly Flows[]): Flows {
  // `constructor` is a valid code of a method.
  const found = Object.create(null) as Record<string, OracleFlow>;
  days.forEach((flows, index) => {
    for (const [method, flow] of Object.entries(flows)) {
      const known = found[method] ?? { opening: index === 0 ? flow.opening : 0, in: 0, out: 0, closing: 0 };
      const { opening, in: received, out } = known;
      found[method] = { opening, in: received + flow.in, out: out + flow.out, closing: flow.closing };
    }
  });
  return found;
}

function flowsOf(rows: readonly (OracleFlow & { readonly method: string })[]): Flows {
  return withoutEmpty(
    Object.fromEntries(
      rows.map(({ method, opening, in: received, out, closing }) => [
        method,
        { opening, in: received, out, closing },
      ]),
    ),
  );
}

/** Methods that hold and move nothing may be shown or not. */
function withoutEmpty(flows: Flows): Flows {
  return Object.fromEntries(
    Object.entries(flows).filter(([, flow]) => Object.values(flow).some((amount) => amount !== 0)),
  );
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
