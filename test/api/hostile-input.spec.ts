import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import {
  aSale,
  type Answer,
  type Client,
  endServices,
  exportedEvents,
  type Folder,
  newFolder,
  openCompany,
  removeFolders,
  type ServiceProcess,
  signIn,
  startService,
  verified,
} from '../support/service';
import { type Operation, operationsOf } from '../support/open-api';

const MEBIBYTE = 1024 * 1024;

let folder: Folder;
let service: ServiceProcess;
let client: Client;
let company: string;
let writing: Operation[];

beforeAll(async () => {
  folder = newFolder();
  service = await startService(folder);
  client = await signIn(service);
  company = await openCompany(client);
  const operations = operationsOf((await client.get('/openapi.json')).body);
  writing = operations.filter(({ requestBody }) => requestBody !== undefined);
});
afterAll(async () => {
  await endServices();
  removeFolders();
});

const addressOf = ({ path }: Operation): string =>
  path
    .replace('/v1/companies/{company}', company)
    .replace('{month}', '2026-03')
    .replace('{token}', 'x'.repeat(43));

/** A refusal that tells a program what was wrong, and a person what to do. */
function refusalOf(answer: Answer): string | null {
  const { status, headers, body } = answer;
  const isProblem =
    headers.get('content-type') === 'application/problem+json' &&
    typeof body?.code === 'string' &&
    typeof body.title === 'string' &&
    typeof body.detail === 'string' &&
    body.status === status;
  return status >= 400 && status < 500 && isProblem
    ? null
    : `${status} ${JSON.stringify(body ?? null).slice(0, 200)}`;
}

/** Runs hostile requests, and sees that nothing whatever was recorded by them. */
async function recordingNothing(send: () => Promise<unknown>): Promise<void> {
  const before = (await exportedEvents(client, company)).text;
  const companies = (await client.get('/v1/companies')).body.data.length;
  await send();
  expect((await exportedEvents(client, company)).text).toBe(before);
  expect((await client.get('/v1/companies')).body.data).toHaveLength(companies);
}

type Hostile = readonly [string, string | Uint8Array<ArrayBuffer>, Readonly<Record<string, string>>?];

const latin1 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'latin1'));
const nested = (depth: number) => `${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`;

