import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SqliteVault } from '../../src/adapters/sqlite/vault';
import { StoreUnavailable } from '../../src/ports/event-store';
import { aSqliteVault } from '../support/sqlite-stores';
import { describeVault } from './vault.contract';

describeVault('SQLite', () => aSqliteVault());

describe('the SQLite file of the vault', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisse-vault-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const everyByte = () =>
    readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'latin1'))
      .join('');

  it('belongs to its owner alone, with its companions', async () => {
    const vault = SqliteVault.open(join(folder, 'vault.db'));
    await vault.confirmCompany('nobody');
    const modes = readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777);
    expect(modes.length).toBeGreaterThan(1);
    expect(new Set(modes)).toEqual(new Set([0o600]));
    await vault.close();
  });

  it('holds an erased name nowhere', async () => {
    const vault = SqliteVault.open(join(folder, 'vault.db'));
    const identity = { company: 'c', customer: 'd', name: 'Dupont-Unmistakable', email: null, phone: null };
    await vault.putCustomer({ ...identity, address: null, note: null });
    expect(everyByte()).toContain('Dupont-Unmistakable');
    await vault.eraseCustomer('c', 'd');
    expect(everyByte()).not.toContain('Dupont-Unmistakable');
    await vault.close();
    expect(everyByte()).not.toContain('Dupont-Unmistakable');
  });

  it('is not opened when a newer version wrote it', () => {
    const path = join(folder, 'vault.db');
    const newer = new Database(path);
    newer.pragma('user_version = 99');
    newer.close();
    expect(() => SqliteVault.open(path)).toThrow('newer version');
  });

  it('says that it is unavailable when it cannot be opened', () =>
    expect(() => SqliteVault.open(folder)).toThrow(StoreUnavailable));

  it('says that it is unavailable when it cannot be written', async () => {
    const path = join(folder, 'vault.db');
    const vault = SqliteVault.open(path);
    const blocker = new Database(path);
    blocker.pragma('busy_timeout = 0');
    blocker.exec('BEGIN IMMEDIATE');
    // The writer gives up after its own patience; shortened here, since a test has less.
    (vault as unknown as { database: Database.Database }).database.pragma('busy_timeout = 10');
    await expect(vault.confirmCompany('c')).rejects.toThrow(StoreUnavailable);
    blocker.exec('ROLLBACK');
    blocker.close();
    await vault.close();
  });
});
