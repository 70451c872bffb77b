import { z } from 'zod';
import { daySchema, monthSchema, readInstant } from '../kernel/day';
import { codeSchema } from '../kernel/text';
import { Problem } from '../platform/http/problem';
import { parseInput } from '../platform/http/zod-problem';

/** Rows of a page unless the query says otherwise, and the most it may ask for. */
export const DEFAULT_LIMIT = 100;
export const LARGEST_LIMIT = 500;

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));

/** The number of an event in its ledger. */
export const sequenceField = wholeNumber(1, Number.MAX_SAFE_INTEGER);

export const afterField = sequenceField.optional();

/** A ledger sequence or an RFC 3339 instant. */
export type AsOf = { readonly sequence: number } | { readonly instant: string };

const asOfField = z
  .string()
  .transform((text, context): AsOf => {
    if (/^\d{1,15}$/.test(text)) return { sequence: Number(text) };
    // A plus sign in a query is a space unless it is escaped.
    const instant = readInstant(text.replace(/ (\d{2}:\d{2})$/, '+$1'));
    if (instant !== null) return { instant };
    context.addIssue({ code: 'custom', params: { code: 'not-an-instant' } });
    return z.NEVER;
  })
  .optional();

/** What any read may ask for. */
export const readFields = { after: afterField } as const;

/** What a read of books may ask for: as they were known earlier. */
export const asOfFields = { ...readFields, asOf: asOfField } as const;

export const viewField = z.enum(['corrected', 'recorded']).default('corrected');

export const pageFields = {
  limit: wholeNumber(1, LARGEST_LIMIT).default(DEFAULT_LIMIT),
  cursor: z.string().min(1).max(4000).optional(),
} as const;

export const dayField = daySchema;
export const monthField = monthSchema;
export const tillField = codeSchema;
export const flagField = z.enum(['true', 'false']).transform((text) => text === 'true');

/** Reads the parameters of a query; unknown ones are refused. @throws Problem invalid-input with `/query/…` pointers */
export function readQuery<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  query: unknown,
): z.output<z.ZodObject<Shape, z.core.$strict>> {
  return parseInput(z.strictObject(shape), query, '/query');
}

/** Reads one parameter of a path. @throws Problem invalid-input with a `/path/…` pointer */
export function readPath<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  value: string,
): z.output<Schema> {
  return parseInput(schema, value, `/path/${name}`);
}

/** @throws Problem invalid-input */
export function badCursor(): never {
  throw Problem.invalidInput([
    { pointer: '/query/cursor', code: 'bad-cursor', message: 'Ce curseur ne vient pas de cette liste.' },
  ]);
}

/** `from` may not lie after `to`. @throws Problem invalid-input */
export function requireOrder<Bound extends string | number>(
  from: Bound | undefined,
  to: Bound | undefined,
): void {
  if (from === undefined || to === undefined || from <= to) return;
  throw Problem.invalidInput([
    { pointer: '/query/to', code: 'before-from', message: 'La fin précède le début : échangez from et to.' },
  ]);
}

/** How the keys of lists look that go by a key: what else a cursor says comes from another list, or from none. */
export const KEYS = {
  account: /^a\//,
  alert: /^row\//,
  /** Business day and till. */
  closure: /^\d{4}-\d\d-\d\d\/[^/]+$/,
  company: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /** Till, business day, rank and order number. */
  journal: /^[^/]+\/(?:\d{4}-\d\d-\d\d)?\/[01]\/\d+$/,
  slip: /^l\//,
} as const;

/** A cursor that is the key of a document: read back only if it can be one of this list. */
export function keyCursor(cursor: string | undefined, form: RegExp): string | null {
  if (cursor === undefined) return null;
  const key = Buffer.from(cursor, 'base64url').toString();
  return form.test(key) && key.length <= 200 && !key.includes('\u0000') ? key : badCursor();
}

export function cursorOf(key: string): string {
  return Buffer.from(key).toString('base64url');
}
