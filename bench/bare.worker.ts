import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

/** The least that keeps bytes durably in SQLite: one table, the same settings, one transaction per group. */
function serve(file: string): void {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('wal_autocheckpoint = 4000');
  database.exec('CREATE TABLE rows (position INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO rows (text) VALUES (?)');
  const group = database.transaction((texts: readonly string[]) => {
    for (const text of texts) insert.run(text);
  });
  parentPort?.on('message', (texts: readonly string[] | null) => {
    if (texts === null) {
      database.close();
      parentPort?.close();
      return;
    }
    group.immediate(texts);
    parentPort?.postMessage(texts.length);
  });
}

serve((workerData as { file: string }).file);
