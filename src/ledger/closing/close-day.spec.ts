import { sha256Hex } from '../../platform/crypto';
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
import { settingsDraft } from '../company/open-company';
import { methodsSchema } from '../company/settings';

describe('closing a day', () => {
  it('compares the last count with the theoretical balance and posts the difference', () => {
    const shop = new Shop();
    shop.sell({ cash: 350_00 });
    shop.count({ cash: 480_00 });
    const events = shop.close(DAY, { comment: 'Erreur de rendu' });
    expect(moves(events)).toEqual([
      ['till/T1/cash', -20_00],
      ['difference/count', 20_00],
    ]);
    expect(events[0]).toMatchObject({
      type: 'DayClosed',
      till: 'T1',
      businessDate: DAY,
      document: { type: 'day-closure', number: 1 },
      entry: { type: 'day-closure', index: 0, count: 1 },
    });
    expect(events[0]?.entry?.comment).toBeUndefined();
    expect(shop.balance('till/T1/cash')).toBe(480_00);
  });

  it('seals opening, figures, numbers and proof', () => {
    const shop = new Shop();
    shop.sell({ cash: 20_00 }, { lines: [{ category: 'pain', vatRate: 550, gross: 20_00 }], customers: 2 });
    shop.sell({ card: 12_00 });
    shop.sell({ cash: -6_00 });
    shop.enter({ type: 'expense', category: 'supplies', gross: 4_00, vatRate: 2000 });
    shop.count({ cash: 161_00 });
    const before = [...shop.ledger.balances].map(([path, amount]) => `${path} ${amount}\n`).sort();
    const head = shop.stored.at(-1)?.hash;
    expect(dataOf(shop.close(DAY, { comment: 'Un euro trouvé' }), 'DayClosed')).toEqual({
      methods: [
        {
          method: 'cash',
          opening: 150_00,
          in: 20_00,
          out: 10_00,
          theoretical: 160_00,
          counted: 161_00,
          difference: 1_00,
        },
        { method: 'card', opening: 0, in: 12_00, out: 0, theoretical: 12_00, difference: 0 },
      ],
      turnover: { gross: 26_00, net: 18_96 + 5_00, vat: 1_04 + 1_00 },
      byCategory: [
        { category: 'divers', vatRate: 2000, gross: 6_00 },
        { category: 'pain', vatRate: 550, gross: 20_00 },
      ],
      salesCount: 2,
      customersCount: 2,
      period: [
        { vatRate: 550, real: 20_00, absolute: 20_00 },
        { vatRate: 2000, real: 6_00, absolute: 18_00 },
      ],
      perpetual: [
        { vatRate: 550, real: 20_00, absolute: 20_00 },
        { vatRate: 2000, real: 6_00, absolute: 18_00 },
      ],
      gap: 0,
      zNumbers: [],
      firstTillSequence: 2,
      lastTillSequence: 6,
      journal: { first: 1, last: 5 },
      balancesHash: sha256Hex(before.join('')),
      checkpoint: `checkpoint of ${head}`,
      comment: 'Un euro trouvé',
    });
  });

  it('posts nothing when everything agrees, and needs no comment then', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.count({ cash: 160_00 });
    const [closed] = shop.close(DAY);
    expect(closed?.postings).toBeUndefined();
    expect(dataOf([closed as never], 'DayClosed').comment).toBeUndefined();
  });

  it('takes the whole day, in whatever order it was recorded', () => {
    const shop = new Shop();
    shop.count({ cash: 190_00 });
    shop.sell({ cash: 50_00 });
    shop.enter({ type: 'cash-out', method: 'cash', amount: 10_00, reason: 'owner' });
    expect(dataOf(shop.close(DAY), 'DayClosed').methods).toEqual([
      {
        method: 'cash',
        opening: 150_00,
        in: 50_00,
        out: 10_00,
        theoretical: 190_00,
        counted: 190_00,
        difference: 0,
      },
    ]);
  });

  it('makes the count the opening of the next day; what is not counted is carried over', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00, card: 30_00 });
    shop.countAndClose(DAY, 159_00);
    shop.goTo(NEXT_DAY).sell({ cash: 1_00 });
    expect(dataOf(shop.countAndClose(NEXT_DAY, 160_00), 'DayClosed').methods).toEqual([
      {
        method: 'cash',
        opening: 159_00,
        in: 1_00,
        out: 0,
        theoretical: 160_00,
        counted: 160_00,
        difference: 0,
      },
      { method: 'card', opening: 30_00, in: 0, out: 0, theoretical: 30_00, difference: 0 },
    ]);
  });

  it('lists methods as the company does, and none that never moved', () => {
    const shop = new Shop();
    shop.sell({ meal: 10_00 });
    shop.sell({ cheque: 10_00 });
    shop.sell({ card: 10_00 });
    const { methods } = dataOf(shop.countAndClose(DAY, 150_00), 'DayClosed');
    expect(methods.map(({ method }) => method)).toEqual(['cash', 'card', 'cheque', 'meal']);
  });

  it('lists methods that the settings have dropped meanwhile after the others, by their codes', () => {
    const shop = new Shop();
    const methods = [
      { code: 'cash', kind: 'cash' },
      { code: 'meal', kind: 'meal-voucher' },
    ];
    // Dropped from tomorrow on while they are empty, and used until then.
    shop.changeSettings({ effectiveFrom: NEXT_DAY, methods });
    shop.sell({ meal: 10_00, cheque: 10_00, card: 10_00, cash: 10_00 });
    shop.countAndClose(DAY, 160_00);
    shop.goTo(NEXT_DAY);
    const closed = dataOf(shop.countAndClose(NEXT_DAY, 160_00), 'DayClosed');
    expect(closed.methods.map(({ method }) => method)).toEqual(['cash', 'meal', 'card', 'cheque']);
    expect(closed.methods[3]).toMatchObject({ opening: 10_00, theoretical: 10_00, difference: 0 });
  });

  it('carries the theoretical balance of a method that the settings do not count, even if somebody did', () => {
    const shop = new Shop();
    shop.sell({ card: 30_00 });
    shop.count({ cash: 150_00, card: 29_00 });
    const closed = shop.close(DAY);
    expect(moves(closed)).toEqual([]);
    expect(dataOf(closed, 'DayClosed').methods[1]).toEqual({
      method: 'card',
      opening: 0,
      in: 30_00,
      out: 0,
      theoretical: 30_00,
      difference: 0,
    });
  });

  it('numbers closures without a hole per till', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    shop.countAndClose(DAY, 0, { till: 'T2' });
    const [closed] = shop.goTo(NEXT_DAY).countAndClose(NEXT_DAY, 150_00);
    expect(closed?.document).toEqual({ type: 'day-closure', number: 2 });
  });
});

