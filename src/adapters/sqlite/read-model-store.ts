import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import {
  type Document,
  type DocumentRange,
  type DocumentWrite,
  type ProjectionCheckpoint,
  ReadModelStore,
  type StoredSnapshot,
} from '../../ports/read-model-store';
import { UnusableFile } from '../../ports/unusable-file';
import { requireSafeSqlite, sqliteCodeOf } from './event-file';

/** Raise it when the tables change: a file of another format is made anew, since all of it follows from the events. */
const FORMAT = 2;

/** In the header of a file of read models (`PRAGMA application_id`): who made it, whatever its format. */
const APPLICATION_ID = 0x43_61_52_4d;

/** In a row, on another page than the header: what is left of a file whose first page is lost still says whose it is. */
const MARK = 'caisse-read-models-7a0f3f4e-5d1c-4c68-9a55-61b1d5a4c2ee';
const MARK_SETTING = 'made-by';

/** Tables of the first format, which bore no mark. */
const UNMARKED_TABLES = ['names', 'documents', 'checkpoints', 'settings', 'snapshots', 'snapshot_chunks'];

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS documents (
    collection INTEGER NOT NULL, ledger INTEGER NOT NULL, key TEXT NOT NULL,
    sequence INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (collection, ledger, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS checkpoints (
    projection TEXT PRIMARY KEY, store TEXT NOT NULL, position INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS snapshots (
    ledger TEXT PRIMARY KEY, version INTEGER NOT NULL, sequence INTEGER NOT NULL,
    hash TEXT NOT NULL, mac TEXT NOT NULL, chunks INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS snapshot_chunks (
    ledger TEXT NOT NULL, chunk INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (ledger, chunk)
  ) STRICT;
`;

/** No row near the limits of any engine. */
const CHUNK_BYTES = 1024 * 1024;

/** The end of a range without an end: in SQLite every BLOB comes after every text. */
const AFTER_ALL = Buffer.alloc(0);

/** Documents that one transaction deletes: others may write in between. */
const DROPPED_AT_ONCE = 10_000;

export type ReadModelStoreOptions = {
  readonly file: string;
  /** Called when a file could not be used and was made anew. */
  readonly onReset?: (reason: string) => void;
};

/** The file is whole and ours, but not what this version reads. */
class OtherFormat extends Error {
  override readonly name = 'OtherFormat';
}

/**
 * Opens a file of read models. One of ours that is damaged or of another format is put aside, and a new one is made:
 * all of it follows from the events. A file that does not bear our mark was named by mistake, and may be all that
 * somebody has: it stays as it is. Whatever else is in the way (a full disk, a folder that cannot be written) is not
 * the file's fault.
 *
 * @throws UnusableFile for a file that is not ours, else when the file cannot be opened for another reason
 */
export async function openSqliteReadModelStore(options: ReadModelStoreOptions): Promise<ReadModelStore> {
  const { file, onReset } = options;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    return new SqliteReadModelStore(open(file));
  } catch (error) {
    if (!isOfTheFile(error)) throw error;
    if (!(error instanceof OtherFormat) && !isRemnantOfOurs(file)) throw notOurs(file, error);
    putAside(file);
    onReset?.(error.message);
    return new SqliteReadModelStore(open(file));
  }
}

function isOfTheFile(error: unknown): error is Error {
  if (error instanceof OtherFormat) return true;
  return /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCodeOf(error));
}

function notOurs(file: string, cause?: unknown): UnusableFile {
  const message = `${file} was not made for read models, and is left as it is`;
  return new UnusableFile('not-our-read-models', file, message, { cause });
}

const HEADER = 'SQLite format 3\0';
const APPLICATION_ID_AT = 68;
/** The mark is in one of the first rows that are written: it lies in the first pages of the file. */
const SEARCHED_BYTES = 1024 * 1024;

/** Whether a file that SQLite cannot read is what is left of one of ours. */
function isRemnantOfOurs(file: string): boolean {
  return bearsMark(file) || isBlank(file);
}

function bearsMark(file: string): boolean {
  const [start = Buffer.alloc(0)] = piecesOf(file);
  const isSqlite = start.length >= APPLICATION_ID_AT + 4 && start.toString('latin1', 0, 16) === HEADER;
  return (isSqlite && start.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID) || start.includes(MARK);
}

/** A file of zeros is what a power cut leaves where nothing had come to the disk: there is nothing in it to lose. */
function isBlank(file: string): boolean {
  for (const piece of piecesOf(file)) if (piece.some((byte) => byte !== 0)) return false;
  return true;
}

/** The bytes of a file, a piece at a time; none where there is no file. */
function* piecesOf(file: string): Generator<Buffer> {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return;
  }
  try {
    const piece = Buffer.alloc(SEARCHED_BYTES);
    for (;;) {
      const length = readSync(descriptor, piece);
      if (length === 0) return;
      yield piece.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

function putAside(file: string): void {
  rmSync(`${file}.damaged`, { force: true });
  renameSync(file, `${file}.damaged`);
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}

function open(file: string): Database.Database {
  const database = new Database(file);
  try {
    requireSafeSqlite(database);
    database.pragma('busy_timeout = 10000');
    database.pragma('trusted_schema = OFF');
    // Before anything is written: the file may be somebody else's.
    const isNew = isEmpty(database);
    if (!isNew) requireOwnFormat(database, file);
    database.pragma('journal_mode = WAL');
    // It is disposable: a crash may cost its last moments, never its consistency.
    database.pragma('synchronous = NORMAL');
    database.pragma('cache_size = -65536');
    database.pragma('wal_autocheckpoint = 8000');
    // Nothing is written to a file that is as it should be: another connection may be in a long transaction.
    if (isNew) database.transaction(() => make(database, file)).immediate();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function numberIn(database: Database.Database, pragma: string): number {
  return database.pragma(pragma, { simple: true }) as number;
}

function isEmpty(database: Database.Database): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

/** @throws UnusableFile, OtherFormat */
function requireOwnFormat(database: Database.Database, file: string): void {
  if (!isOurs(database)) throw notOurs(file);
  const format = numberIn(database, 'user_version');
  if (format !== FORMAT) throw new OtherFormat(`the read models have format ${format}, not ${FORMAT}`);
}

function isOurs(database: Database.Database): boolean {
  if (numberIn(database, 'application_id') === APPLICATION_ID) return true;
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  return UNMARKED_TABLES.every((table) => tables.includes(table));
}

/** Makes the tables, unless another connection just has. @throws UnusableFile, OtherFormat */
function make(database: Database.Database, file: string): void {
  if (!isEmpty(database)) return requireOwnFormat(database, file);
  database.exec(SCHEMA);
  database.prepare('INSERT INTO settings (name, value) VALUES (?, ?)').run(MARK_SETTING, MARK);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${FORMAT}`);
}

type Row = { readonly key: string; readonly sequence: number; readonly body: string };

class SqliteReadModelStore extends ReadModelStore {
  private readonly statements: ReturnType<typeof statementsOf>;
  private readonly numbers = new Map<string, number>();

  constructor(private readonly database: Database.Database) {
    super();
    this.statements = statementsOf(database);
  }

  override async get(collection: string, ledger: string, key: string): Promise<Document | null> {
    const row = this.row(collection, ledger, key);
    return row ? documentOf(row) : null;
  }

  override async getAcross(
    collection: string,
    ledgers: readonly string[],
    key: string,
  ): Promise<ReadonlyMap<string, Document>> {
    const found = new Map<string, Document>();
    for (const ledger of ledgers) {
      const row = this.row(collection, ledger, key);
      if (row) found.set(ledger, documentOf(row));
    }
    return found;
  }

  override async getMany(
    collection: string,
    ledger: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Document>> {
    const found = new Map<string, Document>();
    for (const key of keys) {
      const row = this.row(collection, ledger, key);
      if (row) found.set(key, documentOf(row));
    }
    return found;
  }

  override async list(
    collection: string,
    ledger: string,
    range: DocumentRange,
  ): Promise<readonly Document[]> {
    const numbers = this.numbersOf(collection, ledger);
    if (!numbers) return [];
    const statement = range.descending === true ? this.statements.descending : this.statements.ascending;
    const rows = statement.all(
      ...numbers,
      range.from ?? '',
      range.to ?? AFTER_ALL,
      Math.max(0, range.limit),
    ) as Row[];
    return rows.map(documentOf);
  }

  override write(
    documents: readonly DocumentWrite[],
    checkpoints: readonly ProjectionCheckpoint[],
  ): Promise<void> {
    return this.inTransaction(() => {
      for (const { collection, ledger, key, sequence, body } of documents) {
        this.statements.save.run(
          this.nameOf(collection),
          this.nameOf(ledger),
          key,
          sequence,
          JSON.stringify(body),
        );
      }
      for (const { projection, storeId, position } of checkpoints) {
        this.statements.saveCheckpoint.run(projection, storeId, position);
      }
    });
  }

  override async checkpoint(projection: string): Promise<ProjectionCheckpoint | null> {
    const row = this.statements.checkpoint.get(projection) as { store: string; position: number } | undefined;
    return row ? { projection, storeId: row.store, position: row.position } : null;
  }

  /** First its checkpoint, so that it is never ahead of its documents; then them, a part at a time. */
  override async drop(collection: string): Promise<void> {
    await this.inTransaction(() => this.statements.dropCheckpoint.run(collection));
    const number = this.numberOf(collection);
    if (number === undefined) return;
    let dropped: number;
    do {
      dropped = this.statements.drop.run(number, DROPPED_AT_ONCE).changes;
      await new Promise((resolve) => setImmediate(resolve));
    } while (dropped === DROPPED_AT_ONCE);
  }

  /** All is one file. */
  override lost(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  override async setting(name: string): Promise<string | null> {
    return (this.statements.setting.get(name) as string | undefined) ?? null;
  }

  override async saveSetting(name: string, value: string): Promise<void> {
    this.statements.saveSetting.run(name, value);
  }

  override async snapshot(ledger: string): Promise<StoredSnapshot | null> {
    return this.database.transaction(() => this.readSnapshot(ledger))();
  }

  override saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    return this.inTransaction(() => {
      const { ledger, stateVersion, sequence, hash, mac, bytes } = snapshot;
      const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
      this.statements.dropChunks.run(ledger);
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        this.statements.saveChunk.run(
          ledger,
          chunk,
          bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES),
        );
      }
      this.statements.saveSnapshot.run(ledger, stateVersion, sequence, hash, mac, chunks);
    });
  }

  override dropSnapshots(): Promise<void> {
    return this.inTransaction(() => this.database.exec('DELETE FROM snapshots; DELETE FROM snapshot_chunks'));
  }

  override async close(): Promise<void> {
    this.database.close();
  }

  private async inTransaction(work: () => unknown): Promise<void> {
    try {
      this.database.transaction(work).immediate();
    } catch (error) {
      // Numbers that were given inside a transaction that was taken back do not exist.
      this.numbers.clear();
      throw error;
    }
  }

  private readSnapshot(ledger: string): StoredSnapshot | null {
    const row = this.statements.snapshot.get(ledger) as SnapshotRow | undefined;
    if (!row) return null;
    const chunks = this.statements.chunks.all(ledger) as Buffer[];
    if (chunks.length !== row.chunks) return null;
    const { version, sequence, hash, mac } = row;
    return {
      ledger,
      stateVersion: version,
      sequence,
      hash,
      mac,
      bytes: new Uint8Array(Buffer.concat(chunks)),
    };
  }

  private row(collection: string, ledger: string, key: string): Row | undefined {
    const numbers = this.numbersOf(collection, ledger);
    return numbers ? (this.statements.get.get(...numbers, key) as Row | undefined) : undefined;
  }

  private numbersOf(collection: string, ledger: string): [number, number] | null {
    const first = this.numberOf(collection);
    const second = this.numberOf(ledger);
    return first === undefined || second === undefined ? null : [first, second];
  }

  private numberOf(name: string): number | undefined {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const number = this.statements.number.get(name) as number | undefined;
    if (number !== undefined) this.numbers.set(name, number);
    return number;
  }

  private nameOf(name: string): number {
    const known = this.numberOf(name);
    if (known !== undefined) return known;
    this.statements.saveName.run(name);
    return this.numberOf(name) as number;
  }
}

type SnapshotRow = {
  readonly version: number;
  readonly sequence: number;
  readonly hash: string;
  readonly mac: string;
  readonly chunks: number;
};

function documentOf({ key, sequence, body }: Row): Document {
  return { key, sequence, body: JSON.parse(body) as unknown };
}

function statementsOf(database: Database.Database) {
  const range = `SELECT key, sequence, body FROM documents
    WHERE collection = ? AND ledger = ? AND key >= ? AND key < ?`;
  return {
    number: database.prepare('SELECT number FROM names WHERE name = ?').pluck(),
    saveName: database.prepare('INSERT OR IGNORE INTO names (name) VALUES (?)'),
    get: database.prepare(
      'SELECT key, sequence, body FROM documents WHERE collection = ? AND ledger = ? AND key = ?',
    ),
    ascending: database.prepare(`${range} ORDER BY key LIMIT ?`),
    descending: database.prepare(`${range} ORDER BY key DESC LIMIT ?`),
    save: database.prepare(
      `INSERT INTO documents (collection, ledger, key, sequence, body) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET sequence = excluded.sequence, body = excluded.body
       WHERE excluded.sequence >= documents.sequence`,
    ),
    drop: database.prepare(
      `DELETE FROM documents WHERE (collection, ledger, key) IN
         (SELECT collection, ledger, key FROM documents WHERE collection = ? LIMIT ?)`,
    ),
    checkpoint: database.prepare('SELECT store, position FROM checkpoints WHERE projection = ?'),
    saveCheckpoint: database.prepare(
      `INSERT INTO checkpoints (projection, store, position) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET store = excluded.store, position = excluded.position`,
    ),
    dropCheckpoint: database.prepare('DELETE FROM checkpoints WHERE projection = ?'),
    setting: database.prepare('SELECT value FROM settings WHERE name = ?').pluck(),
    saveSetting: database.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)'),
    snapshot: database.prepare('SELECT version, sequence, hash, mac, chunks FROM snapshots WHERE ledger = ?'),
    chunks: database.prepare('SELECT bytes FROM snapshot_chunks WHERE ledger = ? ORDER BY chunk').pluck(),
    saveSnapshot: database.prepare(
      'INSERT OR REPLACE INTO snapshots (ledger, version, sequence, hash, mac, chunks) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    saveChunk: database.prepare('INSERT INTO snapshot_chunks (ledger, chunk, bytes) VALUES (?, ?, ?)'),
    dropChunks: database.prepare('DELETE FROM snapshot_chunks WHERE ledger = ?'),
  };
}
