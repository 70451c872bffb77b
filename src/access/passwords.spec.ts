import { Passwords } from './passwords';

describe('passwords', () => {
  const passwords = new Passwords();

  it('are kept as argon2id, never twice alike', async () => {
    const [one, other] = await Promise.all([
      passwords.hash('a long secret'),
      passwords.hash('a long secret'),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(await passwords.matches(one, 'a long secret')).toBe(true);
    expect(await passwords.matches(one, 'a long secret.')).toBe(false);
  });

  it('are the same however an accent is composed', async () => {
    const composed = await passwords.hash('caf\u00e9 cr\u00e8me');
    expect(await passwords.matches(composed, 'cafe\u0301 cre\u0300me')).toBe(true);
  });

  it('without an account never match, the empty one included', async () => {
    expect(await passwords.matches(undefined, '')).toBe(false);
    expect(await passwords.matches(undefined, 'a long secret')).toBe(false);
  });

  it('take as long without an account', async () => {
    const hash = await passwords.hash('a long secret');
    const timeOf = async (against: string | undefined) => {
      const start = process.hrtime.bigint();
      for (let guess = 0; guess < 5; guess += 1) await passwords.matches(against, 'a guess');
      return Number(process.hrtime.bigint() - start);
    };
    await timeOf(undefined);
    const ratio = (await timeOf(undefined)) / (await timeOf(hash));
    expect(ratio).toBeGreaterThan(0.2);
  });

  it('that come in a flood wait for each other, then are turned away', async () => {
    const flood = await Promise.allSettled(
      Array.from({ length: 80 }, () => passwords.matches(undefined, 'x')),
    );
    const turnedAway = flood.filter(({ status }) => status === 'rejected');
    expect(turnedAway).toHaveLength(80 - 2 - 64);
    expect(turnedAway[0]).toMatchObject({ reason: { code: 'overloaded' } });
    expect(await passwords.matches(undefined, 'x')).toBe(false);
  });
});
