import { z } from 'zod';

/** Codes of tills, methods, categories, vouchers: also path segments of accounts, hence no slash. */
export const CODE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

export const codeSchema = z.string().regex(CODE_PATTERN);

/** A UUID of any version; letters are made small, so that one id has one form. */
export const uuidSchema = z
  .string()
  .regex(/^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/)
  .transform((id) => id.toLowerCase());

/**
 * Free text as received, well-formed and free of U+0000 (a lone surrogate has no UTF-8 form, so it could not be
 * hashed; U+0000 is cut by some stores). No other normalisation: what was typed is what stands in the book.
 */
export function textSchema(longest: number) {
  return z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => !text.includes('\u0000') && isWellFormed(text), {
      params: { code: 'text-not-well-formed' },
    });
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Of each kind, in all that a process serves; others are put together each time. */
const MOST_KNOWN = 10_000;

/**
 * Texts of two parts that come again and again: paths of accounts, keys of the state, pointers into a body. One that was
 * made before is given out again: it is in one piece and its hash is known, where a new one is copied and hashed each
 * time that it is looked up or written.
 */
export class Joined<First extends string | number, Last extends string | number> {
  private readonly known = new Map<First, Map<Last, string>>();
  private count = 0;

  constructor(
    private readonly before = '',
    private readonly between = '/',
  ) {}

  of(first: First, last: Last): string {
    return this.known.get(first)?.get(last) ?? this.made(first, last);
  }

  private made(first: First, last: Last): string {
    const text = `${this.before}${first}${this.between}${last}`;
    if (this.count >= MOST_KNOWN) return text;
    const known = this.known.get(first) ?? new Map<Last, string>();
    this.known.set(first, known.set(last, text));
    this.count += 1;
    return text;
  }
}

/** One key for two free texts: no other two have it, whatever they hold. */
export function pairKey(first: string, second: string): string {
  return JSON.stringify([first, second]);
}

export const hexDigestSchema = z.string().regex(/^[0-9a-f]{64}$/);
