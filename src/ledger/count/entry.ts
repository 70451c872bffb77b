import { z } from 'zod';
import { commonEntryFields } from '../entry-fields';
import { countedSchema } from './events';

export const countEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('count'),
  counts: z.array(countedSchema).min(1).max(50),
  moment: z.enum(['opening', 'closing']).optional(),
});
export type CountEntry = z.infer<typeof countEntrySchema>;
