import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Ended, runCaisse } from './command';
import { environmentOfEngines, stopEngines } from './engines';

const ROOT = resolve(__dirname, '../..');
const FIRM_ADMIN = { email: 'cabinet@example.org', password: 'une phrase de passe' };
const PATIENCE_MS = 20_000;

/** A day that lies behind whatever the clock of the machine says. */
export const PAST_DAY = '2021-01-02';

/** Where a service keeps its things; the witness is outside of the data, as it should be. */
export type Folder = { readonly root: string; readonly data: string; readonly witness: string };

/** A new folder; `removeFolders` removes all of them. */
export function newFolder(): Folder {
  const root = mkdtempSync(join(tmpdir(), 'caisse-'));
  folders.push(root);
  return { root, data: join(root, 'data'), witness: join(root, 'caisse.witness') };
}

const folders: string[] = [];

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when there is none; the text when it is not JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what an answer holds is what a test asserts
  readonly body: any;
};

export type Sending = {
  readonly token?: string | null;
  /** A text or bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Calls a service over HTTP, as any client would. */
export class Client {
  constructor(
    readonly base: string,
    readonly token: string | null,
  ) {}

  get(path: string, sending: Sending = {}): Promise<Answer> {
    return this.send('GET', path, sending);
  }

  post(path: string, body?: unknown, sending: Sending = {}): Promise<Answer> {
    return this.send('POST', path, { ...sending, body });
  }

  /** @throws when the service cannot be reached or goes away before it has answered */
  async send(
    method: string,
    path: string,
    { token = this.token, body, headers = {} }: Sending = {},
  ): Promise<Answer> {
    const init: RequestInit = {
      method,
      redirect: 'manual',
      headers: {
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
    };
    if (body !== undefined) init.body = isRaw(body) ? body : JSON.stringify(body);
    const answer = await fetch(`${this.base}${path}`, init);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: parsed(text, answer.headers) };
  }

  as(token: string | null): Client {
    return new Client(this.base, token);
  }
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

function parsed(text: string, headers: Headers): unknown {
  if (text === '') return undefined;
  const isJson = /^application\/(problem\+)?json\b/.test(headers.get('content-type') ?? '');
  return isJson ? (JSON.parse(text) as unknown) : text;
}

export type ServiceProcess = {
  readonly url: string;
  readonly pid: number;
  /** `kill -9`: nothing that the process had in mind is done any more. */
  readonly kill: () => Promise<void>;
  /** Asks it to stop, and waits. Answers the exit code. */
  readonly stop: () => Promise<number | null>;
  /** What it has written to its log so far. */
  readonly log: () => string;
};

const running = new Set<ChildProcess>();

export type StartOptions = {
  readonly environment?: Readonly<Record<string, string>>;
  /** A command that the process is started through, such as a shell that sets a limit. */
  readonly through?: readonly string[];
  /** Milliseconds until it must listen. */
  readonly patience?: number;
};

/** Starts the service as an operator would, on a free port, and waits until it listens. */
export async function startService(
  { data, witness }: Folder,
  { environment = {}, through = [], patience = PATIENCE_MS }: StartOptions = {},
): Promise<ServiceProcess> {
  const engines = await environmentOfEngines(data);
  const [command, ...args] = [...through, process.execPath, join(ROOT, 'dist/src/main.js')];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
      CAISSE_DATA: data,
      CAISSE_WITNESS: witness,
      CAISSE_RATE_LIMIT: 'off',
      CAISSE_ADMIN_EMAIL: FIRM_ADMIN.email,
      CAISSE_ADMIN_PASSWORD: FIRM_ADMIN.password,
      ...engines,
      ...environment,
    },
  });
  running.add(child);
  const exited = once(child, 'exit').then(() => {
    running.delete(child);
  });
  let output = '';
  const url = await new Promise<string>((found, failed) => {
    const deadline = setTimeout(() => {
      // It would hold what the next one needs.
      child.kill('SIGKILL');
      failed(new Error(`the service did not start:\n${output}`));
    }, patience);
    const listen = (chunk: Buffer): void => {
      output += chunk.toString();
      const address = /écoute sur (http:\S+)/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(deadline);
      found(address);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void exited.then(() => {
      clearTimeout(deadline);
      failed(new Error(`the service ended with ${String(child.exitCode)}:\n${output}`));
    });
  });
  return {
    url,
    pid: child.pid ?? 0,
    kill: () => {
      child.kill('SIGKILL');
      return exited;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    log: () => output,
  };
}

/** Ends what a failed test has left running. */
export async function endServices(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }),
  );
  await stopEngines();
}

/** Signs the firm's administrator in. */
export async function signIn({ url }: ServiceProcess): Promise<Client> {
  const answer = await new Client(url, null).post('/v1/auth/login', FIRM_ADMIN);
  expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ token: expect.any(String) })]);
  return new Client(url, String(answer.body.token));
}