describe('a day that cannot close yet', () => {
  it('has not been opened', () => {
    expect(refusal(() => new Shop().close(DAY))).toEqual({
      code: 'till-not-open',
      pointer: '/businessDate',
      till: 'T1',
      businessDate: DAY,
    });
  });

  it('was closed already', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    expect(refusal(() => shop.close(DAY))).toEqual({
      code: 'day-closed',
      pointer: '/businessDate',
      till: 'T1',
      businessDate: DAY,
      closedThrough: DAY,
    });
  });

  it('comes after one that is still open: days are closed in order, each till on its own', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY).sell({ cash: 10_00 });
    shop.count({ cash: 170_00 });
    expect(refusal(() => shop.close(NEXT_DAY))).toEqual({
      code: 'previous-day-open',
      pointer: '/businessDate',
      till: 'T1',
      businessDate: DAY,
    });
    expect(typesOf(shop.countAndClose(NEXT_DAY, 0, { till: 'T2' }))).toEqual(['DayClosed']);
    shop.countAndClose(DAY, 160_00);
    expect(typesOf(shop.close(NEXT_DAY))).toEqual(['DayClosed']);
  });

  it('lacks a count of a counted method, whether it moved or not', () => {
    const methods = [
      { code: 'cash', kind: 'cash' },
      { code: 'cheque', kind: 'cheque', counted: true },
      { code: 'card', kind: 'card' },
      { code: 'coins', kind: 'cash', counted: false },
      { code: 'credit', kind: 'credit', counted: true },
      { code: 'voucher', kind: 'voucher', counted: true },
    ];
    const shop = new Shop({ methods });
    shop.sell({ card: 10_00 });
    const missing = (list: string[]) => ({
      code: 'count-required',
      till: 'T1',
      businessDate: DAY,
      methods: list,
    });
    expect(refusal(() => shop.close(DAY))).toEqual(missing(['cash', 'cheque']));
    shop.count({ cash: 150_00 });
    expect(refusal(() => shop.close(DAY))).toEqual(missing(['cheque']));
    shop.count({ cheque: 0 });
    expect(typesOf(shop.close(DAY))).toEqual(['DayClosed']);
  });

  it('was counted on another day', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY).count({ cash: 160_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'count-required' });
  });
});

