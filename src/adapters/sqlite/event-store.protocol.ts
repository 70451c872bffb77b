/**
 * Appends of several ledgers on their way to the thread that writes, as parallel lists: few objects are cheap to
 * hand over. An append's events are the next `counts` of `texts` and `hashes`.
 */
export type Group = {
  readonly ledgers: readonly string[];
  readonly expectedSequences: readonly number[];
  readonly counts: readonly number[];
  readonly checkpoints: readonly string[];
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

export type WriterData = { readonly file: string };
