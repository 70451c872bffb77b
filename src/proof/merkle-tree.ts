import { equalBytes, type Sha256 } from './hash';

/** Leaf data of an event: the 32 raw bytes of its hash. Leaf i is the event of sequence i + 1. */
export type LeafData = Uint8Array;

/** RFC 6962 §2.1: hash of a leaf, with the prefix that keeps leaves and nodes apart. */
export function leafHash(data: LeafData, sha256: Sha256): Uint8Array {
  const bytes = new Uint8Array(data.length + 1);
  bytes.set(data, 1);
  return sha256(bytes);
}

/** RFC 6962 §2.1: hash of an inner node. */
export function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  const bytes = new Uint8Array(1 + left.length + right.length);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + left.length);
  return sha256(bytes);
}

/** Merkle tree hash of no leaf at all: the hash of the empty string. */
export function emptyRoot(sha256: Sha256): Uint8Array {
  return sha256(new Uint8Array(0));
}

/** A number of leaves; sizes and indexes come from outside too, and a fraction or NaN passes every comparison. */
function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

function isIndexIn(index: number, size: number): boolean {
  return isSize(index) && isSize(size) && index < size;
}

/** The largest power of two smaller than a size of at least 2 (RFC 6962 §2.1). */
function split(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/** Root of the leaves `from` to `to` (exclusive). */
export function rootOf(
  leaves: readonly LeafData[],
  sha256: Sha256,
  from = 0,
  to = leaves.length,
): Uint8Array {
  const size = to - from;
  if (size === 0) return emptyRoot(sha256);
  if (size === 1) return leafHash(leaves[from] as LeafData, sha256);
  const middle = from + split(size);
  return nodeHash(rootOf(leaves, sha256, from, middle), rootOf(leaves, sha256, middle, to), sha256);
}

/**
 * RFC 6962 §2.1.1: the audit path of a leaf in the tree of all given leaves, nearest first.
 *
 * @throws RangeError for an index that is none of theirs
 */
export function inclusionProof(index: number, leaves: readonly LeafData[], sha256: Sha256): Uint8Array[] {
  if (!isIndexIn(index, leaves.length)) throw new RangeError(`no leaf ${index} of ${leaves.length}`);
  const path: Uint8Array[] = [];
  let from = 0;
  let to = leaves.length;
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      path.unshift(rootOf(leaves, sha256, middle, to));
      to = middle;
    } else {
      path.unshift(rootOf(leaves, sha256, from, middle));
      from = middle;
    }
  }
  return path;
}

/**
 * RFC 6962 §2.1.2: proof that the first `size` leaves are a beginning of all given leaves.
 *
 * @throws RangeError for a size that no beginning of them has
 */
export function consistencyProof(size: number, leaves: readonly LeafData[], sha256: Sha256): Uint8Array[] {
  if (!isSize(size) || size > leaves.length)
    throw new RangeError(`no beginning of ${size} of ${leaves.length} leaves`);
  if (size === 0) return [];
  return subproof(size, leaves, { from: 0, to: leaves.length, whole: true }, sha256);
}

type Subtree = { readonly from: number; readonly to: number; readonly whole: boolean };

function subproof(
  size: number,
  leaves: readonly LeafData[],
  { from, to, whole }: Subtree,
  sha256: Sha256,
): Uint8Array[] {
  if (size === to - from) return whole ? [] : [rootOf(leaves, sha256, from, to)];
  const half = split(to - from);
  const middle = from + half;
  if (size <= half) {
    return [
      ...subproof(size, leaves, { from, to: middle, whole }, sha256),
      rootOf(leaves, sha256, middle, to),
    ];
  }
  const right = subproof(size - half, leaves, { from: middle, to, whole: false }, sha256);
  return [...right, rootOf(leaves, sha256, from, middle)];
}

export type Inclusion = {
  readonly index: number;
  readonly size: number;
  readonly data: LeafData;
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
};

/** RFC 9162 §2.1.3.2: whether a leaf stands at an index of the tree with this size and root. */
export function verifyInclusion({ index, size, data, path, root }: Inclusion, sha256: Sha256): boolean {
  if (!isIndexIn(index, size)) return false;
  let node = index;
  let last = size - 1;
  let hash = leafHash(data, sha256);
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash, sha256);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else hash = nodeHash(hash, sibling, sha256);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equalBytes(hash, root);
}

export type Consistency = {
  readonly from: { readonly size: number; readonly root: Uint8Array };
  readonly to: { readonly size: number; readonly root: Uint8Array };
  readonly proof: readonly Uint8Array[];
};

/** RFC 9162 §2.1.4.2: whether the larger tree begins with the smaller one. Every tree begins with the empty one. */
export function verifyConsistency({ from, to, proof }: Consistency, sha256: Sha256): boolean {
  if (!isSize(from.size) || !isSize(to.size) || from.size > to.size) return false;
  if (from.size === 0 && !equalBytes(from.root, emptyRoot(sha256))) return false;
  if (from.size === to.size) return proof.length === 0 && equalBytes(from.root, to.root);
  if (from.size === 0) return proof.length === 0;
  const path = isPowerOfTwo(from.size) ? [from.root, ...proof] : [...proof];
  const roots = rootsOfPath(from.size, to.size, path, sha256);
  return roots !== null && equalBytes(roots.old, from.root) && equalBytes(roots.young, to.root);
}

/** The roots of both trees that a consistency path leads to; null when it is too long or too short. */
function rootsOfPath(from: number, to: number, path: readonly Uint8Array[], sha256: Sha256) {
  let node = from - 1;
  let last = to - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  const [first, ...rest] = path;
  if (!first) return null;
  let old = first;
  let young = first;
  for (const sibling of rest) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      old = nodeHash(sibling, old, sha256);
      young = nodeHash(sibling, young, sha256);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else young = nodeHash(young, sibling, sha256);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? { old, young } : null;
}

function isPowerOfTwo(size: number): boolean {
  let power = 1;
  while (power < size) power *= 2;
  return power === size;
}
