import { z } from 'zod';
import { isTimeZone } from '../../kernel/business-day';
import { daySchema } from '../../kernel/day';
import { notNegativeCentsSchema, rateSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';

/** What a means of payment is. `voucher` and `credit` move no till: they move a liability and a receivable. */
export const METHOD_KINDS = [
  'cash',
  'cheque',
  'card',
  'transfer',
  'meal-voucher',
  'voucher',
  'credit',
  'other',
] as const;
export type MethodKind = (typeof METHOD_KINDS)[number];

const accountNumberSchema = z.string().regex(/^\d{3}[0-9A-Za-z]{0,9}$/);
const positionSchema = z.int().min(0).max(10_000);
const timeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** SIREN: nine digits with a Luhn check digit (INSEE). */
export function isSiren(text: string): boolean {
  if (!/^\d{9}$/.test(text)) return false;
  let total = 0;
  for (let index = 0; index < 9; index += 1) {
    const digit = Number(text[8 - index]) * (index % 2 === 0 ? 1 : 2);
    total += digit > 9 ? digit - 9 : digit;
  }
  return total % 10 === 0;
}

export const categorySchema = z.strictObject({
  code: codeSchema,
  label: textSchema(100).optional(),
  vatRate: rateSchema,
  account: accountNumberSchema.optional(),
  position: positionSchema.optional(),
});

export const expenseCategorySchema = z.strictObject({
  code: codeSchema,
  label: textSchema(100).optional(),
  account: accountNumberSchema.optional(),
  position: positionSchema.optional(),
});

export const methodSchema = z.strictObject({
  code: codeSchema,
  label: textSchema(100).optional(),
  kind: z.enum(METHOD_KINDS),
  /** Whether a closing wants this method counted; cash is unless said otherwise. */
  counted: z.boolean().optional(),
  account: accountNumberSchema.optional(),
  position: positionSchema.optional(),
});

export const featuresSchema = z.strictObject({
  customerCredit: z.enum(['off', 'global', 'detailed']).optional(),
  vouchers: z.boolean().optional(),
  transfers: z.boolean().optional(),
  expenses: z.boolean().optional(),
});

export const thresholdsSchema = z.strictObject({
  cashMin: notNegativeCentsSchema.optional(),
  cashMax: notNegativeCentsSchema.optional(),
  cashTarget: notNegativeCentsSchema.optional(),
  /** The difference (absolute, in cents) that closes without a comment. */
  difference: notNegativeCentsSchema.optional(),
});

export const calendarSchema = z.strictObject({
  /** ISO weekdays, 1 is Monday. */
  closedWeekdays: z.array(z.int().min(1).max(7)).max(7).optional(),
  closed: z.array(daySchema).max(2000).optional(),
  open: z.array(daySchema).max(2000).optional(),
});

export const sirenSchema = z.string().refine(isSiren, { params: { code: 'not-a-siren' } });

const monthDaySchema = z
  .string()
  .regex(/^\d{2}-\d{2}$/)
  .refine((text) => daySchema.safeParse(`2001-${text}`).success, { params: { code: 'not-a-day' } });

/** Who the company is and how it tells its days. */
export const identityFields = {
  name: textSchema(200),
  siren: sirenSchema,
  currency: z.string().regex(/^[A-Z]{3}$/),
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, { params: { code: 'not-a-time-zone' } }),
  dayCutoff: timeSchema,
  /** `MM-DD` of the first day of a fiscal year. */
  fiscalYearStart: monthDaySchema,
  address: textSchema(500).optional(),
  vatId: z
    .string()
    .regex(/^[A-Z]{2}[0-9A-Z]{2,13}$/)
    .optional(),
  nic: z
    .string()
    .regex(/^\d{5}$/)
    .optional(),
  activityCode: textSchema(10).optional(),
} as const;

export const identitySchema = z.strictObject(identityFields);

export const vatRatesSchema = z.array(rateSchema).min(1).max(20);
export const categoriesSchema = z.array(categorySchema).max(500);
export const expenseCategoriesSchema = z.array(expenseCategorySchema).max(200);
export const methodsSchema = z.array(methodSchema).min(1).max(50);

/**
 * The parts of a company's settings. Each change is an event that holds the whole new part and the day from
 * which it counts; earlier days keep what was valid then.
 */
export const settingsParts = {
  identity: identitySchema,
  vatRates: vatRatesSchema,
  categories: categoriesSchema,
  expenseCategories: expenseCategoriesSchema,
  methods: methodsSchema,
  features: featuresSchema.required(),
  thresholds: thresholdsSchema,
  calendar: calendarSchema.required(),
} as const;

export type SettingsPart = keyof typeof settingsParts;
export type Settings = { readonly [Part in SettingsPart]: z.infer<(typeof settingsParts)[Part]> };

export const SETTINGS_PARTS = Object.keys(settingsParts) as SettingsPart[];

export type Method = Settings['methods'][number];
export type Category = Settings['categories'][number];
