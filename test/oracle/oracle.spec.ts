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
  it('agree to the cent on random histories', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { book } = new RandomHistory(seed, 90);
        expect(await differencesFromOracle(book.events, foldAll(book.events))).toEqual([]);
      }),
      { numRuns: Number(process.env.HISTORIES ?? 60) },
    );
  });
});
