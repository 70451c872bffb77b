import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { type ContainerOptions, startContainer, whyNoContainer } from './docker';
import { ferretdb } from './ferretdb';
import { MongoDbDouble } from './mongodb-double/server';
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

/** `double`, or the address of a server. */
const chosen = process.env.CAISSE_TEST_MONGODB;

/** Where tests find a server, and what they are not run on because of it. */
type Place<Server> = { readonly start: () => Promise<Server>; readonly notRun: string | null };

const DOUBLE: Place<OwnServer> = { start: startDouble, notRun: null };

/** The one at `CAISSE_TEST_MONGODB`, or else one in a container where there is Docker, or else the tests' own. */
function anyPlace(): Place<MongoServer> {
  if (chosen === 'double') return ownPlace();
  if (chosen !== undefined) return { start: async () => elsewhere(chosen), notRun: null };
  const reason = whyNoContainer(MONGODB.image);
  if (reason === null) return { start: startInContainer, notRun: null };
  const { start, notRun } = ownPlace();
  const instead = notRun === null ? '; run on FerretDB' : `, nor ${notRun}`;
  return { start, notRun: `on MongoDB itself: ${reason}${instead}` };
}

function ownPlace(): Place<OwnServer> {
  const built = ferretdb();
  if ('path' in built) return { start: () => startFerretdb(built.path), notRun: null };
  return { start: startDouble, notRun: `on FerretDB: ${built.reason}; run on the double` };
}

/** Declares tests that need a MongoDB. One line says so when it is not MongoDB itself. */
export function describeWithMongo(name: string, declare: (server: () => MongoServer) => void): void {
  describeIn(anyPlace(), name, declare);
}

/** Declares tests that cut the wire between them and a server. One line says so when it is the double. */
export function describeWithOwnServer(name: string, declare: (server: () => OwnServer) => void): void {
  describeIn(ownPlace(), name, declare);
}

/** Declares what a MongoDB is held to: the double is held to it too, in every run. */
export function describeWithEveryMongo(name: string, declare: (server: () => MongoServer) => void): void {
  describeInEvery(anyPlace(), name, declare);
}

/** The same for what is seen at a wire that is cut. */
export function describeWithEveryOwnServer(name: string, declare: (server: () => OwnServer) => void): void {
  describeInEvery(ownPlace(), name, declare);
}

function describeInEvery<Server extends MongoServer>(
  place: Place<Server | OwnServer>,
  name: string,
  declare: (server: () => Server | OwnServer) => void,
): void {
  describeIn(place, name, declare);
  if (place.start !== DOUBLE.start) describeIn(DOUBLE, `${name}, on the double`, declare);
}

function describeIn<Server extends MongoServer>(
  { start, notRun }: Place<Server>,
  name: string,
  declare: (server: () => Server) => void,
): void {
  if (notRun !== null) say(name, notRun);
  describe(name, () => {
    let server: Server;
    beforeAll(async () => {
      server = await start();
    }, 180_000);
    afterAll(() => server.stop());
    declare(() => server);
  });
}

function say(name: string, notRun: string): void {
  process.stderr.write(`NOT RUN: ${name}, ${notRun}; CAISSE_TEST_MONGODB=mongodb://… names a server\n`);
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

/** The server at `CAISSE_TEST_MONGODB`, or one of its own as below. */
export async function startMongo(name: string): Promise<MongoServer> {
  return chosen === undefined || chosen === 'double' ? startOwnMongo(name) : elsewhere(chosen);
}

/** One of its own whose wire can be cut. One line says so when it is the double. */
export async function startOwnMongo(name: string): Promise<OwnServer> {
  const { start, notRun } = ownPlace();
  if (notRun !== null) say(name, notRun);
  return start();
}

function elsewhere(uri: string): MongoServer {
  return { uri, stop: async () => undefined };
}

async function startInContainer(): Promise<MongoServer> {
  const { host, port, stop } = await startContainer(MONGODB);
  return { uri: `mongodb://${host}:${port}/?directConnection=true`, stop };
}

async function startDouble(): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'caisse-mongodb-double-'));
  const socket = join(folder, 'socket');
  const double = await MongoDbDouble.listen(socket);
  return behindProxy(socket, folder, () => double.close());
}

async function startFerretdb(path: string): Promise<OwnServer> {
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
  return behindProxy(socket, folder, () => end(server));
}

async function behindProxy(socket: string, folder: string, stop: () => Promise<void>): Promise<OwnServer> {
  const proxy = await WireProxy.listen(socket);
  return {
    uri: proxy.uri,
    proxy,
    stop: async () => {
      await proxy.close();
      await stop();
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
