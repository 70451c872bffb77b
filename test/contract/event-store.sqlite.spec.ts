import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteEventStore } from '../../src/adapters/sqlite/event-store';
import type { EventStore } from '../../src/ports/event-store';
import { anAppend, describeEventStore } from './event-store.contract';

describeEventStore('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'caisse-events-'));
  const opened: EventStore[] = [];
  const open = async (name: string) => {
    const store = await openSqliteEventStore({ file: join(folder, name) });
    opened.push(store);
    return store;
  };
  return {
    store: await open('events.db'),
    reopen: async () => {
      await opened.at(-1)?.close();
      return open('events.db');
    },
    another: () => open('others.db'),
    dispose: async () => {
      await Promise.all(opened.map((store) => store.close()));
      rmSync(folder, { recursive: true });
    },
  };
});

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
});

describe('the file of events, once it was let go', () => {
  it('holds everything itself: nothing waits beside it in a log', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'caisse-events-'));
    const file = join(folder, 'events.db');
    const store = await openSqliteEventStore({ file });
    await store.append(anAppend('5f0e0a52-6c0f-4e1e-9d57-1a5d0c8f7a01', 0));
    const logged = existsSync(`${file}-wal`);
    await store.close();
    expect([logged, existsSync(`${file}-wal`)]).toEqual([true, false]);
    rmSync(folder, { recursive: true });
  });
});
