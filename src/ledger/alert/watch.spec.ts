import type { RecordedEvent } from '../../../projections/projection';
import { amountsOf, dataOf, DAY, idOf, NEXT_DAY, Shop, THIRD_DAY, typesOf } from '../../../test/support/shop';
import type { Body } from '../../../test/support/ledger-book';

/** `raised code` and `cleared code`, in order. */
function changes(events: readonly RecordedEvent[]): string[] {
  return events.flatMap(({ type, data }) => {
    if (type === 'AlertRaised') return [`raised ${data.code}`];
    return type === 'AlertCleared' ? [`cleared ${data.code}`] : [];
  });
}

function cashOut(amount: number, more: Body = {}): Body {
  return { type: 'cash-out', method: 'cash', amount, reason: 'owner', ...more };
}

describe('a cash balance above its maximum', () => {
  const aShop = () => new Shop({ thresholds: { cashMax: 500_00 } });

  it('raises once at 500.01 and clears after a deposit; both stay in the history', () => {
    const shop = aShop();
    expect(changes(shop.sell({ cash: 350_00 }))).toEqual([]);
    const raised = shop.sell({ cash: 1 });
    expect(typesOf(raised)).toEqual(['SaleRecorded', 'AlertRaised']);
    expect(dataOf(raised, 'AlertRaised')).toEqual({
      code: 'cash-above-maximum',
      till: 'T1',
      subject: 'cash',
      amount: 500_01,
      limit: 500_00,
    });
    expect(changes(shop.sell({ cash: 10_00 }))).toEqual([]);
    const cleared = shop.enter({ type: 'deposit', method: 'cash', amount: 300_00 });
    expect(typesOf(cleared)).toEqual(['DepositMade', 'AlertCleared']);
    expect(dataOf(cleared, 'AlertCleared')).toEqual(dataOf(raised, 'AlertRaised'));
    expect(changes(shop.sell({ cash: 1_00 }))).toEqual([]);
    expect(changes(shop.sell({ cash: 300_00 }))).toEqual(['raised cash-above-maximum']);
  });

  it('is an event of the company: without till, day, entry or number', () => {
    const [, alert] = aShop().sell({ cash: 500_00 });
    for (const member of ['till', 'tillSequence', 'businessDate', 'entry', 'document', 'postings']) {
      expect(alert).not.toHaveProperty(member);
    }
  });

  it('is said by the service, since nobody entered it', () => {
    const [sale, alert] = aShop().sell({ cash: 500_00 });
    expect(sale?.actor.role).not.toBe('system');
    expect(alert?.actor).toEqual({ id: 'system', role: 'system', via: 'system' });
  });

  it('is of each cash method, of each till, and of nothing else', () => {
    const methods = [
      { code: 'cash', kind: 'cash' },
      { code: 'dollars', kind: 'cash' },
      { code: 'card', kind: 'card' },
    ];
    const shop = new Shop({ methods, thresholds: { cashMax: 500_00 } });
    expect(changes(shop.sell({ card: 900_00 }))).toEqual([]);
    expect(dataOf(shop.sell({ dollars: 501_00 }), 'AlertRaised').subject).toBe('dollars');
    expect(dataOf(shop.sell({ cash: 501_00 }, { till: 'T2' }), 'AlertRaised').till).toBe('T2');
    expect(changes(shop.enter(cashOut(1_00, { method: 'dollars' })))).toEqual(['cleared cash-above-maximum']);
  });

  it('is judged on both tills of a transfer', () => {
    const shop = aShop();
    shop.sell({ cash: 400_00 });
    const all = {
      type: 'transfer',
      from: { method: 'cash' },
      to: { till: 'T2', method: 'cash' },
      amount: 550_00,
    };
    expect(changes(shop.enter(all))).toEqual(['cleared cash-above-maximum', 'raised cash-above-maximum']);
  });

  it('is not watched in the safe', () => {
    expect(changes(aShop().enter(cashIn(900_00, { till: 'safe' })))).toEqual([]);
  });

  it('is not watched where no maximum is set', () => {
    expect(changes(new Shop().sell({ cash: 9_999_00 }))).toEqual([]);
  });

  it('goes with the difference that a closing posts', () => {
    const shop = aShop();
    shop.sell({ cash: 351_00 });
    shop.count({ cash: 499_00 });
    expect(changes(shop.close(DAY, { comment: 'perdu' }))).toEqual([
      'cleared cash-above-maximum',
      'cleared count-difference',
    ]);
  });
});

