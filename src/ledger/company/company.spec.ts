import {
  amountsOf,
  dataOf,
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
import type { Body } from '../../../test/support/ledger-book';
import type { Cents } from '../../kernel/money';
import { methodOn, settingsOn } from '../ledger';
import { expectedPostings } from '../postings-of';
import { addTill, eraseCustomer, recordOpeningBalances, registerCustomer, setBudget } from './change-company';
import {
  budgetSchema,
  newCompanySchema,
  newTillSchema,
  openingBalancesSchema,
  settingsChangeSchema,
} from './requests';
import { isSiren, SETTINGS_PARTS } from './settings';

const COMPANY = { name: 'Boulangerie Ève', siren: '552100554' };

/** The pointer of the first thing that is wrong with a body, as `a/b/0`. */
function wrongIn(result: { success: boolean; error?: { issues: { path: PropertyKey[] }[] } }): string | null {
  return result.success ? null : (result.error?.issues[0]?.path.join('/') ?? '');
}

describe('opening a company', () => {
  it('is the format and the key, each part of the settings, the safe and the tills', () => {
    const shop = new Shop();
    expect(typesOf(shop.events)).toEqual([
      'LedgerOpened',
      ...Array.from({ length: 8 }, () => 'SettingsChanged'),
      'TillOpened',
      'TillOpened',
      'TillOpened',
    ]);
    expect(shop.events[0]).toMatchObject({
      sequence: 1,
      data: { format: 'caisse-ledger/1', origin: 'caisse.test/ledger', verifierKey: 'test+00000000+AQ' },
    });
    const parts = shop.events.flatMap(({ type, data }) => (type === 'SettingsChanged' ? [data] : []));
    expect(parts.map(({ part }) => part)).toEqual([
      'identity',
      'vatRates',
      'categories',
      'expenseCategories',
      'methods',
      'features',
      'thresholds',
      'calendar',
    ]);
    expect(new Set(parts.map(({ effectiveFrom }) => effectiveFrom))).toEqual(new Set(['1970-01-01']));
    expect(shop.events.slice(9).map(({ till }) => till)).toEqual(['safe', 'T1', 'T2']);
  });

  it('needs a name and a SIREN; all else has defaults that fit a bakery', () => {
    const { ledger } = new Shop();
    expect(settingsOn(ledger, 'identity', DAY)).toMatchObject({
      ...COMPANY,
      currency: 'EUR',
      timeZone: 'Europe/Paris',
      dayCutoff: '05:00',
      fiscalYearStart: '01-01',
    });
    expect(settingsOn(ledger, 'vatRates', DAY)).toEqual([550, 1000, 2000, 210]);
    expect(settingsOn(ledger, 'expenseCategories', DAY).map(({ code }) => code)).toEqual([
      'supplies',
      'meals',
      'travel',
      'upkeep',
      'postage',
      'other',
    ]);
    expect(settingsOn(ledger, 'methods', DAY).map(({ code, kind }) => [code, kind])).toEqual([
      ['cash', 'cash'],
      ['card', 'card'],
      ['cheque', 'cheque'],
      ['meal', 'meal-voucher'],
      ['transfer', 'transfer'],
      ['credit', 'credit'],
      ['voucher', 'voucher'],
    ]);
    expect(settingsOn(ledger, 'features', DAY)).toEqual({
      customerCredit: 'detailed',
      vouchers: true,
      transfers: true,
      expenses: true,
    });
    expect(settingsOn(ledger, 'thresholds', DAY)).toEqual({ difference: 0 });
    expect(settingsOn(ledger, 'calendar', DAY)).toEqual({ closedWeekdays: [], closed: [], open: [] });
    const rates = settingsOn(ledger, 'vatRates', DAY);
    for (const { vatRate } of settingsOn(ledger, 'categories', DAY)) expect(rates).toContain(vatRate);
  });

  it('takes what it is told instead, part by part', () => {
    const { ledger } = new Shop({
      timeZone: 'America/Martinique',
      dayCutoff: '00:00',
      features: { vouchers: false },
      thresholds: { cashMax: 500_00 },
      calendar: { closedWeekdays: [1] },
      address: '1, rue du Four',
      vatId: 'FR40552100554',
    });
    expect(settingsOn(ledger, 'identity', DAY)).toMatchObject({
      timeZone: 'America/Martinique',
      dayCutoff: '00:00',
      address: '1, rue du Four',
      vatId: 'FR40552100554',
    });
    expect(settingsOn(ledger, 'features', DAY)).toMatchObject({ vouchers: false, expenses: true });
    expect(settingsOn(ledger, 'thresholds', DAY)).toEqual({ cashMax: 500_00, difference: 0 });
    expect(settingsOn(ledger, 'calendar', DAY)).toEqual({ closedWeekdays: [1], closed: [], open: [] });
  });

  it('puts what was in the tills before the first day against `opening`', () => {
    const tills = [
      { code: 'T1', name: 'Comptoir', feed: 'sales', opening: { cheque: 30_00, cash: 150_00, card: 0 } },
    ];
    const shop = new Shop({ tills });
    const opened = shop.events.at(-1);
    expect(opened).toMatchObject({
      type: 'TillOpened',
      till: 'T1',
      tillSequence: 1,
      data: {
        name: 'Comptoir',
        feed: 'sales',
        opening: [
          { method: 'cash', amount: 150_00 },
          { method: 'cheque', amount: 30_00 },
        ],
      },
    });
    expect(moves(shop.events)).toEqual([
      ['till/T1/cash', 150_00],
      ['opening', -180_00],
      ['till/T1/cheque', 30_00],
    ]);
    expect(opened).not.toHaveProperty('businessDate');
  });

  it.each<[Body, Body]>([
    [
      {
        categories: [
          { code: 'a', vatRate: 550 },
          { code: 'a', vatRate: 550 },
        ],
      },
      { pointer: '/categories/1/code', code: 'setting-not-valid', reason: 'code-used-twice' },
    ],
    [
      { expenseCategories: [{ code: 'a' }, { code: 'b' }, { code: 'a' }] },
      { pointer: '/expenseCategories/2/code', reason: 'code-used-twice' },
    ],
    [
      {
        methods: [
          { code: 'cash', kind: 'cash' },
          { code: 'cash', kind: 'card' },
        ],
      },
      { pointer: '/methods/1/code', reason: 'code-used-twice' },
    ],
    [{ methods: [{ code: 'card', kind: 'card' }] }, { pointer: '/methods', reason: 'no-cash-method' }],
    [
      {
        methods: [
          { code: 'cash', kind: 'cash' },
          { code: 'tills', kind: 'other' },
        ],
      },
      { pointer: '/methods/1/code', reason: 'code-reserved' },
    ],
    [
      {
        vatRates: [550],
        categories: [
          { code: 'a', vatRate: 550 },
          { code: 'b', vatRate: 1000 },
        ],
      },
      { pointer: '/categories/1/vatRate', reason: 'unknown-vat-rate' },
    ],
    [
      { thresholds: { cashMin: 2, cashMax: 1 } },
      { pointer: '/thresholds/cashMin', reason: 'minimum-above-maximum' },
    ],
    [{ tills: [{ code: 'A' }, { code: 'A' }] }, { code: 'till-exists', pointer: '/tills/1/code', till: 'A' }],
    [{ tills: [{ code: 'safe' }] }, { code: 'till-exists', pointer: '/tills/0/code', till: 'safe' }],
    [
      { tills: [{ code: 'A' }, { code: 'B', opening: { bitcoin: 1 } }] },
      { code: 'unknown-method', pointer: '/tills/1/opening/bitcoin', method: 'bitcoin' },
    ],
    [
      { tills: [{ code: 'A', opening: { credit: 1 } }] },
      { code: 'method-not-allowed', pointer: '/tills/0/opening/credit', kind: 'credit' },
    ],
    [
      { tills: [{ code: 'A', opening: { voucher: 1 } }] },
      { code: 'method-not-allowed', pointer: '/tills/0/opening/voucher', kind: 'voucher' },
    ],
  ])('agrees with itself: %j', (company, expected) => {
    expect(refusal(() => new Shop(company))).toMatchObject(expected);
  });

  it('takes a minimum that equals the maximum', () => {
    expect(() => new Shop({ thresholds: { cashMin: 1, cashMax: 1 } })).not.toThrow();
  });
});

describe('the SIREN', () => {
  it.each(['552100554', '732829320', '404833048', '000000000'])(
    '%s has nine digits that pass Luhn',
    (siren) => {
      expect(isSiren(siren)).toBe(true);
      expect(newCompanySchema.safeParse({ ...COMPANY, siren }).success).toBe(true);
    },
  );

  it.each(['552100555', '525100554', '55210055', '5521005540', '55210055A', ' 552100554', '552 100 554', ''])(
    '%j is none',
    (siren) => {
      expect(isSiren(siren)).toBe(false);
      expect(wrongIn(newCompanySchema.safeParse({ ...COMPANY, siren }))).toBe('siren');
    },
  );
});

describe('the settings that a body may hold', () => {
  it.each<[Body, string]>([
    [{ name: '' }, 'name'],
    [{ currency: 'euro' }, 'currency'],
    [{ timeZone: 'Europe/Atlantis' }, 'timeZone'],
    [{ dayCutoff: '24:00' }, 'dayCutoff'],
    [{ dayCutoff: '5:00' }, 'dayCutoff'],
    [{ fiscalYearStart: '02-30' }, 'fiscalYearStart'],
    [{ fiscalYearStart: '2-1' }, 'fiscalYearStart'],
    [{ vatId: 'fr40' }, 'vatId'],
    [{ nic: '1234' }, 'nic'],
    [{ vatRates: [] }, 'vatRates'],
    [{ vatRates: [5.5] }, 'vatRates/0'],
    [{ vatRates: [10_001] }, 'vatRates/0'],
    [{ categories: [{ code: 'a/b', vatRate: 550 }] }, 'categories/0/code'],
    [{ categories: [{ code: 'a', vatRate: 550, account: '70A' }] }, 'categories/0/account'],
    [{ methods: [{ code: 'cash', kind: 'coins' }] }, 'methods/0/kind'],
    [{ methods: [] }, 'methods'],
    [{ features: { customerCredit: true } }, 'features/customerCredit'],
    [{ thresholds: { cashMax: -1 } }, 'thresholds/cashMax'],
    [{ calendar: { closedWeekdays: [0] } }, 'calendar/closedWeekdays/0'],
    [{ calendar: { closedWeekdays: [8] } }, 'calendar/closedWeekdays/0'],
    [{ calendar: { closed: ['2026-02-29'] } }, 'calendar/closed/0'],
    [{ tills: [{ code: 'A', opening: { cash: -1 } }] }, 'tills/0/opening/cash'],
    [{ tills: [{ code: 'A', feed: 'telepathy' }] }, 'tills/0/feed'],
    [{ surprise: 1 }, ''],
  ])('are checked: %j', (change, pointer) => {
    expect(wrongIn(newCompanySchema.safeParse({ ...COMPANY, ...change }))).toBe(pointer);
  });

  it.each(['siren', 'currency'])('do not include the %s once the company is open', (member) => {
    expect(wrongIn(settingsChangeSchema.safeParse({ [member]: '552100554' }))).toBe('');
  });

  it('include a budget of zero or more', () => {
    expect(budgetSchema.safeParse({ turnover: 0 }).success).toBe(true);
    expect(wrongIn(budgetSchema.safeParse({ turnover: -1 }))).toBe('turnover');
  });
});

describe('a change of the settings', () => {
  it('is one event per part that really changes, from today unless it says from when', () => {
    const shop = new Shop();
    const events = shop.changeSettings({
      name: 'Chez Ève',
      features: { vouchers: true },
      thresholds: { cashMax: 500_00 },
      vatRates: [550, 1000, 2000, 210],
    });
    expect(events.map(({ data }) => data)).toEqual([
      {
        part: 'identity',
        effectiveFrom: DAY,
        value: {
          ...COMPANY,
          name: 'Chez Ève',
          currency: 'EUR',
          timeZone: 'Europe/Paris',
          dayCutoff: '05:00',
          fiscalYearStart: '01-01',
        },
      },
      { part: 'thresholds', effectiveFrom: DAY, value: { cashMax: 500_00, difference: 0 } },
    ]);
    expect(shop.changeSettings({ name: 'Chez Ève' })).toEqual([]);
    expect(shop.changeSettings({})).toEqual([]);
  });

  it('counts from its day on and leaves the days before as they were', () => {
    const shop = new Shop();
    shop.changeSettings({ effectiveFrom: THIRD_DAY, expenseCategories: [{ code: 'loyer' }] });
    const codesOn = (day: string) =>
      settingsOn(shop.ledger, 'expenseCategories', day).map(({ code }) => code);
    expect([codesOn(NEXT_DAY)[0], codesOn(THIRD_DAY)[0], codesOn('2030-01-01')[0]]).toEqual([
      'supplies',
      'loyer',
      'loyer',
    ]);
    const rent = { type: 'expense', category: 'loyer', gross: 10_00, vatRate: 2000 };
    expect(refusal(() => shop.enter(rent))).toMatchObject({ code: 'unknown-expense-category' });
    expect(typesOf(shop.goTo(THIRD_DAY).enter(rent))).toEqual(['ExpensePaid']);
    expect(refusal(() => shop.enter({ ...rent, businessDate: NEXT_DAY }))).toMatchObject({
      code: 'unknown-expense-category',
    });
  });

  it('of a part keeps what a later change says, and the later one of a day stands', () => {
    const shop = new Shop();
    shop.changeSettings({ effectiveFrom: THIRD_DAY, thresholds: { cashMax: 3_00 } });
    shop.changeSettings({ effectiveFrom: NEXT_DAY, thresholds: { cashMax: 1_00 } });
    shop.changeSettings({ effectiveFrom: NEXT_DAY, thresholds: { cashMax: 2_00 } });
    const on = (day: string) => settingsOn(shop.ledger, 'thresholds', day).cashMax;
    expect([on(DAY), on(NEXT_DAY), on(THIRD_DAY)]).toEqual([undefined, 2_00, 3_00]);
    expect(shop.ledger.settings.thresholds).toHaveLength(3);
  });

  it('changes single members of features, thresholds and calendar, and keeps the others', () => {
    const shop = new Shop({ thresholds: { cashMin: 1, cashMax: 9 } });
    shop.changeSettings({
      features: { expenses: false },
      thresholds: { cashMax: 8 },
      calendar: { closed: ['2026-05-01'] },
      address: '2, place du Marché',
    });
    expect(settingsOn(shop.ledger, 'features', DAY)).toEqual({
      customerCredit: 'detailed',
      vouchers: true,
      transfers: true,
      expenses: false,
    });
    expect(settingsOn(shop.ledger, 'thresholds', DAY)).toEqual({ cashMin: 1, cashMax: 8, difference: 0 });
    expect(settingsOn(shop.ledger, 'calendar', DAY)).toEqual({
      closedWeekdays: [],
      closed: ['2026-05-01'],
      open: [],
    });
    expect(settingsOn(shop.ledger, 'identity', DAY)).toMatchObject({
      ...COMPANY,
      address: '2, place du Marché',
    });
  });

  it('must agree with the other settings of that day', () => {
    const shop = new Shop();
    expect(refusal(() => shop.changeSettings({ vatRates: [550, 2000] }))).toEqual({
      code: 'setting-not-valid',
      pointer: '/categories/3/vatRate',
      reason: 'unknown-vat-rate',
    });
    shop.changeSettings({ thresholds: { cashMax: 100 } });
    expect(refusal(() => shop.changeSettings({ thresholds: { cashMin: 101 } }))).toMatchObject({
      reason: 'minimum-above-maximum',
    });
  });

  it('never reaches back into a day that a till has closed', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    shop.goTo(NEXT_DAY);
    expect(refusal(() => shop.changeSettings({ effectiveFrom: DAY, name: 'X' }))).toEqual({
      code: 'day-closed',
      pointer: '/effectiveFrom',
      till: 'T1',
      businessDate: DAY,
    });
    expect(refusal(() => shop.changeSettings({ effectiveFrom: '2026-03-01', name: 'X' }))).toMatchObject({
      code: 'day-closed',
    });
    expect(shop.changeSettings({ effectiveFrom: NEXT_DAY, name: 'X' })).toHaveLength(1);
  });

  it('may count from a past day that nobody has closed', () => {
    expect(new Shop().changeSettings({ effectiveFrom: '2026-03-01', name: 'W' })).toHaveLength(1);
  });

  it('counts from the next business day where a till has sealed today, for whatever part', () => {
    const shop = new Shop();
    shop.changeSettings({ name: 'Avant' });
    shop.countAndClose(DAY, 150_00);
    const before = shop.ledger.settings;
    const sealed = Object.fromEntries(
      SETTINGS_PARTS.map((part) => [part, settingsOn(shop.ledger, part, DAY)]),
    );
    const events = shop.changeSettings({
      name: 'Après',
      timeZone: 'Asia/Tokyo',
      vatRates: [550, 1000, 2000, 210, 0],
      categories: [{ code: 'pain', label: 'Pains', vatRate: 550 }],
      expenseCategories: [{ code: 'loyer' }],
      methods: before.methods[0]?.value.map((method) => ({ ...method, label: 'Autre', counted: true })),
      features: { vouchers: false },
      thresholds: { difference: 5_00 },
      calendar: { closed: [DAY] },
      tills: [{ code: 'T1', name: 'Comptoir' }],
    });
    const from = events.map(({ data }) => (data as { effectiveFrom?: string }).effectiveFrom);
    expect(from).toEqual(Array.from({ length: SETTINGS_PARTS.length + 1 }, () => NEXT_DAY));
    for (const part of SETTINGS_PARTS) expect(settingsOn(shop.ledger, part, DAY)).toEqual(sealed[part]);
    // What was changed on the same day before it was sealed is what it was sealed with.
    expect(settingsOn(shop.ledger, 'identity', DAY)).toMatchObject({ name: 'Avant' });
    expect(settingsOn(shop.ledger, 'identity', NEXT_DAY)).toMatchObject({ name: 'Après' });
  });

  it('counts from the day after a till that is ahead by a night', () => {
    const shop = new Shop();
    shop.countAndClose(NEXT_DAY, 150_00);
    const [event] = shop.changeSettings({ name: 'X' });
    expect(event?.data).toMatchObject({ effectiveFrom: THIRD_DAY });
  });

  it('is refused where it names a day that a till has sealed today', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    expect(refusal(() => shop.changeSettings({ effectiveFrom: DAY, name: 'X' }))).toEqual({
      code: 'day-closed',
      pointer: '/effectiveFrom',
      till: 'T1',
      businessDate: DAY,
    });
    expect(shop.changeSettings({ effectiveFrom: NEXT_DAY, name: 'Y' })).toHaveLength(1);
  });

  it('of a till looks at the days of that till alone', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    const rename = (code: string, more: Body = {}) =>
      shop.changeSettings({ ...more, tills: [{ code, name: 'Terrasse' }] })[0]?.data;
    expect(rename('T2')).toMatchObject({ effectiveFrom: DAY });
    expect(rename('T1')).toMatchObject({ effectiveFrom: NEXT_DAY });
    expect(refusal(() => rename('T1', { effectiveFrom: DAY }))).toMatchObject({
      code: 'day-closed',
      till: 'T1',
    });
  });

  it('of the cut-off moves the days from then on', () => {
    const shop = new Shop();
    shop.changeSettings({ dayCutoff: '14:00' });
    // Noon in Paris now belongs to the day before.
    expect(shop.goTo(NEXT_DAY, '11:00').sell({ card: 1_00 })[0]?.businessDate).toBe(DAY);
  });
});

