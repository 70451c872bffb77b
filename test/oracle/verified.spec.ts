import * as fc from 'fast-check';
import { seal, verifyStored } from '../support/sealed-ledger';
import { RandomHistory } from './random-history';

describe('the verification against histories that are true', () => {
  it('finds nothing in 200 random ones', () => {
    let givenBack = 0;
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 5, max: 120 }), (seed, entries) => {
        const events = new RandomHistory(seed, entries).book.events.map(({ hash: _, ...event }) => event);
        givenBack += events.filter(({ correction }) => correction?.givenBack).length;
        expect(verifyStored(seal(events).stored).errors).toEqual([]);
      }),
      { numRuns: 200 },
    );
    // Else what corrections give back was never worked out.
    expect(givenBack).toBeGreaterThan(100);
  }, 120_000);
});
