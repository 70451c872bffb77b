import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteEventStore } from '../../src/adapters/sqlite/event-store';
import { StoreLocked } from '../../src/ports/event-store';
import { aSqliteEventStore } from '../support/sqlite-stores';
import { anAppend, describeEventStore } from './event-store.contract';

const LEDGER = '5f0e0a52-6c0f-4e1e-9d57-1a5d0c8f7a01';

describeEventStore('SQLite', () => aSqliteEventStore());

describe('the file of events', () => {
  it('is never one of another program, which stays as it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'caisse-events-'));
    const file = join(folder, 'recipes.db');
    const other = new Database(file);
    other.exec('CREATE TABLE checkpoints (oven TEXT)');
    other.close();
    const before = readFileSync(file);
    const opening = openSqliteEventStore({ file });
    await expect(opening).rejects.toMatchObject({ name: 'UnusableFile', why: 'not-our-events', file });
    expect(readFileSync(file).equals(before)).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it('belongs to one at a time: whoever comes meanwhile is refused, and nothing is taken from the first', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'caisse-events-'));
    const file = join(folder, 'events.db');
    const first = await openSqliteEventStore({ file });
    await expect(openSqliteEventStore({ file })).rejects.toThrow(StoreLocked);
    await first.append(anAppend(LEDGER, 0));
    await first.close();
    const second = await openSqliteEventStore({ file });
    expect(await second.head(LEDGER)).toMatchObject({ sequence: 1 });
    await second.close();
    rmSync(folder, { recursive: true });
  });
});

describe('the file of events, once it was let go', () => {
  it('holds everything itself: nothing waits beside it in a log', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'caisse-events-'));
    const file = join(folder, 'events.db');
    const store = await openSqliteEventStore({ file });
    await store.append(anAppend(LEDGER, 0));
    const logged = existsSync(`${file}-wal`);
    await store.close();
    expect([logged, existsSync(`${file}-wal`)]).toEqual([true, false]);
    rmSync(folder, { recursive: true });
  });
});
