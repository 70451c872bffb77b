import { z } from 'zod';
import { daySchema, instantSchema } from '../kernel/day';
import { totalSchema } from '../kernel/money';
import { codeSchema, hexDigestSchema, uuidSchema } from '../kernel/text';
import { AlertRaised } from '../ledger/alert/events';
import type { Outcome, Recorded } from '../platform/ledger-writer';
import { type ProblemBody, refusalBody } from '../platform/http/problem';

/** The form of the answer to one entry, for the documentation. */
export const answerSchema = z.strictObject({
  id: uuidSchema,
  type: z.string(),
  sequence: z.int().min(1).meta({ description: 'Of the entry’s last event; `?after` takes it' }),
  sequences: z.array(z.int().min(1)).optional().meta({ description: 'Of an entry of several events' }),
  till: codeSchema.optional(),
  tillSequence: z.int().min(1).optional(),
  businessDate: daySchema.optional(),
  recordedAt: instantSchema,
  hash: hexDigestSchema,
  balances: z.record(z.string(), totalSchema).meta({ description: 'Live, of the till, per method (cents)' }),
  alerts: z.array(AlertRaised.data).meta({ description: 'What holds on the till now' }),
});

/** The answer to one entry (api.md *Recording*). */
export function answerOf(recorded: Recorded) {
  const {
    id,
    type,
    sequence,
    sequences,
    till,
    tillSequence,
    businessDate,
    recordedAt,
    hash,
    balances,
    alerts,
  } = recorded;
  return {
    id,
    type,
    sequence,
    ...(sequences.length > 1 ? { sequences } : {}),
    ...(till === undefined ? {} : { till }),
    ...(tillSequence === undefined ? {} : { tillSequence }),
    ...(businessDate === undefined ? {} : { businessDate }),
    recordedAt,
    hash,
    balances,
    alerts,
  };
}

/** One row of a batch's results. */
export type BatchResult = {
  readonly id?: string | undefined;
  readonly status: 'recorded' | 'replayed' | 'refused' | 'not-recorded';
  readonly sequence?: number | undefined;
  readonly problem?: ProblemBody | undefined;
};

export function resultOf(outcome: Outcome): BatchResult {
  if (outcome.status === 'refused')
    return { id: outcome.id, status: 'refused', problem: refusalBody(outcome.refusal) };
  return { id: outcome.id, status: outcome.status, sequence: outcome.sequence };
}
