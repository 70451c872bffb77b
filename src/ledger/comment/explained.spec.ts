import { amountsOf, DAY, idOf, NEXT_DAY, refusal, saleOf, Shop, typesOf } from '../../../test/support/shop';

const zOf = (number: string, gross: number, paid: number) => ({
  type: 'z-ticket',
  number,
  categories: [{ category: 'divers', vatRate: 2000, gross }],
  payments: amountsOf({ cash: paid }),
  salesCount: 1,
});
const explained = (shop: Shop, about: string) => shop.enter({ type: 'comment', about, comment: 'vu' });

const cashOut = { type: 'cash-out', method: 'cash', amount: 4_00, reason: 'owner' };

describe('what a comment explains', () => {
  it('is the difference that was there, and not what a later movement makes of it', () => {
    const shop = new Shop();
    shop.count({ cash: 149_00 });
    explained(shop, 'difference');
    const late = idOf(shop.sell({ cash: 500_00 }));
    expect(refusal(() => shop.close(DAY))).toEqual({
      code: 'comment-required',
      pointer: '/comment',
      about: 'difference',
      till: 'T1',
      method: 'cash',
      difference: -501_00,
    });
    shop.correct(late);
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it('is all that there is, if it is given with the closure', () => {
    const shop = new Shop();
    shop.count({ cash: 149_00 });
    explained(shop, 'difference');
    shop.sell({ cash: 500_00 });
    expect(typesOf(shop.close(DAY, { comment: 'vu' }))[0]).toBe('DayClosed');
  });

  it('is what is there since the last comment, not what was there at an earlier one', () => {
    const shop = new Shop();
    shop.count({ cash: 149_00 });
    explained(shop, 'difference');
    shop.enter(cashOut);
    explained(shop, 'difference');
    shop.enter(cashOut);
    expect(refusal(() => shop.close(DAY))).toMatchObject({ difference: 7_00 });
    explained(shop, 'difference');
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it('is told apart by method: a movement of another one is none of its business', () => {
    const methods = [
      { code: 'cash', kind: 'cash' },
      { code: 'cheque', kind: 'cheque', counted: true },
      { code: 'card', kind: 'card' },
    ];
    const shop = new Shop({ methods });
    shop.count({ cash: 149_00, cheque: 0 });
    explained(shop, 'difference');
    shop.sell({ card: 20_00 });
    const late = idOf(shop.sell({ cheque: 30_00 }));
    expect(refusal(() => shop.close(DAY))).toMatchObject({ method: 'cheque', difference: -30_00 });
    shop.correct(late);
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it('leaves a later difference within the tolerance alone', () => {
    const shop = new Shop({ thresholds: { difference: 1_00 } });
    shop.count({ cash: 140_00 });
    explained(shop, 'difference');
    shop.enter({ ...cashOut, amount: 9_50 });
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it.each([
    ['no longer asked for, if the count of the day before takes it away', 149_00, null],
    ['not what the count of the day before makes of it', 140_00, 9_00],
    ['still the same, if the day before closes without a difference', 150_00, 'explained'],
  ])('is %s', (_, counted, difference) => {
    const shop = new Shop();
    shop.count({ cash: counted });
    shop.goTo(NEXT_DAY).count({ cash: 149_00 });
    explained(shop, 'difference');
    shop.close(DAY, { comment: 'vu' });
    if (typeof difference === 'number')
      expect(refusal(() => shop.close(NEXT_DAY))).toMatchObject({ code: 'comment-required', difference });
    else expect(typesOf(shop.close(NEXT_DAY))[0]).toBe('DayClosed');
  });

  it('is forgotten with an entry that is refused', () => {
    const shop = new Shop();
    shop.count({ cash: 149_00 });
    const comment = { type: 'comment', till: 'T1', about: 'difference', comment: 'vu' };
    const refused = { ...cashOut, till: 'T1', amount: 999_00 };
    expect(refusal(() => shop.recordAll([comment, refused]))).toMatchObject({
      code: 'cash-balance-negative',
    });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'comment-required' });
  });

  it('is what a control disagreed by, and not what later sales make of it', () => {
    const shop = new Shop();
    shop.sell({ cash: 100_00 });
    shop.enter(zOf('1', 90_00, 90_00));
    explained(shop, 'ventilation');
    const late = idOf(shop.sell({ cash: 500_00 }));
    shop.count({ cash: 750_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'comment-required', about: 'z-mismatch' });
    shop.correct(late);
    shop.count({ cash: 250_00 });
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it('is what a control disagreed by, though later sales and a control of them agree', () => {
    const shop = new Shop();
    shop.sell({ cash: 100_00 });
    shop.enter(zOf('1', 90_00, 90_00));
    explained(shop, 'ventilation');
    shop.sell({ cash: 6_00 });
    shop.enter(zOf('2', 6_00, 6_00));
    shop.count({ cash: 256_00 });
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it('is not the way a control disagrees on another line by the same amount', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 100_00 }));
    shop.enter(zOf('1', 90_00, 90_00));
    explained(shop, 'ventilation');
    shop.correct(sale, saleOf({ card: 100_00 }));
    shop.count({ cash: 150_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'comment-required', about: 'z-mismatch' });
  });

  it('is the gap that was there, and not what an overpayment leaves of it', () => {
    const shop = new Shop();
    shop.enter(zOf('1', 100_00, 99_00));
    explained(shop, 'ventilation');
    const part = idOf(shop.enter({ type: 'overpayment', amount: -40 }));
    shop.count({ cash: 249_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ about: 'ventilation', gap: -60 });
    shop.correct(part);
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it('is the difference that was counted, and not that of a later count', () => {
    const shop = new Shop();
    shop.count({ cash: 149_00 });
    explained(shop, 'difference');
    shop.count({ cash: 120_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'comment-required', about: 'difference' });
    explained(shop, 'difference');
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it('is still explained when the same is counted again', () => {
    const shop = new Shop();
    shop.count({ cash: 149_00 });
    explained(shop, 'difference');
    shop.count({ cash: 149_00 });
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it('is the gap of the Z-tickets so far, and not that of a later one', () => {
    const shop = new Shop();
    shop.enter(zOf('1', 100_00, 99_00));
    explained(shop, 'ventilation');
    shop.enter(zOf('2', 10_00, 10_00));
    shop.count({ cash: 259_00 });
    expect(typesOf(shop.close(DAY))[0]).toBe('DayClosed');
  });

  it('leaves the gap of a later Z-ticket to be explained', () => {
    const shop = new Shop();
    shop.enter(zOf('1', 100_00, 99_00));
    explained(shop, 'ventilation');
    shop.enter(zOf('2', 10_00, 8_00));
    shop.count({ cash: 257_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'comment-required', about: 'ventilation' });
  });

  it('leaves what a later control finds to be explained', () => {
    const shop = new Shop();
    shop.sell({ cash: 100_00 });
    shop.enter(zOf('1', 90_00, 90_00));
    explained(shop, 'ventilation');
    shop.enter(zOf('2', 5_00, 5_00));
    shop.count({ cash: 250_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'comment-required', about: 'z-mismatch' });
  });
});
