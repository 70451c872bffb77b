import { type Figures, NO_FIGURES, type TurnoverFigure } from '../../projections/figures';
import { addTo, own } from '../../projections/projection';
import type { Day } from '../kernel/day';
import type { Plain } from '../platform/http/plain';
import type {
  BalanceDto,
  CategoryTurnoverDto,
  FiguresDto,
  MethodBalanceDto,
  MethodTurnoverDto,
  RateTurnoverDto,
  TurnoverDto,
} from './figures.dto';
import { type CompanySettings, inOrderOf } from './settings';

/** Money of one method over a day or longer, in cents. `closing` is what the next day opens with. */
export type MethodFlow = {
  readonly method: string;
  readonly opening: number;
  readonly in: number;
  readonly out: number;
  readonly counted: number | null;
  readonly difference: number | null;
  readonly closing: number;
};

/** Turnover ÷ number of sales, half away from zero; no sale, no basket. */
export function averageBasket(turnover: number, salesCount: number): number | null {
  if (salesCount <= 0) return null;
  const magnitude = Math.floor((2 * Math.abs(turnover) + salesCount) / (2 * salesCount));
  return turnover < 0 && magnitude !== 0 ? -magnitude : magnitude;
}

type Key = { readonly category: string; readonly vatRate: number };

function readKey(key: string): Key {
  const slash = key.lastIndexOf('/');
  return { category: key.slice(0, slash), vatRate: Number(key.slice(slash + 1)) };
}

/** The two pivots of a turnover, and their one total. Categories in the order that the settings give on `day`. */
export function turnoverOf(
  { turnover, byMethod }: Figures,
  settings: CompanySettings,
  day: Day,
): TurnoverDto {
  const rows = Object.entries(turnover).map(([key, figure]) => ({ ...readKey(key), figure }));
  const gross = ({ net, vat }: TurnoverFigure) => net + vat;
  const byCategory: CategoryTurnoverDto[] = rows
    .sort((left, right) => left.vatRate - right.vatRate)
    .map(({ category, vatRate, figure }) => ({
      category,
      label: settings.category(category, day)?.label,
      vatRate,
      gross: gross(figure),
      net: figure.net,
      vat: figure.vat,
      sales: gross(figure) + figure.refunds,
      refunds: figure.refunds,
    }));
  return {
    gross: sum(rows, ({ figure }) => gross(figure)),
    net: sum(rows, ({ figure }) => figure.net),
    vat: sum(rows, ({ figure }) => figure.vat),
    byCategory: inOrderOf(byCategory, settings.on('categories', day), ({ category }) => category),
    byVatRate: byRate(byCategory),
    byMethod: methodsOfTurnover(byMethod, settings, day),
  };
}

function byRate(rows: readonly CategoryTurnoverDto[]): RateTurnoverDto[] {
  const rates = [...new Set(rows.map(({ vatRate }) => vatRate))].sort((left, right) => left - right);
  return rates.map((vatRate) => {
    const ofRate = rows.filter((row) => row.vatRate === vatRate);
    const gross = sum(ofRate, (row) => row.gross);
    return {
      vatRate,
      gross,
      net: sum(ofRate, (row) => row.net),
      vat: sum(ofRate, (row) => row.vat),
      real: gross,
      absolute: gross + 2 * sum(ofRate, (row) => row.refunds),
    };
  });
}

function methodsOfTurnover(
  byMethod: Figures['byMethod'],
  settings: CompanySettings,
  day: Day,
): MethodTurnoverDto[] {
  const rows = Object.entries(byMethod)
    .filter(([, gross]) => gross !== 0)
    .map(([method, gross]) => ({ method, label: settings.method(method, day)?.label, gross }));
  return inOrderOf(rows, settings.on('methods', day), ({ method }) => method);
}

export function sum<Row>(rows: readonly Row[], amount: (row: Row) => number): number {
  return rows.reduce((total, row) => total + amount(row), 0);
}

