/** Finds the entries that a ledger's state no longer remembers. */
export abstract class EntryIndex {
  /**
   * The sequence of an entry's last event, or null when no such entry was recorded. Waits until the index has folded
   * the ledger up to `completeThrough`, so that null is certain.
   */
  abstract find(ledger: string, entry: string, completeThrough: number): Promise<number | null>;
}
