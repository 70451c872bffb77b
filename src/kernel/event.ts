import { z } from 'zod';
import { type Day, daySchema, type Instant, instantSchema } from './day';
import { totalSchema } from './money';
import { type Posting, postingSchema } from './postings';
import { codeSchema, hexDigestSchema, textSchema, uuidSchema } from './text';

/** Roles as they stand in events; `system` is the service itself (alerts, scheduled work). */
export const ROLES = [
  'firm-admin',
  'accountant',
  'admin',
  'user',
  'connector',
  'inspector',
  'system',
] as const;

export const actorSchema = z.strictObject({
  id: z.string().min(1).max(64),
  role: z.enum(ROLES),
  via: z.enum(['session', 'api-key', 'cli', 'system']),
});

/** Who did it: an opaque id, never a name, an e-mail or an address. */
export type Actor = z.infer<typeof actorSchema>;

export const sourceSchema = z.strictObject({ system: textSchema(64), sequence: z.int().min(0).optional() });

/** Where an entry came from: a POS and its own counter. */
export type Source = z.infer<typeof sourceSchema>;

export const entryReferenceSchema = z.strictObject({
  id: uuidSchema,
  type: z.string().min(1).max(64),
  payloadHash: hexDigestSchema,
  index: z.int().min(0),
  count: z.int().min(1),
  reference: textSchema(100).optional(),
  comment: textSchema(2000).optional(),
  source: sourceSchema.optional(),
});

/** The client's request that an event belongs to: event `index` of `count` that were recorded together. */
export type EntryReference = z.infer<typeof entryReferenceSchema>;

export const correctionSchema = z.strictObject({
  reason: textSchema(2000),
  /** The entry that is corrected; absent for an omission of a closed day. */
  corrects: z
    .strictObject({
      entry: uuidSchema,
      sequence: z.int().min(1),
      type: z.string().min(1).max(64),
      till: codeSchema.optional(),
      businessDate: daySchema.optional(),
    })
    .optional(),
  /** The day on which the "as corrected" view shows this event. */
  restates: z.strictObject({ till: codeSchema.optional(), businessDate: daySchema }),
  /** What an earlier closing count had already shown, given back against `difference/correction`. */
  givenBack: z.array(z.strictObject({ method: codeSchema, amount: totalSchema })).optional(),
});

/** On each event of a correction, the reversal and the replacement alike. */
export type Correction = z.infer<typeof correctionSchema>;

export const documentSchema = z.strictObject({ type: z.string().min(1).max(64), number: z.int().min(1) });

/** The members that every event has; `type`, `schemaVersion` and `data` are the event's own. */
export const envelopeShape = {
  id: uuidSchema,
  ledger: uuidSchema,
  sequence: z.int().min(1),
  recordedAt: instantSchema,
  occurredAt: instantSchema.optional(),
  businessDate: daySchema.optional(),
  till: codeSchema.optional(),
  tillSequence: z.int().min(1).optional(),
  document: documentSchema.optional(),
  actor: actorSchema,
  entry: entryReferenceSchema.optional(),
  correction: correctionSchema.optional(),
  postings: z.array(postingSchema).optional(),
  prevHash: hexDigestSchema,
} as const;

export type Envelope = {
  readonly id: string;
  readonly ledger: string;
  readonly sequence: number;
  readonly recordedAt: Instant;
  readonly occurredAt?: Instant | undefined;
  readonly businessDate?: Day | undefined;
  readonly till?: string | undefined;
  readonly tillSequence?: number | undefined;
  readonly document?: { readonly type: string; readonly number: number } | undefined;
  readonly actor: Actor;
  readonly entry?: EntryReference | undefined;
  readonly correction?: Correction | undefined;
  readonly postings?: readonly Posting[] | undefined;
  readonly prevHash: string;
};

/** A definition: the stored name, its version, and the one schema that types, validation and docs come from. */
export type EventDefinition<Type extends string, Data extends z.ZodType> = {
  readonly type: Type;
  readonly schemaVersion: number;
  readonly data: Data;
  readonly schema: z.ZodType;
};

export function defineEvent<Type extends string, Data extends z.ZodType>(
  type: Type,
  schemaVersion: number,
  data: Data,
): EventDefinition<Type, Data> {
  const schema = z.strictObject({
    ...envelopeShape,
    type: z.literal(type),
    schemaVersion: z.literal(schemaVersion),
    data,
  });
  return { type, schemaVersion, data, schema };
}

/** The event type of a definition. */
export type EventOf<Definition> =
  Definition extends EventDefinition<infer Type, infer Data>
    ? Envelope & { readonly type: Type; readonly schemaVersion: number; readonly data: z.infer<Data> }
    : never;
