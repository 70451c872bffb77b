import { z } from 'zod';
import { daySchema } from '../../kernel/day';
import { defineEvent, type EventOf } from '../../kernel/event';
import { centsSchema, positiveCentsSchema } from '../../kernel/money';
import { codeSchema, uuidSchema } from '../../kernel/text';
import { recordedPaymentSchema } from '../payment';

/** A customer has an account. The name is in the vault, where it can be erased. */
export const CustomerRegistered = defineEvent(
  'CustomerRegistered',
  1,
  z.strictObject({ customer: uuidSchema }),
);
export type CustomerRegistered = EventOf<typeof CustomerRegistered>;

/** The identity was erased (GDPR art. 17); the account and its movements stay. */
export const CustomerErased = defineEvent('CustomerErased', 1, z.strictObject({ customer: uuidSchema }));
export type CustomerErased = EventOf<typeof CustomerErased>;

export const CreditRepaid = defineEvent(
  'CreditRepaid',
  1,
  z.strictObject({
    /** Absent: the global account. */
    customer: uuidSchema.optional(),
    payments: z.array(recordedPaymentSchema),
    /** Paid beyond what was owed, and kept. */
    overpayment: positiveCentsSchema.optional(),
  }),
);
export type CreditRepaid = EventOf<typeof CreditRepaid>;

/** What customers owed and what vouchers were outstanding before the first day, against `opening`; once. */
export const OpeningBalancesRecorded = defineEvent(
  'OpeningBalancesRecorded',
  1,
  z.strictObject({
    date: daySchema,
    customers: z.array(z.strictObject({ customer: uuidSchema.optional(), amount: centsSchema })),
    vouchers: z.array(
      z.strictObject({
        /** Absent: vouchers that are not told apart. */
        voucher: codeSchema.optional(),
        kind: z.enum(['multi-purpose', 'single-purpose']),
        amount: positiveCentsSchema,
      }),
    ),
  }),
);
export type OpeningBalancesRecorded = EventOf<typeof OpeningBalancesRecorded>;
