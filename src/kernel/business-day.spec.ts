import fc from 'fast-check';
import { type BusinessDayRule, businessDayOf, isTimeZone, startOfBusinessDay } from './business-day';
import { addDays } from './day';

const rule = (cutoff: string, timeZone = 'Europe/Paris'): BusinessDayRule => ({ timeZone, cutoff });

/** One millisecond before an instant. */
const before = (instant: string) => new Date(Date.parse(instant) - 1).toISOString();

describe('a business day', () => {
  it.each([
    // Winter and summer time.
    ['2026-03-14', rule('05:00'), '2026-03-14T04:00:00.000Z'],
    ['2026-07-14', rule('05:00'), '2026-07-14T03:00:00.000Z'],
    ['2026-03-14', rule('00:00'), '2026-03-13T23:00:00.000Z'],
    ['2026-03-14', rule('23:30'), '2026-03-14T22:30:00.000Z'],
    // The clocks go forward at two, to three: 2026-03-29 in Paris.
    ['2026-03-29', rule('00:00'), '2026-03-28T23:00:00.000Z'],
    ['2026-03-29', rule('01:59'), '2026-03-29T00:59:00.000Z'],
    ['2026-03-29', rule('02:30'), '2026-03-29T01:30:00.000Z'],
    ['2026-03-29', rule('03:00'), '2026-03-29T01:00:00.000Z'],
    ['2026-03-29', rule('05:00'), '2026-03-29T03:00:00.000Z'],
    ['2026-03-30', rule('00:00'), '2026-03-29T22:00:00.000Z'],
    // The clocks go back at three, to two: 2026-10-25. Half past two comes twice; the first one counts.
    ['2026-10-25', rule('00:00'), '2026-10-24T22:00:00.000Z'],
    ['2026-10-25', rule('02:30'), '2026-10-25T00:30:00.000Z'],
    ['2026-10-25', rule('03:00'), '2026-10-25T02:00:00.000Z'],
    ['2026-10-25', rule('05:00'), '2026-10-25T04:00:00.000Z'],
    ['2026-10-26', rule('00:00'), '2026-10-25T23:00:00.000Z'],
    // Overseas, without summer time.
    ['2026-03-29', rule('05:00', 'Indian/Reunion'), '2026-03-29T01:00:00.000Z'],
    ['2026-10-25', rule('00:00', 'Indian/Reunion'), '2026-10-24T20:00:00.000Z'],
    ['2026-03-29', rule('05:00', 'America/Martinique'), '2026-03-29T09:00:00.000Z'],
    ['2026-10-25', rule('02:30', 'America/Martinique'), '2026-10-25T06:30:00.000Z'],
    ['2026-01-01', rule('00:00', 'Pacific/Noumea'), '2025-12-31T13:00:00.000Z'],
  ])('%s starts, with %j, at %s, and the one before ends there', (day, of, start) => {
    expect(startOfBusinessDay(day, of)).toBe(start);
    expect(businessDayOf(start, of)).toBe(day);
    expect(businessDayOf(before(start), of)).toBe(addDays(day, -1));
  });

  it.each([
    ['00:00', 23, 25],
    ['02:30', 24, 24],
    ['05:00', 23, 25],
  ])(
    'that holds a clock change is an hour shorter or longer, with a cut-off at %s',
    (cutoff, spring, autumn) => {
      const hours = (day: string) =>
        (Date.parse(startOfBusinessDay(addDays(day, 1), rule(cutoff))) -
          Date.parse(startOfBusinessDay(day, rule(cutoff)))) /
        3_600_000;
      const [inSpring, inAutumn] =
        cutoff === '00:00' ? ['2026-03-29', '2026-10-25'] : ['2026-03-28', '2026-10-24'];
      expect([hours(inSpring), hours(inAutumn)]).toEqual([spring, autumn]);
      expect(hours('2026-06-01')).toBe(24);
    },
  );

  it('has the second half past two of the autumn night on the day that the first one began', () => {
    const night = rule('02:30');
    expect(businessDayOf('2026-10-25T00:29:59.999Z', night)).toBe('2026-10-24');
    expect(businessDayOf('2026-10-25T00:30:00.000Z', night)).toBe('2026-10-25');
    expect(businessDayOf('2026-10-25T01:15:00.000Z', night)).toBe('2026-10-25');
    expect(businessDayOf('2026-10-25T01:30:00.000Z', night)).toBe('2026-10-25');
  });

  const zones = [
    'Europe/Paris',
    'Indian/Reunion',
    'America/Martinique',
    'Pacific/Noumea',
    'America/Miquelon',
  ];
  const anyRule = fc.record({
    timeZone: fc.constantFrom(...zones),
    cutoff: fc.constantFrom('00:00', '02:30', '03:00', '05:00', '12:00', '23:59'),
  });
  const anyInstant = fc
    .integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) })
    .map((time) => new Date(time).toISOString());

  it('holds each instant once: days follow one another without a gap or an overlap', () => {
    fc.assert(
      fc.property(anyInstant, anyRule, (instant, of) => {
        const day = businessDayOf(instant, of);
        expect(startOfBusinessDay(day, of) <= instant).toBe(true);
        expect(instant < startOfBusinessDay(addDays(day, 1), of)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is the local date, or the one before it until the cut-off, as the platform’s own calendar tells it', () => {
    fc.assert(
      fc.property(
        anyInstant,
        fc.constantFrom(...zones),
        fc.constantFrom('05:00', '12:00'),
        (instant, timeZone, cutoff) => {
          // No zone changes its clocks at these cut-offs, so that the wall clock alone decides.
          const local = new Intl.DateTimeFormat('sv-SE', {
            timeZone,
            dateStyle: 'short',
            timeStyle: 'medium',
          }).format(new Date(instant));
          const [date = '', time = ''] = local.split(' ');
          expect(businessDayOf(instant, { timeZone, cutoff })).toBe(time < cutoff ? addDays(date, -1) : date);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['00:00', '05:00', '23:30'])('stays within the calendar, whatever the zone, at %s', (cutoff) => {
    for (const zone of ['Pacific/Auckland', 'Europe/Paris', 'America/Los_Angeles']) {
      const late = businessDayOf('9999-12-31T23:59:59.999Z', rule(cutoff, zone));
      const early = businessDayOf('1970-01-01T00:00:00.000Z', rule(cutoff, zone));
      expect([late >= '9999-12-30', late <= '9999-12-31', early <= '1970-01-02']).toEqual([true, true, true]);
      expect(early >= '1970-01-01').toBe(true);
      // What is remembered of these days is true of no other.
      expect(businessDayOf('2026-03-14T12:00:00.000Z', rule(cutoff, zone))).toMatch(/^2026-03-1[345]$/);
    }
  });

  it('does not depend on what was asked before', () => {
    const instant = '2026-03-29T01:30:00.000Z';
    const answers = () =>
      ['Europe/Paris', 'Indian/Reunion', 'America/Martinique'].flatMap((zone) =>
        ['00:00', '02:30', '05:00'].map((cutoff) => businessDayOf(instant, rule(cutoff, zone))),
      );
    const expected = [
      ...['2026-03-29', '2026-03-29', '2026-03-28'],
      ...['2026-03-29', '2026-03-29', '2026-03-29'],
      ...['2026-03-28', '2026-03-28', '2026-03-28'],
    ];
    expect(answers()).toEqual(expected);
    for (let day = 1; day < 20; day += 1)
      businessDayOf(`2026-05-${String(day).padStart(2, '0')}T12:00:00.000Z`, rule('05:00'));
    expect(answers()).toEqual(expected);
  });
});

describe('a time zone', () => {
  it.each([
    ['Europe/Paris', true],
    ['Indian/Reunion', true],
    ['UTC', true],
    ['Europe/Atlantis', false],
    ['', false],
  ])('%j: %s', (name, expected) => {
    expect(isTimeZone(name)).toBe(expected);
  });
});
