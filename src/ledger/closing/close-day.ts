import { SAFE } from '../../kernel/account';
import type { Day as BusinessDate } from '../../kernel/day';
import { cents, type Cents, sumOf } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import type { Day } from '../day';
import { lowestBalance, openDays, openingOf, theoreticalOf } from '../till-days';
import type { LedgerDraft } from '../events';
import {
  feedOn,
  isCash,
  isCounted,
  type Ledger,
  methodOn,
  requireTill,
  settingsOn,
  type Till,
} from '../ledger';
import type { TillPlace } from '../place';
import { postingsOfClosure } from '../postings-of';
import { mismatchOf } from '../z-comparison';
import type { DayClosureEntry } from './entry';
import { DayClosed } from './events';

/** What a closure takes from outside the domain: hashes and the signature over what came before it. */
export type Sealing = {
  /** 64 lowercase hex digits of the SHA-256 of a text in UTF-8. */
  readonly sha256Hex: (text: string) => string;
  /** The signed checkpoint of all events before the one that is being decided. */
  readonly checkpoint: () => string;
};

type MethodOfDay = {
  readonly method: string;
  readonly opening: Cents;
  readonly in: Cents;
  readonly out: Cents;
  readonly theoretical: Cents;
  readonly counted?: Cents | undefined;
  readonly difference: Cents;
};

/**
 * Closes a business day of a till: compares the last closing count with the theoretical balance of the whole day,
 * posts the difference and what is left in suspense, and seals the day's figures.
 *
 * @throws Refusal till-not-open, previous-day-open, count-required, comment-required, cash-balance-negative
 */
export function closeDay(
  entry: DayClosureEntry,
  ledger: Ledger,
  place: TillPlace,
  sealing: Sealing,
): LedgerDraft[] {
  const till = requireTill(ledger, place.till);
  const day = till.days.get(place.date);
  if (!day)
    throw new Refusal('till-not-open', {
      pointer: '/businessDate',
      till: till.code,
      businessDate: place.date,
    });
  const earlier = openDays(till).find((other) => other.date < place.date);
  if (earlier) {
    throw new Refusal('previous-day-open', {
      pointer: '/businessDate',
      till: till.code,
      businessDate: earlier.date,
    });
  }
  const methods = methodsOfDay(ledger, till, day);
  requireCounts(ledger, till, day, methods);
  requireComments(ledger, till, day, methods, entry.comment);
  judgeCash(ledger, till, day, methods);
  judgeLaterDays(ledger, till, day, methods);

  const postings = postingsOfClosure(till.code, { methods, gap: leftInSuspense(day) });
  const data = {
    ...sealedFigures(till, day, methods),
    ...sealedProof(ledger, sealing),
    comment: entry.comment,
  };
  return [
    {
      type: 'DayClosed',
      schemaVersion: DayClosed.schemaVersion,
      data,
      postings: postings.length > 0 ? postings : undefined,
      till: till.code,
      businessDate: day.date,
      occurredAt: place.occurredAt,
      document: 'day-closure',
    },
  ];
}

/** What the day's own Z-tickets left unexplained, and what corrections of closed days brought back. */
function leftInSuspense(day: Day): Cents {
  return cents(day.gap + day.restatedGap);
}

/** Every method that had a balance, moved or was counted, in the order of the company's methods. */
function methodsOfDay(ledger: Ledger, till: Till, day: Day): MethodOfDay[] {
  const codes = new Set<string>();
  for (const [code, balance] of till.base) if (balance !== 0) codes.add(code);
  for (const other of openDays(till))
    for (const code of other.means.keys()) if (other.date <= day.date) codes.add(code);
  for (const code of day.counts.keys()) codes.add(code);
  const order = settingsOn(ledger, 'methods', day.date).map((method) => method.code);
  // A method that the settings have dropped may still hold something: it comes last.
  const rankOf = (code: string) => (order.includes(code) ? order.indexOf(code) : order.length);
  const sorted = [...codes].sort((left, right) => rankOf(left) - rankOf(right) || (left < right ? -1 : 1));
  return sorted.map((method) => methodOfDay(ledger, till, day, method));
}

function methodOfDay(ledger: Ledger, till: Till, day: Day, code: string): MethodOfDay {
  const means = day.means.get(code);
  const theoretical = theoreticalOf(till, code, day.date);
  const method = methodOn(ledger, code, day.date);
  const counted = method && !isCounted(method) ? undefined : day.counts.get(code);
  return {
    method: code,
    opening: openingOf(till, code, day.date),
    in: cents(means?.in ?? 0),
    out: cents(means?.out ?? 0),
    theoretical,
    counted: counted === undefined ? undefined : cents(counted),
    difference: cents(counted === undefined ? 0 : counted - theoretical),
  };
}

/** A till counts each counted method; the safe counts what it holds or held. */
function requireCounts(ledger: Ledger, till: Till, day: Day, methods: readonly MethodOfDay[]): void {
  const missing = settingsOn(ledger, 'methods', day.date)
    .filter((method) => method.kind !== 'credit' && method.kind !== 'voucher' && isCounted(method))
    .filter((method) => till.code !== SAFE || methods.some((moved) => moved.method === method.code))
    .filter((method) => !day.counts.has(method.code))
    .map((method) => method.code);
  if (missing.length > 0) {
    throw new Refusal('count-required', { till: till.code, businessDate: day.date, methods: missing });
  }
}

