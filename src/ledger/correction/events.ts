import { z } from 'zod';
import { defineEvent, type EventOf } from '../../kernel/event';
import { MOVEMENTS, type MovementFacts } from '../movements';

/** A copy of what is reversed, so that a fold takes it back without looking anything up. */
const originalSchema = z.discriminatedUnion(
  'type',
  MOVEMENTS.map((movement) =>
    z.strictObject({ type: z.literal(movement.type), data: movement.data }),
  ) as unknown as [z.ZodObject<{ type: z.ZodLiteral<string>; data: z.ZodType }>],
);

/** The reversal of one event: its stored postings negated. The replacement, if any, is an event of its own. */
export const MovementReversed = defineEvent(
  'MovementReversed',
  1,
  z.strictObject({ original: originalSchema as unknown as z.ZodType<MovementFacts> }),
);
export type MovementReversed = EventOf<typeof MovementReversed>;
