import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailable } from '../ports/event-store';
import { Reach } from './reach';

const DOUBT_MS = 20;
const PING_MS = 50;
const AGAIN_MS = 20;

const never = () => new Promise<never>(() => undefined);
const nobody = () => Promise.reject(new StoreUnavailable('nobody is there', 'not-written'));
const lost = () => Promise.reject(new StoreUnavailable('the answer was lost', 'unknown'));

describe('a server that many call', () => {
  let ping: jest.Mock<Promise<unknown>>;
  let reach: Reach;
  beforeEach(() => {
    ping = jest.fn(() => Promise.resolve());
    reach = new Reach({ ping, doubtMs: DOUBT_MS, pingMs: PING_MS, againMs: AGAIN_MS });
  });
  afterEach(() => reach.close());

  it('answers and refuses as it likes, and is not asked for a sign of life', async () => {
    await expect(reach.call(() => Promise.resolve(5))).resolves.toBe(5);
    await expect(reach.call(() => Promise.reject(new RangeError('a fault')))).rejects.toThrow(RangeError);
    await delay(2 * DOUBT_MS);
    expect(ping).not.toHaveBeenCalled();
  });

  it('is called no more once one call has found nobody, until it shows a sign of life', async () => {
    ping.mockImplementation(nobody);
    await expect(reach.call(nobody)).rejects.toMatchObject({ outcome: 'not-written' });
    const work = jest.fn(() => Promise.resolve('here'));
    await expect(reach.call(work)).rejects.toMatchObject({
      name: 'StoreUnavailable',
      outcome: 'not-written',
      message: 'nobody is there',
    });
    await delay(4 * AGAIN_MS);
    await expect(reach.call(work)).rejects.toThrow(StoreUnavailable);
    expect(work).not.toHaveBeenCalled();
    expect(ping.mock.calls.length).toBeGreaterThan(1);
    ping.mockImplementation(() => Promise.resolve());
    await delay(4 * AGAIN_MS);
    await expect(reach.call(work)).resolves.toBe('here');
  });

  it('that says nothing at all is waited for by nobody, and what it was told may be done', async () => {
    ping.mockImplementation(never);
    const calls = [reach.call(never), reach.call(never)];
    for (const call of calls) await expect(call).rejects.toMatchObject({ outcome: 'unknown' });
    await expect(reach.call(() => Promise.resolve())).rejects.toMatchObject({ outcome: 'not-written' });
  });

  it('that is slow and shows signs of life is waited for', async () => {
    const slow = () => delay(DOUBT_MS + 2 * PING_MS, 'at last');
    await expect(reach.call(slow)).resolves.toBe('at last');
    expect(ping).toHaveBeenCalled();
  });

  it('that lost an answer and shows signs of life is called again', async () => {
    await expect(reach.call(lost)).rejects.toMatchObject({ outcome: 'unknown' });
    await expect(reach.call(() => Promise.resolve('here'))).resolves.toBe('here');
  });

  it('that lost an answer and shows none is not', async () => {
    ping.mockImplementation(nobody);
    await expect(reach.call(lost)).rejects.toThrow(StoreUnavailable);
    await delay(0);
    await expect(reach.call(() => Promise.resolve())).rejects.toMatchObject({ outcome: 'not-written' });
  });

  it('that was found again is not lost by a question of before', async () => {
    let answer: (error: Error) => void = () => undefined;
    ping.mockImplementationOnce(() => new Promise((_, reject) => (answer = reject)));
    const slow = reach.call(() => delay(8 * DOUBT_MS, 'at last'));
    await delay(2 * DOUBT_MS);
    await expect(reach.call(nobody)).rejects.toThrow('nobody is there');
    await expect(slow).rejects.toMatchObject({ outcome: 'unknown' });
    await delay(2 * AGAIN_MS);
    const work = reach.call(() => delay(2 * DOUBT_MS, 'here'));
    answer(new Error('too late'));
    await expect(work).resolves.toBe('here');
  });

  it('is asked nothing any more once it is closed', async () => {
    ping.mockImplementation(nobody);
    await expect(reach.call(nobody)).rejects.toThrow(StoreUnavailable);
    reach.close();
    await delay(2 * AGAIN_MS);
    const asked = ping.mock.calls.length;
    await delay(4 * AGAIN_MS);
    expect(ping.mock.calls).toHaveLength(asked);
  });
});
