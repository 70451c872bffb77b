import fc from 'fast-check';
import {
  addDays,
  daySchema,
  daysBetween,
  instantSchema,
  isDay,
  lastDayOfMonth,
  monthOf,
  monthSchema,
  readInstant,
  receivedInstantSchema,
  weekdayOf,
} from './day';

const anyDay = fc
  .integer({ min: 0, max: Date.UTC(9999, 11, 31) / 86_400_000 })
  .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));

describe('a day', () => {
  it.each([
    ['2026-03-14', true],
    ['1970-01-01', true],
    ['9999-12-31', true],
    ['2024-02-29', true],
    ['2000-02-29', true],
    ['2026-02-29', false],
    ['2100-02-29', false],
    ['2026-04-31', false],
    ['2026-13-01', false],
    ['2026-00-10', false],
    ['2026-01-00', false],
    ['1969-12-31', false],
    ['0099-12-31', false],
    ['2026-3-14', false],
    ['20260314', false],
    [' 2026-03-14', false],
    ['2026-03-14T00:00', false],
    ['', false],
  ])('%j is one: %s', (text, expected) => {
    expect(isDay(text)).toBe(expected);
    expect(daySchema.safeParse(text).success).toBe(expected);
  });

  it.each([
    ['2026-03-29', 1, '2026-03-30'],
    ['2026-10-25', 1, '2026-10-26'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2024-03-01', -1, '2024-02-29'],
    ['2026-03-14', 0, '2026-03-14'],
    ['2026-03-14', -365, '2025-03-14'],
  ])('%s and %i days is %s', (day, days, expected) => {
    expect(addDays(day, days)).toBe(expected);
    expect(daysBetween(day, expected)).toBe(days);
  });

  it('comes back from any distance, and sorts as text', () => {
    fc.assert(
      fc.property(anyDay, anyDay, (left, right) => {
        const days = daysBetween(left, right);
        expect(addDays(left, days)).toBe(right);
        expect(daysBetween(right, left) + days).toBe(0);
        expect(left < right).toBe(days > 0);
      }),
    );
  });

  it('has none before 1970-01-01 and none after 9999-12-31', () => {
    expect(addDays('9999-12-30', 1)).toBe('9999-12-31');
    expect(addDays('9999-12-31', 1)).toBe('9999-12-31');
    expect(addDays('9999-12-01', 400)).toBe('9999-12-31');
    expect(addDays('1970-01-01', -1)).toBe('1970-01-01');
  });

  it('has an ISO weekday', () => {
    const week = [
      '2026-03-09',
      '2026-03-10',
      '2026-03-11',
      '2026-03-12',
      '2026-03-13',
      '2026-03-14',
      '2026-03-15',
    ];
    expect(week.map(weekdayOf)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(weekdayOf('1970-01-01')).toBe(4);
  });
});

describe('a month', () => {
  it.each([
    ['2026-01', '2026-01-31'],
    ['2026-02', '2026-02-28'],
    ['2024-02', '2024-02-29'],
    ['2100-02', '2100-02-28'],
    ['2026-04', '2026-04-30'],
    ['2026-12', '2026-12-31'],
  ])('%s ends on %s', (month, last) => {
    expect(lastDayOfMonth(month)).toBe(last);
    expect(monthOf(last)).toBe(month);
    expect(monthOf(addDays(last, 1))).not.toBe(month);
  });

  it.each([
    ['2026-01', true],
    ['2026-09', true],
    ['2026-10', true],
    ['2026-12', true],
    ['2026-00', false],
    ['2026-13', false],
    ['2026-1', false],
    ['2026-01-01', false],
    ['x2026-01', false],
    ['1970-01', true],
    ['1969-12', false],
    ['0000-01', false],
    ['9999-12', true],
    ['10000-01', false],
  ])('%j is one: %s', (text, expected) => {
    expect(monthSchema.safeParse(text).success).toBe(expected);
  });
});

describe('an instant', () => {
  it.each([
    ['2026-03-14T10:00:00Z', '2026-03-14T10:00:00.000Z'],
    ['2026-03-14T10:00:00.5Z', '2026-03-14T10:00:00.500Z'],
    ['2026-03-14T10:00:00.123456789Z', '2026-03-14T10:00:00.123Z'],
    ['2026-03-14T10:00:00+01:00', '2026-03-14T09:00:00.000Z'],
    ['2026-03-14T00:30:00+02:00', '2026-03-13T22:30:00.000Z'],
    ['2026-03-14T10:00:00-04:30', '2026-03-14T14:30:00.000Z'],
    ['2026-03-14t10:00:00z', '2026-03-14T10:00:00.000Z'],
    ['2026-03-14 10:00:00Z', '2026-03-14T10:00:00.000Z'],
    ['2026-03-14T23:59:59.999Z', '2026-03-14T23:59:59.999Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('as RFC 3339 has it, %s, is %s', (text, expected) => {
    expect(readInstant(text)).toBe(expected);
    expect(receivedInstantSchema.parse(text)).toBe(expected);
    expect(instantSchema.safeParse(expected).success).toBe(true);
  });

  it.each([
    '2026-03-14T10:00:00',
    '2026-03-14T10:00Z',
    '2026-03-14',
    '2026-02-29T10:00:00Z',
    '2026-03-14T24:00:00Z',
    '2026-03-14T10:60:00Z',
    '2026-03-14T10:00:60Z',
    '2026-03-14T10:00:00.Z',
    '2026-03-14T10:00:00.1234567890Z',
    '2026-03-14T10:00:00+0100',
    '2026-03-14T10:00:00+25:00',
    '2026-03-14T10:00:00+01:60',
    'x2026-03-14T10:00:00Z',
    '2026-03-14T10:00:00Zx',
    '2026-03-14TT10:00:00Z',
    '1970-01-01T00:30:00+01:00',
    // In UTC this is in the year 10000, which has no place in an event.
    '9999-12-31T23:59:59-00:01',
    '',
  ])('is not %j', (text) => {
    expect(readInstant(text)).toBeNull();
    expect(receivedInstantSchema.safeParse(text).error?.issues).toEqual([
      expect.objectContaining({ code: 'custom', params: { code: 'not-an-instant' } }),
    ]);
  });

  it.each([
    '2026-03-14T10:00:00Z',
    '2026-03-14T10:00:00.00Z',
    '2026-03-14T10:00:00.000+00:00',
    '+010000-01-01T00:00:00.000Z',
    'x2026-03-14T10:00:00.000Z',
    '2026-03-14T10:00:00.000Zx',
  ])('does not stand in an event as %s', (text) => {
    expect(instantSchema.safeParse(text).success).toBe(false);
  });

  it('that can be read is one that an event can hold', () => {
    const two = (number: number) => String(number).padStart(2, '0');
    const clock = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    fc.assert(
      fc.property(anyDay, clock, clock, fc.constantFrom('+', '-'), (day, [hour, minute], offset, sign) => {
        const read = readInstant(
          `${day}T${two(hour)}:${two(minute)}:00${sign}${two(offset[0])}:${two(offset[1])}`,
        );
        if (read === null) expect(day < '1970-01-02' || day > '9999-12-30').toBe(true);
        else expect(instantSchema.safeParse(read).success).toBe(true);
      }),
    );
  });
});
