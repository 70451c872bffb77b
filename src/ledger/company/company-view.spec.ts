import { DAY, NEXT_DAY, Shop, THIRD_DAY } from '../../../test/support/shop';
import { companyView, companyViewSchema } from './company-view';

const viewOf = (shop: Shop) => companyView(shop.ledger, shop.now);

describe('a company as it is read', () => {
  it('is all of its settings, its tills without the safe, its business day and its head', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    const view = viewOf(shop);
    expect(companyViewSchema.parse(view)).toEqual(view);
    expect(view).toMatchObject({
      id: shop.ledger.id,
      name: 'Boulangerie Ève',
      siren: '552100554',
      currency: 'EUR',
      businessDate: DAY,
      head: shop.events.length,
    });
    for (const part of [
      'vatRates',
      'categories',
      'expenseCategories',
      'methods',
      'features',
      'calendar',
    ] as const)
      expect(view[part]).toEqual(shop.ledger.settings[part][0]?.value);
    expect(view.thresholds).toEqual(shop.ledger.settings.thresholds[0]?.value);
    expect(view.tills).toEqual([
      { code: 'T1', name: 'T1', feed: null, closedThrough: null, openDays: [DAY] },
      { code: 'T2', name: 'T2', feed: null, closedThrough: null, openDays: [] },
    ]);
  });

  it('shows what counts today, not what will count tomorrow', () => {
    const shop = new Shop({ thresholds: { cashMax: 500_00 } });
    shop.changeSettings({
      effectiveFrom: NEXT_DAY,
      thresholds: { cashMax: 700_00 },
      tills: [{ code: 'T1', feed: 'z-ticket' }],
    });
    expect(viewOf(shop).thresholds).toMatchObject({ cashMax: 500_00 });
    expect(viewOf(shop).tills[0]).toMatchObject({ feed: null });
    shop.goTo(NEXT_DAY);
    expect(viewOf(shop).thresholds).toMatchObject({ cashMax: 700_00 });
    expect(viewOf(shop).tills[0]).toMatchObject({ feed: 'z-ticket' });
  });

  it('shows what counts from the next day once a till has closed: what a change is made of', () => {
    const shop = new Shop({ thresholds: { cashMax: 500_00 } });
    shop.sell({ cash: 10_00 });
    shop.countAndClose(DAY, 160_00);
    shop.changeSettings({ thresholds: { cashMax: 700_00 } });
    expect(viewOf(shop)).toMatchObject({ thresholds: { cashMax: 700_00 }, businessDate: DAY });
  });

  it('says through which day each till is closed, and which of its days are open, in their order', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.countAndClose(DAY, 160_00);
    shop.goTo(THIRD_DAY).sell({ cash: 10_00 });
    shop.sell({ cash: 10_00 }, { businessDate: NEXT_DAY });
    expect(viewOf(shop).tills[0]).toMatchObject({ closedThrough: DAY, openDays: [NEXT_DAY, THIRD_DAY] });
  });

  it('orders what has a position by it, and leaves the rest behind as it was given', () => {
    const codes = (rows: readonly { code: string }[]) => rows.map(({ code }) => code);
    const rows = [{ code: 'c' }, { code: 'b', position: 2 }, { code: 'd' }, { code: 'a', position: 0 }];
    const shop = new Shop({
      categories: rows.map((row) => ({ ...row, vatRate: 2000 })),
      expenseCategories: rows,
      methods: [...rows.map((row) => ({ ...row, kind: 'other' })), { code: 'cash', kind: 'cash' }],
    });
    const view = viewOf(shop);
    expect(codes(view.categories)).toEqual(['a', 'b', 'c', 'd']);
    expect(codes(view.expenseCategories)).toEqual(['a', 'b', 'c', 'd']);
    expect(codes(view.methods)).toEqual(['a', 'b', 'c', 'd', 'cash']);
  });
});
