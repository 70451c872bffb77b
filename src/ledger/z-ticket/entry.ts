import { z } from 'zod';
import { centsSchema, positiveCentsSchema, rateSchema, totalSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';
import { commonEntryFields, listOf } from '../entry-fields';
import { paymentSchema } from '../payment';
import { zCreditSchema, zOperationSchema, zVoucherSoldSchema, zVoucherUsedSchema } from './events';

export const zTicketEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('z-ticket'),
  number: z.union([textSchema(64), z.int().min(0).transform(String)]),
  salesCount: z.int().min(0).max(1_000_000),
  customersCount: z.int().min(0).max(1_000_000).optional(),
  categories: listOf(
    z.strictObject({
      category: codeSchema,
      vatRate: rateSchema,
      gross: centsSchema,
      net: centsSchema.optional(),
      vat: centsSchema.optional(),
    }),
  ),
  payments: listOf(paymentSchema),
  /** Already deducted from `categories`; amounts of the refunds, as positive cents. */
  refunds: listOf(
    z.strictObject({ category: codeSchema, vatRate: rateSchema, gross: positiveCentsSchema }),
  ).optional(),
  credits: listOf(zCreditSchema).optional(),
  vouchersUsed: listOf(zVoucherUsedSchema).optional(),
  vouchersSold: listOf(zVoucherSoldSchema).optional(),
  overpayment: centsSchema.optional(),
  operations: listOf(zOperationSchema).optional(),
  perpetual: totalSchema.optional(),
  firstTicket: textSchema(64).optional(),
  lastTicket: textSchema(64).optional(),
});

/** The day's totals of a till as its POS printed them. */
export type ZTicketEntry = z.infer<typeof zTicketEntrySchema>;
