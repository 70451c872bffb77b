import { z } from 'zod';
import { cashInEntrySchema, cashOutEntrySchema } from './cash-movement/entry';
import { dayClosureEntrySchema } from './closing/entry';
import { commentEntrySchema } from './comment/entry';
import { correctionEntrySchema } from './correction/entry';
import { countEntrySchema } from './count/entry';
import { creditRepaymentEntrySchema } from './customer-credit/entry';
import { depositConfirmationEntrySchema, depositEntrySchema } from './deposit/entry';
import { expenseEntrySchema } from './expense/entry';
import { overpaymentEntrySchema } from './overpayment/entry';
import { saleEntrySchema } from './sale/entry';
import { transferEntrySchema } from './transfer/entry';
import { voucherExpiryEntrySchema, voucherRefundEntrySchema, voucherSaleEntrySchema } from './voucher/entry';
import { zTicketEntrySchema } from './z-ticket/entry';

/** Every entry that can be recorded: the one validator of single entries, batches and NDJSON lines. */
export const entrySchema = z.discriminatedUnion('type', [
  saleEntrySchema,
  zTicketEntrySchema,
  expenseEntrySchema,
  depositEntrySchema,
  depositConfirmationEntrySchema,
  cashInEntrySchema,
  cashOutEntrySchema,
  transferEntrySchema,
  overpaymentEntrySchema,
  creditRepaymentEntrySchema,
  voucherSaleEntrySchema,
  voucherRefundEntrySchema,
  voucherExpiryEntrySchema,
  countEntrySchema,
  commentEntrySchema,
  dayClosureEntrySchema,
  correctionEntrySchema,
]);

export type Entry = z.infer<typeof entrySchema>;
export type EntryType = Entry['type'];
