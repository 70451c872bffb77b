import { z } from 'zod';
import { centsSchema, rateSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';
import { attachmentSchema, commonEntryFields } from '../entry-fields';

export const expenseEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('expense'),
  category: codeSchema,
  supplier: textSchema(200).optional(),
  gross: centsSchema,
  vatRate: rateSchema,
  /** Default: the method of kind cash. */
  method: codeSchema.optional(),
  attachment: attachmentSchema.optional(),
});
export type ExpenseEntry = z.infer<typeof expenseEntrySchema>;
