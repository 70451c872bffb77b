import { cashIn, received, sent, transfer, transferred } from '../../../test/support/entries';
import { anOpenTill, given } from '../../../test/support/given';
import type { Shop } from '../../../test/support/shop';

const till = anOpenTill({ cash: 150_00, card: 60_00 });
const off = anOpenTill({ cash: 150_00 }, { features: { transfers: false } });

describe('a transfer between two methods of a till', () => {
  it('moves both balances, and neither turnover nor the total', () =>
    given(till)
      .when(transfer(23_00, { method: 'card' }, { method: 'meal' }, { zNumber: '117' }))
      .then(
        transferred(
          { 'till/T1/card': -23_00, 'till/T1/meal': 23_00 },
          {
            data: {
              from: { till: 'T1', method: 'card' },
              to: { till: 'T1', method: 'meal' },
              amount: 23_00,
              zNumber: '117',
            },
            facts: { till: 'T1', businessDate: '2026-03-14', document: { type: 'transfer', number: 1 } },
          },
        ),
      ));

  it('may name its till on both sides, another than the entry’s', () =>
    given(till)
      .when(transfer(23_00, { till: 'T2', method: 'card' }, { till: 'T2', method: 'meal' }))
      .then(transferred({ 'till/T2/card': -23_00, 'till/T2/meal': 23_00 }, { facts: { till: 'T2' } })));

  it('takes no more cash than there is; another method may go below zero', () => {
    given(till)
      .when(transfer(150_01, { method: 'cash' }, { method: 'card' }))
      .thenRefused('cash-balance-negative', {
        till: 'T1',
        method: 'cash',
        businessDate: '2026-03-14',
        missing: 1,
      });
    given(till)
      .when(transfer(60_01, { method: 'card' }, { method: 'cash' }))
      .thenBalances({ 'till/T1/card': -1, 'till/T1/cash': 210_01 });
  });

  it('goes somewhere', () =>
    given(till)
      .when(transfer(1_00, { method: 'cash' }, { till: 'T1', method: 'cash' }))
      .thenRefused('same-place', { pointer: '/to' }));

  it('is refused where transfers are turned off', () =>
    given(off)
      .when(transfer(1_00, { method: 'cash' }, { method: 'cash' }))
      .thenRefused('feature-disabled', { feature: 'transfers' }));
});

describe('a transfer between tills', () => {
  const data = { from: { till: 'T1', method: 'cash' }, to: { till: 'T2', method: 'cash' }, amount: 50_00 };

  it('is two events of one entry, one on each till', () =>
    given(till)
      .when(transfer(50_00, { method: 'cash' }, { till: 'T2', method: 'cash' }))
      .then(
        sent(
          { 'till/T1/cash': -50_00, 'transit/tills/cash': 50_00 },
          { data, facts: { till: 'T1', tillSequence: 2, entry: { index: 0, count: 2 } } },
        ),
        received(
          { 'till/T2/cash': 50_00, 'transit/tills/cash': -50_00 },
          {
            data,
            facts: {
              till: 'T2',
              tillSequence: 2,
              entry: { index: 1, count: 2 },
              document: { type: 'transfer', number: 1 },
            },
          },
        ),
      ));

  it('may come from another till to the entry’s own', () =>
    given(till)
      .when(transfer(50_00, { till: 'T1', method: 'cash' }, { method: 'cash' }, { till: 'T2' }))
      .thenBalances({ 'till/T1/cash': 100_00, 'till/T2/cash': 50_00, 'transit/tills/cash': 0 }));

  it('goes to the safe and comes back', () => {
    given(till)
      .when(transfer(50_00, { method: 'cash' }, { till: 'safe', method: 'cash' }))
      .then(
        sent({ 'till/T1/cash': -50_00, 'transit/tills/cash': 50_00 }),
        received({ 'safe/cash': 50_00, 'transit/tills/cash': -50_00 }, { facts: { till: 'safe' } }),
      );
    given(till, cashIn({ till: 'safe', amount: 80_00 }))
      .when(transfer(80_00, { till: 'safe', method: 'cash' }, { method: 'cash' }))
      .thenBalances({ 'safe/cash': 0, 'till/T1/cash': 230_00, 'transit/tills/cash': 0 });
  });

  it('may change the method on its way, and leaves nothing in transit', () =>
    given(till)
      .when(transfer(20_00, { method: 'card' }, { till: 'T2', method: 'meal' }))
      .then(
        sent({ 'till/T1/card': -20_00, 'transit/tills/card': 20_00 }),
        received({ 'till/T2/meal': 20_00, 'transit/tills/card': -20_00 }),
      ));

  it('is needed even where transfers between methods are turned off', () =>
    given(off)
      .when(transfer(50_00, { method: 'cash' }, { till: 'T2', method: 'cash' }))
      .thenBalances({ 'till/T2/cash': 50_00 }));

  it('takes no more cash than the sender has', () =>
    given(till)
      .when(transfer(1, { till: 'T2', method: 'cash' }, { method: 'cash' }))
      .thenRefused('cash-balance-negative', {
        till: 'T2',
        method: 'cash',
        businessDate: '2026-03-14',
        missing: 1,
      }));

  it('finds the day open on both', () => {
    const closeT2 = (shop: Shop) => shop.countAndClose('2026-03-14', 0, { till: 'T2' });
    const closed = {
      pointer: '/businessDate',
      till: 'T2',
      businessDate: '2026-03-14',
      closedThrough: '2026-03-14',
    };
    given(till, closeT2)
      .when(transfer(1_00, { method: 'cash' }, { till: 'T2', method: 'cash' }))
      .thenRefused('day-closed', closed);
    given(till, closeT2)
      .when(transfer(1_00, { till: 'T2', method: 'cash' }, { method: 'cash' }))
      .thenRefused('day-closed', closed);
  });
});

describe('what a transfer names', () => {
  it.each([
    [
      { till: 'T9', method: 'cash' },
      { method: 'cash' },
      'unknown-till',
      { pointer: '/from/till', till: 'T9' },
    ],
    [{ method: 'cash' }, { till: 'T9', method: 'cash' }, 'unknown-till', { pointer: '/to/till', till: 'T9' }],
    [
      { method: 'bitcoin' },
      { method: 'cash' },
      'unknown-method',
      { pointer: '/from/method', method: 'bitcoin' },
    ],
    [
      { method: 'cash' },
      { method: 'bitcoin' },
      'unknown-method',
      { pointer: '/to/method', method: 'bitcoin' },
    ],
    [
      { method: 'credit' },
      { method: 'cash' },
      'method-not-allowed',
      { pointer: '/from/method', method: 'credit', kind: 'credit' },
    ],
    [
      { method: 'cash' },
      { method: 'voucher' },
      'method-not-allowed',
      { pointer: '/to/method', method: 'voucher', kind: 'voucher' },
    ],
  ] as const)('is known and held by a till: not %j to %j', (from, to, code, facts) =>
    given(till)
      .when(transfer(1_00, from, to))
      .thenRefused(code, facts),
  );
});