describe('the methods of a company', () => {
  const CASH = { code: 'cash', kind: 'cash' };
  const kindChanged = (code: string, kind: string, index = 0) => ({
    code: 'setting-not-valid',
    pointer: `/methods/${index}/kind`,
    reason: 'kind-changed',
    kind,
  });

  it('never change their kind, on whatever day: cash that was called a card could go below zero', () => {
    const shop = new Shop();
    const methods = [
      { code: 'cash', kind: 'card' },
      { code: 'cash2', kind: 'cash' },
    ];
    for (const change of [{ methods }, { methods, effectiveFrom: '2026-01-01' }])
      expect(refusal(() => shop.changeSettings(change))).toEqual(kindChanged('cash', 'cash'));
    const cards = [CASH, { code: 'card', kind: 'cash' }];
    const ahead = { methods: cards, effectiveFrom: THIRD_DAY };
    expect(refusal(() => shop.changeSettings(ahead))).toEqual(kindChanged('card', 'card', 1));
    const expense = { type: 'expense', category: 'supplies', gross: 9000_00, vatRate: 2000 };
    expect(refusal(() => shop.enter(expense))).toMatchObject({ code: 'cash-balance-negative' });
  });

  it('change in all else', () => {
    const shop = new Shop();
    const cash = { ...CASH, label: 'Liquide', counted: false, account: '531000', position: 3 };
    shop.changeSettings({ methods: [cash] });
    expect(methodOn(shop.ledger, 'cash', DAY)).toEqual(cash);
  });

  it('keep their kind when they come back, also those that were there for less than a day', () => {
    const shop = new Shop();
    const withTips = (kind: string) => ({ methods: [CASH, { code: 'tips', kind }] });
    shop.changeSettings(withTips('other'));
    shop.changeSettings({ methods: [CASH] });
    expect(refusal(() => shop.changeSettings(withTips('cash')))).toEqual(kindChanged('tips', 'other', 1));
    expect(shop.changeSettings(withTips('other'))).toHaveLength(1);
  });

  it.each(['T1', 'T2', 'safe'])('are not dropped while %s holds some of them', (till) => {
    const shop = new Shop({ methods: [CASH, { code: 'tips', kind: 'cash' }] });
    const move = (type: string) =>
      shop.record({ type, till, method: 'tips', amount: 10_00, reason: 'other' });
    move('cash-in');
    for (const day of [DAY, THIRD_DAY])
      expect(refusal(() => shop.changeSettings({ effectiveFrom: day, methods: [CASH] }))).toEqual({
        code: 'setting-not-valid',
        pointer: '/methods',
        reason: 'method-not-empty',
        till,
        balance: 10_00,
      });
    move('cash-out');
    expect(shop.changeSettings({ methods: [CASH] })).toHaveLength(1);
  });

  it('are not dropped while a till owes some of them', () => {
    const shop = new Shop();
    shop.enter({ type: 'cash-out', method: 'card', amount: 10_00, reason: 'other' });
    expect(refusal(() => shop.changeSettings({ methods: [CASH] }))).toMatchObject({
      reason: 'method-not-empty',
      balance: -10_00,
    });
  });

  it('are cash for ever: a correction takes no more of what was dropped than there was', () => {
    const shop = new Shop({ methods: [CASH, { code: 'coins', kind: 'cash', counted: false }] });
    const sale = idOf(shop.sell({ coins: 10_00 }));
    shop.enter({ type: 'cash-out', method: 'coins', amount: 10_00, reason: 'owner' });
    shop.countAndClose(DAY, 150_00);
    shop.goTo(NEXT_DAY).changeSettings({ methods: [CASH] });
    expect(methodOn(shop.ledger, 'coins', NEXT_DAY)).toBeUndefined();
    expect(refusal(() => shop.correct(sale))).toMatchObject({
      code: 'cash-balance-negative',
      method: 'coins',
      missing: 10_00,
    });
  });
});

