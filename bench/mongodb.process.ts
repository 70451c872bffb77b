import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { MongoDbDouble } from '../test/support/mongodb-double/server';
import { WireProxy } from '../test/support/mongodb-proxy';

/**
 * FerretDB or the double behind the proxy of the tests, which hands it one write after the other: FerretDB alone does not
 * change documents atomically. Takes a folder and FerretDB's program; tells the address to the parent process.
 */
async function serve(folder: string, program?: string): Promise<void> {
  const socket = join(folder, 'socket');
  process.once('disconnect', () => process.exit());
  const pids = [process.pid];
  if (program === undefined) await MongoDbDouble.listen(socket);
  else pids.push(startFerretdb(program, folder, socket));
  const proxy = await WireProxy.listen(socket);
  process.send?.({ address: proxy.uri, pids });
}

/** It ends with this process, and this process with it. */
function startFerretdb(program: string, folder: string, socket: string): number {
  const parameters = [
    '--handler=sqlite',
    // Each statement of a bulk is a transaction there; with a wait for the disk after each it would measure the disk.
    `--sqlite-url=file:${folder}/?_pragma=synchronous(off)`,
    `--state-dir=${folder}`,
    `--listen-unix=${socket}`,
    '--listen-addr=',
    '--debug-addr=-',
    '--telemetry=disable',
    '--log-level=error',
  ];
  const server = spawn(program, parameters, { stdio: 'ignore' });
  process.once('exit', () => server.kill('SIGKILL'));
  server.once('exit', () => process.exit(1));
  return server.pid as number;
}

const [folder, program] = process.argv.slice(2);
if (folder !== undefined) void serve(folder, program);
