import { z } from 'zod';
import { defineEvent, type EventOf } from '../../kernel/event';
import { centsSchema } from '../../kernel/money';

/** Explains a gap of the day: positive was kept, negative was borne. Moves no till. */
export const OverpaymentExplained = defineEvent(
  'OverpaymentExplained',
  1,
  z.strictObject({ amount: centsSchema }),
);
export type OverpaymentExplained = EventOf<typeof OverpaymentExplained>;
