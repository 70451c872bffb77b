import { cashIn, cashOut, putIn, takenOut } from '../../../test/support/entries';
import { anOpenTill, given } from '../../../test/support/given';
import type { Shop } from '../../../test/support/shop';

const till = anOpenTill({ cash: 150_00 });

describe('cash put into a till', () => {
  it.each([
    ['owner', 'owner'],
    ['bank', 'bank/main'],
    ['other', 'other'],
  ])('by reason of %s comes from %s, and is no turnover', (reason, counterpart) =>
    given(till)
      .when(cashIn({ amount: 100_00, reason, label: 'appoint' }))
      .then(
        putIn(
          { 'till/T1/cash': 100_00, [counterpart]: -100_00 },
          {
            data: { method: 'cash', amount: 100_00, reason, label: 'appoint' },
            facts: { till: 'T1', businessDate: '2026-03-14', document: { type: 'cash-in', number: 1 } },
          },
        ),
      ),
  );

  it('from the safe leaves the safe: two events of one entry', () => {
    const filled = given(till, cashIn({ till: 'safe', amount: 80_00 }));
    filled.when(cashIn({ amount: 30_00, reason: 'safe' })).then(
      putIn(
        { 'till/T1/cash': 30_00, 'transit/tills/cash': -30_00 },
        {
          data: { method: 'cash', amount: 30_00, reason: 'safe' },
          facts: { till: 'T1', entry: { index: 0, count: 2 } },
        },
      ),
      takenOut(
        { 'safe/cash': -30_00, 'transit/tills/cash': 30_00 },
        {
          data: { method: 'cash', amount: 30_00, reason: 'safe' },
          facts: { till: 'safe', entry: { index: 1, count: 2 }, document: { type: 'cash-in', number: 2 } },
        },
      ),
    );
    expect(filled.shop.balance('transit/tills/cash')).toBe(0);
  });

  it('from the safe takes no more than is in it', () =>
    given(till, cashIn({ till: 'safe', amount: 80_00 }))
      .when(cashIn({ amount: 80_01, reason: 'safe' }))
      .thenRefused('cash-balance-negative', {
        till: 'safe',
        method: 'cash',
        businessDate: '2026-03-14',
        missing: 1,
      }));
});

describe('cash taken out of a till', () => {
  it.each([
    ['owner', 'owner'],
    ['bank', 'bank/main'],
    ['other', 'other'],
  ])('by reason of %s goes to %s', (reason, counterpart) =>
    given(till)
      .when(cashOut({ amount: 40_00, reason }))
      .then(
        takenOut(
          { 'till/T1/cash': -40_00, [counterpart]: 40_00 },
          {
            data: { method: 'cash', amount: 40_00, reason },
            facts: { till: 'T1', document: { type: 'cash-out', number: 1 } },
          },
        ),
      ),
  );

  it('into the safe is in the safe: two events of one entry', () =>
    given(till)
      .when(cashOut({ amount: 40_00, reason: 'safe' }))
      .then(
        takenOut(
          { 'till/T1/cash': -40_00, 'transit/tills/cash': 40_00 },
          { facts: { till: 'T1', document: { type: 'cash-out', number: 1 }, entry: { index: 0, count: 2 } } },
        ),
        putIn(
          { 'safe/cash': 40_00, 'transit/tills/cash': -40_00 },
          {
            facts: { till: 'safe', document: { type: 'cash-out', number: 1 }, entry: { index: 1, count: 2 } },
          },
        ),
      ));

  it('takes the last cent and no more', () => {
    given(till)
      .when(cashOut({ amount: 150_00 }))
      .thenBalances({ 'till/T1/cash': 0, owner: 150_00 });
    for (const reason of ['owner', 'bank', 'other', 'safe'])
      given(till)
        .when(cashOut({ amount: 150_01, reason }))
        .thenRefused('cash-balance-negative', {
          till: 'T1',
          method: 'cash',
          businessDate: '2026-03-14',
          missing: 1,
        });
  });
});

describe('moving cash', () => {
  it('may be of any method that a till holds', () => {
    given(till)
      .when(cashIn({ method: 'meal', amount: 9_00, reason: 'other' }))
      .then(putIn({ 'till/T1/meal': 9_00, other: -9_00 }));
    given(till)
      .when(cashOut({ method: 'cheque', amount: 9_00, reason: 'safe' }))
      .then(
        takenOut({ 'till/T1/cheque': -9_00, 'transit/tills/cheque': 9_00 }),
        putIn({ 'safe/cheque': 9_00, 'transit/tills/cheque': -9_00 }),
      );
  });

  it('is of a method that the company knows and a till holds', () => {
    for (const entry of [cashIn, cashOut]) {
      given(till)
        .when(entry({ method: 'bitcoin', amount: 1_00 }))
        .thenRefused('unknown-method', { pointer: '/method', method: 'bitcoin' });
      for (const kind of ['credit', 'voucher'])
        given(till)
          .when(entry({ method: kind, amount: 1_00 }))
          .thenRefused('method-not-allowed', { pointer: '/method', method: kind, kind });
    }
  });

  it('is for the safe too, but not from the safe to itself', () => {
    given(till)
      .when(cashIn({ till: 'safe', amount: 10_00 }))
      .then(putIn({ 'safe/cash': 10_00, owner: -10_00 }));
    for (const entry of [cashIn, cashOut])
      given(till)
        .when(entry({ till: 'safe', amount: 1_00, reason: 'safe' }))
        .thenRefused('same-place', { pointer: '/reason' });
  });

  it('finds the safe’s day open, or is refused', () =>
    given(
      till,
      (shop: Shop) => shop.count({ cash: 0 }, { till: 'safe' }),
      (shop: Shop) => shop.close('2026-03-14', { till: 'safe' }),
    )
      .when(cashOut({ amount: 10_00, reason: 'safe' }))
      .thenRefused('day-closed', {
        pointer: '/businessDate',
        till: 'safe',
        businessDate: '2026-03-14',
        closedThrough: '2026-03-14',
      }));

  it('is of something', () =>
    given(till)
      .when(cashOut({ amount: 0 }))
      .thenNotAnEntry('amount'));
});

describe('cash over several days', () => {
  const yesterday = { businessDate: '2026-03-13' };

  it('dated yesterday is checked against every balance since', () => {
    const spentToday = cashOut({ amount: 120_00 });
    given(till, spentToday)
      .when(cashOut({ amount: 30_00, ...yesterday }))
      .thenBalances({ 'till/T1/cash': 0 });
    given(till, spentToday)
      .when(cashOut({ amount: 30_01, ...yesterday }))
      .thenRefused('cash-balance-negative', {
        till: 'T1',
        method: 'cash',
        businessDate: '2026-03-14',
        missing: 1,
      });
  });

  it('that came in today was not there yesterday', () =>
    given(till, cashIn({ amount: 500_00 }))
      .when(cashOut({ amount: 150_01, ...yesterday }))
      .thenRefused('cash-balance-negative', {
        till: 'T1',
        method: 'cash',
        businessDate: '2026-03-13',
        missing: 1,
      }));

  it('that came in later today was not there before, in order of recording', () =>
    given(till)
      .when(cashOut({ amount: 150_01, occurredAt: '2026-03-14T09:00:00Z' }))
      .thenRefused('cash-balance-negative'));
});
