import type { Day as BusinessDate } from '../kernel/day';

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
  /** How many opening counts of each method stand. */
  readonly openingCounts: Map<string, number>;
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
  /** Per method what counts differed by, other than nothing, when a comment last explained it. */
  explainedDifferences: ReadonlyMap<string, number>;
  /** The gap as it was when a comment last explained it. */
  explainedGap: number;
  /** What control Z-tickets disagreed by, as `mismatchOf` says it, when a comment last explained it. */
  explainedMismatch: ReadonlyMap<string, number>;
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
    openingCounts: new Map(),
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
    explainedDifferences: new Map(),
    explainedGap: 0,
    explainedMismatch: new Map(),
    journalLines: 0,
  };
}
