import { lastOf, type Mutable, sealShop, setAmount } from '../../test/support/false-ledger';
import { type Stored, verifyStored } from '../../test/support/sealed-ledger';
import { amountsOf, DAY, idOf, NEXT_DAY, saleOf, Shop, THIRD_DAY } from '../../test/support/shop';
import { settingsDraft } from '../ledger/company/open-company';
import { methodsSchema } from '../ledger/company/settings';

type Lie = (events: Mutable[]) => void;

/** What is found in a shop's ledger, and which of its closures nothing can be said of. */
function read(shop: Shop, lie?: Lie, keep: (stored: readonly Stored[]) => readonly Stored[] = (all) => all) {
  const { errors, unchecked } = verifyStored(keep(sealShop(shop, lie).stored));
  const found = errors.map(({ sequence, code, detail }) => `${sequence} ${code} ${detail}`.trim());
  return { found, unchecked };
}

const found = (shop: Shop, lie?: Lie) => read(shop, lie).found;
const codesOf = (texts: readonly string[]) => texts.map((text) => text.split(' ')[1]);
const lastIn = (shop: Shop) => shop.events.length;
const missing =
  (...sequences: number[]) =>
  (stored: readonly Stored[]) =>
    stored.filter((_, index) => !sequences.includes(index + 1));

const takeOut = (amount: number, more: Record<string, unknown> = {}) => ({
  type: 'cash-out',
  method: 'cash',
  amount,
  reason: 'owner',
  ...more,
});

/** The last movement of cash takes out another amount than the shop would have let it. */
const takingOut =
  (cents: number): Lie =>
  (events) =>
    setAmount(lastOf(events, 'CashTakenOut'), cents);

/** As a version before this one would have written it: it let a method change its kind. */
const setMethods = (shop: Shop, from: string, methods: unknown) =>
  shop.change(() => [settingsDraft('methods', from, methodsSchema.parse(methods))]);

const zOf = (number: string, payments: Readonly<Record<string, number>>, more: object = {}) => {
  const { lines, ...rest } = saleOf(payments) as { lines: object[] };
  return { ...rest, type: 'z-ticket', number, salesCount: 4, categories: lines, ...more };
};

const goods = { category: 'divers', vatRate: 2000 };