describe('cash on the lines of a day', () => {
  it('is judged once more when the day is sealed, should an older version have made its method cash meanwhile', () => {
    const methods = (kind: string) => [
      { code: 'cash', kind: 'cash' },
      { code: 'chips', kind },
    ];
    const shop = new Shop({ methods: methods('other') });
    shop.enter({ type: 'cash-out', method: 'chips', amount: 5_00, reason: 'other' });
    shop.enter({ type: 'cash-in', method: 'chips', amount: 8_00, reason: 'other' });
    shop.change(() => [settingsDraft('methods', DAY, methodsSchema.parse(methods('cash')))]);
    shop.count({ cash: 150_00, chips: 3_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({
      code: 'cash-balance-negative',
      method: 'chips',
      businessDate: DAY,
      missing: 5_00,
    });
  });
});

describe('a difference', () => {
  it('above the tolerance wants a comment, and says how large it is', () => {
    const shop = new Shop();
    shop.sell({ cash: 350_00 });
    shop.count({ cash: 480_00 });
    expect(refusal(() => shop.close(DAY))).toEqual({
      code: 'comment-required',
      pointer: '/comment',
      about: 'difference',
      till: 'T1',
      method: 'cash',
      difference: -20_00,
    });
  });

  it.each([
    [1_00, 1_00, true],
    [1_00, -1_00, true],
    [1_00, 1_01, false],
    [1_00, -1_01, false],
    [0, 1, false],
  ])('with a tolerance of %i, one of %i closes without a comment: %s', (tolerance, difference, closes) => {
    const shop = new Shop({ thresholds: { difference: tolerance } });
    shop.count({ cash: 150_00 + difference });
    const attempt = () => shop.close(DAY);
    if (closes) expect(moves(attempt())).toContainEqual(['difference/count', 0 - difference]);
    else expect(refusal(attempt)).toMatchObject({ code: 'comment-required', difference });
  });

  it('is explained by a comment that came before, if it is about the difference of that day', () => {
    const shop = new Shop();
    shop.sell({ cash: 1_00 });
    shop.enter({ type: 'comment', about: 'ventilation', comment: 'autre chose' });
    shop.count({ cash: 150_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'comment-required' });
    shop.enter({ type: 'comment', about: 'difference', comment: 'un euro perdu' });
    expect(typesOf(shop.close(DAY))).toContain('DayClosed');
  });

  it('and a ventilation gap are two things to explain; a comment on the closure explains both', () => {
    const shop = new Shop();
    const z = {
      type: 'z-ticket',
      number: '1',
      salesCount: 1,
      categories: [{ category: 'pain', vatRate: 550, gross: 10_00 }],
    };
    shop.enter({ ...z, payments: amountsOf({ cash: 9_90 }) });
    shop.count({ cash: 150_00 });
    shop.enter({ type: 'comment', about: 'difference', comment: 'vu' });
    expect(refusal(() => shop.close(DAY))).toMatchObject({
      code: 'comment-required',
      about: 'ventilation',
      gap: -10,
    });
    expect(moves(shop.close(DAY, { comment: 'tout est vu' }))).toEqual([
      ['till/T1/cash', -9_90],
      ['difference/count', 9_90],
      ['suspense', -10],
      ['difference/ventilation', 10],
    ]);
  });
});

describe('a closure and the days after it', () => {
  it('is refused, naming the movement, if the count would make a later day negative', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY);
    const spent = idOf(shop.enter({ type: 'cash-out', method: 'cash', amount: 140_00, reason: 'owner' }));
    shop.enter({ type: 'cash-in', method: 'cash', amount: 500_00, reason: 'owner' });
    shop.count({ cash: 139_99 }, { businessDate: DAY });
    expect(refusal(() => shop.close(DAY, { comment: 'perdu' }))).toEqual({
      code: 'cash-balance-negative',
      till: 'T1',
      method: 'cash',
      businessDate: NEXT_DAY,
      entry: spent,
      missing: 1,
    });
    shop.count({ cash: 140_00 }, { businessDate: DAY });
    expect(typesOf(shop.close(DAY, { comment: 'perdu' }))).toContain('DayClosed');
  });

  it('looks at every later day', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY).sell({ cash: 10_00 });
    shop.goTo(THIRD_DAY).enter({ type: 'cash-out', method: 'cash', amount: 165_00, reason: 'owner' });
    shop.count({ cash: 154_00 }, { businessDate: DAY });
    expect(refusal(() => shop.close(DAY, { comment: 'perdu' }))).toMatchObject({
      code: 'cash-balance-negative',
      businessDate: THIRD_DAY,
      missing: 1_00,
    });
  });

  it('does not judge a later day that is fed by Z-tickets: that is for its own closing', () => {
    const shop = new Shop();
    shop.changeSettings({ effectiveFrom: NEXT_DAY, tills: [{ code: 'T1', feed: 'z-ticket' }] });
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY).enter({ type: 'cash-out', method: 'cash', amount: 160_00, reason: 'owner' });
    shop.count({ cash: 100_00 }, { businessDate: DAY });
    expect(typesOf(shop.close(DAY, { comment: 'perdu' }))).toContain('DayClosed');
    expect(shop.openAlerts()).toEqual(['cash-unproven']);
    shop.count({ cash: 0 });
    expect(refusal(() => shop.close(NEXT_DAY, { comment: 'manque' }))).toMatchObject({
      code: 'cash-balance-negative',
      missing: 60_00,
    });
  });

  it('does not mind what is not cash', () => {
    const methods = [
      { code: 'cash', kind: 'cash' },
      { code: 'cheque', kind: 'cheque', counted: true },
    ];
    const shop = new Shop({ methods });
    shop.sell({ cheque: 20_00 });
    shop.goTo(NEXT_DAY).enter({ type: 'deposit', method: 'cheque', amount: 20_00 });
    shop.count({ cash: 150_00, cheque: 0 }, { businessDate: DAY });
    expect(typesOf(shop.close(DAY, { comment: 'chèque égaré' }))).toContain('DayClosed');
    expect(shop.balance('till/T1/cheque')).toBe(-20_00);
  });

  it('leaves the later days open, with the right opening', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY).sell({ cash: 5_00 });
    shop.countAndClose(DAY, 158_00);
    const closed = dataOf(shop.countAndClose(NEXT_DAY, 163_00), 'DayClosed');
    expect(closed.methods[0]).toMatchObject({ opening: 158_00, theoretical: 163_00, difference: 0 });
  });

  it('numbers the till’s own sequence by day, although the days were recorded across each other', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.sell({ cash: 20_00 }, { businessDate: NEXT_DAY });
    shop.sell({ cash: 30_00 });
    shop.count({ cash: 190_00 });
    shop.sell({ cash: 40_00 }, { businessDate: NEXT_DAY });
    const closed = dataOf(shop.close(DAY), 'DayClosed');
    expect([closed.firstTillSequence, closed.lastTillSequence]).toEqual([2, 5]);
  });
});

