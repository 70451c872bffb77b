import { type Dated, emptyLedger, settingsOn, valueOn, withDated } from './ledger';

/** Values told in an order, each from a day on. */
const told = (...rows: readonly (readonly [string, string])[]) =>
  rows.reduce<readonly Dated<string>[]>((values, [from, value]) => withDated(values, from, value), []);

describe('values that count from a day on', () => {
  const values = told(['2026-03-01', 'a'], ['2026-05-01', 'c'], ['2026-04-01', 'b']);

  it.each([
    ['2026-02-28', 'a'],
    ['2026-03-01', 'a'],
    ['2026-03-31', 'a'],
    ['2026-04-01', 'b'],
    ['2026-04-30', 'b'],
    ['2026-05-01', 'c'],
    ['2030-01-01', 'c'],
  ])('are on %s the last one that was due: %s', (day, value) => {
    expect(valueOn(values, day)).toBe(value);
  });

  it('stand in the order of their days, whatever the order in which they were told', () => {
    expect(values.map(({ value }) => value)).toEqual(['a', 'b', 'c']);
  });

  it('take the place of one from the same day', () => {
    const again = withDated(values, '2026-04-01', 'x');
    expect(again.map(({ value }) => value)).toEqual(['a', 'x', 'c']);
    expect(valueOn(again, '2026-04-15')).toBe('x');
  });

  it('are none where none was told', () => {
    expect(valueOn([], '2026-03-01')).toBeUndefined();
    expect(() => settingsOn(emptyLedger('L'), 'methods', '2026-03-01')).toThrow(
      'ledger L has no settings for methods',
    );
  });
});