/**
 * A comment on the closure explains all. One that came before explains what there was when it was made: where something
 * was recorded since, only what is still the same to the cent is explained.
 */
function requireComments(
  ledger: Ledger,
  till: Till,
  day: Day,
  methods: readonly MethodOfDay[],
  comment: string | undefined,
): void {
  if (comment !== undefined) return;
  const tolerance = settingsOn(ledger, 'thresholds', day.date).difference ?? 0;
  const worst = methods.find(
    ({ method, difference }) =>
      Math.abs(difference) > tolerance && day.explainedDifferences.get(method) !== difference,
  );
  if (worst) {
    const { method, difference } = worst;
    throw new Refusal('comment-required', {
      pointer: '/comment',
      about: 'difference',
      till: till.code,
      method,
      difference,
    });
  }
  if (day.gap !== 0 && day.gap !== day.explainedGap) {
    throw new Refusal('comment-required', {
      pointer: '/comment',
      about: 'ventilation',
      till: till.code,
      gap: day.gap,
    });
  }
  if ([...mismatchOf(day)].some(([line, amount]) => day.explainedMismatch.get(line) !== amount)) {
    throw new Refusal('comment-required', { pointer: '/comment', about: 'z-mismatch', till: till.code });
  }
}

/** Cash is negative on no line of a sealed day. A till fed by Z-tickets is only judged now, the Z listed first. */
function judgeCash(ledger: Ledger, till: Till, day: Day, methods: readonly MethodOfDay[]): void {
  for (const { method } of methods) {
    if (!isCash(ledger, method, day.date)) continue;
    const lowest = lowestBalance(till, method, day.date, (date) => date === day.date);
    if (lowest && lowest.amount < 0) refuseNegative(till, method, lowest);
  }
}

/** The count becomes the opening of the days that follow; none of their lines may go below zero by it. */
function judgeLaterDays(ledger: Ledger, till: Till, day: Day, methods: readonly MethodOfDay[]): void {
  for (const { method, difference } of methods) {
    if (difference >= 0 || !isCash(ledger, method, day.date)) continue;
    const judged = (date: BusinessDate) => date > day.date && feedOn(till, date) !== 'z-ticket';
    const lowest = lowestBalance(till, method, day.date, judged);
    if (lowest && lowest.amount + difference < 0) {
      refuseNegative(till, method, { ...lowest, amount: lowest.amount + difference });
    }
  }
}

function refuseNegative(
  till: Till,
  method: string,
  lowest: { amount: number; date: BusinessDate; entry: string | null },
): never {
  throw new Refusal('cash-balance-negative', {
    till: till.code,
    method,
    businessDate: lowest.date,
    entry: lowest.entry ?? undefined,
    missing: -lowest.amount,
  });
}

function sealedFigures(till: Till, day: Day, methods: readonly MethodOfDay[]) {
  const rates = [...day.turnover].sort(([left], [right]) => left - right);
  const differences = methods.filter(({ difference }) => difference !== 0).length;
  const lastLine = till.journalLines + day.journalLines + differences;
  return {
    methods: [...methods],
    turnover: {
      gross: sumOf(rates, ([, rate]) => rate.real),
      net: sumOf(rates, ([, rate]) => rate.net),
      vat: sumOf(rates, ([, rate]) => rate.vat),
    },
    byCategory: [...day.categories]
      .filter(([, gross]) => gross !== 0)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, gross]) => {
        const slash = key.lastIndexOf('/');
        return {
          category: key.slice(0, slash),
          vatRate: Number(key.slice(slash + 1)) as never,
          gross: cents(gross),
        };
      }),
    salesCount: day.salesCount,
    customersCount: day.customersCount,
    period: rates.map(([vatRate, { real, absolute }]) => totals(vatRate, real, absolute)),
    perpetual: perpetualTotals(till, day),
    gap: leftInSuspense(day),
    zNumbers: [...day.zNumbers.values()],
    firstTillSequence: day.firstTillSequence,
    lastTillSequence: day.lastTillSequence,
    journal: { first: till.journalLines + 1, last: lastLine },
  };
}

function totals(vatRate: number, real: number, absolute: number) {
  return { vatRate: vatRate as never, real: cents(real), absolute: cents(absolute) };
}

/** Perpetual totals after this day: since the till's first use, never reset (law.md C2, C3). */
export function perpetualTotals(till: Till, day: Day) {
  const rates = [...new Set([...till.perpetual.keys(), ...day.turnover.keys()])].sort(
    (left, right) => left - right,
  );
  return rates.map((rate) => {
    const before = till.perpetual.get(rate);
    const today = day.turnover.get(rate);
    return totals(
      rate,
      (before?.real ?? 0) + (today?.real ?? 0),
      (before?.absolute ?? 0) + (today?.absolute ?? 0),
    );
  });
}

function sealedProof(ledger: Ledger, sealing: Sealing) {
  return { balancesHash: sealing.sha256Hex(balanceLines(ledger)), checkpoint: sealing.checkpoint() };
}

/** The ledger's non-zero balances as sorted `account balance` lines, each ended by a line feed. */
export function balanceLines(ledger: Pick<Ledger, 'balances'>): string {
  const accounts = [...ledger.balances.keys()].sort();
  return accounts.map((path) => `${path} ${String(ledger.balances.get(path))}\n`).join('');
}