/** Adds figures up: tills to a company, days to a month. */
export function sumOfFigures(all: readonly Figures[]): Figures {
  const [only] = all;
  if (all.length < 2) return only ?? NO_FIGURES;
  const records = <Value>(pick: (figures: Figures) => Readonly<Record<string, Value>>) => all.map(pick);
  const byMethod: Record<string, number> = {};
  for (const record of records((figures) => figures.byMethod)) {
    for (const [method, amount] of Object.entries(record)) addTo(byMethod, method, amount);
  }
  return {
    methods: merged(
      records((figures) => figures.methods),
      inOutSum,
    ),
    kinds: merged(
      records((figures) => figures.kinds),
      inOutSum,
    ),
    turnover: merged(
      records((figures) => figures.turnover),
      (left, right) => ({
        net: left.net + right.net,
        vat: left.vat + right.vat,
        refunds: left.refunds + right.refunds,
      }),
    ),
    byMethod,
    expenses: merged(
      records((figures) => figures.expenses),
      (left, right) => ({
        net: left.net + right.net,
        vat: left.vat + right.vat,
      }),
    ),
    salesCount: sum(all, (figures) => figures.salesCount),
    customersCount: sum(all, (figures) => figures.customersCount),
    gap: sum(all, (figures) => figures.gap),
    overpayment: sum(all, (figures) => figures.overpayment),
    vouchersSold: sum(all, (figures) => figures.vouchersSold),
  };
}

const inOutSum = (left: Figures['kinds'][string], right: Figures['kinds'][string]) => ({
  in: left.in + right.in,
  out: left.out + right.out,
});

function merged<Value>(
  records: readonly Readonly<Record<string, Value>>[],
  add: (left: Value, right: Value) => Value,
): Record<string, Value> {
  const result: Record<string, Value> = {};
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) {
      const known = own(result, key);
      result[key] = known === undefined ? value : add(known, value);
    }
  }
  return result;
}

/** Adds flows up by method; what was counted is the sum of what was, null when nothing was. */
export function sumOfFlows(flows: readonly MethodFlow[]): MethodFlow[] {
  const byMethod = new Map<string, MethodFlow>();
  for (const flow of flows) {
    const known = byMethod.get(flow.method);
    byMethod.set(flow.method, known ? addFlows(known, flow) : flow);
  }
  return [...byMethod.values()];
}

function addFlows(left: MethodFlow, right: MethodFlow): MethodFlow {
  return {
    method: left.method,
    opening: left.opening + right.opening,
    in: left.in + right.in,
    out: left.out + right.out,
    counted: addMaybe(left.counted, right.counted),
    difference: addMaybe(left.difference, right.difference),
    closing: left.closing + right.closing,
  };
}

function addMaybe(left: number | null, right: number | null): number | null {
  if (left === null) return right;
  return right === null ? left : left + right;
}

function balanceOf({
  opening,
  in: received,
  out,
  counted,
  difference,
  closing,
}: MethodFlow): Plain<BalanceDto> {
  return { opening, in: received, out, theoretical: opening + received - out, counted, difference, closing };
}

const NO_FLOW: MethodFlow = {
  method: '',
  opening: 0,
  in: 0,
  out: 0,
  counted: null,
  difference: null,
  closing: 0,
};

/** The balances of each method, and of all that are cash. */
export function balancesOf(
  flows: readonly MethodFlow[],
  settings: CompanySettings,
  day: Day,
): { cash: Plain<BalanceDto>; methods: Plain<MethodBalanceDto>[] } {
  const cash = flows.filter(({ method }) => settings.kindOf(method, day) === 'cash');
  const methods = flows.map((flow) => ({
    method: flow.method,
    label: settings.method(flow.method, day)?.label,
    kind: settings.kindOf(flow.method, day),
    ...balanceOf(flow),
  }));
  const [first, ...others] = cash;
  return {
    cash: balanceOf(others.reduce(addFlows, first ?? NO_FLOW)),
    methods: inOrderOf(methods, settings.on('methods', day), ({ method }) => method),
  };
}

/** What every synthesis says of figures and of the money behind them. */
export function synthesisOf(
  figures: Figures,
  flows: readonly MethodFlow[],
  settings: CompanySettings,
  day: Day,
): Plain<FiguresDto> {
  const turnover = turnoverOf(figures, settings, day);
  return {
    turnover,
    salesCount: figures.salesCount,
    customersCount: figures.customersCount,
    averageBasket: averageBasket(turnover.gross, figures.salesCount),
    ...balancesOf(flows, settings, day),
  };
}
