import {
  amountsOf,
  dataOf,
  DAY,
  idOf,
  moves,
  NEXT_DAY,
  refusal,
  saleOf,
  Shop,
  THIRD_DAY,
  typesOf,
} from '../../../test/support/shop';
import type { Body } from '../../../test/support/ledger-book';
import type { RecordedEvent } from '../../../projections/projection';

const FOURTH_DAY = '2026-03-17';

function datesOf(events: readonly RecordedEvent[]): (string | undefined)[] {
  return events.map(({ businessDate }) => businessDate);
}

function zOf(payments: Readonly<Record<string, number>>, more: Body = {}): Body {
  const categories = [{ category: 'pain', vatRate: 550, gross: 100_00 }];
  return {
    type: 'z-ticket',
    number: '1',
    salesCount: 10,
    categories,
    payments: amountsOf(payments),
    ...more,
  };
}

describe('the worked case: a cash sale of 100 that was card, corrected the day after a closing that was 100 short', () => {
  const shop = new Shop();
  const sale = idOf(shop.sell({ cash: 100_00 }));
  const closed = shop.countAndClose(DAY, 150_00);
  const events = shop.goTo(NEXT_DAY).correct(sale, saleOf({ card: 100_00 }), { reason: 'Payée par carte' });

  it('closed with the cash 100 short', () => {
    expect(moves(closed)).toEqual([
      ['till/T1/cash', -100_00],
      ['difference/count', 100_00],
    ]);
  });

  it('reverses the sale, gives back what the count had shown, and records the replacement', () => {
    expect(typesOf(events)).toEqual(['MovementReversed', 'SaleRecorded']);
    expect(moves(events.slice(0, 1))).toEqual([
      ['till/T1/cash', -100_00],
      ['sales/divers/2000', 83_33],
      ['vat/divers/2000', 16_67],
      ['till/T1/cash', 100_00],
      ['difference/correction', -100_00],
    ]);
    expect(moves(events.slice(1))).toEqual([
      ['till/T1/card', 100_00],
      ['sales/divers/2000', -83_33],
      ['vat/divers/2000', -16_67],
    ]);
  });

  it('is recorded on the open day and restates the closed one', () => {
    const corrects = { entry: sale, sequence: 13, type: 'sale', till: 'T1', businessDate: DAY };
    const restates = { till: 'T1', businessDate: DAY };
    expect(events[0]).toMatchObject({
      businessDate: NEXT_DAY,
      till: 'T1',
      document: { type: 'correction', number: 1 },
      correction: {
        reason: 'Payée par carte',
        corrects,
        restates,
        givenBack: [{ method: 'cash', amount: 100_00 }],
      },
    });
    expect(events[1]).toMatchObject({
      businessDate: NEXT_DAY,
      document: { type: 'sale', number: 2 },
      correction: { reason: 'Payée par carte', corrects, restates },
    });
    expect(events[1]?.correction?.givenBack).toBeUndefined();
    expect(events.map(({ entry }) => [entry?.type, entry?.index, entry?.count])).toEqual([
      ['correction', 0, 2],
      ['correction', 1, 2],
    ]);
    expect(corrects.sequence).toBe(shop.eventsOf(sale)[0]?.sequence);
  });

  it('leaves the drawer as it was counted, the two differences even, and tonight’s theoretical balance true', () => {
    expect(shop.balance('till/T1/cash')).toBe(150_00);
    expect(shop.balance('difference/count') + shop.balance('difference/correction')).toBe(0);
    const tonight = dataOf(shop.countAndClose(NEXT_DAY, 150_00), 'DayClosed');
    expect(tonight.methods).toEqual([
      {
        method: 'cash',
        opening: 150_00,
        in: 100_00,
        out: 100_00,
        theoretical: 150_00,
        counted: 150_00,
        difference: 0,
      },
      { method: 'card', opening: 0, in: 100_00, out: 0, theoretical: 100_00, difference: 0 },
    ]);
    expect(tonight).toMatchObject({
      turnover: { gross: 0 },
      salesCount: 0,
      period: [{ vatRate: 2000, real: 0, absolute: 200_00 }],
      perpetual: [{ vatRate: 2000, real: 100_00, absolute: 300_00 }],
    });
  });
});