describe('a change that is dated ahead', () => {
  const JUNE = '2026-06-01';
  const valueOf = (shop: Shop, part: 'features' | 'thresholds' | 'methods', day: string) =>
    settingsOn(shop.ledger, part, day);

  it('keeps what is changed before it, in what it did not change itself', () => {
    const shop = new Shop();
    shop.changeSettings({ effectiveFrom: JUNE, features: { vouchers: false } });
    const events = shop.changeSettings({ features: { customerCredit: 'off', vouchers: true } });
    expect(events.map(({ data }) => (data as { effectiveFrom?: string }).effectiveFrom)).toEqual([DAY, JUNE]);
    expect(valueOf(shop, 'features', DAY)).toMatchObject({ customerCredit: 'off', vouchers: true });
    expect(valueOf(shop, 'features', JUNE)).toMatchObject({ customerCredit: 'off', vouchers: false });
  });

  it('keeps a limit that was not there before, and its own', () => {
    const shop = new Shop({ thresholds: { difference: 1_00 } });
    shop.changeSettings({ effectiveFrom: JUNE, thresholds: { difference: 2_00 } });
    shop.changeSettings({ thresholds: { cashMax: 500_00, difference: 3_00 } });
    expect(valueOf(shop, 'thresholds', JUNE)).toEqual({ cashMax: 500_00, difference: 2_00 });
  });

  it('must agree with what is carried into it', () => {
    const shop = new Shop({ thresholds: { cashMax: 500_00 } });
    shop.changeSettings({ effectiveFrom: JUNE, thresholds: { cashMin: 300_00 } });
    expect(refusal(() => shop.changeSettings({ thresholds: { cashMax: 200_00 } }))).toMatchObject({
      code: 'setting-not-valid',
      reason: 'minimum-above-maximum',
    });
  });

  it('is not touched by a change that counts later still, nor where it has changed all of it', () => {
    const shop = new Shop();
    shop.changeSettings({ effectiveFrom: JUNE, features: { vouchers: false } });
    expect(shop.changeSettings({ effectiveFrom: '2026-07-01', features: { expenses: false } })).toHaveLength(
      1,
    );
    expect(valueOf(shop, 'features', JUNE)).toMatchObject({ expenses: true });
    const all = { customerCredit: 'off', vouchers: true, transfers: false, expenses: false } as const;
    shop.changeSettings({ effectiveFrom: '2026-08-01', features: all });
    shop.changeSettings({ effectiveFrom: '2026-07-15', features: { vouchers: true } });
    expect(valueOf(shop, 'features', '2026-08-01')).toEqual(all);
  });

  it('is a list of its own where it is one', () => {
    const shop = new Shop();
    const methods = [{ code: 'cash', kind: 'cash' }];
    shop.changeSettings({ effectiveFrom: JUNE, methods });
    const today = [...methods, { code: 'card', kind: 'card' }];
    expect(shop.changeSettings({ methods: today })).toHaveLength(1);
    expect(valueOf(shop, 'methods', JUNE)).toEqual(methods);
  });
});

