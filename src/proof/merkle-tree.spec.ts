import fc from 'fast-check';
import { sha256 } from '../platform/crypto';
import { fromHex, toHex } from './hash';
import {
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

const manyLeaves = (size: number) => Array.from({ length: size }, (_, index) => sha256(`leaf ${index}`));

describe('the Merkle log (RFC 6962)', () => {
  it('has the hash of nothing as its root while it is empty', () => {
    expect(toHex(emptyRoot(sha256))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(toHex(rootOf([], sha256))).toBe(toHex(emptyRoot(sha256)));
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

  /** The tree of seven leaves that RFC 6962 §2.1.3 draws, with its letters. */
  describe('in the example of §2.1.3', () => {
    const leaves = manyLeaves(7);
    const part = (from: number, to: number) => toHex(rootOf(leaves, sha256, from, to));
    const [a, b, c, d, e, f, j] = leaves.map((leaf) => toHex(leafHash(leaf, sha256)));
    const [g, h, i] = [part(0, 2), part(2, 4), part(4, 6)];
    const [k, l] = [part(0, 4), part(4, 7)];

    it.each([
      [0, [b, h, l]],
      [3, [c, g, l]],
      [4, [f, j, k]],
      [6, [i, k]],
    ])('the audit path of d%i is the RFC’s', (index, path) => {
      expect(inclusionProof(index, leaves, sha256).map(toHex)).toEqual(path);
    });

    it.each([
      [3, [c, d, g, l]],
      [4, [l]],
      [6, [i, j, k]],
    ])('the proof from %i leaves is the RFC’s', (size, proof) => {
      expect(consistencyProof(size, leaves, sha256).map(toHex)).toEqual(proof);
    });

    it('the letters stand for different nodes', () => {
      expect(new Set([a, b, c, d, e, f, g, h, i, j, k, l]).size).toBe(12);
    });
  });

  /** A size, a number of leaves below it, and a seed to choose what is forged. */
  const places = fc
    .integer({ min: 1, max: 200 })
    .chain((size) =>
      fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 }), fc.nat(), fc.nat(255)),
    );
  const withFlip = (bytes: Uint8Array, at: number, bits: number) =>
    bytes.map((byte, index) => (index === at % bytes.length ? byte ^ (bits || 1) : byte));

  it('proves leaves of trees up to 200, and finds any byte of a proof that was forged', () => {
    const leaves = manyLeaves(200);
    fc.assert(
      fc.property(places, ([size, index, at, bits]) => {
        const own = leaves.slice(0, size);
        const path = inclusionProof(index, own, sha256);
        const inclusion = { index, size, data: own[index] as Uint8Array, path, root: rootOf(own, sha256) };
        expect(verifyInclusion(inclusion, sha256)).toBe(true);
        expect(verifyInclusion({ ...inclusion, root: withFlip(inclusion.root, at, bits) }, sha256)).toBe(
          false,
        );
        expect(verifyInclusion({ ...inclusion, data: withFlip(inclusion.data, at, bits) }, sha256)).toBe(
          false,
        );
        expect(verifyInclusion({ ...inclusion, index: (index + 1 + (at % size)) % (size + 1) }, sha256)).toBe(
          (index + 1 + (at % size)) % (size + 1) === index,
        );
        for (let step = 0; step < path.length; step += 1) {
          const forged = path.map((hash, other) => (other === step ? withFlip(hash, at, bits) : hash));
          expect(verifyInclusion({ ...inclusion, path: forged }, sha256)).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('proves beginnings of trees up to 200, and finds any byte of a proof that was forged', () => {
    const leaves = manyLeaves(200);
    fc.assert(
      fc.property(places, ([size, smaller, at, bits]) => {
        fc.pre(smaller > 0);
        const own = leaves.slice(0, size);
        const from = { size: smaller, root: rootOf(own.slice(0, smaller), sha256) };
        const to = { size, root: rootOf(own, sha256) };
        const proof = consistencyProof(smaller, own, sha256);
        expect(verifyConsistency({ from, to, proof }, sha256)).toBe(true);
        expect(verifyConsistency({ from, to, proof: [...proof, to.root] }, sha256)).toBe(false);
        const forgedFrom = { ...from, root: withFlip(from.root, at, bits) };
        expect(verifyConsistency({ from: forgedFrom, to, proof }, sha256)).toBe(false);
        for (let step = 0; step < proof.length; step += 1) {
          const forged = proof.map((hash, other) => (other === step ? withFlip(hash, at, bits) : hash));
          expect(verifyConsistency({ from, to, proof: forged }, sha256)).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it.each([Number.NaN, 0.5, -1, 2 ** 53])('has no place, no size and no proof for %p', (number) => {
    const [leaf] = LEAVES as [Uint8Array];
    const root = rootOf([leaf], sha256);
    const inclusion = { index: 0, size: 1, data: leaf, path: [], root };
    expect(verifyInclusion(inclusion, sha256)).toBe(true);
    expect(verifyInclusion({ ...inclusion, index: number }, sha256)).toBe(false);
    expect(verifyInclusion({ ...inclusion, size: number }, sha256)).toBe(false);
    const head = { size: 1, root };
    expect(verifyConsistency({ from: { size: number, root }, to: head, proof: [] }, sha256)).toBe(false);
    expect(verifyConsistency({ from: head, to: { size: number, root }, proof: [] }, sha256)).toBe(false);
    const odd = { size: number, root };
    expect(verifyConsistency({ from: odd, to: odd, proof: [] }, sha256)).toBe(false);
    expect(verifyConsistency({ from: odd, to: head, proof: [root] }, sha256)).toBe(false);
    expect(() => inclusionProof(number, LEAVES, sha256)).toThrow(RangeError);
    expect(() => consistencyProof(number, LEAVES, sha256)).toThrow(RangeError);
  });

  it('proves nothing by a path that ends at a subtree, with the root of that', () => {
    const path = inclusionProof(0, LEAVES, sha256);
    const data = LEAVES[0] as Uint8Array;
    for (const [steps, size] of [
      [0, 1],
      [1, 2],
      [2, 4],
    ] as const) {
      const root = rootOf(LEAVES.slice(0, size), sha256);
      const inclusion = { index: 0, size: 8, data, path: path.slice(0, steps), root };
      expect(verifyInclusion({ ...inclusion, size }, sha256)).toBe(true);
      expect(verifyInclusion(inclusion, sha256)).toBe(false);
      const [from, to] = [
        { size, root },
        { size: 8, root },
      ];
      expect(verifyConsistency({ from, to, proof: [] }, sha256)).toBe(false);
    }
  });

  it('proves nothing by a path that leads beyond the root, to another one', () => {
    const beyond = sha256('beyond the root');
    const [data] = LEAVES as [Uint8Array];
    const root = nodeHash(beyond, leafHash(data, sha256), sha256);
    expect(verifyInclusion({ index: 0, size: 1, data, path: [beyond], root }, sha256)).toBe(false);
    const [from, to] = [3, 4].map((size) => ({
      size,
      root: nodeHash(beyond, rootOf(LEAVES.slice(0, size), sha256), sha256),
    })) as [{ size: number; root: Uint8Array }, { size: number; root: Uint8Array }];
    const proof = [...consistencyProof(3, LEAVES.slice(0, 4), sha256), beyond];
    expect(verifyConsistency({ from, to, proof }, sha256)).toBe(false);
  });

  it('lets no tree begin with a larger one, and wants no proof where there is nothing to prove', () => {
    const head = { size: 8, root: rootOf(LEAVES, sha256) };
    const nothing = { size: 0, root: emptyRoot(sha256) };
    const larger = { ...head, size: 16 };
    expect(verifyConsistency({ from: larger, to: head, proof: [] }, sha256)).toBe(false);
    expect(verifyConsistency({ from: head, to: head, proof: [head.root] }, sha256)).toBe(false);
    expect(verifyConsistency({ from: nothing, to: head, proof: [head.root] }, sha256)).toBe(false);
  });

  it('takes no other root than the empty one for that of no leaf', () => {
    const to = { size: 8, root: rootOf(LEAVES, sha256) };
    const forged = { size: 0, root: sha256('another history') };
    expect(verifyConsistency({ from: forged, to, proof: [] }, sha256)).toBe(false);
    expect(verifyConsistency({ from: forged, to: forged, proof: [] }, sha256)).toBe(false);
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
    expect(() => inclusionProof(8, LEAVES, sha256)).toThrow(new RangeError('no leaf 8 of 8'));
    expect(() => inclusionProof(-1, LEAVES, sha256)).toThrow(RangeError);
    expect(() => consistencyProof(9, LEAVES, sha256)).toThrow(
      new RangeError('no beginning of 9 of 8 leaves'),
    );
    expect(consistencyProof(8, LEAVES, sha256)).toEqual([]);
    expect(consistencyProof(0, LEAVES, sha256)).toEqual([]);
  });
});
