import { z } from 'zod';
import { centsSchema, totalSchema } from '../kernel/money';
import { ANONYMOUS } from '../kernel/account';
import { codeSchema, textSchema, uuidSchema } from '../kernel/text';
import { customerSchema } from './entry-fields';

/** Multi-purpose (BUM) or single-purpose (BUU) voucher: CGI 256 ter. */
export const voucherKindSchema = z.enum(['multi-purpose', 'single-purpose']);
export type VoucherKind = z.infer<typeof voucherKindSchema>;

/** One payment of a movement: positive into the shop, negative back to the customer. Never zero. */
export const paymentSchema = z.strictObject({
  method: codeSchema,
  amount: centsSchema.refine((amount) => amount !== 0, { params: { code: 'amount-zero' } }),
  /** Whose credit; only with a method of kind `credit`. Absent: the global account. */
  customer: customerSchema.optional(),
  /** Which voucher; only with a method of kind `voucher`. Absent: the vouchers that are not told apart. */
  voucher: codeSchema.optional(),
  /** Names the debt that several payments settle (CMF L112-6 limits cash by debt). */
  debt: textSchema(100).optional(),
});

export type Payment = z.infer<typeof paymentSchema>;

/**
 * A payment as it stands in events. It says by itself where the money went, so that postings, read models and
 * verifiers need no settings: `customer` for credit, `voucher` and its kind for a voucher, else the till's method.
 */
export const recordedPaymentSchema = z.strictObject({
  method: codeSchema,
  /** What a Z-ticket does not detail may be larger than what it states, if a detail has the other sign. */
  amount: totalSchema,
  customer: z.union([uuidSchema, z.literal(ANONYMOUS)]).optional(),
  voucher: z.union([codeSchema, z.literal(ANONYMOUS)]).optional(),
  voucherKind: voucherKindSchema.optional(),
  debt: textSchema(100).optional(),
});

export type RecordedPayment = z.infer<typeof recordedPaymentSchema>;
