import { z } from 'zod';
import { positiveCentsSchema } from '../../kernel/money';
import { commonEntryFields, customerSchema, listOf } from '../entry-fields';
import { paymentSchema } from '../payment';

export const creditRepaymentEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('credit-repayment'),
  customer: customerSchema.optional(),
  payments: listOf(paymentSchema, 1),
  /** What is paid beyond the debt and kept. */
  overpayment: positiveCentsSchema.optional(),
});
export type CreditRepaymentEntry = z.infer<typeof creditRepaymentEntrySchema>;
