import { z } from 'zod';
import { Refusal } from './refusal';

/** An amount of money in integer cents of the company's currency; made only by `cents()` or by its schemas. */
export type Cents = number & z.$brand<'cents'>;

/** A VAT rate in integer basis points: 550 is 5.5 %. */
export type BasisPoints = number & z.$brand<'basis-points'>;

/** Asserts that an amount is a safe integer: past 2^53 − 1 cents a sum would silently lose money. */
export function cents(amount: number): Cents {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`not an amount in cents: ${amount}`);
  // Minus zero would be written "0" but compare as another value in snapshots.
  return (amount === 0 ? 0 : amount) as Cents;
}

/** Sum of one figure over many rows. */
export function sumOf<Row>(rows: Iterable<Row>, amount: (row: Row) => number): Cents {
  let total = 0;
  for (const row of rows) total += amount(row);
  return cents(total);
}

/**
 * The largest amount that one field of an entry may hold: 10 billion euros. It keeps every sum of a ledger
 * far from 2^53 cents, and catches a till that sends milliseconds as an amount.
 */
export const LARGEST_AMOUNT = 1_000_000_000_000;

/** Signed cents as they come over HTTP and stand in events. The brand costs nothing at run time. */
export const centsSchema = z.int().min(-LARGEST_AMOUNT).max(LARGEST_AMOUNT).brand<'cents'>();

/** Cents of a figure that is summed over years (balances, perpetual totals): any safe integer. */
export const totalSchema = z.int().brand<'cents'>();

export const positiveCentsSchema = z.int().min(1).max(LARGEST_AMOUNT).brand<'cents'>();

export const notNegativeCentsSchema = z.int().min(0).max(LARGEST_AMOUNT).brand<'cents'>();

/**
 * A sum over many entries, as long as it is exact. What would bring it past 2^53 − 1 cents is the fault of the entry, not
 * of the ledger: it is refused before anything is lost.
 *
 * @throws Refusal amount-too-large
 */
export function exact(total: number): number {
  if (!Number.isSafeInteger(total)) throw new Refusal('amount-too-large', { limit: Number.MAX_SAFE_INTEGER });
  return total;
}

export const rateSchema = z.int().min(0).max(10_000).brand<'basis-points'>();

export function basisPoints(rate: number): BasisPoints {
  if (!Number.isInteger(rate) || rate < 0 || rate > 10_000)
    throw new RangeError(`not a rate in basis points: ${rate}`);
  return rate as BasisPoints;
}
