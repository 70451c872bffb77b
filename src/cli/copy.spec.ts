import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { runCaisse } from '../../test/support/command';
import { ANY } from '../../test/support/eventstoredb-double/event-log';
import { EventStoreDbDouble } from '../../test/support/eventstoredb-double/server';
import { QUICK } from '../../test/support/eventstoredb-double/stores';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { ACTOR, desk, LEDGER, openBakery, sale } from '../../test/support/writer';
import { openEventStore } from '../adapters/engines';
import { openEventStoreDb } from '../adapters/eventstoredb/event-store';
import type { EventStore } from '../ports/event-store';
import { copyAll } from './copy';

const OTHER = '01914d3a-8f00-7a11-8c00-0000000000bb';

/** Two ledgers: one with sales one by one and in a batch, one that was only opened. */
async function filled<Store extends EventStore>(store: Store): Promise<Store> {
  const made = desk({ store });
  await openBakery(made);
  await openBakery(made, OTHER);
  await made.writer.record(LEDGER, [sale(1)], ACTOR);
  await made.writer.record(
    LEDGER,
    Array.from({ length: 300 }, (_, index) => sale(2 + index)),
    ACTOR,
  );
  return store;
}

async function contentOf(store: EventStore) {
  const ledgers = [LEDGER, OTHER];
  return {
    events: await Promise.all(ledgers.map((ledger) => store.read(ledger, 1, 10_000))),
    checkpoints: await Promise.all(ledgers.map((ledger) => store.checkpoints(ledger, 1, 10_000))),
  };
}

const quietly = () => undefined;

