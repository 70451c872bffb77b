import {
  aSale,
  type Answer,
  type Client,
  endServices,
  exportedEvents,
  newFolder,
  openCompany,
  removeFolders,
  signIn,
  startService,
} from '../support/service';

let client: Client;
let company: string;
let head: number;

beforeAll(async () => {
  client = await signIn(await startService(newFolder(), { environment: { CAISSE_AFTER_WAIT_MS: '500' } }));
  company = await openCompany(client);
  const { body } = await client.post(`${company}/entries`, aSale(100));
  head = Number(body.sequence);
});
afterAll(async () => {
  await endServices();
  removeFolders();
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  client.send('GET', `${company}${path}`, { headers });

const JSON_TYPE = { Accept: 'application/json' };

describe('the signed head', () => {
  it('is a note, or its parts with the hash of the event that it ends with', async () => {
    const note = await get('/proof/checkpoint');
    expect(note.headers.get('content-type')).toMatch(/^text\/plain/);
    const { body } = await get('/proof/checkpoint', JSON_TYPE);
    expect(body.note).toBe(note.body);
    const { events } = await exportedEvents(client, company);
    expect([body.size, body.hash]).toEqual([head, events.at(-1)?.hash]);
    expect((await get('/proof/checkpoint', { Accept: 'image/png' })).body.code).toBe('not-acceptable');
  });

  it('covers what was answered, and says when it does not yet', async () => {
    expect((await get(`/proof/checkpoint?after=${head}`)).status).toBe(200);
    const early = await get(`/proof/checkpoint?after=${head + 1}`);
    expect([early.status, early.body.code, early.headers.get('retry-after')]).toEqual([
      503,
      'after-not-reached',
      '1',
    ]);
  });
});

describe('what is read from the events themselves', () => {
  it.each([
    ['GET', '/exports/events'],
    ['POST', '/proof/verify'],
  ])('%s %s holds what was answered, and says when it does not yet', async (method, path) => {
    expect((await client.send(method, `${company}${path}?after=${head}`)).status).toBe(200);
    const early = await client.send(method, `${company}${path}?after=${head + 1}`);
    expect([early.status, early.body.code, early.headers.get('retry-after')]).toEqual([
      503,
      'after-not-reached',
      '1',
    ]);
    const wrong = await client.send(method, `${company}${path}?after=abc`);
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/query/after']);
  });
});

describe('queries that mean nothing', () => {
  it.each([
    ['/proof/checkpoint?after=abc', '/query/after'],
    ['/proof/checkpoint?surprise=1', '/query/surprise'],
    ['/exports/events?from=0', '/query/from'],
    ['/exports/events?to=1e9', '/query/to'],
    ['/exports/events?from=3&to=2', '/query/to'],
    ['/exports/events?surprise=1', '/query/surprise'],
  ])('%s', async (path, pointer) => {
    const { status, body } = await get(path);
    expect([status, body]).toEqual([
      400,
      expect.objectContaining({ code: 'invalid-input', errors: [expect.objectContaining({ pointer })] }),
    ]);
  });

  it('of a verification', async () => {
    expect((await client.post(`${company}/proof/verify?all=banana`)).body.code).toBe('invalid-input');
    expect((await client.post(`${company}/proof/verify?all=true`)).body.intact).toBe(true);
  });
});

describe('raw events', () => {
  it.each([
    ['', 1, (last: number) => last],
    ['?from=2', 2, (last: number) => last],
    ['?from=2&to=2', 2, () => 2],
    ['?to=2', 1, () => 2],
  ])('%s', async (query, first, lastOf) => {
    const { body } = await get(`/exports/events${query}`);
    const sequences = String(body)
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { sequence: number }).sequence);
    const expected = Array.from({ length: lastOf(head) - first + 1 }, (_, index) => first + index);
    expect(sequences).toEqual(expected);
  });
});
