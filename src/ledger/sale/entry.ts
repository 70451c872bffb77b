import { z } from 'zod';
import { centsSchema, notNegativeCentsSchema, positiveCentsSchema, rateSchema } from '../../kernel/money';
import { codeSchema, textSchema } from '../../kernel/text';
import { commonEntryFields, listOf } from '../entry-fields';
import { paymentSchema, voucherKindSchema } from '../payment';

/** A quantity with at most three decimals; stored in thousandths. */
export const quantitySchema = z
  .number()
  .min(-1_000_000)
  .max(1_000_000)
  .refine((quantity) => decimalsOf(quantity) <= 3, { params: { code: 'too-many-decimals' } });

/**
 * Decimals of what was meant: by 1.005, which is none in binary, and by the 0.30000000000000004 that a POS has added up.
 * Fifteen digits are what a number keeps of any decimal text.
 */
function decimalsOf(quantity: number): number {
  if (Number.isInteger(quantity)) return 0;
  const [digits = '', exponent = '0'] = String(Number(quantity.toPrecision(15))).split('e');
  const fraction = digits.split('.')[1] ?? '';
  return Math.max(0, fraction.length - Number(exponent));
}

export const saleEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('sale'),
  lines: listOf(
    z.strictObject({
      category: codeSchema,
      label: textSchema(200).optional(),
      quantity: quantitySchema.optional(),
      unitPrice: centsSchema.optional(),
      discount: notNegativeCentsSchema.optional(),
      gross: centsSchema,
      vatRate: rateSchema,
    }),
  ),
  payments: listOf(paymentSchema),
  vouchersSold: listOf(
    z.strictObject({
      voucher: codeSchema,
      kind: voucherKindSchema,
      amount: positiveCentsSchema,
      category: codeSchema.optional(),
      vatRate: rateSchema.optional(),
    }),
  ).optional(),
  overpayment: centsSchema.optional(),
  customers: z.int().min(0).max(100_000).optional(),
});

/** A sale, or a refund (negative lines and payments), or both on one ticket (an exchange). */
export type SaleEntry = z.infer<typeof saleEntrySchema>;
