import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { openSqliteEventStore } from '../adapters/sqlite/event-store';
import { exportLine } from '../proof/chain';

const PAGE = 1000;

/** Writes the raw events of a ledger as NDJSON, exactly as they were hashed; answers how many. */
export async function exportEvents(data: string, ledger: string, out: Writable): Promise<number> {
  const store = await openSqliteEventStore({ file: `${data}/events.db`, readOnly: true });
  try {
    for (let from = 1; ; from += PAGE) {
      const page = await store.read(ledger, from, PAGE);
      const text = page.map((event) => `${exportLine(event.text, event.hash)}\n`).join('');
      if (text !== '' && !out.write(text)) await once(out, 'drain');
      if (page.length < PAGE) return from - 1 + page.length;
    }
  } finally {
    await store.close();
  }
}
