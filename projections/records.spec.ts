import { fold, saleOf } from '../test/support/folded';
import { RecordingBook } from '../test/support/recording-book';
import { settingsDraft } from '../src/ledger/company/open-company';
import { draft } from '../test/support/draft';
import { TillChanged } from '../src/ledger/till/events';
import { alerts } from './alerts';
import { closures } from './closures';
import { company, settingOn, type SettingsDocument, type TillSettings, valueOn } from './company';
import { dayNotes } from './day-notes';
import { entries } from './entries';
import { monthFigures } from './month-figures';
import { restatements } from './restatements';

const DAY = '2026-03-14';
const NEXT = '2026-03-15';

/** A day that was closed with a wrong sale on it, which is then corrected on the next. */
function aCorrectedDay() {
  const book = new RecordingBook();
  const id = book.uuid();
  book.record({ id, ...saleOf(10_000) });
  book.record({ type: 'count', counts: [{ method: 'cash', amount: 15_000 }] });
  book.record({ type: 'day-closure', businessDate: DAY, comment: 'inexpliqué' });
  book.now = `${NEXT}T09:00:00.000Z`;
  const correction = book.uuid();
  book.record({
    id: correction,
    type: 'correction',
    corrects: id,
    reason: 'carte',
    replacement: saleOf(10_000, 'card'),
  });
  return { book, id, correction };
}

describe('settings', () => {
  it('count from a day on, and keep what counted before', () => {
    const book = new RecordingBook();
    book.take([settingsDraft('thresholds', '2026-04-01', { difference: 500 as never })]);
    const part = fold(company, book.events)['part/thresholds'] as SettingsDocument;
    expect(settingOn(part, 'thresholds', '2026-03-31')).toEqual({ difference: 0 });
    expect(settingOn(part, 'thresholds', '2026-04-01')).toEqual({ difference: 500 });
  });

  it('of one day replace each other', () => {
    const book = new RecordingBook();
    book.take([settingsDraft('thresholds', '2026-04-01', { difference: 500 as never })]);
    book.take([settingsDraft('thresholds', '2026-04-01', { difference: 700 as never })]);
    const part = fold(company, book.events)['part/thresholds'] as SettingsDocument;
    expect(settingOn(part, 'thresholds', '2026-05-01')).toEqual({ difference: 700 });
    expect(part.values).toHaveLength(2);
  });

  it('of a till are its name and how its days are fed', () => {
    const book = new RecordingBook();
    const data = { till: 'T1', effectiveFrom: NEXT, name: 'Terrasse', feed: 'z-ticket' as const };
    book.take([draft(TillChanged, { data })]);
    const till = fold(company, book.events)['till/T1'] as TillSettings;
    expect(valueOn(till.values, DAY)).toEqual({ name: 'Caisse 1', feed: null });
    expect(valueOn(till.values, NEXT)).toEqual({ name: 'Terrasse', feed: 'z-ticket' });
    expect(till.opening).toEqual([{ method: 'cash', amount: 15_000 }]);
  });
});

describe('entries', () => {
  it('know where their events are, and what corrected them', () => {
    const { book, id, correction } = aCorrectedDay();
    const documents = fold(entries, book.events);
    const [first, last] = book.events.filter((event) => event.entry?.id === correction);
    expect(documents[id]).toMatchObject({ correctedBy: { entry: correction, sequence: first?.sequence } });
    expect(documents[correction]).toEqual({ first: first?.sequence, last: last?.sequence });
  });
});

