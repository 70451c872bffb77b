import { z } from 'zod';
import { daySchema } from '../../kernel/day';
import { defineEvent, type EventOf } from '../../kernel/event';
import { totalSchema } from '../../kernel/money';
import { codeSchema } from '../../kernel/text';

export const ALERT_CODES = [
  /** Cash above `cashMax` or below `cashMin`: `amount` is the balance, `limit` the threshold. */
  'cash-above-maximum',
  'cash-below-minimum',
  /** A till fed by Z-tickets paid out more than it is known to hold: `amount` is the lowest balance. */
  'cash-unproven',
  /** A Z-ticket's payments differ from its turnover: `amount` is payments − turnover. */
  'ventilation-gap',
  /** A Z-ticket's stated VAT is off: `amount` is stated − computed. */
  'vat-gap',
  /** A Z-ticket differs from the sales recorded one by one. */
  'z-mismatch',
  /** The last closing count differs from the theoretical balance: `amount` is counted − theoretical. */
  'count-difference',
] as const;

const alertFields = {
  code: z.enum(ALERT_CODES),
  till: codeSchema,
  /** The business day it is about; absent for a balance. */
  day: daySchema.optional(),
  /** Method or VAT rate it is about. */
  subject: z.string().max(80).optional(),
  amount: totalSchema.optional(),
  limit: totalSchema.optional(),
} as const;

/** A condition began to hold. Raised once; a changed amount raises nothing new. */
export const AlertRaised = defineEvent('AlertRaised', 1, z.strictObject(alertFields));
export type AlertRaised = EventOf<typeof AlertRaised>;

export const AlertCleared = defineEvent('AlertCleared', 1, z.strictObject(alertFields));
export type AlertCleared = EventOf<typeof AlertCleared>;
export type AlertData = AlertRaised['data'];