describe('copying ledgers to another event store', () => {
  it('keeps every byte, every hash and every signed checkpoint', async () => {
    const source = await filled(new MemoryEventStore());
    const target = new MemoryEventStore();
    const before = await contentOf(source);
    const copied = await copyAll(source, target, quietly);
    expect(await contentOf(target)).toEqual(before);
    expect(await contentOf(source)).toEqual(before);
    expect(copied.map(({ ledger, copied: events }) => [ledger, events])).toEqual([
      [LEDGER, before.events[0]?.length],
      [OTHER, before.events[1]?.length],
    ]);
  });

  it('is taken up where it stopped', async () => {
    const source = await filled(new MemoryEventStore());
    const target = new MemoryEventStore();
    let appends = 0;
    target.beforeAppend = () => {
      appends += 1;
      if (appends === 4) throw new Error('the cable was pulled');
    };
    await expect(copyAll(source, target, quietly)).rejects.toThrow('the cable was pulled');
    target.beforeAppend = null;
    const copied = await copyAll(source, target, quietly);
    expect(await contentOf(target)).toEqual(await contentOf(source));
    expect(copied.some((one) => one.copied < one.sequence)).toBe(true);
    expect((await copyAll(source, target, quietly)).map((one) => one.copied)).toEqual([0, 0]);
  });

  it('goes on with what was recorded since', async () => {
    const source = await filled(new MemoryEventStore());
    const target = new MemoryEventStore();
    await copyAll(source, target, quietly);
    await desk({ store: source }).writer.record(LEDGER, [sale(900)], ACTOR);
    expect((await copyAll(source, target, quietly)).map((one) => one.copied)).toEqual([1, 0]);
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  it('overwrites no other history', async () => {
    const source = await filled(new MemoryEventStore());
    const target = new MemoryEventStore();
    const other = desk({ store: target });
    other.clock.instant = '2026-03-14T09:00:01.000Z';
    await openBakery(other);
    const before = await target.read(LEDGER, 1, 100);
    await expect(copyAll(source, target, quietly)).rejects.toMatchObject({ code: 'other-history' });
    expect(await target.read(LEDGER, 1, 100)).toEqual(before);
  });

  it('does not carry damage over', async () => {
    const source = await filled(new MemoryEventStore());
    const read = source.read.bind(source);
    source.read = async (ledger, from, limit) =>
      (await read(ledger, from, limit)).map((event) =>
        event.sequence === 20 ? { ...event, text: event.text.replace('450', '451') } : event,
      );
    const target = new MemoryEventStore();
    await expect(copyAll(source, target, quietly)).rejects.toMatchObject({ code: 'source-damaged' });
    expect((await target.head(LEDGER))?.sequence ?? 0).toBeLessThan(20);
  });

  it('wants the last events signed', async () => {
    const source = await filled(new MemoryEventStore());
    const checkpoints = source.checkpoints.bind(source);
    const last = (await source.head(LEDGER))?.sequence;
    source.checkpoints = async (ledger, from, limit) =>
      (await checkpoints(ledger, from, limit)).filter(({ size }) => size !== last);
    await expect(copyAll(source, new MemoryEventStore(), quietly)).rejects.toMatchObject({
      code: 'unsigned-tail',
    });
  });
});

/** There an append is durable before its checkpoint is written. */
describe('copying ledgers to EventStoreDB', () => {
  const CHECKPOINTS = `checkpoint-${LEDGER}`;
  let node: EventStoreDbDouble;
  const opened: EventStore[] = [];

  beforeEach(async () => {
    node = await EventStoreDbDouble.start();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await node.stop();
  });

  async function target(): Promise<EventStore> {
    const store = await openEventStoreDb({ connectionString: node.connectionString(), timing: QUICK });
    opened.push(store);
    return store;
  }

  /** What a copy leaves that is killed after so many appends, before the checkpoint of the last one is written. */
  async function cutOffAfter(appends: number, source: EventStore): Promise<void> {
    const store = await target();
    const checkpoints = await source.checkpoints(LEDGER, 1, appends);
    let expectedSequence = 0;
    for (const [index, { size, note }] of checkpoints.entries()) {
      await store.latestCheckpoint(LEDGER);
      if (index === appends - 1) node.fail({ on: 'append', stream: CHECKPOINTS, kind: 'access-denied' });
      const events = await source.read(LEDGER, expectedSequence + 1, size - expectedSequence);
      await store.append({ ledger: LEDGER, expectedSequence, events, checkpoint: note });
      expectedSequence = size;
    }
    await store.close();
    expect(node.log.stream(CHECKPOINTS) ?? []).toHaveLength(appends - 1);
  }

  it('keeps every byte, every hash and every signed checkpoint, and so does the way back', async () => {
    const source = await filled(new MemoryEventStore());
    const there = await target();
    await copyAll(source, there, quietly);
    expect(await contentOf(there)).toEqual(await contentOf(source));
    const back = new MemoryEventStore();
    await copyAll(await target(), back, quietly);
    expect(await contentOf(back)).toEqual(await contentOf(source));
  });

  it('brings a ledger that the index of the source lacks', async () => {
    const source = await filled(await target());
    const before = await contentOf(source);
    const partial = await EventStoreDbDouble.start();
    for (const record of node.log.all)
      if (record.stream !== 'ledgers' || !Buffer.from(record.data).includes(OTHER))
        partial.log.append(record.stream, ANY, [record]);
    const connectionString = partial.connectionString();
    const there = await openEventStoreDb({ connectionString, readOnly: true, timing: QUICK });
    opened.push(there);
    expect((await there.heads(null, 10)).map(({ ledger }) => ledger)).toEqual([LEDGER]);
    const back = new MemoryEventStore();
    const copied = await copyAll(there, back, quietly);
    expect(copied.map(({ ledger }) => ledger)).toEqual([LEDGER, OTHER]);
    expect(await contentOf(back)).toEqual(before);
    await there.close();
    await partial.stop();
  });

  it.each([1, 2, 3])('writes the checkpoint that was cut off from append %d', async (appends) => {
    const source = await filled(new MemoryEventStore());
    await cutOffAfter(appends, source);
    const there = await target();
    await copyAll(source, there, quietly);
    expect(await contentOf(there)).toEqual(await contentOf(source));
    expect((await copyAll(source, there, quietly)).map((one) => one.copied)).toEqual([0, 0]);
  });

  it('writes the checkpoint of the head, where nothing else is missing', async () => {
    const source = await filled(new MemoryEventStore());
    const all = (await source.checkpoints(LEDGER, 1, 100)).length;
    await cutOffAfter(all, source);
    const there = await target();
    const [copied] = await copyAll(source, there, quietly);
    expect(copied).toMatchObject({ ledger: LEDGER, copied: 0 });
    expect(await contentOf(there)).toEqual(await contentOf(source));
  });

  it('leaves out no checkpoint where the server takes its time for them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'caisse-copy-'));
    const source = await filled(await openEventStore({ engine: 'sqlite', path: join(folder, 'old.db') }));
    opened.push(source);
    const { writer } = desk({ store: source });
    for (let number = 400; number < 480; number += 1) await writer.record(LEDGER, [sale(number)], ACTOR);
    node.fail({ on: 'append', stream: CHECKPOINTS, kind: { delay: 300 } });
    node.fail({ on: 'append', stream: CHECKPOINTS, kind: { delay: 10 }, times: 100 });
    const there = await target();
    await copyAll(source, there, quietly);
    expect(await contentOf(there)).toEqual(await contentOf(source));
    rmSync(folder, { recursive: true });
  });

  it('stops where a checkpoint is not taken, and is taken up there', async () => {
    const source = await filled(new MemoryEventStore());
    const there = await target();
    // Beside the append, and when it is asked for.
    node.fail({ on: 'append', stream: CHECKPOINTS, kind: 'access-denied', times: 2 });
    await expect(copyAll(source, there, quietly)).rejects.toMatchObject({
      code: 'checkpoint-not-kept',
      message: expect.stringContaining(LEDGER) as string,
    });
    await copyAll(source, there, quietly);
    expect(await contentOf(there)).toEqual(await contentOf(source));
  });

  it('says so when the target has other checkpoints of the same events', async () => {
    const source = await filled(new MemoryEventStore());
    const [first] = await source.checkpoints(LEDGER, 1, 1);
    const size = first?.size ?? 0;
    const events = await source.read(LEDGER, 1, size);
    const there = await target();
    await there.append({ ledger: LEDGER, expectedSequence: 0, events, checkpoint: 'of another signer' });
    await expect(copyAll(source, there, quietly)).rejects.toMatchObject({ code: 'other-checkpoints' });
  });
});

describe('caisse copy', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisse-copy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('copies a file to another engine’s address and says the heads', async () => {
    const address = (name: string) => ({ engine: 'sqlite', path: join(folder, name) }) as const;
    const source = await filled(await openEventStore(address('old.db')));
    const before = await contentOf(source);
    await source.close();
    const arguments_ = ['copy', '--from', `sqlite:${folder}/old.db`, '--to', `sqlite:${folder}/new.db`];
    const { code, stdout } = await runCaisse([...arguments_, '--json']);
    expect(code).toBe(0);
    const { ledgers } = JSON.parse(stdout) as { ledgers: { ledger: string; hash: string }[] };
    const target = await openEventStore(address('new.db'), { readOnly: true });
    expect(await contentOf(target)).toEqual(before);
    expect(ledgers.map(({ hash }) => hash)).toEqual(before.events.map((events) => events.at(-1)?.hash));
    await target.close();
  });

  it('takes a server without a store for a wrong address, and leaves it empty', async () => {
    const node = await EventStoreDbDouble.start();
    const arguments_ = ['copy', '--from', node.connectionString(), '--to', `sqlite:${folder}/new.db`];
    const { code, stderr } = await runCaisse([...arguments_, '--json']);
    await node.stop();
    expect([code, JSON.parse(stderr)]).toMatchObject([2, { error: { code: 'wrong-configuration' } }]);
    expect(stderr).toMatch(/--from : ce serveur n'a jamais reçu d/);
    expect(node.log.all).toHaveLength(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a source that is not there, and leaves nothing', async () => {
    const missing = join(folder, 'books', 'old.db');
    const arguments_ = ['copy', '--from', `sqlite:${missing}`, '--to', `sqlite:${folder}/new.db`];
    const { code, stderr } = await runCaisse([...arguments_, '--json']);
    expect([code, JSON.parse(stderr)]).toMatchObject([2, { error: { code: 'path-not-found' } }]);
    expect(stderr).toContain(`--from mène à ${missing}, qui n'existe pas`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a source of another program, and leaves nothing', async () => {
    const recipes = join(folder, 'recipes.db');
    const other = new Database(recipes);
    other.exec('CREATE TABLE recipes (bread TEXT)');
    other.close();
    const arguments_ = ['copy', '--from', `sqlite:${recipes}`, '--to', `sqlite:${folder}/new.db`];
    const { code, stderr } = await runCaisse(arguments_);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--from mène à ${recipes}, qui n'est pas`)]);
    expect(readdirSync(folder)).toEqual(['recipes.db']);
  });

  it('says of a target that cannot be opened which option leads there', async () => {
    await (await openEventStore({ engine: 'sqlite', path: join(folder, 'old.db') })).close();
    const from = `sqlite:${folder}/old.db`;
    for (const [to, exit] of [
      [`sqlite:${folder}/old.db/new.db`, 2],
      ['esdb://admin:geheim@127.0.0.1:1?tls=false&colour=blue', 2],
      [from, 3],
    ] as const) {
      const { code, stderr } = await runCaisse(['copy', '--from', from, '--to', to]);
      expect([code, stderr]).toEqual([exit, expect.stringMatching(/^.*--to.*[.]\n$/)]);
      expect(stderr).not.toMatch(/geheim|CAISSE_EVENT_STORE/);
    }
  });

  it.each([
    ['sqlite:', 'a file without a name'],
    ['postgres://server', 'an engine that is none'],
  ])('refuses %s: %s', async (address) => {
    const { code, stderr } = await runCaisse(['copy', '--from', address, '--to', address, '--json']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--from vaut')]);
  });
});
