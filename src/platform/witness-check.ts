import type { EventStore } from '../ports/event-store';
import type { Witness } from '../ports/witness';

const PAGE = 1000;

export type WitnessFindings = {
  /** Ledgers whose store has lost acknowledged events, and which. They are refused; the others serve. */
  readonly behind: readonly { readonly ledger: string; readonly from: number; readonly to: number }[];
  /** The store holds events, but there was no witness: nothing can be said of what was lost before. */
  readonly missingWitness: boolean;
};

/** Holds the heads of all ledgers against the witness at start: a restored old copy or a torn store shows here. */
export async function checkWitness(store: EventStore, witness: Witness): Promise<WitnessFindings> {
  const heads = new Map<string, number>();
  let after: string | null = null;
  for (;;) {
    const page = await store.heads(after, PAGE);
    for (const { ledger, sequence } of page) heads.set(ledger, sequence);
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    after = last.ledger;
  }
  const behind = [...witness.all()]
    .filter(({ ledger, size }) => size > (heads.get(ledger) ?? 0))
    .map(({ ledger, size }) => ({ ledger, from: (heads.get(ledger) ?? 0) + 1, to: size }));
  return { behind, missingWitness: !witness.existed && heads.size > 0 };
}
