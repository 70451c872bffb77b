import { amountsOf, DAY, idOf, NEXT_DAY, saleOf, Shop, THIRD_DAY } from '../../../test/support/shop';

const methods = (counted: boolean) => [
  { code: 'cash', kind: 'cash' },
  { code: 'card', kind: 'card', counted },
];

describe('taking a correction back', () => {
  it('gives back nothing of what no count has seen, though the restated day was counted since', () => {
    const shop = new Shop({ tills: [{ code: 'T1' }], methods: methods(false) });
    shop.countAndClose(DAY, 0);
    shop.goTo(NEXT_DAY).changeSettings({ methods: methods(true) });
    shop.sell({ cash: 1_00 });
    shop.goTo(THIRD_DAY).changeSettings({ methods: methods(false) });
    shop.sell({ cash: 1_00 });
    const replacement = { ...saleOf({ card: 41_17 }), till: 'T1', businessDate: DAY };
    const leftOut = shop.record({ type: 'correction', reason: 'oubli', replacement });
    expect(leftOut[0]).toMatchObject({ businessDate: THIRD_DAY });
    expect(leftOut[0]?.correction).not.toHaveProperty('givenBack');
    shop.enter({ type: 'count', businessDate: NEXT_DAY, counts: amountsOf({ cash: 1_00, card: 0 }) });
    shop.close(NEXT_DAY);
    shop.correct(idOf(leftOut));
    expect([shop.balance('till/T1/card'), shop.balance('difference/correction')]).toEqual([0, 0]);
  });
});