function cashIn(amount: number, more: Body = {}): Body {
  return { ...cashOut(amount, more), type: 'cash-in' };
}

describe('a cash balance below its minimum', () => {
  it('raises once below, not at the minimum, and clears when it is reached again', () => {
    const shop = new Shop({ thresholds: { cashMin: 100_00 } });
    expect(changes(shop.enter(cashOut(50_00)))).toEqual([]);
    const raised = shop.enter(cashOut(1));
    expect(dataOf(raised, 'AlertRaised')).toEqual({
      code: 'cash-below-minimum',
      till: 'T1',
      subject: 'cash',
      amount: 99_99,
      limit: 100_00,
    });
    expect(changes(shop.enter(cashOut(10_00)))).toEqual([]);
    expect(changes(shop.enter(cashIn(10_01)))).toEqual(['cleared cash-below-minimum']);
  });
});

describe('a count that differs from the theoretical balance', () => {
  it('raises above the tolerance, clears when it agrees after all', () => {
    const shop = new Shop({ thresholds: { difference: 5_00 } });
    shop.sell({ cash: 350_00 });
    expect(changes(shop.count({ cash: 495_00 }))).toEqual([]);
    const raised = shop.count({ cash: 480_00 });
    expect(dataOf(raised, 'AlertRaised')).toEqual({
      code: 'count-difference',
      till: 'T1',
      day: DAY,
      subject: 'cash',
      amount: -20_00,
    });
    expect(changes(shop.enter({ type: 'expense', category: 'meals', gross: 10_00, vatRate: 1000 }))).toEqual(
      [],
    );
    expect(changes(shop.enter({ type: 'expense', category: 'meals', gross: 5_00, vatRate: 1000 }))).toEqual([
      'cleared count-difference',
    ]);
  });

  it('raises for too much as well', () => {
    expect(dataOf(new Shop().count({ cash: 150_01 }), 'AlertRaised').amount).toBe(1);
  });

  it('is of counted methods only', () => {
    const shop = new Shop();
    expect(changes(shop.count({ cash: 150_00, card: 77_00 }))).toEqual([]);
  });

  it('clears when its day closes', () => {
    const shop = new Shop();
    shop.count({ cash: 149_00 });
    const closed = shop.close(DAY, { comment: 'perdu' });
    expect(changes(closed)).toEqual(['cleared count-difference']);
    expect(shop.openAlerts()).toEqual([]);
  });

  it('stands for its own day while another one is worked on', () => {
    const shop = new Shop();
    shop.count({ cash: 149_00 });
    shop.goTo(NEXT_DAY);
    expect(changes(shop.sell({ cash: 10_00 }))).toEqual([]);
    expect(changes(shop.sell({ cash: 10_00 }, { till: 'T2' }))).toEqual([]);
    expect(changes(shop.enter(cashOut(1_00, { businessDate: DAY })))).toEqual(['cleared count-difference']);
  });

  it('stands while another till works on the same day', () => {
    const shop = new Shop({ thresholds: { cashMax: 100_00 } });
    expect(changes(shop.count({ cash: 149_00 }))).toEqual([
      'raised cash-above-maximum',
      'raised count-difference',
    ]);
    expect(changes(shop.sell({ cash: 10_00 }, { till: 'T2' }))).toEqual([]);
    expect(shop.openAlerts()).toEqual(['cash-above-maximum', 'count-difference']);
  });

  it('of a later day is judged again when an earlier day changes its opening', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY).count({ cash: 158_00 });
    expect(shop.openAlerts()).toEqual(['count-difference']);
    expect(changes(shop.enter(cashOut(2_00, { businessDate: DAY })))).toEqual(['cleared count-difference']);
    shop.count({ cash: 157_00 }, { businessDate: DAY });
    expect(changes(shop.close(DAY, { comment: 'un euro de moins' }))).toEqual([
      'cleared count-difference',
      'raised count-difference',
    ]);
  });
});

