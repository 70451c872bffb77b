import { z } from 'zod';
import { daySchema } from '../../kernel/day';
import { centsSchema, notNegativeCentsSchema, positiveCentsSchema } from '../../kernel/money';
import { CODE_PATTERN, codeSchema, textSchema, uuidSchema } from '../../kernel/text';
import { voucherKindSchema } from '../payment';
import { feedSchema } from '../till/events';
import {
  calendarSchema,
  categoriesSchema,
  expenseCategoriesSchema,
  featuresSchema,
  identityFields,
  methodsSchema,
  thresholdsSchema,
  vatRatesSchema,
} from './settings';

/** Opening amounts per method, in cents. */
const openingSchema = z.record(z.string().regex(CODE_PATTERN), notNegativeCentsSchema);

export const newTillSchema = z.strictObject({
  code: codeSchema,
  name: textSchema(100).optional(),
  feed: feedSchema.optional(),
  opening: openingSchema.optional(),
});
export type NewTill = z.infer<typeof newTillSchema>;

const settingsFields = {
  vatRates: vatRatesSchema.optional(),
  categories: categoriesSchema.optional(),
  expenseCategories: expenseCategoriesSchema.optional(),
  methods: methodsSchema.optional(),
  features: featuresSchema.optional(),
  thresholds: thresholdsSchema.optional(),
  calendar: calendarSchema.optional(),
} as const;

const { name, siren, currency, timeZone, dayCutoff, fiscalYearStart, address, vatId, nic, activityCode } =
  identityFields;

/** Body of a company's creation: all but the name and the SIREN have defaults. */
export const newCompanySchema = z.strictObject({
  name,
  siren,
  currency: currency.optional(),
  timeZone: timeZone.optional(),
  dayCutoff: dayCutoff.optional(),
  fiscalYearStart: fiscalYearStart.optional(),
  address,
  vatId,
  nic,
  activityCode,
  ...settingsFields,
  tills: z.array(newTillSchema).max(50).optional(),
});
export type NewCompany = z.infer<typeof newCompanySchema>;

/** Any part of the settings, from a day on (default the first from today that is not sealed). SIREN and currency are for ever. */
export const settingsChangeSchema = z.strictObject({
  effectiveFrom: daySchema.optional(),
  name: name.optional(),
  timeZone: timeZone.optional(),
  dayCutoff: dayCutoff.optional(),
  fiscalYearStart: fiscalYearStart.optional(),
  address,
  vatId,
  nic,
  activityCode,
  ...settingsFields,
  tills: z
    .array(
      z.strictObject({ code: codeSchema, name: textSchema(100).optional(), feed: feedSchema.optional() }),
    )
    .max(50)
    .optional(),
});
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

export const openingBalancesSchema = z.strictObject({
  date: daySchema,
  customers: z
    .array(z.strictObject({ customer: uuidSchema.optional(), amount: centsSchema }))
    .max(10_000)
    .optional(),
  vouchers: z
    .array(
      z.strictObject({
        voucher: codeSchema.optional(),
        kind: voucherKindSchema,
        amount: positiveCentsSchema,
      }),
    )
    .max(10_000)
    .optional(),
});
export type OpeningBalances = z.infer<typeof openingBalancesSchema>;

export const budgetSchema = z.strictObject({ turnover: notNegativeCentsSchema });
