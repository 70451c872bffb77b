import { z } from 'zod';
import { defineEvent, type EventOf } from '../../kernel/event';
import { rateSchema, totalSchema } from '../../kernel/money';
import { codeSchema, hexDigestSchema, textSchema } from '../../kernel/text';

export const realAndAbsoluteSchema = z.strictObject({
  vatRate: rateSchema,
  real: totalSchema,
  absolute: totalSchema,
});

/** Seals a business day of one till. Later entries of that day or an earlier one are refused. */
export const DayClosed = defineEvent(
  'DayClosed',
  1,
  z.strictObject({
    /** Each method of the till that had a balance or moved. */
    methods: z.array(
      z.strictObject({
        method: codeSchema,
        opening: totalSchema,
        /** Sums of what came in and went out, differences at closing not included. */
        in: totalSchema,
        out: totalSchema,
        theoretical: totalSchema,
        /** Absent for a method that is not counted. */
        counted: totalSchema.optional(),
        /** counted − theoretical; 0 for a method that is not counted. */
        difference: totalSchema,
      }),
    ),
    turnover: z.strictObject({ gross: totalSchema, net: totalSchema, vat: totalSchema }),
    byCategory: z.array(z.strictObject({ category: codeSchema, vatRate: rateSchema, gross: totalSchema })),
    salesCount: z.int(),
    customersCount: z.int(),
    /** Of this day, per VAT rate: real = sales − refunds, absolute = sales + |refunds| (law.md C3). */
    period: z.array(realAndAbsoluteSchema),
    /** Since the till's first use, this day included. */
    perpetual: z.array(realAndAbsoluteSchema),
    /** What the day's Z-tickets left unexplained and this closure moves to `difference/ventilation`. */
    gap: totalSchema,
    zNumbers: z.array(textSchema(64)),
    /** First and last number of the till's own sequence on this day, this closure not included. */
    firstTillSequence: z.int().min(1),
    lastTillSequence: z.int().min(1),
    /** Order numbers of the day's journal lines, sealed; `first` = `last` + 1 when there is none. */
    journal: z.strictObject({ first: z.int().min(1), last: z.int().min(0) }),
    /** SHA-256 of the ledger's sorted non-zero `account balance` lines before this event. */
    balancesHash: hexDigestSchema,
    /** Signed checkpoint of the events before this one. */
    checkpoint: z.string(),
    comment: textSchema(2000).optional(),
  }),
);
export type DayClosed = EventOf<typeof DayClosed>;
