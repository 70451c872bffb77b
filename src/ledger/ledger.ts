import { account } from '../kernel/account';
import { type BusinessDayRule, businessDayOf } from '../kernel/business-day';
import type { Day, Instant } from '../kernel/day';
import { cents, type Cents } from '../kernel/money';
import type { Account } from '../kernel/postings';
import { Refusal } from '../kernel/refusal';
import type { AlertData } from './alert/events';
import type { Method, MethodKind, Settings, SettingsPart } from './company/settings';
import type { Day as OpenDay } from './day';
import type { ForgottenIds } from './forgotten-ids';
import type { VoucherKind } from './payment';
import type { Feed } from './till/events';

/** Raise it when the shape below changes: snapshots of another version are folded anew. */
export const STATE_VERSION = 8;

/** A value that counts from a day on. Lists of them are ordered by day; the last one not later than a day counts. */
export type Dated<Value> = { readonly from: Day; readonly value: Value };

/** Closed days in a row that were fed in the same way; days between them that have no entries are not in it. */
export type FedDays = {
  readonly from: Day;
  readonly through: Day;
  readonly feed: Exclude<Feed, null>;
};

export type Till = {
  readonly code: string;
  name: string;
  feeds: readonly Dated<Feed>[];
  /** Last number of the till's own gapless sequence. */
  tillSequence: number;
  /** Last business day that was closed. */
  closedThrough: Day | null;
  /** Days that have entries and are not closed. */
  readonly days: Map<Day, OpenDay>;
  /** How closed days were fed, in order; a day in none of them had neither sales nor a Z-ticket that fed it. */
  fedDays: readonly FedDays[];
  /** Balance per method after the last closed day, or what was in the till before its first. */
  base: ReadonlyMap<string, number>;
  /** Last closed day whose closing counted a method. */
  countedThrough: ReadonlyMap<string, Day>;
  /** Perpetual totals per VAT rate as of the last closure. */
  perpetual: ReadonlyMap<number, { readonly real: number; readonly absolute: number }>;
  /** Z numbers in use, by the `pairKey` of system and number, and the entry that used them. */
  readonly zNumbers: Map<string, string>;
  /** Order number of the last sealed journal line. */
  journalLines: number;
};

export type Voucher = {
  readonly kind: VoucherKind;
  readonly category?: string | undefined;
  readonly vatRate?: number | undefined;
  readonly expiresOn?: Day | undefined;
};

export type Deposit = {
  readonly till: string;
  readonly method: string;
  readonly bankAccount: string;
  readonly amount: number;
};

/** Entries whose ids are remembered together: those of one till and day, or of one company date. */
export type EntryBucket = { ids: readonly string[]; closedAt: Instant | null };

/**
 * What one ledger must remember to decide. Plain data that is folded in place by `evolve`; every change goes
 * through `Changes`, so that it can be taken back. Decisions only read it.
 */
export type Ledger = {
  readonly id: string;
  /** Sequence of the last event folded; 0 before the ledger is opened. */
  sequence: number;
  recordedAt: Instant;
  /** Non-zero balances of all accounts. */
  readonly balances: Map<Account, number>;
  readonly settings: { [Part in SettingsPart]: readonly Dated<Settings[Part]>[] };
  /** What each code of a method is that the settings ever held, also one that has been dropped since. */
  readonly methodKinds: Map<string, MethodKind>;
  readonly tills: Map<string, Till>;
  readonly customers: Map<string, 'open' | 'erased'>;
  readonly vouchers: Map<string, Voucher>;
  readonly deposits: Map<string, Deposit>;
  /** Cheques that were remitted, by the `pairKey` of bank and number, and the deposit that holds them. */
  readonly cheques: Map<string, string>;
  /** Corrected entries and the entry that corrected them. */
  readonly corrected: Map<string, string>;
  /** Last document number per `till|type`. */
  readonly documents: Map<string, number>;
  /** Recent entry ids and the sequence of their last event. */
  readonly entries: Map<string, number>;
  readonly entryBuckets: Map<string, EntryBucket>;
  /** No id of an entry up to this sequence is certain to be in `entries`. */
  entriesForgottenThrough: number;
  /** Ids that have left `entries`: what a client sends again after years is found by them. */
  readonly forgottenIds: ForgottenIds;
  readonly alerts: Map<string, AlertData>;
  openingBalancesRecorded: boolean;
  /** Cash moved by the entry that is being folded: judged when its last event is in. */
  readonly unsettled: Map<string, { till: string; day: Day; method: string }>;
};

