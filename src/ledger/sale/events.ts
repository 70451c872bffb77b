import { z } from 'zod';
import { defineEvent, type EventOf } from '../../kernel/event';
import { centsSchema, positiveCentsSchema, rateSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';
import { recordedPaymentSchema, voucherKindSchema } from '../payment';

/** One line of a sale; negative amounts are a refund. Net and VAT are of `gross − prepaid`. */
export const saleLineSchema = z.strictObject({
  category: codeSchema,
  label: textSchema(200).optional(),
  /** Thousandths: 1500 is 1.5. */
  quantity: z.int().optional(),
  unitPrice: centsSchema.optional(),
  discount: centsSchema.optional(),
  gross: centsSchema,
  vatRate: rateSchema,
  /** The part that was paid by a single-purpose voucher: its turnover and VAT were counted when that was sold. */
  prepaid: centsSchema.optional(),
  net: centsSchema,
  vat: centsSchema,
});
export type SaleLine = z.infer<typeof saleLineSchema>;

/** A voucher sold within a sale; a single-purpose one is turnover now (CGI 256 ter). */
export const soldVoucherSchema = z.strictObject({
  voucher: codeSchema,
  kind: voucherKindSchema,
  amount: positiveCentsSchema,
  category: codeSchema.optional(),
  vatRate: rateSchema.optional(),
  net: centsSchema.optional(),
  vat: centsSchema.optional(),
});
export type SoldVoucher = z.infer<typeof soldVoucherSchema>;

export const SaleRecorded = defineEvent(
  'SaleRecorded',
  1,
  z.strictObject({
    lines: z.array(saleLineSchema),
    payments: z.array(recordedPaymentSchema),
    vouchersSold: z.array(soldVoucherSchema).optional(),
    overpayment: centsSchema.optional(),
    customers: z.int().min(0).optional(),
    /** 1 for a sale with turnover above zero or a single-purpose voucher sold, else 0. */
    salesCount: z.int().min(0).max(1),
  }),
);
export type SaleRecorded = EventOf<typeof SaleRecorded>;
