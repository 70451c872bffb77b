import {
  amountsOf,
  DAY,
  idOf,
  NEXT_DAY,
  refusal,
  saleOf,
  Shop,
  THIRD_DAY,
  typesOf,
} from '../../test/support/shop';
import type { Body } from '../../test/support/ledger-book';

const EXPENSE = { type: 'expense', category: 'supplies', vatRate: 2000 };

describe('the day that an entry is recorded on', () => {
  it('is the business day of when it occurred, which is now unless it says otherwise', () => {
    const shop = new Shop();
    expect(shop.sell({ card: 1_00 })[0]).toMatchObject({
      businessDate: DAY,
      occurredAt: '2026-03-14T10:00:00.000Z',
      recordedAt: '2026-03-14T10:00:00.000Z',
    });
    expect(shop.sell({ card: 1_00 }, { occurredAt: '2026-03-13T18:30:00.25+01:00' })[0]).toMatchObject({
      businessDate: '2026-03-13',
      occurredAt: '2026-03-13T17:30:00.250Z',
      recordedAt: '2026-03-14T10:00:00.000Z',
    });
  });

  it.each([
    ['2026-03-15T03:59:59.999Z', DAY],
    ['2026-03-15T04:00:00.000Z', NEXT_DAY],
    // The night in which the clocks go forward, and the one in which they go back.
    ['2026-03-29T02:59:59.999Z', '2026-03-28'],
    ['2026-03-29T03:00:00.000Z', '2026-03-29'],
    ['2026-10-25T03:59:59.999Z', '2026-10-24'],
    ['2026-10-25T04:00:00.000Z', '2026-10-25'],
  ])('changes at five in Paris: %s is of %s', (now, day) => {
    expect(new Shop({}, now).sell({ card: 1_00 })[0]?.businessDate).toBe(day);
  });

  it('is what the entry says, whenever it occurred', () => {
    const [event] = new Shop().sell(
      { card: 1_00 },
      { businessDate: '2026-03-10', occurredAt: '2026-03-11T02:00:00Z' },
    );
    expect(event).toMatchObject({ businessDate: '2026-03-10', occurredAt: '2026-03-11T02:00:00.000Z' });
  });

  it('may be any past day until it or a later one is closed on that till', () => {
    const shop = new Shop();
    expect(shop.sell({ card: 1_00 }, { businessDate: '2019-12-31' })[0]?.businessDate).toBe('2019-12-31');
    shop.countAndClose('2019-12-31', 150_00);
    shop.countAndClose('2026-03-10', 150_00);
    const closed = { code: 'day-closed', pointer: '/businessDate', till: 'T1', closedThrough: '2026-03-10' };
    expect(refusal(() => shop.sell({ card: 1_00 }, { businessDate: '2026-03-10' }))).toEqual({
      ...closed,
      businessDate: '2026-03-10',
    });
    expect(refusal(() => shop.sell({ card: 1_00 }, { businessDate: '2026-03-02' }))).toEqual({
      ...closed,
      businessDate: '2026-03-02',
    });
    expect(typesOf(shop.sell({ card: 1_00 }, { businessDate: '2026-03-11' }))).toEqual(['SaleRecorded']);
    expect(typesOf(shop.sell({ card: 1_00 }, { businessDate: '2026-03-02', till: 'T2' }))).toEqual([
      'SaleRecorded',
    ]);
  });

  it('may be tomorrow, and no later', () => {
    const shop = new Shop();
    expect(typesOf(shop.sell({ card: 1_00 }, { businessDate: NEXT_DAY }))).toEqual(['SaleRecorded']);
    expect(refusal(() => shop.sell({ card: 1_00 }, { businessDate: THIRD_DAY }))).toEqual({
      code: 'day-in-future',
      pointer: '/businessDate',
      businessDate: THIRD_DAY,
      tomorrow: NEXT_DAY,
    });
    expect(refusal(() => shop.sell({ card: 1_00 }, { occurredAt: '2026-03-16T12:00:00Z' }))).toMatchObject({
      code: 'day-in-future',
    });
  });

  it('does not excuse an instant of a later day', () => {
    const shop = new Shop();
    const later = { businessDate: NEXT_DAY, occurredAt: '2026-03-16T12:00:00Z' };
    expect(refusal(() => shop.sell({ card: 1_00 }, later))).toEqual({
      code: 'day-in-future',
      pointer: '/occurredAt',
      businessDate: THIRD_DAY,
      tomorrow: NEXT_DAY,
    });
  });

  it('is tomorrow by the company’s business day, not by the clock', () => {
    const shop = new Shop({}, '2026-03-15T02:00:00.000Z');
    expect(refusal(() => shop.sell({ card: 1_00 }, { businessDate: THIRD_DAY }))).toMatchObject({
      tomorrow: NEXT_DAY,
    });
  });

  it('opens while the one before is open, and takes late entries until it is closed', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY).sell({ cash: 20_00 });
    expect(shop.sell({ cash: 5_00 }, { businessDate: DAY })[0]).toMatchObject({
      businessDate: DAY,
      tillSequence: 4,
      recordedAt: '2026-03-15T10:00:00.000Z',
    });
    const days = shop.ledger.tills.get('T1')?.days;
    expect([...(days?.keys() ?? [])]).toEqual([DAY, NEXT_DAY]);
  });

  it('is refused on a till that nobody knows, and needs one', () => {
    const shop = new Shop();
    expect(refusal(() => shop.sell({ cash: 1_00 }, { till: 'T9' }))).toEqual({
      code: 'unknown-till',
      pointer: '/till',
      till: 'T9',
    });
    expect(refusal(() => shop.record(saleOf({ cash: 1_00 })))).toEqual({
      code: 'till-required',
      pointer: '/till',
    });
  });
});

