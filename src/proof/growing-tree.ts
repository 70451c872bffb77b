import { HEX_DIGITS, type Sha256Hex } from './hash';

const HASH_BYTES = 32;

/** What is hashed next: hashing is synchronous, so that one buffer of each kind serves all trees. */
const leaf = new Uint8Array(1 + HASH_BYTES);
const node = new Uint8Array(1 + 2 * HASH_BYTES);
// RFC 6962 §2.1: the prefix that keeps leaves (0) and nodes (1) apart.
node[0] = 1;

/**
 * A Merkle tree (RFC 6962 §2.1) that only grows, kept as the roots of its full subtrees, largest first (one per bit of
 * its size). Leaf i is the hash of the event of sequence i + 1. Hashes are 64 hex digits, as they stand beside the
 * events: a digest that leaves the engine as text costs a third of one that leaves it as bytes.
 */
export class GrowingTree {
  private constructor(
    private readonly sha256Hex: Sha256Hex,
    private leaves: number,
    private readonly subtrees: string[],
  ) {}

  static empty(sha256Hex: Sha256Hex): GrowingTree {
    return new GrowingTree(sha256Hex, 0, []);
  }

  /** A tree as it was kept. @throws RangeError when the hashes do not fit the size, or are no hashes */
  static of(size: number, hashes: readonly string[], sha256Hex: Sha256Hex): GrowingTree {
    const isSize = Number.isSafeInteger(size) && size >= 0;
    if (!isSize || hashes.length !== bitCount(size))
      throw new RangeError(`a tree of ${size} leaves has no ${hashes.length} subtrees`);
    if (!hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash)))
      throw new RangeError('a subtree has a root of 64 hex digits');
    return new GrowingTree(sha256Hex, size, [...hashes]);
  }

  get size(): number {
    return this.leaves;
  }

  /** Roots of the full subtrees, for `of`. */
  get hashes(): readonly string[] {
    return this.subtrees;
  }

  copy(): GrowingTree {
    return new GrowingTree(this.sha256Hex, this.leaves, [...this.subtrees]);
  }

  /** Adds a leaf: two hashes on average. What is no digit counts as zero, and is for the caller to notice. */
  append(hash: string): void {
    readInto(leaf, 1, hash);
    let root = this.sha256Hex(leaf);
    for (let size = this.leaves; size % 2 === 1; size = (size - 1) / 2)
      root = this.nodeOf(this.subtrees.pop() as string, root);
    this.subtrees.push(root);
    this.leaves += 1;
  }

  /** RFC 6962 §2.1: the Merkle tree hash; of no leaf at all, the hash of nothing. */
  root(): string {
    const last = this.subtrees.length - 1;
    let root = this.subtrees[last] ?? this.sha256Hex('');
    for (let index = last - 1; index >= 0; index -= 1)
      root = this.nodeOf(this.subtrees[index] as string, root);
    return root;
  }

  private nodeOf(left: string, right: string): string {
    readInto(node, 1, left);
    readInto(node, 1 + HASH_BYTES, right);
    return this.sha256Hex(node);
  }
}

function readInto(bytes: Uint8Array, at: number, hash: string): void {
  for (let index = 0; index < HASH_BYTES; index += 1) {
    const high = HEX_DIGITS[hash.charCodeAt(index * 2)] ?? 255;
    const low = HEX_DIGITS[hash.charCodeAt(index * 2 + 1)] ?? 255;
    bytes[at + index] = high > 15 || low > 15 ? 0 : (high << 4) | low;
  }
}

/** One subtree per bit of the size. */
function bitCount(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}