describe('a till', () => {
  it('changes its name and its feed from a day on', () => {
    const shop = new Shop();
    const events = shop.changeSettings({
      effectiveFrom: NEXT_DAY,
      tills: [{ code: 'T1', name: 'Comptoir', feed: 'z-ticket' }],
    });
    expect(events).toMatchObject([
      {
        type: 'TillChanged',
        data: { till: 'T1', effectiveFrom: NEXT_DAY, name: 'Comptoir', feed: 'z-ticket' },
      },
    ]);
    expect(events[0]).not.toHaveProperty('till');
    expect(typesOf(shop.sell({ card: 1_00 }))).toEqual(['SaleRecorded']);
    expect(refusal(() => shop.goTo(NEXT_DAY).sell({ card: 1_00 }))).toMatchObject({ code: 'day-fed-by-z' });
    expect(shop.ledger.tills.get('T1')?.name).toBe('Comptoir');
  });

  it('is not set to another feed while a day has paid out what no Z has proven', () => {
    const shop = new Shop({ tills: [{ code: 'T1', feed: 'z-ticket', opening: { cash: 10_00 } }] });
    const expense = { type: 'expense', category: 'supplies', gross: 30_00, vatRate: 2000 };
    shop.enter(expense);
    const toSales = { tills: [{ code: 'T1', feed: 'sales' }] };
    expect(refusal(() => shop.changeSettings(toSales))).toEqual({
      code: 'cash-balance-negative',
      pointer: '/tills/0/feed',
      till: 'T1',
      method: 'cash',
      businessDate: DAY,
      missing: 20_00,
    });
    // The day keeps its feed: the change may count from the next one, and a name is no feed.
    shop.changeSettings({ tills: [{ code: 'T1', name: 'Terrasse' }] });
    shop.changeSettings({ ...toSales, effectiveFrom: NEXT_DAY });
    const categories = [{ category: 'pain', vatRate: 550, gross: 20_00 }];
    shop.enter({
      type: 'z-ticket',
      number: '1',
      salesCount: 4,
      categories,
      payments: amountsOf({ cash: 20_00 }),
    });
    expect(typesOf(shop.changeSettings(toSales))).toEqual(['TillChanged']);
  });

  it('keeps what is not named; a feed of null is a change like any other', () => {
    const shop = new Shop({ tills: [{ code: 'T1', name: 'Comptoir', feed: 'z-ticket' }] });
    const [renamed] = shop.changeSettings({ tills: [{ code: 'T1', name: 'Terrasse' }] });
    expect(renamed?.data).toEqual({ till: 'T1', effectiveFrom: DAY, name: 'Terrasse', feed: 'z-ticket' });
    const [freed] = shop.changeSettings({ tills: [{ code: 'T1', feed: null }] });
    expect(freed?.data).toEqual({ till: 'T1', effectiveFrom: DAY, name: 'Terrasse' });
    expect(shop.changeSettings({ tills: [{ code: 'T1', name: 'Terrasse', feed: null }] })).toEqual([]);
    expect(typesOf(shop.sell({ card: 1_00 }))).toEqual(['SaleRecorded']);
  });

  it('that nobody knows cannot change', () => {
    expect(refusal(() => new Shop().changeSettings({ tills: [{ code: 'T1' }, { code: 'T9' }] }))).toEqual({
      code: 'unknown-till',
      pointer: '/tills/1/code',
      till: 'T9',
    });
  });

  it('may be added later, with what is in it', () => {
    const shop = new Shop();
    const add = (till: Body) => shop.change((ledger, now) => addTill(newTillSchema.parse(till), ledger, now));
    const opened = add({ code: 'T3', opening: { cash: 20_00 } });
    expect(opened).toMatchObject([{ type: 'TillOpened', till: 'T3', tillSequence: 1, data: { name: 'T3' } }]);
    expect(opened[0]?.data).not.toHaveProperty('feed');
    expect(moves(opened)).toEqual([
      ['till/T3/cash', 20_00],
      ['opening', -20_00],
    ]);
    shop.enter({ type: 'cash-out', till: 'T3', method: 'cash', amount: 20_00, reason: 'owner' });
    expect(refusal(() => add({ code: 'T3' }))).toEqual({ code: 'till-exists', pointer: '/code', till: 'T3' });
    expect(refusal(() => add({ code: 'safe' }))).toEqual({
      code: 'till-exists',
      pointer: '/code',
      till: 'safe',
    });
    expect(refusal(() => add({ code: 'T4', opening: { credit: 1 } }))).toMatchObject({
      code: 'method-not-allowed',
      pointer: '/opening/credit',
    });
  });
});

