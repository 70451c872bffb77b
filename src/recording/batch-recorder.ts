import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Actor } from '../kernel/event';
import type { ProblemBody } from '../platform/http/problem';
import { Clock } from '../ports/clock';
import { LedgerWriter, type Outcome } from '../platform/ledger-writer';
import type { Day } from '../kernel/day';
import { dayRule, feedOn, type Ledger } from '../ledger/ledger';
import { feedOfDay } from '../ledger/till-days';
import { type BatchResult, resultOf } from './answer';
import { type Books, judgedOrder } from './judged-order';
import type { PreparedEntry } from './prepare-entry';
import { RecordBatch, RecordEntries } from './recording.commands';

/** An entry of a batch, or the problem that kept it from being one. */
export type BatchItem =
  { readonly prepared: PreparedEntry } | { readonly id?: string | undefined; readonly problem: ProblemBody };

export type BatchAnswer = {
  readonly results: readonly BatchResult[];
  /** Sequence of the last event that the batch recorded or found recorded; null when there is none. */
  readonly head: number | null;
};

/** Records a JSON batch in the order in which it is judged; answers in the order in which it was sent. */
@Injectable()
export class BatchRecorder {
  constructor(
    private readonly commands: CommandBus,
    private readonly writer: LedgerWriter,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal batch-too-large */
  async record(
    ledger: string,
    items: readonly BatchItem[],
    atomic: boolean,
    actor: Actor,
  ): Promise<BatchAnswer> {
    const valid = items.flatMap((item, index) =>
      'prepared' in item ? [{ index, prepared: item.prepared }] : [],
    );
    const entries = valid.map(({ prepared }) => prepared.entry);
    const order = await this.writer.inspect(ledger, (state) =>
      judgedOrder(entries, this.clock.now(), booksOf(state)),
    );
    const inOrder = order.map((position) => valid[position] as (typeof valid)[number]);
    const prepared = inOrder.map((item) => item.prepared);
    const isWhole = valid.length === items.length;
    // An atomic batch with an item that is no entry records nothing, yet its other entries are not judged for sport.
    const outcomes = atomic && !isWhole ? [] : await this.execute(ledger, prepared, atomic, actor);
    refuseTooLarge(outcomes);
    return answer(items, inOrder, outcomes, atomic);
  }

  private execute(
    ledger: string,
    prepared: readonly PreparedEntry[],
    atomic: boolean,
    actor: Actor,
  ): Promise<readonly Outcome[]> {
    const command = atomic
      ? new RecordBatch(ledger, prepared, actor)
      : new RecordEntries(ledger, prepared, actor);
    return this.commands.execute<RecordBatch | RecordEntries, readonly Outcome[]>(command);
  }
}

function booksOf(ledger: Ledger): Books {
  return {
    ruleOf: (instant) => dayRule(ledger, instant),
    isFedByZ(code: string, day: Day) {
      const till = ledger.tills.get(code);
      return till !== undefined && feedOfDay(till, day, feedOn(till, day)) === 'z-ticket';
    },
  };
}

/** Of a batch that is too large no entry is to blame. @throws Refusal batch-too-large */
function refuseTooLarge(outcomes: readonly Outcome[]): void {
  const [first] = outcomes;
  if (first?.status === 'refused' && first.refusal.code === 'batch-too-large') throw first.refusal;
}

function answer(
  items: readonly BatchItem[],
  inOrder: readonly { readonly index: number; readonly prepared: PreparedEntry }[],
  outcomes: readonly Outcome[],
  atomic: boolean,
): BatchAnswer {
  const results: BatchResult[] = items.map((item) =>
    'prepared' in item
      ? { id: item.prepared.entry.id, status: 'not-recorded' }
      : { id: item.id, status: 'refused', problem: item.problem },
  );
  const refused = outcomes.some((outcome) => outcome.status === 'refused');
  let head: number | null = null;
  outcomes.forEach((outcome, position) => {
    const { index } = inOrder[position] as (typeof inOrder)[number];
    // What was decided before a refusal in an atomic batch was taken back with it.
    if (atomic && refused && outcome.status === 'recorded') return;
    results[index] = resultOf(outcome);
    if (outcome.status !== 'refused') head = Math.max(head ?? 0, outcome.sequence);
  });
  return { results, head };
}
