import { sumOf } from '../kernel/money';
import type { Denominations } from './deposit/events';

/** Σ value × number, in cents. */
export function totalOfDenominations(denominations: Denominations): number {
  return sumOf(Object.entries(denominations), ([value, number]) => Number(value) * number);
}
