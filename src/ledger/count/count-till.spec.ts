import {
  amountsOf,
  dataOf,
  DAY,
  idOf,
  moves,
  NEXT_DAY,
  refusal,
  Shop,
  typesOf,
} from '../../../test/support/shop';

describe('a closing count', () => {
  it('says what was there and posts nothing', () => {
    const shop = new Shop();
    const events = shop.count({ cash: 149_00 });
    expect(events[0]).toMatchObject({
      type: 'TillCounted',
      till: 'T1',
      businessDate: DAY,
      document: { type: 'count', number: 1 },
      data: { counts: [{ method: 'cash', amount: 149_00 }] },
    });
    expect(events[0]?.postings).toBeUndefined();
    expect(shop.balance('till/T1/cash')).toBe(150_00);
    expect(dataOf(shop.count({ cash: 150_00 }, { moment: 'closing' }), 'TillCounted').counts).toHaveLength(1);
  });

  it('may be repeated: the last count of each method is the one that closes', () => {
    const shop = new Shop();
    shop.sell({ card: 10_00 });
    shop.count({ cash: 149_00 });
    shop.count({ cash: 151_00 });
    const closed = dataOf(shop.close(DAY, { comment: 'recompté' }), 'DayClosed');
    expect(closed.methods[0]).toMatchObject({ method: 'cash', counted: 151_00, difference: 1_00 });
  });

  it('may be made in parts, one method after the other', () => {
    const methods = [
      { code: 'cash', kind: 'cash' },
      { code: 'cheque', kind: 'cheque', counted: true },
    ];
    const shop = new Shop({ methods });
    shop.count({ cash: 150_00 });
    shop.count({ cheque: 0 });
    expect(typesOf(shop.close(DAY))).toEqual(['DayClosed']);
  });

  it('keeps notes and coins, which must add up to the amount', () => {
    const shop = new Shop();
    const denominations = { '5000': 2, '1000': 4, '200': 5 };
    const counted = (amount: number) => ({
      type: 'count',
      counts: [{ method: 'cash', amount, denominations }],
    });
    const events = shop.enter(counted(150_00));
    expect(dataOf(events, 'TillCounted').counts).toEqual([{ method: 'cash', amount: 150_00, denominations }]);
    expect(refusal(() => shop.enter(counted(149_99)))).toEqual({
      code: 'denominations-mismatch',
      pointer: '/counts/0/denominations',
      total: 150_00,
      amount: 149_99,
    });
  });

  it('of the safe is a count like any other', () => {
    expect(typesOf(new Shop().count({ cash: 0 }, { till: 'safe' }))).toEqual(['TillCounted']);
  });

  it.each([
    [{ bitcoin: 1 }, { code: 'unknown-method', pointer: '/counts/0/method', method: 'bitcoin' }],
    [
      { cash: 1, credit: 1 },
      { code: 'method-not-allowed', pointer: '/counts/1/method', method: 'credit', kind: 'credit' },
    ],
    [
      { voucher: 1 },
      { code: 'method-not-allowed', pointer: '/counts/0/method', method: 'voucher', kind: 'voucher' },
    ],
  ])('is of methods that a till holds: %j', (counts, expected) => {
    expect(refusal(() => new Shop().count(counts as never))).toEqual(expected);
  });

  it('says each method once', () => {
    const counts = [...amountsOf({ cash: 1 }), ...amountsOf({ cash: 2 })];
    expect(refusal(() => new Shop().enter({ type: 'count', counts }))).toEqual({
      code: 'method-not-allowed',
      pointer: '/counts/1/method',
      method: 'cash',
    });
  });
});

