import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Instant } from '../../kernel/day';
import { StoreUnavailable } from '../../ports/event-store';
import {
  AlreadyThere,
  type ApiKey,
  type CompanyReservation,
  type CustomerIdentity,
  type Invitation,
  type Membership,
  type RememberedAnswer,
  type ReservationOutcome,
  type Session,
  type User,
  Vault,
} from '../../ports/vault';
import { UnusableFile } from '../../ports/unusable-file';

const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    password_hash TEXT NOT NULL, firm_admin INTEGER NOT NULL, created_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE memberships (
    user TEXT NOT NULL REFERENCES users (id), company TEXT NOT NULL, role TEXT NOT NULL, expires_at TEXT,
    PRIMARY KEY (user, company)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (id), token_hash TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL, expires_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY, company TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, tills TEXT,
    key_hash TEXT NOT NULL UNIQUE, created_by TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT,
    last_used_at TEXT, revoked_at TEXT
  ) STRICT;
  CREATE INDEX api_keys_of_company ON api_keys (company, created_at, id);
  CREATE TABLE invitations (
    id TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, company TEXT, role TEXT NOT NULL, email TEXT,
    access_expires_at TEXT, created_by TEXT, created_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT
  ) STRICT;
  CREATE TABLE customers (
    company TEXT NOT NULL, customer TEXT NOT NULL, name TEXT NOT NULL, email TEXT, phone TEXT, address TEXT,
    note TEXT, PRIMARY KEY (company, customer)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE companies (
    siren TEXT PRIMARY KEY, company TEXT NOT NULL UNIQUE, idempotency_key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('pending', 'open'))
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE answers (
    scope TEXT NOT NULL, key TEXT NOT NULL, payload_hash TEXT NOT NULL, answer TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (scope, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX answers_by_age ON answers (at);
`;

const USER = `id, email, name, password_hash AS passwordHash, firm_admin AS firmAdmin, created_at AS createdAt`;
const SESSION = `id, user, token_hash AS tokenHash, created_at AS createdAt, expires_at AS expiresAt`;
const API_KEY = `id, company, name, role, tills, key_hash AS keyHash, created_by AS createdBy,
  created_at AS createdAt, expires_at AS expiresAt, last_used_at AS lastUsedAt, revoked_at AS revokedAt`;
const INVITATION = `id, token_hash AS tokenHash, company, role, email, access_expires_at AS accessExpiresAt,
  created_by AS createdBy, created_at AS createdAt, expires_at AS expiresAt`;
const RESERVATION = `siren, company, idempotency_key AS idempotencyKey, status`;
const ANSWER = `scope, key, payload_hash AS payloadHash, answer, at`;

type UserRow = Omit<User, 'firmAdmin'> & { readonly firmAdmin: number };
type ApiKeyRow = Omit<ApiKey, 'tills'> & { readonly tills: string | null };
type Value = string | number | null;

/**
 * The vault in one SQLite file of mode 0600, on the main thread: its writes are rare, and each is one small
 * transaction that is on the disk (`synchronous=FULL`) before it is answered. Erased names are overwritten
 * (`secure_delete`) and leave the write-ahead log at once.
 */
export class SqliteVault extends Vault {
  private readonly statements = new Map<string, Database.Statement>();

  private constructor(private readonly database: Database.Database) {
    super();
  }

  /** Opens the file, or makes it; `:memory:` is a vault that nobody will see again. @throws StoreUnavailable when it cannot be, UnusableFile when a newer Caisse wrote it */
  static open(path: string): SqliteVault {
    return translated(() => {
      if (path !== ':memory:') makePrivate(path);
      const database = new Database(path);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
      database.pragma('secure_delete = ON');
      database.pragma('busy_timeout = 5000');
      migrate(database, path);
      return new SqliteVault(database);
    });
  }

  async addUser(user: User): Promise<void> {
    translated(() => this.insertUser(user));
  }

  async addFirstUser(user: User): Promise<boolean> {
    return this.inTransaction(() => {
      if (this.one('SELECT 1 FROM users WHERE firm_admin = 1')) return false;
      this.insertUser(user);
      return true;
    });
  }

  async hasFirmAdmin(): Promise<boolean> {
    return this.one('SELECT 1 FROM users WHERE firm_admin = 1 LIMIT 1') !== null;
  }

  async user(id: string): Promise<User | null> {
    return userOf(this.one<UserRow>(`SELECT ${USER} FROM users WHERE id = ?`, id));
  }

  async userByEmail(email: string): Promise<User | null> {
    return userOf(this.one<UserRow>(`SELECT ${USER} FROM users WHERE email_key = ?`, emailKey(email)));
  }

  async setPasswordHash(user: string, passwordHash: string): Promise<void> {
    this.run('UPDATE users SET password_hash = ? WHERE id = ?', passwordHash, user);
  }

  async memberships(user: string): Promise<readonly Membership[]> {
    return this.all<Membership>(
      'SELECT user, company, role, expires_at AS expiresAt FROM memberships WHERE user = ? ORDER BY company',
      user,
    );
  }

  async putMembership({ user, company, role, expiresAt }: Membership): Promise<void> {
    this.run(
      `INSERT INTO memberships (user, company, role, expires_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (user, company) DO UPDATE SET role = excluded.role, expires_at = excluded.expires_at`,
      user,
      company,
      role,
      expiresAt,
    );
  }

  async removeMembership(user: string, company: string): Promise<boolean> {
    return this.run('DELETE FROM memberships WHERE user = ? AND company = ?', user, company) > 0;
  }

  async addSession({ id, user, tokenHash, createdAt, expiresAt }: Session): Promise<void> {
    this.run(
      'INSERT INTO sessions (id, user, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)',
      id,
      user,
      tokenHash,
      createdAt,
      expiresAt,
    );
  }

  async sessionByTokenHash(tokenHash: string): Promise<Session | null> {
    return this.one<Session>(`SELECT ${SESSION} FROM sessions WHERE token_hash = ?`, tokenHash);
  }

  async extendSession(id: string, expiresAt: Instant): Promise<void> {
    this.run('UPDATE sessions SET expires_at = ? WHERE id = ? AND expires_at < ?', expiresAt, id, expiresAt);
  }

  async removeSession(id: string): Promise<void> {
    this.run('DELETE FROM sessions WHERE id = ?', id);
  }

  async removeExpiredSessions(now: Instant): Promise<number> {
    return this.run('DELETE FROM sessions WHERE expires_at <= ?', now);
  }

  async addApiKey(key: ApiKey): Promise<void> {
    this.run(
      `INSERT INTO api_keys (id, company, name, role, tills, key_hash, created_by, created_at, expires_at, last_used_at, revoked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      key.id,
      key.company,
      key.name,
      key.role,
      key.tills === null ? null : JSON.stringify(key.tills),
      key.keyHash,
      key.createdBy,
      key.createdAt,
      key.expiresAt,
      key.lastUsedAt,
      key.revokedAt,
    );
  }

  async apiKeyByHash(keyHash: string): Promise<ApiKey | null> {
    const row = this.one<ApiKeyRow>(`SELECT ${API_KEY} FROM api_keys WHERE key_hash = ?`, keyHash);
    return row && apiKeyOf(row);
  }

  async apiKeys(company: string): Promise<readonly ApiKey[]> {
    return this.all<ApiKeyRow>(
      `SELECT ${API_KEY} FROM api_keys WHERE company = ? ORDER BY created_at, id`,
      company,
    ).map(apiKeyOf);
  }

  async revokeApiKey(company: string, id: string, at: Instant): Promise<boolean> {
    const sql = 'UPDATE api_keys SET revoked_at = ? WHERE company = ? AND id = ? AND revoked_at IS NULL';
    return this.run(sql, at, company, id) > 0;
  }

  async noteApiKeyUse(id: string, at: Instant): Promise<void> {
    this.run('UPDATE api_keys SET last_used_at = ? WHERE id = ?', at, id);
  }

  async addInvitation(invitation: Invitation): Promise<void> {
    this.run(
      `INSERT INTO invitations (id, token_hash, company, role, email, access_expires_at, created_by, created_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      invitation.id,
      invitation.tokenHash,
      invitation.company,
      invitation.role,
      invitation.email,
      invitation.accessExpiresAt,
      invitation.createdBy,
      invitation.createdAt,
      invitation.expiresAt,
    );
  }

  async invitation(tokenHash: string, now: Instant): Promise<Invitation | null> {
    return this.usableInvitation(tokenHash, now);
  }

  async acceptInvitation(
    tokenHash: string,
    who: { readonly newUser: User } | { readonly user: string },
    now: Instant,
  ): Promise<Invitation | null> {
    return this.inTransaction(() => {
      const invitation = this.usableInvitation(tokenHash, now);
      if (!invitation) return null;
      this.run('UPDATE invitations SET used_at = ? WHERE id = ?', now, invitation.id);
      if ('newUser' in who) this.insertUser(who.newUser);
      this.grant(invitation, 'newUser' in who ? who.newUser.id : who.user);
      return invitation;
    });
  }

  async putCustomer(identity: CustomerIdentity): Promise<void> {
    this.run(
      `INSERT OR REPLACE INTO customers (company, customer, name, email, phone, address, note) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      identity.company,
      identity.customer,
      identity.name,
      identity.email,
      identity.phone,
      identity.address,
      identity.note,
    );
  }

  async customer(company: string, customer: string): Promise<CustomerIdentity | null> {
    return this.one('SELECT * FROM customers WHERE company = ? AND customer = ?', company, customer);
  }

  async customers(company: string, ids?: readonly string[]): Promise<readonly CustomerIdentity[]> {
    const all = 'SELECT * FROM customers WHERE company = ?';
    if (ids === undefined) return this.all(`${all} ORDER BY customer`, company);
    const some = `${all} AND customer IN (SELECT value FROM json_each(?)) ORDER BY customer`;
    return this.all(some, company, JSON.stringify(ids));
  }

  async eraseCustomer(company: string, customer: string): Promise<boolean> {
    const erased =
      this.run('DELETE FROM customers WHERE company = ? AND customer = ?', company, customer) > 0;
    // The write-ahead log still holds the page with the name.
    if (erased) this.database.pragma('wal_checkpoint(TRUNCATE)');
    return erased;
  }

  async reserveCompany(wanted: Omit<CompanyReservation, 'status'>): Promise<ReservationOutcome> {
    const { siren, company, idempotencyKey } = wanted;
    return this.inTransaction(() => {
      const ofKey = this.one<CompanyReservation>(
        `SELECT ${RESERVATION} FROM companies WHERE idempotency_key = ?`,
        idempotencyKey,
      );
      if (ofKey) return { outcome: ofKey.siren === siren ? 'same' : 'key-used', reservation: ofKey };
      const ofSiren = this.one<CompanyReservation>(
        `SELECT ${RESERVATION} FROM companies WHERE siren = ?`,
        siren,
      );
      if (ofSiren) return { outcome: 'taken', reservation: ofSiren };
      this.run(
        `INSERT INTO companies (siren, company, idempotency_key, status) VALUES (?, ?, ?, 'pending')`,
        siren,
        company,
        idempotencyKey,
      );
      return { outcome: 'reserved', reservation: { siren, company, idempotencyKey, status: 'pending' } };
    });
  }

  async confirmCompany(company: string): Promise<void> {
    this.run(`UPDATE companies SET status = 'open' WHERE company = ?`, company);
  }

  async releaseCompany(company: string): Promise<boolean> {
    return this.run(`DELETE FROM companies WHERE company = ? AND status = 'pending'`, company) > 0;
  }

  async pendingCompanies(): Promise<readonly CompanyReservation[]> {
    return this.all(`SELECT ${RESERVATION} FROM companies WHERE status = 'pending' ORDER BY company`);
  }

  async hasCompany(company: string): Promise<boolean> {
    return this.one(`SELECT 1 FROM companies WHERE company = ? AND status = 'open'`, company) !== null;
  }

  async companies(after: string | null, limit: number): Promise<readonly string[]> {
    const sql = `SELECT company FROM companies WHERE company > ? AND status = 'open' ORDER BY company LIMIT ?`;
    return this.all<{ company: string }>(sql, after ?? '', limit).map(({ company }) => company);
  }

  async remembered(scope: string, key: string): Promise<RememberedAnswer | null> {
    return this.one(`SELECT ${ANSWER} FROM answers WHERE scope = ? AND key = ?`, scope, key);
  }

  async remember(answer: RememberedAnswer): Promise<RememberedAnswer> {
    const { scope, key, payloadHash, at } = answer;
    return this.inTransaction(() => {
      const first = this.one<RememberedAnswer>(
        `SELECT ${ANSWER} FROM answers WHERE scope = ? AND key = ?`,
        scope,
        key,
      );
      if (first) return first;
      const sql = 'INSERT INTO answers (scope, key, payload_hash, answer, at) VALUES (?, ?, ?, ?, ?)';
      this.run(sql, scope, key, payloadHash, answer.answer, at);
      return answer;
    });
  }

  async forgetAnswersBefore(at: Instant): Promise<number> {
    return this.run('DELETE FROM answers WHERE at < ?', at);
  }

  async close(): Promise<void> {
    this.database.close();
  }

  private insertUser({ id, email, name, passwordHash, firmAdmin, createdAt }: User): void {
    this.run(
      `INSERT INTO users (id, email, email_key, name, password_hash, firm_admin, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      id,
      email,
      emailKey(email),
      name,
      passwordHash,
      firmAdmin ? 1 : 0,
      createdAt,
    );
  }

  private usableInvitation(tokenHash: string, now: Instant): Invitation | null {
    const sql = `SELECT ${INVITATION} FROM invitations WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?`;
    return this.one<Invitation>(sql, tokenHash, now);
  }

  private grant({ company, role, accessExpiresAt }: Invitation, user: string): void {
    if (role === 'firm-admin') {
      this.run('UPDATE users SET firm_admin = 1 WHERE id = ?', user);
    } else if (company !== null) {
      this.run(
        'INSERT OR REPLACE INTO memberships (user, company, role, expires_at) VALUES (?, ?, ?, ?)',
        user,
        company,
        role,
        accessExpiresAt,
      );
    }
  }

  /** Takes the write lock first, so that what is read inside cannot change before what is written. */
  private inTransaction<Result>(work: () => Result): Result {
    return translated(() => this.database.transaction(work).immediate());
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a query's row type is known to who wrote the SQL
  private one<Row>(sql: string, ...values: Value[]): Row | null {
    return translated(() => (this.prepared(sql).get(...values) as Row | undefined) ?? null);
  }

  private all<Row>(sql: string, ...values: Value[]): Row[] {
    return translated(() => this.prepared(sql).all(...values) as Row[]);
  }

  private run(sql: string, ...values: Value[]): number {
    return translated(() => this.prepared(sql).run(...values).changes);
  }

  private prepared(sql: string): Database.Statement {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

/** Made with its mode before SQLite writes a byte; its companions (-wal, -shm) take the mode over. */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

function migrate(database: Database.Database, path: string): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version > SCHEMA_VERSION)
    throw new UnusableFile(
      'newer-vault',
      path,
      `${path} was written by a newer version of Caisse (${version})`,
    );
  if (version === SCHEMA_VERSION) return;
  database
    .transaction(() => {
      database.exec(SCHEMA);
      database.pragma(`user_version = ${SCHEMA_VERSION}`);
    })
    .immediate();
}

/** One person, one account, however the address is written. */
function emailKey(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase();
}

function userOf(row: UserRow | null): User | null {
  return row && { ...row, firmAdmin: row.firmAdmin === 1 };
}

function apiKeyOf(row: ApiKeyRow): ApiKey {
  return { ...row, tills: row.tills === null ? null : (JSON.parse(row.tills) as string[]) };
}

/** Errors of SQLite and of the file system as the port's. What is neither is a bug and passes. */
function translated<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)/.test(code))
      throw new AlreadyThere('the vault has that already', { cause: error });
    if (/^(SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN)|E[A-Z]+$)/.test(code))
      throw new StoreUnavailable(`the vault did not answer: ${code}`, 'not-written', { cause: error });
    throw error;
  }
}