describe('cash that is not there', () => {
  it('is found where it was taken, in order of recording', () => {
    const shop = new Shop();
    shop.enter(takeOut(10_00));
    shop.sell({ cash: 5_00 });
    expect(found(shop)).toEqual([]);
    expect(found(shop, takingOut(150_00))).toEqual([]);
    expect(found(shop, takingOut(150_01))).toEqual([`${lastIn(shop) - 1} cash-negative T1/${DAY}/cash -1`]);
  });

  it('counts what came in before, and is told once a day', () => {
    const shop = new Shop();
    shop.sell({ cash: 20_00 });
    shop.enter(takeOut(10_00));
    shop.enter(takeOut(10_00));
    const first = lastIn(shop) - 1;
    const lie: Lie = (events) => setAmount(events[first - 1] as Mutable, 171_00);
    expect(found(shop, lie)).toEqual([`${first} cash-negative T1/${DAY}/cash -100`]);
  });

  it('is judged by the net of an entry: money may pass from one method to another and back', () => {
    const shop = new Shop();
    const sale = idOf(shop.sell({ cash: 100_00 }));
    shop.enter(takeOut(240_00));
    shop.correct(sale, saleOf({ cash: 90_00 }));
    expect(found(shop)).toEqual([]);
    const refunded = new Shop({ tills: [{ code: 'T1' }] });
    refunded.enter({ ...saleOf({ cash: 10_00 }), payments: amountsOf({ cash: 30_00, card: -20_00 }) });
    expect(found(refunded)).toEqual([]);
  });

  it('is found in the order of days, where none was short in the order of recording', () => {
    const shop = new Shop();
    shop.goTo(NEXT_DAY).sell({ cash: 100_00 });
    shop.enter(takeOut(10_00, { businessDate: DAY }));
    expect(found(shop, takingOut(150_00))).toEqual([]);
    expect(found(shop, takingOut(150_01))).toEqual([`0 cash-negative T1/${DAY}/cash -1`]);
  });

  it('is carried from day to day by what came in and went out', () => {
    const shop = new Shop();
    shop.sell({ cash: 50_00 });
    shop.enter(takeOut(100_00));
    shop.goTo(NEXT_DAY).enter(takeOut(10_00));
    shop.goTo(THIRD_DAY).sell({ cash: 500_00 });
    shop.enter(takeOut(1_00, { businessDate: NEXT_DAY }));
    const lie: Lie = takingOut(90_01);
    expect(found(shop, takingOut(90_00))).toEqual([]);
    expect(found(shop, lie)).toEqual([`0 cash-negative T1/${NEXT_DAY}/cash -1`]);
  });

  it('is told of the first day that it lacks, not of those after it', () => {
    const shop = new Shop();
    shop.enter(takeOut(10_00));
    shop.goTo(NEXT_DAY).sell({ cash: 1_00 });
    shop.goTo(THIRD_DAY).sell({ cash: 1_00 });
    expect(found(shop, takingOut(200_00))).toEqual([
      `${lastIn(shop) - 2} cash-negative T1/${DAY}/cash -5000`,
    ]);
  });

  it('is found when the day is closed, if it was hidden by later days until then', () => {
    const shop = new Shop();
    shop.goTo(NEXT_DAY).sell({ cash: 100_00 });
    shop.enter(takeOut(150_00, { businessDate: DAY }));
    shop.enter({ type: 'count', counts: amountsOf({ cash: 0 }), businessDate: DAY });
    shop.close(DAY);
    const closure = shop.events.find(({ type }) => type === 'DayClosed')?.sequence ?? 0;
    expect(found(shop)).toEqual([]);
    const lie: Lie = (events) => setAmount(lastOf(events, 'CashTakenOut'), 150_01);
    expect(found(shop, lie)).toContain(`${closure} cash-negative T1/${DAY}/cash -1`);
  });

  it('is looked for in cash only: a card terminal may owe', () => {
    const shop = new Shop();
    shop.enter({ ...takeOut(10_00), method: 'card' });
    expect(found(shop)).toEqual([]);
  });

  it('is looked for in what was cash on that day', () => {
    const cash = { code: 'cash', kind: 'cash' };
    const other = (kind: string) => [cash, { code: 'tips', kind }];
    const shop = new Shop({ methods: other('other') });
    setMethods(shop, NEXT_DAY, other('cash'));
    shop.enter({ ...takeOut(10_00), method: 'tips' });
    expect(found(shop)).toEqual([]);
    const later: Lie = (events) => {
      (events.at(-1) as Mutable).businessDate = NEXT_DAY;
    };
    expect(found(shop, later)).toEqual([`${lastIn(shop)} cash-negative T1/${NEXT_DAY}/tips -1000`]);
  });

  it('is not looked for where an event of the till is missing', () => {
    const shop = new Shop({ tills: [{ code: 'T1' }] });
    shop.sell({ cash: 20_00 });
    shop.enter(takeOut(20_00));
    const sold = lastIn(shop) - 1;
    expect(found(shop)).toEqual([]);
    expect(codesOf(read(shop, undefined, missing(sold)).found)).toEqual(['missing-event']);
  });

  it('is looked for again from the next closure on', () => {
    const shop = new Shop();
    shop.sell({ cash: 20_00 });
    shop.sell({ card: 20_00 });
    const lost = lastIn(shop);
    shop.countAndClose(DAY, 170_00);
    shop.goTo('2026-03-20').sell({ cash: 1_00 });
    shop.enter(takeOut(10_00));
    expect(codesOf(read(shop, undefined, missing(lost)).found)).toEqual(['missing-event']);
    expect(codesOf(read(shop, takingOut(171_01), missing(lost)).found)).toEqual([
      'missing-event',
      'cash-negative',
    ]);
  });
});

