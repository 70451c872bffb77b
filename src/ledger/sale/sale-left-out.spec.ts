import { amountsOf, DAY, idOf, NEXT_DAY, refusal, saleOf, Shop, typesOf } from '../../../test/support/shop';

const zOf = (number: string, cash: number) => ({
  type: 'z-ticket',
  number,
  categories: [{ category: 'divers', vatRate: 2000, gross: cash }],
  payments: amountsOf({ cash }),
  salesCount: 1,
});

const leftOut = (businessDate: string) => ({
  type: 'correction',
  reason: 'vente oubliée',
  replacement: { ...saleOf({ cash: 5_00 }), till: 'T1', businessDate },
});

const FED_BY_Z = {
  code: 'day-fed-by-z',
  pointer: '/replacement/type',
  till: 'T1',
  businessDate: DAY,
};

/** A Z-ticket of 100 €, the day closed, and the day after. */
function closedOnZ(): { readonly shop: Shop; readonly z: string } {
  const shop = new Shop();
  const z = idOf(shop.enter(zOf('1', 100_00)));
  shop.countAndClose(DAY, 250_00);
  shop.goTo(NEXT_DAY);
  return { shop, z };
}

describe('a sale that was left out of a closed day', () => {
  it('is put into the Z that fed the day: it is not counted on top', () => {
    const { shop, z } = closedOnZ();
    expect(refusal(() => shop.record(leftOut(DAY)))).toEqual(FED_BY_Z);
    expect(typesOf(shop.correct(z, zOf('1', 105_00)))).toEqual(['MovementReversed', 'ZTicketRecorded']);
  });

  it('is refused where nothing but Z-tickets may feed the day', () => {
    const shop = new Shop({ tills: [{ code: 'T1', feed: 'z-ticket', opening: { cash: 150_00 } }] });
    shop.countAndClose(DAY, 150_00);
    expect(refusal(() => shop.goTo(NEXT_DAY).record(leftOut(DAY)))).toEqual(FED_BY_Z);
  });

  it('is recorded where sales had fed the day, or nothing had', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.countAndClose(DAY, 160_00);
    shop.goTo(NEXT_DAY).countAndClose(NEXT_DAY, 160_00);
    shop.goTo('2026-03-16').enter(zOf('1', 10_00));
    expect(typesOf(shop.record(leftOut(DAY)))).toEqual(['SaleRecorded']);
    expect(typesOf(shop.record(leftOut(NEXT_DAY)))).toEqual(['SaleRecorded']);
  });

  it('may stand in for the Z of its day, and be corrected in its turn', () => {
    const { shop, z } = closedOnZ();
    const sale = idOf(shop.correct(z, saleOf({ cash: 100_00 })));
    expect(typesOf(shop.correct(sale, saleOf({ cash: 99_00 })))).toContain('SaleRecorded');
  });

  it('may not stand in for anything else, nor come from another day', () => {
    const shop = new Shop();
    shop.enter(zOf('1', 100_00));
    const expense = idOf(
      shop.enter({ type: 'expense', category: 'supplies', gross: 5_00, vatRate: 2000, method: 'cash' }),
    );
    shop.countAndClose(DAY, 245_00);
    shop.goTo(NEXT_DAY);
    const elsewhere = idOf(shop.sell({ cash: 5_00 }));
    const sale = { ...saleOf({ cash: 5_00 }), businessDate: DAY };
    expect(refusal(() => shop.correct(expense, sale))).toEqual(FED_BY_Z);
    expect(refusal(() => shop.correct(elsewhere, sale))).toEqual(FED_BY_Z);
  });
});

describe('a Z-ticket of another day', () => {
  it('is a control on the day that it is moved to, where sales had fed that', () => {
    const shop = new Shop();
    shop.sell({ cash: 100_00 });
    shop.countAndClose(DAY, 250_00);
    const z = idOf(shop.goTo(NEXT_DAY).enter(zOf('1', 100_00)));
    expect(typesOf(shop.correct(z, { ...zOf('1', 100_00), businessDate: DAY }))).toEqual([
      'MovementReversed',
      'ZTicketChecked',
    ]);
    expect(shop.balance('till/T1/cash')).toBe(250_00);
  });
});
