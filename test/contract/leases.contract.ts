import type { Lease, Leases } from '../../src/ports/leases';
import { type Contract, describeContract, type Disposable } from './contract';

export type LeasesUnderTest = Disposable & {
  readonly leases: Leases;
  /** Those of another process on the same store. */
  readonly another: () => Promise<Leases>;
  /** Lets so many milliseconds pass on the store's clock. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** The store is lost; whoever is connected goes on with an empty one. */
  readonly forget: () => Promise<void>;
};

/** Long beside what a slow machine takes for a call, so that nothing ends by itself. */
const TTL = 600_000;

const NAME = 'projections/0';

/** @throws when it is not given */
async function acquired(leases: Leases, holder: string, name = NAME): Promise<Lease> {
  const lease = await leases.acquire(name, holder, TTL);
  if (!lease) throw new Error(`${holder} was not given ${name}`);
  return lease;
}

const giving: Contract<LeasesUnderTest>[string] = [
  {
    name: 'gives a lease to who asks first',
    run: async ({ leases }) => {
      const lease = await acquired(leases, 'a');
      expect(lease).toMatchObject({ name: NAME, holder: 'a' });
      expect(Number.isSafeInteger(lease.token)).toBe(true);
      expect(lease.token).toBeGreaterThan(0);
      expect(await leases.holder(NAME)).toEqual({ name: NAME, holder: 'a', token: lease.token });
    },
  },
  {
    name: 'gives it to nobody else while it runs',
    run: async ({ leases, another, pass }) => {
      const { token } = await acquired(leases, 'a');
      expect(await leases.acquire(NAME, 'b', TTL)).toBeNull();
      await pass(TTL / 2);
      expect(await (await another()).acquire(NAME, 'b', TTL)).toBeNull();
      expect(await leases.holder(NAME)).toEqual({ name: NAME, holder: 'a', token });
    },
  },
  {
    name: 'gives each name apart',
    run: async ({ leases }) => {
      await acquired(leases, 'a', 'one');
      await acquired(leases, 'b', 'two');
      await acquired(leases, 'c', 'a name/with "any" $character.é🥖');
      expect(await leases.acquire('one', 'b', TTL)).toBeNull();
      expect(await leases.holder('two')).toMatchObject({ holder: 'b' });
      expect(await leases.holder('three')).toBeNull();
    },
  },
  {
    name: 'gives it to exactly one of many that ask at once',
    run: async ({ leases, another }) => {
      const other = await another();
      const asked = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? leases : other).acquire(NAME, `node-${index}`, TTL),
      );
      const given = (await Promise.all(asked)).filter((lease) => lease !== null);
      expect(given).toHaveLength(1);
      expect((await other.holder(NAME))?.holder).toBe(given[0]?.holder);
    },
  },
  {
    name: 'gives one that is over to exactly one of many that ask at once',
    run: async ({ leases, another, pass }) => {
      const first = await acquired(leases, 'a');
      await pass(TTL);
      const other = await another();
      const asked = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? leases : other).acquire(NAME, `node-${index}`, TTL),
      );
      const given = (await Promise.all(asked)).filter((lease) => lease !== null);
      expect(given).toHaveLength(1);
      expect(given[0]?.token).toBeGreaterThan(first.token);
    },
  },
  {
    name: 'ends, as seen by who holds it, no later than the store says',
    run: async ({ leases }) => {
      const lease = await leases.acquire(NAME, 'a', 1000);
      const renewed = lease && (await leases.renew(lease, TTL));
      expect((renewed?.expiresAt ?? 0) - (lease?.expiresAt ?? 0)).toBeGreaterThanOrEqual(TTL - 1000);
    },
  },
  {
    name: 'knows no lease without a length',
    run: async ({ leases }) => {
      const lease = await acquired(leases, 'a');
      for (const ttlMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await expect(leases.acquire('other', 'b', ttlMs)).rejects.toThrow(RangeError);
        await expect(leases.renew(lease, ttlMs)).rejects.toThrow(RangeError);
      }
    },
  },
];

const ending: Contract<LeasesUnderTest>[string] = [
  {
    name: 'are over after their time, and are nobody’s then',
    run: async ({ leases, another, pass }) => {
      const first = await acquired(leases, 'a');
      await pass(TTL);
      expect(await leases.holder(NAME)).toBeNull();
      const second = await acquired(await another(), 'b');
      expect(second.token).toBeGreaterThan(first.token);
      expect(await leases.holder(NAME)).toMatchObject({ holder: 'b' });
    },
  },
  {
    name: 'are free at once when they are given up',
    run: async ({ leases }) => {
      const first = await acquired(leases, 'a');
      await leases.release(first);
      expect(await leases.holder(NAME)).toBeNull();
      expect((await acquired(leases, 'b')).token).toBeGreaterThan(first.token);
    },
  },
  {
    name: 'that are lost cannot be given up: the new holder keeps it',
    run: async ({ leases, another, pass }) => {
      const lost = await acquired(leases, 'a');
      await pass(TTL);
      const { token } = await acquired(await another(), 'b');
      await leases.release(lost);
      expect(await leases.holder(NAME)).toEqual({ name: NAME, holder: 'b', token });
      expect(await leases.acquire(NAME, 'a', TTL)).toBeNull();
    },
  },
  {
    name: 'given up twice stay with whom they went to in between',
    run: async ({ leases }) => {
      const first = await acquired(leases, 'a');
      await leases.release(first);
      await acquired(leases, 'b');
      await leases.release(first);
      expect(await leases.holder(NAME)).toMatchObject({ holder: 'b' });
    },
  },
];