describe('the worked case: a Z that disagrees by 0.10', () => {
  it('corrected on its own open day, has no gap left', () => {
    const shop = new Shop();
    const z = idOf(shop.enter(zOf({ cash: 99_90 })));
    const events = shop.correct(z, zOf({ cash: 100_00 }));
    expect(moves(events)).toEqual([
      ['till/T1/cash', -99_90],
      ['sales/pain/550', 94_79],
      ['vat/pain/550', 5_21],
      ['suspense', -10],
      ['till/T1/cash', 100_00],
      ['sales/pain/550', -94_79],
      ['vat/pain/550', -5_21],
    ]);
    expect(typesOf(events)).toEqual(['MovementReversed', 'ZTicketRecorded', 'AlertCleared']);
    shop.count({ cash: 250_00 });
    expect(dataOf(shop.close(DAY), 'DayClosed')).toMatchObject({
      gap: 0,
      zNumbers: ['1'],
      turnover: { gross: 100_00 },
    });
  });

  it('corrected after the closing, moves the ventilation difference back without asking again', () => {
    const shop = new Shop();
    const z = idOf(shop.enter(zOf({ cash: 99_90 })));
    shop.countAndClose(DAY, 250_00);
    expect([shop.balance('difference/count'), shop.balance('difference/ventilation')]).toEqual([-10, 10]);
    const events = shop.goTo(NEXT_DAY).correct(z, zOf({ cash: 100_00 }));
    expect(moves(events)).toEqual([
      ['till/T1/cash', -99_90],
      ['sales/pain/550', 94_79],
      ['vat/pain/550', 5_21],
      ['suspense', -10],
      ['till/T1/cash', 99_90],
      ['difference/correction', -99_90],
      ['till/T1/cash', 100_00],
      ['sales/pain/550', -94_79],
      ['vat/pain/550', -5_21],
      ['till/T1/cash', -100_00],
      ['difference/correction', 100_00],
    ]);
    expect(shop.openAlerts()).toEqual([]);
    shop.count({ cash: 250_00 });
    const closed = shop.close(NEXT_DAY);
    expect(moves(closed)).toEqual([
      ['suspense', 10],
      ['difference/ventilation', -10],
    ]);
    expect(dataOf(closed, 'DayClosed').gap).toBe(10);
    const differences = ['count', 'ventilation', 'correction'].map((kind) =>
      shop.balance(`difference/${kind}`),
    );
    expect(differences).toEqual([-10, 0, 10]);
  });

  it('does not explain a gap that the later day has of its own', () => {
    const shop = new Shop();
    const z = idOf(shop.enter(zOf({ cash: 99_90 })));
    shop.countAndClose(DAY, 250_00);
    shop.goTo(NEXT_DAY);
    const own = shop.enter(zOf({ cash: 99_95 }, { number: '2' }));
    expect(dataOf(own, 'AlertRaised').amount).toBe(-5);
    shop.correct(z, zOf({ cash: 100_00 }));
    expect(shop.openAlerts()).toEqual(['ventilation-gap']);
    shop.count({ cash: 349_95 });
    expect(refusal(() => shop.close(NEXT_DAY))).toMatchObject({
      code: 'comment-required',
      about: 'ventilation',
      gap: -5,
    });
    shop.enter({ type: 'overpayment', amount: -5 });
    expect(moves(shop.close(NEXT_DAY))).toEqual([
      ['suspense', 10],
      ['difference/ventilation', -10],
    ]);
  });

  it('may be corrected again by another explanation: the overpayment of a closed day', () => {
    const shop = new Shop();
    shop.enter(zOf({ cash: 100_10 }));
    const explained = idOf(shop.enter({ type: 'overpayment', amount: 10 }));
    shop.countAndClose(DAY, 250_10);
    shop.goTo(NEXT_DAY);
    expect(moves(shop.correct(explained, { type: 'overpayment', amount: 4 }))).toEqual([
      ['suspense', -10],
      ['overpayment', 10],
      ['suspense', 4],
      ['overpayment', -4],
    ]);
    shop.count({ cash: 250_10 });
    expect(moves(shop.close(NEXT_DAY))).toEqual([
      ['suspense', 6],
      ['difference/ventilation', -6],
    ]);
  });
});

describe('a correction on an open day', () => {
  it('is recorded on the original’s day, gives nothing back and points to the original', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 30_00 }));
    shop.count({ cash: 180_00 });
    shop.goTo(NEXT_DAY).sell({ cash: 1_00 });
    const events = shop.correct(sale, saleOf({ cash: 20_00 }));
    expect(datesOf(events)).toEqual([DAY, DAY]);
    expect(moves(events)).toEqual([
      ['till/T1/cash', -30_00],
      ['sales/divers/2000', 25_00],
      ['vat/divers/2000', 5_00],
      ['till/T1/cash', 20_00],
      ['sales/divers/2000', -16_67],
      ['vat/divers/2000', -3_33],
    ]);
    expect(events[0]?.data).toEqual({
      original: { type: 'SaleRecorded', data: shop.eventsOf(sale)[0]?.data },
    });
  });

  it('without a replacement only takes back', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 30_00 }));
    const events = shop.correct(sale);
    expect(typesOf(events)).toEqual(['MovementReversed']);
    expect(events[0]?.entry).toMatchObject({ index: 0, count: 1 });
    expect(dataOf(shop.countAndClose(DAY, 150_00), 'DayClosed')).toMatchObject({
      salesCount: 0,
      turnover: { gross: 0, net: 0, vat: 0 },
      period: [{ vatRate: 2000, real: 0, absolute: 60_00 }],
    });
  });

  it('takes customers back with the sale', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 30_00 }, { customers: 3 }));
    shop.sell({ cash: 1_00 }, { customers: 1 });
    shop.correct(sale);
    expect(dataOf(shop.countAndClose(DAY, 151_00), 'DayClosed')).toMatchObject({
      salesCount: 1,
      customersCount: 1,
    });
  });

  it('is judged on its net: money that is there in the end may be reversed first', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 100_00 }));
    shop.enter({ type: 'cash-out', method: 'cash', amount: 240_00, reason: 'owner' });
    expect(refusal(() => shop.correct(sale, saleOf({ cash: 89_99 })))).toEqual({
      code: 'cash-balance-negative',
      till: 'T1',
      method: 'cash',
      businessDate: DAY,
      missing: 1,
    });
    expect(typesOf(shop.correct(sale, saleOf({ cash: 90_00 })))).toEqual([
      'MovementReversed',
      'SaleRecorded',
    ]);
  });

  it('is judged on every day since', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 100_00 }));
    shop.goTo(NEXT_DAY).enter({ type: 'cash-out', method: 'cash', amount: 200_00, reason: 'owner' });
    expect(refusal(() => shop.correct(sale))).toMatchObject({
      code: 'cash-balance-negative',
      businessDate: NEXT_DAY,
      missing: 50_00,
    });
  });
});

