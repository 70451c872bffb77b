import { emptyRoot, nodeHash } from './merkle-tree';
import type { Sha256 } from './hash';

/** The value of a hex digit by its character code; 255 for any other character. */
const DIGITS = new Uint8Array(128).fill(255);
for (let digit = 0; digit < 16; digit += 1) DIGITS[digit.toString(16).charCodeAt(0)] = digit;

/**
 * The Merkle tree (RFC 6962 §2.1) of a ledger that is read once from its beginning: grows in place, by hashes as they
 * stand beside the events. What `CompactTree` does with values, here without a copy per leaf.
 */
export class VerificationTree {
  private readonly subtrees: Uint8Array[] = [];
  private readonly leaf = new Uint8Array(33);
  private leaves = 0;

  constructor(private readonly sha256: Sha256) {}

  get size(): number {
    return this.leaves;
  }

  /** Adds the leaf of a hash of 64 hex digits; what is no such hash counts as zeros, and is reported elsewhere. */
  append(hash: string): void {
    this.readLeaf(hash);
    let node = this.sha256(this.leaf);
    for (let size = this.leaves; size % 2 === 1; size = (size - 1) / 2) {
      node = nodeHash(this.subtrees.pop() as Uint8Array, node, this.sha256);
    }
    this.subtrees.push(node);
    this.leaves += 1;
  }

  root(): Uint8Array {
    let root: Uint8Array | null = null;
    for (let index = this.subtrees.length - 1; index >= 0; index -= 1) {
      const subtree = this.subtrees[index] as Uint8Array;
      root = root === null ? subtree : nodeHash(subtree, root, this.sha256);
    }
    return root ?? emptyRoot(this.sha256);
  }

  private readLeaf(hash: string): void {
    for (let index = 0; index < 32; index += 1) {
      const high = DIGITS[hash.charCodeAt(index * 2)] ?? 255;
      const low = DIGITS[hash.charCodeAt(index * 2 + 1)] ?? 255;
      this.leaf[index + 1] = high > 15 || low > 15 ? 0 : (high << 4) | low;
    }
  }
}
