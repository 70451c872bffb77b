import { amountsOf, DAY, idOf, NEXT_DAY, refusal, saleOf, Shop } from '../../test/support/shop';
import { historyOf } from '../../test/support/histories';
import { LEDGER } from '../../test/support/ledger-book';
import { Changes } from '../kernel/changes';
import type { LedgerEvent } from './events';
import { DAYS_ENTRIES_ARE_KEPT, evolve } from './evolve';
import { emptyLedger } from './ledger';
import { expectedPostings } from './postings-of';

function folded(events: readonly LedgerEvent[]) {
  const ledger = emptyLedger(LEDGER);
  const changes = new Changes();
  for (const event of events) evolve(ledger, changes, event);
  return ledger;
}

describe('folding a ledger', () => {
  it('gives the state that decided, from the stored events alone', () => {
    for (let seed = 0; seed < 6; seed += 1) {
      const { book } = historyOf(seed, 60);
      expect(folded(book.events)).toEqual(book.ledger);
    }
  });

  it('is taken back whole, event by event', () => {
    for (let seed = 100; seed < 104; seed += 1) {
      const { book } = historyOf(seed, 40);
      const half = Math.floor(book.events.length / 2);
      const ledger = folded(book.events.slice(0, half));
      const before = structuredClone(ledger);
      const changes = new Changes();
      const mark = changes.mark();
      for (const event of book.events.slice(half)) evolve(ledger, changes, event);
      expect(ledger).toEqual(book.ledger);
      changes.rollback(mark);
      expect(ledger).toEqual(before);
    }
  });

  it('stops at an event that it does not know, and at a till that was never opened', () => {
    const [first] = new Shop().events;
    const unknown = { ...first, type: 'MoonLanded' } as unknown as LedgerEvent;
    expect(() => folded([unknown])).toThrow();
    const lost = { ...first, till: 'T9' } as LedgerEvent;
    expect(() => folded([lost])).toThrow('has no till T9');
  });

  it('derives each event’s postings again from its facts', () => {
    for (let seed = 200; seed < 206; seed += 1) {
      for (const event of historyOf(seed, 60).book.events) {
        expect(expectedPostings(event)).toEqual(event.postings ?? null);
      }
    }
  });

  it('keeps no account whose balance is zero', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ card: 1_00 }));
    expect([...shop.ledger.balances.keys()]).toEqual([
      'till/T1/cash',
      'opening',
      'till/T1/card',
      'sales/divers/2000',
      'vat/divers/2000',
    ]);
    shop.correct(sale);
    expect([...shop.ledger.balances.keys()]).toEqual(['till/T1/cash', 'opening']);
  });
});