describe('cash that a till fed by Z-tickets has paid out before its Z', () => {
  const aShop = () => new Shop({ tills: [{ code: 'T1', feed: 'z-ticket', opening: { cash: 150_00 } }] });
  const z = (cash: number, more: Body = {}): Body => ({
    type: 'z-ticket',
    number: '1',
    salesCount: 1,
    categories: [{ category: 'pain', vatRate: 550, gross: cash }],
    payments: amountsOf({ cash }),
    ...more,
  });

  it('is unproven from the first cent beyond the theoretical balance until the Z has come', () => {
    const shop = aShop();
    expect(changes(shop.enter(cashOut(150_00)))).toEqual([]);
    expect(dataOf(shop.enter(cashOut(1)), 'AlertRaised')).toEqual({
      code: 'cash-unproven',
      till: 'T1',
      day: DAY,
      subject: 'cash',
      amount: -1,
    });
    expect(changes(shop.enter(cashOut(10_00)))).toEqual([]);
    expect(changes(shop.enter(z(10_01)))).toEqual(['cleared cash-unproven']);
  });

  it('is unproven for each day by itself, and the Z of an earlier day may prove a later one', () => {
    const shop = aShop();
    shop.enter(cashOut(1_00));
    shop.goTo(NEXT_DAY);
    expect(changes(shop.enter(cashOut(160_00)))).toEqual(['raised cash-unproven']);
    expect(changes(shop.enter(z(20_00, { businessDate: DAY })))).toEqual(['cleared cash-unproven']);
  });

  it('is unproven on the day that lacks it, not on the one before', () => {
    const shop = aShop();
    shop.enter(cashOut(1_00));
    shop.goTo(NEXT_DAY).enter(cashOut(160_00));
    expect(changes(shop.enter(cashOut(1_00, { businessDate: DAY })))).toEqual([]);
    expect([...shop.ledger.alerts.values()].map(({ day }) => day)).toEqual([NEXT_DAY]);
  });

  it('may stay unproven at the lowest point even if more came in later', () => {
    const shop = aShop();
    shop.enter(cashOut(200_00));
    expect(changes(shop.enter(cashIn(100_00)))).toEqual([]);
    expect(shop.openAlerts()).toEqual(['cash-unproven']);
  });

  it('is not told of what is not cash', () => {
    expect(changes(aShop().enter(cashOut(10_00, { method: 'card' })))).toEqual([]);
  });

  it('is simply refused on any other till', () => {
    expect(() => new Shop().enter(cashOut(150_01))).toThrow('cash-balance-negative');
  });
});

describe('what a Z-ticket leaves open', () => {
  const z = (payments: Record<string, number>, more: Body = {}): Body => ({
    type: 'z-ticket',
    number: '1',
    salesCount: 1,
    categories: [{ category: 'pain', vatRate: 550, gross: 100_00, vat: 9_00 }],
    payments: amountsOf(payments),
    ...more,
  });

  it('raises the gap and the VAT, each once for its day, and clears them with the closing', () => {
    const shop = new Shop();
    expect(changes(shop.enter(z({ cash: 99_90 })))).toEqual(['raised ventilation-gap', 'raised vat-gap']);
    expect(changes(shop.enter(z({ cash: 99_80 }, { number: '2' })))).toEqual([]);
    shop.goTo(NEXT_DAY);
    expect(changes(shop.enter(z({ cash: 99_90 }, { number: '3' })))).toEqual([
      'raised ventilation-gap',
      'raised vat-gap',
    ]);
    shop.count({ cash: 349_70 }, { businessDate: DAY });
    expect(changes(shop.close(DAY, { comment: 'vu' }))).toEqual([
      'cleared ventilation-gap',
      'cleared vat-gap',
    ]);
    expect(shop.openAlerts()).toEqual(['ventilation-gap', 'vat-gap']);
  });

  it('adds up stated against computed VAT over the Z-tickets of the day, by rate', () => {
    const shop = new Shop();
    shop.enter(z({ cash: 100_00 }));
    const back = { categories: [{ category: 'pain', vatRate: 550, gross: 100_00, vat: 1_42 }] };
    expect(changes(shop.enter(z({ cash: 100_00 }, { number: '2', ...back })))).toEqual(['cleared vat-gap']);
  });

  it('clears a mismatch with recorded sales when the control is taken back', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    const control = shop.enter(z({ cash: 10_00 }));
    expect(changes(control)).toEqual(['raised z-mismatch']);
    expect(changes(shop.correct(idOf(control)))).toEqual(['cleared z-mismatch']);
  });
});