describe('opening balances', () => {
  const record = (shop: Shop, body: Body) =>
    shop.change((ledger, now) =>
      recordOpeningBalances(openingBalancesSchema.parse({ date: '2026-03-01', ...body }), ledger, now),
    );

  it('are what customers owed and vouchers were worth before the first day, against `opening`', () => {
    const shop = new Shop();
    const customer = shop.newCustomer();
    const events = record(shop, {
      customers: [{ customer, amount: 40_00 }, { amount: 10_00 }, { customer, amount: 0 }],
      vouchers: [
        { voucher: 'V1', kind: 'multi-purpose', amount: 25_00 },
        { kind: 'multi-purpose', amount: 5_00 },
        { voucher: 'U1', kind: 'single-purpose', amount: 9_00 },
      ],
    });
    expect(moves(events)).toEqual([
      [`customer/${customer}`, 40_00],
      ['opening', -50_00],
      ['customer/-', 10_00],
      ['voucher/V1', -25_00],
      ['opening', 30_00],
      ['voucher/-', -5_00],
      ['memo/voucher/U1', -9_00],
      ['memo/issued', 9_00],
    ]);
    expect(dataOf(events, 'OpeningBalancesRecorded').customers).toHaveLength(2);
    expect(events[0]).not.toHaveProperty('till');
    // A verifier derives them again, years later.
    expect(events.map(expectedPostings)).toEqual(events.map(({ postings }) => postings));
  });

  it('can be used at once: debts repaid, vouchers spent', () => {
    const shop = new Shop();
    record(shop, {
      customers: [{ amount: 10_00 }],
      vouchers: [{ voucher: 'V1', kind: 'multi-purpose', amount: 25_00 }],
    });
    shop.enter({ type: 'credit-repayment', payments: amountsOf({ cash: 10_00 }) });
    shop.enter({
      ...saleOf({ voucher: 25_00 }),
      payments: [{ method: 'voucher', voucher: 'V1', amount: 25_00 }],
    });
    expect([shop.balance('customer/-'), shop.balance('voucher/V1')]).toEqual([0, 0]);
  });

  it('come before anything is entered on a till', () => {
    const shop = new Shop();
    shop.sell({ cash: 1_00 });
    expect(refusal(() => record(shop, {}))).toEqual({ code: 'opening-balances-late' });
    shop.countAndClose(DAY, 151_00);
    expect(refusal(() => record(shop, {}))).toEqual({ code: 'opening-balances-late' });
  });

  it('are of no day that is still to come', () => {
    const shop = new Shop();
    expect(refusal(() => record(shop, { date: NEXT_DAY }))).toMatchObject({
      code: 'day-in-future',
      pointer: '/date',
      businessDate: NEXT_DAY,
    });
    expect(record(shop, { date: DAY })).toHaveLength(1);
  });

  it('are recorded once, even if there was nothing', () => {
    const shop = new Shop();
    expect(record(shop, {})[0]).not.toHaveProperty('postings');
    expect(refusal(() => record(shop, {}))).toEqual({ code: 'opening-balances-recorded' });
  });

  it('name customers that are known and each voucher once', () => {
    const shop = new Shop();
    const customer = shop.uuid();
    expect(refusal(() => record(shop, { customers: [{ amount: 1 }, { customer, amount: 1 }] }))).toEqual({
      code: 'unknown-customer',
      pointer: '/customers/1/customer',
      customer,
    });
    const v1 = { voucher: 'V1', kind: 'multi-purpose', amount: 1 };
    expect(refusal(() => record(shop, { vouchers: [{ kind: 'multi-purpose', amount: 1 }, v1, v1] }))).toEqual(
      {
        code: 'voucher-exists',
        pointer: '/vouchers/2/voucher',
        voucher: 'V1',
      },
    );
  });

  it('of a single-purpose voucher cannot be refunded, since its category and rate are unknown', () => {
    const shop = new Shop();
    record(shop, { vouchers: [{ voucher: 'U1', kind: 'single-purpose', amount: 9_00 }] });
    expect(refusal(() => shop.enter({ type: 'voucher-refund', voucher: 'U1' }))).toEqual({
      code: 'category-required',
      pointer: '/voucher',
      voucher: 'U1',
    });
    expect(typesOf(shop.record({ type: 'voucher-expiry', voucher: 'U1' }))).toEqual(['VoucherExpired']);
  });
});

