import { z } from 'zod';
import { type Day, daySchema, monthSchema } from '../../kernel/day';
import { defineEvent, type EventOf } from '../../kernel/event';
import { notNegativeCentsSchema } from '../../kernel/money';
import { settingsParts } from './settings';

/** Event 1: the ledger's format, the origin of its checkpoints and the key that signs them. */
export const LedgerOpened = defineEvent(
  'LedgerOpened',
  1,
  z.strictObject({
    format: z.literal('caisse-ledger/1'),
    /** First line of each checkpoint (C2SP tlog-checkpoint). */
    origin: z.string().min(1).max(200),
    /** Verifier key of signed notes: `name+hash+base64(0x01 ‖ public key)`. */
    verifierKey: z.string().min(1).max(300),
  }),
);
export type LedgerOpened = EventOf<typeof LedgerOpened>;

const changeOf = <Part extends keyof typeof settingsParts>(part: Part) =>
  z.strictObject({ part: z.literal(part), effectiveFrom: daySchema, value: settingsParts[part] });

/** A whole part of the settings, valid from a day on (`0001-01-01`-like beginnings are written as the first day kept). */
export const SettingsChanged = defineEvent(
  'SettingsChanged',
  1,
  z.discriminatedUnion('part', [
    changeOf('identity'),
    changeOf('vatRates'),
    changeOf('categories'),
    changeOf('expenseCategories'),
    changeOf('methods'),
    changeOf('features'),
    changeOf('thresholds'),
    changeOf('calendar'),
  ]),
);
export type SettingsChanged = EventOf<typeof SettingsChanged>;

/** What the company expects to turn over in a month, gross. */
export const BudgetSet = defineEvent(
  'BudgetSet',
  1,
  z.strictObject({ month: monthSchema, turnover: notNegativeCentsSchema }),
);
export type BudgetSet = EventOf<typeof BudgetSet>;

/** The day from which the first settings count: before any day that a ledger may hold. */
export const FIRST_DAY: Day = '1970-01-01';
