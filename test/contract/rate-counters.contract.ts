import type { RateCounters } from '../../src/ports/rate-counters';
import { type Contract, describeContract, type Disposable } from './contract';

export type RateCountersUnderTest = Disposable & {
  readonly counters: RateCounters;
  /** Those of another node on the same store. */
  readonly another: () => Promise<RateCounters>;
  /** The store is emptied; whoever is connected goes on. */
  readonly forget: () => Promise<void>;
};

const until = new Date(Date.now() + 3_600_000);

type Counts = Readonly<Record<string, number>>;

async function added(counters: RateCounters, amounts: Counts): Promise<Counts> {
  return Object.fromEntries(await counters.add(new Map(Object.entries(amounts)), until));
}

const adding: Contract<RateCountersUnderTest>[string] = [
  {
    name: 'answers what each count is, with what the other nodes have added',
    run: async ({ counters, another }) => {
      const other = await another();
      expect(await added(counters, { a: 2, b: 1 })).toEqual({ a: 2, b: 1 });
      expect(await added(other, { a: 3 })).toEqual({ a: 5 });
      expect(await added(counters, { a: -1, b: 0, c: 0 })).toEqual({ a: 4, b: 1, c: 0 });
      expect(await added(other, {})).toEqual({});
    },
  },
  {
    name: 'goes below zero too',
    run: async ({ counters }) => {
      expect(await added(counters, { a: -3 })).toEqual({ a: -3 });
      expect(await added(counters, { a: 2 })).toEqual({ a: -1 });
    },
  },
  {
    name: 'misses nothing when many add at once, the first ones too',
    run: async ({ counters, another }) => {
      const other = await another();
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          added(index % 2 === 0 ? counters : other, { a: 1, [`own-${index}`]: 1 }),
        ),
      );
      expect(await added(counters, { a: 0 })).toEqual({ a: 40 });
      expect(Math.max(...answers.map(({ a }) => a ?? 0))).toBe(40);
      for (const [index, answer] of answers.entries()) expect(answer[`own-${index}`]).toBe(1);
    },
  },
];

const forgetting: Contract<RateCountersUnderTest>[string] = [
  {
    name: 'is where counts begin anew',
    run: async ({ counters, another, forget }) => {
      const other = await another();
      await added(counters, { a: 2 });
      await forget();
      expect(await added(other, { a: 1 })).toEqual({ a: 1 });
      expect(await added(counters, { a: 1 })).toEqual({ a: 2 });
    },
  },
];

/** What it means to count for several nodes. */
export const RATE_COUNTERS_CONTRACT: Contract<RateCountersUnderTest> = { adding, forgetting };

/** Every adapter runs this. */
export function describeRateCounters(name: string, open: () => Promise<RateCountersUnderTest>): void {
  describeContract(`${name} as counts of requests`, RATE_COUNTERS_CONTRACT, open);
}
