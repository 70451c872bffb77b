import { z } from 'zod';
import { centsSchema } from '../../kernel/money';
import { commonEntryFields } from '../entry-fields';

export const overpaymentEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('overpayment'),
  /** Positive was kept, negative was borne. */
  amount: centsSchema,
});
export type OverpaymentEntry = z.infer<typeof overpaymentEntrySchema>;
