import { z } from 'zod';

/** A calendar day or business day, `YYYY-MM-DD`. Days compare as strings. */
export type Day = string;

/** An instant in UTC, `YYYY-MM-DDTHH:mm:ss.sssZ`. Instants compare as strings. */
export type Instant = string;

const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/;
const MILLISECONDS_PER_DAY = 86_400_000;

/** A time zone may carry the last night of 9999 past the four digits that a year has in an event. */
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Whether the text is a day that exists, from 1970-01-01 on. */
export function isDay(text: string): boolean {
  if (!DAY_PATTERN.test(text)) return false;
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8));
  return year >= 1970 && day >= 1 && day <= daysInMonth(year, month);
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** By the Gregorian calendar; 0 for a month that does not exist. */
function daysInMonth(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return (DAYS_IN_MONTH[month - 1] ?? 0) + (month === 2 && isLeap ? 1 : 0);
}

/**
 * The day so many days later. The calendar of the books goes from 1970-01-01 to 9999-12-31 and stops there: a fifth
 * digit of the year would sort before all other days.
 */
export function addDays(day: Day, days: number): Day {
  const time = Date.parse(`${day}T00:00:00.000Z`) + days * MILLISECONDS_PER_DAY;
  return new Date(Math.min(Math.max(time, 0), LAST_INSTANT)).toISOString().slice(0, 10);
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return (Date.parse(`${to}T00:00:00.000Z`) - Date.parse(`${from}T00:00:00.000Z`)) / MILLISECONDS_PER_DAY;
}

/** ISO weekday: 1 is Monday, 7 is Sunday. */
export function weekdayOf(day: Day): number {
  const sundayFirst = new Date(`${day}T00:00:00.000Z`).getUTCDay();
  return sundayFirst === 0 ? 7 : sundayFirst;
}

export function monthOf(day: Day): string {
  return day.slice(0, 7);
}

/** The last day of a month `YYYY-MM` from 1970 on. */
export function lastDayOfMonth(month: string): Day {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

export const daySchema = z.string().refine(isDay, { params: { code: 'not-a-day' } });

/** From 1970-01 on, as days are. */
export const monthSchema = z.string().regex(/^(19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2])$/);

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 instant into UTC milliseconds precision; null when it is none. */
export function readInstant(text: string): Instant | null {
  const match = RFC_3339.exec(text);
  if (!match || !isDay(match[1] as string)) return null;
  const [, day, hours, minutes, seconds, fraction = '.', offset] = match;
  if (!isTime(hours, minutes, seconds)) return null;
  // As it will stand in the event.
  if (fraction.length === 4 && offset === 'Z' && text[10] === 'T') return text;
  if (offset === 'Z') return `${day}T${hours}:${minutes}:${seconds}.${fraction.slice(1, 4).padEnd(3, '0')}Z`;
  const time = Date.parse(text.replace(' ', 'T').toUpperCase());
  return Number.isNaN(time) || time < 0 || time > LAST_INSTANT ? null : new Date(time).toISOString();
}

function isTime(hours?: string, minutes?: string, seconds?: string): boolean {
  return Number(hours) <= 23 && Number(minutes) <= 59 && Number(seconds) <= 59;
}

/** An instant as received, with any offset; normalised to UTC. */
export const receivedInstantSchema = z.string().transform((text, context) => {
  const instant = readInstant(text);
  if (instant !== null) return instant;
  context.addIssue({ code: 'custom', params: { code: 'not-an-instant' } });
  return z.NEVER;
});

/** An instant as it stands in events. */
export const instantSchema = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
