import type { Day, Instant } from '../src/kernel/day';
import type { DayClosed } from '../src/ledger/closing/events';
import { isOfInterest } from './interests';
import type { Projection, RecordedEvent } from './projection';

/** A closure as it was sealed; its checkpoint is in the event. */
export type Closure = Omit<DayClosed['data'], 'checkpoint'> & {
  readonly till: string;
  readonly date: Day;
  readonly sequence: number;
  readonly tillSequence?: number | undefined;
  readonly number?: number | undefined;
  readonly at: Instant;
  readonly by: string;
  readonly entry?: string | undefined;
  readonly hash: string;
};

/** Closures by business day, then till. */
export const closures: Projection<Closure> = {
  name: 'closures',
  version: 1,
  handles: (event) => isOfInterest('closures', event),
  keys: ({ businessDate = '', till = '' }) => [`${businessDate}/${till}`],
  begins: () => true,
  evolve(_, event) {
    const {
      data,
      till = '',
      businessDate = '',
      sequence,
      tillSequence,
      document,
      recordedAt,
      actor,
      entry,
      hash,
    } = event as Extract<RecordedEvent, { type: 'DayClosed' }>;
    return {
      ...withoutCheckpoint(data),
      till,
      date: businessDate,
      sequence,
      tillSequence,
      number: document?.number,
      at: recordedAt,
      by: actor.id,
      entry: entry?.id,
      hash,
    };
  },
};

function withoutCheckpoint(data: DayClosed['data']): Omit<DayClosed['data'], 'checkpoint'> {
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'checkpoint')) as Omit<
    DayClosed['data'],
    'checkpoint'
  >;
}
