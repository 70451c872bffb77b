/**
 * Counts that the nodes of an installation share, each of which ends at some instant. They are no facts: a store that is
 * emptied begins anew.
 */
export abstract class RateCounters {
  /**
   * Adds to counts, below zero too, and answers what each is afterwards, others' additions included: of several that add
   * at once the last one at least sees all. An amount of 0 asks. A count is kept until `until`, and not much longer.
   *
   * @throws StoreUnavailable; some of it may have been added
   */
  abstract add(amounts: ReadonlyMap<string, number>, until: Date): Promise<ReadonlyMap<string, number>>;

  abstract close(): Promise<void>;
}
