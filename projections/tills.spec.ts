import { fold, saleOf } from '../test/support/folded';
import { RecordingBook } from '../test/support/recording-book';
import { IN_TRANSIT, tills } from './tills';

describe('live balances', () => {
  it('start with what was in the till, and follow postings', () => {
    const book = new RecordingBook();
    expect(fold(tills, book.events).T1).toMatchObject({ balances: { cash: 15_000 }, base: { cash: 15_000 } });
    book.record(saleOf(1000));
    book.record(saleOf(300, 'card'));
    expect(fold(tills, book.events).T1).toMatchObject({
      balances: { cash: 16_000, card: 300 },
      base: { cash: 15_000 },
      firstDay: '2026-03-14',
      lastDay: '2026-03-14',
    });
  });

  it('are not moved by credit', () => {
    const book = new RecordingBook();
    book.record(saleOf(4000, 'credit'));
    expect(fold(tills, book.events).T1?.balances).toEqual({ cash: 15_000 });
  });

  it('begin anew at what a closure left', () => {
    const book = new RecordingBook();
    book.record(saleOf(1000));
    book.record(saleOf(300, 'card'));
    book.record({ type: 'count', counts: [{ method: 'cash', amount: 15_990 }] });
    book.record({ type: 'day-closure', businessDate: '2026-03-14', comment: 'rendu' });
    expect(fold(tills, book.events).T1).toMatchObject({
      balances: { cash: 15_990, card: 300 },
      base: { cash: 15_990, card: 300 },
      closedThrough: '2026-03-14',
      sealedLines: 3,
    });
  });

  it('tell what is on its way to the bank from what is between tills', () => {
    const book = new RecordingBook();
    book.record({ type: 'deposit', method: 'cash', amount: 3000 });
    book.record({
      type: 'transfer',
      from: { method: 'cash' },
      to: { till: 'safe', method: 'cash' },
      amount: 2000,
    });
    const documents = fold(tills, book.events);
    expect(documents[IN_TRANSIT]).toMatchObject({ balances: { cash: 3000 }, betweenTills: { cash: 0 } });
    expect(documents.safe).toMatchObject({ balances: { cash: 2000 } });
  });

  it('know the first and the last day, in whatever order they come', () => {
    const book = new RecordingBook();
    for (const businessDate of ['2026-03-10', '2026-03-14', '2026-03-02'])
      book.record({ ...saleOf(100), businessDate });
    expect(fold(tills, book.events).T1).toMatchObject({ firstDay: '2026-03-02', lastDay: '2026-03-14' });
  });
});
