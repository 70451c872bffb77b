import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteEventStore } from '../../src/adapters/sqlite/event-store';
import { openSqliteLeases } from '../../src/adapters/sqlite/leases';
import { openSqliteReadModelStore } from '../../src/adapters/sqlite/read-model-store';
import { SqliteVault } from '../../src/adapters/sqlite/vault';
import type { EventStoreUnderTest } from '../contract/event-store.contract';
import type { LeasesUnderTest } from '../contract/leases.contract';
import type { ReadModelStoreUnderTest } from '../contract/read-model-store.contract';
import type { VaultUnderTest } from '../contract/vault.contract';

/** What is done to a file before it is opened: SQL, which does nothing where it has been done. */
type Before = { readonly sql?: string | undefined };

type Open<Port> = (file: string) => Promise<Port>;

type Closable = { readonly close: () => Promise<void> };

/** A file in a folder of its own, and all that was opened on it. */
function aFile<Port extends Closable>(openPort: Open<Port>, { sql }: Before) {
  const folder = mkdtempSync(join(tmpdir(), 'caisse-sqlite-'));
  const opened: Port[] = [];
  const open = async (name = 'file.db') => {
    const file = join(folder, name);
    if (sql !== undefined) {
      // Made first, as the adapter makes it.
      await (await openPort(file)).close();
      change(file, sql);
    }
    const port = await openPort(file);
    opened.push(port);
    return port;
  };
  return {
    file: join(folder, 'file.db'),
    open,
    reopen: async () => {
      await opened.at(-1)?.close();
      return open();
    },
    dispose: async () => {
      await Promise.all(opened.map((port) => port.close()));
      rmSync(folder, { recursive: true });
    },
  };
}

function change(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

export async function aSqliteEventStore(before: Before = {}): Promise<EventStoreUnderTest> {
  const { open, reopen, dispose } = aFile((file) => openSqliteEventStore({ file }), before);
  return { store: await open(), reopen, another: () => open('others.db'), dispose };
}

export async function aSqliteReadModelStore(before: Before = {}): Promise<ReadModelStoreUnderTest> {
  const { open, reopen, dispose } = aFile((file) => openSqliteReadModelStore({ file }), before);
  return { store: await open(), reopen, dispose };
}

export async function aSqliteVault(before: Before = {}): Promise<VaultUnderTest> {
  const { open, reopen, dispose } = aFile(async (file) => SqliteVault.open(file), before);
  return { vault: await open(), reopen, dispose };
}

export async function someSqliteLeases(before: Before = {}): Promise<LeasesUnderTest> {
  let now = Date.parse('2026-03-14T09:00:00.000Z');
  const { file, open, dispose } = aFile(
    (path: string) => openSqliteLeases({ file: path, now: () => now }),
    before,
  );
  return {
    leases: await open(),
    another: () => open(),
    pass: async (milliseconds) => void (now += milliseconds),
    forget: async () => change(file, 'DELETE FROM leases'),
    dispose,
  };
}
