import { fold, saleOf } from '../test/support/folded';
import { RecordingBook } from '../test/support/recording-book';
import { journal, placeOfKey } from './journal';

const lines = (book: RecordingBook) =>
  Object.values(fold(journal, book.events)).map(({ label, lines: own }) => [
    label,
    own.map(({ method, amount }) => [method, amount]),
  ]);

describe('the cash journal', () => {
  it('sorts by till, business day and the till’s own order', () => {
    const book = new RecordingBook();
    book.record(saleOf(100));
    book.record({ ...saleOf(200), businessDate: '2026-03-13' });
    book.record(saleOf(300));
    expect(Object.keys(fold(journal, book.events)).map((key) => placeOfKey(key).date)).toEqual([
      '2026-03-13',
      '2026-03-14',
      '2026-03-14',
    ]);
  });

  it('lists a Z-ticket that feeds its day before the day’s other movements', () => {
    const book = new RecordingBook({ company: { tills: [{ code: 'T1', feed: 'z-ticket' }] } });
    book.record({ type: 'expense', category: 'supplies', gross: 1200, vatRate: 2000 });
    book.record({
      type: 'z-ticket',
      number: '7',
      salesCount: 3,
      categories: [{ category: 'pain', vatRate: 550, gross: 5000 }],
      payments: [{ method: 'cash', amount: 5000 }],
    });
    expect(lines(book)).toEqual([
      ['Ticket Z n° 7', [['cash', 5000]]],
      ['Dépense : supplies', [['cash', -1200]]],
    ]);
  });

  it('writes one line per means, what comes in first, opposite signs apart', () => {
    const book = new RecordingBook();
    book.record({
      ...saleOf(1500),
      payments: [
        { method: 'cash', amount: -500 },
        { method: 'cash', amount: 2000 },
      ],
    });
    book.record({ type: 'transfer', from: { method: 'cash' }, to: { method: 'card' }, amount: 100 });
    expect(lines(book)).toEqual([
      [
        'Vente : pain',
        [
          ['cash', 2000],
          ['cash', -500],
        ],
      ],
      [
        'Transfert cash → card',
        [
          ['card', 100],
          ['cash', -100],
        ],
      ],
    ]);
  });

  it('has every sale, also one that moves no till', () => {
    const book = new RecordingBook();
    book.record(saleOf(4000, 'credit'));
    const [document] = Object.values(fold(journal, book.events));
    expect(document?.lines).toEqual([{ method: 'credit', amount: 4000, onTill: false }]);
  });

  it('says which document, which VAT, who, and what is corrected', () => {
    const book = new RecordingBook();
    const id = book.uuid();
    book.record({ id, ...saleOf(1055), occurredAt: '2026-03-14T07:30:00Z' });
    book.record({ type: 'correction', corrects: id, reason: 'faute' });
    const [sale, reversal] = Object.values(fold(journal, book.events));
    expect(sale).toMatchObject({
      at: '2026-03-14T07:30:00.000Z',
      recordedAt: book.now,
      document: { type: 'sale', number: 1 },
      operator: 'cashier',
      vat: [{ vatRate: 550, net: 1000, vat: 55 }],
      hash: book.events.at(-2)?.hash,
    });
    expect(reversal).toMatchObject({
      label: 'Contre-passation : Vente : pain',
      corrects: id,
      vat: [{ vatRate: 550, net: -1000, vat: -55 }],
    });
  });

  it('cuts a long label between characters', () => {
    const book = new RecordingBook();
    book.record({
      type: 'cash-in',
      method: 'cash',
      amount: 100,
      reason: 'owner',
      label: `${'a'.repeat(110)}🥖🥖🥖`,
    });
    const [document] = Object.values(fold(journal, book.events));
    expect(document?.label.length).toBeLessThanOrEqual(120);
    expect(document?.label).toMatch(/^[^\uD800-\uDFFF]*(?:[\uD800-\uDBFF][\uDC00-\uDFFF])*…$/);
  });
});
