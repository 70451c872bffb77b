import fc from 'fast-check';
import { sha256 } from '../platform/crypto';
import { fromHex, toHex } from './hash';
import { CompactTree } from './merkle-tree';
import { VerificationTree } from './verification-tree';

const rootOf = (hashes: readonly string[]) => {
  const tree = new VerificationTree(sha256);
  for (const hash of hashes) tree.append(hash);
  expect(tree.size).toBe(hashes.length);
  return toHex(tree.root());
};

describe('the tree that a verifier grows', () => {
  it('has the root of the tree of the same leaves', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 40 }), (hashes) => {
        const tree = hashes.reduce((grown, leaf) => grown.append(fromHex(leaf), sha256), CompactTree.empty());
        expect(rootOf(hashes)).toBe(toHex(tree.root(sha256)));
      }),
    );
  });

  it('takes whatever is no digit for zeros, as wide as the digits it stands for', () => {
    const zeros = '0'.repeat(64);
    for (const text of ['', 'é'.repeat(64), 'zz', 'g0', '0g', '/:@`', '0G'])
      expect(rootOf([text, zeros])).toBe(rootOf([zeros, zeros]));
    expect(rootOf(['f0zzff'])).toBe(rootOf([`f000ff${'0'.repeat(58)}`]));
  });
});
