import { cents } from '../../kernel/money';
import type { SalesFigures } from '../day';
import type { ZDifference } from './events';

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