describe('totals in closures', () => {
  it('are of the day, and since the till’s first use: real with the sign, absolute without', () => {
    const shop = new Shop();
    shop.sell({ cash: 100_00 });
    shop.sell({ cash: -30_00 });
    shop.countAndClose(DAY, 220_00);
    shop.goTo(NEXT_DAY).sell({ cash: 10_00 }, { lines: [{ category: 'pain', vatRate: 550, gross: 10_00 }] });
    shop.sell({ cash: -5_00 });
    expect(dataOf(shop.countAndClose(NEXT_DAY, 225_00), 'DayClosed')).toMatchObject({
      period: [
        { vatRate: 550, real: 10_00, absolute: 10_00 },
        { vatRate: 2000, real: -5_00, absolute: 5_00 },
      ],
      perpetual: [
        { vatRate: 550, real: 10_00, absolute: 10_00 },
        { vatRate: 2000, real: 65_00, absolute: 135_00 },
      ],
    });
    shop.goTo(THIRD_DAY);
    expect(dataOf(shop.countAndClose(THIRD_DAY, 225_00), 'DayClosed')).toMatchObject({
      period: [],
      perpetual: [
        { vatRate: 550, real: 10_00, absolute: 10_00 },
        { vatRate: 2000, real: 65_00, absolute: 135_00 },
      ],
    });
  });

  it('are of one till: the other till has its own', () => {
    const shop = new Shop();
    shop.sell({ cash: 100_00 });
    shop.sell({ cash: 40_00 }, { till: 'T2' });
    shop.countAndClose(DAY, 250_00);
    const other = dataOf(shop.countAndClose(DAY, 40_00, { till: 'T2' }), 'DayClosed');
    expect(other.perpetual).toEqual([{ vatRate: 2000, real: 40_00, absolute: 40_00 }]);
  });

  it('count single-purpose vouchers when they are sold, and neither multi-purpose ones nor what is no turnover', () => {
    const shop = new Shop();
    const sold = (voucher: string, kind: string) => ({
      type: 'voucher-sale',
      voucher,
      kind,
      amount: 30_00,
      category: 'pain',
      vatRate: 550,
      payments: amountsOf({ cash: 30_00 }),
    });
    shop.enter(sold('U1', 'single-purpose'));
    shop.enter(sold('M1', 'multi-purpose'));
    shop.enter({ type: 'cash-in', method: 'cash', amount: 90_00, reason: 'owner' });
    shop.enter({ type: 'voucher-refund', voucher: 'U1', amount: 10_00 });
    expect(dataOf(shop.countAndClose(DAY, 290_00), 'DayClosed')).toMatchObject({
      turnover: { gross: 20_00, net: 18_96, vat: 1_04 },
      period: [{ vatRate: 550, real: 20_00, absolute: 40_00 }],
      salesCount: 1,
    });
  });

  it('come in the order of rates and of categories, however they were sold', () => {
    const shop = new Shop();
    for (const [category, vatRate] of [
      ['divers', 2000],
      ['snacking', 1000],
      ['boisson', 1000],
      ['pain', 550],
      ['divers', 210],
    ]) {
      shop.sell({ cash: 1_00 }, { lines: [{ category, vatRate, gross: 1_00 }] });
    }
    const closed = dataOf(shop.countAndClose(DAY, 155_00), 'DayClosed');
    expect(closed.period.map(({ vatRate }) => vatRate)).toEqual([210, 550, 1000, 2000]);
    expect(closed.perpetual.map(({ vatRate }) => vatRate)).toEqual([210, 550, 1000, 2000]);
    expect(closed.byCategory.map(({ category, vatRate }) => `${category}/${vatRate}`)).toEqual([
      'boisson/1000',
      'divers/2000',
      'divers/210',
      'pain/550',
      'snacking/1000',
    ]);
  });

  it('leave out categories that come to nothing, and keep their rate', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.sell({ cash: -10_00 });
    const closed = dataOf(shop.countAndClose(DAY, 150_00), 'DayClosed');
    expect(closed.byCategory).toEqual([]);
    expect(closed.period).toEqual([{ vatRate: 2000, real: 0, absolute: 20_00 }]);
  });
});