describe('where a correction of a closed day is recorded', () => {
  it('is the till’s latest open day', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.goTo(NEXT_DAY).sell({ cash: 1_00 });
    shop.goTo(THIRD_DAY).sell({ cash: 1_00 });
    shop.countAndClose(DAY, 160_00);
    expect(datesOf(shop.correct(sale))).toEqual([THIRD_DAY]);
  });

  it('is today, if no day is open: the correction opens it', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.countAndClose(DAY, 160_00);
    expect(datesOf(shop.goTo(FOURTH_DAY).correct(sale))).toEqual([FOURTH_DAY]);
    expect([...(shop.ledger.tills.get('T1')?.days.keys() ?? [])]).toEqual([FOURTH_DAY]);
  });

  it('is the day after, if today is closed too', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.countAndClose(DAY, 160_00);
    expect(datesOf(shop.correct(sale))).toEqual([NEXT_DAY]);
  });

  it('is never beyond tomorrow', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.countAndClose(DAY, 160_00);
    shop.countAndClose(NEXT_DAY, 160_00);
    expect(refusal(() => shop.correct(sale))).toMatchObject({
      code: 'day-in-future',
      businessDate: THIRD_DAY,
    });
  });

  it('is told by the original’s own till', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }, { till: 'T2' }));
    shop.countAndClose(DAY, 150_00);
    const events = shop.goTo(NEXT_DAY).correct(sale);
    expect(events[0]).toMatchObject({ till: 'T2', businessDate: DAY });
  });

  it('may be named by the correction: the original’s till and day, or the day on which it is recorded', () => {
    const shop = new Shop();
    const [first, second, third] = [1_00, 2_00, 3_00].map((cash) => idOf(shop.sell({ cash })));
    shop.countAndClose(DAY, 156_00);
    shop.goTo(NEXT_DAY);
    const place = (businessDate: string) => ({ till: 'T1', businessDate });
    expect(datesOf(shop.correct(first ?? '', undefined, place(DAY)))).toEqual([NEXT_DAY]);
    expect(datesOf(shop.correct(second ?? '', undefined, place(NEXT_DAY)))).toEqual([NEXT_DAY]);
    const moved = { ...saleOf({ cash: 3_00 }), ...place(THIRD_DAY), till: 'T2' };
    const events = shop.correct(third ?? '', moved, { ...place(THIRD_DAY), till: 'T2' });
    expect(datesOf(events)).toEqual([NEXT_DAY, THIRD_DAY]);
  });

  it.each([
    [
      'a till that is not the original’s',
      { till: 'T2' },
      { code: 'unknown-entry', pointer: '/till', till: 'T2' },
    ],
    ['a till that does not exist', { till: 'ZZZ' }, { code: 'unknown-till', pointer: '/till', till: 'ZZZ' }],
    [
      'a day that is neither the original’s nor its own',
      { businessDate: '2026-03-13' },
      { code: 'unknown-entry', pointer: '/businessDate', businessDate: '2026-03-13' },
    ],
  ])('is not left open by %s', (_, named, refused) => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    for (const replacement of [undefined, saleOf({ card: 10_00 })])
      expect(refusal(() => shop.correct(sale, replacement, named))).toMatchObject(refused);
  });

  it('may be stamped with the day on which it is sent, whatever day it is recorded on', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.goTo(NEXT_DAY);
    expect(datesOf(shop.correct(sale, undefined, { businessDate: NEXT_DAY }))).toEqual([DAY]);
  });

  it('may name a till that exists for what belongs to none, as the original may', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 50_00 }));
    const confirmed = idOf(shop.enter({ type: 'deposit-confirmation', deposit, amount: 50_00 }));
    expect(refusal(() => shop.correct(confirmed, undefined, { till: 'ZZZ' }))).toMatchObject({
      code: 'unknown-till',
    });
    expect(typesOf(shop.correct(confirmed, undefined, { till: 'T1' }))).toEqual(['MovementReversed']);
  });

  it.each([
    ['/occurredAt', { occurredAt: '2099-01-01T00:00:00Z' }, {}],
    ['/businessDate', { businessDate: '2099-01-01' }, {}],
    ['/replacement/occurredAt', {}, { occurredAt: '2099-01-01T00:00:00Z' }],
    ['/replacement/businessDate', {}, { businessDate: '2099-01-01' }],
  ])('knows nothing of a day beyond tomorrow in %s', (pointer, own, ofReplacement) => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    const replacement = { ...saleOf({ card: 10_00 }), ...ofReplacement };
    const refused = { code: 'day-in-future', pointer, tomorrow: NEXT_DAY };
    expect(refusal(() => shop.correct(sale, replacement, own))).toMatchObject(refused);
    if (pointer.startsWith('/replacement')) return;
    expect(refusal(() => shop.correct(sale, undefined, own))).toMatchObject(refused);
    const omission = { type: 'correction', reason: 'oubli', replacement: { ...replacement, till: 'T1' } };
    expect(refusal(() => shop.record({ ...omission, businessDate: DAY, ...own }))).toMatchObject(refused);
  });

  it('takes an instant of tomorrow, as every entry does', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    const occurredAt = `${NEXT_DAY}T10:00:00.000Z`;
    const events = shop.correct(sale, saleOf({ card: 10_00 }), { occurredAt });
    expect(events.map((event) => event.occurredAt)).toEqual([occurredAt, occurredAt]);
  });

  it('does not depend on when it happened, but keeps that', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    const occurredAt = '2026-03-14T11:11:11+01:00';
    expect(shop.correct(sale, undefined, { occurredAt })[0]?.occurredAt).toBe('2026-03-14T10:11:11.000Z');
  });
});

