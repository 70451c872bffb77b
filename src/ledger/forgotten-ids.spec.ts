import { Changes } from '../kernel/changes';
import { bytesOfForgotten, forgetId, type ForgottenIds, mayBeForgotten } from './forgotten-ids';

/** Ids as a counter makes them, and as the clock does: neighbours differ in few bits. */
const counted = (number: number) => `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
const timed = (number: number) =>
  `${(0x19500000 + number).toString(16).padStart(8, '0')}-1234-7abc-8def-0123456789ab`;

describe('ids that a ledger has forgotten', () => {
  it.each([
    ['a counter', counted],
    ['a clock', timed],
  ])('are all found, and hardly any other, where %s makes them', (_, idOf) => {
    const ids: ForgottenIds = [];
    for (let number = 0; number < 30_000; number += 1) forgetId(ids, idOf(number), new Changes());
    let found = 0;
    let mistaken = 0;
    for (let number = 0; number < 30_000; number += 1) {
      if (mayBeForgotten(ids, idOf(number))) found += 1;
      if (mayBeForgotten(ids, idOf(number + 30_000))) mistaken += 1;
    }
    expect(found).toBe(30_000);
    expect(mistaken).toBeLessThan(15);
  });

  it('are none in a new ledger', () => {
    expect(mayBeForgotten([], counted(1))).toBe(false);
  });

  it('take no more room however often they come', () => {
    const ids: ForgottenIds = [];
    for (let time = 0; time < 5_000; time += 1) forgetId(ids, counted(time % 10), new Changes());
    expect(bytesOfForgotten(ids)).toBe(4 * 1024);
    expect(ids[0]?.count).toBe(10);
  });

  it('can be taken back', () => {
    const ids: ForgottenIds = [];
    const changes = new Changes();
    for (let number = 0; number < 1020; number += 1) forgetId(ids, counted(number), changes);
    const before = structuredClone(ids);
    const mark = changes.mark();
    for (let number = 0; number < 50; number += 1) forgetId(ids, timed(number), changes);
    expect(ids).not.toEqual(before);
    changes.rollback(mark);
    expect(ids).toEqual(before);
  });

  it('take four bytes each', () => {
    const ids: ForgottenIds = [];
    for (let number = 0; number < 31 * 1024; number += 1) forgetId(ids, counted(number), new Changes());
    expect(bytesOfForgotten(ids) / (31 * 1024)).toBeLessThanOrEqual(4);
  });
});
