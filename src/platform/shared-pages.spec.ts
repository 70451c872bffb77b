import type { PositionedEvent } from '../ports/event-store';
import { SharedPages } from './shared-pages';

const event = (position: number): PositionedEvent => ({
  ledger: 'ledger',
  sequence: position,
  text: '{}',
  hash: '',
  position,
});

describe('pages that the partitions of a process share', () => {
  let stored: PositionedEvent[];
  let reads: number;
  let now: number;
  let failure: Error | null;
  let pages: SharedPages;

  beforeEach(() => {
    stored = [1, 2, 3, 4, 5].map(event);
    reads = 0;
    now = 0;
    failure = null;
    const readAll = async (after: number, limit: number) => {
      reads += 1;
      if (failure) throw failure;
      return stored.filter(({ position }) => position > after).slice(0, limit);
    };
    pages = new SharedPages({ readAll }, () => now);
  });

  it('are read once, also when they are asked for at the same time', async () => {
    const [one, other] = await Promise.all([pages.readAll(0, 3), pages.readAll(0, 3)]);
    expect(one).toEqual(stored.slice(0, 3));
    expect(other).toBe(one);
    now += 60_000;
    pages.wake();
    expect(await pages.readAll(0, 3)).toBe(one);
    expect(reads).toBe(1);
  });

  it('end where the store ends now, once something was appended', async () => {
    await pages.readAll(3, 3);
    stored.push(event(6));
    expect(await pages.readAll(3, 3)).toHaveLength(2);
    pages.wake();
    expect(await pages.readAll(3, 3)).toHaveLength(3);
  });

  it('end where the store ends now after a moment, also when nothing told of it', async () => {
    await pages.readAll(3, 3);
    stored.push(event(6));
    now += 100;
    expect(await pages.readAll(3, 3)).toHaveLength(3);
  });

  it('that could not be read are asked for again', async () => {
    failure = new Error('gone');
    await expect(pages.readAll(0, 3)).rejects.toThrow('gone');
    failure = null;
    expect(await pages.readAll(0, 3)).toHaveLength(3);
  });

  it('are let go of when there are many', async () => {
    for (let after = 0; after < 20; after += 1) await pages.readAll(after % 5, 1);
    expect(reads).toBe(5);
    stored = Array.from({ length: 40 }, (_, index) => event(index + 1));
    for (let after = 10; after < 30; after += 1) await pages.readAll(after, 1);
    reads = 0;
    await pages.readAll(10, 1);
    expect(reads).toBe(1);
  });
});
