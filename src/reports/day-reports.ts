import { type DayNote, dayNotes, noteKey } from '../../projections/day-notes';
import type { DaySheet } from '../../projections/day-sheets';
import { type Figures, KINDS, type View } from '../../projections/figures';
import { tills } from '../../projections/tills';
import { addDays, type Day, daysBetween, lastDayOfMonth } from '../kernel/day';
import type { Plain } from '../platform/http/plain';
import { alertsOfDay, daysWithOpenAlerts } from './alerts-report';
import type {
  ClosureOfDayDto,
  CommentNoteDto,
  CountNoteDto,
  DayRowDto,
  DaySheetDto,
  DaySynthesisDto,
  DifferencesDto,
  ExpenseRowDto,
  MonthRowDto,
  MonthSynthesisDto,
  MovementRowDto,
  RestatementDto,
  ZNoteDto,
} from './day-sheet.dto';
import { dayStatus, type DayStatus, firstExpectedDay, worstOf } from './day-status';
import {
  balancesOf,
  type MethodFlow,
  sum,
  sumOfFigures,
  sumOfFlows,
  synthesisOf,
  turnoverOf,
} from './figures-report';
import { firstDayOf } from './openings';
import type { ReadModels } from './read-models';
import { type CompanySettings, inOrderOf } from './settings';
import { tillDay, type TillDayReport, tillDays } from './till-day';

/** What a day report needs beside the books: the company's today. */
export type DayContext = { readonly settings: CompanySettings; readonly today: Day; readonly view: View };

/** The whole sheet of one till and day. */
export async function daySheetReport(
  models: ReadModels,
  { settings, today, view }: DayContext,
  till: string,
  date: Day,
): Promise<Plain<DaySheetDto>> {
  const [report, notes, alerts, balances] = await Promise.all([
    tillDay(models, settings, till, date, view),
    notesOf(models, till, date),
    alertsOfDay(models, till, date),
    models.get(tills, till),
  ]);
  const { figures, flows, sheet } = report;
  const since = firstExpectedDay(settings, till, balances);
  const hasOpenAlert = alerts.some(({ open }) => open);
  return {
    till,
    name: settings.tillName(till, date),
    date,
    view,
    status: dayStatus({ sheet, date, today, since, till, hasOpenAlert }, settings),
    ...synthesisOf(figures, flows, settings, date),
    movements: movementsOf(figures, settings, date),
    expenses: expensesOf(figures),
    ventilation: { gap: figures.gap, overpayment: figures.overpayment },
    differences: differencesOf(report),
    vouchersSold: figures.vouchersSold,
    ...notes,
    comments: [...notes.comments, ...commentOfClosure(sheet)],
    alerts,
    closure: closureOf(sheet),
  };
}

async function notesOf(models: ReadModels, till: string, date: Day) {
  const prefix = noteKey.day(till, date, 0).slice(0, -10);
  const zTickets: Plain<ZNoteDto>[] = [];
  const counts: Plain<CountNoteDto>[] = [];
  const comments: Plain<CommentNoteDto>[] = [];
  const restatements: Plain<RestatementDto>[] = [];
  for await (const { body } of models.all(dayNotes, { from: prefix, to: `${prefix}~` })) {
    const common = { sequence: body.sequence, at: body.at, by: body.by, entry: body.entry ?? null };
    switch (body.kind) {
      case 'z-ticket': {
        const { number, control, salesCount, gap, vatGaps, differences } = body;
        zTickets.push({ ...common, number, control, salesCount, gap, vatGaps, differences });
        break;
      }
      case 'count':
        counts.push({ ...common, moment: 'closing', counts: body.counts });
        break;
      case 'opening-count':
        counts.push({ ...common, moment: 'opening', counts: body.counts });
        break;
      case 'comment':
        comments.push({ ...common, about: body.about, comment: body.comment });
        break;
      case 'restatement':
        restatements.push({ ...common, ...restatementOf(body) });
    }
  }
  return { zTickets, counts, comments, restatements };
}

function restatementOf({
  movement,
  reversal,
  recordedOn,
  corrects,
  reason,
}: Extract<DayNote, { kind: 'restatement' }>) {
  return { movement, reversal, recordedOn: recordedOn?.date ?? null, corrects: corrects ?? null, reason };
}

