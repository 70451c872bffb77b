import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { type Container, type ContainerOptions, startContainer, whyNoContainer } from './docker';
import { ferretdb } from './ferretdb';
import { WireProxy } from './mongodb-proxy';

export type MongoServer = {
  /** Without a database. */
  readonly uri: string;
  readonly stop: () => Promise<void>;
};

/** One that belongs to the tests, with a wire to it that can be watched and cut. */
export type OwnServer = MongoServer & { readonly proxy: WireProxy };

/** A database of one test. */
export type MongoDatabase = {
  readonly uri: string;
  readonly database: string;
  readonly drop: () => Promise<void>;
};

const given = process.env.CAISSE_TEST_MONGODB;

/** A replica set of one member, so that a majority is what it is elsewhere. */
const MONGODB: ContainerOptions = {
  image: 'mongo:8.0.4',
  port: 27_017,
  command: ['--replSet', 'test', '--bind_ip_all'],
  then: [
    'mongosh',
    '--quiet',
    '--eval',
    "rs.initiate({ _id: 'test', members: [{ _id: 0, host: '127.0.0.1:27017' }] }); while (!db.hello().isWritablePrimary) sleep(100)",
  ],
};

/**
 * Declares tests that need a MongoDB: the one at `CAISSE_TEST_MONGODB`, or else one in a container where there is Docker,
 * or else FerretDB, which is built once where Go is; then one line says so. Where none can be had, it says that the tests
 * were not run, and they count as skipped.
 */
export function describeWithMongo(name: string, declare: (server: () => MongoServer) => void): void {
  if (given !== undefined)
    return describe(name, () => declare(() => ({ uri: given, stop: async () => undefined })));
  const reason = whyNoContainer(MONGODB.image);
  if (reason === null) return describeInContainer(name, declare);
  process.stderr.write(
    `NOT RUN: ${name}, on MongoDB itself: ${reason}; CAISSE_TEST_MONGODB=mongodb://… names a server\n`,
  );
  describeWithOwnServer(name, declare);
}

function describeInContainer(name: string, declare: (server: () => MongoServer) => void): void {
  describe(name, () => {
    let container: Container;
    beforeAll(async () => {
      container = await startContainer(MONGODB);
    }, 180_000);
    afterAll(() => container.stop());
    declare(() => ({
      uri: `mongodb://${container.host}:${container.port}/?directConnection=true`,
      stop: async () => undefined,
    }));
  });
}

/** Declares tests that cut the wire between them and a server: FerretDB, or one line as above. */
export function describeWithOwnServer(name: string, declare: (server: () => OwnServer) => void): void {
  const built = ferretdb();
  if ('reason' in built) {
    process.stderr.write(
      `NOT RUN: ${name}: ${built.reason}; CAISSE_TEST_MONGODB=mongodb://… names a server\n`,
    );
    // eslint-disable-next-line no-restricted-syntax -- what cannot be run here must not count as passed
    it.skip(`${name}: no MongoDB is at hand`, () => undefined);
    return;
  }
  describe(name, () => {
    let server: OwnServer;
    beforeAll(async () => {
      server = await start(built.path);
    }, 60_000);
    afterAll(() => server.stop());
    declare(() => server);
  });
}

/** A new database of its own, whose name no other run has. */
export function aDatabase({ uri }: MongoServer): MongoDatabase {
  const database = `caisse-test-${randomUUID()}`;
  return {
    uri,
    database,
    drop: async () => {
      const client = new MongoClient(uri);
      await client.db(database).dropDatabase();
      await client.close();
    },
  };
}

/** The server at `CAISSE_TEST_MONGODB`, or one that is started. @throws where neither can be had */
export async function startMongo(): Promise<MongoServer> {
  if (given !== undefined) return { uri: given, stop: async () => undefined };
  const built = ferretdb();
  if ('reason' in built) throw new Error(`no MongoDB is at hand: ${built.reason}`);
  return start(built.path);
}

/** One of its own whose wire can be cut, or why there is none. */
export async function startOwnMongo(): Promise<OwnServer | { readonly reason: string }> {
  const built = ferretdb();
  return 'reason' in built ? built : start(built.path);
}

async function start(path: string): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'caisse-ferretdb-'));
  const socket = join(folder, 'socket');
  const server = spawn(
    path,
    [
      '--handler=sqlite',
      // Each statement of a bulk is a transaction there; what a test writes need not outlive the machine.
      `--sqlite-url=file:${folder}/?_pragma=synchronous(off)`,
      `--state-dir=${folder}`,
      `--listen-unix=${socket}`,
      '--listen-addr=',
      '--debug-addr=-',
      '--telemetry=disable',
      '--log-level=error',
    ],
    { stdio: 'ignore' },
  );
  const proxy = await WireProxy.listen(socket);
  return {
    uri: proxy.uri,
    proxy,
    stop: async () => {
      await proxy.close();
      await end(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function end(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    // One that was killed has a signal instead of a code.
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', () => resolve());
    server.kill('SIGKILL');
  });
}
