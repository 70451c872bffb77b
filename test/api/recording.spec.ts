import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import {
  apiKey,
  aSale,
  type Answer,
  type Client,
  endServices,
  exportedEvents,
  newFolder,
  openCompany,
  PAST_DAY,
  removeFolders,
  type SaleBody,
  signIn,
  startService,
} from '../support/service';

const OPENING = 150_00;
const NDJSON = { 'Content-Type': 'application/x-ndjson' };

let client: Client;
let company: string;

beforeAll(async () => {
  client = await signIn(await startService(newFolder()));
});
beforeEach(async () => {
  company = await openCompany(client);
});
afterAll(async () => {
  await endServices();
  removeFolders();
});

const record = (entry: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  client.post(`${company}/entries`, entry, { headers });

const recordAll = (entries: readonly unknown[], atomic?: boolean): Promise<Answer> =>
  client.post(`${company}/entries/batch`, { ...(atomic === undefined ? {} : { atomic }), entries });

const events = async () => (await exportedEvents(client, company)).events;

/** What a repeat answers again; balances and alerts are current. */
function lasting({ body }: Answer): Record<string, unknown> {
  const { balances: _balances, alerts: _alerts, ...others } = body;
  return others;
}

function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.body?.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.body).toEqual(
    expect.objectContaining({
      type: `urn:caisse:problem:${code}`,
      status,
      title: expect.any(String),
      detail: expect.any(String),
    }),
  );
}

const closing = (cash: number) => [
  {
    id: randomUUID(),
    type: 'count',
    till: 'T1',
    businessDate: PAST_DAY,
    counts: [{ method: 'cash', amount: cash }],
  },
  { id: randomUUID(), type: 'day-closure', till: 'T1', businessDate: PAST_DAY },
];

const cashOut = (amount: number) => ({
  id: randomUUID(),
  type: 'cash-out',
  till: 'T1',
  businessDate: PAST_DAY,
  method: 'cash',
  amount,
  reason: 'bank',
});

