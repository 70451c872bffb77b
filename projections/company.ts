import type { Day, Instant } from '../src/kernel/day';
import type { SettingsPart, Settings } from '../src/ledger/company/settings';
import { isOfInterest } from './interests';
import type { Projection, RecordedEvent } from './projection';

/** A value that counts from a day on; ordered by day, the last one not later than a day counts. */
export type DatedValue<Value = unknown> = {
  readonly from: Day;
  readonly value: Value;
  readonly sequence: number;
};

export type SettingsDocument = { readonly values: readonly DatedValue[] };

/** What a till is called and how its days are fed. */
export type TillSettings = {
  readonly till: string;
  readonly openedAt: Instant;
  readonly openedSequence: number;
  readonly opening: readonly { readonly method: string; readonly amount: number }[];
  readonly values: readonly DatedValue<{
    readonly name: string;
    readonly feed: 'sales' | 'z-ticket' | null;
  }>[];
};

export type BudgetDocument = { readonly month: string; readonly turnover: number };

export type LedgerDocument = {
  readonly origin: string;
  readonly verifierKey: string;
  readonly openedAt: Instant;
};

export type CompanyDocument = SettingsDocument | TillSettings | BudgetDocument | LedgerDocument;

export const companyKey = {
  ledger: 'ledger',
  part: (part: SettingsPart): string => `part/${part}`,
  till: (till: string): string => `till/${till}`,
  budget: (month: string): string => `budget/${month}`,
} as const;

/** Settings by part, each value dated; tills; budgets. */
export const company: Projection<CompanyDocument> = {
  name: 'company',
  version: 1,
  handles: (event) => isOfInterest('company', event),
  keys: (event) => [keyOf(event)],
  evolve(document, event) {
    if (event.type === 'SettingsChanged') return withSetting(document as SettingsDocument | undefined, event);
    if (event.type === 'TillOpened') return openedTill(event);
    if (event.type === 'TillChanged') return changedTill(document as TillSettings, event);
    if (event.type === 'BudgetSet') return event.data;
    if (event.type === 'LedgerOpened') {
      const { origin, verifierKey } = event.data;
      return { origin, verifierKey, openedAt: event.recordedAt };
    }
    throw new Error(`${event.type} is about no setting`);
  },
};

function keyOf(event: RecordedEvent): string {
  if (event.type === 'SettingsChanged') return companyKey.part(event.data.part);
  if (event.type === 'TillOpened') return companyKey.till(event.till ?? '');
  if (event.type === 'TillChanged') return companyKey.till(event.data.till);
  return event.type === 'BudgetSet' ? companyKey.budget(event.data.month) : companyKey.ledger;
}

function withSetting(
  document: SettingsDocument | undefined,
  { sequence, data }: Extract<RecordedEvent, { type: 'SettingsChanged' }>,
): SettingsDocument {
  const { effectiveFrom, value } = data;
  return { values: withValue(document?.values ?? [], { from: effectiveFrom, value, sequence }) };
}

function changedTill(
  till: TillSettings,
  { sequence, data }: Extract<RecordedEvent, { type: 'TillChanged' }>,
): TillSettings {
  const { effectiveFrom, name, feed } = data;
  return {
    ...till,
    values: withValue(till.values, { from: effectiveFrom, value: { name, feed: feed ?? null }, sequence }),
  };
}

function openedTill({
  till = '',
  recordedAt,
  sequence,
  data,
}: Extract<RecordedEvent, { type: 'TillOpened' }>): TillSettings {
  const value = { name: data.name, feed: data.feed ?? null };
  return {
    till,
    openedAt: recordedAt,
    openedSequence: sequence,
    opening: data.opening,
    values: [{ from: FIRST_DAY, value, sequence }],
  };
}

/** Before any day that a ledger may hold. */
const FIRST_DAY: Day = '1970-01-01';

/** A value of the same day takes the place of the earlier one. */
function withValue<Value>(
  values: readonly DatedValue<Value>[],
  added: DatedValue<Value>,
): DatedValue<Value>[] {
  const others = values.filter(({ from }) => from !== added.from);
  return [...others, added].sort((left, right) => (left.from < right.from ? -1 : 1));
}

/** The value that counts on a day; the first one for a day before any. */
export function valueOn<Value>(values: readonly DatedValue<Value>[], day: Day): Value | undefined {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const dated = values[index];
    if (dated && dated.from <= day) return dated.value;
  }
  return values[0]?.value;
}

/** A part of the settings as it counts on a day; undefined when the ledger has none. */
export function settingOn<Part extends SettingsPart>(
  document: SettingsDocument | null,
  _part: Part,
  day: Day,
): Settings[Part] | undefined {
  return document ? (valueOn(document.values, day) as Settings[Part] | undefined) : undefined;
}
