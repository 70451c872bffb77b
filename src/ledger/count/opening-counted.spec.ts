import {
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

describe('a day whose opening was counted', () => {
  const counted = () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    const count = shop.goTo(THIRD_DAY).count({ cash: 140_00 }, { moment: 'opening' });
    return { shop, count: idOf(count) };
  };

  it('lets no day be opened before it', () => {
    const { shop } = counted();
    expect(refusal(() => shop.enter({ ...saleOf({ cash: 10_00 }), businessDate: NEXT_DAY }))).toEqual({
      code: 'opening-counted',
      pointer: '/businessDate',
      till: 'T1',
      businessDate: NEXT_DAY,
      counted: THIRD_DAY,
    });
    expect(typesOf(shop.enter(saleOf({ cash: 10_00 })))).toEqual(['SaleRecorded']);
  });

  it('waits for the forgotten one once its count is taken back', () => {
    const { shop, count } = counted();
    shop.correct(count);
    shop.enter({ ...saleOf({ cash: 10_00 }), businessDate: NEXT_DAY });
    shop.countAndClose(NEXT_DAY, 160_00);
    expect(moves(shop.count({ cash: 150_00 }, { moment: 'opening' }))).toEqual([
      ['till/T1/cash', -10_00],
      ['difference/opening', 10_00],
    ]);
  });

  it('lets other tills open theirs', () => {
    const { shop } = counted();
    expect(typesOf(shop.enter({ ...saleOf({ cash: 1_00 }), till: 'T2', businessDate: NEXT_DAY }))).toEqual([
      'SaleRecorded',
    ]);
  });
});