const BODIES: readonly Hostile[] = [
  ['nothing', ''],
  ['white space', ' \r\n\t'],
  ['half of an object', '{"name":'],
  ['a brace too many', '{"name":"x"}}'],
  ['a trailing comma', '{"name":"x",}'],
  ['two values', '{} {}'],
  ['single quotes', "{'name':'x'}"],
  ['a comment', '{/* */}'],
  ['NaN', '{"amount":NaN}'],
  ['Infinity', '{"amount":Infinity}'],
  ['hexadecimal', '{"amount":0x10}'],
  ['a leading zero', '{"amount":010}'],
  ['undefined', 'undefined'],
  ['a control character in a string', '{"name":"\u0001"}'],
  ['a byte of U+0000', '{"name":"\u0000"}'],
  ['a wrong escape', '{"name":"\\x41"}'],
  ['half a surrogate', '{"name":"\\ud800"}'],
  ['null', 'null'],
  ['a number', '42'],
  ['a string', '"sale"'],
  ['a truth', 'true'],
  ['a list', '[]'],
  ['a list of lists', '[[[[]]]]'],
  ['an unknown field', '{"surprise":1}'],
  ['a huge number', '{"amount":1e308}'],
  ['a number too large', '{"amount":1e400}'],
  ['a number too small', '{"amount":-1e400}'],
  ['a number of 10,000 digits', `{"amount":${'9'.repeat(10_000)}}`],
  ['a number past 2^53', '{"amount":9007199254740993}'],
  ['minus zero', '{"amount":-0}'],
  ['deep nesting', nested(5000)],
  ['deep nesting without an end', '['.repeat(60_000)],
  ['a prototype', '{"__proto__":{"role":"firm-admin"}}'],
  ['a constructor', '{"constructor":{"prototype":{"role":"firm-admin"}}}'],
  ['a prototype within', '{"name":{"a":{"__proto__":1}}}'],
  ['a name twice', '{"name":"x","name":"y"}'],
  ['a name twice, escaped', '{"name":"x","n\\u0061me":"y"}'],
  ['a name that is empty', '{"":1}'],
  ['a name of 60,000 characters', `{"${'a'.repeat(60_000)}":1}`],
  ['9,000 members', `{${Array.from({ length: 9000 }, (_, index) => `"${index}":1`).join(',')}}`],
  ['bytes that are no UTF-8', latin1('{"name":"\xe9"}')],
  ['an overlong sequence', latin1('{"name":"\xc0\xaf"}')],
  ['UTF-16', new Uint8Array(Buffer.from('{"name":"x"}', 'utf16le'))],
  ['latin-1, said to be', '{}', { 'Content-Type': 'application/json; charset=iso-8859-1' }],
  ['UTF-16, said to be', '{}', { 'Content-Type': 'application/json; charset=utf-16' }],
  ['a form', 'name=x', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ['XML', '<a/>', { 'Content-Type': 'application/xml' }],
  ['text', '{}', { 'Content-Type': 'text/plain' }],
  ['no type', '{}', { 'Content-Type': '' }],
  ['a type that is none', '{}', { 'Content-Type': ';;;' }],
  ['compressed, said to be', '{}', { 'Content-Encoding': 'gzip' }],
  ['20 MB', `{"name":"${'x'.repeat(20_000_000)}"}`],
  ['20 MB of brackets', '['.repeat(20_000_000)],
];

describe('a hostile body', () => {
  it('has every kind of writing route to try', () => {
    expect(writing.map(({ operationId }) => operationId).sort()).toEqual([
      'acceptInvitation',
      'addTill',
      'changeSettings',
      'createCompany',
      'createCustomer',
      'invite',
      'makeApiKey',
      'recordBatch',
      'recordEntry',
      'recordOpeningBalances',
      'setBudget',
      'signIn',
    ]);
  });

  const bodies = BODIES.map(([what, body, headers = {}]) => ({ what, body, headers }));

  it.each(bodies)(
    'that is $what is refused on every writing route, and nothing is recorded',
    async ({ body, headers }) => {
      await recordingNothing(async () => {
        for (const operation of writing) {
          const answer = await client.send(operation.method, addressOf(operation), { body, headers });
          expect([operation.operationId, refusalOf(answer)]).toEqual([operation.operationId, null]);
          expect(Object.keys(operation.responses)).toContain(String(answer.status));
        }
      });
    },
  );

  it('cannot make a principal of anybody', async () => {
    const { body } = await client.as(null).get('/v1/me');
    expect(body.code).toBe('not-signed-in');
    expect(({} as Record<string, unknown>).role).toBeUndefined();
  });
});

/** What may stand in the place of any value; the last ones are written into the JSON as they are. */
const VALUES: readonly unknown[] = [
  null,
  true,
  '',
  'x',
  'x'.repeat(50_000),
  '\u0000',
  '\ud800',
  '1e400',
  -1,
  0.1,
  1e21,
  9007199254740992,
  [],
  {},
  [null],
  { __proto__: null, a: 1 },
  { raw: '1e400' },
  { raw: '-1e400' },
  { raw: '-0' },
  { raw: '1E-400' },
  { raw: '{"__proto__":1}' },
  { raw: nested(20) },
];

/** The paths of all values in a body. */
function* pathsOf(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) yield* pathsOf(member, [...path, name]);
}

