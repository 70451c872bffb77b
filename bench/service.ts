import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { siren } from './support';

export type Answer = { readonly status: number; readonly text: string };

/** A connection pool to one address that keeps its connections. */
export class Client {
  private readonly agent: Agent;
  private readonly headers: Record<string, string> = {};

  constructor(
    readonly url: string,
    connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  bearer(token: string): void {
    this.headers.authorization = `Bearer ${token}`;
  }

  async get<Body>(path: string): Promise<Body> {
    return JSON.parse((await this.send('GET', path)).text) as Body;
  }

  /** @throws Error with the answer, unless it is a success */
  send(method: string, path: string, body = '', type = 'application/json'): Promise<Answer> {
    const headers: Record<string, string | number> = { ...this.headers };
    if (body !== '') {
      headers['content-type'] = type;
      headers['content-length'] = Buffer.byteLength(body);
    }
    return new Promise((resolve, reject) => {
      const sent = request(`${this.url}${path}`, { method, headers, agent: this.agent }, (response) => {
        read(response).then((text) => {
          const status = response.statusCode ?? 0;
          if (status < 300) resolve({ status, text });
          else reject(new Error(`${method} ${path}: ${status} ${text}`));
        }, reject);
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that the server closed while it was idle: the request never arrived (Node, `reusedSocket`).
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(this.send(method, path, body, type));
        else reject(error);
      });
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

async function read(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

export type Running = {
  readonly url: string;
  readonly pid: number | undefined;
  readonly stop: () => Promise<void>;
};

/** A service can also end as if its machine had. */
export type RunningService = Running & { readonly kill: () => Promise<void> };

const ADMIN = { email: 'cabinet@example.org', password: 'une phrase de passe' };

/** What `npm start` gives Node. */
export const AS_STARTED = ['--max-semi-space-size=64', '--no-allocation-site-pretenuring'];

/** How long a process may take to say that it listens, and to end once it was asked to. */
const START_MS = 300_000;
const END_MS = 30_000;

/** The service as it is shipped, in a process of its own, on the folder `data` of a root. */
export async function startService(
  root: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningService> {
  const child = spawn(process.execPath, [...AS_STARTED, join(__dirname, '../src/main.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'error',
      CAISSE_DATA: join(root, 'data'),
      CAISSE_ADMIN_EMAIL: ADMIN.email,
      CAISSE_ADMIN_PASSWORD: ADMIN.password,
      CAISSE_RATE_LIMIT: 'off',
      CAISSE_QUEUE_PER_LEDGER: '20000',
      CAISSE_QUEUE_TOTAL: '1000000',
      CAISSE_AFTER_WAIT_MS: '60000',
      ...environment,
    },
  });
  // Whoever interrupts the benchmark leaves no service behind.
  const killed = () => void child.kill('SIGKILL');
  process.once('exit', killed);
  child.once('exit', () => process.off('exit', killed));
  const stop = () => ended(child, () => child.kill('SIGTERM'));
  const kill = () => ended(child, () => child.kill('SIGKILL'));
  try {
    return { url: await urlOf(child), pid: child.pid, stop, kill };
  } catch (error) {
    await stop();
    throw error;
  }
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const late = setTimeout(() => reject(new Error(`the service does not listen: ${text}`)), START_MS);
    child.stdout?.on('data', (part: Buffer) => {
      text += part.toString('utf8');
      const url = /Caisse écoute sur (\S+)/.exec(text)?.[1];
      if (url === undefined) return;
      clearTimeout(late);
      resolve(url);
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`the service ended with ${code}: ${text}`));
    });
  });
}

/** A bare Express in a process of its own. */
export async function startEcho(): Promise<Running> {
  const child = fork(join(__dirname, 'echo.process.js'), { env: { NODE_ENV: 'production' } });
  const stop = () => ended(child, () => child.disconnect());
  const gone = once(child, 'exit').then(() => Promise.reject(new Error('the echo ended')));
  gone.catch(() => undefined);
  const [port] = (await Promise.race([once(child, 'message'), gone])) as [number];
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop };
}

/** Asks a process to end; one that does not is killed. */
export async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  end();
  await exit;
  clearTimeout(late);
}

/** Signs in as the firm; answers the token, which outlives a restart. */
export async function signIn(client: Client): Promise<string> {
  const { text } = await client.send('POST', '/v1/auth/login', JSON.stringify(ADMIN));
  const { token } = JSON.parse(text) as { token: string };
  client.bearer(token);
  return token;
}

/** How often a read that comes too early is asked again, and for how long. */
const RETRY_MS = 50;
const LONGEST_MS = 300_000;

/**
 * Resolves once the read models show an event of a day. A service that says "come back" is asked again, as any client
 * does.
 */
export async function folded(client: Client, company: string, date: string, sequence: number): Promise<void> {
  const until = performance.now() + LONGEST_MS;
  for (;;) {
    try {
      await client.send('GET', `${company}/tills/T1/days/${date}?after=${sequence}`);
      return;
    } catch (error) {
      if (performance.now() > until || !String(error).includes('"after-not-reached"')) throw error;
      await delay(RETRY_MS);
    }
  }
}

/** Opens a company with one till; answers its path. */
export async function openCompany(client: Client, index = 0): Promise<string> {
  const body = {
    name: `Boulangerie ${index}`,
    siren: siren(index),
    tills: [{ code: 'T1', name: 'Caisse 1', opening: { cash: 15_000 } }],
  };
  const { text } = await client.send('POST', '/v1/companies', JSON.stringify(body));
  return `/v1/companies/${(JSON.parse(text) as { id: string }).id}`;
}
