import { z } from 'zod';
import { daySchema, receivedInstantSchema } from '../kernel/day';
import { sourceSchema } from '../kernel/event';
import { codeSchema, textSchema, uuidSchema } from '../kernel/text';

/** Members that every entry may have, beside its `type`; api.md *Recording* says what they mean. */
export const commonEntryFields = {
  id: uuidSchema,
  till: codeSchema.optional(),
  businessDate: daySchema.optional(),
  occurredAt: receivedInstantSchema.optional(),
  reference: textSchema(100).optional(),
  comment: textSchema(2000).optional(),
  source: sourceSchema.optional(),
  training: z.boolean().optional(),
} as const;

/** The most lines, payments, cheques … of one entry; far above any real ticket, below the 64 KiB of an entry. */
export const MOST_LINES = 500;

export function listOf<Item extends z.ZodType>(item: Item, least = 0) {
  return z.array(item).min(least).max(MOST_LINES);
}

/** A document that an entry refers to by its digest: the file itself stays outside the ledger. */
export const attachmentSchema = z.strictObject({
  name: textSchema(200),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A customer's account: an id given by the service. Absent means the global account. */
export const customerSchema = uuidSchema;