describe('a till that is fed by Z-tickets', () => {
  const aShop = () => new Shop({ tills: [{ code: 'T1', feed: 'z-ticket', opening: { cash: 150_00 } }] });

  it('does not know its cash before the Z: it is judged when its day is closed', () => {
    const shop = aShop();
    shop.enter(takeOut(200_00));
    expect(found(shop)).toEqual([]);
    shop.enter(zOf('1', { cash: 60_00 }));
    shop.countAndClose(DAY, 10_00);
    expect(found(shop)).toEqual([]);
  });

  it('lists its Z before all else, and is short only where the Z does not suffice', () => {
    const shop = aShop();
    shop.enter(takeOut(200_00));
    shop.enter(zOf('1', { cash: 50_00 }));
    shop.countAndClose(DAY, 0);
    const closure = shop.events.find(({ type }) => type === 'DayClosed')?.sequence ?? 0;
    expect(found(shop)).toEqual([]);
    expect(found(shop, takingOut(200_01))).toContain(`${closure} cash-negative T1/${DAY}/cash -1`);
  });

  it('lets later days wait for it', () => {
    const shop = aShop();
    shop.enter(takeOut(200_00));
    shop.goTo(NEXT_DAY).changeSettings({ effectiveFrom: NEXT_DAY, tills: [{ code: 'T1', feed: 'sales' }] });
    shop.enter({ type: 'cash-in', method: 'cash', amount: 60_00, reason: 'owner' });
    expect(found(shop)).toEqual([]);
  });

  it('is one from the day on which it was made one', () => {
    const shop = new Shop();
    shop.changeSettings({ effectiveFrom: NEXT_DAY, tills: [{ code: 'T1', feed: 'z-ticket' }] });
    shop.goTo(NEXT_DAY).enter(takeOut(200_00));
    expect(found(shop)).toEqual([]);
    const earlier: Lie = (events) => {
      (events.findLast(({ type }) => type === 'CashTakenOut') as Mutable).businessDate = DAY;
    };
    expect(codesOf(found(shop, earlier))).toEqual(['cash-negative']);
  });

  it('is none any more once a change says no feed at all', () => {
    const shop = aShop();
    shop.changeSettings({ tills: [{ code: 'T1', feed: null }] });
    shop.enter(takeOut(150_00));
    expect(found(shop)).toEqual([]);
    expect(codesOf(found(shop, takingOut(150_01)))).toEqual(['cash-negative']);
  });
});

describe('a closed day', () => {
  it('takes nothing in any more, and neither do the days before it', () => {
    const shop = new Shop();
    shop.sell({ cash: 20_00 });
    shop.goTo(NEXT_DAY).sell({ cash: 20_00 });
    shop.countAndClose(DAY, 170_00);
    shop.countAndClose(NEXT_DAY, 190_00);
    shop.goTo(THIRD_DAY).sell({ cash: 5_00 });
    const last = lastIn(shop);
    for (const businessDate of [DAY, NEXT_DAY])
      expect(found(shop, (events) => ((events.at(-1) as Mutable).businessDate = businessDate))).toEqual([
        `${last} sealed-day-changed T1 ${businessDate}`,
      ]);
  });

  it('carries its totals on: what closures say follows from one to the next', () => {
    const shop = new Shop();
    shop.sell({ cash: 20_00 });
    shop.sell({ cash: -5_00 });
    shop.countAndClose(DAY, 164_00);
    shop.goTo(NEXT_DAY).sell({ cash: 30_00, card: 10_00 });
    shop.countAndClose(NEXT_DAY, 194_00);
    expect(found(shop)).toEqual([]);
    const lie = (change: (data: Record<string, unknown>) => void): Lie => {
      return (events) => change((events.findLast(({ type }) => type === 'DayClosed') as Mutable).data);
    };
    const closure = shop.events.findLast(({ type }) => type === 'DayClosed')?.sequence ?? 0;
    expect(
      found(
        shop,
        lie((data) => (data.perpetual = [])),
      ),
    ).toEqual([`${closure} closure-perpetual 2000: 5500 6500`]);
    expect(
      found(
        shop,
        lie((data) => (data.period = [])),
      ),
    ).toEqual([`${closure} closure-period 2000: 4000 4000`]);
    for (const journal of [
      { first: 1, last: 5 },
      { first: 4, last: 9 },
    ])
      expect(
        found(
          shop,
          lie((data) => (data.journal = journal)),
        ),
      ).toEqual([`${closure} closure-journal 4–5`]);
    expect(
      found(
        shop,
        lie((data) => (data.byCategory = [])),
      ),
    ).toEqual([`${closure} closure-turnover divers/2000 4000`]);
    expect(
      found(
        shop,
        lie((data) => (data.salesCount = 3)),
      ),
    ).toEqual([`${closure} closure-counters 1 0 6 7`]);
    expect(
      found(
        shop,
        lie((data) => (data.methods = [])),
      ),
    ).toEqual(
      expect.arrayContaining([
        `${closure} closure-methods cash: 16400 3000 0 19400 19400 0`,
        `${closure} closure-methods card: 0 1000 0 1000 - 0`,
      ]),
    );
  });

  it('goes by the settings of its day: a method may be counted on one and not on the next', () => {
    const methods = (counted: boolean) => [
      { code: 'cash', kind: 'cash' },
      { code: 'cheque', kind: 'cheque', counted },
    ];
    const shop = new Shop({ methods: methods(true) });
    shop.changeSettings({ effectiveFrom: NEXT_DAY, methods: methods(false) });
    shop.sell({ cheque: 40_00 });
    shop.count({ cash: 150_00, cheque: 39_00 });
    shop.close(DAY, { comment: 'perdu' });
    shop.goTo(NEXT_DAY).sell({ cheque: 10_00 });
    shop.countAndClose(NEXT_DAY, 150_00);
    expect(found(shop)).toEqual([]);
    const sealed = shop.events.filter(({ type }) => type === 'DayClosed');
    expect(sealed.map(({ data }) => (data as { methods: unknown }).methods)).toEqual([
      expect.arrayContaining([expect.objectContaining({ method: 'cheque', counted: 39_00 })]),
      expect.arrayContaining([expect.not.objectContaining({ counted: expect.anything() as unknown })]),
    ]);
  });

  it('is told apart from a day of another till', () => {
    const shop = new Shop();
    shop.sell({ cash: 20_00 });
    shop.record({ ...saleOf({ cash: 7_00 }), till: 'T2' });
    shop.countAndClose(DAY, 170_00);
    expect(found(shop)).toEqual([]);
  });

  it('takes Z-tickets back with their number, vouchers and gap', () => {
    const shop = new Shop();
    const wrong = idOf(shop.enter(zOf('1', { cash: 60_00 }, { payments: amountsOf({ cash: 59_00 }) })));
    shop.correct(wrong, { ...zOf('1', { cash: 60_00 }), till: 'T1', customersCount: 3 });
    shop.enter(zOf('2', { cash: 10_00 }, { payments: amountsOf({ cash: 12_00 }) }));
    shop.enter({ type: 'overpayment', amount: 2_00 });
    shop.enter({
      type: 'voucher-sale',
      voucher: 'V2',
      kind: 'single-purpose',
      category: 'divers',
      vatRate: 2000,
      amount: 12_00,
      payments: amountsOf({ cash: 12_00 }),
    });
    shop.enter({ type: 'voucher-refund', voucher: 'V2', payments: amountsOf({ cash: 12_00 }) });
    shop.countAndClose(DAY, 222_00);
    expect(found(shop)).toEqual([]);
    const closure = shop.events.findLast(({ type }) => type === 'DayClosed')?.sequence ?? 0;
    const lie: Lie = (events) => (lastOf(events, 'DayClosed').data.zNumbers = ['1']);
    expect(found(shop, lie)[0]).toMatch(`${closure} closure-counters `);
    expect(found(shop, lie)[0]).toMatch(/ 1, 2$/);
  });
});

