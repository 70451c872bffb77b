import { z } from 'zod';
import { textSchema, uuidSchema } from '../../kernel/text';
import { cashInEntrySchema, cashOutEntrySchema } from '../cash-movement/entry';
import { creditRepaymentEntrySchema } from '../customer-credit/entry';
import { depositConfirmationEntrySchema, depositEntrySchema } from '../deposit/entry';
import { commonEntryFields } from '../entry-fields';
import { expenseEntrySchema } from '../expense/entry';
import { overpaymentEntrySchema } from '../overpayment/entry';
import { saleEntrySchema } from '../sale/entry';
import { transferEntrySchema } from '../transfer/entry';
import { voucherExpiryEntrySchema, voucherRefundEntrySchema, voucherSaleEntrySchema } from '../voucher/entry';
import { zTicketEntrySchema } from '../z-ticket/entry';

const withoutId = { id: true } as const;

/** What can stand in for a corrected entry: any movement, without an id of its own. */
export const replacementSchema = z.discriminatedUnion('type', [
  saleEntrySchema.omit(withoutId),
  zTicketEntrySchema.omit(withoutId),
  expenseEntrySchema.omit(withoutId),
  depositEntrySchema.omit(withoutId),
  depositConfirmationEntrySchema.omit(withoutId),
  cashInEntrySchema.omit(withoutId),
  cashOutEntrySchema.omit(withoutId),
  transferEntrySchema.omit(withoutId),
  overpaymentEntrySchema.omit(withoutId),
  creditRepaymentEntrySchema.omit(withoutId),
  voucherSaleEntrySchema.omit(withoutId),
  voucherRefundEntrySchema.omit(withoutId),
  voucherExpiryEntrySchema.omit(withoutId),
]);
export type Replacement = z.infer<typeof replacementSchema>;

export const correctionEntrySchema = z.strictObject({
  ...commonEntryFields,
  type: z.literal('correction'),
  /** The entry to reverse; absent when an omission of a closed day is made good. */
  corrects: uuidSchema.optional(),
  reason: textSchema(2000),
  replacement: replacementSchema.optional(),
});
export type CorrectionEntry = z.infer<typeof correctionEntrySchema>;
