import { company, companyKey, type TillSettings } from '../../projections/company';
import { type DaySheet, daySheets } from '../../projections/day-sheets';
import type { Figures, View } from '../../projections/figures';
import { type MonthFigures, monthFigures } from '../../projections/month-figures';
import { addTo, own } from '../../projections/projection';
import { restatements, type Restatement } from '../../projections/restatements';
import { type TillBalances, tills } from '../../projections/tills';
import { addDays, type Day, lastDayOfMonth, monthOf } from '../kernel/day';
import { firstExpectedDay } from './day-status';
import type { ReadModels } from './read-models';
import type { CompanySettings } from './settings';

export type Balances = Record<string, number>;

/** Where a till's day begins: its balance per method, and how many journal lines come before. */
export type DayStart = { readonly balances: Readonly<Balances>; readonly lines: number };

/** The place of a day that is asked for: of which till, from when that till counts. */
export type TillDayAsked = { readonly till: string; readonly date: Day; readonly firstDay: Day };

/**
 * The day from which a till counts, with its float in it: its opening, or the first day of it that was recorded if that
 * is earlier. As corrected, a day before it that is restated counts too.
 */
export async function firstDayOf(
  models: ReadModels,
  settings: CompanySettings,
  till: string,
  view: View,
): Promise<Day> {
  const everyDay = { from: `${till}/`, to: `${till}0`, limit: 1 };
  const [known, [earliest]] = await Promise.all([
    models.get(tills, till),
    view === 'corrected' ? models.list(daySheets, everyDay) : [],
  ]);
  const expected = firstExpectedDay(settings, till, known);
  return earliest && earliest.body.date < expected ? earliest.body.date : expected;
}

/**
 * The start of a business day of a till as recorded: what was last counted, methods that are not counted at their
 * theoretical balance, and what open days before it have moved. Nothing before the till's first day. Reads a bounded
 * number of documents, however old the till is.
 */
export async function startOfDay(
  models: ReadModels,
  { till, date, firstDay }: TillDayAsked,
): Promise<DayStart> {
  const known = await models.get(tills, till);
  if (!known || date < firstDay) return { balances: {}, lines: 0 };
  if (known.closedThrough === null || date > known.closedThrough)
    return afterLastClosure(models, known, date);
  const sheet = await models.get(daySheets, `${till}/${date}`);
  if (sheet?.sealed) return sealedStart(sheet.sealed);
  return afterEarlierClosure(models, till, date);
}

/** The same in either view; as corrected, methods that are not counted carry what was restated to earlier days. */
export async function openingOf(
  models: ReadModels,
  asked: TillDayAsked,
  view: View,
): Promise<Readonly<Balances>> {
  const { till, date } = asked;
  const { balances } = await startOfDay(models, asked);
  if (view === 'recorded') return balances;
  const carried = await carriedInto(models, till, date);
  const corrected = { ...balances };
  for (const [method, amount] of Object.entries(carried)) addTo(corrected, method, amount);
  return corrected;
}

function sealedStart({ methods, journal }: NonNullable<DaySheet['sealed']>): DayStart {
  const balances: Balances = {};
  for (const { method, opening } of methods) balances[method] = opening;
  return { balances, lines: journal.first - 1 };
}

/** A day that was never closed, before the last closure: it starts with what the closure before it left. */
async function afterEarlierClosure(models: ReadModels, till: string, date: Day): Promise<DayStart> {
  const range = { from: `${till}/`, to: `${till}/${date}`, descending: true };
  for await (const { body } of models.all(daySheets, range, 20)) {
    if (!body.sealed) continue;
    const balances: Balances = {};
    for (const { method, counted, theoretical } of body.sealed.methods)
      balances[method] = counted ?? theoretical;
    return { balances, lines: body.sealed.journal.last };
  }
  return { balances: await firstBalances(models, till), lines: 0 };
}

/** What a till begins with. */
async function firstBalances(models: ReadModels, till: string): Promise<Balances> {
  const settings = (await models.get(company, companyKey.till(till))) as TillSettings | null;
  const balances: Balances = {};
  for (const { method, amount } of settings?.opening ?? []) addTo(balances, method, amount);
  return balances;
}

