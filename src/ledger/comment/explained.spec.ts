import { amountsOf, DAY, refusal, Shop, typesOf } from '../../../test/support/shop';

const zOf = (number: string, gross: number, paid: number) => ({
  type: 'z-ticket',
  number,
  categories: [{ category: 'divers', vatRate: 2000, gross }],
  payments: amountsOf({ cash: paid }),
  salesCount: 1,
});
const explained = (shop: Shop, about: string) => shop.enter({ type: 'comment', about, comment: 'vu' });

describe('what a comment explains', () => {
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
