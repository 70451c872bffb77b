import { cents } from '../kernel/money';
import type { Day, SalesFigures } from './day';
import type { ZDifference, ZTicketChecked } from './z-ticket/events';

/** What rounding on each ticket can explain, in cents per rate: half a cent per sale, at least one. */
export function vatTolerance(salesCount: number): number {
  return Math.max(1, salesCount / 2);
}

/** What control Z-tickets state against what was recorded sale by sale, line by line; empty when they agree. */
export function differencesOf(stated: SalesFigures, recorded: SalesFigures): ZDifference[] {
  const differences: ZDifference[] = [];
  if (stated.salesCount !== recorded.salesCount) {
    differences.push({
      of: 'sales-count',
      stated: cents(stated.salesCount),
      recorded: cents(recorded.salesCount),
    });
  }
  compare(differences, 'category', stated.categories, recorded.categories, 0);
  compare(differences, 'method', stated.methods, recorded.methods, 0);
  compare(differences, 'vat', stated.vat, recorded.vat, vatTolerance(recorded.salesCount));
  return differences;
}

/** By how much the control Z-tickets of a day disagree with what was recorded on it, per line; empty when they agree. */
export function mismatchOf({ stated, recorded }: Pick<Day, 'stated' | 'recorded'>): Map<string, number> {
  if (stated.documents === 0) return new Map();
  return new Map(
    differencesOf(stated, recorded).map((line) => [
      `${line.of}/${line.key ?? ''}`,
      line.stated - line.recorded,
    ]),
  );
}

/**
 * Reads back from a control Z-ticket what it was compared with: what the day's other Z-tickets stated, and what was
 * recorded. Where it found no difference, the others are left out of both sides, since they do not change it.
 */
export function figuresBehind(z: ZTicketChecked['data']): { stated: SalesFigures; recorded: SalesFigures } {
  const stated = { documents: 0, salesCount: 0, ...emptyFigures() };
  const recorded = { documents: 1, salesCount: z.salesCount, ...emptyFigures() };
  for (const { category, vatRate, gross, vat } of z.categories) {
    add(recorded.categories, `${category}/${vatRate}`, gross);
    add(recorded.vat, vatRate, vat);
  }
  for (const { method, amount } of z.payments) add(recorded.methods, method, amount);
  for (const { of, key = '', stated: both, recorded: amount } of z.differences) {
    if (of === 'sales-count') {
      stated.salesCount = both - z.salesCount;
      recorded.salesCount = amount;
    } else if (of === 'vat') setBoth(stated.vat, recorded.vat, Number(key), both, amount);
    else if (of === 'method') setBoth(stated.methods, recorded.methods, key, both, amount);
    else setBoth(stated.categories, recorded.categories, key, both, amount);
  }
  return { stated, recorded };
}

function emptyFigures() {
  return {
    categories: new Map<string, number>(),
    vat: new Map<number, number>(),
    methods: new Map<string, number>(),
  };
}

function add<Key>(figures: Map<Key, number>, key: Key, amount: number): void {
  figures.set(key, (figures.get(key) ?? 0) + amount);
}

/** `recorded` still holds what the Z-ticket itself stated; the rest of what was stated came from others. */
function setBoth<Key>(
  stated: Map<Key, number>,
  recorded: Map<Key, number>,
  key: Key,
  both: number,
  amount: number,
): void {
  stated.set(key, both - (recorded.get(key) ?? 0));
  recorded.set(key, amount);
}

function compare<Key extends string | number>(
  differences: ZDifference[],
  of: ZDifference['of'],
  stated: ReadonlyMap<Key, number>,
  recorded: ReadonlyMap<Key, number>,
  tolerance: number,
): void {
  const keys = [...new Set([...stated.keys(), ...recorded.keys()])].sort((left, right) =>
    left < right ? -1 : 1,
  );
  for (const key of keys) {
    const left = stated.get(key) ?? 0;
    const right = recorded.get(key) ?? 0;
    if (Math.abs(left - right) > tolerance) {
      differences.push({ of, key: String(key), stated: cents(left), recorded: cents(right) });
    }
  }
}
