import fc from 'fast-check';
import { UuidSet } from './uuid-set';

/** The UUID of a number, with little that differs from its neighbours. */
function uuidOf(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

describe('a set of UUIDs', () => {
  it('says of each id whether it is new', () => {
    const set = new UuidSet();
    const id = '0195f3a0-1234-7abc-8def-0123456789ab';
    expect([set.add(id), set.add(id), set.size]).toEqual([true, false, 1]);
    expect(set.add('0195f3a0-1234-7abc-8def-0123456789ac')).toBe(true);
  });

  it.each([0, 9, 14, 19, 35])('tells ids apart that differ in digit %i alone', (place) => {
    const id = '11111111-1111-1111-1111-111111111111';
    const set = new UuidSet();
    set.add(id);
    for (const digit of '023456789abcdef') {
      expect(set.add(`${id.slice(0, place)}${digit}${id.slice(place + 1)}`)).toBe(true);
    }
    expect(set.size).toBe(16);
  });

  it('takes capitals for the same letters, and the nil UUID for one like any other', () => {
    const set = new UuidSet();
    expect(set.add('0195F3A0-1234-7ABC-8DEF-0123456789AB')).toBe(true);
    expect(set.add('0195f3a0-1234-7abc-8def-0123456789ab')).toBe(false);
    const nil = '00000000-0000-0000-0000-000000000000';
    expect([set.add(nil), set.add(nil), set.size]).toEqual([true, false, 2]);
  });

  it('forgets none while it grows', () => {
    const set = new UuidSet();
    for (let number = 0; number < 20_000; number += 1) set.add(uuidOf(number));
    let found = 0;
    for (let number = 0; number < 20_000; number += 1) found += set.add(uuidOf(number)) ? 0 : 1;
    expect([found, set.size]).toEqual([20_000, 20_000]);
    expect(set.add(uuidOf(20_000))).toBe(true);
  });

  it('holds what a set of texts holds', () => {
    fc.assert(
      fc.property(fc.array(fc.uuid(), { maxLength: 50 }), (ids) => {
        const set = new UuidSet();
        for (const id of [...ids, ...ids]) set.add(id);
        expect(set.size).toBe(new Set(ids).size);
      }),
    );
  });
});
