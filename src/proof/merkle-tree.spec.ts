import fc from 'fast-check';
import { sha256 } from '../platform/crypto';
import { fromHex, toHex } from './hash';
import {
  CompactTree,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle-tree';

/** The leaves that the Certificate Transparency implementations test with, and the root of each beginning. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map(fromHex);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const grown = (leaves: readonly Uint8Array[]) =>
  leaves.reduce((tree, leaf) => tree.append(leaf, sha256), CompactTree.empty());

const manyLeaves = (size: number) => Array.from({ length: size }, (_, index) => sha256(`leaf ${index}`));

describe('the Merkle log (RFC 6962)', () => {
  it('has the hash of nothing as its root while it is empty', () => {
    expect(toHex(emptyRoot(sha256))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(toHex(CompactTree.empty().root(sha256))).toBe(toHex(emptyRoot(sha256)));
  });

  it('keeps leaves and nodes apart by their prefix (§2.1)', () => {
    expect(toHex(leafHash(new Uint8Array(0), sha256))).toBe(ROOTS[0]);
    const both = nodeHash(
      leafHash(LEAVES[0] as Uint8Array, sha256),
      leafHash(LEAVES[1] as Uint8Array, sha256),
      sha256,
    );
    expect(toHex(both)).toBe(ROOTS[1]);
  });

  it.each(ROOTS.map((root, index) => [index + 1, root] as const))(
    'of the first %i known leaves has root %s',
    (size, root) => {
      const leaves = LEAVES.slice(0, size);
      expect(toHex(grown(leaves).root(sha256))).toBe(root);
      expect(toHex(rootOf(leaves, sha256))).toBe(root);
    },
  );

  it('proves the inclusion of each known leaf (vectors of the Certificate Transparency log)', () => {
    const path = (index: number, size: number) =>
      inclusionProof(index, LEAVES.slice(0, size), sha256).map(toHex);
    expect(path(0, 8)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    expect(path(5, 8)).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(path(2, 3)).toEqual(['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']);
    expect(path(0, 1)).toEqual([]);
  });

  it('proves the consistency of known beginnings', () => {
    const proof = (from: number, to: number) =>
      consistencyProof(from, LEAVES.slice(0, to), sha256).map(toHex);
    expect(proof(1, 1)).toEqual([]);
    expect(proof(1, 8)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    expect(proof(6, 8)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(proof(2, 5)).toEqual([
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ]);
  });

  it('proves every leaf of every size, and no other', () => {
    const leaves = manyLeaves(65);
    for (let size = 1; size <= leaves.length; size += 1) {
      const own = leaves.slice(0, size);
      const root = rootOf(own, sha256);
      for (let index = 0; index < size; index += 1) {
        const path = inclusionProof(index, own, sha256);
        const inclusion = { index, size, data: own[index] as Uint8Array, path, root };
        expect(verifyInclusion(inclusion, sha256)).toBe(true);
        expect(verifyInclusion({ ...inclusion, data: sha256('forged') }, sha256)).toBe(false);
        expect(verifyInclusion({ ...inclusion, path: [...path, root] }, sha256)).toBe(false);
        if (size > 1) expect(verifyInclusion({ ...inclusion, path: path.slice(1) }, sha256)).toBe(false);
        expect(verifyInclusion({ ...inclusion, index: size }, sha256)).toBe(false);
      }
    }
  });

  it('proves every beginning of every size, and no forged one', () => {
    const leaves = manyLeaves(40);
    for (let to = 1; to <= leaves.length; to += 1) {
      const young = { size: to, root: rootOf(leaves.slice(0, to), sha256) };
      for (let size = 1; size <= to; size += 1) {
        const old = { size, root: rootOf(leaves.slice(0, size), sha256) };
        const proof = consistencyProof(size, leaves.slice(0, to), sha256);
        expect(verifyConsistency({ from: old, to: young, proof }, sha256)).toBe(true);
        const forged = { size, root: sha256('another history') };
        expect(verifyConsistency({ from: forged, to: young, proof }, sha256)).toBe(false);
        if (size < to) {
          expect(verifyConsistency({ from: old, to: { size: to, root: old.root }, proof }, sha256)).toBe(
            false,
          );
          expect(verifyConsistency({ from: old, to: young, proof: proof.slice(1) }, sha256)).toBe(false);
        }
      }
    }
    const nothing = { size: 0, root: emptyRoot(sha256) };
    const all = { size: 40, root: rootOf(leaves, sha256) };
    expect(verifyConsistency({ from: nothing, to: all, proof: [] }, sha256)).toBe(true);
    expect(verifyConsistency({ from: all, to: nothing, proof: [] }, sha256)).toBe(false);
  });

  it('has no proof for what is not in it', () => {
    expect(() => inclusionProof(8, LEAVES, sha256)).toThrow(RangeError);
    expect(() => inclusionProof(-1, LEAVES, sha256)).toThrow(RangeError);
    expect(() => consistencyProof(9, LEAVES, sha256)).toThrow(RangeError);
    expect(consistencyProof(0, LEAVES, sha256)).toEqual([]);
  });

  it('grows leaf by leaf to the root of all leaves, and leaves its earlier self alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), (size) => {
        const leaves = manyLeaves(size);
        const tree = grown(leaves);
        expect(tree.size).toBe(size);
        expect(toHex(tree.root(sha256))).toBe(toHex(rootOf(leaves, sha256)));
        const before = toHex(tree.root(sha256));
        tree.append(sha256('later'), sha256);
        expect(toHex(tree.root(sha256))).toBe(before);
        const kept = CompactTree.of(tree.size, tree.hashes);
        expect(toHex(kept.append(sha256('x'), sha256).root(sha256))).toBe(
          toHex(tree.append(sha256('x'), sha256).root(sha256)),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('is not taken up again with hashes that do not fit its size', () => {
    expect(() => CompactTree.of(3, [sha256('a')])).toThrow(RangeError);
    expect(() => CompactTree.of(-1, [])).toThrow(RangeError);
    expect(() => CompactTree.of(1.5, [sha256('a')])).toThrow(RangeError);
  });
});
