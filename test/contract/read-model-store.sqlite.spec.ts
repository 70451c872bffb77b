import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteEventStore } from '../../src/adapters/sqlite/event-store';
import { openSqliteReadModelStore } from '../../src/adapters/sqlite/read-model-store';
import type { ReadModelStore } from '../../src/ports/read-model-store';
import { aSqliteReadModelStore } from '../support/sqlite-stores';
import { describeReadModelStore } from './read-model-store.contract';

describeReadModelStore('SQLite', () => aSqliteReadModelStore());

describe('the SQLite file of read models', () => {
  const document = (sequence: number, body: unknown = null) => ({
    collection: 'journal@1',
    ledger: 'l',
    key: 'k',
    sequence,
    body,
  });

  let folder: string;
  let file: string;
  const opened: ReadModelStore[] = [];
  const resets: string[] = [];
  const open = async () => {
    const store = await openSqliteReadModelStore({ file, onReset: (reason) => resets.push(reason) });
    opened.push(store);
    return store;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisse-read-'));
    file = join(folder, 'read.db');
    resets.length = 0;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    rmSync(folder, { recursive: true });
  });

  it.each<[string, () => void | Promise<void>]>([
    ['is nothing but zeros, after a power cut', () => writeFileSync(file, Buffer.alloc(8192))],
    [
      'has lost its first page',
      async () => {
        const store = await open();
        await store.write([document(1, 'x'.repeat(100_000))], []);
        await store.close();
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.fill(0xff, 0, 4096));
      },
    ],
    [
      'has lost all but its first page',
      async () => {
        await (await open()).close();
        writeFileSync(file, readFileSync(file).fill(0xff, 100));
      },
    ],
    [
      'is of a newer format',
      async () => {
        await (await open()).close();
        const newer = new Database(file);
        newer.exec('DROP TABLE documents; CREATE TABLE documents (all_new TEXT); PRAGMA user_version = 99');
        newer.close();
      },
    ],
    [
      'is of the first format, which bore no mark',
      async () => {
        await (await open()).close();
        const older = new Database(file);
        older.exec('DELETE FROM settings; PRAGMA application_id = 0; PRAGMA user_version = 1');
        older.close();
      },
    ],
  ])('that %s is put aside, and a new one is made', async (_what, damage) => {
    await damage();
    const store = await open();
    expect(resets).toHaveLength(1);
    expect(existsSync(`${file}.damaged`)).toBe(true);
    await store.write([document(1)], []);
    expect(await store.get('journal@1', 'l', 'k')).not.toBeNull();
    await store.close();
    await open();
    expect(resets).toHaveLength(1);
  });

  it.each<[string, () => void | Promise<void>]>([
    ['a text', () => writeFileSync(file, 'recettes de pain\n'.repeat(400))],
    [
      'a database of another program',
      () => {
        const other = new Database(file);
        other.exec("CREATE TABLE recipes (bread TEXT); INSERT INTO recipes VALUES ('levain')");
        other.close();
      },
    ],
    [
      'a database that counts its formats as we do',
      () => {
        const other = new Database(file);
        other.exec('CREATE TABLE documents (mine TEXT); PRAGMA user_version = 2');
        other.close();
      },
    ],
    [
      'a damaged database of another program',
      () => {
        const other = new Database(file);
        other.exec('CREATE TABLE recipes (bread TEXT)');
        other.close();
        writeFileSync(file, readFileSync(file).fill(0xff, 100));
      },
    ],
    [
      'a ledger',
      async () => {
        const ledger = await openSqliteEventStore({ file });
        await ledger.close();
      },
    ],
  ])('is never made of %s: that is refused, and stays as it was', async (_what, put) => {
    await put();
    const before = readFileSync(file);
    await expect(open()).rejects.toMatchObject({ name: 'UnusableFile', why: 'not-our-read-models', file });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect([existsSync(`${file}.damaged`), resets]).toEqual([false, []]);
  });

  it('that is in use by a long transaction is not put aside', async () => {
    await (await open()).write([document(1)], []);
    const busy = new Database(file);
    busy.exec('BEGIN IMMEDIATE');
    const store = await open();
    expect(await store.get('journal@1', 'l', 'k')).not.toBeNull();
    busy.exec('COMMIT');
    busy.close();
    expect(resets).toEqual([]);
  });

  it('that cannot be opened at all says so, and nothing is put aside', async () => {
    file = folder;
    await expect(open()).rejects.toMatchObject({
      message: expect.stringContaining('unable to open') as unknown,
    });
    expect(resets).toEqual([]);
  });

  it('is read by one connection while another one writes', async () => {
    const writer = await open();
    const reader = await open();
    await writer.write([document(1, 'first')], []);
    const busy = new Database(file);
    busy.exec('BEGIN IMMEDIATE; UPDATE documents SET body = \'"second"\'');
    expect((await reader.get('journal@1', 'l', 'k'))?.body).toBe('first');
    busy.exec('COMMIT');
    busy.close();
    expect((await reader.get('journal@1', 'l', 'k'))?.body).toBe('second');
  });

  it('knows what another connection has written since: collections, ledgers, checkpoints', async () => {
    const [one, other] = [await open(), await open()];
    expect(await other.get('journal@1', 'l', 'k')).toBeNull();
    await one.write([document(3)], [{ projection: 'journal@1', storeId: 's', position: 3 }]);
    expect((await other.get('journal@1', 'l', 'k'))?.sequence).toBe(3);
    await other.write([document(2, 'older'), { ...document(4), ledger: 'other' }], []);
    expect((await one.get('journal@1', 'l', 'k'))?.sequence).toBe(3);
    expect((await one.get('journal@1', 'other', 'k'))?.sequence).toBe(4);
    expect((await other.checkpoint('journal@1'))?.position).toBe(3);
  });

  it('keeps a batch whole or not at all, and goes on after it', async () => {
    const store = await open();
    await store.write([document(1, 'before')], []);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const batch = [{ ...document(2, 'new'), ledger: 'new' }, document(2, circular)];
    await expect(store.write(batch, [{ projection: 'p', storeId: 's', position: 2 }])).rejects.toThrow();
    expect((await store.get('journal@1', 'l', 'k'))?.body).toBe('before');
    expect(await store.get('journal@1', 'new', 'k')).toBeNull();
    expect(await store.checkpoint('p')).toBeNull();
    await store.write([{ ...document(2, 'again'), ledger: 'new' }], []);
    expect((await store.get('journal@1', 'new', 'k'))?.body).toBe('again');
  });

  it('has no row near the limits of any engine, however large a snapshot is', async () => {
    const store = await open();
    const bytes = new Uint8Array(5 * 1024 * 1024);
    await store.saveSnapshot({ ledger: 'l', stateVersion: 1, sequence: 1, hash: 'h', mac: 'm', bytes });
    const database = new Database(file, { readonly: true });
    const largest = database.prepare('SELECT max(length(bytes)) FROM snapshot_chunks').pluck().get();
    database.close();
    expect(largest).toBe(1024 * 1024);
  });

  it('answers null for a snapshot that lost a part', async () => {
    const store = await open();
    const bytes = new Uint8Array(3 * 1024 * 1024);
    await store.saveSnapshot({ ledger: 'l', stateVersion: 1, sequence: 1, hash: 'h', mac: 'm', bytes });
    const database = new Database(file);
    database.exec('DELETE FROM snapshot_chunks WHERE chunk = 1');
    database.close();
    expect(await store.snapshot('l')).toBeNull();
  });
});