describe('customers and budgets', () => {
  it('are registered by an opaque id, and erased once', () => {
    const shop = new Shop();
    const customer = shop.newCustomer();
    const erase = (id: string) => shop.change((ledger) => eraseCustomer(id, ledger));
    expect(erase(customer)).toMatchObject([{ type: 'CustomerErased', data: { customer } }]);
    expect(erase(customer)).toEqual([]);
    const unknown = shop.uuid();
    expect(refusal(() => erase(unknown))).toEqual({ code: 'unknown-customer', customer: unknown });
  });

  it('keep the account of a customer whose identity was erased', () => {
    const shop = new Shop();
    const customer = shop.newCustomer();
    shop.enter({ ...saleOf({ credit: 10_00 }), payments: [{ method: 'credit', customer, amount: 10_00 }] });
    shop.change((ledger) => eraseCustomer(customer, ledger));
    shop.enter({ type: 'credit-repayment', customer, payments: amountsOf({ cash: 4_00 }) });
    expect(shop.balance(`customer/${customer}`)).toBe(6_00);
  });

  it('are events', () => {
    const shop = new Shop();
    const id = shop.uuid();
    expect(shop.change(() => registerCustomer(id))).toMatchObject([
      { type: 'CustomerRegistered', data: { customer: id } },
    ]);
    expect(shop.change(() => setBudget('2026-04', 1_000_00 as Cents))).toMatchObject([
      { type: 'BudgetSet', data: { month: '2026-04', turnover: 1_000_00 } },
    ]);
  });
});