describe('notes of a day', () => {
  it('hold counts, comments and restatements, each on its own', () => {
    const { book } = aCorrectedDay();
    book.record({ type: 'comment', businessDate: DAY, about: 'difference', comment: 'vu' });
    const notes = Object.entries(fold(dayNotes, book.events)).filter(([key]) =>
      key.startsWith(`day/T1/${DAY}/`),
    );
    expect(notes.map(([, note]) => note)).toMatchObject([
      { kind: 'count', counts: [{ method: 'cash', amount: 15_000 }] },
      {
        kind: 'restatement',
        reversal: true,
        movement: 'SaleRecorded',
        recordedOn: { till: 'T1', date: NEXT },
        reason: 'carte',
      },
      { kind: 'restatement', reversal: false },
      { kind: 'comment', about: 'difference', comment: 'vu' },
    ]);
  });

  it('hold what a control Z found', () => {
    const book = new RecordingBook({ company: { tills: [{ code: 'T1', feed: 'sales' }] } });
    book.record(saleOf(1000));
    book.record({
      type: 'z-ticket',
      number: '4',
      salesCount: 2,
      categories: [{ category: 'pain', vatRate: 550, gross: 1010 }],
      payments: [{ method: 'cash', amount: 1010 }],
    });
    const [note] = Object.values(fold(dayNotes, book.events));
    expect(note).toMatchObject({ kind: 'z-ticket', control: true, number: '4', salesCount: 2 });
    expect(note).toHaveProperty('differences');
    if (note?.kind === 'z-ticket') {
      expect(note.differences).toContainEqual({
        of: 'category',
        key: 'pain/550',
        stated: 1010,
        recorded: 1000,
      });
    }
  });
});

describe('restatements', () => {
  it('say what a correction moved between days, without what was given back', () => {
    const { book } = aCorrectedDay();
    const documents = Object.entries(fold(restatements, book.events));
    expect(documents.filter(([key]) => key.startsWith('counted/'))).toEqual([
      [`counted/T1/cash/${DAY}`, { counted: 15_000 }],
    ]);
    const moves = documents.filter(([key]) => key.startsWith('move/')).map(([, body]) => body);
    expect(moves).toMatchObject([
      { restates: DAY, recordedOn: NEXT, moved: { cash: -10_000 }, givenBack: { cash: 10_000 } },
      { restates: DAY, recordedOn: NEXT, moved: { card: 10_000 }, givenBack: {} },
    ]);
  });
});

describe('months', () => {
  it('hold both views, and what closures have posted', () => {
    const { book } = aCorrectedDay();
    expect(fold(monthFigures, book.events)['T1/2026-03']).toMatchObject({
      recorded: { turnover: { 'pain/550': { refunds: 10_000 } }, byMethod: { cash: 0, card: 10_000 } },
      corrected: { turnover: { 'pain/550': { refunds: 0 } }, byMethod: { cash: 0, card: 10_000 } },
      differences: { cash: -10_000 },
      closedDays: 1,
    });
  });

  it('keep one view as long as both are the same', () => {
    const book = new RecordingBook();
    book.record(saleOf(1000));
    expect(fold(monthFigures, book.events)['T1/2026-03']).not.toHaveProperty('corrected');
  });
});

describe('closures', () => {
  it('stand by day, as they were sealed', () => {
    const { book } = aCorrectedDay();
    const closed = book.events.find(({ type }) => type === 'DayClosed');
    const documents = fold(closures, book.events);
    expect(Object.keys(documents)).toEqual([`${DAY}/T1`]);
    const { checkpoint, ...sealed } = closed?.data as { checkpoint: string };
    expect(checkpoint).toBeTruthy();
    expect(documents[`${DAY}/T1`]).toMatchObject({ ...sealed, hash: closed?.hash });
    expect(documents[`${DAY}/T1`]).not.toHaveProperty('checkpoint');
  });
});

describe('alerts', () => {
  it('hold from the raise to the clear, and stay in the history', () => {
    const book = new RecordingBook({ company: { thresholds: { cashMax: 20_000 } } });
    book.record(saleOf(6000));
    expect(fold(alerts, book.events)['open/T1/-']).toMatchObject({
      open: { 'cash-above-maximum/-/cash': { amount: 21_000, limit: 20_000 } },
    });
    book.record({ type: 'deposit', method: 'cash', amount: 5000 });
    const documents = fold(alerts, book.events);
    expect(documents['open/T1/-']).toEqual({ open: {} });
    expect(documents['day/T1/-/cash-above-maximum/-/cash']).toHaveProperty('clearedAt', book.now);
    expect(Object.keys(documents).filter((key) => key.startsWith('row/'))).toHaveLength(2);
  });
});
