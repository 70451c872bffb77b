import { join } from 'node:path';
import { ALL_PROJECTIONS } from '../projections/all';
import { openSqliteReadModelStore } from '../src/adapters/sqlite/read-model-store';
import { sha256Hex } from '../src/platform/crypto';
import { loadLedger } from '../src/platform/ledger-loader';
import { LocalProjector } from '../src/platform/projector-local';
import { verifyLedger } from '../src/platform/verify-ledger';
import type { EventStore } from '../src/ports/event-store';
import { type Book, type Books, withEvents } from './book';
import { folder, interleaved, type Line, median, processorTime, round, type Scale, timed } from './support';

const PAGE = 1_000;
/** Nobody waits for a rebuild that takes longer. */
const LONGEST_MS = 3_600_000;

/** Runs of what takes minutes at full size. */
const MOST_RUNS = 3;

/** Events per second of one run, and microseconds of processor per event. */
type Pace = { readonly perSecond: number; readonly processor: number };

type Paces = { readonly ours: number; readonly limit: number; readonly figures: Line['figures'] };

/** Both sides in turn. What others do on the machine meanwhile shows in the rates, hardly in the processor's time. */
async function paces(
  runs: number,
  ours: (run: number) => Promise<Pace>,
  limit: (run: number) => Promise<Pace>,
): Promise<Paces> {
  const taken: [number[], number[]] = [[], []];
  const noted = (side: 0 | 1, of: (run: number) => Promise<Pace>) => async (run: number) => {
    const pace = await of(run);
    taken[side].push(pace.processor);
    return pace.perSecond;
  };
  const rates = await interleaved(Math.min(runs, MOST_RUNS), noted(0, ours), noted(1, limit));
  return {
    ...rates,
    figures: {
      'events/s': Math.round(rates.ours),
      'limit/s': Math.round(rates.limit),
      'processor µs': round(median(taken[0])),
      'limit processor µs': round(median(taken[1])),
    },
  };
}

async function paceOf(events: number, work: () => Promise<void>): Promise<Pace> {
  const before = processorTime();
  const elapsed = await timed(work);
  return { perSecond: (events / elapsed) * 1000, processor: (processorTime() - before) / events };
}

/** The fold from the first event, against the least that any reader of these bytes does. */
export async function foldLines({ runs }: Scale, books: Books): Promise<Line[]> {
  const book = await books.large();
  const rates = await withEvents(book, (store) =>
    paces(
      runs,
      () => foldRate(store, book),
      () => parseRate(store, book),
    ),
  );
  return [
    {
      name: `fold of ${book.events} events, with parse and hash check`,
      limit: 'JSON.parse and SHA-256 of the same bytes, read the same way',
      ratio: rates.ours / rates.limit,
      reach: 0.5,
      sense: 'least',
      figures: rates.figures,
    },
  ];
}

export async function verifyLines({ runs }: Scale, books: Books): Promise<Line[]> {
  const book = await books.large();
  const rates = await withEvents(book, (store) =>
    paces(
      runs,
      () => verifyRate(store, book),
      () => parseRate(store, book),
    ),
  );
  return [
    {
      name: `verify of ${book.events} events`,
      limit: 'SHA-256 and JSON.parse of the same bytes, read the same way',
      ratio: rates.ours / rates.limit,
      reach: 0.4,
      sense: 'least',
      figures: rates.figures,
    },
  ];
}

/** All read models from nothing, as after `read.db` was deleted; the first run makes those that later lines read. */
export async function rebuildLines({ runs }: Scale, books: Books): Promise<Line[]> {
  const book = await books.large();
  const rates = await withEvents(book, (store) =>
    paces(
      runs,
      (run) => projectRate(store, book, join(run === 0 ? book.data : folder('rebuild'), 'read.db')),
      () => foldRate(store, book),
    ),
  );
  return [
    {
      name: `rebuild of all projections, ${book.events} events`,
      limit: 'the fold line, measured again in turn',
      ratio: rates.ours / rates.limit,
      reach: 0.2,
      sense: 'least',
      figures: { ...rates.figures, projections: ALL_PROJECTIONS.length },
    },
  ];
}

/** Brings the read models of a book level with its events; nothing to do where they are. */
export async function projectBook(book: Book): Promise<void> {
  await withEvents(book, (store) => projectRate(store, book, join(book.data, 'read.db')));
}

/** Reads a ledger's state from its first event: the read store is a new one, which has no snapshot. */
async function foldRate(store: EventStore, book: Book): Promise<Pace> {
  const readStore = await openSqliteReadModelStore({ file: join(folder('fold'), 'read.db') });
  try {
    const snapshotKey = new Uint8Array(32);
    return await paceOf(book.events, async () => {
      const { tail } = await loadLedger(book.ledger, { store, readStore, snapshotKey });
      requireAll(tail, book);
    });
  } finally {
    await readStore.close();
  }
}

async function parseRate(store: EventStore, { ledger, ...book }: Book): Promise<Pace> {
  let read = 0;
  const pace = await paceOf(book.events, async () => {
    for (;;) {
      const page = await store.read(ledger, read + 1, PAGE);
      for (const { text, hash } of page) {
        if (sha256Hex(text) !== hash) throw new Error('a stored event has another hash');
        const event = JSON.parse(text) as { readonly sequence: number };
        read = event.sequence;
      }
      if (page.length < PAGE) return;
    }
  });
  requireAll(read, book);
  return pace;
}

async function verifyRate(store: EventStore, book: Book): Promise<Pace> {
  return paceOf(book.events, async () => {
    const report = await verifyLedger(store, book.ledger, { all: false, witness: null });
    if (report.errors.length > 0) throw new Error(JSON.stringify(report.errors[0]));
    requireAll(report.events, book);
  });
}

async function projectRate(events: EventStore, book: Book, file: string): Promise<Pace> {
  const readModels = await openSqliteReadModelStore({ file });
  const options = { events, readModels, projections: ALL_PROJECTIONS, waitMs: LONGEST_MS };
  const projector = new LocalProjector(options);
  try {
    return await paceOf(book.events, async () => {
      await projector.start();
      await projector.waitFor(book.ledger, book.events);
    });
  } finally {
    await projector.stop();
    await readModels.close();
  }
}

function requireAll(read: number, { events }: Pick<Book, 'events'>): void {
  if (read < events) throw new Error(`only ${read} of ${events} events were read`);
}
