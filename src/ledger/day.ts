import type { Day as BusinessDate } from '../kernel/day';
import { cents, type Cents } from '../kernel/money';
import type { Till } from './ledger';

/** What one method did on an open day of a till, in cents. */
export type MeansOfDay = {
  readonly in: number;
  readonly out: number;
  /** Net of the Z-tickets that the journal lists first. */
  readonly first: number;
  /** The lowest the day's other movements ever stood, relative to the opening plus `first`; never above 0. */
  readonly low: number;
  /** The entry that made it so low. */
  readonly lowEntry: string | null;
};

export type TurnoverOfRate = {
  readonly real: number;
  readonly absolute: number;
  readonly net: number;
  readonly vat: number;
};

/** Figures that a control Z is compared with: either side of it. */
export type SalesFigures = {
  /** Sales recorded one by one, or control Z-tickets. */
  readonly documents: number;
  readonly salesCount: number;
  /** Gross per `category/rate`. */
  readonly categories: ReadonlyMap<string, number>;
  readonly vat: ReadonlyMap<number, number>;
  readonly methods: ReadonlyMap<string, number>;
};

export const NO_SALES: SalesFigures = {
  documents: 0,
  salesCount: 0,
  categories: new Map(),
  vat: new Map(),
  methods: new Map(),
};

/** An open business day of one till, in the decision state. */
export type Day = {
  readonly date: BusinessDate;
  readonly firstTillSequence: number;
  /** Last number of the till's own sequence on this day; other open days may take numbers in between. */
  lastTillSequence: number;
  readonly means: Map<string, MeansOfDay>;
  /** What opening counts have posted, per method. */
  readonly openingDifferences: Map<string, number>;
  /** The last closing count of each method. */
  readonly counts: Map<string, number>;
  readonly turnover: Map<number, TurnoverOfRate>;
  /** Gross turnover per `category/rate`. */
  readonly categories: Map<string, number>;
  salesCount: number;
  customersCount: number;
  /** What was recorded sale by sale: documents, figures. */
  recorded: MutableSales;
  /** What control Z-tickets state, added up. */
  stated: MutableSales;
  /** Z-tickets that feed the day. */
  zTickets: number;
  readonly zNumbers: Map<string, string>;
  /** Payments − turnover − overpayments that its Z-tickets leave unexplained. */
  gap: number;
  /** What corrections of other days have brought back into `suspense`; their reasons explain it. */
  restatedGap: number;
  readonly vatGaps: Map<number, number>;
  differenceExplained: boolean;
  ventilationExplained: boolean;
  journalLines: number;
};

export type MutableSales = {
  documents: number;
  salesCount: number;
  readonly categories: Map<string, number>;
  readonly vat: Map<number, number>;
  readonly methods: Map<string, number>;
};

export function emptySales(): MutableSales {
  return { documents: 0, salesCount: 0, categories: new Map(), vat: new Map(), methods: new Map() };
}

export function emptyDay(date: BusinessDate, firstTillSequence: number): Day {
  return {
    date,
    firstTillSequence,
    lastTillSequence: firstTillSequence,
    means: new Map(),
    openingDifferences: new Map(),
    counts: new Map(),
    turnover: new Map(),
    categories: new Map(),
    salesCount: 0,
    customersCount: 0,
    recorded: emptySales(),
    stated: emptySales(),
    zTickets: 0,
    zNumbers: new Map(),
    gap: 0,
    restatedGap: 0,
    vatGaps: new Map(),
    differenceExplained: false,
    ventilationExplained: false,
    journalLines: 0,
  };
}

/** A till's open days in order. */
export function openDays(till: Till): Day[] {
  const days = [...till.days.values()];
  return days.length < 2 ? days : days.sort((left, right) => (left.date < right.date ? -1 : 1));
}

/**
 * Balance of a method when a business day starts: what was last counted (a method that is not counted carries its
 * theoretical balance), plus what open days before it have moved.
 */
export function openingOf(till: Till, method: string, date: BusinessDate): Cents {
  let balance = till.base.get(method) ?? 0;
  for (const day of till.days.values()) {
    if (day.date >= date) continue;
    const means = day.means.get(method);
    if (means) balance += means.in - means.out;
  }
  return cents(balance);
}

/** Balance of a method at the end of a day, from all that was recorded on it in whatever order. */
export function theoreticalOf(till: Till, method: string, date: BusinessDate): Cents {
  const means = till.days.get(date)?.means.get(method);
  return cents(openingOf(till, method, date) + (means ? means.in - means.out : 0));
}

export type Lowest = { readonly amount: number; readonly date: BusinessDate; readonly entry: string | null };

/**
 * The lowest balance that any journal line of a method shows from a day on, in order of business days; null when
 * no open day is judged. `judged` tells which days are.
 */
export function lowestBalance(
  till: Till,
  method: string,
  from: BusinessDate,
  judged: (date: BusinessDate) => boolean,
): Lowest | null {
  let lowest: Lowest | null = null;
  let opening = till.base.get(method) ?? 0;
  for (const day of openDays(till)) {
    const means = day.means.get(method);
    if (day.date >= from && judged(day.date)) {
      const amount = opening + (means ? means.first + means.low : 0);
      if (lowest === null || amount < lowest.amount) {
        lowest = { amount, date: day.date, entry: means?.lowEntry ?? null };
      }
    }
    if (means) opening += means.in - means.out;
  }
  return lowest;
}
