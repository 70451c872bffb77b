import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { ferretdb } from '../test/support/ferretdb';
import { AS_STARTED, ended } from './service';
import { folder, processorTimeOf } from './support';

/** A server in a process of its own. */
export type RemoteServer = {
  readonly address: string;
  /** Microseconds of processor that it has taken so far; 0 where that is not known. */
  readonly processorTime: () => number;
  /** Bytes of the files that it keeps; 0 where that is not known. */
  readonly bytesOnDisk: () => number;
  readonly stop: () => Promise<void>;
};

/** The server at `CAISSE_TEST_EVENTSTORE`, which should be empty, or the double that speaks its protocol. */
export async function startEventStoreDb(): Promise<RemoteServer> {
  const given = process.env.CAISSE_TEST_EVENTSTORE;
  return given === undefined ? startProcess('eventstoredb.process.js') : elsewhere(given);
}

const MONGODB = process.env.CAISSE_TEST_MONGODB;

/** The server at `CAISSE_TEST_MONGODB`, or FerretDB, which is built once where Go is, or the double that speaks its protocol. */
export async function startMongoDb(): Promise<RemoteServer> {
  if (MONGODB !== undefined && MONGODB !== 'double') return elsewhere(MONGODB);
  const data = folder('mongodb');
  const program = ferretdb();
  if ('reason' in program) return startProcess('mongodb.process.js', data);
  const server = await startProcess('mongodb.process.js', data, program.path);
  return { ...server, bytesOnDisk: () => bytesIn(data) };
}

/** What is measured on: the results say so. */
export function remoteEngines(): string {
  const events = process.env.CAISSE_TEST_EVENTSTORE === undefined ? 'the double' : 'the server given';
  return `events on ${events}, documents on ${documentsOn()}`;
}

export function documentsOn(): 'the server given' | 'FerretDB' | 'a double' {
  if (MONGODB !== undefined && MONGODB !== 'double') return 'the server given';
  return 'path' in ferretdb() ? 'FerretDB' : 'a double';
}

/** A database that no other run has, and what is to be done with it at the end. */
export function aDatabase({ address }: RemoteServer): { readonly uri: string; drop: () => Promise<void> } {
  const name = `caisse-bench-${randomUUID()}`;
  const uri = new URL(address);
  uri.pathname = `/${name}`;
  const drop = async () => {
    const client = new MongoClient(address);
    for (const database of [name, `${name}-vault`]) await client.db(database).dropDatabase();
    await client.close();
  };
  return { uri: uri.href, drop };
}

function elsewhere(address: string): RemoteServer {
  return { address, processorTime: () => 0, bytesOnDisk: () => 0, stop: async () => undefined };
}

type Started = { readonly address: string; readonly pids: readonly number[] };

async function startProcess(file: string, ...parameters: string[]): Promise<RemoteServer> {
  // A double that collects garbage all the time is no server to measure anything against.
  const child = fork(join(__dirname, file), parameters, { execArgv: [...AS_STARTED] });
  const gone = once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended`)));
  gone.catch(() => undefined);
  const [{ address, pids }] = (await Promise.race([once(child, 'message'), gone])) as [Started];
  return {
    address,
    processorTime: () => pids.reduce((sum, pid) => sum + (processorTimeOf(pid) ?? 0), 0),
    bytesOnDisk: () => 0,
    stop: () => ended(child, () => child.disconnect()),
  };
}

function bytesIn(data: string): number {
  const sizes = readdirSync(data).map((name) => statSync(join(data, name)).size);
  return sizes.reduce((sum, size) => sum + size, 0);
}
