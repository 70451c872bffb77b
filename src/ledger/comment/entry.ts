import { z } from 'zod';
import { textSchema, uuidSchema } from '../../kernel/text';
import { commonEntryFields } from '../entry-fields';

export const commentEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('comment'),
  comment: textSchema(2000),
  /** `difference` and `ventilation` are about the entry's till and business day. */
  about: z.union([
    z.enum(['difference', 'ventilation']),
    z.strictObject({ entry: uuidSchema }),
    z.strictObject({ difference: z.literal(true) }),
    z.strictObject({ ventilation: z.literal(true) }),
  ]),
});
export type CommentEntry = z.infer<typeof commentEntrySchema>;
