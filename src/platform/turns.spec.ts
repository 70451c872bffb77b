import { setTimeout as delay } from 'node:timers/promises';
import { LeaseTable, MemoryLeases } from '../../test/support/memory-leases';
import { StoreUnavailable } from '../ports/event-store';
import { Turns } from './turns';

const LEDGER = 'a-ledger';
const OTHER_LEDGER = 'another-ledger';
const LONG_MS = 60_000;

describe('turns at writing to a ledger', () => {
  let table: LeaseTable;
  let opened: Turns[];

  beforeEach(() => {
    table = new LeaseTable();
    opened = [];
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(opened.map((turns) => turns.close()));
  });

  const node = (name: string, leases = new MemoryLeases(table)): Turns => {
    const turns = new Turns(leases, name);
    opened.push(turns);
    return turns;
  };

  /** Whoever asks later does so at a later time of the store's clock. */
  const askLater = (turns: Turns): void => {
    table.now += 1;
    turns.ask(LEDGER);
  };

  const until = async (holds: () => boolean): Promise<void> => {
    const end = performance.now() + 10_000;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`never: ${holds.toString()}`);
      await delay(5);
    }
  };

  const running = async () =>
    (await new MemoryLeases(table).running('turns/')).map(({ holder }) => holder).sort();

  it('are nobody’s as long as nobody asks for one', async () => {
    const first = node('first');
    expect([first.isOthers(LEDGER), first.isOwn(LEDGER)]).toEqual([false, false]);
    await first.othersEnd(LEDGER);
  });

  it('are given in the order in which they were asked for, one at a time', async () => {
    const [first, second, third] = [node('first'), node('second'), node('third')];
    const all = [first, second, third];
    for (const turns of all) askLater(turns);
    for (const [index, turns] of all.entries()) {
      await until(() => !turns.isOthers(LEDGER) && turns.isOwn(LEDGER));
      for (const later of all.slice(index + 1)) {
        await until(() => later.isOthers(LEDGER));
        expect(later.isOwn(LEDGER)).toBe(false);
      }
      turns.end(LEDGER);
      expect(turns.isOwn(LEDGER)).toBe(false);
    }
    await until(() => all.every((turns) => !turns.isOthers(LEDGER)));
    expect(await running()).toEqual([]);
  });

  it('that were asked for in the same millisecond are told apart', async () => {
    const [first, second] = [node('first'), node('second')];
    first.ask(LEDGER);
    second.ask(LEDGER);
    await until(() => [first, second].some((turns) => !turns.isOthers(LEDGER) && turns.isOwn(LEDGER)));
    const [one, other] = first.isOwn(LEDGER) ? [first, second] : [second, first];
    await until(() => other.isOthers(LEDGER));
    one.end(LEDGER);
    await until(() => !other.isOthers(LEDGER) && other.isOwn(LEDGER));
  });

  it('are of one ledger: others are written as ever', async () => {
    const [first, second] = [node('first'), node('second')];
    first.ask(LEDGER);
    await until(() => second.isOthers(LEDGER));
    expect(second.isOthers(OTHER_LEDGER)).toBe(false);
  });

  it('are over when they have lasted for 100 ms', async () => {
    const first = node('first');
    first.ask(LEDGER);
    await until(() => !first.isOthers(LEDGER) && first.isOwn(LEDGER));
    await delay(120);
    expect(first.isOwn(LEDGER)).toBe(true);
    first.endIfOver(LEDGER);
    expect(first.isOwn(LEDGER)).toBe(false);
  });

  it('are respected for two seconds, whatever has become of whom they were given to; then it is the next one’s', async () => {
    const [first, second] = [node('first'), node('second')];
    askLater(first);
    await until(() => second.isOthers(LEDGER));
    const began = performance.now();
    askLater(second);
    // As if it were paused: its place is kept by the store, whose clock stands, and it does not give it back.
    jest.spyOn(first, 'end').mockImplementation(() => undefined);
    await second.othersEnd(LEDGER);
    expect(second.isOthers(LEDGER)).toBe(false);
    await until(() => second.isOwn(LEDGER));
    expect(performance.now() - began).toBeGreaterThan(1_800);
    expect(await running()).toEqual(['first/a-ledger', 'second/a-ledger']);
  });

  it('that have not sufficed are given up, so that another one can be asked for, also by who tries for longer than a second', async () => {
    const first = node('first');
    first.ask(LEDGER);
    await until(() => first.isOwn(LEDGER));
    for (let tried = 0; tried < 2; tried += 1) {
      await delay(1_300);
      first.isOthers(LEDGER);
    }
    expect([first.isOwn(LEDGER), await running()]).toEqual([false, []]);
    table.now += 1;
    first.ask(LEDGER);
    await until(() => first.isOwn(LEDGER));
  });

  it('are kept for who waits longer than a lease lasts, and not for who is gone', async () => {
    const goneLeases = new MemoryLeases(table);
    const [first, gone] = [node('first'), node('gone', goneLeases)];
    askLater(first);
    askLater(gone);
    await until(() => gone.isOthers(LEDGER));
    // As if its process were killed.
    jest.spyOn(goneLeases, 'renew').mockRejectedValue(new StoreUnavailable('away', 'not-written'));
    for (let step = 0; step < 3; step += 1) {
      await delay(550);
      table.now += 800;
    }
    expect(await running()).toEqual(['first/a-ledger']);
  });

  it('that are no longer wanted when they are given are given back', async () => {
    const first = node('first');
    first.ask(LEDGER);
    first.end(LEDGER);
    await delay(20);
    expect([first.isOwn(LEDGER), await running()]).toEqual([false, []]);
  });

  it('are given back by who closes, also one that is only being asked for', async () => {
    const leases = new MemoryLeases(table);
    const acquire = leases.acquire.bind(leases);
    jest.spyOn(leases, 'acquire').mockImplementation(async (...asked) => {
      const lease = await acquire(...asked);
      await delay(30);
      return lease;
    });
    const [first, second] = [node('first'), node('second', leases)];
    first.ask(LEDGER);
    await until(() => first.isOwn(LEDGER));
    second.ask(OTHER_LEDGER);
    expect((await running()).length).toBe(2);
    await Promise.all([first.close(), second.close()]);
    expect(await running()).toEqual([]);
  });

  it('are not to be had when too many want one: it goes on without, and may ask again', async () => {
    const others = new MemoryLeases(table);
    for (let place = 0; place < 64; place += 1)
      await others.acquire(`turns/${place}`, `other-${place}/${OTHER_LEDGER}`, LONG_MS);
    const first = node('first');
    first.ask(LEDGER);
    await delay(20);
    expect([first.isOthers(LEDGER), first.isOwn(LEDGER)]).toEqual([false, false]);
    table.held.clear();
    first.ask(LEDGER);
    await until(() => !first.isOthers(LEDGER) && first.isOwn(LEDGER));
  });

  it('make nobody wait while the leases cannot be had', async () => {
    const away = new MemoryLeases(table);
    const isAway = (): Promise<never> => Promise.reject(new StoreUnavailable('away', 'not-written'));
    const asked = jest.spyOn(away, 'acquire').mockImplementation(isAway);
    const looked = jest.spyOn(away, 'running').mockImplementation(isAway);
    const [first, second] = [node('first'), node('second', away)];
    first.ask(LEDGER);
    await until(() => !first.isOthers(LEDGER) && first.isOwn(LEDGER));
    second.ask(LEDGER);
    await until(() => !second.isOthers(LEDGER) && looked.mock.calls.length > 1);
    expect([second.isOthers(LEDGER), second.isOwn(LEDGER)]).toEqual([false, false]);
    asked.mockRestore();
    looked.mockRestore();
    table.now += 1;
    second.ask(LEDGER);
    await until(() => second.isOthers(LEDGER));
    first.end(LEDGER);
    await until(() => !second.isOthers(LEDGER) && second.isOwn(LEDGER));
  });

  it('are looked for while this node writes, and a second longer', async () => {
    const leases = new MemoryLeases(table);
    const looks = jest.spyOn(leases, 'running');
    const first = node('first', leases);
    await delay(50);
    expect(looks).not.toHaveBeenCalled();
    first.isOthers(LEDGER);
    await delay(2_000);
    const sofar = looks.mock.calls.length;
    expect(sofar).toBeGreaterThan(2);
    await delay(300);
    expect(looks.mock.calls.length).toBe(sofar);
    expect(first.isOthers(LEDGER)).toBe(false);
  });
});
