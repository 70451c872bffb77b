import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { CheckpointSigner } from '../../platform/checkpoints';
import { SignerKeyFile } from '../node/signer-key-file';
import { NoteSlot } from './note-slot';
import { openForWriting, sqliteCodeOf } from './event-file';
import type { AppendResult, FromWriter, Group, ToWriter, WriterData } from './event-store.protocol';

/** Ledgers whose heads are remembered; after that many all are forgotten, and read again when they are written. */
const KNOWN_LEDGERS = 100_000;

/** A ledger of the file; its number is null until its first event is written. */
type Known = { number: number | null; head: number };

/** A note that is signed beside is there before its events are written; a thread that died meanwhile never puts it. */
const NOTE_WAIT_MS = 1000;

type Append = {
  readonly ledger: string;
  readonly expectedSequence: number;
  readonly checkpoint: string;
  readonly isUnsigned: boolean;
  /** Where its events begin and end in the group. */
  readonly from: number;
  readonly to: number;
};

type Connection = {
  readonly database: Database.Database;
  readonly statements: ReturnType<typeof statementsOf>;
};

/** Writes groups of appends, each group in one transaction and one sync, away from the thread that serves. */
class GroupWriter {
  private connection: Connection | null = null;
  private readonly known = new Map<string, Known>();
  private readonly slot: NoteSlot;
  private signer: CheckpointSigner | null = null;

  constructor(private readonly data: WriterData) {
    this.slot = new NoteSlot(data.slot);
  }

  write(group: Group): AppendResult[] {
    const appends = appendsOf(group);
    let isCommitting = false;
    try {
      const connection = this.connect();
      connection.statements.begin.run();
      const results = appends.map((append) => this.append(connection, append, group));
      isCommitting = true;
      if (connection.database.inTransaction) connection.statements.commit.run();
      return results;
    } catch (error) {
      this.disconnect();
      // An error of the disk at COMMIT may come after all was written, when it was synced: nobody knows.
      const known = isCommitting && isOfInputOutput(error) ? 'unknown' : 'not-written';
      return appends.map(() => failed(error, known));
    }
  }

  close(): void {
    this.connection?.database.close();
  }

  private append(connection: Connection, append: Append, group: Group): AppendResult {
    const ledger = this.ledgerOf(connection, append.ledger);
    if (ledger.head !== append.expectedSequence) return { outcome: 'conflict', actualSequence: ledger.head };
    const { database, statements } = connection;
    // What is wrong with the only append of a group undoes the group.
    const isAlone = group.ledgers.length === 1;
    if (!isAlone) statements.savepoint.run();
    try {
      this.insert(statements, ledger, append, group);
    } catch (error) {
      // A disk that fails stops the whole group; what is wrong with one append stops that one alone.
      if (!database.inTransaction || isOfDisk(error)) throw error;
      this.known.delete(append.ledger);
      if (isAlone) statements.rollback.run();
      else {
        statements.undo.run();
        statements.release.run();
      }
      return failed(error, 'not-written');
    }
    if (!isAlone) statements.release.run();
    return 'written';
  }

  private insert(statements: Connection['statements'], ledger: Known, append: Append, group: Group): void {
    const { ledger: id, from, to } = append;
    const { texts, hashes } = group;
    const number = ledger.number ?? Number(statements.ledger.run(id).lastInsertRowid);
    let sequence = ledger.head;
    for (let index = from; index < to; index += 1) {
      sequence += 1;
      statements.event.run(number, sequence, hashes[index], texts[index]);
    }
    statements.checkpoint.run(number, sequence, this.noteOf(append, sequence, group));
    ledger.number = number;
    ledger.head = sequence;
  }

  private noteOf({ ledger, checkpoint, isUnsigned }: Append, size: number, group: Group): string {
    if (!isUnsigned) return checkpoint;
    const beside = group.isSignedBeside ? this.slot.take(NOTE_WAIT_MS) : null;
    return beside ?? this.ownSigner().sign(ledger, size, checkpoint);
  }

  private ownSigner(): CheckpointSigner {
    const { signingKey } = this.data;
    if (signingKey === undefined) throw new TypeError('the store was opened without a key');
    this.signer ??= new CheckpointSigner(new SignerKeyFile(signingKey));
    return this.signer;
  }

  private ledgerOf({ statements }: Connection, id: string): Known {
    const known = this.known.get(id);
    if (known) return known;
    if (this.known.size >= KNOWN_LEDGERS) this.known.clear();
    const number = (statements.numberOf.get(id) as number | undefined) ?? null;
    const head = number === null ? 0 : ((statements.head.get(number) as number | null) ?? 0);
    const found = { number, head };
    this.known.set(id, found);
    return found;
  }

  private connect(): Connection {
    if (this.connection) return this.connection;
    const database = openForWriting(this.data.file);
    this.connection = { database, statements: statementsOf(database) };
    return this.connection;
  }

  /** After a failure nothing that was believed of the heads counts: the file is opened anew for the next group. */
  private disconnect(): void {
    this.known.clear();
    try {
      // Closing rolls back what was begun.
      this.connection?.database.close();
    } catch {
      // A connection that cannot even be closed is left to the recovery of the next one.
    }
    this.connection = null;
  }
}

function appendsOf({ ledgers, expectedSequences, counts, checkpoints, unsigned }: Group): Append[] {
  let to = 0;
  return ledgers.map((ledger, index) => {
    const from = to;
    to += counts[index] as number;
    const expectedSequence = expectedSequences[index] as number;
    const isUnsigned = unsigned[index] as boolean;
    return { ledger, expectedSequence, checkpoint: checkpoints[index] as string, isUnsigned, from, to };
  });
}

function statementsOf(database: Database.Database) {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    savepoint: database.prepare('SAVEPOINT one'),
    undo: database.prepare('ROLLBACK TO one'),
    release: database.prepare('RELEASE one'),
    rollback: database.prepare('ROLLBACK'),
    ledger: database.prepare('INSERT INTO ledgers (ledger) VALUES (?)'),
    numberOf: database.prepare('SELECT number FROM ledgers WHERE ledger = ?').pluck(),
    head: database.prepare('SELECT max(sequence) FROM events WHERE ledger = ?').pluck(),
    event: database.prepare('INSERT OR FAIL INTO events (ledger, sequence, hash, text) VALUES (?, ?, ?, ?)'),
    checkpoint: database.prepare('INSERT INTO checkpoints (ledger, size, note) VALUES (?, ?, ?)'),
  };
}

function failed(error: unknown, known: 'not-written' | 'unknown'): AppendResult {
  return { outcome: 'failed', message: error instanceof Error ? error.message : String(error), known };
}

function isOfInputOutput(error: unknown): boolean {
  return sqliteCodeOf(error).startsWith('SQLITE_IOERR');
}

function isOfDisk(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM)/.test(sqliteCodeOf(error));
}

function serve(port: MessagePort, data: WriterData): void {
  const writer = new GroupWriter(data);
  port.on('message', (message: ToWriter) => {
    if ('close' in message) {
      writer.close();
      port.close();
      return;
    }
    port.postMessage({ results: writer.write(message.group) } satisfies FromWriter);
  });
}

if (parentPort) serve(parentPort, workerData as WriterData);
