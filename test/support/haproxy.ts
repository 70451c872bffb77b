import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from './deployment';

export const HAPROXY_FILE = join(ROOT, 'deploy/haproxy/haproxy.cfg');

const PATIENCE_MS = 10_000;

export type Proxy = {
  readonly url: string;
  /** Where it tells of itself. */
  readonly figures: string;
  readonly stop: () => Promise<void>;
};

/** Starts HAProxy with the file that is shipped, before nodes on ports of this machine; its checks come sooner. */
export async function startProxy(nodes: readonly number[]): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'caisse-haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  const [port, figuresPort] = [await freePort(), await freePort()];
  let text = readFileSync(HAPROXY_FILE, 'utf8')
    .replace('bind :8080', `bind 127.0.0.1:${port}`)
    .replace('bind :8405', `bind 127.0.0.1:${figuresPort}`)
    .replace('inter 2s', 'inter 100ms');
  for (const [index, node] of nodes.entries())
    text = text.replaceAll(`node-${index + 1}:3000`, `127.0.0.1:${node}`);
  writeFileSync(file, text);
  const child = spawn('haproxy', ['-W', '-db', '-f', file], { stdio: 'ignore' });
  const figures = `http://127.0.0.1:${figuresPort}`;
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true });
  };
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error('HAProxy has ended');
      return fetch(`${figures}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, figures, stop };
}

/** Looks until it is so. @throws when it does not come to be */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const last = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > last) throw new Error('it does not come to be');
    await delay(20);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // Its worker ends with it.
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
