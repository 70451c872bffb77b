import { addDays, type Day, type Instant } from '../../kernel/day';
import { type Cents, cents } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import { CustomerErased, CustomerRegistered, OpeningBalancesRecorded } from '../customer-credit/events';
import type { LedgerDraft } from '../events';
import {
  businessDay,
  feedOn,
  type Ledger,
  requireTill,
  settingsOn,
  type Till,
  tillBalance,
  valueOn,
  withDated,
} from '../ledger';
import { postingsOfOpeningBalances } from '../postings-of';
import { lowestBalance, openDays } from '../till-days';
import { type Feed, TillChanged } from '../till/events';
import { BudgetSet } from './events';
import { checkSettings, newTillDraft, settingsDraft } from './open-company';
import type { NewTill, OpeningBalances, SettingsChange } from './requests';
import { type Settings, SETTINGS_PARTS, type SettingsPart } from './settings';

/**
 * One event per part that really changes, from a day on: the one that is named, else today, or the first business day
 * after those that are sealed. Earlier days keep what was valid then; a sealed day shows nothing else any more, so it
 * cannot be the day from which a change counts.
 *
 * @throws Refusal setting-not-valid, day-closed, unknown-till, cash-balance-negative
 */
export function changeSettings(request: SettingsChange, ledger: Ledger, now: Instant): LedgerDraft[] {
  const tills = tillsConcerned(request, ledger);
  const from = request.effectiveFrom ?? firstUnsealedDay(tills, businessDay(ledger, now));
  refuseSealedDay(tills, from);
  const changed = changedSettings(request, ledger, from);
  checkSettings({ ...allSettings(ledger, from), ...changed });
  if (changed.methods) checkMethods(ledger, changed.methods, from);
  const drafts: LedgerDraft[] = [];
  for (const part of SETTINGS_PARTS) {
    const value = changed[part];
    const before = settingsOn(ledger, part, from);
    if (value === undefined || isSame(value, before)) continue;
    drafts.push(settingsDraft(part, from, value), ...carriedOn(ledger, part, { from, before, value }));
  }
  (request.tills ?? []).forEach((change, index) => {
    const till = requireTill(ledger, change.code, `/tills/${index}/code`);
    const name = change.name ?? till.name;
    const feed = change.feed === undefined ? feedOn(till, from) : change.feed;
    if (name === till.name && feed === feedOn(till, from)) return;
    refuseUnprovenCash(ledger, till, { from, feed }, `/tills/${index}/feed`);
    const data = { till: till.code, effectiveFrom: from, name, feed: feed ?? undefined };
    drafts.push({ type: 'TillChanged', schemaVersion: TillChanged.schemaVersion, data });
  });
  return drafts;
}

type Change = { readonly from: Day; readonly before: unknown; readonly value: unknown };

/**
 * Changes that were dated ahead hold their part whole, as it was when they were made. What is changed before them goes on
 * counting after them, in each member that they did not change themselves. A list (of methods, of rates …) is one thing.
 *
 * @throws Refusal setting-not-valid
 */
function carriedOn(ledger: Ledger, part: SettingsPart, { from, before, value }: Change): LedgerDraft[] {
  if (Array.isArray(value)) return [];
  const old = before as Record<string, unknown>;
  const next = value as Record<string, unknown>;
  const members = Object.keys({ ...old, ...next }).filter((name) => !isSame(old[name], next[name]));
  return ledger.settings[part].flatMap((dated) => {
    const later: Record<string, unknown> = { ...(dated.value as object) };
    const kept = members.filter((name) => isSame(later[name], old[name]));
    if (dated.from <= from || kept.length === 0) return [];
    for (const name of kept) later[name] = next[name];
    // Members of one part come from that part only; the record has lost which.
    const whole = later as unknown as Settings[typeof part];
    checkSettings({ [part]: whole });
    return [settingsDraft(part, dated.from, whole)];
  });
}

/** Settings of the company show on the days of every till; a till's name and feed on its own alone. */
function tillsConcerned(request: SettingsChange, ledger: Ledger): readonly Till[] {
  const { effectiveFrom: _from, tills = [], ...settings } = request;
  if (Object.keys(settings).length > 0) return [...ledger.tills.values()];
  return tills.map(({ code }, index) => requireTill(ledger, code, `/tills/${index}/code`));
}

