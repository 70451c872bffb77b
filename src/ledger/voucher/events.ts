import { z } from 'zod';
import { ANONYMOUS } from '../../kernel/account';
import { daySchema } from '../../kernel/day';
import { defineEvent, type EventOf } from '../../kernel/event';
import { centsSchema, positiveCentsSchema, rateSchema } from '../../kernel/money';
import { codeSchema } from '../../kernel/text';
import { recordedPaymentSchema, voucherKindSchema } from '../payment';

/** `-` for vouchers that are not told apart. */
const codeOrNone = z.union([codeSchema, z.literal(ANONYMOUS)]);

const taxed = {
  /** A single-purpose voucher's category and rate, and its net and VAT. */
  category: codeSchema.optional(),
  vatRate: rateSchema.optional(),
  net: centsSchema.optional(),
  vat: centsSchema.optional(),
} as const;

export const VoucherSold = defineEvent(
  'VoucherSold',
  1,
  z.strictObject({
    voucher: codeSchema,
    kind: voucherKindSchema,
    amount: positiveCentsSchema,
    ...taxed,
    payments: z.array(recordedPaymentSchema),
    expiresOn: daySchema.optional(),
    /** 1 for a single-purpose voucher, which is turnover now; 0 for a multi-purpose one. */
    salesCount: z.int().min(0).max(1),
  }),
);
export type VoucherSold = EventOf<typeof VoucherSold>;

/** Paid back to the customer; payments are what left the till, as positive amounts. */
export const VoucherRefunded = defineEvent(
  'VoucherRefunded',
  1,
  z.strictObject({
    voucher: codeOrNone,
    kind: voucherKindSchema,
    amount: positiveCentsSchema,
    ...taxed,
    payments: z.array(recordedPaymentSchema),
  }),
);
export type VoucherRefunded = EventOf<typeof VoucherRefunded>;

/** What was left is no longer owed: income for a multi-purpose voucher, a memo for a single-purpose one. */
export const VoucherExpired = defineEvent(
  'VoucherExpired',
  1,
  z.strictObject({ voucher: codeOrNone, kind: voucherKindSchema, amount: positiveCentsSchema }),
);
export type VoucherExpired = EventOf<typeof VoucherExpired>;