describe('an opening count', () => {
  const opening = { moment: 'opening' };
  const COUNTED = [
    { code: 'cash', kind: 'cash' },
    { code: 'card', kind: 'card', counted: true },
  ];

  it('posts at once what differs from the opening, either way', () => {
    const shop = new Shop({ methods: COUNTED });
    const events = shop.count({ cash: 148_50, card: 5_00 }, opening);
    expect(typesOf(events)).toEqual(['OpeningCounted']);
    expect(moves(events)).toEqual([
      ['till/T1/cash', -1_50],
      ['difference/opening', 1_50],
      ['till/T1/card', 5_00],
      ['difference/opening', -5_00],
    ]);
    expect(dataOf(events, 'OpeningCounted').counts).toEqual([
      { method: 'cash', amount: 148_50, expected: 150_00, difference: -1_50 },
      { method: 'card', amount: 5_00, expected: 0, difference: 5_00 },
    ]);
    expect(shop.balance('till/T1/cash')).toBe(148_50);
  });

  it('posts nothing when it agrees', () => {
    const events = new Shop().count({ cash: 150_00 }, opening);
    expect(events[0]?.postings).toBeUndefined();
    expect(dataOf(events, 'OpeningCounted').counts[0]?.difference).toBe(0);
  });

  it('is compared with the opening, not with what the day has moved since', () => {
    const shop = new Shop();
    shop.sell({ cash: 80_00 });
    expect(dataOf(shop.count({ cash: 149_00 }, opening), 'OpeningCounted').counts[0]).toMatchObject({
      expected: 150_00,
      difference: -1_00,
    });
    expect(shop.balance('till/T1/cash')).toBe(229_00);
  });

  it('made again posts only what is new', () => {
    const shop = new Shop();
    shop.count({ cash: 148_00 }, opening);
    const again = shop.count({ cash: 149_00 }, opening);
    expect(dataOf(again, 'OpeningCounted').counts[0]).toMatchObject({ expected: 148_00, difference: 1_00 });
    expect(shop.balance('difference/opening')).toBe(1_00);
  });

  it('is against what was last counted', () => {
    const shop = new Shop();
    shop.sell({ cash: 50_00 });
    shop.countAndClose(DAY, 198_00);
    const events = shop.goTo(NEXT_DAY).count({ cash: 197_00 }, opening);
    expect(dataOf(events, 'OpeningCounted').counts[0]).toMatchObject({ expected: 198_00, difference: -1_00 });
  });

  it('waits until the till’s earlier days are closed, and for its own till only', () => {
    const shop = new Shop();
    shop.sell({ cash: 50_00 });
    shop.goTo(NEXT_DAY);
    expect(refusal(() => shop.count({ cash: 200_00 }, opening))).toEqual({
      code: 'previous-day-open',
      pointer: '/businessDate',
      businessDate: DAY,
    });
    expect(typesOf(shop.count({ cash: 0 }, { ...opening, till: 'T2' }))).toEqual(['OpeningCounted']);
    shop.countAndClose(DAY, 200_00);
    expect(typesOf(shop.count({ cash: 200_00 }, opening))).toEqual(['OpeningCounted']);
  });

  it('takes no more than there is: cash that was spent meanwhile must have been there', () => {
    const shop = new Shop();
    shop.enter({ type: 'cash-out', method: 'cash', amount: 120_00, reason: 'owner' });
    expect(refusal(() => shop.count({ cash: 100_00 }, opening))).toMatchObject({
      code: 'cash-balance-negative',
      businessDate: DAY,
      missing: 20_00,
    });
  });

  it('is of methods that closings count: the others carry their theoretical balance', () => {
    const shop = new Shop();
    shop.sell({ card: 10_00 });
    expect(refusal(() => shop.count({ cash: 150_00, card: 10_00 }, opening))).toEqual({
      code: 'method-not-counted',
      pointer: '/counts/1/method',
      method: 'card',
    });
    expect(typesOf(shop.count({ cash: 150_00, card: 10_00 }))).toEqual(['TillCounted']);
  });

  it('of a method that was not counted until now has shown what a correction of a day before gives back', () => {
    const shop = new Shop({
      methods: [
        { code: 'cash', kind: 'cash' },
        { code: 'card', kind: 'card' },
      ],
    });
    const mistaken = idOf(shop.sell({ card: 10_00 }));
    shop.countAndClose(DAY, 150_00);
    shop.goTo(NEXT_DAY).changeSettings({ methods: COUNTED });
    expect(moves(shop.count({ card: 0 }, opening))).toEqual([
      ['till/T1/card', -10_00],
      ['difference/opening', 10_00],
    ]);
    shop.correct(mistaken);
    expect(shop.balance('till/T1/card')).toBe(0);
    expect(shop.balance('difference/correction')).toBe(-10_00);
  });

  it('does not stand in for a closing count', () => {
    const shop = new Shop();
    shop.count({ cash: 150_00 }, opening);
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'count-required' });
  });

  it('that was wrong is taken back, and the next one knows nothing of it', () => {
    const shop = new Shop();
    const wrong = idOf(shop.count({ cash: 140_00 }, opening));
    expect(moves(shop.correct(wrong))).toEqual([
      ['till/T1/cash', 10_00],
      ['difference/opening', -10_00],
    ]);
    expect(
      dataOf(shop.count({ cash: 150_00 }, opening).slice(-1), 'OpeningCounted').counts[0]?.difference,
    ).toBe(0);
  });

  it('that is taken back after the closing leaves the opening of the day after as it was', () => {
    const shop = new Shop();
    const wrong = idOf(shop.count({ cash: 140_00 }, opening));
    shop.countAndClose(DAY, 150_00);
    shop.goTo(NEXT_DAY).correct(wrong);
    const counted = dataOf(shop.count({ cash: 150_00 }, opening), 'OpeningCounted');
    expect(counted.counts[0]).toMatchObject({ expected: 150_00, difference: 0 });
  });
});
