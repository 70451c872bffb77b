import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { openForWriting } from './event-file';
import type { AppendMessage, AppendResult, FromWriter, ToWriter, WriterData } from './event-store.protocol';

type Known = { readonly number: number; head: number };

/** Writes groups of appends, each group in one transaction and one sync, away from the thread that serves. */
class GroupWriter {
  private database: Database.Database;
  private readonly known = new Map<string, Known>();
  private statements: ReturnType<typeof statementsOf>;

  constructor(private readonly file: string) {
    this.database = openForWriting(file);
    this.statements = statementsOf(this.database);
  }

  write(appends: readonly AppendMessage[]): AppendResult[] {
    try {
      this.statements.begin.run();
      const results = appends.map((append) => this.append(append, appends.length > 1));
      this.statements.commit.run();
      return results;
    } catch (error) {
      this.recover();
      return appends.map(() => this.failed(error));
    }
  }

  close(): void {
    this.database.close();
  }

  private append(append: AppendMessage, amongOthers: boolean): AppendResult {
    const ledger = this.ledgerOf(append.ledger);
    if (ledger.head !== append.expectedSequence) return { outcome: 'conflict', actualSequence: ledger.head };
    if (!amongOthers) {
      this.insert(ledger, append);
      return { outcome: 'written' };
    }
    this.statements.savepoint.run();
    try {
      this.insert(ledger, append);
    } catch (error) {
      if (!this.database.inTransaction) throw error;
      this.statements.undo.run();
      this.known.delete(append.ledger);
      // A full disk stops the whole group; what one ledger did wrong stops that ledger alone.
      if (isOfDisk(error)) throw error;
      return this.failed(error);
    } finally {
      if (this.database.inTransaction) this.statements.release.run();
    }
    return { outcome: 'written' };
  }

  private insert(ledger: Known, { texts, hashes, checkpoint }: AppendMessage): void {
    let sequence = ledger.head;
    for (let index = 0; index < texts.length; index += 1) {
      sequence += 1;
      this.statements.event.run(ledger.number, sequence, hashes[index], texts[index]);
    }
    this.statements.checkpoint.run(ledger.number, sequence, checkpoint);
    ledger.head = sequence;
  }

  private ledgerOf(id: string): Known {
    const known = this.known.get(id);
    if (known) return known;
    this.statements.ledger.run(id);
    const number = this.statements.numberOf.get(id) as number;
    const head = (this.statements.head.get(number) as number | null) ?? 0;
    const found = { number, head };
    this.known.set(id, found);
    return found;
  }

  private failed(error: unknown): AppendResult {
    const message = error instanceof Error ? error.message : String(error);
    // An error of the disk at COMMIT may come after the frames were written: nobody knows.
    const known = codeOf(error).startsWith('SQLITE_IOERR') ? 'unknown' : 'not-written';
    return { outcome: 'failed', message, known };
  }

  /** After a failure nothing that was believed of the heads counts: the file is opened anew. */
  private recover(): void {
    this.known.clear();
    try {
      // Closing rolls back what was begun.
      this.database.close();
    } catch {
      // A connection that cannot even be closed is left to the new one's recovery.
    }
    this.database = openForWriting(this.file);
    this.statements = statementsOf(this.database);
  }
}

function statementsOf(database: Database.Database) {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    savepoint: database.prepare('SAVEPOINT one'),
    undo: database.prepare('ROLLBACK TO one'),
    release: database.prepare('RELEASE one'),
    ledger: database.prepare('INSERT OR IGNORE INTO ledgers (ledger) VALUES (?)'),
    numberOf: database.prepare('SELECT number FROM ledgers WHERE ledger = ?').pluck(),
    head: database.prepare('SELECT max(sequence) FROM events WHERE ledger = ?').pluck(),
    event: database.prepare('INSERT INTO events (ledger, sequence, hash, text) VALUES (?, ?, ?, ?)'),
    checkpoint: database.prepare('INSERT INTO checkpoints (ledger, size, note) VALUES (?, ?, ?)'),
  };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function isOfDisk(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN)/.test(codeOf(error));
}

function serve(port: MessagePort, { file }: WriterData): void {
  const writer = new GroupWriter(file);
  port.on('message', (message: ToWriter) => {
    if ('close' in message) {
      writer.close();
      port.postMessage({ closed: true } satisfies FromWriter);
      port.close();
      return;
    }
    port.postMessage({ results: writer.write(message.appends) } satisfies FromWriter);
  });
}

if (parentPort) serve(parentPort, workerData as WriterData);