describe('what the closing count had already shown', () => {
  it('is given back per counted method; what is not counted keeps the effect', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 40_00, card: 60_00 }));
    shop.countAndClose(DAY, 190_00);
    const events = shop.goTo(NEXT_DAY).correct(sale);
    expect(events[0]?.correction?.givenBack).toEqual([{ method: 'cash', amount: 40_00 }]);
    expect([shop.balance('till/T1/cash'), shop.balance('till/T1/card')]).toEqual([190_00, 0]);
    expect(shop.balance('difference/correction')).toBe(-40_00);
  });

  it('is the net of each method, whatever went in and out on one ticket', () => {
    const shop = new Shop();
    const payments = [...amountsOf({ cash: 50_00 }), ...amountsOf({ cash: -20_00 })];
    const sale = idOf(shop.enter({ ...saleOf({ cash: 30_00 }), payments }));
    shop.countAndClose(DAY, 180_00);
    expect(moves(shop.goTo(NEXT_DAY).correct(sale))).toEqual([
      ['till/T1/cash', -50_00],
      ['till/T1/cash', 20_00],
      ['sales/divers/2000', 25_00],
      ['vat/divers/2000', 5_00],
      ['till/T1/cash', 30_00],
      ['difference/correction', -30_00],
    ]);
  });

  it('is no part of what a later correction takes back: the movement alone is', () => {
    const shop = new Shop();
    const payments = amountsOf({ cash: 40_00, cheque: 10_00 });
    shop.countAndClose(DAY, 150_00);
    shop.goTo(NEXT_DAY);
    const forgotten = { ...saleOf({ cash: 50_00 }), till: 'T1', businessDate: DAY, payments };
    const omission = shop.record({ type: 'correction', reason: 'oubli', replacement: forgotten });
    expect(moves(omission).slice(-2)).toEqual([
      ['till/T1/cash', -40_00],
      ['difference/correction', 40_00],
    ]);
    expect(moves(shop.correct(idOf(omission)))).toEqual([
      ['till/T1/cash', -40_00],
      ['till/T1/cheque', -10_00],
      ['sales/divers/2000', 41_67],
      ['vat/divers/2000', 8_33],
      ['till/T1/cash', 40_00],
      ['difference/correction', -40_00],
    ]);
  });

  it('is negated as it is stored, whatever a later version would post for such a movement', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 30_00 }));
    const [original] = shop.eventsOf(sale);
    const stored = original?.postings?.map(({ account, amount }) => ({
      account: account.replace('divers', 'jadis'),
      amount,
    }));
    Object.assign(original as object, { postings: stored });
    expect(moves(shop.correct(sale))).toEqual([
      ['till/T1/cash', -30_00],
      ['sales/jadis/2000', 25_00],
      ['vat/jadis/2000', 5_00],
    ]);
  });

  it('is nothing where in and out were even', () => {
    const shop = new Shop();
    const payments = [...amountsOf({ cash: 50_00 }), ...amountsOf({ cash: -50_00, card: 30_00 })];
    const sale = idOf(shop.enter({ ...saleOf({ card: 30_00 }), payments }));
    shop.countAndClose(DAY, 150_00);
    expect(shop.goTo(NEXT_DAY).correct(sale)[0]?.correction).not.toHaveProperty('givenBack');
  });

  const methods = (counted: boolean) => [
    { code: 'cash', kind: 'cash' },
    { code: 'cheque', kind: 'cheque', counted },
  ];

  it('is given back though the method is not counted any more', () => {
    const shop = new Shop({ methods: methods(true) });
    const sale = idOf(shop.sell({ cheque: 40_00 }));
    shop.count({ cash: 150_00, cheque: 40_00 });
    shop.close(DAY);
    shop.goTo(NEXT_DAY).changeSettings({ methods: methods(false) });
    expect(shop.correct(sale)[0]?.correction?.givenBack).toEqual([{ method: 'cheque', amount: 40_00 }]);
  });

  it('was shown by the first closing that counted the method, be it of a later day', () => {
    const shop = new Shop({ methods: methods(false) });
    const sale = idOf(shop.sell({ cheque: 40_00 }));
    shop.changeSettings({ effectiveFrom: NEXT_DAY, methods: methods(true) });
    shop.countAndClose(DAY, 150_00);
    const carried = shop.goTo(NEXT_DAY).correct(sale, saleOf({ cheque: 30_00 }));
    expect(carried[0]?.correction).not.toHaveProperty('givenBack');
    shop.count({ cash: 150_00, cheque: 30_00 });
    shop.close(NEXT_DAY);
    const [shown] = shop.goTo(THIRD_DAY).correct(idOf(carried), saleOf({ cash: 30_00 }));
    expect(shown?.correction?.givenBack).toEqual([{ method: 'cheque', amount: 30_00 }]);
    expect([shop.balance('till/T1/cash'), shop.balance('till/T1/cheque')]).toEqual([150_00, 30_00]);
  });

  it('is nothing where a day was closed without a count of the method, as the safe may be', () => {
    const shop = new Shop();
    const inSafe = { type: 'cash-in', till: 'safe', reason: 'bank' };
    shop.record({ ...inSafe, method: 'cheque', amount: 10_00 });
    shop.close(DAY, { till: 'safe' });
    const forgotten = { ...inSafe, method: 'cash', amount: 500_00, businessDate: DAY };
    const omission = { type: 'correction', reason: 'oubli', replacement: forgotten };
    expect(moves(shop.goTo(NEXT_DAY).record(omission))).toEqual([
      ['safe/cash', 500_00],
      ['bank/main', -500_00],
    ]);
  });

  it('is given back for an expense too, the other way round', () => {
    const shop = new Shop();
    const expense = idOf(shop.enter({ type: 'expense', category: 'supplies', gross: 12_00, vatRate: 2000 }));
    shop.countAndClose(DAY, 138_00);
    expect(moves(shop.goTo(NEXT_DAY).correct(expense))).toEqual([
      ['till/T1/cash', 12_00],
      ['expense/supplies', -10_00],
      ['vat-input/2000', -2_00],
      ['till/T1/cash', -12_00],
      ['difference/correction', 12_00],
    ]);
  });
});

