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

/** The days worked out last: entries fall on few days, and zone arithmetic is slow. Oldest first. */
const known: KnownDay[] = [];
const DAYS_KNOWN = 8;

/** The business day of an instant. A pure function: what it remembers never changes an answer. */
export function businessDayOf(instant: Instant, rule: BusinessDayRule): Day {
  for (let index = known.length - 1; index >= 0; index -= 1) {
    const { rule: other, day, from, to } = known[index] as KnownDay;
    if (from <= instant && instant < to && other.timeZone === rule.timeZone && other.cutoff === rule.cutoff)
      return day;
  }
  // The zone may lie a night beyond the first or last instant that can be read; the calendar of the books does not.
  const local = addDays(
    Temporal.Instant.from(instant).toZonedDateTimeISO(rule.timeZone).toPlainDate().toString(),
    0,
  );
  const day = instant < startOfBusinessDay(local, rule) ? addDays(local, -1) : local;
  known.push({
    rule,
    day,
    from: startOfBusinessDay(day, rule),
    to: startOfBusinessDay(addDays(day, 1), rule),
  });
  if (known.length > DAYS_KNOWN) known.shift();
  return day;
}

export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
