import type { Witness, WitnessedHead } from '../../src/ports/witness';
import { type Contract, describeContract, type Disposable } from './contract';

export type WitnessUnderTest = Disposable & {
  readonly witness: Witness;
  /** Closes the witness and opens it again on the same data. */
  readonly reopen: () => Promise<Witness>;
};

const BAKERY = '018f0000-0000-7000-8000-00000000000a';
const GROCERY = '018f0000-0000-7000-8000-00000000000b';

const aHead = (size: number, ledger = BAKERY): WitnessedHead => ({
  ledger,
  size,
  root: size.toString(16).padStart(64, '0'),
});

const remembering: Contract<WitnessUnderTest>[string] = [
  {
    name: 'says that there was none before the first time',
    run: async ({ witness }) => {
      expect(witness.existed).toBe(false);
      expect([...witness.all()]).toEqual([]);
      expect(witness.read(BAKERY)).toBeNull();
    },
  },
  {
    name: 'says that there was one once it has remembered something',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(1)]);
      expect(witness.existed).toBe(false);
      expect((await reopen()).existed).toBe(true);
    },
  },
  {
    name: 'is as good as none when it was emptied',
    run: async ({ reopen }) => {
      expect((await reopen()).existed).toBe(false);
    },
  },
  {
    name: 'remembers the head of each ledger, over a restart too',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(3), aHead(5, GROCERY)]);
      await witness.advance([aHead(4)]);
      const expected = [aHead(4), aHead(5, GROCERY)];
      expect([...witness.all()]).toEqual(expected);
      const again = await reopen();
      expect([...again.all()]).toEqual(expected);
      expect(again.read(GROCERY)).toEqual(aHead(5, GROCERY));
    },
  },
  {
    name: 'remembers each of a thousand ledgers and a thousand steps',
    run: async ({ witness, reopen }) => {
      const ledgers = Array.from({ length: 1000 }, (_, index) => `ledger-${index}`);
      await witness.advance(ledgers.map((ledger) => aHead(2, ledger)));
      for (let size = 1; size <= 1000; size += 1) await witness.advance([aHead(size)]);
      const again = await reopen();
      expect([...again.all()]).toHaveLength(1001);
      expect(again.read(BAKERY)).toEqual(aHead(1000));
    },
  },
  {
    name: 'remembers sizes as large as they get',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(Number.MAX_SAFE_INTEGER)]);
      expect((await reopen()).read(BAKERY)).toEqual(aHead(Number.MAX_SAFE_INTEGER));
    },
  },
  {
    name: 'goes on after a restart',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(1)]);
      const again = await reopen();
      await again.advance([aHead(2)]);
      expect((await reopen()).read(BAKERY)).toEqual(aHead(2));
    },
  },
];

const forward: Contract<WitnessUnderTest>[string] = [
  {
    name: 'ignores what is not larger',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(7)]);
      await witness.advance([aHead(6)]);
      await witness.advance([{ ...aHead(7), root: 'f'.repeat(64) }]);
      await witness.advance([]);
      expect(witness.read(BAKERY)).toEqual(aHead(7));
      expect((await reopen()).read(BAKERY)).toEqual(aHead(7));
    },
  },
  {
    name: 'takes the largest of several of one ledger',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(2), aHead(4), aHead(3)]);
      expect(witness.read(BAKERY)).toEqual(aHead(4));
      expect((await reopen()).read(BAKERY)).toEqual(aHead(4));
    },
  },
  {
    name: 'ignores one and takes the others',
    run: async ({ witness }) => {
      await witness.advance([aHead(7)]);
      await witness.advance([aHead(5), aHead(1, GROCERY)]);
      expect([witness.read(BAKERY)?.size, witness.read(GROCERY)?.size]).toEqual([7, 1]);
    },
  },
  {
    name: 'refuses an id that it could not read back',
    run: async ({ witness, reopen }) => {
      await expect(witness.advance([aHead(1, 'two words')])).rejects.toThrow(RangeError);
      await expect(witness.advance([aHead(1, 'two\nlines')])).rejects.toThrow(RangeError);
      expect([...(await reopen()).all()]).toEqual([]);
    },
  },
];

const backward: Contract<WitnessUnderTest>[string] = [
  {
    name: 'goes back when it is told to, with a reason, and stays there',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(9), aHead(9, GROCERY)]);
      await witness.rewind(aHead(4), 'restauration demandée : disque "noir"\ncassé');
      expect(witness.read(BAKERY)).toEqual(aHead(4));
      const again = await reopen();
      expect(again.read(BAKERY)).toEqual(aHead(4));
      expect(again.read(GROCERY)).toEqual(aHead(9, GROCERY));
    },
  },
  {
    name: 'goes forward again from there',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(9)]);
      await witness.rewind(aHead(4), 'restauration');
      await witness.advance([aHead(5)]);
      expect(witness.read(BAKERY)).toEqual(aHead(5));
      expect((await reopen()).read(BAKERY)).toEqual(aHead(5));
      expect((await reopen()).read(BAKERY)).toEqual(aHead(5));
    },
  },
  {
    name: 'goes back to nothing, and several times',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(9)]);
      await witness.rewind(aHead(6), 'première');
      await witness.rewind(aHead(0), 'deuxième');
      expect((await reopen()).read(BAKERY)).toEqual(aHead(0));
      const again = await reopen();
      await again.advance([aHead(1)]);
      expect((await reopen()).read(BAKERY)).toEqual(aHead(1));
    },
  },
];

const closing: Contract<WitnessUnderTest>[string] = [
  {
    name: 'may be asked for twice',
    run: async ({ witness }) => {
      await witness.close();
      await expect(witness.close()).resolves.toBeUndefined();
    },
  },
  {
    name: 'is the end: nothing is promised after it',
    run: async ({ witness, reopen }) => {
      await witness.advance([aHead(1)]);
      await witness.close();
      await expect(witness.advance([aHead(2)])).rejects.toThrow();
      await expect(witness.rewind(aHead(0), 'trop tard')).rejects.toThrow();
      expect((await reopen()).read(BAKERY)).toEqual(aHead(1));
    },
  },
];

/** What it means to be a witness. */
export const WITNESS_CONTRACT: Contract<WitnessUnderTest> = { remembering, forward, backward, closing };

/** Every adapter runs this. */
export function describeWitness(name: string, open: () => Promise<WitnessUnderTest>): void {
  describeContract(`${name} as a witness`, WITNESS_CONTRACT, open);
}
