import { z } from 'zod';
import { positiveCentsSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';
import { commonEntryFields } from '../entry-fields';

const placeSchema = z.strictObject({ till: codeSchema.optional(), method: codeSchema });

export const transferEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('transfer'),
  /** `till` defaults to the entry's; `safe` is the safe. */
  from: placeSchema,
  to: placeSchema,
  amount: positiveCentsSchema,
  zNumber: textSchema(64).optional(),
});
export type TransferEntry = z.infer<typeof transferEntrySchema>;