/** Today, unless one of the tills has sealed it already, or the day after it too (a till may be ahead by a night). */
export function firstUnsealedDay(tills: readonly Till[], today: Day): Day {
  return tills.reduce(
    (day, { closedThrough }) =>
      closedThrough !== null && closedThrough >= day ? addDays(closedThrough, 1) : day,
    today,
  );
}

/** @throws Refusal day-closed */
function refuseSealedDay(tills: readonly Till[], from: Day): void {
  for (const { code, closedThrough } of tills) {
    if (closedThrough === null || from > closedThrough) continue;
    throw new Refusal('day-closed', { pointer: '/effectiveFrom', till: code, businessDate: from });
  }
}

/**
 * Money is in a till under the code of its method, and the kind says what it may do there: cash is never negative. So a
 * code stays what it was, also if it was dropped since, and is not dropped while any of it is left.
 *
 * @throws Refusal setting-not-valid
 */
function checkMethods(ledger: Ledger, methods: Settings['methods'], from: Day): void {
  methods.forEach(({ code, kind }, index) => {
    const known = ledger.methodKinds.get(code);
    if (known === undefined || known === kind) return;
    const pointer = `/methods/${index}/kind`;
    throw new Refusal('setting-not-valid', { pointer, code, reason: 'kind-changed', kind: known });
  });
  const kept = new Set(methods.map(({ code }) => code));
  for (const { code } of settingsOn(ledger, 'methods', from)) {
    if (kept.has(code)) continue;
    for (const till of ledger.tills.keys()) {
      const balance = tillBalance(ledger, till, code);
      if (balance === 0) continue;
      const facts = { code, reason: 'method-not-empty', till, balance };
      throw new Refusal('setting-not-valid', { pointer: '/methods', ...facts });
    }
  }
}

/**
 * A till that is not fed by Z-tickets any more knows its cash: what a day has paid out before its Z must be there.
 *
 * @throws Refusal cash-balance-negative
 */
function refuseUnprovenCash(
  ledger: Ledger,
  till: Till,
  change: { readonly from: Day; readonly feed: Feed },
  pointer: string,
): void {
  const feeds = withDated(till.feeds, change.from, change.feed);
  for (const { date } of openDays(till)) {
    if (feedOn(till, date) !== 'z-ticket' || valueOn(feeds, date) === 'z-ticket') continue;
    for (const { code: method, kind } of settingsOn(ledger, 'methods', date)) {
      const lowest = kind === 'cash' ? lowestBalance(till, method, date, (day) => day === date) : null;
      if (!lowest || lowest.amount >= 0) continue;
      const facts = { till: till.code, method, businessDate: date, missing: -lowest.amount };
      throw new Refusal('cash-balance-negative', { pointer, ...facts });
    }
  }
}

function allSettings(ledger: Ledger, day: Day): Settings {
  return Object.fromEntries(
    SETTINGS_PARTS.map((part) => [part, settingsOn(ledger, part, day)]),
  ) as unknown as Settings;
}

