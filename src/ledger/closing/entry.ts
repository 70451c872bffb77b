import { z } from 'zod';
import { daySchema } from '../../kernel/day';
import { commonEntryFields } from '../entry-fields';

export const dayClosureEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('day-closure'),
  businessDate: daySchema,
});
export type DayClosureEntry = z.infer<typeof dayClosureEntrySchema>;
