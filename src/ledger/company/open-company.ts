import { SAFE } from '../../kernel/account';
import { cents } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import type { LedgerDraft } from '../events';
import { postingsOfTillOpening } from '../postings-of';
import { TillOpened } from '../till/events';
import { DEFAULT_IDENTITY, DEFAULT_SETTINGS } from './defaults';
import { FIRST_DAY, LedgerOpened, SettingsChanged } from './events';
import type { NewCompany, NewTill } from './requests';
import { type Settings, SETTINGS_PARTS, type SettingsPart } from './settings';

/** Who signs the checkpoints of a new ledger. */
export type LedgerKey = { readonly origin: string; readonly verifierKey: string };

/** The first events of a ledger: its format and key, its settings, the safe and its tills. */
export function openCompany(request: NewCompany, key: LedgerKey): LedgerDraft[] {
  const settings = initialSettings(request);
  checkSettings(settings);
  const drafts: LedgerDraft[] = [
    {
      type: 'LedgerOpened',
      schemaVersion: LedgerOpened.schemaVersion,
      data: { format: 'caisse-ledger/1', ...key },
    },
    ...SETTINGS_PARTS.map((part) => settingsDraft(part, FIRST_DAY, settings[part])),
    tillDraft({ code: SAFE, name: 'Coffre' }),
  ];
  const codes = new Set<string>();
  (request.tills ?? []).forEach((till, index) => {
    if (codes.has(till.code))
      throw new Refusal('till-exists', { pointer: `/tills/${index}/code`, till: till.code });
    codes.add(till.code);
    drafts.push(newTillDraft(till, settings.methods, `/tills/${index}`));
  });
  return drafts;
}

function initialSettings(request: NewCompany): Settings {
  const { name, siren, address, vatId, nic, activityCode } = request;
  return {
    identity: {
      name,
      siren,
      currency: request.currency ?? DEFAULT_IDENTITY.currency,
      timeZone: request.timeZone ?? DEFAULT_IDENTITY.timeZone,
      dayCutoff: request.dayCutoff ?? DEFAULT_IDENTITY.dayCutoff,
      fiscalYearStart: request.fiscalYearStart ?? DEFAULT_IDENTITY.fiscalYearStart,
      address,
      vatId,
      nic,
      activityCode,
    },
    vatRates: request.vatRates ?? DEFAULT_SETTINGS.vatRates,
    categories: request.categories ?? DEFAULT_SETTINGS.categories,
    expenseCategories: request.expenseCategories ?? DEFAULT_SETTINGS.expenseCategories,
    methods: request.methods ?? DEFAULT_SETTINGS.methods,
    features: { ...DEFAULT_SETTINGS.features, ...request.features },
    thresholds: { ...DEFAULT_SETTINGS.thresholds, ...request.thresholds },
    calendar: { ...DEFAULT_SETTINGS.calendar, ...request.calendar },
  };
}

export function settingsDraft<Part extends SettingsPart>(
  part: Part,
  effectiveFrom: string,
  value: Settings[Part],
): LedgerDraft {
  const data = { part, effectiveFrom, value };
  // Part and value belong together; the union of all parts cannot see it.
  return { type: 'SettingsChanged', schemaVersion: SettingsChanged.schemaVersion, data } as LedgerDraft;
}

/** Codes name one thing each, and the settings agree with each other. @throws Refusal setting-not-valid */
export function checkSettings(settings: Partial<Settings>): void {
  for (const part of ['categories', 'expenseCategories', 'methods'] as const) {
    const codes = new Set<string>();
    (settings[part] ?? []).forEach(({ code }, index) => {
      const pointer = `/${part}/${index}/code`;
      if (codes.has(code))
        throw new Refusal('setting-not-valid', { pointer, code, reason: 'code-used-twice' });
      codes.add(code);
    });
  }
  const { methods, vatRates, categories, thresholds } = settings;
  // `transit/tills/<method>` is the way between tills, `transit/<method>/<deposit>` the way to the bank.
  const reserved = (methods ?? []).findIndex((method) => method.code === 'tills');
  if (reserved >= 0) {
    throw new Refusal('setting-not-valid', { pointer: `/methods/${reserved}/code`, reason: 'code-reserved' });
  }
  if (methods && !methods.some((method) => method.kind === 'cash')) {
    throw new Refusal('setting-not-valid', { pointer: '/methods', reason: 'no-cash-method' });
  }
  (categories ?? []).forEach(({ vatRate }, index) => {
    if (vatRates && !vatRates.includes(vatRate)) {
      throw new Refusal('setting-not-valid', {
        pointer: `/categories/${index}/vatRate`,
        reason: 'unknown-vat-rate',
      });
    }
  });
  if (
    thresholds?.cashMin !== undefined &&
    thresholds.cashMax !== undefined &&
    thresholds.cashMin > thresholds.cashMax
  ) {
    throw new Refusal('setting-not-valid', {
      pointer: '/thresholds/cashMin',
      reason: 'minimum-above-maximum',
    });
  }
}

/** @throws Refusal till-exists (the safe's code), unknown-method, method-not-allowed */
export function newTillDraft(till: NewTill, methods: Settings['methods'], pointer: string): LedgerDraft {
  if (till.code === SAFE) throw new Refusal('till-exists', { pointer: `${pointer}/code`, till: SAFE });
  for (const code of Object.keys(till.opening ?? {})) {
    const method = methods.find((known) => known.code === code);
    const place = `${pointer}/opening/${code}`;
    if (!method) throw new Refusal('unknown-method', { pointer: place, method: code });
    if (method.kind === 'credit' || method.kind === 'voucher') {
      throw new Refusal('method-not-allowed', { pointer: place, method: code, kind: method.kind });
    }
  }
  return tillDraft(till);
}

function tillDraft(till: NewTill): LedgerDraft {
  const opening = Object.entries(till.opening ?? {})
    .filter(([, amount]) => amount !== 0)
    .map(([method, amount]) => ({ method, amount: cents(amount) }))
    .sort((left, right) => (left.method < right.method ? -1 : 1));
  const data = { name: till.name ?? till.code, feed: till.feed ?? undefined, opening: opening as never };
  const postings = postingsOfTillOpening(till.code, data);
  return {
    type: 'TillOpened',
    schemaVersion: TillOpened.schemaVersion,
    data,
    postings: postings.length > 0 ? postings : undefined,
    till: till.code,
  };
}
