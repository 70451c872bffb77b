import { idOf, Shop } from '../../test/support/shop';
import { GrowingTree } from '../proof/growing-tree';
import { genesisHash } from '../proof/hash';
import type { LedgerEvent } from '../ledger/events';
import { ChainWriter, LARGEST_DERIVED_EVENT, LARGEST_EVENT } from './chain-writer';
import { sha256Hex } from './crypto';

const LEDGER = '11111111-1111-4111-8111-111111111111';

function newChain(): ChainWriter {
  return new ChainWriter(LEDGER, genesisHash(LEDGER, sha256Hex), GrowingTree.empty(sha256Hex));
}

/** A sale, its correction and the closing of its day, made larger by so many bytes each. */
function events(bytes: number): Record<'sale' | 'reversal' | 'closure', LedgerEvent> {
  const shop = new Shop();
  const [sale] = shop.sell({ card: 10_00 });
  const [reversal] = shop.correct(idOf(shop.events.slice(-1)));
  const [closure] = shop.countAndClose('2026-03-14', 150_00);
  const larger = (event: LedgerEvent | undefined) =>
    ({ ...event, occurredAt: 'x'.repeat(bytes) }) as unknown as LedgerEvent;
  return { sale: larger(sale), reversal: larger(reversal), closure: larger(closure) };
}

describe('the size of an event', () => {
  it('is 64 KiB at most as stored; nothing is linked beyond it', () => {
    const chain = newChain();
    const { hash } = chain;
    expect(() => chain.link(events(LARGEST_EVENT).sale)).toThrow(
      expect.objectContaining({ code: 'entry-too-large', facts: expect.objectContaining({ limit: 65_536 }) }),
    );
    expect([chain.hash, chain.pending.length, chain.tree.size]).toEqual([hash, 0, 0]);
    chain.link(events(LARGEST_EVENT - 2000).sale);
    expect(chain.pending).toHaveLength(1);
  });

  it('may be more for what is made of other events: they can be corrected, their day be closed', () => {
    const chain = newChain();
    const { reversal, closure } = events(LARGEST_EVENT);
    chain.link(reversal);
    chain.link(closure);
    expect(chain.pending).toHaveLength(2);
    const { reversal: tooLarge } = events(LARGEST_DERIVED_EVENT);
    expect(() => chain.link(tooLarge)).toThrow(expect.objectContaining({ code: 'entry-too-large' }));
  });
});

describe('the Merkle tree of a chain', () => {
  const linked = (chain: ChainWriter, count: number) => {
    for (let index = 0; index < count; index += 1) chain.link(events(index).sale);
  };
  /** The tree of these events alone, grown from nothing. */
  const rootOf = (hashes: readonly string[]) => {
    const tree = GrowingTree.empty(sha256Hex);
    for (const hash of hashes) tree.append(hash);
    return tree.root();
  };

  it('is that of what is linked, whenever it is asked for, after what was taken back and what became durable', () => {
    const chain = newChain();
    const durable: string[] = [];
    const hashes = () => [...durable, ...chain.pending.map(({ hash }) => hash)];
    const keep = (count: number) => {
      durable.push(...chain.pending.slice(0, count).map(({ hash }) => hash));
      chain.keep(count);
    };
    for (const asked of [true, false]) {
      linked(chain, 3);
      if (asked) expect(chain.tree.root()).toBe(rootOf(hashes()));
      const mark = chain.mark();
      linked(chain, 2);
      if (asked) expect(chain.tree.root()).toBe(rootOf(hashes()));
      keep(1);
      chain.rollback(chain.moved(mark, 1));
      expect(chain.tree.root()).toBe(rootOf(hashes()));
      linked(chain, 1);
      keep(3);
      expect([chain.pending.length, chain.tree.size, chain.tree.root()]).toEqual([
        0,
        durable.length,
        rootOf(durable),
      ]);
    }
  });
});