describe('the ids of entries', () => {
  const dayAfter = (days: number) =>
    new Date(Date.parse(`${DAY}T10:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

  it('are remembered with the sequence of their last event while their day is open, however long', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 1_00 }));
    const transfer = shop.enter({
      type: 'transfer',
      from: { method: 'cash' },
      to: { till: 'T2', method: 'cash' },
      amount: 1_00,
    });
    shop.goTo(dayAfter(400)).sell({ cash: 1_00 });
    expect(shop.ledger.entries.get(sale)).toBe(shop.eventsOf(sale)[0]?.sequence);
    expect(shop.ledger.entries.get(idOf(transfer))).toBe(transfer[1]?.sequence);
  });

  it('are remembered for 35 days after their day was closed, then forgotten through their last sequence', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 1_00 }));
    const closure = idOf(shop.countAndClose(DAY, 151_00));
    shop.goTo(dayAfter(DAYS_ENTRIES_ARE_KEPT)).sell({ cash: 1_00 });
    expect(shop.ledger.entries.has(sale)).toBe(true);
    expect(shop.ledger.entriesForgottenThrough).toBe(0);
    shop.goTo(dayAfter(DAYS_ENTRIES_ARE_KEPT + 1)).sell({ cash: 1_00 });
    expect(shop.ledger.entries.has(sale)).toBe(false);
    expect(shop.ledger.entries.has(closure)).toBe(false);
    expect(shop.ledger.entriesForgottenThrough).toBe(shop.eventsOf(closure)[0]?.sequence);
    expect(shop.ledger.entryBuckets.has(`T1/${DAY}`)).toBe(false);
    expect(DAYS_ENTRIES_ARE_KEPT).toBe(35);
  });

  it('of what belongs to no till day are remembered from the day of recording', () => {
    const shop = new Shop();
    const entry = idOf(shop.sell({ cash: 1_00 }));
    const comment = idOf(shop.record({ type: 'comment', about: { entry }, comment: 'note' }));
    const another = idOf(shop.record({ type: 'comment', about: { entry }, comment: 'bis' }));
    shop.goTo(dayAfter(35)).sell({ cash: 1_00 });
    expect(shop.ledger.entries.has(comment)).toBe(true);
    shop.goTo(dayAfter(36)).sell({ cash: 1_00 });
    expect(shop.ledger.entries.has(comment)).toBe(false);
    expect(shop.ledger.entries.has(another)).toBe(false);
    expect(shop.ledger.entriesForgottenThrough).toBe(shop.eventsOf(another)[0]?.sequence);
  });

  it('of entries that were refused are not remembered', () => {
    const shop = new Shop();
    const id = shop.uuid();
    expect(refusal(() => shop.enter({ id, ...saleOf({ bitcoin: 1_00 }) }))).toMatchObject({
      code: 'unknown-method',
    });
    expect(shop.ledger.entries.has(id)).toBe(false);
  });

  it('remember for ever which entries were corrected, and by which', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 1_00 }));
    const correction = idOf(shop.correct(sale));
    shop.countAndClose(DAY, 150_00);
    shop.goTo(dayAfter(400)).sell({ cash: 1_00 });
    expect(shop.ledger.corrected).toEqual(new Map([[sale, correction]]));
  });
});

describe('a till’s own numbers', () => {
  it('are gapless for the till and for each type of document', () => {
    const shop = new Shop();
    shop.sell({ cash: 1_00 });
    shop.enter({ type: 'expense', category: 'meals', gross: 1_00, vatRate: 1000 });
    shop.sell({ cash: 1_00 }, { till: 'T2' });
    const [last] = shop.goTo(NEXT_DAY).sell({ cash: 1_00 });
    expect(last).toMatchObject({ tillSequence: 4, document: { type: 'sale', number: 2 } });
    expect(Object.fromEntries(shop.ledger.documents)).toEqual({
      'T1|sale': 2,
      'T1|expense': 1,
      'T2|sale': 1,
    });
  });

  it('of documents without a till are the company’s', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 50_00 }));
    shop.record({ type: 'deposit-confirmation', deposit, amount: 20_00 });
    const [second] = shop.record({ type: 'deposit-confirmation', deposit, amount: 30_00 });
    expect(second?.document).toEqual({ type: 'deposit-confirmation', number: 2 });
    expect(shop.ledger.documents.get('-|deposit-confirmation')).toBe(2);
  });

  it('are given back with a refusal', () => {
    const shop = new Shop();
    const sale = { ...saleOf({ cash: 1_00 }), till: 'T1' };
    const tooMuch = { type: 'cash-out', till: 'T1', method: 'cash', amount: 999_00, reason: 'bank' };
    expect(refusal(() => shop.recordAll([sale, tooMuch]))).toMatchObject({ code: 'cash-balance-negative' });
    expect(shop.sell({ cash: 1_00 })[0]).toMatchObject({ tillSequence: 2, document: { number: 1 } });
  });
});

describe('what an entry carries along', () => {
  it('stands in each of its events: reference, comment, source, who and when', () => {
    const shop = new Shop();
    const source = { system: 'pos-a', sequence: 41 };
    const body = {
      type: 'transfer',
      from: { method: 'cash' },
      to: { till: 'T2', method: 'cash' },
      amount: 1_00,
    };
    const events = shop.enter({ ...body, reference: 'F-12', comment: 'fond de caisse', source });
    for (const [index, event] of events.entries()) {
      expect(event).toMatchObject({
        actor: { id: 'cashier-1', role: 'admin', via: 'session' },
        entry: { type: 'transfer', index, count: 2, reference: 'F-12', comment: 'fond de caisse', source },
      });
      expect(event.entry?.payloadHash).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('is refused as a training entry until training exists', () => {
    expect(refusal(() => new Shop().sell({ cash: 1_00 }, { training: true }))).toEqual({
      code: 'training-not-available',
      pointer: '/training',
    });
    expect(new Shop().sell({ cash: 1_00 }, { training: false })).toHaveLength(1);
  });

  it('of a single-purpose voucher leaves no memo behind when that is used up', () => {
    const shop = new Shop();
    const sold = {
      type: 'voucher-sale',
      voucher: 'U1',
      kind: 'single-purpose',
      amount: 10_00,
      category: 'pain',
      vatRate: 550,
    };
    shop.enter({ ...sold, payments: amountsOf({ cash: 10_00 }) });
    const lines = [{ category: 'pain', vatRate: 550, gross: 10_00 }];
    shop.enter({ type: 'sale', lines, payments: [{ method: 'voucher', voucher: 'U1', amount: 10_00 }] });
    expect([...shop.ledger.balances.keys()].filter((path) => path.startsWith('memo/'))).toEqual([]);
  });
});
