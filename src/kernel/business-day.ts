import { Temporal } from 'temporal-polyfill';
import { addDays, type Day, type Instant } from './day';

/** How a company tells its business days: a day runs from its cut-off to the next one, in the company's zone. */
export type BusinessDayRule = {
  /** IANA name, such as `Europe/Paris`. */
  readonly timeZone: string;
  /** Local time `HH:mm` at which the business day changes. */
  readonly cutoff: string;
};

/**
 * When a business day starts. A cut-off that does not exist on the night the clocks go forward is moved past the
 * gap; one that happens twice in autumn counts the first time, so that days stay adjacent without an overlap.
 */
export function startOfBusinessDay(day: Day, rule: BusinessDayRule): Instant {
  const start = Temporal.PlainDate.from(day).toZonedDateTime({
    timeZone: rule.timeZone,
    plainTime: Temporal.PlainTime.from(rule.cutoff),
  });
  return new Date(start.epochMilliseconds).toISOString();
}

type KnownDay = {
  readonly rule: BusinessDayRule;
  readonly day: Day;
  readonly from: Instant;
  readonly to: Instant;
};

/** The last day that was worked out: most entries of a batch fall on one day, and zone arithmetic is slow. */
let known: KnownDay | null = null;

/** The business day of an instant. A pure function: what it remembers never changes an answer. */
export function businessDayOf(instant: Instant, rule: BusinessDayRule): Day {
  if (known && known.rule.timeZone === rule.timeZone && known.rule.cutoff === rule.cutoff) {
    if (known.from <= instant && instant < known.to) return known.day;
  }
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO(rule.timeZone).toPlainDate().toString();
  let day = local;
  if (instant < startOfBusinessDay(local, rule)) day = addDays(local, -1);
  known = { rule, day, from: startOfBusinessDay(day, rule), to: startOfBusinessDay(addDays(day, 1), rule) };
  return day;
}

export function isTimeZone(name: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
