import { z } from 'zod';
import { defineEvent, type EventOf } from '../../kernel/event';
import { positiveCentsSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';

const place = z.strictObject({ till: codeSchema, method: codeSchema });

const transfer = z.strictObject({
  from: place,
  to: place,
  amount: positiveCentsSchema,
  /** The Z-ticket that the transfer repairs. */
  zNumber: textSchema(64).optional(),
});

/** Between two methods of one till. */
export const MethodsTransferred = defineEvent('MethodsTransferred', 1, transfer);
export type MethodsTransferred = EventOf<typeof MethodsTransferred>;

/** Between tills (or a till and the safe): what left the one … */
export const TransferSent = defineEvent('TransferSent', 1, transfer);
export type TransferSent = EventOf<typeof TransferSent>;

/** … and what came into the other, recorded together. */
export const TransferReceived = defineEvent('TransferReceived', 1, transfer);
export type TransferReceived = EventOf<typeof TransferReceived>;
