import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../src/adapters/sqlite/event-store';
import type { EventStore } from '../../src/ports/event-store';
import { describeEventStore } from './event-store.contract';

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
