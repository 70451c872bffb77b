import { z } from 'zod';
import { defineEvent, type EventOf } from '../../kernel/event';
import { centsSchema, positiveCentsSchema, rateSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';
import { attachmentSchema } from '../entry-fields';

export const ExpensePaid = defineEvent(
  'ExpensePaid',
  1,
  z.strictObject({
    category: codeSchema,
    supplier: textSchema(200).optional(),
    gross: positiveCentsSchema,
    net: centsSchema,
    vat: centsSchema,
    vatRate: rateSchema,
    method: codeSchema,
    attachment: attachmentSchema.optional(),
  }),
);
export type ExpensePaid = EventOf<typeof ExpensePaid>;