describe('the figures of a day', () => {
  const paidBy = (method: string, amount: number, more: object) => ({
    payments: [{ method, amount, ...more }],
  });

  it('are added up from every kind of entry', () => {
    const shop = new Shop();
    const customer = shop.newCustomer();
    shop.sell({ cash: 20_00 }, { customers: 3 });
    const mistaken = idOf(shop.sell({ cash: 8_00 }, { customers: 2 }));
    shop.enter(saleOf({ credit: 40_00 }, paidBy('credit', 40_00, { customer })));
    shop.enter(saleOf({ credit: 5_00 }));
    shop.enter({ type: 'credit-repayment', customer, payments: amountsOf({ cash: 15_00 }) });
    const single = { kind: 'single-purpose', category: 'divers', vatRate: 2000 };
    const payments = amountsOf({ cash: 12_00 });
    shop.enter({ type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose', amount: 12_00, payments });
    shop.enter({ type: 'voucher-sale', voucher: 'V2', ...single, amount: 12_00, payments });
    shop.enter({ type: 'voucher-sale', voucher: 'V3', ...single, amount: 12_00, payments });
    shop.enter(saleOf({ voucher: 6_00 }, paidBy('voucher', 6_00, { voucher: 'V1' })));
    shop.enter(saleOf({ voucher: 7_00 }, paidBy('voucher', 7_00, { voucher: 'V2' })));
    shop.enter({ type: 'voucher-refund', voucher: 'V3', payments });
    shop.enter({ ...saleOf({}), lines: [10_00, -10_00].map((gross) => ({ ...goods, gross })) });
    shop.enter({ type: 'expense', category: 'supplies', gross: 12_00, vatRate: 2000 });
    shop.correct(mistaken, { ...saleOf({ card: 8_00 }), till: 'T1' });
    const cash = shop.balance('till/T1/cash');
    shop.countAndClose(DAY, cash - 1_00);
    expect(found(shop)).toEqual([]);
  });

  it('are controlled by a Z-ticket without being counted again', () => {
    const shop = new Shop();
    shop.sell({ cash: 60_00 });
    const checked = shop.enter(zOf('7', { cash: 60_00 }, { salesCount: 1 }));
    expect(checked.map(({ type }) => type)).toEqual(['ZTicketChecked']);
    shop.enter(zOf('8', { cash: 60_00 }, { salesCount: 1 }));
    shop.correct(idOf(checked));
    shop.countAndClose(DAY, 210_00);
    expect(found(shop)).toEqual([]);
    expect(
      codesOf(found(shop, (events) => (lastOf(events, 'DayClosed').data.zNumbers = ['7', '8']))),
    ).toEqual(['closure-counters']);
  });

  it('are those of Z-tickets: sales, refunds, vouchers and customers, of more than one POS', () => {
    const shop = new Shop();
    const source = (system: string) => ({ source: { system } });
    const refunds = [{ ...goods, gross: 10_00 }];
    shop.enter(
      zOf('1', { cash: 60_00 }, { refunds, customersCount: 9, payments: amountsOf({ cash: 50_00 }) }),
    );
    shop.enter(zOf('1', { cash: 30_00 }, source('pos-a')));
    shop.enter(zOf('1', { card: 30_00 }, source('pos-b')));
    shop.enter(zOf('2', { cash: 10_00 }, { refunds, payments: [] }));
    const gone = idOf(shop.enter(zOf('3', { cash: 20_00 }, source('pos-a'))));
    shop.correct(gone);
    shop.countAndClose(DAY, 230_00);
    expect(found(shop)).toEqual([]);
  });

  it('keep the gap that an overpayment explained, until that is taken back', () => {
    const shop = new Shop();
    shop.enter(zOf('1', { cash: 60_00 }, { payments: amountsOf({ cash: 63_00 }) }));
    const explained = idOf(shop.enter({ type: 'overpayment', amount: 3_00 }));
    shop.correct(explained);
    shop.enter({ type: 'overpayment', amount: 1_00 });
    shop.countAndClose(DAY, 213_00);
    expect(found(shop)).toEqual([]);
    const [error] = found(shop, (events) => (lastOf(events, 'DayClosed').data.gap = 3_00)).slice(-1);
    expect(error).toMatch(/ closure-gap 200$/);
  });

  it('have a row for each method that moved, was counted, or had something in it', () => {
    const methods = ['cash', 'cheque', 'card', 'transfer'].map((code) => ({
      code,
      kind: code,
      counted: code === 'cheque' || code === 'cash',
    }));
    const shop = new Shop({ methods, tills: [{ code: 'T1', opening: { cash: 150_00, card: 5_00 } }] });
    shop.enter({ type: 'cash-in', method: 'transfer', amount: 3_00, reason: 'owner' });
    shop.enter({ ...takeOut(3_00), method: 'transfer' });
    shop.count({ cash: 150_00, cheque: 0 });
    shop.close(DAY);
    shop.goTo(NEXT_DAY).sell({ cash: 1_00 });
    shop.count({ cash: 151_00, cheque: 0 });
    shop.close(NEXT_DAY);
    expect(found(shop)).toEqual([]);
    for (const code of ['card', 'cash']) {
      const lie: Lie = (events) => {
        const { data } = lastOf(events, 'DayClosed');
        data.methods = (data.methods as { method: string }[]).filter(({ method }) => method !== code);
      };
      expect(codesOf(found(shop, lie))).toEqual(['closure-methods']);
    }
  });

  it('go by the settings that were said last of its day, in whatever order they were said', () => {
    const methods = (kind: string) => [
      { code: 'cash', kind: 'cash' },
      { code: 'tips', kind },
    ];
    const shop = new Shop({ methods: methods('other') });
    setMethods(shop, THIRD_DAY, methods('cheque'));
    setMethods(shop, NEXT_DAY, methods('card'));
    setMethods(shop, NEXT_DAY, methods('cash'));
    shop.enter({ ...takeOut(10_00), method: 'tips' });
    expect(found(shop)).toEqual([]);
    const on = (businessDate: string): Lie => {
      return (events) => ((events.at(-1) as Mutable).businessDate = businessDate);
    };
    expect(codesOf(found(shop, on(NEXT_DAY)))).toEqual(['cash-negative']);
    expect(found(shop, on(THIRD_DAY))).toEqual([]);
    expect(found(shop, on('1999-12-31'))).toEqual([]);
  });
});

describe('what can be said of a closure once an event is lost', () => {
  /** Two tills, a day of each closed, a week later another one. */
  function twoTills(): Shop {
    const shop = new Shop();
    shop.sell({ cash: 20_00 });
    shop.record({ ...saleOf({ cash: 7_00 }), till: 'T2' });
    shop.countAndClose(DAY, 170_00);
    shop.record({ type: 'count', till: 'T2', counts: amountsOf({ cash: 7_00 }) });
    shop.record({ type: 'day-closure', till: 'T2', businessDate: DAY });
    shop.goTo('2026-03-20').sell({ cash: 1_00 });
    shop.countAndClose('2026-03-20', 171_00);
    return shop;
  }

  const shop = twoTills();
  const closures = shop.events.filter(({ type }) => type === 'DayClosed').map(({ sequence }) => sequence);
  const sale = shop.events.find(({ type }) => type === 'SaleRecorded')?.sequence ?? 0;

  it('is nothing of the days that may have had it, whatever they seal', () => {
    const { found: all, unchecked } = read(shop, undefined, missing(sale));
    expect(all).toEqual([`${sale} missing-event`]);
    // Each seals the balances of all tills.
    expect(unchecked).toEqual(closures);
  });

  it('is all of it where it fits, or lies beyond the day', () => {
    const week = closures.at(-1) as number;
    const lie: Lie = (events) => ((events[week - 1] as Mutable).data.salesCount = 9);
    expect(codesOf(read(shop, lie, missing(sale)).found)).toEqual(['missing-event', 'closure-counters']);
    const early: Lie = (events) => ((events[(closures[0] as number) - 1] as Mutable).data.salesCount = 9);
    expect(codesOf(read(shop, early, missing(sale)).found)).toEqual(['missing-event']);
    expect(codesOf(read(shop, early).found)).toEqual(['closure-counters']);
  });

  it('is nothing of a day that begins soon after', () => {
    for (const [ahead, expected] of [
      ['2026-03-15', ['missing-event']],
      ['2026-03-16', ['missing-event']],
      ['2026-03-17', ['missing-event', 'closure-counters']],
    ] as const) {
      const other = new Shop();
      other.sell({ cash: 20_00 });
      const lost = lastIn(other);
      other.sell({ card: 20_00 });
      other.countAndClose(DAY, 170_00);
      other.goTo(ahead).sell({ cash: 1_00 });
      other.countAndClose(ahead, 171_00);
      const lie: Lie = (events) => (lastOf(events, 'DayClosed').data.salesCount = 9);
      expect(codesOf(read(other, lie, missing(lost)).found)).toEqual(expected);
    }
  });

  it('is all but its money, where postings are false', () => {
    const lying = (change: (data: Record<string, unknown>) => void): Lie => {
      return (events) => {
        const sold = events[sale - 1] as Mutable;
        sold.postings = sold.postings?.map((posting) => ({
          ...posting,
          amount: (posting.amount * 2) as never,
        }));
        change((events[(closures[0] as number) - 1] as Mutable).data);
      };
    };
    const money = read(
      shop,
      lying(() => undefined),
    );
    expect(codesOf(money.found)).toEqual(['postings-not-derived']);
    expect(money.unchecked).toContain(closures[0]);
    expect(
      codesOf(
        read(
          shop,
          lying((data) => (data.salesCount = 9)),
        ).found,
      ),
    ).toEqual(['postings-not-derived', 'closure-counters']);
  });

  it('knows no till whose opening was lost, and does not wonder', () => {
    const opened =
      shop.events.find(({ type, till }) => type === 'TillOpened' && till === 'T1')?.sequence ?? 0;
    expect(read(shop, undefined, missing(opened)).found).toEqual([`${opened} missing-event`]);
  });
});

describe('a till', () => {
  it('is opened once', () => {
    const shop = new Shop();
    const again: Lie = (events) => {
      const opened = lastOf(events, 'TillOpened');
      events.push({ ...opened, tillSequence: 2 });
    };
    expect(found(shop, again)).toEqual([`${lastIn(shop) + 1} till-opened-twice T2`]);
  });

  it('is known before anything happens in it', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    const lie: Lie = (events) => {
      const sold = events.at(-1) as Mutable;
      sold.till = 'T9';
      sold.tillSequence = 1;
      sold.postings = sold.postings?.map((posting) => ({
        ...posting,
        account: posting.account.replace('T1', 'T9'),
      }));
    };
    expect(found(shop, lie)).toEqual([`${lastIn(shop)} unknown-till T9`]);
  });
});
