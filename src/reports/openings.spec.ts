import * as fc from 'fast-check';
import { ALL_PROJECTIONS } from '../../projections/all';
import { FoldedDocuments } from '../../projections/documents';
import { saleOf } from '../../test/support/folded';
import { RecordingBook } from '../../test/support/recording-book';
import { addDays } from '../kernel/day';
import { firstDayOf, startOfDay } from './openings';
import { FoldedReadModels, ReadModels } from './read-models';
import { CompanySettings } from './settings';

const FIRST = '2026-01-20';

/** Days of half a year on which something is sold, and how many of them, from the first on, are closed. */
const halfAYear = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 0, max: 180 }), { minLength: 1, maxLength: 12 }),
  closed: fc.integer({ min: 0, max: 4 }),
  asked: fc.integer({ min: -3, max: 190 }),
});

function modelsOf(book: RecordingBook): FoldedReadModels {
  const documents = new FoldedDocuments(ALL_PROJECTIONS);
  for (const event of book.events) documents.fold(event);
  return new FoldedReadModels(documents);
}

describe('the start of a day', () => {
  it('is what was counted last and what open days have moved since, over any number of months', async () => {
    await fc.assert(
      fc.asyncProperty(halfAYear, async ({ days, closed, asked }) => {
        const book = new RecordingBook({ now: '2026-12-01T09:00:00.000Z' });
        const sorted = [...days].sort((left, right) => left - right).map((day) => addDays(FIRST, day));
        const date = addDays(FIRST, asked);
        let cash = 15_000;
        let card = 0;
        let lines = 0;
        let expected = { cash, card, lines };
        sorted.forEach((businessDate, index) => {
          if (businessDate >= date) return;
          cash += 100 + index;
          card += 7;
          lines += 2;
          if (index < closed) {
            cash -= 3;
            lines += 1;
          }
          expected = { cash, card, lines };
        });
        sorted.forEach((businessDate, index) => {
          book.record({ ...saleOf(100 + index), businessDate });
          book.record({ ...saleOf(7, 'card'), businessDate });
        });
        let drawer = 15_000;
        sorted.slice(0, closed).forEach((businessDate, index) => {
          drawer += 100 + index - 3;
          book.record({ type: 'count', businessDate, counts: [{ method: 'cash', amount: drawer }] });
          book.record({ type: 'day-closure', businessDate, comment: 'rendu' });
        });
        const firstDay = addDays(FIRST, -3);
        const start = await startOfDay(modelsOf(book), { till: 'T1', date, firstDay });
        const { cash: cashFound = 0, card: cardFound = 0 } = start.balances;
        expect({ cash: cashFound, card: cardFound, lines: start.lines }).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('reads few documents, however long a till has been open without a closure', async () => {
    const book = new RecordingBook({ now: '2027-12-01T09:00:00.000Z' });
    for (let day = 0; day < 400; day += 1) book.record({ ...saleOf(100), businessDate: addDays(FIRST, day) });
    const counting = new CountingReadModels(modelsOf(book));
    const start = await startOfDay(counting, { till: 'T1', date: addDays(FIRST, 400), firstDay: FIRST });
    expect(start).toEqual({ balances: { cash: 55_000 }, lines: 400 });
    expect(counting.read).toBeLessThan(50);
  });

  it('of a till that nobody knows is nothing', async () => {
    const asked = { till: 'T9', date: FIRST, firstDay: FIRST };
    expect(await startOfDay(modelsOf(new RecordingBook()), asked)).toEqual({ balances: {}, lines: 0 });
  });

  it('is nothing before the first day of the till, and its float on it', async () => {
    const book = new RecordingBook({ now: '2026-12-01T09:00:00.000Z' });
    book.record({ ...saleOf(100), businessDate: FIRST });
    const on = (date: string) => startOfDay(modelsOf(book), { till: 'T1', date, firstDay: FIRST });
    expect(await on(addDays(FIRST, -1))).toEqual({ balances: {}, lines: 0 });
    expect(await on(FIRST)).toEqual({ balances: { cash: 15_000 }, lines: 0 });
  });
});

describe('the first day of a till', () => {
  const OPENED = '2026-12-01';
  const firstDay = async (book: RecordingBook, view: 'corrected' | 'recorded') => {
    const models = modelsOf(book);
    return firstDayOf(models, (await CompanySettings.load(models)) as CompanySettings, 'T1', view);
  };

  it('is the one on which it was opened, or an earlier one of which something was recorded', async () => {
    const book = new RecordingBook({ now: `${OPENED}T09:00:00.000Z` });
    expect(await firstDay(book, 'recorded')).toBe(OPENED);
    book.record({ ...saleOf(100), businessDate: '2026-12-01' });
    expect(await firstDay(book, 'recorded')).toBe(OPENED);
    book.record({ ...saleOf(100), businessDate: FIRST });
    expect(await firstDay(book, 'recorded')).toBe(FIRST);
  });

  it('is a restated one too, as corrected', async () => {
    const book = new RecordingBook({ now: `${OPENED}T09:00:00.000Z` });
    book.record({ ...saleOf(100), businessDate: OPENED });
    book.record({ type: 'count', businessDate: OPENED, counts: [{ method: 'cash', amount: 15_100 }] });
    book.record({ type: 'day-closure', businessDate: OPENED });
    book.now = '2026-12-02T09:00:00.000Z';
    book.record({
      type: 'correction',
      reason: 'oubliée',
      replacement: { ...saleOf(50), till: 'T1', businessDate: '2026-11-30' },
    });
    expect(await firstDay(book, 'recorded')).toBe(OPENED);
    expect(await firstDay(book, 'corrected')).toBe('2026-11-30');
  });
});

/** Counts the documents that go through it. */
class CountingReadModels extends ReadModels {
  read = 0;

  constructor(private readonly models: ReadModels) {
    super();
  }

  override async get(...[projection, key]: Parameters<ReadModels['get']>): Promise<never> {
    this.read += 1;
    return (await this.models.get(projection, key)) as never;
  }

  override async getMany(...[projection, keys]: Parameters<ReadModels['getMany']>): Promise<never> {
    const found = await this.models.getMany(projection, keys);
    this.read += found.size;
    return found as never;
  }

  override async list(...[projection, range]: Parameters<ReadModels['list']>): Promise<never> {
    const found = await this.models.list(projection, range);
    this.read += found.length;
    return found as never;
  }
}