/** The body as JSON with one value replaced. */
function replaced(body: unknown, path: readonly string[], value: unknown): string {
  const copy = structuredClone(body) as Record<string, unknown>;
  const parent = path.slice(0, -1).reduce((at, name) => at[name] as Record<string, unknown>, copy);
  const raw = typeof value === 'object' && value !== null && 'raw' in value ? String(value.raw) : null;
  parent[path.at(-1) ?? ''] = raw === null ? value : '@raw@';
  if ('id' in copy && path[0] !== 'id') copy.id = randomUUID();
  const text = JSON.stringify(copy);
  return raw === null ? text : text.replace('"@raw@"', raw);
}

describe('a hostile value in the place of a good one', () => {
  const tries = async (
    operation: Operation,
    example: unknown,
  ): Promise<{ refused: number; taken: number }> => {
    const count = { refused: 0, taken: 0 };
    let head: number = (await client.get(company)).body.head;
    for (const path of pathsOf(example)) {
      for (const value of VALUES) {
        const body = replaced(example, path, value);
        const answer = await client.send(operation.method, addressOf(operation), { body });
        const at = `${operation.operationId} /${path.join('/')} ${body.slice(0, 300)}`;
        if (answer.status >= 400) {
          expect([at, refusalOf(answer)]).toEqual([at, null]);
          count.refused += 1;
        } else {
          count.taken += 1;
        }
        const now: number = (await client.get(company)).body.head;
        // What is refused leaves no trace; a batch that is not atomic answers for each entry.
        if (answer.status >= 400) expect([at, now]).toEqual([at, head]);
        head = now;
      }
    }
    return count;
  };

  it('is refused or harmless, wherever it stands', async () => {
    for (const operation of writing) {
      if (['signIn', 'acceptInvitation'].includes(operation.operationId)) continue;
      const examples = operation.requestBody?.content['application/json']?.examples ?? {};
      for (const [name, { value }] of Object.entries(examples)) {
        const { refused, taken } = await tries(operation, value);
        expect([
          operation.operationId,
          name,
          refused > taken || operation.operationId === 'recordBatch',
        ]).toEqual([operation.operationId, name, true]);
      }
    }
    const { text } = await exportedEvents(client, company);
    expect(/.{80}(?::-0[,}\]]|:\d+e\+|__proto__|\\u0000|\\ud800).{80}/.exec(text)).toBeNull();
  }, 120_000);

  it.each([
    ['an amount of minus zero', { payments: [{ method: 'cash', amount: -0 }] }],
    [
      'an amount past a thousand billion cents',
      { payments: [{ method: 'cash', amount: 1_000_000_000_001 }] },
    ],
    ['a text too long', { comment: 'x'.repeat(2001) }],
    [
      'a thousand lines',
      { lines: Array.from({ length: 1000 }, () => ({ category: 'pain', gross: 1, vatRate: 550 })) },
    ],
    ['a day that does not exist', { businessDate: '2021-02-30' }],
    ['an instant without its zone', { occurredAt: '2021-01-02T10:00:00' }],
    ['a code with a slash', { till: 'T1/../T2' }],
    ['an id that is none', { id: '../../etc/passwd' }],
    ['a name of an object', { till: 'constructor' }],
    ['another name of an object', { lines: [{ category: '__proto__', gross: 100, vatRate: 550 }] }],
  ])('is refused: %s', async (_what, change) => {
    await recordingNothing(async () => {
      const body = JSON.stringify({ ...aSale(100), ...change }).replace('"amount":0', '"amount":-0');
      expect(refusalOf(await client.post(`${company}/entries`, body))).toBeNull();
    });
  });

  it('is refused in an address and a query too', async () => {
    for (const path of [
      '/days?from=2021-13-01',
      '/days?limit=1e3',
      '/days?limit=501',
      '/days?limit=-1',
      '/days?cursor=%00',
      '/days?cursor=AAAA',
      '/days?surprise=1',
      '/days?limit=1&limit=2',
      '/days?limit[a]=1',
      '/days?__proto__[a]=1',
      '/journal?from=x',
      '/journal?after=99999999999999999999',
      '/tills?after=-1',
      '/tills/constructor/days/2021-01-02',
      '/tills/T1/days/2021-02-30',
      '/tills/%00/days/2021-01-02',
      `/tills/${'x'.repeat(5000)}/days/2021-01-02`,
      '/entries/..%2f',
      '/entries/constructor',
      '/vouchers/__proto__',
      '/customers/1',
      '/syntheses/month/2021-13',
      '/syntheses/day/2021-1-1',
      '/exports/events?from=0',
      '/exports/events?from=1e9',
      '/nowhere',
    ]) {
      expect([path, refusalOf(await client.get(`${company}${path}`))]).toEqual([path, null]);
    }
    for (const headers of [{ 'Idempotency-Key': 'x'.repeat(300) }, { 'Idempotency-Key': 'with a space' }]) {
      expect(refusalOf(await client.post(`${company}/tills`, { code: 'T9' }, { headers }))).toBeNull();
    }
  });
});

