/** What was answered for: the size of a ledger and the Merkle root at that size (64 hex digits). */
export type WitnessedHead = { readonly ledger: string; readonly size: number; readonly root: string };

/**
 * A second memory of each ledger's head, outside the data folder: a store that is behind it has lost events that
 * were acknowledged (a restored old copy, a cut tail, a lying disk). Written after durability and before the
 * answer, only ever forward.
 */
export abstract class Witness {
  /** False when there was no witness at all at start: beside a store that is not empty this is flagged. */
  abstract readonly existed: boolean;

  abstract read(ledger: string): WitnessedHead | null;

  abstract all(): Iterable<WitnessedHead>;

  /** Moves heads forward; a size that is not larger is ignored. @throws when it could not be written. */
  abstract advance(heads: readonly WitnessedHead[]): Promise<void>;

  /** Sets a head back on purpose (a restore that was ordered), leaving a trace in the witness itself. */
  abstract rewind(head: WitnessedHead, reason: string): Promise<void>;

  abstract close(): Promise<void>;
}