describe('the journal lines that a closure seals', () => {
  it('are those of the till’s methods, of credit and vouchers, of a sale without payment, and the difference', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00, card: 5_00 });
    shop.sell({ credit: 7_00 });
    shop.enter({ type: 'sale', lines: [{ category: 'pain', vatRate: 550, gross: 0 }], payments: [] });
    shop.enter({ type: 'comment', about: 'difference', comment: 'rien' });
    const first = dataOf(shop.countAndClose(DAY, 161_00), 'DayClosed');
    // Two, one on credit, one of zero, one for the difference; counts and comments write no line.
    expect(first.journal).toEqual({ first: 1, last: 5 });
    shop.goTo(NEXT_DAY);
    expect(dataOf(shop.countAndClose(NEXT_DAY, 161_00), 'DayClosed').journal).toEqual({ first: 6, last: 5 });
    shop.goTo(THIRD_DAY).sell({ cash: 1_00 });
    expect(dataOf(shop.countAndClose(THIRD_DAY, 162_00), 'DayClosed').journal).toEqual({ first: 6, last: 6 });
  });
});

describe('the safe', () => {
  it('closes like a till, and counts what it holds or held', () => {
    const shop = new Shop();
    const safe = { till: 'safe' };
    shop.count({ card: 0 }, safe);
    expect(typesOf(shop.close(DAY, safe))).toEqual(['DayClosed']);
    shop.goTo(NEXT_DAY);
    shop.enter({
      type: 'transfer',
      from: { method: 'cash' },
      to: { till: 'safe', method: 'cash' },
      amount: 50_00,
    });
    expect(refusal(() => shop.close(NEXT_DAY, safe))).toMatchObject({
      code: 'count-required',
      methods: ['cash'],
    });
    shop.count({ cash: 49_00 }, safe);
    const closed = shop.close(NEXT_DAY, { ...safe, comment: 'un billet manque' });
    expect(moves(closed)).toEqual([
      ['safe/cash', -1_00],
      ['difference/count', 1_00],
    ]);
    shop.goTo(THIRD_DAY).count({ card: 0 }, safe);
    expect(refusal(() => shop.close(THIRD_DAY, safe))).toMatchObject({
      code: 'count-required',
      methods: ['cash'],
    });
  });
});

describe('a day as one atomic batch', () => {
  it('is typed, counted and closed in one sitting, or not at all', () => {
    const shop = new Shop();
    const day = [
      { ...saleOf({ cash: 30_00 }), till: 'T1' },
      { type: 'expense', till: 'T1', category: 'supplies', gross: 10_00, vatRate: 2000 },
      { type: 'count', till: 'T1', counts: amountsOf({ cash: 170_00 }) },
    ];
    const closure = { type: 'day-closure', till: 'T1', businessDate: DAY };
    const { sequence } = shop.ledger;
    const spoilt = [...day.slice(0, 2), { ...day[2], counts: amountsOf({ cash: 100_00 }) }, closure];
    expect(refusal(() => shop.recordAll(spoilt))).toMatchObject({
      code: 'comment-required',
      difference: -70_00,
    });
    expect(shop.ledger.sequence).toBe(sequence);
    expect(typesOf(shop.recordAll([...day, closure]))).toEqual([
      'SaleRecorded',
      'ExpensePaid',
      'TillCounted',
      'DayClosed',
    ]);
  });
});
