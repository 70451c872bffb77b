import fc from 'fast-check';
import { sha256, sha256Hex } from '../platform/crypto';
import { fromHex, toHex } from './hash';
import { GrowingTree } from './growing-tree';
import { emptyRoot, rootOf } from './merkle-tree';

const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex), { maxLength: 70 });

function grown(leaves: readonly string[]): GrowingTree {
  const tree = GrowingTree.empty(sha256Hex);
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}

describe('a Merkle tree that grows', () => {
  it('has the root of the whole tree of the same leaves (RFC 6962 §2.1)', () => {
    fc.assert(
      fc.property(hashes, (leaves) => {
        const tree = grown(leaves);
        expect(tree.size).toBe(leaves.length);
        expect(tree.root()).toBe(toHex(rootOf(leaves.map(fromHex), sha256)));
      }),
    );
  });

  it('has the hash of nothing as its root while it is empty', () => {
    expect(grown([]).root()).toBe(toHex(emptyRoot(sha256)));
  });

  it('goes on from what was kept, and a copy leaves it as it was', () => {
    fc.assert(
      fc.property(hashes, hashes, (before, after) => {
        const tree = grown(before);
        const root = tree.root();
        const kept = GrowingTree.of(tree.size, tree.hashes, sha256Hex);
        const copy = tree.copy();
        for (const leaf of after) kept.append(leaf);
        for (const leaf of after) copy.append(leaf);
        expect([kept.root(), copy.root()]).toEqual(Array(2).fill(grown([...before, ...after]).root()));
        expect([tree.size, tree.root()]).toEqual([before.length, root]);
      }),
    );
  });

  it('takes whatever is no digit for zeros, as wide as the digits it stands for', () => {
    const zeros = '0'.repeat(64);
    const rootWith = (...leaves: readonly string[]) => grown(leaves).root();
    for (const text of ['', 'é'.repeat(64), 'zz', 'g0', '0g', '/:@`', '0G'])
      expect(rootWith(text, zeros)).toBe(rootWith(zeros, zeros));
    expect(rootWith('f0zzff')).toBe(rootWith(`f000ff${'0'.repeat(58)}`));
  });

  it('is refused when what was kept is no such tree', () => {
    const hash = sha256Hex('a');
    const of = (size: number, kept: readonly string[]) => () => GrowingTree.of(size, kept, sha256Hex);
    expect(of(3, [hash])).toThrow('a tree of 3 leaves has no 1 subtrees');
    expect(of(-1, [])).toThrow(RangeError);
    expect(of(1.5, [hash])).toThrow(RangeError);
    const noRoot = 'a subtree has a root of 64 hex digits';
    expect(of(1, [hash.slice(2)])).toThrow(noRoot);
    expect(of(3, [hash, hash.toUpperCase()])).toThrow(noRoot);
    expect(of(3, [hash, `${hash}0`])).toThrow(noRoot);
    expect(of(3, [hash, hash])().size).toBe(3);
  });
});