describe('one entry', () => {
  it('is answered 201 with where it stands and what is in the till', async () => {
    const sale = aSale(12_50, { reference: 'F-1', occurredAt: `${PAST_DAY}T09:30:00+01:00` });
    const answer = await record(sale);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
    const last = (await events()).at(-1);
    expect(answer.body).toEqual({
      id: sale.id,
      type: 'sale',
      sequence: last?.sequence,
      till: 'T1',
      tillSequence: 2,
      businessDate: PAST_DAY,
      recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      hash: last?.hash,
      balances: expect.objectContaining({ cash: OPENING + 12_50, card: 0 }),
      alerts: [],
    });
  });

  it('sent again is answered 200 with the first result and current balances', async () => {
    const sale = aSale(10_00);
    const first = await record(sale);
    await record(aSale(5_00));
    const count = (await events()).length;
    const again = await record(sale);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(lasting(again)).toEqual(lasting(first));
    expect(again.body.balances.cash).toBe(OPENING + 15_00);
    expect(await events()).toHaveLength(count);
  });

  it('is the same with its members in another order, other white space, its id in capitals', async () => {
    const sale = aSale(10_00, { comment: 'été' });
    const first = await record(sale);
    const reversed = Object.fromEntries(Object.entries(sale).reverse());
    for (const body of [
      JSON.stringify(reversed, null, 2),
      JSON.stringify({ ...sale, id: sale.id.toUpperCase() }),
      JSON.stringify(sale).replace('été', '\\u00e9t\\u00e9').replace('1000', '1.0e3'),
    ]) {
      const again = await record(body);
      expect([again.status, again.body.sequence]).toEqual([200, first.body.sequence]);
    }
  });

  it('is another one as soon as anything in it differs, and is refused under the same id', async () => {
    const sale = aSale(10_00);
    await record(sale);
    const count = (await events()).length;
    for (const other of [
      { ...sale, comment: 'x' },
      { ...sale, occurredAt: `${PAST_DAY}T10:00:00Z` },
      { ...aSale(11_00), id: sale.id },
      { ...cashOut(10_00), id: sale.id },
    ]) {
      const answer = await record(other);
      expectProblem(answer, 409, 'idempotency-mismatch');
      expect(answer.body.errors).toEqual([expect.objectContaining({ pointer: '/id' })]);
    }
    expect(await events()).toHaveLength(count);
  });

  it('of two tills answers its last sequence and lists all of them', async () => {
    const transfer = {
      id: randomUUID(),
      type: 'transfer',
      till: 'T1',
      businessDate: PAST_DAY,
      from: { method: 'cash' },
      to: { till: 'safe', method: 'cash' },
      amount: 50_00,
    };
    const answer = await record(transfer);
    expect(answer.status).toBe(201);
    const sequences = (await events()).filter(({ entry }) => entry?.id === transfer.id);
    expect(sequences.length).toBeGreaterThan(1);
    expect(answer.body.sequences).toEqual(sequences.map(({ sequence }) => sequence));
    expect(answer.body.sequence).toBe(answer.body.sequences.at(-1));
    expect(lasting(await record(transfer))).toEqual(lasting(answer));
  });

  it('can be read back, with its events and its proof', async () => {
    const sale = aSale(3_00);
    const { body } = await record(sale);
    const answer = await client.get(`${company}/entries/${sale.id}?after=${body.sequence}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: sale.id, type: 'sale' });
    expect(JSON.stringify(answer.body)).toContain(body.hash);
    const unknown = await client.get(`${company}/entries/${randomUUID()}`);
    expectProblem(unknown, 404, 'not-found');
  });

  describe('with an Idempotency-Key', () => {
    const { id: _id, ...withoutId } = aSale(10_00);

    it('takes it as its id', async () => {
      const key = randomUUID();
      const first = await record(withoutId, { 'Idempotency-Key': key });
      expect([first.status, first.body.id]).toEqual([201, key]);
      const quoted = await record(withoutId, { 'Idempotency-Key': `"${key}"` });
      expect([quoted.status, quoted.body.sequence]).toEqual([200, first.body.sequence]);
      const inTheBody = await record({ ...withoutId, id: key });
      expect([inTheBody.status, inTheBody.body.sequence]).toEqual([200, first.body.sequence]);
    });

    it('takes both when they agree, and refuses them when they do not', async () => {
      const sale = aSale(10_00);
      expect((await record(sale, { 'Idempotency-Key': sale.id.toUpperCase() })).status).toBe(201);
      const other = await record(aSale(10_00), { 'Idempotency-Key': randomUUID() });
      expectProblem(other, 400, 'idempotency-key-mismatch');
    });

    it('wants a UUID, and an id one way or the other', async () => {
      expectProblem(await record(withoutId, { 'Idempotency-Key': 'caisse-1' }), 400, 'invalid-input');
      const without = await record(withoutId);
      expectProblem(without, 400, 'invalid-input');
      expect(without.body.errors).toEqual([expect.objectContaining({ pointer: '/id' })]);
    });
  });

  describe('is refused', () => {
    it.each([
      ['a type that does not exist', { type: 'gift' }, 400, 'invalid-input', '/type'],
      ['a field that does not exist', { tip: 100 }, 400, 'invalid-input', '/tip'],
      [
        'an amount in euros',
        { payments: [{ method: 'cash', amount: 10.5 }] },
        400,
        'invalid-input',
        '/payments/0/amount',
      ],
      [
        'payments that do not add up',
        { payments: [{ method: 'cash', amount: 9_00 }] },
        422,
        'unbalanced-entry',
        undefined,
      ],
      [
        'an unknown method',
        { payments: [{ method: 'gold', amount: 10_00 }] },
        422,
        'unknown-method',
        '/payments/0/method',
      ],
      [
        'an unknown category',
        { lines: [{ category: 'x', gross: 10_00, vatRate: 550 }] },
        422,
        'unknown-category',
        '/lines/0/category',
      ],
      [
        'an unknown rate',
        { lines: [{ category: 'pain', gross: 10_00, vatRate: 777 }] },
        422,
        'unknown-vat-rate',
        '/lines/0/vatRate',
      ],
      ['an unknown till', { till: 'T9' }, 422, 'unknown-till', '/till'],
      ['training', { training: true }, 422, 'training-not-available', '/training'],
      ['the far future', { businessDate: '2999-01-01' }, 422, 'day-in-future', '/businessDate'],
      [
        'an unknown voucher',
        { payments: [{ method: 'voucher', voucher: 'X', amount: 10_00 }] },
        409,
        'voucher-unknown',
        '/payments/0/voucher',
      ],
    ] as const)('for %s', async (_what, change, status, code, pointer) => {
      const before = (await events()).length;
      const answer = await record({ ...aSale(10_00), ...change });
      expectProblem(answer, status, code);
      if (pointer !== undefined)
        expect(answer.body.errors).toContainEqual(
          expect.objectContaining({ pointer, message: expect.any(String) }),
        );
      expect(await events()).toHaveLength(before);
    });

    it('for more cash than there is, saying how much is missing', async () => {
      const answer = await record(cashOut(OPENING + 1));
      expectProblem(answer, 422, 'cash-balance-negative');
      expect(answer.body.facts).toMatchObject({ till: 'T1', missing: 1 });
    });

    it('on a closed day, saying which', async () => {
      expect((await recordAll(closing(OPENING), true)).status).toBe(200);
      const answer = await record(aSale(10_00));
      expectProblem(answer, 409, 'day-closed');
      expect(answer.body.facts).toMatchObject({ till: 'T1', businessDate: PAST_DAY });
    });

    it('to whom may not, and where there is nothing', async () => {
      const connector = client.as(await apiKey(client, company, 'connector'));
      const correction = { id: randomUUID(), type: 'correction', corrects: randomUUID(), reason: 'x' };
      expectProblem(await connector.post(`${company}/entries`, correction), 403, 'not-allowed');
      expect((await connector.post(`${company}/entries`, aSale(1_00))).status).toBe(201);
      const nowhere = `/v1/companies/${randomUUID()}/entries`;
      expectProblem(await client.post(nowhere, aSale(1_00)), 404, 'not-found');
      expectProblem(await client.as(null).post(`${company}/entries`, aSale(1_00)), 401, 'not-signed-in');
      expectProblem(await client.send('POST', `${company}/entries`), 400, 'body-required');
    });

    it('to a key that is limited to other tills, also when only the original tells the till', async () => {
      const limited = async (role: string) => {
        const { body } = await client.post(`${company}/api-keys`, { name: role, role, tills: ['T1'] });
        return client.as(String(body.key));
      };
      const admin = await limited('admin');
      const sale = aSale(100, { till: 'T2' });
      expect((await record(sale)).status).toBe(201);
      const { id: _id, businessDate, ...omitted } = aSale(200, { till: 'T2' });
      const correction = (more: object) => ({
        id: randomUUID(),
        type: 'correction',
        till: 'T1',
        reason: 'autre caisse',
        ...more,
      });
      const transfer = {
        type: 'transfer',
        from: { method: 'cash' },
        to: { till: 'T2', method: 'cash' },
        amount: 1,
      };
      for (const entry of [
        aSale(100, { till: 'T2' }),
        correction({ corrects: sale.id }),
        correction({ replacement: { ...omitted, businessDate } }),
        correction({ replacement: { ...transfer, businessDate } }),
      ])
        expectProblem(await admin.post(`${company}/entries`, entry), 403, 'till-not-allowed');
      const own = correction({ replacement: { ...omitted, businessDate, till: 'T1' } });
      expect((await admin.post(`${company}/entries`, own)).status).toBe(201);
    });

    it('to a key of other tills that comments on an entry which it cannot read, however it is sent', async () => {
      const { body } = await client.post(`${company}/api-keys`, { name: 'T1', role: 'admin', tills: ['T1'] });
      const limited = client.as(String(body.key));
      const [theirs, own] = [aSale(100, { till: 'T2' }), aSale(100)];
      for (const sale of [theirs, own]) expect((await record(sale)).status).toBe(201);
      const comment = (entry: string) => ({
        id: randomUUID(),
        type: 'comment',
        till: 'T1',
        businessDate: PAST_DAY,
        about: { entry },
        comment: 'vu',
      });
      const refused = comment(theirs.id);
      expectProblem(await limited.get(`${company}/entries/${theirs.id}`), 404, 'not-found');
      expectProblem(await limited.post(`${company}/entries`, refused), 422, 'unknown-entry');
      const batch = await limited.post(`${company}/entries/batch`, { entries: [refused] });
      expect(batch.body.results).toMatchObject([{ status: 'refused', problem: { code: 'unknown-entry' } }]);
      const lines = await limited.post(`${company}/entries/batch`, JSON.stringify(refused), {
        headers: NDJSON,
      });
      expect(JSON.stringify(lines.body)).toContain('unknown-entry');
      expect((await limited.post(`${company}/entries`, comment(own.id))).status).toBe(201);
      const together = aSale(100);
      const both = await limited.post(`${company}/entries/batch`, {
        atomic: true,
        entries: [together, comment(together.id)],
      });
      expect(both.body.results).toMatchObject([{ status: 'recorded' }, { status: 'recorded' }]);
      expect((await record(refused)).status).toBe(201);
    });

    it('without a trace: what was refused may be sent again under its id, mended', async () => {
      const refused = cashOut(OPENING + 1);
      expect((await record(refused)).status).toBe(422);
      expect((await record({ ...refused, amount: OPENING })).status).toBe(201);
    });
  });
});

describe('a batch', () => {
  it('answers each entry in the order sent, and the head', async () => {
    const [one, two, refused] = [aSale(1_00), aSale(2_00), cashOut(10_000_00)];
    const known = aSale(3_00);
    const { body: first } = await record(known);
    const answer = await recordAll([one, refused, known, two, { ...aSale(4_00), tip: 1 }]);
    expect(answer.status).toBe(200);
    const head = (await events()).at(-1)?.sequence;
    expect(answer.body).toEqual({
      results: [
        { id: one.id, status: 'recorded', sequence: expect.any(Number) },
        {
          id: refused.id,
          status: 'refused',
          problem: expect.objectContaining({ code: 'cash-balance-negative', status: 422 }),
        },
        { id: known.id, status: 'replayed', sequence: first.sequence },
        { id: two.id, status: 'recorded', sequence: expect.any(Number) },
        {
          id: expect.any(String),
          status: 'refused',
          problem: expect.objectContaining({
            code: 'invalid-input',
            errors: [expect.objectContaining({ pointer: '/entries/4/tip' })],
          }),
        },
      ],
      head,
    });
  });

  it('judges a day as it happened, whatever the order in which it was typed', async () => {
    const at = (time: string) => ({ occurredAt: `${PAST_DAY}T${time}:00+01:00` });
    // At noon more is taken out than the till held in the morning.
    const [count, closure] = closing(90_00);
    const entries = [
      closure,
      count,
      { ...cashOut(OPENING + 40_00), ...at('12:00') },
      aSale(90_00, at('17:00')),
      aSale(40_00, at('09:00')),
    ];
    const answer = await recordAll(entries, true);
    expect([answer.status, answer.body.results.map(({ id }: { id: string }) => id)]).toEqual([
      200,
      entries.map((entry) => entry?.id),
    ]);
    const types = (await events()).slice(-5).map(({ type }) => type);
    expect(types.at(-1)).toBe('DayClosed');
    const sequences: number[] = answer.body.results.map(({ sequence }: { sequence: number }) => sequence);
    // Closure last, count before it; in the morning's order: the early sale, what was taken out, the late sale.
    expect([4, 2, 3, 1, 0].map((index) => sequences[index])).toEqual([...sequences].sort((a, b) => a - b));
  });

  it('that is atomic records all, or nothing and names each refused one', async () => {
    const before = (await exportedEvents(client, company)).text;
    const entries = [aSale(1_00), cashOut(10_000_00), aSale(2_00), aSale(3_00, { till: 'T9' })];
    const answer = await recordAll(entries, true);
    expectProblem(answer, 422, 'batch-refused');
    expect(answer.body.results.map(({ id }: { id: string }) => id)).toEqual(entries.map(({ id }) => id));
    expect(answer.body.results.map(({ status }: { status: string }) => status)).toEqual([
      'not-recorded',
      'refused',
      'not-recorded',
      'refused',
    ]);
    expect(answer.body.results[1].problem).toMatchObject({ code: 'cash-balance-negative' });
    expect(answer.body.results[3].problem).toMatchObject({ code: 'unknown-till' });
    expect((await exportedEvents(client, company)).text).toBe(before);

    const good = [entries[0], entries[2]];
    expect((await recordAll(good, true)).body.results).toEqual([
      { id: entries[0]?.id, status: 'recorded', sequence: expect.any(Number) },
      { id: entries[2]?.id, status: 'recorded', sequence: expect.any(Number) },
    ]);
  });

  it('that is atomic and holds what is no entry records nothing', async () => {
    const before = (await events()).length;
    const answer = await recordAll([aSale(1_00), { id: 'x' }, 5, null], true);
    expectProblem(answer, 422, 'batch-refused');
    expect(answer.body.results.map(({ status }: { status: string }) => status)).toEqual([
      'not-recorded',
      'refused',
      'refused',
      'refused',
    ]);
    expect(await events()).toHaveLength(before);
  });

  it('with one id twice records it once, and refuses another entry under it', async () => {
    const sale = aSale(1_00);
    const answer = await recordAll([sale, sale, { ...aSale(2_00), id: sale.id }]);
    expect(answer.body.results).toEqual([
      { id: sale.id, status: 'recorded', sequence: expect.any(Number) },
      { id: sale.id, status: 'replayed', sequence: answer.body.results[0].sequence },
      { id: sale.id, status: 'refused', problem: expect.objectContaining({ code: 'idempotency-mismatch' }) },
    ]);
  });

  it('sent again is replayed whole, also when a part of it was known', async () => {
    const entries = [aSale(1_00), aSale(2_00), aSale(3_00)];
    await record(entries[1]);
    const first = await recordAll(entries, true);
    expect(first.body.results.map(({ status }: { status: string }) => status)).toEqual([
      'recorded',
      'replayed',
      'recorded',
    ]);
    const again = await recordAll(entries, true);
    expect(again.body).toEqual({
      results: first.body.results.map((result: { id: string; sequence: number }) => ({
        ...result,
        status: 'replayed',
      })),
      head: first.body.head,
    });
  });

  it('has 1 to 1,000 entries', async () => {
    const entries: SaleBody[] = Array.from({ length: 1000 }, (_, index) => aSale(index + 1));
    const whole = await recordAll(entries);
    expect([whole.status, whole.body.results?.length]).toEqual([200, 1000]);
    for (const [count, answer] of [
      [1001, await recordAll([...entries, aSale(1)])],
      [0, await recordAll([])],
    ] as const) {
      expect([count, answer.status >= 400 && answer.status < 500]).toEqual([count, true]);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    for (const body of [{}, { entries: {} }, { entries: 'x' }, [], { entries: [aSale(1)], atomic: 'yes' }]) {
      expectProblem(await client.post(`${company}/entries/batch`, body), 400, 'invalid-input');
    }
  });

  it('that is atomic and too large as stored is 413', async () => {
    const comment = 'é'.repeat(900);
    const entries = Array.from({ length: 600 }, () => aSale(1, { comment }));
    const before = (await events()).length;
    expectProblem(await recordAll(entries, true), 413, 'batch-too-large');
    expect(await events()).toHaveLength(before);
    expect((await recordAll(entries)).status).toBe(200);
  });
});

describe('NDJSON', () => {
  const send = async (body: string, headers: Record<string, string> = {}) => {
    const answer = await client.send('POST', `${company}/entries/batch`, {
      body,
      headers: { ...NDJSON, ...headers },
    });
    const lines = String(answer.body ?? '')
      .split('\n')
      .filter((line) => line !== '');
    return { ...answer, rows: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  };

  it('answers a line for each line, in order', async () => {
    const [one, two, refused] = [aSale(1_00), aSale(2_00), cashOut(10_000_00)];
    const { status, headers, rows } = await send(
      [one, refused, one, two].map((entry) => `${JSON.stringify(entry)}\n`).join(''),
    );
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^application\/x-ndjson/),
    ]);
    expect(rows).toEqual([
      { line: 1, id: one.id, status: 'recorded', sequence: expect.any(Number) },
      {
        line: 2,
        id: refused.id,
        status: 'refused',
        problem: expect.objectContaining({ code: 'cash-balance-negative' }),
      },
      { line: 3, id: one.id, status: 'replayed', sequence: rows[0]?.sequence },
      { line: 4, id: two.id, status: 'recorded', sequence: expect.any(Number) },
    ]);
  });

  it('takes blank lines, line ends of any kind, a byte order mark, and no line end at the end', async () => {
    const [one, two] = [aSale(1_00), aSale(2_00)];
    const { rows } = await send(`\ufeff${JSON.stringify(one)}\r\n\n  \n${JSON.stringify(two)}`);
    expect(rows.map(({ line, status }) => [line, status])).toEqual([
      [1, 'recorded'],
      [4, 'recorded'],
    ]);
    expect((await send('\n\n')).rows).toEqual([]);
  });

  it('of several clients at once takes turns, each in its own order', async () => {
    const [streams, lines] = [4, 4000];
    const bodies = Array.from({ length: streams }, () => Array.from({ length: lines }, () => aSale(1)));
    const singles = Array.from({ length: 20 }, async () => (await record(aSale(1))).status);
    const answers = await Promise.all(
      bodies.map((sales) => send(sales.map((sale) => `${JSON.stringify(sale)}\n`).join(''))),
    );
    expect(await Promise.all(singles)).toEqual(singles.map(() => 201));
    answers.forEach(({ status, rows }, stream) => {
      expect([status, rows.length]).toEqual([200, lines]);
      expect(rows.every((row) => row.status === 'recorded')).toBe(true);
      expect(rows.map(({ id }) => id)).toEqual(bodies[stream]?.map(({ id }) => id));
      const sequences = rows.map(({ sequence }) => Number(sequence));
      expect(sequences).toEqual([...sequences].sort((left, right) => left - right));
    });
  });

  it('says the same of a line wherever in a long stream it stands', async () => {
    const wrong = [
      '{"id":',
      '{"id":"a","id":"b"}',
      JSON.stringify({ ...aSale(1), stranger: 1 }),
      JSON.stringify({ ...aSale(1), lines: [] }),
    ];
    const wrongAt = (at: number) => (at % 10 === 3 ? wrong[((at - 3) / 10) % wrong.length] : undefined);
    const lines = Array.from({ length: 4_000 }, (_, at) => wrongAt(at) ?? JSON.stringify(aSale(1)));
    const { rows } = await send(lines.join('\n'));
    expect(rows.map(({ line }) => line)).toEqual(lines.map((_, at) => at + 1));
    const said = new Map<string, Set<string>>();
    for (const [at, { line: _, sequence: __, ...row }] of rows.entries()) {
      const text = wrongAt(at);
      if (text === undefined) expect(row.status).toBe('recorded');
      else said.set(text, (said.get(text) ?? new Set()).add(JSON.stringify(row)));
    }
    expect([...said.values()].map(({ size }) => size)).toEqual(wrong.map(() => 1));
    expect([...said.values()].every((rowsOf) => [...rowsOf][0]?.includes('"refused"'))).toBe(true);
  });

  it('answers a line before the next one is sent', async () => {
    const upload = request(`${client.base}${company}/entries/batch`, {
      method: 'POST',
      headers: { ...NDJSON, Authorization: `Bearer ${String(client.token)}` },
    });
    const answered = once(upload, 'response');
    const [one, two] = [aSale(1_00), aSale(2_00)];
    upload.write(`${JSON.stringify(one)}\n`);
    const [answer] = (await answered) as [IncomingMessage];
    const lines = answer.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>;
    const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
    expect(await next()).toMatchObject({ line: 1, id: one.id, status: 'recorded' });
    upload.write(`${JSON.stringify(two)}\n`);
    expect(await next()).toMatchObject({ line: 2, id: two.id, status: 'recorded' });
    upload.end();
    expect((await lines.next()).done).toBe(true);
  });

  it('is judged as it arrives: what has been recorded stays', async () => {
    const { rows } = await send(
      [cashOut(OPENING + 1), aSale(1), cashOut(OPENING + 1)].map((entry) => JSON.stringify(entry)).join('\n'),
    );
    expect(rows.map(({ status }) => status)).toEqual(['refused', 'recorded', 'recorded']);
  });
});

describe('a company', () => {
  it('is read level with a write, and takes no parameter that means nothing', async () => {
    const { body } = await client.get(company);
    expect(await client.get(`${company}?after=${String(body.head)}`)).toMatchObject({ status: 200, body });
    expectProblem(
      await client.get(`${company}?after=${String(Number(body.head) + 1)}`),
      503,
      'after-not-reached',
    );
    for (const query of ['after=abc', 'surprise=1'])
      expectProblem(await client.get(`${company}?${query}`), 400, 'invalid-input');
  });
});

describe('a company', () => {
  it('has the same id in capitals', async () => {
    const shouted = company.replace(/[^/]+$/, (id) => id.toUpperCase());
    expect((await client.post(`${shouted}/entries`, aSale(1_00))).status).toBe(201);
    expect((await client.get(`${shouted}/tills`)).body).toEqual((await client.get(`${company}/tills`)).body);
  });
});

describe('writes that are no entries', () => {
  it('name the header when a key is none', async () => {
    for (const key of ['two words', 'x'.repeat(201)]) {
      const headers = { 'Idempotency-Key': key };
      const answer = await client.post(`${company}/customers`, { name: 'Mme Dupont' }, { headers });
      expectProblem(answer, 400, 'invalid-input');
      expect(answer.body.errors).toEqual([expect.objectContaining({ pointer: '/headers/idempotency-key' })]);
    }
  });

  type Write = {
    readonly what: string;
    readonly method: string;
    readonly path: string;
    readonly body: Record<string, unknown>;
    readonly other: Record<string, unknown>;
    readonly status: number;
  };
  const writes: readonly Write[] = [
    {
      what: 'settings',
      method: 'PATCH',
      path: '',
      body: { thresholds: { cashMax: 900_00 } },
      other: { thresholds: { cashMax: 800_00 } },
      status: 200,
    },
    {
      what: 'a till',
      method: 'POST',
      path: '/tills',
      body: { code: 'T3' },
      other: { code: 'T4' },
      status: 201,
    },
    {
      what: 'a customer',
      method: 'POST',
      path: '/customers',
      body: { name: 'Mme Dupont' },
      other: { name: 'M. Durand' },
      status: 201,
    },
    {
      what: 'a budget',
      method: 'PUT',
      path: '/budgets/2026-03',
      body: { turnover: 1_000_00 },
      other: { turnover: 2_000_00 },
      status: 200,
    },
    {
      what: 'opening balances',
      method: 'POST',
      path: '/opening-balances',
      body: { date: '2021-01-01', customers: [{ amount: 40_00 }] },
      other: { date: '2021-01-01', customers: [{ amount: 50_00 }] },
      status: 201,
    },
  ];

  it.each(writes)(
    'of $what happen once under an Idempotency-Key',
    async ({ method, path, body, other, status }) => {
      const send = (sent: unknown, key: string) =>
        client.send(method, `${company}${path}`, { body: sent, headers: { 'Idempotency-Key': key } });
      const key = randomUUID();
      const first = await send(body, key);
      expect([first.status, first.body.sequence]).toEqual([status, expect.any(Number)]);
      expect(first.headers.has('idempotent-replayed')).toBe(false);
      const { events: recorded, text } = await exportedEvents(client, company);
      expect(recorded.at(-1)?.sequence).toBe(first.body.sequence);

      for (const same of [key, `"${key}"`, key.toUpperCase()]) {
        const again = await send(body, same);
        expect([again.status, again.body.sequence]).toEqual([200, first.body.sequence]);
        expect(again.headers.get('idempotent-replayed')).toBe('true');
        if ('id' in first.body) expect(again.body.id).toBe(first.body.id);
      }
      const mismatch = await send(other, key);
      expectProblem(mismatch, 409, 'idempotency-mismatch');
      expect((await exportedEvents(client, company)).text).toBe(text);
    },
  );

  it('of another kind may have the key of an entry no more than an entry may have theirs', async () => {
    const sale = aSale(1_00);
    await record(sale);
    const customer = await client.post(
      `${company}/customers`,
      { name: 'Mme Dupont' },
      { headers: { 'Idempotency-Key': sale.id } },
    );
    expectProblem(customer, 409, 'idempotency-mismatch');
  });

  it('of customers take any key, and erase once', async () => {
    const headers = { 'Idempotency-Key': 'client-42' };
    const first = await client.post(`${company}/customers`, { name: 'Mme Dupont' }, { headers });
    const again = await client.post(`${company}/customers`, { name: 'Mme Dupont' }, { headers });
    expect([first.status, again.body.id]).toEqual([201, first.body.id]);
    const without = await client.post(`${company}/customers`, { name: 'Mme Dupont' });
    expect(without.body.id).not.toBe(first.body.id);

    const path = `${company}/customers/${String(first.body.id)}`;
    const erased = await client.send('DELETE', path, { headers: { 'Idempotency-Key': randomUUID() } });
    expect([erased.status, erased.body.sequence]).toEqual([200, expect.any(Number)]);
    const { body } = await client.get(`${path}?after=${String(erased.body.sequence)}`);
    expect(body).toMatchObject({ erased: true, name: null });
    // A repeat of the creation does not bring the name back.
    await client.post(`${company}/customers`, { name: 'Mme Dupont' }, { headers });
    expect((await client.get(path)).body).toMatchObject({ erased: true, name: null });
  });

  it('erase no customer whom nobody knows', async () => {
    const path = `${company}/customers/${randomUUID()}`;
    expectProblem(await client.send('DELETE', path), 404, 'not-found');
    const headers = { 'Idempotency-Key': randomUUID() };
    await client.post(`${company}/customers`, { name: 'Mme Dupont' }, { headers });
    expectProblem(await client.send('DELETE', path, { headers }), 409, 'idempotency-mismatch');
  });

  it('of opening balances and tills happen once without a key too', async () => {
    const balances = {
      date: '2021-01-01',
      vouchers: [{ voucher: 'B1', kind: 'multi-purpose', amount: 10_00 }],
    };
    expect((await client.post(`${company}/opening-balances`, balances)).status).toBe(201);
    expectProblem(
      await client.post(`${company}/opening-balances`, balances),
      409,
      'opening-balances-recorded',
    );
    expectProblem(await client.post(`${company}/tills`, { code: 'T1' }), 409, 'till-exists');
  });

  it('of opening balances take a shop with 5,000 vouchers outstanding', async () => {
    const vouchers = Array.from({ length: 5000 }, (_, index) => ({
      voucher: `BON-${index}`,
      kind: 'multi-purpose',
      amount: 25_00,
    }));
    const headers = { 'Idempotency-Key': randomUUID() };
    const balances = { date: '2021-01-01', customers: [{ amount: 40_00 }], vouchers };
    const { status, body } = await client.post(`${company}/opening-balances`, balances, { headers });
    expect([status, body.sequence]).toEqual([201, (await events()).at(-1)?.sequence]);
    const again = await client.post(`${company}/opening-balances`, balances, { headers });
    expect([again.status, again.body.sequence]).toEqual([200, body.sequence]);
    expectProblem(
      await client.post(`${company}/opening-balances`, balances),
      409,
      'opening-balances-recorded',
    );
    const last = await client.get(`${company}/vouchers/BON-4999?after=${String(body.sequence)}`);
    expect([last.status, JSON.stringify(last.body)]).toEqual([200, expect.stringContaining('2500')]);
    const spent = aSale(25_00, { payments: [{ method: 'voucher', voucher: 'BON-4999', amount: 25_00 }] });
    expect((await record(spent)).status).toBe(201);
    const { body: report } = await client.post(`${company}/proof/verify?all=true`);
    expect([report.intact, report.errors]).toEqual([true, []]);
  });

  it('open one company per key and per SIREN', async () => {
    const body = { name: 'Épicerie', siren: '732829320' };
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await client.post('/v1/companies', body, { headers });
    const again = await client.post('/v1/companies', body, { headers });
    expect([first.status, again.status, again.body.id, again.body.sequence]).toEqual([
      201,
      200,
      first.body.id,
      first.body.sequence,
    ]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expectProblem(await client.post('/v1/companies', body), 409, 'siren-taken');
    const mismatch = await client.post('/v1/companies', { ...body, name: 'Autre' }, { headers });
    expectProblem(mismatch, 409, 'idempotency-mismatch');
  });

  it('make one API key per key, and show it once', async () => {
    const body = { name: 'caisse', role: 'connector' };
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await client.post(`${company}/api-keys`, body, { headers });
    const again = await client.post(`${company}/api-keys`, body, { headers });
    expect([first.status, again.status, again.body.id]).toEqual([201, 200, first.body.id]);
    expect([typeof first.body.key, again.body.key ?? null]).toEqual(['string', null]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('that change nothing record nothing', async () => {
    const change = { thresholds: { cashMax: 900_00 } };
    const first = await client.send('PATCH', company, { body: change });
    const count = (await events()).length;
    const second = await client.send('PATCH', company, { body: change });
    expect([first.status, second.status, (await events()).length]).toEqual([200, 200, count]);
    expect(second.body.thresholds).toMatchObject({ cashMax: 900_00 });
  });

  it('that change nothing take no other body under their key, and answer the same later on', async () => {
    const patch = (body: unknown, key: string) =>
      client.send('PATCH', company, { body, headers: { 'Idempotency-Key': key } });
    const maximum = (cashMax: number) => ({ thresholds: { cashMax } });
    await patch(maximum(900_00), randomUUID());
    const idle = randomUUID();
    const first = await patch(maximum(900_00), idle);
    const moved = await patch(maximum(800_00), randomUUID());
    expect([first.status, moved.status]).toEqual([200, 200]);
    const { text } = await exportedEvents(client, company);

    // It has had its effect, which was none: said again, it does not undo what came after it.
    const again = await patch(maximum(900_00), idle.toUpperCase());
    expect([again.status, again.body.sequence]).toEqual([200, first.body.sequence]);
    expect(again.body.thresholds).toMatchObject({ cashMax: 800_00 });
    expectProblem(await patch(maximum(700_00), idle), 409, 'idempotency-mismatch');
    const till = { body: { code: 'T5' }, headers: { 'Idempotency-Key': idle } };
    expectProblem(await client.send('POST', `${company}/tills`, till), 409, 'idempotency-mismatch');
    expect((await exportedEvents(client, company)).text).toBe(text);
  });
});
