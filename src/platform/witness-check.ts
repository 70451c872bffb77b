import type { EventStore } from '../ports/event-store';
import type { Witness } from '../ports/witness';

const PAGE = 1000;
const AT_ONCE = 16;

export type WitnessFindings = {
  /** Ledgers whose store has lost acknowledged events, and which. They are refused; the others serve. */
  readonly behind: readonly { readonly ledger: string; readonly from: number; readonly to: number }[];
  /** The store holds events, but there was no witness: nothing can be said of what was lost before. */
  readonly missingWitness: boolean;
};

/** Holds the heads of all ledgers against the witness at start: a restored old copy or a torn store shows here. */
export async function checkWitness(store: EventStore, witness: Witness): Promise<WitnessFindings> {
  const heads = store.isShared ? await headsOf(store, witness) : await allHeads(store);
  const behind = [...witness.all()]
    .filter(({ ledger, size }) => size > (heads.get(ledger) ?? 0))
    .map(({ ledger, size }) => ({ ledger, from: (heads.get(ledger) ?? 0) + 1, to: size }));
  const isEmpty = (await store.heads(null, 1)).length === 0;
  return { behind, missingWitness: !witness.existed && !isEmpty };
}

/** On a server only the ledgers that this node has witnessed: there may be very many others. */
async function headsOf(store: EventStore, witness: Witness): Promise<ReadonlyMap<string, number>> {
  const heads = new Map<string, number>();
  const waiting = [...witness.all()].map(({ ledger }) => ledger);
  const work = async () => {
    for (let ledger = waiting.pop(); ledger !== undefined; ledger = waiting.pop())
      heads.set(ledger, (await store.head(ledger))?.sequence ?? 0);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return heads;
}

async function allHeads(store: EventStore): Promise<ReadonlyMap<string, number>> {
  const heads = new Map<string, number>();
  let after: string | null = null;
  for (;;) {
    const page = await store.heads(after, PAGE);
    for (const { ledger, sequence } of page) heads.set(ledger, sequence);
    const last = page.at(-1);
    if (!last || page.length < PAGE) return heads;
    after = last.ledger;
  }
}
