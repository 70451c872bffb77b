import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { WireProxy } from '../test/support/mongodb-proxy';

/**
 * FerretDB behind the proxy of the tests, which hands it one write after the other: alone it does not change documents
 * atomically. Takes the program and a folder; tells the address to the parent process.
 */
async function serve(program: string, folder: string): Promise<void> {
  const socket = join(folder, 'socket');
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
  const end = () => {
    server.kill('SIGKILL');
    process.exit();
  };
  process.once('disconnect', end);
  server.once('exit', () => process.exit(1));
  const proxy = await WireProxy.listen(socket);
  process.send?.({ address: proxy.uri, pids: [process.pid, server.pid] });
}

const [program, folder] = process.argv.slice(2);
if (program !== undefined && folder !== undefined) void serve(program, folder);