function commentOfClosure(sheet: DaySheet | null): Plain<CommentNoteDto>[] {
  const sealed = sheet?.sealed;
  if (sealed?.comment === undefined) return [];
  const { sequence, at, by, comment } = sealed;
  return [{ sequence, at, by, entry: null, about: 'difference', comment }];
}

function closureOf(sheet: DaySheet | null): Plain<ClosureOfDayDto> | null {
  if (!sheet?.sealed) return null;
  const { sequence, at, by, hash, journal, comment } = sheet.sealed;
  return { sequence, at, by, hash, journal, comment: comment ?? null };
}

function movementsOf({ kinds }: Figures, settings: CompanySettings, date: Day): MovementRowDto[] {
  const rows = Object.entries(kinds).map(([key, { in: received, out }]) => {
    const slash = key.indexOf('/');
    return { kind: key.slice(0, slash), method: key.slice(slash + 1), in: received, out };
  });
  const moved = rows.filter((row) => row.in !== 0 || row.out !== 0);
  const ofKind = (kind: string) => moved.filter((row) => row.kind === kind);
  return KINDS.flatMap((kind) =>
    inOrderOf(ofKind(kind), settings.on('methods', date), ({ method }) => method),
  );
}

function expensesOf({ expenses }: Figures): ExpenseRowDto[] {
  return Object.entries(expenses).map(([key, { net, vat }]) => {
    const slash = key.lastIndexOf('/');
    return {
      category: key.slice(0, slash),
      vatRate: Number(key.slice(slash + 1)),
      gross: net + vat,
      net,
      vat,
    };
  });
}

function differencesOf({ figures, flows, sheet }: TillDayReport): DifferencesDto {
  const counted = flows.filter(({ difference }) => difference !== null);
  const netOfKind = (kind: string) =>
    sum(
      Object.entries(figures.kinds).filter(([key]) => key.startsWith(`${kind}/`)),
      ([, { in: received, out }]) => received - out,
    );
  return {
    count: counted.length === 0 ? null : sum(counted, ({ difference }) => difference ?? 0),
    opening: netOfKind('opening-difference'),
    // The closure has moved the gap out of suspense; what corrections make of it is restated like the count's difference.
    ventilation: sheet?.sealed ? figures.gap : 0,
    correction: netOfKind('given-back'),
  };
}

export function daysFrom(from: Day, to: Day): Day[] {
  return Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, index) => addDays(from, index));
}

type TillMonth = {
  readonly till: string;
  readonly firstDay: Day;
  readonly reports: readonly TillDayReport[];
  readonly statuses: readonly DayStatus[];
};

/** The days of some tills side by side, with their states: each till's as its day sheets show them. */
async function daysOfTills(
  models: ReadModels,
  { settings, today, view }: DayContext,
  codes: readonly string[],
  days: readonly Day[],
): Promise<TillMonth[]> {
  const firstDays = await Promise.all(codes.map((till) => firstDayOf(models, settings, till, view)));
  // The tills that a company opens with begin together with its books, whichever of them is used first.
  const beginning = [...firstDays].sort()[0] as Day;
  return Promise.all(
    codes.map(async (till, index) => {
      const firstDay = settings.isFounding(till) ? beginning : (firstDays[index] as Day);
      const [reports, balances, alerted] = await Promise.all([
        tillDays(models, settings, { till, firstDay }, days, view),
        models.get(tills, till),
        daysWithOpenAlerts(models, till, days),
      ]);
      const since = firstExpectedDay(settings, till, balances);
      const statuses = reports.map(({ date, sheet }) =>
        dayStatus({ sheet, date, today, since, till, hasOpenAlert: alerted.has(date) }, settings),
      );
      return { till, firstDay, reports, statuses };
    }),
  );
}

/** A row per day and till. */
export async function dayRows(
  models: ReadModels,
  context: DayContext,
  codes: readonly string[],
  days: readonly Day[],
): Promise<Plain<DayRowDto>[]> {
  const months = await daysOfTills(models, context, codes, days);
  return days.flatMap((date, index) =>
    months.map(({ till, reports, statuses }) => {
      const { figures, flows } = reports[index] as TillDayReport;
      return {
        date,
        till,
        status: statuses[index] as DayStatus,
        turnover: turnoverOf(figures, context.settings, date).gross,
        salesCount: figures.salesCount,
        cashDifference: balancesOf(flows, context.settings, date).cash.difference,
      };
    }),
  );
}

