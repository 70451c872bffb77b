import { lastOf, type Mutable, sealShop } from '../../test/support/false-ledger';
import { type Stored, verifyStored } from '../../test/support/sealed-ledger';
import { amountsOf, DAY, idOf, NEXT_DAY, saleOf, Shop, THIRD_DAY } from '../../test/support/shop';
import type { LedgerEvent } from '../ledger/events';
import { withGivenBack } from '../ledger/postings-of';

function detailsOf(stored: readonly Stored[]): string[] {
  return verifyStored(stored).errors.map(({ sequence, code, detail }) =>
    `${sequence} ${code} ${detail}`.trim(),
  );
}

const found = (shop: Shop, lie?: (events: Mutable[]) => void) => detailsOf(sealShop(shop, lie).stored);

type GivenBack = readonly { readonly method: string; readonly amount: number }[];

/** Gives back something else, with the postings that follow from it: the event fits by itself. */
function giveBack(event: Mutable, givenBack: GivenBack | undefined): void {
  const { postings = [], till, correction } = event;
  if (!correction) throw new Error('no correction');
  const own = postings.slice(0, postings.length - withGivenBack([], till, correction).length);
  const { givenBack: _before, ...rest } = correction;
  const lie = { ...rest, ...(givenBack ? { givenBack } : {}) } as NonNullable<LedgerEvent['correction']>;
  event.correction = lie;
  event.postings = withGivenBack(own, till, lie);
}

/** A sale of 20 € in cash that was counted, closed, and is taken back on the day after. */
function takenBack(): Shop {
  const shop = new Shop();
  const mistaken = idOf(shop.sell({ cash: 20_00 }));
  shop.countAndClose(DAY, 170_00);
  shop.goTo(NEXT_DAY).correct(mistaken);
  return shop;
}

