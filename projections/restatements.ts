import { readTillAccount } from '../src/kernel/account';
import type { Day } from '../src/kernel/day';
import { isOfInterest } from './interests';
import { addTo, padded, type Projection, type RecordedEvent } from './projection';
import { correctedOn, isRestatement, recordedOn } from './two-views';

/** An event that counts on one day as recorded and on another as corrected, and what it moved per method. */
export type Restatement = {
  readonly till: string;
  readonly recordedOn: Day;
  readonly restates: Day;
  readonly sequence: number;
  /** Net of the movement itself, without what was given back. */
  readonly moved: Readonly<Record<string, number>>;
  readonly givenBack: Readonly<Record<string, number>>;
};

/** A method that a closure counted: what the days after it open with, in either view. */
export type CountedDay = { readonly counted: number };

export const restatementKey = {
  restatement: (till: string, later: Day, sequence: number): string =>
    `move/${till}/${later}/${padded(sequence)}`,
  counted: (till: string, method: string, date: Day): string => `counted/${till}/${method}/${date}`,
} as const;

/**
 * What openings need in the view as corrected: a method that is not counted carries a restatement into every later
 * day, up to the day where it was recorded; a closing count ends it, since a count is never restated.
 */
export const restatements: Projection<Restatement | CountedDay> = {
  name: 'restatements',
  version: 1,
  handles: (event) =>
    (event.type === 'DayClosed' || event.correction !== undefined) && isOfInterest('restatements', event),
  keys(event) {
    const on = recordedOn(event);
    if (!on) return [];
    if (event.type === 'DayClosed') {
      return event.data.methods
        .filter(({ counted }) => counted !== undefined)
        .map(({ method }) => restatementKey.counted(on.till, method, on.date));
    }
    const restated = correctedOn(event);
    if (!restated || !isRestatement(event)) return [];
    return [
      restatementKey.restatement(on.till, on.date > restated.date ? on.date : restated.date, event.sequence),
    ];
  },
  begins: () => true,
  evolve(_, event, key) {
    if (event.type === 'DayClosed') {
      const method = key.split('/')[2];
      return { counted: event.data.methods.find((one) => one.method === method)?.counted ?? 0 };
    }
    return restatementOf(event);
  },
};

function restatementOf(event: RecordedEvent): Restatement {
  const moved: Record<string, number> = {};
  const givenBack: Record<string, number> = {};
  for (const { account, amount } of event.postings ?? []) {
    const means = readTillAccount(account);
    if (means) addTo(moved, means.method, amount);
  }
  for (const { method, amount } of event.correction?.givenBack ?? []) {
    addTo(givenBack, method, amount);
    addTo(moved, method, -amount);
  }
  return {
    till: event.till ?? '',
    recordedOn: event.businessDate ?? '',
    restates: correctedOn(event)?.date ?? '',
    sequence: event.sequence,
    moved,
    givenBack,
  };
}