describe('a replacement', () => {
  it('may restate another day and another till: two events of one entry', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.sell({ cash: 1_00 }, { till: 'T2' });
    shop.goTo(NEXT_DAY).sell({ cash: 1_00 }, { till: 'T2' });
    const events = shop.correct(sale, { ...saleOf({ cash: 10_00 }), till: 'T2', businessDate: NEXT_DAY });
    expect(
      events.map(({ till, businessDate, correction }) => [till, businessDate, correction?.restates]),
    ).toEqual([
      ['T1', DAY, { till: 'T1', businessDate: DAY }],
      ['T2', NEXT_DAY, { till: 'T2', businessDate: NEXT_DAY }],
    ]);
    expect([shop.balance('till/T1/cash'), shop.balance('till/T2/cash')]).toEqual([150_00, 12_00]);
  });

  it('that restates a closed day is recorded on an open one and gives back on its own till', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.countAndClose(DAY, 0, { till: 'T2' });
    shop.goTo(NEXT_DAY);
    const events = shop.correct(sale, { ...saleOf({ cash: 10_00 }), till: 'T2' });
    expect(datesOf(events)).toEqual([DAY, NEXT_DAY]);
    expect(moves(events.slice(1))).toEqual([
      ['till/T2/cash', 10_00],
      ['sales/divers/2000', -8_33],
      ['vat/divers/2000', -1_67],
      ['till/T2/cash', -10_00],
      ['difference/correction', 10_00],
    ]);
  });

  it('may be of another type, and keeps its own reference to what it stands for', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    const events = shop.correct(sale, { type: 'cash-in', method: 'cash', amount: 10_00, reason: 'owner' });
    expect(typesOf(events)).toEqual(['MovementReversed', 'CashPutIn']);
    expect(events[1]?.correction?.corrects).toMatchObject({ entry: sale, type: 'sale' });
  });

  it('is judged by the settings of the day that it restates', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.countAndClose(DAY, 160_00);
    shop.goTo(NEXT_DAY).changeSettings({
      categories: [{ code: 'nouveau', vatRate: 2000 }],
      features: { expenses: false },
    });
    const replaced = shop.correct(sale, {
      type: 'expense',
      category: 'supplies',
      gross: 5_00,
      vatRate: 2000,
    });
    expect(typesOf(replaced)).toEqual(['MovementReversed', 'ExpensePaid']);
    expect(typesOf(shop.correct(idOf(replaced), saleOf({ cash: 10_00 })))).toEqual([
      'MovementReversed',
      'SaleRecorded',
    ]);
  });

  it('that is refused says where, inside the correction, and nothing is reversed', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    const before = structuredClone(shop.ledger);
    expect(
      refusal(() =>
        shop.correct(sale, { ...saleOf({ cash: 10_00 }), payments: amountsOf({ bitcoin: 10_00 }) }),
      ),
    ).toEqual({
      code: 'unknown-method',
      pointer: '/replacement/payments/0/method',
      method: 'bitcoin',
    });
    expect(shop.ledger).toEqual(before);
    expect(refusal(() => shop.correct(sale, { ...saleOf({ cash: 10_00 }), till: 'T9' }))).toMatchObject({
      code: 'unknown-till',
      pointer: '/replacement/till',
    });
    expect(refusal(() => shop.correct(sale, { ...saleOf({ voucher: 10_00 }) }))).toMatchObject({
      code: 'voucher-insufficient',
    });
  });

  it('may not restate a day beyond tomorrow', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    const replacement = { ...saleOf({ cash: 10_00 }), businessDate: THIRD_DAY };
    expect(refusal(() => shop.correct(sale, replacement))).toMatchObject({ code: 'day-in-future' });
  });

  it('keeps its own time if it has one', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    const replacement = { ...saleOf({ cash: 10_00 }), occurredAt: '2026-03-14T08:00:00Z' };
    const events = shop.correct(sale, replacement, { occurredAt: '2026-03-14T09:30:00Z' });
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual([
      '2026-03-14T09:30:00.000Z',
      '2026-03-14T08:00:00.000Z',
    ]);
  });

  it('of a Z on a closed day feeds no day but the restated one: sales may still come today', () => {
    const shop = new Shop();
    const z = idOf(shop.enter(zOf({ cash: 100_00 })));
    shop.countAndClose(DAY, 250_00);
    shop.goTo(NEXT_DAY).correct(z, zOf({ card: 100_00 }));
    expect(typesOf(shop.sell({ cash: 1_00 }))).toEqual(['SaleRecorded']);
  });

  it('by a sale on a closed day is no reason to take a Z of today for a control', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    shop.countAndClose(DAY, 160_00);
    shop.goTo(NEXT_DAY).correct(sale, saleOf({ card: 10_00 }));
    expect(typesOf(shop.enter(zOf({ cash: 100_00 })))).toEqual(['ZTicketRecorded']);
    expect(refusal(() => shop.sell({ cash: 1_00 }))).toMatchObject({ code: 'day-fed-by-z' });
  });

  it('of a listed-first Z is listed first only on its own day', () => {
    const shop = new Shop({ tills: [{ code: 'T1', feed: 'z-ticket', opening: { cash: 150_00 } }] });
    const z = idOf(shop.enter(zOf({ cash: 100_00 })));
    const again = shop.correct(z, zOf({ cash: 90_00, card: 10_00 }));
    expect(dataOf(again, 'ZTicketRecorded').listedFirst).toBe(true);
    shop.countAndClose(DAY, 240_00);
    const later = shop.goTo(NEXT_DAY).correct(idOf(again), zOf({ cash: 100_00 }));
    expect(dataOf(later, 'ZTicketRecorded').listedFirst).toBeUndefined();
  });
});

describe('the correction of a control Z', () => {
  const sold = { category: 'divers', vatRate: 2000 };
  const control = (gross: number, more: Body = {}) =>
    zOf({ cash: gross }, { categories: [{ ...sold, gross }], salesCount: 1, ...more });

  it('is a control of the same day again', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    const z = idOf(shop.enter(control(50_00)));
    shop.sell({ cash: 10_00 });
    const events = shop.correct(z, control(70_00, { salesCount: 2 }));
    expect(typesOf(events)).toEqual(['MovementReversed', 'ZTicketChecked', 'AlertCleared']);
    expect(events[0]?.postings).toBeUndefined();
    expect(dataOf(events, 'ZTicketChecked').differences).toEqual([]);
  });

  it('counts nothing, although its day is closed, and is compared with what the original was compared with', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    const z = idOf(shop.enter(control(50_00, { salesCount: 2 })));
    shop.countAndClose(DAY, 210_00);
    const again = shop.goTo(NEXT_DAY).correct(z, control(55_00, { salesCount: 1 }));
    expect(typesOf(again)).toEqual(['MovementReversed', 'ZTicketChecked']);
    expect(dataOf(again, 'ZTicketChecked').differences).toEqual([
      { of: 'category', key: 'divers/2000', stated: 55_00, recorded: 60_00 },
      { of: 'method', key: 'cash', stated: 55_00, recorded: 60_00 },
      { of: 'vat', key: '2000', stated: 9_17, recorded: 10_00 },
    ]);
    const right = shop.correct(idOf(again), control(60_00));
    expect(dataOf(right, 'ZTicketChecked').differences).toEqual([]);
    expect(shop.openAlerts()).toEqual([]);
    expect(dataOf(shop.countAndClose(NEXT_DAY, 210_00), 'DayClosed').turnover.gross).toBe(0);
  });

  it('remembers what the other controls of that day had stated', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    shop.sell({ cash: 40_00 });
    shop.enter(control(60_00));
    const evening = idOf(shop.enter(control(30_00, { number: '2' })));
    shop.countAndClose(DAY, 250_00);
    const events = shop.goTo(NEXT_DAY).correct(evening, control(35_00, { number: '2' }));
    expect(dataOf(events, 'ZTicketChecked').differences[0]).toEqual({
      of: 'category',
      key: 'divers/2000',
      stated: 95_00,
      recorded: 100_00,
    });
  });

  it('is what a Z becomes that stands in for one of several sales of an open day', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 60_00 }));
    shop.sell({ cash: 10_00 });
    expect(typesOf(shop.correct(sale, control(60_00)))[1]).toBe('ZTicketChecked');
  });

  it('is not what a Z becomes that replaces a sale on a closed day, but what one was that was forgotten there', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 60_00 }));
    shop.countAndClose(DAY, 210_00);
    shop.goTo(NEXT_DAY);
    expect(typesOf(shop.correct(sale, control(60_00)))).toEqual(['MovementReversed', 'ZTicketRecorded']);
    const replacement = { ...control(60_00, { number: '2' }), till: 'T1', businessDate: DAY };
    expect(typesOf(shop.record({ type: 'correction', reason: 'oubli', replacement }))).toEqual([
      'ZTicketChecked',
    ]);
  });

  it('is not what a Z becomes that had fed its day, even if the till was set to sales on that day', () => {
    const shop = new Shop();
    const z = idOf(shop.enter(control(60_00)));
    shop.countAndClose(DAY, 210_00);
    shop.changeSettings({ tills: [{ code: 'T1', feed: 'sales' }] });
    const events = shop.goTo(NEXT_DAY).correct(z, control(70_00));
    expect(typesOf(events)).toEqual(['MovementReversed', 'ZTicketRecorded']);
  });

  it('that was forgotten on a closed day of a till fed by sales is a control too', () => {
    const shop = new Shop({ tills: [{ code: 'T1', feed: 'sales', opening: { cash: 150_00 } }] });
    shop.sell({ cash: 60_00 });
    shop.countAndClose(DAY, 210_00);
    const replacement = { ...control(60_00), till: 'T1', businessDate: DAY };
    const events = shop.goTo(NEXT_DAY).record({ type: 'correction', reason: 'oubli', replacement });
    expect(typesOf(events)).toEqual(['ZTicketChecked']);
    expect(dataOf(events, 'ZTicketChecked').differences).toEqual([]);
  });
});

