import { z } from 'zod';
import { type Cents, cents, totalSchema } from './money';

/** An internal account path, such as `till/T1/cash`; never a number of the chart of accounts. */
export type Account = string;

/** Signed cents on one account: assets positive, liabilities and income negative. */
export type Posting = { readonly account: Account; readonly amount: Cents };

export const postingSchema = z.strictObject({ account: z.string().min(1).max(160), amount: totalSchema });

/**
 * Collects the postings of one event. Amounts on one account are merged when they have the same sign; lines of
 * opposite sign are kept apart, so that "not netted" figures and absolute totals can be folded from postings.
 */
export class PostingsBuilder {
  private readonly accounts: Account[] = [];
  private readonly amounts: number[] = [];

  add(account: Account, amount: number): this {
    if (amount === 0) return this;
    for (let index = 0; index < this.accounts.length; index += 1) {
      if (this.accounts[index] === account && (this.amounts[index] as number) > 0 === amount > 0) {
        this.amounts[index] = (this.amounts[index] as number) + amount;
        return this;
      }
    }
    this.accounts.push(account);
    this.amounts.push(amount);
    return this;
  }

  /** What was added, merged by account and sign, in order. */
  *entries(): IterableIterator<readonly [Account, number]> {
    for (let index = 0; index < this.accounts.length; index += 1) {
      yield [this.accounts[index] as Account, this.amounts[index] as number];
    }
  }

  /** The postings; a sum other than zero is a bug of the caller, never of the person who entered the movement. */
  balanced(): Posting[] {
    let total = 0;
    const postings: Posting[] = [];
    for (let index = 0; index < this.accounts.length; index += 1) {
      const amount = cents(this.amounts[index] as number);
      total += amount;
      postings.push({ account: this.accounts[index] as Account, amount });
    }
    if (total !== 0) throw new Error(`postings do not balance: ${JSON.stringify(postings)}`);
    return postings;
  }
}

/** The reversal of an event's postings: each one negated, in the same order; nothing is computed again. */
export function reversed(postings: readonly Posting[]): Posting[] {
  return postings.map(({ account, amount }) => ({ account, amount: cents(-amount) }));
}
