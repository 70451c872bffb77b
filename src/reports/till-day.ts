import { type DaySheet, daySheets } from '../../projections/day-sheets';
import type { Figures, View } from '../../projections/figures';
import { own } from '../../projections/projection';
import { figuresOf } from '../../projections/two-views';
import type { Day } from '../kernel/day';
import type { MethodFlow } from './figures-report';
import { type Balances, firstDayOf, openingOf } from './openings';
import type { ReadModels } from './read-models';
import type { CompanySettings } from './settings';

/** A day of one till in one view: its figures, and how each method went from opening to closing. */
export type TillDayReport = {
  readonly till: string;
  readonly date: Day;
  /** Null on a day on which nothing was recorded or restated. */
  readonly sheet: DaySheet | null;
  readonly figures: Figures;
  readonly flows: readonly MethodFlow[];
};

export async function tillDay(
  models: ReadModels,
  settings: CompanySettings,
  till: string,
  date: Day,
  view: View,
): Promise<TillDayReport> {
  const firstDay = await firstDayOf(models, settings, till, view);
  const [sheet, opening] = await Promise.all([
    models.get(daySheets, `${till}/${date}`),
    openingOf(models, { till, date, firstDay }, view),
  ]);
  return reportOf({ till, date }, sheet, opening, settings, view);
}

/**
 * A till's days in a row, from one day to another: only the first opening is worked out from what came before, each
 * following one is the closing of the day before it. Days without a document carry their balances. Before its first day
 * a till holds nothing.
 */
export async function tillDays(
  models: ReadModels,
  settings: CompanySettings,
  { till, firstDay }: { readonly till: string; readonly firstDay: Day },
  days: readonly Day[],
  view: View,
): Promise<TillDayReport[]> {
  const first = days[0];
  if (first === undefined) return [];
  const sheets = await models.getMany(
    daySheets,
    days.map((date) => `${till}/${date}`),
  );
  const [last] = days.slice(-1) as [Day];
  const begins = first < firstDay && firstDay <= last;
  const atFirst = await openingOf(models, { till, date: begins ? firstDay : first, firstDay }, view);
  let opening = begins ? {} : atFirst;
  return days.map((date) => {
    if (begins && date === firstDay) opening = atFirst;
    const sheet = sheets.get(`${till}/${date}`) ?? null;
    const report = reportOf({ till, date }, sheet, opening, settings, view);
    opening = closingOf(report);
    return report;
  });
}

/** What the next day opens with. */
export function closingOf({ flows }: Pick<TillDayReport, 'flows'>): Balances {
  const balances: Balances = {};
  for (const { method, closing } of flows) balances[method] = closing;
  return balances;
}

function reportOf(
  { till, date }: { till: string; date: Day },
  sheet: DaySheet | null,
  opening: Readonly<Balances>,
  settings: CompanySettings,
  view: View,
): TillDayReport {
  const figures = figuresOf(sheet, view);
  const methods = new Set([
    ...Object.keys(opening).filter((method) => own(opening, method) !== 0),
    ...Object.keys(figures.methods),
    ...Object.keys(sheet?.counts ?? {}),
    ...(sheet?.sealed?.methods ?? []).map(({ method }) => method),
  ]);
  const flows = [...methods].map((method) =>
    flowOf(
      method,
      own(opening, method) ?? 0,
      figures,
      countedOf(sheet, method, settings, date),
      sheet?.sealed !== undefined,
    ),
  );
  return { till, date, sheet, figures, flows };
}

/** The count never changes; what it is compared with does. */
function flowOf(
  method: string,
  opening: number,
  figures: Figures,
  counted: number | null,
  isClosed: boolean,
): MethodFlow {
  const moved = own(figures.methods, method) ?? { in: 0, out: 0 };
  const theoretical = opening + moved.in - moved.out;
  return {
    method,
    opening,
    in: moved.in,
    out: moved.out,
    counted,
    difference: counted === null ? null : counted - theoretical,
    closing: isClosed && counted !== null ? counted : theoretical,
  };
}

function countedOf(
  sheet: DaySheet | null,
  method: string,
  settings: CompanySettings,
  date: Day,
): number | null {
  if (!sheet) return null;
  if (sheet.sealed) return sheet.sealed.methods.find((one) => one.method === method)?.counted ?? null;
  return settings.isCounted(method, date) ? (own(sheet.counts, method)?.amount ?? null) : null;
}