describe('an omission', () => {
  const omission = (more: Body) => ({ type: 'correction', reason: 'oubli', ...more });

  it('of a closed day is recorded on an open one, points to nothing and restates its day', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    const replacement = { ...saleOf({ cash: 10_00 }), till: 'T1', businessDate: DAY };
    const [event] = shop.goTo(NEXT_DAY).record(omission({ replacement }));
    expect(event).toMatchObject({
      type: 'SaleRecorded',
      businessDate: NEXT_DAY,
      correction: {
        reason: 'oubli',
        restates: { till: 'T1', businessDate: DAY },
        givenBack: [{ method: 'cash', amount: -10_00 }],
      },
    });
    expect(event?.correction).not.toHaveProperty('corrects');
    expect(shop.balance('till/T1/cash')).toBe(150_00);
  });

  it('may be told where by the correction itself', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    const replacement = saleOf({ card: 10_00 });
    const [event] = shop.goTo(NEXT_DAY).record(omission({ replacement, till: 'T1', businessDate: DAY }));
    expect(event?.correction?.restates).toEqual({ till: 'T1', businessDate: DAY });
  });

  it('needs a day, a till and something to record', () => {
    const shop = new Shop();
    const replacement = saleOf({ cash: 10_00 });
    expect(refusal(() => shop.record(omission({ replacement, till: 'T1' })))).toEqual({
      code: 'date-required',
      pointer: '/replacement/businessDate',
    });
    expect(refusal(() => shop.record(omission({ replacement, businessDate: DAY })))).toEqual({
      code: 'till-required',
      pointer: '/replacement/till',
    });
    expect(refusal(() => shop.record(omission({ till: 'T1' })))).toEqual({
      code: 'unknown-entry',
      pointer: '/corrects',
    });
  });

  it('of what belongs to no till is recorded today', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 50_00 }));
    const replacement = { type: 'deposit-confirmation', deposit, amount: 50_00, businessDate: DAY };
    const [event] = shop.goTo(THIRD_DAY).record(omission({ replacement }));
    expect(event).toMatchObject({
      type: 'DepositConfirmed',
      businessDate: THIRD_DAY,
      correction: { restates: { businessDate: DAY } },
    });
    expect(event).not.toHaveProperty('till');
    expect(event?.correction?.restates).not.toHaveProperty('till');
  });
});

describe('what can be corrected', () => {
  it('is an entry, once', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 10_00 }));
    const by = idOf(shop.correct(sale));
    expect(refusal(() => shop.correct(sale))).toEqual({
      code: 'entry-already-corrected',
      pointer: '/corrects',
      entry: sale,
      correctedBy: by,
    });
  });

  it('is no entry that nobody has recorded', () => {
    const shop = new Shop();
    const entry = shop.uuid();
    expect(refusal(() => shop.correct(entry))).toEqual({
      code: 'unknown-entry',
      pointer: '/corrects',
      entry,
    });
  });

  it.each([
    ['count', (shop: Shop) => shop.count({ cash: 150_00 })],
    [
      'comment',
      (shop: Shop) =>
        shop.enter({ type: 'comment', about: { entry: idOf(shop.sell({ card: 1_00 })) }, comment: 'note' }),
    ],
    ['day-closure', (shop: Shop) => shop.countAndClose(DAY, 150_00)],
    ['correction', (shop: Shop) => shop.correct(idOf(shop.sell({ cash: 1_00 })))],
  ])('is not a %s without money of its own', (type, record) => {
    const shop = new Shop();
    const entry = idOf(record(shop));
    expect(refusal(() => shop.correct(entry))).toEqual({
      code: 'entry-not-correctable',
      pointer: '/corrects',
      entry,
      type,
    });
  });

  it('is a correction: it reverses its replacement, not its reversal', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 100_00 }));
    const first = shop.correct(sale, saleOf({ card: 100_00 }));
    const second = shop.correct(idOf(first), saleOf({ cheque: 100_00 }));
    expect(moves(second)).toEqual([
      ['till/T1/card', -100_00],
      ['sales/divers/2000', 83_33],
      ['vat/divers/2000', 16_67],
      ['till/T1/cheque', 100_00],
      ['sales/divers/2000', -83_33],
      ['vat/divers/2000', -16_67],
    ]);
    expect(second[0]?.correction?.corrects).toEqual({
      entry: idOf(first),
      sequence: first[1]?.sequence,
      type: 'correction',
      till: 'T1',
      businessDate: DAY,
    });
    expect(refusal(() => shop.correct(idOf(first)))).toMatchObject({ code: 'entry-already-corrected' });
    expect(refusal(() => shop.correct(sale))).toMatchObject({ code: 'entry-already-corrected' });
  });

  it('is a correction of a closed day: it still restates that day, on the day where the first one was recorded', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 100_00 }));
    shop.countAndClose(DAY, 250_00);
    const first = idOf(shop.goTo(NEXT_DAY).correct(sale, saleOf({ cash: 80_00 })));
    shop.goTo(THIRD_DAY).sell({ cash: 1_00 });
    const second = shop.correct(first, saleOf({ cash: 90_00 }));
    expect(datesOf(second)).toEqual([NEXT_DAY, NEXT_DAY]);
    expect(
      second.map(({ correction }) => [correction?.restates.businessDate, correction?.givenBack]),
    ).toEqual([
      [DAY, [{ method: 'cash', amount: 80_00 }]],
      [DAY, [{ method: 'cash', amount: -90_00 }]],
    ]);
    expect(shop.balance('till/T1/cash')).toBe(251_00);
    expect(shop.balance('difference/correction')).toBe(-10_00);
  });

  it('is a correction whose day has closed too: in the latest open day', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 100_00 }));
    shop.countAndClose(DAY, 250_00);
    const first = idOf(shop.goTo(NEXT_DAY).correct(sale, saleOf({ cash: 80_00 })));
    shop.countAndClose(NEXT_DAY, 250_00);
    const second = shop.goTo(THIRD_DAY).correct(first);
    expect(datesOf(second)).toEqual([THIRD_DAY]);
    expect(second[0]?.correction?.restates.businessDate).toBe(DAY);
  });
});

