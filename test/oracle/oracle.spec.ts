import * as fc from 'fast-check';
import { ALL_PROJECTIONS } from '../../projections/all';
import { FoldedDocuments } from '../../projections/documents';
import type { RecordedEvent } from '../../projections/projection';
import { FoldedReadModels } from '../../src/reports/read-models';
import { differencesFromOracle } from './compare';
import { RandomHistory } from './random-history';

function foldAll(events: readonly RecordedEvent[]): FoldedReadModels {
  const documents = new FoldedDocuments(ALL_PROJECTIONS);
  for (const event of events) documents.fold(event);
  return new FoldedReadModels(documents);
}

describe('read models against an independent recomputation', () => {
  it('agree to the cent on 1,000 random histories', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 5, max: 80 }), async (seed, entries) => {
        const { book } = new RandomHistory(seed, entries);
        expect(await differencesFromOracle(book.events, foldAll(book.events))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  }, 300_000);

  /** Histories that have all that a planted fault needs to be seen. */
  const { book } = new RandomHistory(20_260_314, 400);

  const corrected = new Set(book.events.map(({ correction }) => correction?.corrects?.entry));
  const movement = book.events.find(({ type, entry }) => type === 'ExpensePaid' && !corrected.has(entry?.id));

  it.each<[string, (event: RecordedEvent) => RecordedEvent | null]>([
    ['an event that is missed', (event) => (event === movement ? null : event)],
    ['a cent on a posting', withPostings((amount) => amount + Math.sign(amount))],
    ['a posting with the wrong sign', withPostings((amount) => -amount)],
    [
      'a correction that restates the wrong day',
      withCorrection({ restates: { businessDate: '2026-04-30' } }),
    ],
    ['an amount that is not given back', withCorrection({ givenBack: undefined })],
    ['a correction that is taken for a movement of its own', ({ correction: _, ...event }) => event],
    ['a closure that is missed', (event) => (event.type === 'DayClosed' ? null : event)],
    [
      'an order that is lost',
      (event) => ({ ...event, tillSequence: event.tillSequence && 1000 - event.tillSequence }),
    ],
  ])('would notice %s', async (_, plant) => {
    const planted = book.events.flatMap((event) => plant(event) ?? []);
    expect(await differencesFromOracle(book.events, foldAll(planted))).not.toEqual([]);
  });
});

function withPostings(change: (amount: number) => number) {
  return (event: RecordedEvent): RecordedEvent => {
    if (event.type !== 'CashTakenOut') return event;
    const postings = event.postings?.map(({ account, amount }) => ({
      account,
      amount: change(amount) as typeof amount,
    }));
    return { ...event, postings };
  };
}

function withCorrection(change: Partial<NonNullable<RecordedEvent['correction']>>) {
  return (event: RecordedEvent): RecordedEvent =>
    event.correction ? { ...event, correction: { ...event.correction, ...change } } : event;
}
