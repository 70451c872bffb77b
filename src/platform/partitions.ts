/**
 * Read models are folded in a fixed number of parts, so that several nodes share the work: each ledger belongs to one.
 * The number is a fact of the read store (see `requirePartitions`), since another number puts ledgers elsewhere.
 */
export function partitionOf(ledger: string, partitions: number): number {
  return partitions === 1 ? 0 : fnv1a(ledger) % partitions;
}

/**
 * What the names of a partition's collections and settings begin with. Where there is one partition they are as they
 * are.
 */
export function partitionPrefix(partition: number, partitions: number): string {
  return partitions === 1 ? '' : `p${partition}of${partitions}.`;
}

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a, 32 bits, of the UTF-16 code units of a text: ids that begin alike are spread. */
function fnv1a(text: string): number {
  let hash = OFFSET;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), PRIME);
  }
  return hash >>> 0;
}

/** The number of partitions that one of `nodes` nodes folds, by its rank among them, so that the shares add up. */
export function fairShare(partitions: number, nodes: number, rank: number): number {
  return Math.floor(partitions / nodes) + (rank < partitions % nodes ? 1 : 0);
}
