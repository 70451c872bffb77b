import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteReadModelStore } from '../src/adapters/sqlite/read-model-store';
import { SignerKeyFile } from '../src/adapters/node/signer-key-file';
import { sha256 } from '../src/platform/crypto';
import { loadLedger } from '../src/platform/ledger-loader';
import { type Book, type Books, type StateSample, withEvents } from './book';
import { projectBook } from './reading';
import { heapInUse, type Line, round, type Scale } from './support';

const TEN_YEARS = 3_650;
/** States that are held at once to weigh one. */
const COPIES = 5;

/** What a shop's years weigh, in bytes: on the disk, in the index of entries, in memory. Shown, not judged. */
export async function growthLines(_scale: Scale, books: Books): Promise<Line[]> {
  const book = await books.large();
  await projectBook(book);
  return [diskLine(book), indexLine(book), await stateLine(book)];
}

function diskLine({ data, events }: Book): Line {
  const read = new Database(join(data, 'events.db'), { readonly: true });
  const text = read.prepare('SELECT avg(length(CAST(text AS BLOB))) FROM events').pluck().get() as number;
  read.close();
  return shown('disk per event', {
    'bytes in events.db': Math.round(sizeOf(join(data, 'events.db')) / events),
    'of them the text': Math.round(text),
    'bytes in read.db': Math.round(sizeOf(join(data, 'read.db')) / events),
  });
}

/** The rows of one collection have no pages of their own: they take their share of the table's, by bytes. */
function indexLine({ data, ledger }: Book): Line {
  const database = new Database(join(data, 'read.db'), { readonly: true });
  const bytes = 'sum(length(CAST(key AS BLOB)) + length(CAST(body AS BLOB)) + 12)';
  const all = database.prepare(`SELECT ${bytes} FROM documents`).pluck().get() as number;
  const pages = database
    .prepare("SELECT sum(pgsize) FROM dbstat WHERE name = 'documents' AND aggregate = TRUE")
    .pluck()
    .get() as number;
  const row = database
    .prepare(
      `SELECT count(*) AS entries, ${bytes} AS bytes FROM documents
       WHERE ledger = (SELECT number FROM names WHERE name = ?)
         AND collection = (SELECT number FROM names WHERE name LIKE 'entries@%')`,
    )
    .get(ledger) as { entries: number; bytes: number };
  database.close();
  return shown('entries index per entry', {
    'bytes on disk': Math.round(((row.bytes / all) * pages) / row.entries),
    'bytes of key and body': Math.round(row.bytes / row.entries),
    entries: row.entries,
  });
}

/** The state as it is kept and as it weighs in memory; what it is after ten years is drawn on from the last days. */
async function stateLine(book: Book): Promise<Line> {
  const last = book.state.at(-1) ?? { days: 0, bytes: 0 };
  const perDay = growthPerDay(book.state);
  const heap = await heapOf(book);
  const later = last.bytes + perDay * Math.max(0, TEN_YEARS - last.days);
  return shown(`state per busy till, ${book.perDay} events a day`, {
    days: last.days,
    'snapshot KiB': round(last.bytes / 1024),
    'heap KiB': round(heap / 1024),
    'more snapshot bytes a day': round(perDay),
    'ten years, drawn on, snapshot KiB': round(later / 1024),
    'ten years, drawn on, heap KiB': round(((heap / last.bytes) * later) / 1024),
  });
}

function growthPerDay(samples: readonly StateSample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || first.days === last.days) return 0;
  return (last.bytes - first.bytes) / (last.days - first.days);
}

/** What a loaded state adds to the heap. */
function heapOf({ data, ledger, ...book }: Book): Promise<number> {
  return withEvents({ data, ledger, ...book }, async (store) => {
    const readStore = await openSqliteReadModelStore({ file: join(data, 'read.db') });
    const signer = new SignerKeyFile(join(data, 'signing-key.pem'));
    const snapshotKey = sha256(signer.sign(new TextEncoder().encode('caisse: MAC of snapshots')));
    try {
      const load = () => loadLedger(ledger, { store, readStore, snapshotKey });
      await load();
      const before = heapInUse();
      const copies: Awaited<ReturnType<typeof load>>[] = [];
      while (copies.length < COPIES) copies.push(await load());
      const held = (heapInUse() - before) / copies.length;
      if (copies.some((copy) => copy.ledger.sequence < book.events))
        throw new Error('the state was not loaded whole');
      return held;
    } finally {
      await readStore.close();
    }
  });
}

function sizeOf(file: string): number {
  return statSync(file).size;
}

function shown(name: string, figures: Line['figures']): Line {
  return { name, limit: '', ratio: null, reach: null, sense: 'least', figures };
}