describe('settings that change', () => {
  it('raise and clear at once what their limits are about, on each till but the safe', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.enter(cashIn(900_00, { till: 'safe' }));
    const lowered = shop.changeSettings({ thresholds: { cashMax: 100_00, cashMin: 5_00 } });
    expect(typesOf(lowered)).toEqual(['SettingsChanged', 'AlertRaised', 'AlertRaised']);
    expect(lowered.slice(1).map(({ data }) => data)).toEqual([
      { code: 'cash-above-maximum', till: 'T1', subject: 'cash', amount: 160_00, limit: 100_00 },
      { code: 'cash-below-minimum', till: 'T2', subject: 'cash', amount: 0, limit: 5_00 },
    ]);
    expect(changes(shop.changeSettings({ thresholds: { cashMax: 600_00, cashMin: 0 } }))).toEqual([
      'cleared cash-above-maximum',
      'cleared cash-below-minimum',
    ]);
    expect(changes(shop.sell({ cash: 1_00 }))).toEqual([]);
  });

  it('judge counts by the new tolerance, on the days from which it counts', () => {
    const shop = new Shop();
    shop.count({ cash: 147_00 });
    shop.goTo(NEXT_DAY).count({ cash: 148_00 });
    expect(shop.openAlerts()).toEqual(['count-difference', 'count-difference']);
    expect(shop.changeSettings({ thresholds: { difference: 5_00 } }).slice(1)).toEqual([
      expect.objectContaining({ type: 'AlertCleared', data: expect.objectContaining({ day: NEXT_DAY }) }),
    ]);
    const back = { effectiveFrom: DAY, thresholds: { difference: 5_00 } };
    expect(changes(shop.changeSettings(back))).toEqual(['cleared count-difference']);
  });

  it('end what was said of a method that is no longer counted, not of cash that no Z has proven', () => {
    const shop = new Shop({ tills: [{ code: 'T1', feed: 'z-ticket', opening: { cash: 150_00 } }] });
    shop.count({ cash: 149_00 });
    const methods = [{ code: 'cash', kind: 'cash', counted: false }];
    expect(changes(shop.changeSettings({ methods }))).toEqual(['cleared count-difference']);
    shop.goTo(NEXT_DAY).enter(cashOut(200_00));
    expect(shop.openAlerts()).toEqual(['cash-unproven']);
    const toSales = { tills: [{ code: 'T1', feed: 'sales' }] };
    expect(() => shop.changeSettings(toSales)).toThrow('cash-balance-negative');
    expect(changes(shop.changeSettings({ ...toSales, effectiveFrom: THIRD_DAY }))).toEqual([]);
    expect(shop.openAlerts()).toEqual(['cash-unproven']);
  });

  it('that are dated ahead say nothing of today: the first entry of their day does', () => {
    const shop = new Shop();
    const ahead = { effectiveFrom: NEXT_DAY, thresholds: { cashMax: 100_00 } };
    expect(changes(shop.changeSettings(ahead))).toEqual([]);
    expect(changes(shop.sell({ cash: 1_00 }))).toEqual([]);
    expect(changes(shop.goTo(NEXT_DAY).sell({ cash: 1_00 }))).toEqual(['raised cash-above-maximum']);
  });

  it('of other kinds, and those that a company opens with, raise nothing', () => {
    const shop = new Shop({ thresholds: { cashMax: 100_00 } });
    expect(changes(shop.events)).toEqual([]);
    expect(changes(shop.changeSettings({ name: 'Boulangerie Adam' }))).toEqual([]);
    expect(shop.openAlerts()).toEqual([]);
  });

  it('leave an alert that goes on as it is', () => {
    const shop = new Shop({ thresholds: { cashMax: 100_00 } });
    shop.sell({ cash: 1_00 });
    expect(changes(shop.changeSettings({ thresholds: { cashMax: 120_00 } }))).toEqual([]);
  });
});

describe('alerts of several kinds', () => {
  it('are told in one go, cleared ones first', () => {
    const shop = new Shop({ thresholds: { cashMax: 200_00, cashMin: 100_00 } });
    expect(changes(shop.sell({ cash: 60_00 }))).toEqual(['raised cash-above-maximum']);
    expect(changes(shop.enter(cashOut(150_00)))).toEqual([
      'cleared cash-above-maximum',
      'raised cash-below-minimum',
    ]);
  });

  it('are taken back with the entry that raised them, if that is refused', () => {
    const shop = new Shop({ thresholds: { cashMax: 200_00 } });
    const batch = [
      { type: 'cash-in', till: 'T1', method: 'cash', amount: 100_00, reason: 'owner' },
      { type: 'cash-out', till: 'T1', method: 'cash', amount: 900_00, reason: 'owner' },
    ];
    expect(() => shop.recordAll(batch)).toThrow('cash-balance-negative');
    expect(shop.openAlerts()).toEqual([]);
    expect(changes(shop.goTo(THIRD_DAY).enter(cashIn(100_00)))).toEqual(['raised cash-above-maximum']);
  });
});
