import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteLeases } from '../../src/adapters/sqlite/leases';
import { describeLeases } from './leases.contract';

describeLeases('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'caisse-leases-'));
  const file = join(folder, 'leases.db');
  let now = Date.parse('2026-03-14T09:00:00.000Z');
  const open = () => openSqliteLeases({ file, now: () => now });
  const opened = [await open()];
  return {
    leases: opened[0] as (typeof opened)[number],
    another: async () => {
      const leases = await open();
      opened.push(leases);
      return leases;
    },
    pass: async (milliseconds) => void (now += milliseconds),
    forget: async () => {
      const database = new Database(file);
      database.exec('DELETE FROM leases');
      database.close();
    },
    dispose: async () => {
      for (const leases of opened) await leases.close();
      rmSync(folder, { recursive: true });
    },
  };
});
