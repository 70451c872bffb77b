import { z } from 'zod';
import { defineEvent, type EventOf } from '../../kernel/event';
import { positiveCentsSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';

export const reasonSchema = z.enum(['owner', 'bank', 'safe', 'other']);

const cashMovement = z.strictObject({
  method: codeSchema,
  amount: positiveCentsSchema,
  reason: reasonSchema,
  label: textSchema(200).optional(),
});

export const CashPutIn = defineEvent('CashPutIn', 1, cashMovement);
export type CashPutIn = EventOf<typeof CashPutIn>;

export const CashTakenOut = defineEvent('CashTakenOut', 1, cashMovement);
export type CashTakenOut = EventOf<typeof CashTakenOut>;
