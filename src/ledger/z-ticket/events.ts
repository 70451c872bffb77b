import { z } from 'zod';
import { ANONYMOUS } from '../../kernel/account';
import { instantSchema, receivedInstantSchema } from '../../kernel/day';
import { defineEvent, type EventOf } from '../../kernel/event';
import { centsSchema, positiveCentsSchema, rateSchema, totalSchema } from '../../kernel/money';
import { codeSchema, textSchema, uuidSchema } from '../../kernel/text';
import { recordedPaymentSchema, voucherKindSchema } from '../payment';

/** Turnover of one category and rate. `net` and `vat` are what the Z states if it does, else computed. */
export const zCategorySchema = z.strictObject({
  category: codeSchema,
  vatRate: rateSchema,
  /** Sums of what was stated may be larger than any amount that a field of an entry may hold. */
  gross: totalSchema,
  /** The part that was paid by a single-purpose voucher; net and VAT are of `gross − prepaid`. */
  prepaid: centsSchema.optional(),
  net: totalSchema,
  vat: totalSchema,
});

export const zOperationSchema = z.strictObject({
  ticket: textSchema(64).optional(),
  occurredAt: receivedInstantSchema.optional(),
  label: textSchema(200).optional(),
  method: codeSchema.optional(),
  gross: centsSchema,
});

export const zCreditSchema = z.strictObject({ customer: uuidSchema.optional(), amount: centsSchema });
export const zVoucherUsedSchema = z.strictObject({
  voucher: codeSchema.optional(),
  amount: positiveCentsSchema,
});
export const zVoucherSoldSchema = z.strictObject({
  voucher: codeSchema.optional(),
  kind: voucherKindSchema,
  amount: positiveCentsSchema,
});

const zTicketFields = {
  /** The POS's own number, unique per till and source. */
  number: textSchema(64),
  /** The POS that printed it; part of the number's uniqueness. */
  system: textSchema(64).optional(),
  salesCount: z.int().min(0),
  customersCount: z.int().min(0).optional(),
  firstTicket: textSchema(64).optional(),
  lastTicket: textSchema(64).optional(),
  /** The POS's own perpetual total, as printed. */
  perpetual: totalSchema.optional(),
  /** Sales of 76 € and more, listed one by one and not counted again (BOI-CF-COM-10-10). */
  operations: z
    .array(z.strictObject({ ...zOperationSchema.shape, occurredAt: instantSchema.optional() }))
    .optional(),
} as const;

/** A Z that feeds its day: these are the day's sales of the till. */
export const ZTicketRecorded = defineEvent(
  'ZTicketRecorded',
  1,
  z.strictObject({
    ...zTicketFields,
    /** Sales without the refunds: what `categories` stated plus the refunds taken out of it. */
    categories: z.array(zCategorySchema),
    /** Refunds, as negative amounts. */
    refunds: z.array(zCategorySchema),
    /** As printed, with credit told apart by customer and vouchers by code as far as the Z does. */
    payments: z.array(recordedPaymentSchema),
    /** Sold with the day's sales; a single-purpose one is already in `categories`. */
    vouchersSold: z.array(
      z.strictObject({ ...zVoucherSoldSchema.shape, voucher: z.union([codeSchema, z.literal(ANONYMOUS)]) }),
    ),
    overpayment: centsSchema.optional(),
    /** Σ payments − Σ lines − overpayment: what the Z itself leaves unexplained, in `suspense`. */
    gap: totalSchema,
    /** Rates whose stated VAT is off the computed one by more than max(1, sales ÷ 2) cents. */
    vatGaps: z.array(z.strictObject({ vatRate: rateSchema, stated: totalSchema, computed: totalSchema })),
    /** The till is fed by Z-tickets: the journal lists this one before the day's other movements. */
    listedFirst: z.literal(true).optional(),
  }),
);
export type ZTicketRecorded = EventOf<typeof ZTicketRecorded>;

const zDifferenceSchema = z.strictObject({
  of: z.enum(['category', 'method', 'vat', 'sales-count']),
  /** `category/rate`, method or rate; absent for the number of sales. */
  key: z.string().max(80).optional(),
  stated: totalSchema,
  recorded: totalSchema,
});
export type ZDifference = z.infer<typeof zDifferenceSchema>;

/** A Z on a day whose sales were recorded one by one: a control that moves nothing. */
export const ZTicketChecked = defineEvent(
  'ZTicketChecked',
  1,
  z.strictObject({
    ...zTicketFields,
    categories: z.array(zCategorySchema),
    payments: z.array(recordedPaymentSchema),
    /** Against what was recorded until then, line by line; empty when they agree. */
    differences: z.array(zDifferenceSchema),
  }),
);
export type ZTicketChecked = EventOf<typeof ZTicketChecked>;