async function afterLastClosure(models: ReadModels, known: TillBalances, date: Day): Promise<DayStart> {
  const { till, closedThrough, base, sealedLines } = known;
  const balances: Balances = { ...base };
  let lines = sealedLines;
  const add = ({ recorded, journalLines }: { readonly recorded: Figures; readonly journalLines: number }) => {
    for (const [method, { in: received, out }] of Object.entries(recorded.methods))
      addTo(balances, method, received - out);
    lines += journalLines;
  };
  for (const range of openRanges(closedThrough, date)) {
    if (range.months) {
      for (const month of await monthsBetween(models, till, range.from, range.to)) add(month);
    } else {
      const days = models.all(daySheets, { from: `${till}/${range.from}`, to: `${till}/${range.to}` });
      for await (const { body } of days) add(body);
    }
  }
  return { balances, lines };
}

type OpenRange = { readonly months: boolean; readonly from: string; readonly to: string };

/**
 * The days after a closure and before a date as whole months where possible: the rest of the closure's month, the
 * months between, the days of the date's month. `to` is exclusive.
 */
function openRanges(closedThrough: Day | null, date: Day): OpenRange[] {
  const month = monthOf(date);
  const inMonth = { months: false, from: `${month}-01`, to: date };
  if (closedThrough === null) return [{ months: true, from: '', to: month }, inMonth];
  const next = addDays(closedThrough, 1);
  if (monthOf(next) === month) return [{ months: false, from: next, to: date }];
  const followingMonth = monthOf(addDays(lastDayOfMonth(monthOf(next)), 1));
  return [
    { months: false, from: next, to: `${followingMonth}-01` },
    { months: true, from: followingMonth, to: month },
    inMonth,
  ];
}

async function monthsBetween(
  models: ReadModels,
  till: string,
  from: string,
  to: string,
): Promise<MonthFigures[]> {
  const found: MonthFigures[] = [];
  if (from >= to) return found;
  for await (const { body } of models.all(monthFigures, { from: `${till}/${from}`, to: `${till}/${to}` }))
    found.push(body);
  return found;
}

/**
 * What corrections carry into the opening of a day, per method, beyond what is recorded. Since the method was last
 * counted (a count is never restated): what is restated to days between, less what is recorded on days between.
 */
async function carriedInto(models: ReadModels, till: string, date: Day): Promise<Balances> {
  const methods = await restatedMethods(models, till);
  const carried: Balances = {};
  if (methods.length === 0) return carried;
  const counts = new Map<string, Day | null>();
  for (const method of methods) counts.set(method, await lastCounted(models, till, method, date));
  const first = [...counts.values()].reduce<Day>(
    (least, day) => (day !== null && day < least ? day : least),
    date,
  );
  const range = { from: `move/${till}/${first}`, to: `move/${till}0` };
  for await (const { body } of models.all(restatements, range)) {
    carry(carried, body as Restatement, date, (method) => counts.get(method) ?? null);
  }
  return carried;
}

function carry(
  carried: Balances,
  { moved, givenBack, restates, recordedOn }: Restatement,
  date: Day,
  countedOn: (method: string) => Day | null,
): void {
  for (const [method, amount] of Object.entries(moved)) {
    const last = countedOn(method);
    const isBetween = (day: Day) => (last === null || day > last) && day < date;
    if (isBetween(restates)) addTo(carried, method, amount);
    if (isBetween(recordedOn)) addTo(carried, method, -(amount + (own(givenBack, method) ?? 0)));
  }
}

/** Methods that any restatement of the till has moved: those that the till has ever held. */
async function restatedMethods(models: ReadModels, till: string): Promise<string[]> {
  const any = await models.list(restatements, { from: `move/${till}/`, to: `move/${till}0`, limit: 1 });
  if (any.length === 0) return [];
  const known = await models.get(tills, till);
  return Object.keys(known?.balances ?? {});
}

async function lastCounted(models: ReadModels, till: string, method: string, date: Day): Promise<Day | null> {
  const prefix = `counted/${till}/${method}/`;
  const [last] = await models.list(restatements, {
    from: prefix,
    to: `${prefix}${date}`,
    limit: 1,
    descending: true,
  });
  return last ? last.key.slice(prefix.length) : null;
}