describe('an entry of two tills', () => {
  const toSafe = (amount: number) => ({
    type: 'transfer',
    from: { method: 'cash' },
    to: { till: 'safe', method: 'cash' },
    amount,
  });

  it('is reversed on both, and replaced on both', () => {
    const shop = new Shop();
    const transfer = idOf(shop.enter(toSafe(100_00)));
    const events = shop.correct(transfer, toSafe(80_00));
    expect(events.map(({ type, till }) => [type, till])).toEqual([
      ['MovementReversed', 'T1'],
      ['MovementReversed', 'safe'],
      ['TransferSent', 'T1'],
      ['TransferReceived', 'safe'],
    ]);
    expect(events.map(({ correction }) => correction?.restates.till)).toEqual(['T1', 'safe', 'T1', 'safe']);
    expect(events.slice(0, 2).map(({ correction }) => correction?.corrects)).toMatchObject([
      { till: 'T1', sequence: shop.eventsOf(transfer)[0]?.sequence },
      { till: 'safe', sequence: shop.eventsOf(transfer)[1]?.sequence },
    ]);
    expect([
      shop.balance('till/T1/cash'),
      shop.balance('safe/cash'),
      shop.balance('transit/tills/cash'),
    ]).toEqual([70_00, 80_00, 0]);
  });

  it('finds its day on each till by itself: one may have closed what is open on the other', () => {
    const shop = new Shop();
    const transfer = idOf(shop.enter(toSafe(100_00)));
    shop.countAndClose(DAY, 50_00);
    const events = shop.goTo(NEXT_DAY).correct(transfer, toSafe(80_00));
    expect(events.map(({ till, businessDate }) => [till, businessDate])).toEqual([
      ['T1', NEXT_DAY],
      ['safe', DAY],
      ['T1', NEXT_DAY],
      ['safe', DAY],
    ]);
    expect(moves(events.slice(2))).toEqual([
      ['till/T1/cash', -80_00],
      ['transit/tills/cash', 80_00],
      ['till/T1/cash', 80_00],
      ['difference/correction', -80_00],
      ['safe/cash', 80_00],
      ['transit/tills/cash', -80_00],
    ]);
    expect(shop.balance('safe/cash')).toBe(80_00);
  });

  it('finds it also where the sending side is the one that is open', () => {
    const shop = new Shop();
    shop.enter(toSafe(100_00));
    const back = {
      type: 'transfer',
      from: { till: 'safe', method: 'cash' },
      to: { method: 'cash' },
      amount: 30_00,
    };
    const transfer = idOf(shop.enter(back));
    shop.countAndClose(DAY, 80_00);
    const again = { ...back, to: { till: 'T1', method: 'cash' }, amount: 20_00 };
    const events = shop.goTo(NEXT_DAY).correct(transfer, again);
    expect(events.slice(2).map(({ type, till, businessDate }) => [type, till, businessDate])).toEqual([
      ['TransferSent', 'safe', DAY],
      ['TransferReceived', 'T1', NEXT_DAY],
    ]);
  });

  it('holds for cash that went to the safe', () => {
    const shop = new Shop();
    const out = { type: 'cash-out', method: 'cash', amount: 100_00, reason: 'safe' };
    const entry = idOf(shop.enter(out));
    shop.countAndClose(DAY, 50_00);
    const events = shop.goTo(NEXT_DAY).correct(entry, { ...out, amount: 90_00 });
    expect(
      events.map(({ type, till, businessDate, correction }) => [
        type,
        till,
        businessDate,
        correction?.restates.till,
      ]),
    ).toEqual([
      ['MovementReversed', 'T1', NEXT_DAY, 'T1'],
      ['MovementReversed', 'safe', DAY, 'safe'],
      ['CashTakenOut', 'T1', NEXT_DAY, 'T1'],
      ['CashPutIn', 'safe', DAY, 'safe'],
    ]);
    expect(shop.balance('safe/cash')).toBe(90_00);
  });

  it('is refused whole if the money has left the other till', () => {
    const shop = new Shop();
    const transfer = idOf(shop.enter(toSafe(100_00)));
    shop.record({ type: 'deposit', till: 'safe', method: 'cash', amount: 60_00 });
    expect(refusal(() => shop.correct(transfer))).toMatchObject({
      code: 'cash-balance-negative',
      till: 'safe',
      missing: 60_00,
    });
    expect(typesOf(shop.correct(transfer, toSafe(60_00)))).toHaveLength(4);
  });
});