const renewing: Contract<LeasesUnderTest>[string] = [
  {
    name: 'moves the end and keeps the token',
    run: async ({ leases, another, pass }) => {
      const lease = await acquired(leases, 'a');
      await pass(TTL - TTL / 4);
      expect(await leases.renew(lease, TTL)).toMatchObject({ name: NAME, holder: 'a', token: lease.token });
      await pass(TTL / 2);
      expect(await (await another()).acquire(NAME, 'b', TTL)).toBeNull();
      await pass(TTL / 2);
      expect(await (await another()).acquire(NAME, 'b', TTL)).not.toBeNull();
    },
  },
  {
    name: 'counts from now, also when that is sooner than the end was',
    run: async ({ leases, another, pass }) => {
      await leases.renew(await acquired(leases, 'a'), TTL / 10);
      await pass(TTL / 2);
      expect(await (await another()).acquire(NAME, 'b', TTL)).not.toBeNull();
    },
  },
  {
    name: 'is refused to who has lost it, and leaves the new holder alone',
    run: async ({ leases, another, pass }) => {
      const lost = await acquired(leases, 'a');
      await pass(TTL);
      const { token } = await acquired(await another(), 'b');
      expect(await leases.renew(lost, 10 * TTL)).toBeNull();
      expect(await leases.holder(NAME)).toEqual({ name: NAME, holder: 'b', token });
      await pass(TTL);
      expect(await leases.holder(NAME)).toBeNull();
    },
  },
  {
    name: 'is refused to who had it before the present holder gave it up too',
    run: async ({ leases, pass }) => {
      const lost = await acquired(leases, 'a');
      await pass(TTL);
      await leases.release(await acquired(leases, 'b'));
      expect(await leases.renew(lost, TTL)).toBeNull();
      expect(await leases.holder(NAME)).toBeNull();
    },
  },
  {
    name: 'is still possible when it is over and nobody has taken it',
    run: async ({ leases, another, pass }) => {
      const lease = await acquired(leases, 'a');
      await pass(TTL);
      expect(await leases.renew(lease, TTL)).toMatchObject({ token: lease.token });
      expect(await (await another()).acquire(NAME, 'b', TTL)).toBeNull();
    },
  },
  {
    name: 'is refused after it was given up',
    run: async ({ leases }) => {
      const lease = await acquired(leases, 'a');
      await leases.release(lease);
      expect(await leases.renew(lease, TTL)).toBeNull();
      expect(await leases.holder(NAME)).toBeNull();
    },
  },
];

const tokens: Contract<LeasesUnderTest>[string] = [
  {
    name: 'are new when a holder asks again, and the old one is worth nothing then',
    run: async ({ leases, another }) => {
      const before = await acquired(leases, 'a');
      const after = await acquired(await another(), 'a');
      expect(after.token).toBeGreaterThan(before.token);
      expect(await leases.renew(before, TTL)).toBeNull();
      await leases.release(before);
      expect(await leases.holder(NAME)).toMatchObject({ token: after.token });
    },
  },
  {
    name: 'grow each time, whoever gets it and however it became free',
    run: async ({ leases, another, pass }) => {
      const seen: number[] = [];
      const other = await another();
      for (let round = 0; round < 12; round += 1) {
        const lease = await acquired(round % 3 === 0 ? other : leases, `node-${round % 4}`);
        seen.push(lease.token);
        if (round % 2 === 0) await leases.release(lease);
        else await pass(TTL);
      }
      expect(seen).toEqual([...new Set(seen)].sort((left, right) => left - right));
    },
  },
  {
    name: 'grow also when the store has forgotten the ones before',
    run: async ({ leases, pass, forget }) => {
      const before = await acquired(leases, 'a');
      await forget();
      await pass(1000);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await leases.renew(before, TTL)).toBeNull();
      expect((await acquired(leases, 'b')).token).toBeGreaterThan(before.token);
    },
  },
];

const running: Contract<LeasesUnderTest>[string] = [
  {
    name: 'are told by the beginning of their names, in order, whoever holds them',
    run: async ({ leases, another }) => {
      const second = await acquired(leases, 'a', 'projections/2');
      const other = await another();
      const first = await acquired(other, 'b', 'projections/1');
      await acquired(other, 'b', 'projection');
      await acquired(other, 'b', 'q');
      expect(await leases.running('projections/')).toEqual(
        [first, second].map(({ name, holder, token }) => ({ name, holder, token })),
      );
      expect(await leases.running('none/')).toEqual([]);
    },
  },
  {
    name: 'are told no more once they are over or given up',
    run: async ({ leases, pass }) => {
      await leases.release(await acquired(leases, 'a', 'projections/1'));
      await acquired(leases, 'a', 'projections/2');
      await pass(TTL);
      const { name, holder, token } = await acquired(leases, 'b', 'projections/3');
      expect(await leases.running('projections/')).toEqual([{ name, holder, token }]);
    },
  },
];

/** What it means to give leases. */
export const LEASES_CONTRACT: Contract<LeasesUnderTest> = { giving, ending, renewing, tokens, running };

/** Every adapter runs this. */
export function describeLeases(name: string, open: () => Promise<LeasesUnderTest>): void {
  describeContract(`${name} as leases`, LEASES_CONTRACT, open);
}
