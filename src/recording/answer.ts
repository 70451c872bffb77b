import type { Outcome, Recorded } from '../platform/ledger-writer';
import { type ProblemBody, refusalBody } from '../platform/http/problem';

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
