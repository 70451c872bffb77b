import Database from 'better-sqlite3';
import { type HeldLease, type Lease, Leases, requireTtl } from '../../ports/leases';
import { requireSafeSqlite } from './event-file';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS leases (
    name TEXT PRIMARY KEY, token INTEGER NOT NULL, holder TEXT NOT NULL, until INTEGER NOT NULL
  ) STRICT
`;

export type SqliteLeasesOptions = {
  /** A file of their own, or `:memory:` where one process has nobody to share with. */
  readonly file: string;
  /** Milliseconds since 1970; the machine's clock by default. */
  readonly now?: () => number;
};

type Row = { readonly token: number; readonly holder: string; readonly until: number };

/** Opens leases in a SQLite file, or makes it. Its processes are on one machine and have one clock. */
export async function openSqliteLeases({ file, now = Date.now }: SqliteLeasesOptions): Promise<Leases> {
  const database = new Database(file);
  try {
    requireSafeSqlite(database);
    database.pragma('busy_timeout = 10000');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec(SCHEMA);
    return new SqliteLeases(database, now);
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteLeases extends Leases {
  constructor(
    private readonly database: Database.Database,
    private readonly now: () => number,
  ) {
    super();
  }

  override async acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    requireTtl(ttlMs);
    // The write lock comes first: what is read inside cannot change before what is written.
    return this.database.transaction(() => this.give(name, holder, ttlMs)).immediate();
  }

  override async renew({ name, holder, token }: Lease, ttlMs: number): Promise<Lease | null> {
    requireTtl(ttlMs);
    const expiresAt = this.now() + ttlMs;
    const { changes } = this.database
      .prepare('UPDATE leases SET until = ? WHERE name = ? AND holder = ? AND token = ?')
      .run(expiresAt, name, holder, token);
    return changes > 0 ? { name, holder, token, expiresAt } : null;
  }

  /** The row stays, so that its token goes on. */
  override async release({ name, holder, token }: Lease): Promise<void> {
    this.database
      .prepare(`UPDATE leases SET until = 0, holder = '' WHERE name = ? AND holder = ? AND token = ?`)
      .run(name, holder, token);
  }

  override async holder(name: string): Promise<HeldLease | null> {
    const row = this.row(name);
    return row && isHeld(row, this.now()) ? { name, holder: row.holder, token: row.token } : null;
  }

  override async running(prefix: string): Promise<readonly HeldLease[]> {
    return this.database
      .prepare(
        `SELECT name, holder, token FROM leases
         WHERE substr(name, 1, length(?)) = ? AND holder <> '' AND until > ? ORDER BY name`,
      )
      .all(prefix, prefix, this.now()) as HeldLease[];
  }

  override async close(): Promise<void> {
    this.database.close();
  }

  private give(name: string, holder: string, ttlMs: number): Lease | null {
    const now = this.now();
    const row = this.row(name);
    if (row && isHeld(row, now) && row.holder !== holder) return null;
    const token = Math.max(now, row ? row.token + 1 : 0);
    const expiresAt = now + ttlMs;
    this.database
      .prepare('INSERT OR REPLACE INTO leases (name, token, holder, until) VALUES (?, ?, ?, ?)')
      .run(name, token, holder, expiresAt);
    return { name, holder, token, expiresAt };
  }

  private row(name: string): Row | undefined {
    return this.database.prepare('SELECT token, holder, until FROM leases WHERE name = ?').get(name) as
      Row | undefined;
  }
}

function isHeld({ holder, until }: Row, now: number): boolean {
  return holder !== '' && until > now;
}