describe('detailed or global customer credit', () => {
  it('switches at a date: old rows keep their mode, the total goes on, the switch is an event', () => {
    const shop = new Shop();
    const customer = shop.newCustomer();
    const onCredit = (more: Body = {}) =>
      saleOf({ credit: 40_00 }, { payments: [{ method: 'credit', amount: 40_00, ...more }] });
    shop.enter(onCredit({ customer }));
    const switched = shop.changeSettings({ effectiveFrom: NEXT_DAY, features: { customerCredit: 'global' } });
    expect(switched).toMatchObject([
      { type: 'SettingsChanged', data: { part: 'features', effectiveFrom: NEXT_DAY } },
    ]);
    shop.enter(onCredit({ customer }));
    shop.goTo(NEXT_DAY).enter(onCredit());
    expect(refusal(() => shop.enter(onCredit({ customer })))).toEqual({
      code: 'customer-credit-global',
      pointer: '/payments/0/customer',
    });
    expect([shop.balance(`customer/${customer}`), shop.balance('customer/-')]).toEqual([80_00, 40_00]);
    expect(typesOf(shop.enter({ ...onCredit({ customer }), businessDate: DAY }))).toEqual(['SaleRecorded']);
  });

  it('may be turned off: refused from that day on, readable before', () => {
    const shop = new Shop();
    shop.sell({ credit: 40_00 });
    shop.changeSettings({ effectiveFrom: NEXT_DAY, features: { customerCredit: 'off' } });
    shop.goTo(NEXT_DAY);
    const off = { code: 'feature-disabled', feature: 'customerCredit' };
    expect(refusal(() => shop.sell({ credit: 1_00 }))).toEqual(off);
    expect(
      refusal(() => shop.enter({ type: 'credit-repayment', payments: amountsOf({ cash: 1_00 }) })),
    ).toEqual(off);
    expect(shop.balance('customer/-')).toBe(40_00);
  });

  it('counts a method by the settings of its day', () => {
    const shop = new Shop();
    shop.changeSettings({
      effectiveFrom: NEXT_DAY,
      methods: [{ code: 'cash', kind: 'cash', counted: false }],
    });
    expect(methodOn(shop.ledger, 'card', DAY)?.kind).toBe('card');
    expect(methodOn(shop.ledger, 'card', NEXT_DAY)).toBeUndefined();
    shop.sell({ cash: 1_00 });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'count-required' });
    shop.countAndClose(DAY, 151_00);
    shop.goTo(NEXT_DAY).sell({ cash: 1_00 });
    expect(typesOf(shop.close(NEXT_DAY))).toEqual(['DayClosed']);
  });
});