describe('what hangs on the original', () => {
  const sellVoucher = (shop: Shop, kind = 'multi-purpose') =>
    shop.enter({
      type: 'voucher-sale',
      voucher: 'V1',
      kind,
      amount: 50_00,
      category: 'pain',
      vatRate: 550,
      payments: amountsOf({ card: 50_00 }),
    });

  it('keeps a voucher that was used already', () => {
    const shop = new Shop();
    const sold = idOf(sellVoucher(shop));
    const used = idOf(
      shop.enter({
        ...saleOf({ voucher: 20_00 }),
        payments: [{ method: 'voucher', voucher: 'V1', amount: 20_00 }],
      }),
    );
    expect(refusal(() => shop.correct(sold))).toEqual({
      code: 'voucher-insufficient',
      voucher: 'V1',
      missing: 20_00,
    });
    const more = {
      type: 'voucher-sale',
      voucher: 'V1',
      kind: 'multi-purpose',
      payments: amountsOf({ card: 30_00 }),
      amount: 30_00,
    };
    expect(typesOf(shop.correct(sold, more))).toEqual(['MovementReversed', 'VoucherSold']);
    expect(shop.balance('voucher/V1')).toBe(-10_00);
    shop.correct(used);
    expect(shop.balance('voucher/V1')).toBe(-30_00);
  });

  it('keeps a single-purpose voucher that was used already, off balance', () => {
    const shop = new Shop();
    const sold = idOf(sellVoucher(shop, 'single-purpose'));
    const lines = [{ category: 'pain', vatRate: 550, gross: 20_00 }];
    shop.enter({ type: 'sale', lines, payments: [{ method: 'voucher', voucher: 'V1', amount: 20_00 }] });
    expect(refusal(() => shop.correct(sold))).toEqual({
      code: 'voucher-insufficient',
      voucher: 'V1',
      missing: 20_00,
    });
  });

  it('frees the code of a voucher whose sale is taken back', () => {
    const shop = new Shop();
    const sold = idOf(sellVoucher(shop));
    expect(refusal(() => sellVoucher(shop))).toMatchObject({ code: 'voucher-exists' });
    shop.correct(sold);
    expect(typesOf(sellVoucher(shop))).toEqual(['VoucherSold']);
  });

  it('keeps a deposit that the bank has confirmed, wholly or in part', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 100_00 }));
    const confirmation = idOf(shop.record({ type: 'deposit-confirmation', deposit, amount: 40_00 }));
    expect(refusal(() => shop.correct(deposit))).toEqual({
      code: 'deposit-confirmed',
      pointer: '/corrects',
      deposit,
    });
    const [reversal] = shop.goTo(NEXT_DAY).correct(confirmation);
    expect(reversal).toMatchObject({ type: 'MovementReversed', businessDate: NEXT_DAY });
    expect(reversal).not.toHaveProperty('till');
    expect(moves([reversal as RecordedEvent])).toEqual([
      ['bank/main', -40_00],
      [`transit/cash/${deposit}`, 40_00],
    ]);
    expect(typesOf(shop.correct(deposit))).toEqual(['MovementReversed']);
    expect(
      refusal(() => shop.record({ type: 'deposit-confirmation', deposit, amount: 40_00 })),
    ).toMatchObject({
      code: 'unknown-deposit',
    });
  });

  it('takes a confirmation that carries tomorrow’s date back on that date', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 100_00 }));
    const confirmation = { type: 'deposit-confirmation', deposit, amount: 40_00 };
    const tomorrow = idOf(shop.record({ ...confirmation, businessDate: NEXT_DAY }));
    expect(datesOf(shop.correct(tomorrow))).toEqual([NEXT_DAY]);
    const today = idOf(shop.record(confirmation));
    const replaced = shop.correct(today, {
      ...confirmation,
      amount: 50_00,
      occurredAt: '2026-03-14T08:00:00Z',
    });
    expect(replaced[1]).toMatchObject({
      type: 'DepositConfirmed',
      businessDate: DAY,
      occurredAt: '2026-03-14T08:00:00.000Z',
      document: { type: 'deposit-confirmation', number: 3 },
    });
    expect(
      refusal(() => shop.correct(idOf(replaced), { ...confirmation, businessDate: THIRD_DAY })),
    ).toMatchObject({
      code: 'day-in-future',
    });
  });

  it('frees the cheques of a deposit that is taken back, for its replacement too', () => {
    const shop = new Shop();
    shop.sell({ cheque: 30_00 });
    const deposit = {
      type: 'deposit',
      method: 'cheque',
      amount: 30_00,
      slip: { cheques: [{ number: '7', bank: 'CA', amount: 30_00 }] },
    };
    const made = idOf(shop.enter(deposit));
    expect(refusal(() => shop.enter(deposit))).toMatchObject({ code: 'cheque-already-remitted' });
    const again = shop.correct(made, deposit);
    expect(dataOf(again, 'DepositMade').deposit).toBe(idOf(again));
    expect(refusal(() => shop.enter(deposit))).toMatchObject({ code: 'cheque-already-remitted' });
    shop.correct(idOf(again));
    expect(typesOf(shop.enter(deposit))).toEqual(['DepositMade']);
  });

  it('lets a customer who has repaid fall below zero, as a refund would', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ credit: 40_00 }));
    shop.enter({ type: 'credit-repayment', payments: amountsOf({ cash: 15_00 }) });
    shop.correct(sale);
    expect(shop.balance('customer/-')).toBe(-15_00);
  });

  it('takes back the voucher that a sale had sold with it', () => {
    const shop = new Shop();
    const vouchersSold = [{ voucher: 'V1', kind: 'multi-purpose', amount: 20_00 }];
    const sale = idOf(
      shop.enter({ ...saleOf({ card: 10_00 }), payments: amountsOf({ card: 30_00 }), vouchersSold }),
    );
    shop.correct(sale);
    expect(shop.balance('voucher/V1')).toBe(0);
    expect(refusal(() => shop.enter({ type: 'voucher-refund', voucher: 'V1' }))).toMatchObject({
      code: 'voucher-unknown',
    });
  });
});
