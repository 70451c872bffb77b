import Database from 'better-sqlite3';

/** A file, and the new one that it is copied to. */
export type Copy = { readonly from: string; readonly to: string };

/**
 * All databases as of one moment: what is read is fixed before the first page is copied, so that no ledger refers to
 * what the vault does not have yet, and a writer that never rests does not start the copy over.
 */
export async function copyDatabases(copies: readonly Copy[]): Promise<void> {
  const sources = copies.map(({ from, to }) => {
    const database = new Database(from, { readonly: true, fileMustExist: true, timeout: 10_000 });
    return { database, to };
  });
  try {
    for (const { database } of sources) {
      database.exec('BEGIN');
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
    }
    for (const { database, to } of sources) await database.backup(to);
  } finally {
    for (const { database } of sources) database.close();
  }
  for (const { to } of copies) {
    // A copy that stands by itself: no write-ahead log beside it.
    const copy = new Database(to);
    copy.pragma('journal_mode = DELETE');
    copy.close();
  }
}
