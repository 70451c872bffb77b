import type { EventStore } from '../ports/event-store';

const PAGE = 1000;

/** The ids of all ledgers of a store, in order. */
export async function ledgersOf(store: EventStore): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await store.heads(ids.at(-1) ?? null, PAGE);
    if (page.length === 0) return ids;
    ids.push(...page.map(({ ledger }) => ledger));
  }
}
