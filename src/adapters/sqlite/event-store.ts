import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { compiledFile } from '../../platform/compiled';
import {
  type AppendRequest,
  EventStore,
  type Head,
  type PositionedEvent,
  type StoredCheckpoint,
  type StoredEvent,
  StoreUnavailable,
  WrongRevision,
} from '../../ports/event-store';
import { metaOf, openForReading, openForWriting, prepareEventFile } from './event-file';
import type { AppendResult, FromWriter, ToWriter, WriterData } from './event-store.protocol';

export type EventStoreOptions = {
  readonly file: string;
  /** For a second process or thread: reads what the first one writes, and cannot append. */
  readonly readOnly?: boolean;
};

/** Another process has the file: a SQLite event store belongs to one process. */
export class StoreLocked extends Error {
  override readonly name = 'StoreLocked';
}

/** Rows that one call reads at most, whatever it is asked for. */
const LARGEST_PAGE = 10_000;

/** Opens an event file, making it when it does not exist. @throws StoreLocked */
export function openSqliteEventStore({ file, readOnly = false }: EventStoreOptions): Promise<EventStore> {
  if (readOnly) return Promise.resolve(new SqliteEventStore(file, null));
  mkdirSync(dirname(file), { recursive: true });
  const lock = lockEventFile(file);
  const database = openForWriting(file);
  try {
    prepareEventFile(database, randomUUID());
  } finally {
    database.close();
  }
  return Promise.resolve(new SqliteEventStore(file, lock));
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
    throw new StoreLocked(`another process uses ${file}`, { cause: error });
  }
}

