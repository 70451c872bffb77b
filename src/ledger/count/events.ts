import { z } from 'zod';
import { defineEvent, type EventOf } from '../../kernel/event';
import { notNegativeCentsSchema, totalSchema } from '../../kernel/money';
import { codeSchema } from '../../kernel/text';
import { denominationsSchema } from '../deposit/events';

export const countedSchema = z.strictObject({
  method: codeSchema,
  amount: notNegativeCentsSchema,
  denominations: denominationsSchema.optional(),
});

/** A closing count: what was there. It posts nothing; the day's closure compares. */
export const TillCounted = defineEvent(
  'TillCounted',
  1,
  z.strictObject({ counts: z.array(countedSchema).min(1) }),
);
export type TillCounted = EventOf<typeof TillCounted>;

/** An opening count; what differs from the opening is posted at once (`difference/opening`). */
export const OpeningCounted = defineEvent(
  'OpeningCounted',
  1,
  z.strictObject({
    counts: z
      .array(z.strictObject({ ...countedSchema.shape, expected: totalSchema, difference: totalSchema }))
      .min(1),
  }),
);
export type OpeningCounted = EventOf<typeof OpeningCounted>;