describe('a budget', () => {
  it('is of a month: another one is refused by the name of the parameter', async () => {
    await recordingNothing(async () => {
      for (const month of ['2026-13', '2026', '2026-3', 'mars', '2026-03-01']) {
        const answer = await client.send('PUT', `${company}/budgets/${month}`, { body: { turnover: 1 } });
        expect([month, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([month, 400, '/path/month']);
      }
    });
  });
});

describe('a parameter that nobody knows', () => {
  it('is refused by every route that writes, and named', async () => {
    const operations = operationsOf((await client.get('/openapi.json')).body);
    const writes = operations.filter(({ method }) => method !== 'GET');
    expect(writes.length).toBeGreaterThan(12);
    await recordingNothing(async () => {
      for (const { method, path, operationId } of writes) {
        const address = path
          .replace('/v1/companies/{company}', company)
          .replaceAll(/\{[^}]+\}/g, '0195a000-0000-7000-8000-000000000001');
        const answer = await client.send(method, `${address}?surprise=1`);
        expect([operationId, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([
          operationId,
          400,
          '/query/surprise',
        ]);
      }
    });
  });
});

describe('NDJSON', () => {
  const send = async (
    body: RequestInit['body'],
  ): Promise<{ status: number; rows: Record<string, unknown>[] }> => {
    const answer = await fetch(`${service.url}${company}/entries/batch`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${String(client.token)}`, 'Content-Type': 'application/x-ndjson' },
      body,
    });
    const lines = (await answer.text()).split('\n').filter((line) => line !== '');
    return { status: answer.status, rows: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  };

  it('with broken lines of every kind says which and why, and records the others', async () => {
    const hostile = BODIES.filter(
      ([, body, headers]) => headers === undefined && Buffer.from(body).toString().trim() !== '',
    );
    const good = hostile.map(() => aSale(100));
    const parts = hostile.flatMap(([, body], index) => [
      Buffer.from(body),
      Buffer.from(`\n${JSON.stringify(good[index])}\n`),
    ]);
    const before = (await exportedEvents(client, company)).events.length;
    const { status, rows } = await send(new Uint8Array(Buffer.concat(parts)));
    expect(status).toBe(200);
    // Line ends within a hostile body would make two lines of it: there are none.
    expect(rows.map(({ line }) => line)).toEqual(rows.map((_, index) => index + 1));
    const outcomes = rows.map((row) => {
      const { code, status: refusedWith } = (row.problem ?? {}) as { code?: string; status?: number };
      return row.status === 'refused'
        ? [typeof code, Number(refusedWith) >= 400 && Number(refusedWith) < 500]
        : [row.id, row.status];
    });
    expect(outcomes).toEqual(
      good.flatMap(({ id }) => [
        ['string', true],
        [id, 'recorded'],
      ]),
    );
    expect((await exportedEvents(client, company)).events.length).toBeGreaterThanOrEqual(
      before + good.length,
    );
  });

  /** Resident memory of the process, as it says itself. */
  const residentBytes = async (): Promise<number> => {
    const { body } = await client.get('/metrics');
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(String(body))?.[1]);
  };

  const watched = async <Result>(work: Promise<Result>): Promise<[Result, number]> => {
    let peak = await residentBytes();
    for (;;) {
      const done = await Promise.race([work.then((result) => ({ result })), delay(100, null)]);
      peak = Math.max(peak, await residentBytes());
      if (done) return [done.result, peak];
    }
  };

  /** Streams a body of so many lines, made as they are sent; counts the results by status as they come. */
  const stream = async (
    lines: number,
    lineAt: (index: number) => string,
  ): Promise<Record<string, number>> => {
    function* chunks(): Generator<string> {
      for (let from = 0; from < lines; from += 200)
        yield Array.from(
          { length: Math.min(200, lines - from) },
          (_, index) => `${lineAt(from + index)}\n`,
        ).join('');
    }
    const answer = await fetch(`${service.url}${company}/entries/batch`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${String(client.token)}`, 'Content-Type': 'application/x-ndjson' },
      body: Readable.toWeb(Readable.from(chunks())) as RequestInit['body'],
      duplex: 'half',
    });
    expect(answer.status).toBe(200);
    const counts: Record<string, number> = {};
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      const rows = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = rows.pop() ?? '';
      for (const row of rows) {
        const { status } = JSON.parse(row) as { status: string };
        counts[status] = (counts[status] ?? 0) + 1;
      }
    }
    return counts;
  };

  it('of 200,000 lines is taken in constant memory', async () => {
    const known = Array.from({ length: 100 }, () => aSale(100));
    for (const sale of known) await client.post(`${company}/entries`, sale);
    const texts = known.map((sale) => JSON.stringify(sale));
    const lineAt = (index: number) =>
      index % 4 === 0 ? (texts[(index / 4) % 100] ?? '') : index % 4 === 1 ? '{"type":' : `{"id":${index}}`;
    const [, small] = await watched(stream(20_000, lineAt));
    const [counts, large] = await watched(stream(200_000, lineAt));
    expect(counts).toEqual({ replayed: 50_000, refused: 150_000 });
    expect(large - small).toBeLessThan(100 * MEBIBYTE);
  }, 120_000);

  it('whose results nobody reads is not read either', async () => {
    const { hostname, port } = new URL(service.url);
    const before = await residentBytes();
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(
      [
        `POST ${company}/entries/batch HTTP/1.1`,
        `Host: ${hostname}`,
        `Authorization: Bearer ${String(client.token)}`,
        'Content-Type: application/x-ndjson',
        'Transfer-Encoding: chunked',
        '',
        '',
      ].join('\r\n'),
    );
    const text = '{"type":\n'.repeat(8000);
    const chunk = `${text.length.toString(16)}\r\n${text}\r\n`;
    let sent = 0;
    for (; sent < 200 * MEBIBYTE; sent += chunk.length) {
      if (socket.write(chunk)) continue;
      const drained = new Promise((resolve) => socket.once('drain', () => resolve(true)));
      if (!(await Promise.race([drained, delay(3000, false)]))) break;
    }
    expect(sent).toBeLessThan(100 * MEBIBYTE);
    expect((await residentBytes()) - before).toBeLessThan(150 * MEBIBYTE);
    socket.destroy();
    expect((await client.get(company)).status).toBe(200);
  }, 60_000);
});

it('what is left of all this is a ledger that verifies', async () => {
  const books = join(folder.root, 'events.ndjson');
  writeFileSync(books, (await exportedEvents(client, company)).text);
  expect(service.log()).not.toMatch(/"level":"(error|fatal)"|Warning/);
  await service.stop();
  expect(verified(books, '--all', '--witness', folder.witness)).toEqual({ code: 0, findings: [] });
});