export function emptyLedger(id: string): Ledger {
  return {
    id,
    sequence: 0,
    recordedAt: '1970-01-01T00:00:00.000Z',
    balances: new Map(),
    settings: {
      identity: [],
      vatRates: [],
      categories: [],
      expenseCategories: [],
      methods: [],
      features: [],
      thresholds: [],
      calendar: [],
    },
    methodKinds: new Map(),
    tills: new Map(),
    customers: new Map(),
    vouchers: new Map(),
    deposits: new Map(),
    cheques: new Map(),
    corrected: new Map(),
    documents: new Map(),
    entries: new Map(),
    entryBuckets: new Map(),
    entriesForgottenThrough: 0,
    forgottenIds: [],
    alerts: new Map(),
    openingBalancesRecorded: false,
    unsettled: new Map(),
  };
}

/** The value that counts on a day; the first one before any day that has none. */
export function valueOn<Value>(values: readonly Dated<Value>[], day: Day): Value | undefined {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const dated = values[index] as Dated<Value>;
    if (dated.from <= day) return dated.value;
  }
  return values[0]?.value;
}

/** A list with one more dated value, in order; a value of the same day takes the place of the earlier one. */
export function withDated<Value>(
  values: readonly Dated<Value>[],
  from: Day,
  value: Value,
): readonly Dated<Value>[] {
  const others = values.filter((dated) => dated.from !== from);
  return [...others, { from, value }].sort((left, right) => (left.from < right.from ? -1 : 1));
}

export function settingsOn<Part extends SettingsPart>(ledger: Ledger, part: Part, day: Day): Settings[Part] {
  const value = valueOn<Settings[Part]>(ledger.settings[part], day);
  if (value === undefined) throw new Error(`ledger ${ledger.id} has no settings for ${part}`);
  return value;
}

export function balanceOf(ledger: Ledger, path: Account): Cents {
  return cents(ledger.balances.get(path) ?? 0);
}

export function tillBalance(ledger: Ledger, till: string, method: string): Cents {
  return balanceOf(ledger, account.till(till, method));
}

export function dayRule(ledger: Ledger, instant: Instant): BusinessDayRule {
  const { timeZone, dayCutoff } = settingsOn(ledger, 'identity', instant.slice(0, 10));
  return { timeZone, cutoff: dayCutoff };
}

/** The company's business day at an instant. */
export function businessDay(ledger: Ledger, instant: Instant): Day {
  return businessDayOf(instant, dayRule(ledger, instant));
}

export function methodOn(ledger: Ledger, code: string, day: Day): Method | undefined {
  const methods = settingsOn(ledger, 'methods', day);
  for (const method of methods) if (method.code === code) return method;
  return undefined;
}

/** Whether a method is cash on a day; one that the settings of that day have dropped is what it was. */
export function isCash(ledger: Ledger, code: string, day: Day): boolean {
  return (methodOn(ledger, code, day)?.kind ?? ledger.methodKinds.get(code)) === 'cash';
}

/** Whether a closing wants this method counted: cash is, unless the settings say otherwise. */
export function isCounted(method: Method): boolean {
  return method.counted ?? method.kind === 'cash';
}

export function feedOn(till: Till, day: Day): Feed {
  return valueOn(till.feeds, day) ?? null;
}

/** @throws Refusal unknown-till */
export function requireTill(ledger: Ledger, code: string, pointer = '/till'): Till {
  const till = ledger.tills.get(code);
  if (!till) throw new Refusal('unknown-till', { pointer, till: code });
  return till;
}

export type Feature = 'customerCredit' | 'vouchers' | 'transfers' | 'expenses';

/** @throws Refusal feature-disabled */
export function requireFeature(ledger: Ledger, feature: Feature, day: Day): void {
  const value = settingsOn(ledger, 'features', day)[feature];
  if (value === false || value === 'off') throw new Refusal('feature-disabled', { feature });
}

/** What a voucher still holds, in cents; 0 when it is used up. */
export function voucherOutstanding(ledger: Ledger, code: string, kind: VoucherKind): Cents {
  const path = kind === 'multi-purpose' ? account.voucher(code) : account.memoVoucher(code);
  return cents(-(ledger.balances.get(path) ?? 0));
}