type Waiting = {
  readonly request: AppendRequest;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** Events in one SQLite file: written by a thread of its own, in groups; read here, in pages. */
class SqliteEventStore extends EventStore {
  private readonly reader: Database.Database;
  private readonly statements: ReturnType<typeof readingStatements>;
  private readonly ledgerNumbers = new Map<string, number>();
  private readonly listeners = new Set<(heads: readonly Head[]) => void>();
  private worker: Worker | null = null;
  private waiting: Waiting[] = [];
  private underWay: readonly Waiting[] | null = null;
  private scheduled = false;
  private closed = false;

  constructor(
    private readonly file: string,
    private readonly lock: Database.Database | null,
  ) {
    super();
    this.reader = openForReading(file);
    this.statements = readingStatements(this.reader);
  }

  override id(): Promise<string> {
    return Promise.resolve(metaOf(this.reader, 'id') ?? '');
  }

  override append(request: AppendRequest): Promise<void> {
    if (this.lock === null) return Promise.reject(new StoreUnavailable('opened for reading', 'not-written'));
    if (this.closed) return Promise.reject(new StoreUnavailable('the store is closed', 'not-written'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      this.schedule();
    });
  }

  override head(ledger: string): Promise<Head | null> {
    const number = this.numberOf(ledger);
    const row =
      number === null ? undefined : (this.statements.head.get(number) as Omit<Head, 'ledger'> | undefined);
    return Promise.resolve(row ? { ledger, sequence: row.sequence, hash: row.hash } : null);
  }

  override async heads(after: string | null, limit: number): Promise<readonly Head[]> {
    const ids = this.statements.ledgers.all(after ?? '', pageOf(limit)) as string[];
    const heads = await Promise.all(ids.map((id) => this.head(id)));
    return heads.flatMap((head) => (head ? [head] : []));
  }

  override read(ledger: string, fromSequence: number, limit: number): Promise<readonly StoredEvent[]> {
    const number = this.numberOf(ledger);
    if (number === null) return Promise.resolve([]);
    const rows = this.statements.read.all(number, fromSequence, pageOf(limit)) as Omit<
      StoredEvent,
      'ledger'
    >[];
    return Promise.resolve(rows.map(({ sequence, text, hash }) => ({ ledger, sequence, text, hash })));
  }

  override readAll(afterPosition: number, limit: number): Promise<readonly PositionedEvent[]> {
    return Promise.resolve(this.statements.readAll.all(afterPosition, pageOf(limit)) as PositionedEvent[]);
  }

  override positionOf(ledger: string, sequence: number): Promise<number | null> {
    const number = this.numberOf(ledger);
    if (number === null) return Promise.resolve(null);
    return Promise.resolve((this.statements.position.get(number, sequence) as number | undefined) ?? null);
  }

  override async latestCheckpoint(ledger: string): Promise<StoredCheckpoint | null> {
    const number = this.numberOf(ledger);
    const row =
      number === null
        ? undefined
        : (this.statements.lastNote.get(number) as Omit<StoredCheckpoint, 'ledger'>);
    return Promise.resolve(row ? { ledger, ...row } : null);
  }

  override checkpoints(
    ledger: string,
    fromSize: number,
    limit: number,
  ): Promise<readonly StoredCheckpoint[]> {
    const number = this.numberOf(ledger);
    if (number === null) return Promise.resolve([]);
    const rows = this.statements.notes.all(number, fromSize, pageOf(limit)) as Omit<
      StoredCheckpoint,
      'ledger'
    >[];
    return Promise.resolve(rows.map((row) => ({ ledger, ...row })));
  }

  override onAppended(listener: (heads: readonly Head[]) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Waits for what is being written, then lets the file go. */
  override async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    while (this.waiting.length > 0 || this.underWay) await new Promise((resolve) => setTimeout(resolve, 1));
    const { worker } = this;
    if (worker) {
      const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      worker.postMessage({ close: true } satisfies ToWriter);
      await ended;
    }
    this.reader.close();
    this.lock?.close();
  }

  private numberOf(ledger: string): number | null {
    const known = this.ledgerNumbers.get(ledger);
    if (known !== undefined) return known;
    const number = this.statements.number.get(ledger) as number | undefined;
    if (number !== undefined) this.ledgerNumbers.set(ledger, number);
    return number ?? null;
  }

  /** Appends of all ledgers that are ready go together: one message, one transaction, one sync. */
  private schedule(): void {
    if (this.scheduled || this.underWay) return;
    this.scheduled = true;
    // Promise callbacks of this turn may still bring other ledgers' appends.
    setImmediate(() => {
      this.scheduled = false;
      this.send();
    });
  }

  private send(): void {
    if (this.underWay || this.waiting.length === 0) return;
    const group = this.waiting;
    this.waiting = [];
    this.underWay = group;
    const appends = group.map(({ request }) => ({
      ledger: request.ledger,
      expectedSequence: request.expectedSequence,
      texts: request.events.map((event) => event.text),
      hashes: request.events.map((event) => event.hash),
      checkpoint: request.checkpoint,
    }));
    this.thread().postMessage({ appends } satisfies ToWriter);
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const workerData: WriterData = { file: this.file };
    const worker = new Worker(compiledFile('src/adapters/sqlite/event-store.worker'), { workerData });
    worker.on('message', (message: FromWriter) => {
      if ('results' in message) this.answered(message.results);
    });
    worker.on('error', (error) => this.broken(worker, error));
    worker.on('exit', () => this.broken(worker, new Error('the writing thread ended')));
    this.worker = worker;
    return worker;
  }

  private answered(results: readonly AppendResult[]): void {
    const group = this.underWay ?? [];
    this.underWay = null;
    const heads: Head[] = [];
    group.forEach((waiting, index) => {
      const result = results[index];
      settle(waiting, result);
      if (result?.outcome === 'written') heads.push(headOf(waiting.request));
    });
    if (this.waiting.length > 0) this.send();
    if (heads.length > 0) for (const listener of this.listeners) listener(heads);
  }

  /** The thread is gone: whether the group was written nobody knows; the next one gets a new thread. */
  private broken(worker: Worker, cause: Error): void {
    if (this.worker !== worker) return;
    this.worker = null;
    const group = this.underWay ?? [];
    this.underWay = null;
    for (const { reject } of group)
      reject(new StoreUnavailable('the writing thread stopped', 'unknown', { cause }));
    if (this.waiting.length > 0) this.send();
  }
}

function settle({ request, resolve, reject }: Waiting, result: AppendResult | undefined): void {
  if (result?.outcome === 'written') resolve();
  else if (result?.outcome === 'conflict') {
    reject(new WrongRevision(request.ledger, request.expectedSequence, result.actualSequence));
  } else reject(new StoreUnavailable(result?.message ?? 'no answer', result?.known ?? 'unknown'));
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
    ledgers: database.prepare('SELECT ledger FROM ledgers WHERE ledger > ? ORDER BY ledger LIMIT ?').pluck(),
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