function changedSettings(request: SettingsChange, ledger: Ledger, from: Day): Partial<Settings> {
  const { effectiveFrom: _from, tills: _tills, features, thresholds, calendar, ...rest } = request;
  const { vatRates, categories, expenseCategories, methods, ...identity } = rest;
  const changed: { -readonly [Part in keyof Settings]?: Settings[Part] } = {};
  if (vatRates) changed.vatRates = vatRates;
  if (categories) changed.categories = categories;
  if (expenseCategories) changed.expenseCategories = expenseCategories;
  if (methods) changed.methods = methods;
  if (features) changed.features = { ...settingsOn(ledger, 'features', from), ...features };
  if (thresholds) changed.thresholds = { ...settingsOn(ledger, 'thresholds', from), ...thresholds };
  if (calendar) changed.calendar = { ...settingsOn(ledger, 'calendar', from), ...calendar };
  if (Object.keys(identity).length > 0)
    changed.identity = { ...settingsOn(ledger, 'identity', from), ...identity };
  return changed;
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** @throws Refusal till-exists, unknown-method, method-not-allowed */
export function addTill(request: NewTill, ledger: Ledger, now: Instant): LedgerDraft[] {
  if (ledger.tills.has(request.code))
    throw new Refusal('till-exists', { pointer: '/code', till: request.code });
  return [newTillDraft(request, settingsOn(ledger, 'methods', businessDay(ledger, now)), '')];
}

export function setBudget(month: string, turnover: Cents): LedgerDraft[] {
  return [{ type: 'BudgetSet', schemaVersion: BudgetSet.schemaVersion, data: { month, turnover } }];
}

export function registerCustomer(customer: string): LedgerDraft[] {
  return [
    { type: 'CustomerRegistered', schemaVersion: CustomerRegistered.schemaVersion, data: { customer } },
  ];
}

/** Erasing again changes nothing. @throws Refusal unknown-customer */
export function eraseCustomer(customer: string, ledger: Ledger): LedgerDraft[] {
  const state = ledger.customers.get(customer);
  if (state === undefined) throw new Refusal('unknown-customer', { customer });
  if (state === 'erased') return [];
  return [{ type: 'CustomerErased', schemaVersion: CustomerErased.schemaVersion, data: { customer } }];
}

/**
 * What was owed and outstanding before the first day; once, and before anything is entered on a till: later, statements of
 * past days would change.
 *
 * @throws Refusal opening-balances-recorded, opening-balances-late, day-in-future, unknown-customer, voucher-exists
 */
export function recordOpeningBalances(request: OpeningBalances, ledger: Ledger, now: Instant): LedgerDraft[] {
  if (ledger.openingBalancesRecorded) throw new Refusal('opening-balances-recorded');
  for (const { closedThrough, days } of ledger.tills.values())
    if (closedThrough !== null || days.size > 0) throw new Refusal('opening-balances-late');
  const { date, customers = [], vouchers = [] } = request;
  const today = businessDay(ledger, now);
  if (date > today)
    throw new Refusal('day-in-future', { pointer: '/date', businessDate: date, tomorrow: today });
  customers.forEach(({ customer }, index) => {
    if (customer !== undefined && !ledger.customers.has(customer)) {
      throw new Refusal('unknown-customer', { pointer: `/customers/${index}/customer`, customer });
    }
  });
  const codes = new Set<string>();
  vouchers.forEach(({ voucher }, index) => {
    if (voucher === undefined) return;
    if (codes.has(voucher)) {
      throw new Refusal('voucher-exists', { pointer: `/vouchers/${index}/voucher`, voucher });
    }
    codes.add(voucher);
  });
  return partsOf({ date, customers: customers.filter(({ amount }) => amount !== cents(0)), vouchers }).map(
    (data) => {
      const postings = postingsOfOpeningBalances(data);
      return {
        type: 'OpeningBalancesRecorded',
        schemaVersion: OpeningBalancesRecorded.schemaVersion,
        data,
        postings: postings.length > 0 ? postings : undefined,
      };
    },
  );
}

/** Customers and vouchers of one event: with the longest codes and amounts it stays below 64 KiB. */
const ROWS_OF_AN_EVENT = 150;

/** A shop may have thousands outstanding, an event may not: one at least, and as many as it takes. */
function partsOf({ date, customers, vouchers }: OpeningBalancesData): OpeningBalancesData[] {
  const parts: OpeningBalancesData[] = [];
  for (let first = 0; first === 0 || first < customers.length; first += ROWS_OF_AN_EVENT)
    parts.push({ date, customers: customers.slice(first, first + ROWS_OF_AN_EVENT), vouchers: [] });
  const last = parts.pop() as OpeningBalancesData;
  const room = ROWS_OF_AN_EVENT - last.customers.length;
  parts.push({ ...last, vouchers: vouchers.slice(0, room) });
  for (let first = room; first < vouchers.length; first += ROWS_OF_AN_EVENT)
    parts.push({ date, customers: [], vouchers: vouchers.slice(first, first + ROWS_OF_AN_EVENT) });
  return parts;
}

type OpeningBalancesData = OpeningBalancesRecorded['data'];
