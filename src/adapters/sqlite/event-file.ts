import Database from 'better-sqlite3';
import { UnusableFile } from '../../ports/unusable-file';

/** Below this SQLite can corrupt a WAL that two connections use (sqlite.org, "the WAL-reset bug"; fixed in 3.51.3). */
const OLDEST_SQLITE = '3.51.3';

const FORMAT = '1';

/**
 * Events are only ever added: triggers refuse everything else, and a sequence other than the next one, so that even a
 * bug cannot write twice or leave a hole.
 *
 * Two things are as they are because an append runs through them a thousand times (measured):
 * - What is refused while it is inserted FAILs instead of ABORTing, the reference is checked at COMMIT, and no
 *   condition calls a function: else SQLite copies every page that an INSERT touches, in case it must undo a part of
 *   it. Whoever inserts holds a savepoint.
 * - Checkpoints lie in the order in which they came, with a narrow index: kept by ledger, a group of many ledgers
 *   would rewrite a page full of notes for each of them.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS ledgers (
    number INTEGER PRIMARY KEY,
    ledger TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    ledger INTEGER NOT NULL REFERENCES ledgers (number) DEFERRABLE INITIALLY DEFERRED,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (ledger, sequence)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoints (
    number INTEGER PRIMARY KEY,
    ledger INTEGER NOT NULL REFERENCES ledgers (number) DEFERRABLE INITIALLY DEFERRED,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    UNIQUE (ledger, size)
  ) STRICT;
  CREATE TRIGGER IF NOT EXISTS events_are_gapless BEFORE INSERT ON events
    WHEN NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM events WHERE ledger = NEW.ledger), 0)
    BEGIN SELECT RAISE(FAIL, 'an event follows the last one'); END;
  CREATE TRIGGER IF NOT EXISTS events_are_kept BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;
  CREATE TRIGGER IF NOT EXISTS events_are_final BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
  CREATE TRIGGER IF NOT EXISTS checkpoints_are_kept BEFORE DELETE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'a checkpoint is never deleted'); END;
  CREATE TRIGGER IF NOT EXISTS checkpoints_are_final BEFORE UPDATE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
  CREATE TRIGGER IF NOT EXISTS ledgers_are_kept BEFORE DELETE ON ledgers
    BEGIN SELECT RAISE(ABORT, 'a ledger is never deleted'); END;
  CREATE TRIGGER IF NOT EXISTS ledgers_are_final BEFORE UPDATE ON ledgers
    BEGIN SELECT RAISE(ABORT, 'a ledger keeps its name'); END;
`;

/** Refuses a SQLite that cannot be trusted with a WAL. */
export function requireSafeSqlite(database: Database.Database): void {
  const version = String(database.prepare('SELECT sqlite_version()').pluck().get());
  if (compareVersions(version, OLDEST_SQLITE) >= 0) return;
  throw new Error(`SQLite ${version} can corrupt a write-ahead log; ${OLDEST_SQLITE} or later is needed`);
}

function compareVersions(left: string, right: string): number {
  const [major = 0, minor = 0, patch = 0] = left.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0, otherPatch = 0] = right.split('.').map(Number);
  return major - otherMajor || minor - otherMinor || patch - otherPatch;
}

/** Settings of every connection to an event file. */
function configure(database: Database.Database): void {
  database.pragma('busy_timeout = 5000');
  database.pragma('foreign_keys = ON');
  database.pragma('trusted_schema = OFF');
  // Else INSERT OR REPLACE would delete a row past the triggers that keep it.
  database.pragma('recursive_triggers = ON');
}

/**
 * The one connection that writes: what it has committed is on the disk (WAL, synchronous = FULL).
 *
 * @throws UnusableFile for a file of another program, which stays as it is
 */
export function openForWriting(file: string): Database.Database {
  return opened(new Database(file), (database) => {
    // Before anything is written: our tables would mix with those of others.
    requireOwnFile(database, file);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    // Checkpoints of the WAL come in the middle of an append: fewer and larger ones cost less in all.
    database.pragma('wal_autocheckpoint = 4000');
    // Each ledger has its own page of the index: those of ten thousand fit.
    database.pragma('cache_size = -65536');
  });
}

/** @throws when there is no such file, or it is of a format that this version does not know */
export function openForReading(file: string): Database.Database {
  return opened(new Database(file, { readonly: true, fileMustExist: true }), (database) => {
    database.pragma('cache_size = -32768');
    requireKnownFormat(database);
  });
}

function opened(
  database: Database.Database,
  prepare: (database: Database.Database) => void,
): Database.Database {
  try {
    configure(database);
    requireSafeSqlite(database);
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Makes the tables of a new file and names the store, once and for ever.
 *
 * @throws when the file is of a format that this version does not know
 */
export function prepareEventFile(database: Database.Database, newId: string): void {
  database.exec(SCHEMA);
  const keep = database.prepare('INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)');
  keep.run('format', FORMAT);
  keep.run('id', newId);
  requireKnownFormat(database);
}

function requireKnownFormat(database: Database.Database): void {
  const isOwn = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() !== undefined;
  const format = isOwn ? metaOf(database, 'format') : undefined;
  if (format === FORMAT) return;
  const message = `the event file has format ${String(format)}, not ${FORMAT}`;
  throw new UnusableFile('not-our-events', database.name, message);
}

/** The table `meta` is the first that is made, so that a start that was cut short leaves it or nothing. */
function requireOwnFile(database: Database.Database, file: string): void {
  const { all, own } = database
    .prepare('SELECT count(*) AS "all", count(*) FILTER (WHERE name = \'meta\') AS own FROM sqlite_schema')
    .get() as { all: number; own: number };
  if (all > 0 && own === 0)
    throw new UnusableFile('not-our-events', file, `${file} is a database of another program`);
}

export function metaOf(database: Database.Database, name: string): string | undefined {
  return database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(name) as string | undefined;
}

/**
 * SQLite's own name of an error, such as `SQLITE_FULL`; empty for any other. By its code and not by its class: the
 * driver keeps one class for the process, and a program may load the module more than once.
 */
export function sqliteCodeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
