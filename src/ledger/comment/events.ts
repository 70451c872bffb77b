import { z } from 'zod';
import { daySchema } from '../../kernel/day';
import { defineEvent, type EventOf } from '../../kernel/event';
import { codeSchema, textSchema, uuidSchema } from '../../kernel/text';

/** A remark that stays beside what it is about. A later comment adds to it. Opens no till day. */
export const CommentAdded = defineEvent(
  'CommentAdded',
  1,
  z.strictObject({
    about: z.enum(['difference', 'ventilation', 'entry']),
    comment: textSchema(2000),
    /** For `difference` and `ventilation`: the till and the day that it explains. */
    till: codeSchema.optional(),
    day: daySchema.optional(),
    /** For `entry`: the entry that it is about. */
    entry: uuidSchema.optional(),
  }),
);
export type CommentAdded = EventOf<typeof CommentAdded>;
