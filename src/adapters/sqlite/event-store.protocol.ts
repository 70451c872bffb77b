/** One ledger's append, as it is handed to the thread that writes. */
export type AppendMessage = {
  readonly ledger: string;
  readonly expectedSequence: number;
  readonly texts: readonly string[];
  readonly hashes: readonly string[];
  readonly checkpoint: string;
};

/** What became of each append of a group, in order. */
export type AppendResult =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'conflict'; readonly actualSequence: number }
  | { readonly outcome: 'failed'; readonly message: string; readonly known: 'not-written' | 'unknown' };

export type ToWriter = { readonly appends: readonly AppendMessage[] } | { readonly close: true };

export type FromWriter = { readonly results: readonly AppendResult[] } | { readonly closed: true };

export type WriterData = { readonly file: string };
