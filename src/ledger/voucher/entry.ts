import { z } from 'zod';
import { daySchema } from '../../kernel/day';
import { positiveCentsSchema, rateSchema } from '../../kernel/money';
import { codeSchema } from '../../kernel/text';
import { commonEntryFields, listOf } from '../entry-fields';
import { paymentSchema, voucherKindSchema } from '../payment';

export const voucherSaleEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('voucher-sale'),
  voucher: codeSchema,
  kind: voucherKindSchema,
  amount: positiveCentsSchema,
  category: codeSchema.optional(),
  vatRate: rateSchema.optional(),
  payments: listOf(paymentSchema, 1),
  expiresOn: daySchema.optional(),
});
export type VoucherSaleEntry = z.infer<typeof voucherSaleEntrySchema>;

const whichVoucher = {
  /** Absent: of those without a code, which then say how much and of which kind (default: multi-purpose). */
  voucher: codeSchema.optional(),
  kind: voucherKindSchema.optional(),
} as const;

export const voucherRefundEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('voucher-refund'),
  ...whichVoucher,
  /** Default: all that is outstanding on the voucher. */
  amount: positiveCentsSchema.optional(),
  /** What leaves the till, as positive amounts; default: all in cash. */
  payments: listOf(paymentSchema, 1).optional(),
});
export type VoucherRefundEntry = z.infer<typeof voucherRefundEntrySchema>;

export const voucherExpiryEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('voucher-expiry'),
  ...whichVoucher,
  amount: positiveCentsSchema.optional(),
});
export type VoucherExpiryEntry = z.infer<typeof voucherExpiryEntrySchema>;
