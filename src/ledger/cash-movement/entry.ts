import { z } from 'zod';
import { positiveCentsSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';
import { commonEntryFields } from '../entry-fields';
import { reasonSchema } from './events';

const fields = {
  ...commonEntryFields,
  method: codeSchema,
  amount: positiveCentsSchema,
  reason: reasonSchema,
  label: textSchema(200).optional(),
} as const;

export const cashInEntrySchema = z.strictObject({ ...fields, type: z.literal('cash-in') });
export type CashInEntry = z.infer<typeof cashInEntrySchema>;

export const cashOutEntrySchema = z.strictObject({ ...fields, type: z.literal('cash-out') });
export type CashOutEntry = z.infer<typeof cashOutEntrySchema>;
