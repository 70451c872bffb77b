import { z } from 'zod';
import { notNegativeCentsSchema, positiveCentsSchema } from '../../kernel/money';
import { codeSchema, uuidSchema } from '../../kernel/text';
import { commonEntryFields } from '../entry-fields';
import { slipSchema } from './events';

export const depositEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('deposit'),
  method: codeSchema,
  amount: positiveCentsSchema,
  slip: slipSchema.optional(),
  bankAccount: codeSchema.optional(),
});
export type DepositEntry = z.infer<typeof depositEntrySchema>;

export const depositConfirmationEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('deposit-confirmation'),
  /** The id of the deposit's entry. */
  deposit: uuidSchema,
  /** What the bank credited. */
  amount: notNegativeCentsSchema,
  fees: notNegativeCentsSchema.optional(),
  /** Nothing more will come: what is missing is a difference. */
  final: z.boolean().optional(),
});
export type DepositConfirmationEntry = z.infer<typeof depositConfirmationEntrySchema>;
