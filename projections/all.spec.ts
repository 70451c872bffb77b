import * as fc from 'fast-check';
import { RandomHistory } from '../test/oracle/random-history';
import { EVENTS } from '../src/ledger/events';
import { ALL_PROJECTIONS } from './all';
import { FoldedDocuments } from './documents';
import { isOfInterest } from './interests';
import type { RecordedEvent } from './projection';

function folded(...parts: readonly (readonly RecordedEvent[])[]) {
  const documents = new FoldedDocuments(ALL_PROJECTIONS);
  for (const part of parts) for (const event of part) documents.fold(event);
  return Object.fromEntries(ALL_PROJECTIONS.map(({ name }) => [name, documents.sorted(name)]));
}

const history = fc.integer().map((seed) => new RandomHistory(seed, 60).book.events);

describe('every read model', () => {
  it('does not mind where it was interrupted and what came twice', () => {
    fc.assert(
      fc.property(history, fc.double({ min: 0, max: 1, noNaN: true }), (events, at) => {
        const cut = Math.floor(at * events.length);
        const again = Math.max(0, cut - 20);
        expect(folded(events.slice(0, cut), events.slice(again))).toEqual(folded(events));
      }),
      { numRuns: 25 },
    );
  });

  it('leaves the documents that it is given as they are', () => {
    fc.assert(
      fc.property(history, (events) => {
        const documents = new FoldedDocuments(ALL_PROJECTIONS);
        for (const event of events) {
          for (const projection of ALL_PROJECTIONS) {
            if (!projection.handles(event)) continue;
            for (const key of projection.keys(event)) deepFreeze(documents.get(projection.name, key)?.body);
          }
          documents.fold(event);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('says of no document that an event begins it when an earlier one has touched it', () => {
    fc.assert(
      fc.property(history, (events) => {
        const documents = new FoldedDocuments(ALL_PROJECTIONS);
        for (const event of events) {
          for (const projection of ALL_PROJECTIONS) {
            if (!projection.handles(event)) continue;
            const begun = projection.keys(event).filter((key) => projection.begins?.(event, key) === true);
            expect(begun.filter((key) => documents.get(projection.name, key))).toEqual([]);
          }
          documents.fold(event);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('names each key once', () => {
    fc.assert(
      fc.property(history, (events) => {
        for (const event of events) {
          for (const projection of ALL_PROJECTIONS) {
            if (!projection.handles(event)) continue;
            const keys = projection.keys(event);
            expect(new Set(keys).size).toBe(keys.length);
          }
        }
      }),
      { numRuns: 10 },
    );
  });

  it('keeps documents small, however many sales a day has', () => {
    const book = new RandomHistory(7, 0).book;
    const sizes = (count: number) => {
      for (let index = 0; index < count; index += 1) {
        book.record({
          type: 'sale',
          till: 'T10',
          lines: [{ category: 'pain', gross: 120, vatRate: 550 }],
          payments: [{ method: 'card', amount: 120 }],
        });
      }
      const documents = Object.values(folded(book.events)).flat();
      return Math.max(...documents.map(({ body }) => JSON.stringify(body).length));
    };
    // Numbers grow by a digit; nothing is listed.
    expect(sizes(400)).toBeLessThan(sizes(1) + 40);
  });

  it('stops at an event that this version does not know', () => {
    const unknown = { type: 'MoonLanded', sequence: 7 } as unknown as RecordedEvent;
    expect(() => isOfInterest('journal', unknown)).toThrow('MoonLanded');
  });

  it('looks at every event that the ledger can hold', () => {
    for (const type of Object.keys(EVENTS)) {
      const event = { type, entry: { id: 'x' }, businessDate: '2026-03-14' } as unknown as RecordedEvent;
      expect(isOfInterest('entries', event)).toBe(true);
    }
  });
});

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
}
