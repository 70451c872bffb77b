import { join } from 'node:path';
import type { Opened } from '../src/app.module';
import { BookClock, type Books, OPEN_DAY, openBook } from './book';
import {
  ACTOR,
  closeStores,
  folder,
  interleaved,
  type Line,
  openEngine,
  openLedger,
  percentile,
  recordAll,
  round,
  sales,
  type Scale,
  timed,
} from './support';

const GROUP = 1_000;
/** Events in the ledger that the large one is compared to. */
const SMALL = 1_000;
/**
 * Runs for each one of other lines. A run lasts a quarter of a second, and the commit that copies the write-ahead log
 * falls into it or not.
 */
const TIMES = 3;
/** Entries recorded one by one, for the latencies. */
const SINGLES = 200;

type Side = { readonly opened: Opened; readonly latencies: number[] };

/** Whether recording becomes slower as a ledger grows: the same entries, in two stores. */
export async function appendLines({ runs, appended }: Scale, books: Books): Promise<Line[]> {
  const book = await books.large();
  const data = join(folder('append'), 'data');
  const small: Side = {
    opened: await openEngine(data, {}, { clock: new BookClock(OPEN_DAY) }),
    latencies: [],
  };
  const large: Side = { opened: await openBook(book), latencies: [] };
  try {
    await appendRate(large, book.ledger, GROUP);
    await appendRate(small, await ledgerOf(small.opened), GROUP);
    large.latencies.length = 0;
    small.latencies.length = 0;
    const rates = await interleaved(
      runs * TIMES,
      () => appendRate(large, book.ledger, appended),
      async () => appendRate(small, await ledgerOf(small.opened), appended),
    );
    return [
      {
        name: `append at ${book.events} events in the ledger`,
        limit: `append at ${SMALL}`,
        ratio: rates.ours / rates.limit,
        reach: 0.85,
        sense: 'least',
        figures: {
          'entries/s': Math.round(rates.ours),
          'limit/s': Math.round(rates.limit),
          'one by one p50 ms': round(percentile(large.latencies, 0.5)),
          'p99 ms': round(percentile(large.latencies, 0.99)),
          'limit p50 ms': round(percentile(small.latencies, 0.5)),
          'limit p99 ms': round(percentile(small.latencies, 0.99)),
        },
      },
    ];
  } finally {
    await closeStores(large.opened);
    await closeStores(small.opened);
  }
}

/** A ledger with a thousand events, all of one open day. */
async function ledgerOf(opened: Opened): Promise<string> {
  const ledger = await openLedger(opened);
  const { sequence = 0 } = (await opened.store.head(ledger)) ?? {};
  await recordAll(opened, ledger, sales(SMALL - sequence, OPEN_DAY));
  return ledger;
}

/** Entries per second in groups; then some one by one, whose latencies are noted. */
async function appendRate({ opened, latencies }: Side, ledger: string, count: number): Promise<number> {
  const entries = sales(count, OPEN_DAY);
  const elapsed = await timed(async () => {
    for (let from = 0; from < count; from += GROUP)
      await recordAll(opened, ledger, entries.slice(from, from + GROUP));
  });
  for (const entry of sales(SINGLES, OPEN_DAY)) {
    latencies.push(
      await timed(async () => {
        const [outcome] = await opened.writer.record(ledger, [entry], ACTOR);
        if (outcome?.status !== 'recorded') throw new Error('an entry was not recorded');
      }),
    );
  }
  return (count / elapsed) * 1000;
}
