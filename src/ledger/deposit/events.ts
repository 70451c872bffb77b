import { z } from 'zod';
import { defineEvent, type EventOf } from '../../kernel/event';
import { centsSchema, notNegativeCentsSchema, positiveCentsSchema } from '../../kernel/money';
import { codeSchema, textSchema, uuidSchema } from '../../kernel/text';

export const chequeSchema = z.strictObject({
  number: textSchema(32),
  bank: textSchema(64),
  amount: positiveCentsSchema,
});

/** Notes and coins by their value in cents: `{ "500": 2 }` is two notes of 5 €. */
export const denominationsSchema = z.record(
  z.string().regex(/^[1-9]\d{0,5}$/),
  z.int().min(0).max(1_000_000),
);
export type Denominations = z.infer<typeof denominationsSchema>;

export const slipSchema = z.strictObject({
  cheques: z.array(chequeSchema).max(500).optional(),
  denominations: denominationsSchema.optional(),
});

/** A remittance on its way to the bank. The deposit is named by its entry's id. */
export const DepositMade = defineEvent(
  'DepositMade',
  1,
  z.strictObject({
    deposit: uuidSchema,
    method: codeSchema,
    amount: positiveCentsSchema,
    slip: slipSchema.optional(),
    bankAccount: codeSchema,
  }),
);
export type DepositMade = EventOf<typeof DepositMade>;

/** What the bank credited of a deposit; `written off` is what is missing of it for good. */
export const DepositConfirmed = defineEvent(
  'DepositConfirmed',
  1,
  z.strictObject({
    deposit: uuidSchema,
    method: codeSchema,
    bankAccount: codeSchema,
    amount: notNegativeCentsSchema,
    fees: notNegativeCentsSchema,
    final: z.boolean(),
    /** What a final confirmation leaves missing, against `difference/deposit`. */
    writtenOff: centsSchema,
  }),
);
export type DepositConfirmed = EventOf<typeof DepositConfirmed>;
