import {
  company,
  companyKey,
  type SettingsDocument,
  type TillSettings,
  valueOn,
} from '../../projections/company';
import { SAFE } from '../kernel/account';
import { type BusinessDayRule, businessDayOf } from '../kernel/business-day';
import { type Day, type Instant, weekdayOf } from '../kernel/day';
import type { Category, Method, MethodKind, Settings, SettingsPart } from '../ledger/company/settings';
import type { ReadModels } from './read-models';

type Part = Extract<SettingsPart, 'identity' | 'categories' | 'methods' | 'thresholds' | 'calendar'>;

const PARTS: readonly Part[] = ['identity', 'categories', 'methods', 'thresholds', 'calendar'];

/** The settings of one company that reports need, as they count on any day. */
export class CompanySettings {
  private constructor(
    private readonly parts: ReadonlyMap<string, SettingsDocument>,
    /** In order of their codes, the safe last. */
    readonly tills: readonly TillSettings[],
  ) {}

  /** Null when the ledger is not known, or nothing of it has been folded yet. */
  static async load(models: ReadModels): Promise<CompanySettings | null> {
    const keys = PARTS.map((part) => companyKey.part(part));
    const parts = (await models.getMany(company, keys)) as ReadonlyMap<string, SettingsDocument>;
    if (parts.size < PARTS.length) return null;
    const tills: TillSettings[] = [];
    for await (const { body } of models.all(company, { from: 'till/', to: 'till0' }))
      tills.push(body as TillSettings);
    return new CompanySettings(parts, [
      ...tills.filter(({ till }) => till !== SAFE),
      ...tills.filter(({ till }) => till === SAFE),
    ]);
  }

  on<Name extends Part>(part: Name, day: Day): Settings[Name] {
    const document = this.parts.get(companyKey.part(part));
    const value = document && (valueOn(document.values, day) as Settings[Name] | undefined);
    if (value === undefined) throw new Error(`no settings for ${part} on ${day}`);
    return value;
  }

  /** How the company tells its days at an instant. */
  dayRule(instant: Instant): BusinessDayRule {
    const { timeZone, dayCutoff } = this.on('identity', instant.slice(0, 10));
    return { timeZone, cutoff: dayCutoff };
  }

  today(now: Instant): Day {
    return businessDayOf(now, this.dayRule(now));
  }

  till(code: string): TillSettings | undefined {
    return this.tills.find(({ till }) => till === code);
  }

  /** Whether the company was opened with the till, and not the till added later. */
  isFounding(code: string): boolean {
    const opened = this.till(code)?.openedAt;
    return opened !== undefined && this.tills.every(({ openedAt }) => opened <= openedAt);
  }

  tillName(code: string, day: Day): string {
    const settings = this.till(code);
    return (settings && valueOn(settings.values, day)?.name) ?? code;
  }

  method(code: string, day: Day): Method | undefined {
    return this.on('methods', day).find((method) => method.code === code);
  }

  kindOf(code: string, day: Day): MethodKind | null {
    return this.method(code, day)?.kind ?? null;
  }

  /** Whether a closing wants the method counted; one that is no longer in the settings is taken at its count. */
  isCounted(code: string, day: Day): boolean {
    const method = this.method(code, day);
    return method ? (method.counted ?? method.kind === 'cash') : true;
  }

  category(code: string, day: Day): Category | undefined {
    return this.on('categories', day).find((category) => category.code === code);
  }

  /** Whether the calendar expects entries on a day. */
  isOpenDay(day: Day): boolean {
    const { closedWeekdays, closed, open } = this.on('calendar', day);
    if (open.includes(day)) return true;
    return !closed.includes(day) && !closedWeekdays.includes(weekdayOf(day));
  }
}

/** Orders codes as the shop's own Z does: by position, then as the settings list them, then by code. */
export function inOrderOf<Row>(
  rows: readonly Row[],
  known: readonly { readonly code: string; readonly position?: number | undefined }[],
  codeOf: (row: Row) => string,
): Row[] {
  const ranks = new Map<string, number>();
  [...known]
    .sort((left, right) => (left.position ?? Infinity) - (right.position ?? Infinity) || 0)
    .forEach(({ code }, rank) => ranks.set(code, rank));
  const rankOf = (row: Row) => ranks.get(codeOf(row)) ?? ranks.size;
  return [...rows].sort(
    (left, right) => rankOf(left) - rankOf(right) || (codeOf(left) < codeOf(right) ? -1 : 1),
  );
}
