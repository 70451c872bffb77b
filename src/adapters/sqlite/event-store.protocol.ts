/**
 * Appends of several ledgers on their way to the thread that writes, as parallel lists: few objects are cheap to
 * hand over. An append's events are the next `counts` of `texts` and `hashes`.
 */
export type Group = {
  readonly ledgers: readonly string[];
  readonly expectedSequences: readonly number[];
  readonly counts: readonly number[];
  /** Signed notes; where `unsigned` says so, the Merkle roots that are to be signed. */
  readonly checkpoints: readonly string[];
  readonly unsigned: readonly boolean[];
  /** Whether the note of its only append is being signed meanwhile, and comes by the slot. */
  readonly isSignedBeside: boolean;
  readonly texts: readonly string[];
  readonly hashes: readonly string[];
};

/** What became of one append. */
export type AppendResult =
  | 'written'
  | { readonly outcome: 'conflict'; readonly actualSequence: number }
  | { readonly outcome: 'failed'; readonly message: string; readonly known: 'not-written' | 'unknown' };

export type ToWriter = { readonly group: Group } | { readonly close: true };

/** Of each append of the group, in order. */
export type FromWriter = { readonly results: readonly AppendResult[] };

export type WriterData = {
  readonly file: string;
  /** The file of the key that signs checkpoints. */
  readonly signingKey: string | undefined;
  /** Memory of the `NoteSlot`. */
  readonly slot: SharedArrayBuffer;
};
