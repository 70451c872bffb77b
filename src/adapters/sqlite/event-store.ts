import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import {
  type AppendRequest,
  EventStore,
  type Head,
  LARGEST_PAGE,
  openedForReading,
  type PositionedEvent,
  requireWellFormed,
  signedCheckpoint,
  type StoredCheckpoint,
  type StoredEvent,
  StoreLocked,
  StoreUnavailable,
} from '../../ports/event-store';
import { metaOf, openForReading, openForWriting, prepareEventFile, sqliteCodeOf } from './event-file';
import { type WritingLimits, WritingThread } from './writing-thread';

export type EventStoreOptions = {
  readonly file: string;
  /** For a second process or thread: reads what the first one writes, and cannot append. */
  readonly readOnly?: boolean;
  /** The file of the key that signs checkpoints; without one, each append brings its own. */
  readonly signingKey?: string | undefined;
  readonly limits?: WritingLimits;
};

/**
 * Opens an event file, making it when it does not exist, unless it is opened for reading.
 *
 * @throws StoreLocked, UnusableFile when there is a file that is not ours
 */
export async function openSqliteEventStore(options: EventStoreOptions): Promise<EventStore> {
  const { file, readOnly = false, limits, signingKey } = options;
  if (readOnly) return new SqliteEventStore(openForReading(file), null);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const lock = lockEventFile(file);
  try {
    prepare(file);
    return writingStore(openForReading(file), { file, lock, limits, signingKey });
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** @throws UnusableFile when the key cannot sign; the connection is then closed */
function writingStore(reader: Database.Database, writing: Writing): EventStore {
  try {
    return new SqliteEventStore(reader, writing);
  } catch (error) {
    reader.close();
    throw error;
  }
}

function prepare(file: string): void {
  // Its companions take the mode of the file: books are nobody else's business.
  closeSync(openSync(file, 'a', 0o600));
  const database = openForWriting(file);
  try {
    prepareEventFile(database, randomUUID());
  } finally {
    database.close();
  }
}

/**
 * Holds an exclusive lock of the operating system on a file beside the store. It is gone with the process, however
 * that ends, so that nothing is left to clean up after a crash.
 *
 * @throws StoreLocked
 */
export function lockEventFile(file: string): Database.Database {
  const lock = new Database(`${file}.lock`, { timeout: 0 });
  try {
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (!sqliteCodeOf(error).startsWith('SQLITE_BUSY')) throw error;
    throw new StoreLocked(`another process uses ${file}`, { cause: error });
  }
}

/** What a store that may append has beside its reading connection. */
type Writing = {
  readonly file: string;
  readonly lock: Database.Database;
  readonly limits: WritingLimits | undefined;
  readonly signingKey: string | undefined;
};

/** Events in one SQLite file: written by a thread of its own, in groups; read here, in pages. */
class SqliteEventStore extends EventStore {
  override readonly signs: boolean;
  private readonly statements: ReturnType<typeof readingStatements>;
  private readonly ledgerNumbers = new Map<string, number>();
  private readonly listeners = new Set<(heads: readonly Head[]) => void>();
  private readonly writer: WritingThread | null;
  private readonly lock: Database.Database | null;
  private closing: Promise<void> | null = null;

  constructor(
    private readonly reader: Database.Database,
    writing: Writing | null,
  ) {
    super();
    this.statements = readingStatements(reader);
    this.lock = writing?.lock ?? null;
    const tell = (requests: readonly AppendRequest[]) => this.tell(requests.map(headOf));
    this.signs = writing?.signingKey !== undefined;
    this.writer = writing ? new WritingThread({ ...writing, onWritten: tell }) : null;
  }

  override id(): Promise<string> {
    return this.reading(() => metaOf(this.reader, 'id') ?? '');
  }

  override async append(request: AppendRequest): Promise<void> {
    requireWellFormed(request);
    if (!this.signs) signedCheckpoint(request);
    if (!this.writer) throw openedForReading();
    return this.writer.append(request);
  }

  override head(ledger: string): Promise<Head | null> {
    return this.reading(() => {
      const row = this.ofLedger(ledger, (number) => this.statements.head.get(number));
      return row ? { ledger, ...(row as Omit<Head, 'ledger'>) } : null;
    });
  }

  override heads(after: string | null, limit: number): Promise<readonly Head[]> {
    return this.reading(() => this.statements.heads.all(after ?? '', pageOf(limit)) as Head[]);
  }

  override read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.reading(() => {
      const rows = this.ofLedger(ledger, (number) =>
        this.statements.read.all(number, fromSequence, pageOf(limit)),
      );
      return ((rows ?? []) as Omit<StoredEvent, 'ledger'>[]).map(({ sequence, text, hash }) => ({
        ledger,
        sequence,
        text,
        hash,
      }));
    });
  }

  override readAll(afterPosition: number, limit: number): Promise<readonly PositionedEvent[]> {
    return this.reading(() => this.statements.readAll.all(afterPosition, pageOf(limit)) as PositionedEvent[]);
  }

  override positionOf(ledger: string, sequence: number): Promise<number | null> {
    return this.reading(() => {
      const position = this.ofLedger(ledger, (number) => this.statements.position.get(number, sequence));
      return (position as number | undefined) ?? null;
    });
  }

  override latestCheckpoint(ledger: string): Promise<StoredCheckpoint | null> {
    return this.reading(() => {
      const row = this.ofLedger(ledger, (number) => this.statements.lastNote.get(number));
      return row ? { ledger, ...(row as Omit<StoredCheckpoint, 'ledger'>) } : null;
    });
  }

  override checkpoints(
    ledger: string,
    fromSize: number,
    limit: number,
  ): Promise<readonly StoredCheckpoint[]> {
    return this.reading(() => {
      const rows = this.ofLedger(ledger, (number) =>
        this.statements.notes.all(number, fromSize, pageOf(limit)),
      );
      return ((rows ?? []) as Omit<StoredCheckpoint, 'ledger'>[]).map((row) => ({ ledger, ...row }));
    });
  }

  /** It was written with its events, in one transaction. */
  override async keepCheckpoint({ ledger, size }: StoredCheckpoint): Promise<void> {
    if (!this.writer) throw openedForReading();
    const latest = await this.latestCheckpoint(ledger);
    if ((latest?.size ?? 0) < size) throw new RangeError(`ledger ${ledger} has no event ${size}`);
  }

  override onAppended(listener: (heads: readonly Head[]) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Waits for what was asked to be written, then lets the file go. */
  override close(): Promise<void> {
    this.closing ??= this.letGo();
    return this.closing;
  }

  private async letGo(): Promise<void> {
    // The last connection to go folds the log into the file, which a reader may not.
    this.reader.close();
    await this.writer?.close();
    this.lock?.close();
  }

  private tell(heads: readonly Head[]): void {
    for (const listener of this.listeners) listener(heads);
  }

  /** What a reading of one ledger answers; undefined for a ledger that does not exist. */
  private ofLedger(ledger: string, read: (number: number) => unknown): unknown {
    const known = this.ledgerNumbers.get(ledger);
    if (known !== undefined) return read(known);
    const number = this.statements.number.get(ledger) as number | undefined;
    if (number === undefined) return undefined;
    this.ledgerNumbers.set(ledger, number);
    return read(number);
  }

  private async reading<Answer>(read: () => Answer): Promise<Answer> {
    try {
      return read();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(`the events cannot be read: ${reason}`, 'not-written', { cause: error });
    }
  }
}

function headOf({ ledger, events }: AppendRequest): Head {
  const last = events.at(-1) as StoredEvent;
  return { ledger, sequence: last.sequence, hash: last.hash };
}

function pageOf(limit: number): number {
  return Math.max(0, Math.min(limit, LARGEST_PAGE));
}

function readingStatements(database: Database.Database) {
  return {
    number: database.prepare('SELECT number FROM ledgers WHERE ledger = ?').pluck(),
    heads: database.prepare(
      `SELECT ledgers.ledger AS ledger, sequence, hash
       FROM ledgers CROSS JOIN events ON events.ledger = ledgers.number
       WHERE ledgers.ledger > ? AND sequence = (SELECT max(sequence) FROM events AS own WHERE own.ledger = ledgers.number)
       ORDER BY ledgers.ledger LIMIT ?`,
    ),
    head: database.prepare(
      'SELECT sequence, hash FROM events WHERE ledger = ? ORDER BY sequence DESC LIMIT 1',
    ),
    read: database.prepare(
      'SELECT sequence, text, hash FROM events WHERE ledger = ? AND sequence >= ? ORDER BY sequence LIMIT ?',
    ),
    readAll: database.prepare(
      `SELECT ledgers.ledger AS ledger, sequence, text, hash, position
       FROM events JOIN ledgers ON ledgers.number = events.ledger
       WHERE position > ? ORDER BY position LIMIT ?`,
    ),
    position: database.prepare('SELECT position FROM events WHERE ledger = ? AND sequence = ?').pluck(),
    lastNote: database.prepare(
      'SELECT size, note FROM checkpoints WHERE ledger = ? ORDER BY size DESC LIMIT 1',
    ),
    notes: database.prepare(
      'SELECT size, note FROM checkpoints WHERE ledger = ? AND size >= ? ORDER BY size LIMIT ?',
    ),
  };
}
