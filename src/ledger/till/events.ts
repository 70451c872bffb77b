import { z } from 'zod';
import { daySchema } from '../../kernel/day';
import { defineEvent, type EventOf } from '../../kernel/event';
import { notNegativeCentsSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';

export const feedSchema = z.enum(['sales', 'z-ticket']).nullable();

/** How a till's days are fed; null: the first sale or Z-ticket of a day decides. */
export type Feed = z.infer<typeof feedSchema>;

/** A till and what was in it before its first day (against `opening`). */
export const TillOpened = defineEvent(
  'TillOpened',
  1,
  z.strictObject({
    name: textSchema(100),
    /** Absent: the first sale or Z-ticket of a day decides. */
    feed: z.enum(['sales', 'z-ticket']).optional(),
    opening: z.array(z.strictObject({ method: codeSchema, amount: notNegativeCentsSchema })),
  }),
);
export type TillOpened = EventOf<typeof TillOpened>;

export const TillChanged = defineEvent(
  'TillChanged',
  1,
  z.strictObject({
    till: codeSchema,
    effectiveFrom: daySchema,
    name: textSchema(100),
    feed: z.enum(['sales', 'z-ticket']).optional(),
  }),
);
export type TillChanged = EventOf<typeof TillChanged>;