describe('what a correction gives back', () => {
  it('is what a closing has counted, not more, not less, not nothing', () => {
    const shop = takenBack();
    const last = shop.events.length;
    expect(found(shop)).toEqual([]);
    for (const lie of [[{ method: 'cash', amount: 19_00 }], [{ method: 'card', amount: 20_00 }], undefined])
      expect(found(shop, (events) => giveBack(lastOf(events, 'MovementReversed'), lie))).toEqual([
        `${last} given-back-not-derived cash 2000`,
      ]);
  });

  it('is nothing where nothing was counted, of a day that is open or a method that no closing counts', () => {
    const open = new Shop();
    open.correct(idOf(open.sell({ cash: 20_00 })));
    const lie = (method: string) => (events: Mutable[]) =>
      giveBack(lastOf(events, 'MovementReversed'), [{ method, amount: 20_00 }]);
    expect(found(open)).toEqual([]);
    expect(found(open, lie('cash'))).toEqual([`${open.events.length} given-back-not-derived`]);

    const uncounted = new Shop();
    const mistaken = idOf(uncounted.sell({ card: 20_00 }));
    uncounted.countAndClose(DAY, 150_00);
    uncounted.goTo(NEXT_DAY).correct(mistaken);
    expect(found(uncounted)).toEqual([]);
    expect(found(uncounted, lie('card'))).toEqual([`${uncounted.events.length} given-back-not-derived`]);
  });

  it('is worked out for a replacement and an omission of a closed day too', () => {
    const shop = new Shop();
    const mistaken = idOf(shop.sell({ cash: 20_00 }));
    shop.countAndClose(DAY, 170_00);
    shop.goTo(NEXT_DAY).correct(mistaken, saleOf({ cash: 25_00, card: 5_00 }));
    const leftOut = { ...saleOf({ cash: 7_00 }), till: 'T1', businessDate: DAY };
    shop.record({ type: 'correction', reason: 'oubli', replacement: leftOut });
    const last = shop.events.length;
    expect(found(shop)).toEqual([]);
    expect(found(shop, (events) => giveBack(events[last - 1] as Mutable, undefined))).toEqual([
      `${last} given-back-not-derived cash -700`,
    ]);
    expect(found(shop, (events) => giveBack(events[last - 2] as Mutable, undefined))).toEqual([
      `${last - 1} given-back-not-derived cash -2500`,
    ]);
  });

  it('of a correction that is corrected follows what stands in the till', () => {
    const shop = new Shop();
    const mistaken = idOf(shop.sell({ card: 20_00 }));
    shop.countAndClose(DAY, 150_00);
    // The cash of the replacement was shown by the count of its day, the card stands where it was recorded.
    const again = idOf(shop.goTo(NEXT_DAY).correct(mistaken, saleOf({ cash: 12_00, card: 8_00 })));
    shop.countAndClose(NEXT_DAY, 150_00);
    shop.goTo(THIRD_DAY).correct(again);
    expect(found(shop)).toEqual([]);
    expect(found(shop, (events) => giveBack(lastOf(events, 'MovementReversed'), undefined))).toEqual([
      `${shop.events.length} given-back-not-derived cash 1200`,
    ]);
  });

  it('is what the opening of a later day has counted, as long as that stands', () => {
    const methods = (counted: boolean) => [
      { code: 'cash', kind: 'cash' },
      { code: 'card', kind: 'card', counted },
    ];
    const shop = new Shop({ methods: methods(false) });
    const [first, second] = [idOf(shop.sell({ card: 10_00 })), idOf(shop.sell({ card: 3_00 }))];
    shop.countAndClose(DAY, 150_00);
    shop.goTo(NEXT_DAY).changeSettings({ methods: methods(true) });
    const count = idOf(shop.count({ card: 0 }, { moment: 'opening' }));
    const [reversal] = shop.correct(first);
    expect(reversal?.correction?.givenBack).toEqual([{ method: 'card', amount: 10_00 }]);
    expect(found(shop)).toEqual([]);
    expect(found(shop, (events) => giveBack(lastOf(events, 'MovementReversed'), undefined))).toEqual([
      `${shop.events.length} given-back-not-derived card 1000`,
    ]);
    shop.correct(count);
    const [later] = shop.correct(second);
    expect(later?.correction).not.toHaveProperty('givenBack');
    expect(found(shop)).toEqual([]);
  });

  it('of an omission that is taken back is what it gave back itself, and nothing of what no count has seen', () => {
    const methods = (counted: boolean) => [
      { code: 'cash', kind: 'cash' },
      { code: 'card', kind: 'card', counted },
    ];
    const shop = new Shop({ tills: [{ code: 'T1' }], methods: methods(false) });
    shop.countAndClose(DAY, 0);
    shop.goTo(NEXT_DAY).changeSettings({ methods: methods(true) });
    shop.sell({ cash: 1_00 });
    shop.goTo(THIRD_DAY).changeSettings({ methods: methods(false) });
    shop.sell({ cash: 9_00 });
    // Its cash was counted on the first day; its card stands on the third one, though the second was counted later.
    const replacement = { ...saleOf({ cash: 3_00, card: 41_00 }), till: 'T1', businessDate: DAY };
    const leftOut = shop.record({ type: 'correction', reason: 'oubli', replacement });
    shop.enter({ type: 'count', businessDate: NEXT_DAY, counts: amountsOf({ cash: 1_00, card: 0 }) });
    shop.close(NEXT_DAY);
    const [reversal] = shop.correct(idOf(leftOut));
    expect(reversal?.correction?.givenBack).toEqual([{ method: 'cash', amount: 3_00 }]);
    expect(found(shop)).toEqual([]);
    const last = shop.events.length;
    for (const lie of [undefined, [{ method: 'card', amount: 41_00 }]])
      expect(found(shop, (events) => giveBack(lastOf(events, 'MovementReversed'), lie))).toEqual([
        `${last} given-back-not-derived cash 300`,
      ]);
    // Without its original nobody can tell; that is said once, of the original.
    const original = leftOut.at(-1)?.sequence ?? 0;
    const without = sealShop(shop).stored.filter((_, index) => index + 1 !== original);
    expect(detailsOf(without)).toEqual([`${original} missing-event`]);
  });

  it('is what it gives and takes of a method in all', () => {
    const shop = new Shop();
    const mistaken = idOf(shop.sell({ card: 5_00 }));
    shop.countAndClose(DAY, 150_00);
    const exchange = {
      ...saleOf({ card: 5_00 }),
      payments: [...amountsOf({ cash: 20_00, card: 5_00 }), ...amountsOf({ cash: -20_00 })],
    };
    shop.goTo(NEXT_DAY).correct(mistaken, exchange);
    expect(found(shop)).toEqual([]);
  });

  it('cannot be told once a count may be lost, until the next one', () => {
    const shop = takenBack();
    const closing = shop.events.findLast(({ type }) => type === 'DayClosed')?.sequence ?? 0;
    const without = sealShop(shop).stored.filter((_, index) => index + 1 !== closing);
    expect(detailsOf(without)).toEqual([`${closing} missing-event`]);

    const again = idOf(shop.sell({ cash: 5_00 }));
    shop.countAndClose(NEXT_DAY, 175_00);
    shop.goTo(THIRD_DAY).correct(again);
    const lied = sealShop(shop, (events) => giveBack(lastOf(events, 'MovementReversed'), undefined)).stored;
    expect(detailsOf(lied.filter((_, index) => index + 1 !== closing))).toContain(
      `${shop.events.length} given-back-not-derived cash 500`,
    );
  });
});
