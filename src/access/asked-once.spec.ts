import { AskedOnce } from './asked-once';

describe('what many ask at once', () => {
  afterEach(() => jest.useRealTimers());

  /** Asks that are answered one by one, in the order in which they were asked. */
  const asks = () => {
    const answers: { answer: (said: string) => void; fail: (error: Error) => void }[] = [];
    const once = new AskedOnce<string>();
    const ask = (what = 'key') =>
      once.ask(what, () => new Promise((answer, fail) => void answers.push({ answer, fail })));
    return { once, ask, answers };
  };

  it('is asked once, and all are answered', async () => {
    const { ask, answers } = asks();
    const all = [ask(), ask(), ask()];
    expect(answers).toHaveLength(1);
    answers[0]?.answer('yes');
    expect(await Promise.all(all)).toEqual(['yes', 'yes', 'yes']);
  });

  it('is asked anew once it was answered, and each thing by itself', async () => {
    const { ask, answers } = asks();
    const first = ask();
    answers[0]?.answer('yes');
    await first;
    const [again, other] = [ask(), ask('another key')];
    expect(answers).toHaveLength(3);
    answers[1]?.answer('no');
    answers[2]?.answer('who?');
    expect(await Promise.all([again, other])).toEqual(['no', 'who?']);
  });

  it('fails for all who wait, and for nobody after them', async () => {
    const { ask, answers } = asks();
    const all = [ask(), ask()];
    answers[0]?.fail(new Error('away'));
    for (const each of all) await expect(each).rejects.toThrow('away');
    const later = ask();
    answers[1]?.answer('yes');
    expect(await later).toBe('yes');
  });

  describe('and is not answered for more than a second', () => {
    beforeEach(() => void jest.useFakeTimers());

    it('is asked by one of those who wait, once a second', async () => {
      const { ask, answers } = asks();
      const hung = ask();
      const others = [ask(), ask()];
      await jest.advanceTimersByTimeAsync(999);
      expect(answers).toHaveLength(1);
      await jest.advanceTimersByTimeAsync(1);
      expect(answers).toHaveLength(2);
      answers[1]?.answer('second');
      expect(await Promise.all(others)).toEqual(['second', 'second']);
      answers[0]?.answer('first');
      expect(await hung).toBe('first');
      expect(jest.getTimerCount()).toBe(0);
    });

    it('is answered to all by what comes first, and asked no more', async () => {
      const { ask, answers } = asks();
      const all = Array.from({ length: 10 }, () => ask());
      await jest.advanceTimersByTimeAsync(1_200);
      answers[0]?.answer('first');
      expect(await Promise.all(all)).toEqual(all.map(() => 'first'));
      await jest.advanceTimersByTimeAsync(10_000);
      expect(answers).toHaveLength(2);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('is not answered to who comes after it was forgotten', async () => {
    const { once, ask, answers } = asks();
    const before = ask();
    once.forget();
    const after = ask();
    answers[0]?.answer('yes');
    expect(await before).toBe('yes');
    // The end of the old ask is not that of the new one.
    const joined = ask();
    expect(answers).toHaveLength(2);
    answers[1]?.answer('no');
    expect(await Promise.all([after, joined])).toEqual(['no', 'no']);
  });
});