describe('an entry of two tills', () => {
  const toSecond = {
    type: 'transfer',
    from: { method: 'cash' },
    to: { till: 'T2', method: 'cash' },
    amount: 1_00,
  };

  it('is refused where the other till has closed the day', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 0, { till: 'T2' });
    const closed = { code: 'day-closed', pointer: '/businessDate', businessDate: DAY, closedThrough: DAY };
    expect(refusal(() => shop.enter(toSecond))).toEqual({ ...closed, till: 'T2' });
    shop.count({ cash: 0 }, { till: 'safe' });
    shop.close(DAY, { till: 'safe' });
    const toSafe = { type: 'cash-out', method: 'cash', amount: 1_00, reason: 'safe' };
    expect(refusal(() => shop.enter(toSafe))).toEqual({ ...closed, till: 'safe' });
  });

  it('names the end whose till nobody knows', () => {
    const shop = new Shop();
    expect(refusal(() => shop.enter({ ...toSecond, to: { till: 'T9', method: 'cash' } }))).toEqual({
      code: 'unknown-till',
      pointer: '/to/till',
      till: 'T9',
    });
    expect(refusal(() => shop.enter({ ...toSecond, from: { till: 'T9', method: 'cash' } }))).toMatchObject({
      pointer: '/from/till',
    });
  });
});

describe('what carries a company date', () => {
  it('opens no till day and minds no closed one: confirmations and voucher expiry', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 50_00 }));
    shop.enter({
      type: 'voucher-sale',
      voucher: 'V1',
      kind: 'multi-purpose',
      amount: 5_00,
      payments: amountsOf({ card: 5_00 }),
    });
    shop.countAndClose(DAY, 100_00);
    for (const entry of [
      { type: 'deposit-confirmation', deposit, amount: 50_00, till: 'T1', businessDate: DAY },
      { type: 'voucher-expiry', voucher: 'V1', till: 'T1', businessDate: DAY },
    ]) {
      const [event] = shop.record(entry);
      expect(event).toMatchObject({ businessDate: DAY });
      for (const member of ['till', 'tillSequence']) expect(event).not.toHaveProperty(member);
    }
    expect(shop.ledger.tills.get('T1')?.days.size).toBe(0);
  });

  it('is not of the future either', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 50_00 }));
    const confirmation = { type: 'deposit-confirmation', deposit, amount: 50_00, businessDate: THIRD_DAY };
    expect(refusal(() => shop.record(confirmation))).toMatchObject({ code: 'day-in-future' });
  });
});

describe('cash over several days', () => {
  const spend = (gross: number, more: Body = {}) => ({ ...EXPENSE, gross, ...more });

  it('is checked against every balance since: an expense dated yesterday may break today', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY).enter(spend(100_00));
    shop.sell({ cash: 500_00 });
    expect(refusal(() => shop.enter(spend(60_01, { businessDate: DAY })))).toEqual({
      code: 'cash-balance-negative',
      till: 'T1',
      method: 'cash',
      businessDate: NEXT_DAY,
      missing: 1,
    });
    expect(typesOf(shop.enter(spend(60_00, { businessDate: DAY })))).toEqual(['ExpensePaid']);
  });

  it('does not borrow from a later day', () => {
    const shop = new Shop();
    shop.goTo(NEXT_DAY).sell({ cash: 500_00 });
    expect(refusal(() => shop.enter(spend(150_01, { businessDate: DAY })))).toMatchObject({
      businessDate: DAY,
      missing: 1,
    });
  });

  it('does not borrow from what came in later on the same day', () => {
    const shop = new Shop();
    expect(refusal(() => shop.enter(spend(150_01)))).toMatchObject({
      code: 'cash-balance-negative',
      missing: 1,
    });
    shop.enter(spend(150_00));
    expect(refusal(() => shop.enter(spend(1)))).toMatchObject({ missing: 1 });
  });

  it('is told apart by till and by cash method; other methods may go below zero', () => {
    const methods = [
      { code: 'cash', kind: 'cash' },
      { code: 'coins', kind: 'cash', counted: false },
      { code: 'card', kind: 'card' },
    ];
    const shop = new Shop({ methods });
    expect(refusal(() => shop.enter(spend(1, { method: 'coins' })))).toMatchObject({ method: 'coins' });
    expect(refusal(() => shop.enter(spend(1, { till: 'T2' })))).toMatchObject({ till: 'T2' });
    expect(refusal(() => shop.enter(spend(1, { till: 'safe' })))).toMatchObject({ till: 'safe' });
    expect(typesOf(shop.enter(spend(9_999_00, { method: 'card' })))).toEqual(['ExpensePaid']);
  });

  it('judges an entry by its net: change given on one ticket needs no cash before', () => {
    const shop = new Shop();
    const payments = [...amountsOf({ cash: -40_00 }), ...amountsOf({ cash: 50_00 })];
    expect(typesOf(shop.enter({ ...saleOf({ cash: 10_00 }), till: 'T2', payments }))).toEqual([
      'SaleRecorded',
    ]);
  });

  it('remembers the lowest line of a day, not only its end', () => {
    const shop = new Shop();
    shop.goTo(NEXT_DAY).enter(spend(140_00));
    shop.sell({ cash: 100_00 });
    expect(refusal(() => shop.enter(spend(10_01, { businessDate: DAY })))).toMatchObject({
      businessDate: NEXT_DAY,
      missing: 1,
    });
  });
});