/** The same person, at a service that was started again elsewhere. */
export function clientOf({ url }: ServiceProcess, { token }: Client): Client {
  return new Client(url, token);
}

/** As clients do: while a partition changes hands its read models may not be there yet, and the answer says when to ask again. */
export async function readWhenThere(client: Client, path: string): Promise<Answer> {
  for (;;) {
    const answer = await client.get(path);
    if (answer.status !== 503) return answer;
    await delay(Number(answer.headers.get('retry-after')) * 1000);
  }
}

let sirens = 0;

/** A SIREN with a right check digit, another one at each call. */
export function newSiren(): string {
  sirens += 1;
  const digits = String(10_000_000 + sirens);
  let total = 0;
  for (let index = 0; index < 8; index += 1) {
    const doubled = Number(digits[7 - index]) * (index % 2 === 0 ? 2 : 1);
    total += doubled > 9 ? doubled - 9 : doubled;
  }
  return `${digits}${String((10 - (total % 10)) % 10)}`;
}

/** Opens a company with a till T1 that holds 150 €, and an empty T2. Answers its path, `/v1/companies/<id>`. */
export async function openCompany(
  client: Client,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const body = {
    name: 'Boulangerie Ève',
    siren: newSiren(),
    tills: [{ code: 'T1', name: 'Caisse 1', opening: { cash: 150_00 } }, { code: 'T2' }],
    ...settings,
  };
  const { status, body: company } = await client.post('/v1/companies', body);
  expect([status, company]).toEqual([201, expect.objectContaining({ id: expect.any(String) })]);
  return `/v1/companies/${String(company.id)}`;
}

/** A key for a program, of one company. */
export async function apiKey(client: Client, company: string, role = 'connector'): Promise<string> {
  const { status, body } = await client.post(`${company}/api-keys`, { name: role, role });
  expect([status, typeof body.key]).toEqual([201, 'string']);
  return String(body.key);
}

export type SaleBody = {
  readonly id: string;
  readonly type: 'sale';
  readonly till: string;
  readonly businessDate: string;
  readonly lines: readonly { readonly category: string; readonly gross: number; readonly vatRate: number }[];
  readonly payments: readonly { readonly method: string; readonly amount: number }[];
};

/** A sale of bread on the day that lies behind, paid in cash on T1 unless told otherwise. */
export function aSale(gross: number, more: Readonly<Record<string, unknown>> = {}): SaleBody {
  return {
    id: randomUUID(),
    type: 'sale',
    till: 'T1',
    businessDate: PAST_DAY,
    lines: [{ category: 'pain', gross, vatRate: 550 }],
    payments: [{ method: 'cash', amount: gross }],
    ...more,
  };
}

export type RawEvent = {
  readonly sequence: number;
  readonly type: string;
  readonly till?: string;
  readonly entry?: { readonly id: string; readonly index: number; readonly count: number };
  readonly data: Readonly<Record<string, unknown>>;
  readonly hash: string;
};

/** All raw events of a company, and the text that they came in. */
export async function exportedEvents(
  client: Client,
  company: string,
): Promise<{ text: string; events: RawEvent[] }> {
  const { status, body } = await client.get(`${company}/exports/events`);
  expect(status).toBe(200);
  const text = String(body);
  const lines = text.split('\n').filter((line) => line !== '');
  return { text, events: lines.map((line) => JSON.parse(line) as RawEvent) };
}

/** Runs the command line, without a service. */
export function caisse(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/caisse.cjs'), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...environment },
    maxBuffer: 1 << 28,
  });
  return { code: status, stdout, stderr };
}

/** A new data folder with the ledgers of a service that was stopped, as they are on whatever engine: to be verified. */
export async function copyOfLedgers({ data }: Folder): Promise<string> {
  const { CAISSE_EVENT_STORE: from = `sqlite:${data}/events.db` } = await environmentOfEngines(data);
  const copy = newFolder().data;
  // A server of events may be one of this process, which must not stop meanwhile.
  const { code, stderr } = await runCaisse(['copy', '--from', from, '--to', `sqlite:${copy}/events.db`]);
  if (code !== 0) throw new Error(`copy ended with ${String(code)}: ${stderr}`);
  return copy;
}

export type Finding = { readonly sequence: number; readonly code: string; readonly detail: string };

/** `caisse verify --json`: its exit code, and what it found over all ledgers. */
export function verified(
  path: string,
  ...options: readonly string[]
): { code: number | null; findings: Finding[] } {
  const { code, stdout, stderr } = caisse(['verify', path, '--json', ...options]);
  if (code !== 0 && code !== 1) throw new Error(`verify ended with ${String(code)}: ${stderr}`);
  const { reports } = JSON.parse(stdout) as { reports: { errors: Finding[] }[] };
  return { code, findings: reports.flatMap(({ errors }) => errors) };
}
