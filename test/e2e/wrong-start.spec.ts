import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { MongoClient } from 'mongodb';
import { runCaisse } from '../support/command';
import { aDatabase, describeWithMongo } from '../support/mongodb-server';
import {
  endServices,
  type Folder,
  newFolder,
  openCompany,
  removeFolders,
  type ServiceProcess,
  signIn,
  startService,
} from '../support/service';

/** Many starts in one story; a busy machine takes its time. */
jest.setTimeout(120_000);

/** How `caisse serve` ends that cannot start, and what it says. */
async function refusal(
  { data, witness }: Folder,
  settings: Readonly<Record<string, string>>,
  command: readonly string[] = ['serve'],
): Promise<[number | null, string]> {
  const environment = { PORT: '0', LOG_LEVEL: 'silent', CAISSE_DATA: data, CAISSE_WITNESS: witness };
  const { code, stdout, stderr } = await runCaisse(command, { ...environment, ...settings });
  expect(stdout).toBe('');
  return [code, stderr];
}

/** One line that is a sentence, and no stack. */
const sentence = (...parts: readonly string[]): unknown => {
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return expect.stringMatching(new RegExp(`^(?=.*${escaped.join(')(?=.*')}).*[.]\\n$`)) as unknown;
};

describe('a start that cannot be', () => {
  afterEach(async () => {
    await endServices();
    removeFolders();
  });

  describe('with the books of a shop there', () => {
    let folder: Folder;
    let service: ServiceProcess;
    beforeEach(async () => {
      folder = newFolder();
      service = await startService(folder);
      await openCompany(await signIn(service));
    });

    it('says who has the data, and goes on once they are free', async () => {
      const events = `${folder.data}/events.db`;
      expect(await refusal(folder, {})).toEqual([3, sentence(events, 'CAISSE_DATA')]);
      const [code, told] = await refusal(folder, {}, ['demo', '--json']);
      expect([code, JSON.parse(told)]).toEqual([
        3,
        { error: { code: 'service-running', message: expect.stringContaining(events) as unknown } },
      ]);
    });

    it('never moves the ledger aside, whatever the read models are said to be', async () => {
      await service.stop();
      const events = `${folder.data}/events.db`;
      const copy = join(folder.root, 'copy.db');
      const before = readFileSync(events);
      writeFileSync(copy, before);
      expect(await refusal(folder, { CAISSE_READ_STORE: `sqlite:${events}` })).toEqual([
        2,
        sentence('CAISSE_EVENT_STORE', 'CAISSE_READ_STORE', events),
      ]);
      expect(await refusal(folder, { CAISSE_READ_STORE: `sqlite:${copy}` })).toEqual([
        2,
        sentence('CAISSE_READ_STORE', copy),
      ]);
      expect([existsSync(`${events}.damaged`), existsSync(`${copy}.damaged`)]).toEqual([false, false]);
      expect([readFileSync(events).equals(before), readFileSync(copy).equals(before)]).toEqual([true, true]);
      const again = await signIn(await startService(folder));
      expect((await again.get('/v1/companies')).body.data).toHaveLength(1);
    });

    it('leaves the files of others as they are', async () => {
      await service.stop();
      const notes = join(folder.root, 'notes.txt');
      writeFileSync(notes, 'recettes de pain');
      const recipes = join(folder.root, 'recipes.db');
      const other = new Database(recipes);
      other.exec('CREATE TABLE recipes (bread TEXT)');
      other.close();
      for (const file of [notes, recipes]) {
        const before = readFileSync(file);
        for (const name of ['CAISSE_READ_STORE', 'CAISSE_EVENT_STORE'])
          expect(await refusal(folder, { [name]: `sqlite:${file}` })).toEqual([2, sentence(name, file)]);
        expect([readFileSync(file).equals(before), existsSync(`${file}.damaged`)]).toEqual([true, false]);
      }
    });

    it('says how to close a signing key that is open to others', async () => {
      await service.stop();
      const key = `${folder.data}/signing-key.pem`;
      chmodSync(key, 0o644);
      expect(await refusal(folder, {})).toEqual([2, sentence('chmod 600', key, 'CAISSE_SIGNING_KEY')]);
    });

    it('still folds read models anew that are damaged', async () => {
      await service.stop();
      const readModels = `${folder.data}/read.db`;
      writeFileSync(readModels, readFileSync(readModels).fill(0xff, 0, 4096));
      const again = await signIn(await startService(folder));
      expect((await again.get('/v1/companies')).body.data).toHaveLength(1);
      expect(existsSync(`${readModels}.damaged`)).toBe(true);
    });
  });

  it('says which address or port to change', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const folder = newFolder();
    expect(await refusal(folder, { PORT: port })).toEqual([3, sentence('PORT', port, '127.0.0.1')]);
    const [code, told] = await refusal(folder, { PORT: port }, ['demo']);
    expect([code, told]).toEqual([3, sentence('PORT', port)]);
    taken.close();
    expect(await refusal(folder, { HOST: '999.1.1.1' })).toEqual([2, sentence('HOST', '999.1.1.1')]);
  });

  it('says which path leads nowhere', async () => {
    const folder = newFolder();
    const file = join(folder.root, 'file');
    writeFileSync(file, '');
    for (const data of [file, join(file, 'data')])
      expect(await refusal({ ...folder, data }, {})).toEqual([2, sentence('CAISSE_DATA', data)]);
    const below = join(file, 'below');
    for (const [name, value] of [
      ['CAISSE_WITNESS', below],
      ['CAISSE_SIGNING_KEY', below],
      ['CAISSE_EVENT_STORE', `sqlite:${below}`],
      ['CAISSE_READ_STORE', `sqlite:${below}`],
    ] as const)
      expect(await refusal(folder, { [name]: value })).toEqual([2, sentence(name, below)]);
    expect(await refusal(folder, { CAISSE_WITNESS: below }, ['demo'])).toEqual([
      2,
      sentence('CAISSE_WITNESS', below),
    ]);
    mkdirSync(join(folder.root, 'folder'));
    expect(await refusal({ ...folder, witness: join(folder.root, 'folder') }, {})).toEqual([
      2,
      sentence('CAISSE_WITNESS'),
    ]);
  });

  it('says which server does not answer, and which address is none, without a word of its secrets', async () => {
    const folder = newFolder();
    for (const [name, value, exit] of [
      ['CAISSE_EVENT_STORE', 'esdb://admin:geheim@127.0.0.1:1?tls=false', 3],
      ['CAISSE_READ_STORE', 'mongodb://admin:geheim@127.0.0.1:1/caisse?serverSelectionTimeoutMS=200', 3],
      ['CAISSE_EVENT_STORE', 'esdb://admin:geheim@127.0.0.1:1?colour=blue', 2],
      ['CAISSE_EVENT_STORE', 'esdb://admin:geheim@127.0.0.1:1?tlsVerifyCert=false', 2],
      ['CAISSE_EVENT_STORE', 'esdb://admin:geheim@127.0.0.1:1?tlsCAFile=/nowhere/ca.pem', 2],
      ['CAISSE_READ_STORE', 'mongodb+srv://admin:geheim@nowhere.invalid/caisse', 3],
      ['CAISSE_READ_STORE', 'mongodb://admin:geheim@127.0.0.1:1/caisse?colour=blue', 2],
      [
        'CAISSE_READ_STORE',
        'mongodb://admin:geheim@127.0.0.1:1/caisse?tls=true&tlsCAFile=/nowhere/ca.pem',
        2,
      ],
      ['CAISSE_READ_STORE', 'mongodb://admin:geheim@127.0.0.1:1/a.b', 2],
    ] as const) {
      const [code, told] = await refusal(folder, { [name]: value });
      expect([code, told]).toEqual([exit, sentence(name)]);
      expect(told).not.toContain('geheim');
    }
  });

  describeWithMongo('a start with another number of partitions', (server) => {
    it('says which one it is', async () => {
      const { uri, database, drop } = aDatabase(server());
      const client = new MongoClient(uri);
      await client
        .db(database)
        .collection<{ _id: string; fence: number; value: string }>('settings')
        .insertOne({ _id: 'projection-partitions', fence: 0, value: '4' });
      const address = new URL(uri);
      address.pathname = `/${database}`;
      const settings = { CAISSE_READ_STORE: address.href };
      const told = [2, sentence('CAISSE_PROJECTION_PARTITIONS=4')];
      expect(await refusal(newFolder(), settings)).toEqual(told);
      expect(await refusal(newFolder(), { ...settings, CAISSE_PROJECTION_PARTITIONS: '5' })).toEqual(told);
      await client.db(`${database}-vault`).dropDatabase();
      await client.close();
      await drop();
    });
  });

  describeWithMongo('a start with what another version of Caisse keeps in MongoDB', (server) => {
    it.each([
      ['read models', 'read-models', '', 'supprimez'],
      ['the vault', 'vault', '-vault', 'plus récente'],
    ])('says so of %s', async (_what, collection, suffix, told) => {
      const { uri, database } = aDatabase(server());
      const client = new MongoClient(uri);
      const formats = client
        .db(`${database}${suffix}`)
        .collection<{ _id: string; version: number }>(collection);
      await formats.insertOne({ _id: 'format', version: 99 });
      const address = new URL(uri);
      address.pathname = `/${database}`;
      expect(await refusal(newFolder(), { CAISSE_READ_STORE: address.href })).toEqual([
        2,
        sentence('CAISSE_READ_STORE', told),
      ]);
      for (const name of [database, `${database}-vault`]) await client.db(name).dropDatabase();
      await client.close();
    });
  });
});