/**
 * The days of several tills as one book, in which every day opens with what the day before it closed with. The books open
 * with the floats of the tills that they begin with; in the month in which they begin, days before carry that opening.
 * The float of a till that is added later comes in on the till's first day: it is no opening of the company's, whose
 * money of the day before did not hold it. The sheet of that day, as its closure, calls it the till's opening.
 */
function asOneBook(tillMonths: readonly TillMonth[]): TillDayReport[][] {
  const beginning = tillMonths
    .map(({ firstDay }) => firstDay)
    .reduce((least, day) => (day < least ? day : least), '9999-12-31');
  return tillMonths.map(({ firstDay, reports }) => {
    const first = reports.find(({ date }) => date === firstDay);
    if (!first) return [...reports];
    const isLater = firstDay > beginning;
    const opening = first.flows.filter((flow) => flow.opening !== 0).map(toBeOpenedWith);
    return reports.map((report) => {
      if (report === first)
        return isLater ? { ...report, flows: report.flows.map(withFloatComingIn) } : report;
      return !isLater && report.date < firstDay ? { ...report, flows: opening } : report;
    });
  });
}

function withFloatComingIn(flow: MethodFlow): MethodFlow {
  return { ...flow, opening: 0, in: flow.in + flow.opening };
}

function toBeOpenedWith({ method, opening }: MethodFlow): MethodFlow {
  return { method, opening, in: 0, out: 0, counted: null, difference: null, closing: opening };
}

/** The company's day: all tills and the safe together. */
export async function daySynthesis(
  models: ReadModels,
  context: DayContext,
  date: Day,
): Promise<Plain<DaySynthesisDto>> {
  const { settings, view } = context;
  const codes = settings.tills.map(({ till }) => till);
  const months = await daysOfTills(models, context, codes, [date]);
  const reports = asOneBook(months).flat();
  const statuses = months.map(({ till, statuses: [status] }) => ({ till, status: status as DayStatus }));
  const figures = sumOfFigures(reports.map((report) => report.figures));
  return {
    date,
    view,
    status: worstOf(statuses.map(({ status }) => status)),
    tills: statuses,
    ...synthesisOf(figures, sumOfFlows(reports.flatMap(({ flows }) => flows)), settings, date),
    ventilation: { gap: figures.gap, overpayment: figures.overpayment },
  };
}

/** A month of the company, or of one till: its opening, a row per day, and a closing that is the next opening. */
export async function monthSynthesis(
  models: ReadModels,
  context: DayContext,
  month: string,
  till: string | undefined,
): Promise<Plain<MonthSynthesisDto>> {
  const { settings, view } = context;
  const lastDay = lastDayOfMonth(month);
  const days = daysFrom(`${month}-01`, lastDay);
  const codes = till === undefined ? settings.tills.map((known) => known.till) : [till];
  const tillMonths = await daysOfTills(models, context, codes, days);
  const books = asOneBook(tillMonths);
  const rows = days.map((date, index): Plain<MonthRowDto> => {
    const reports = books.map((all) => all[index] as TillDayReport);
    return {
      date,
      status: worstOf(tillMonths.map(({ statuses }) => statuses[index] as DayStatus)),
      ...synthesisOf(
        sumOfFigures(reports.map(({ figures }) => figures)),
        sumOfFlows(reports.flatMap(({ flows }) => flows)),
        settings,
        date,
      ),
    };
  });
  const all = books.flat();
  const flows = sumOfFlows(books.flatMap(flowsOverTime));
  return {
    month,
    view,
    till: till ?? null,
    ...synthesisOf(sumOfFigures(all.map(({ figures }) => figures)), flows, settings, lastDay),
    days: rows,
  };
}

/**
 * How each method went over a row of days. Counts of single days do not add up, so a longer time has none; its
 * difference is the sum of what closures have posted: closing = theoretical + difference.
 */
function flowsOverTime(reports: readonly TillDayReport[]): MethodFlow[] {
  const methods = new Set(reports.flatMap(({ flows }) => flows.map(({ method }) => method)));
  return [...methods].map((method) => {
    const flows = reports.map((report) => report.flows.find((flow) => flow.method === method));
    const known = flows.filter((flow) => flow !== undefined);
    const opening = flows[0]?.opening ?? 0;
    const received = sum(known, (flow) => flow.in);
    const out = sum(known, (flow) => flow.out);
    const closing = flows.at(-1)?.closing ?? 0;
    return {
      method,
      opening,
      in: received,
      out,
      counted: null,
      difference: closing - (opening + received - out),
      closing,
    };
  });
}
