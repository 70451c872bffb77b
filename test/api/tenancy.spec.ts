import { randomUUID } from 'node:crypto';
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
  signIn,
  startService,
} from '../support/service';
import { exampleOf, type Operation, operationsOf } from '../support/open-api';

/** What anybody may call, signed in or not. */
const PUBLIC = ['acceptInvitation', 'isLive', 'isReady', 'readInvitation', 'readMetrics', 'signIn'];

describe('one company’s walls', () => {
  let firm: Client;
  let mine: string;
  let theirs: string;
  let operations: Operation[];
  let known: { readonly entry: string; readonly customer: string; readonly key: string };
  /** Everybody who belongs to another company, and to that one only. */
  const strangers: [string, Client][] = [];

  beforeAll(async () => {
    firm = await signIn(await startService(newFolder()));
    [mine, theirs] = [await openCompany(firm), await openCompany(firm)];
    operations = operationsOf((await firm.get('/openapi.json')).body);
    for (const role of ['admin', 'user', 'connector', 'inspector'])
      strangers.push([`a key of ${role}`, firm.as(await apiKey(firm, mine, role))]);
    for (const role of ['accountant', 'admin', 'user', 'inspector'])
      strangers.push([`a person who is ${role}`, firm.as(await newPerson(role))]);

    const entry = await firm.post(`${theirs}/entries`, aSale(100));
    const customer = await firm.post(`${theirs}/customers`, { name: 'Mme Dupont' });
    const key = await firm.post(`${theirs}/api-keys`, { name: 'caisse', role: 'connector' });
    known = { entry: entry.body.id, customer: customer.body.id, key: key.body.id };
  });
  afterAll(async () => {
    await endServices();
    removeFolders();
  });

  const newPerson = async (role: string): Promise<string> => {
    const invited = await firm.post(`${mine}/invitations`, { email: `${role}@example.org`, role });
    expect(invited.status).toBe(201);
    const token = String(invited.body.link).split('/').at(-1) ?? '';
    const acceptance = { password: 'une autre phrase', name: role };
    const accepted = await firm.as(null).post(`/v1/invitations/${token}`, acceptance);
    expect(accepted.status).toBe(201);
    return String(accepted.body.token);
  };

  /** The operation's address in a company, with what exists there wherever a parameter asks for it. */
  const addressIn = (company: string, { path, operationId }: Operation): string =>
    path
      .replace('/v1/companies/{company}', company)
      .replace('{id}', operationId === 'revokeApiKey' ? known.key : known.entry)
      .replace('{customer}', known.customer)
      .replace('{till}', 'T1')
      .replace('{date}', PAST_DAY)
      .replace('{month}', PAST_DAY.slice(0, 7))
      .replace('{voucher}', 'BON-1')
      .replace('{token}', 'x');

  const call = (client: Client, operation: Operation, company: string): Promise<Answer> =>
    client.send(operation.method, addressIn(company, operation), { body: exampleOf(operation) });

  const ofCompany = () => operations.filter(({ path }) => path.includes('{company}'));

  /** What is the same whoever asks and for whatever. */
  const told = ({ status, headers, body }: Answer) => ({
    status,
    type: headers.get('content-type'),
    body,
  });

  it('have a document that names every route', () => {
    expect(ofCompany().length).toBeGreaterThan(30);
    for (const operation of operations) expect(addressIn(theirs, operation)).not.toContain('{');
  });

  it('are 404 on every route for whoever is of another company, whatever their role', async () => {
    const before = await exportedEvents(firm, theirs);
    const wrong: unknown[] = [];
    for (const [who, client] of strangers) {
      for (const operation of ofCompany()) {
        const answer = await call(client, operation, theirs);
        if (answer.status === 404 && answer.body?.code === 'not-found') continue;
        wrong.push([who, operation.operationId, answer.status, answer.body]);
      }
    }
    expect(wrong).toEqual([]);
    expect((await exportedEvents(firm, theirs)).text).toBe(before.text);
  });

  it('do not tell a company of somebody else’s from one that does not exist', async () => {
    const nowhere = `/v1/companies/${randomUUID()}`;
    const client = strangers.find(([who]) => who === 'a key of admin')?.[1] as Client;
    for (const operation of ofCompany()) {
      const [existing, missing] = [
        await call(client, operation, theirs),
        await call(client, operation, nowhere),
      ];
      expect([operation.operationId, told(existing)]).toEqual([operation.operationId, told(missing)]);
    }
  });

  it('are 404 for an address that can be no company, for the firm too', async () => {
    for (const address of ['x', '1', '%00', '..%2f', '-', 'null', `${randomUUID()}x`]) {
      for (const operation of ofCompany()) {
        const { status } = await call(firm, operation, `/v1/companies/${address}`);
        expect([operation.operationId, address, status]).toEqual([operation.operationId, address, 404]);
      }
    }
  });

  it('keep what is inside: another company’s entries, customers and keys are not there', async () => {
    const client = firm;
    for (const path of [
      `${mine}/entries/${known.entry}`,
      `${mine}/customers/${known.customer}`,
      `${mine}/vouchers/BON-1`,
    ]) {
      const { status, body } = await client.get(path);
      expect([path, status, body.code]).toEqual([path, 404, 'not-found']);
    }
    const revoked = await client.send('DELETE', `${mine}/api-keys/${known.key}`);
    expect(revoked.status).toBe(404);
    const erased = await client.send('DELETE', `${mine}/customers/${known.customer}`);
    expect(erased.status).toBeGreaterThanOrEqual(400);
    const corrected = await client.post(`${mine}/entries`, {
      id: randomUUID(),
      type: 'correction',
      corrects: known.entry,
      reason: 'x',
    });
    expect([corrected.status, corrected.body.code]).toEqual([422, 'unknown-entry']);
    // The same id is free in another company: ids are counted per ledger.
    const same = await client.post(`${mine}/entries`, { ...aSale(100), id: known.entry });
    expect(same.status).toBe(201);
    const { body } = await client.get(`${theirs}/customers/${known.customer}`);
    expect(body).toMatchObject({ name: 'Mme Dupont', erased: false });
  });

  it('show each his own companies alone', async () => {
    for (const [who, client] of strangers) {
      const { status, body } = await client.get('/v1/companies');
      const ids = body.data?.map(({ id }: { id: string }) => `/v1/companies/${id}`);
      expect([who, status, ids]).toEqual([who, 200, [mine]]);
      const me = await client.get('/v1/me');
      expect(JSON.stringify(me.body)).not.toContain(theirs.split('/').at(-1));
    }
  });

  it.each([
    ['no token', undefined],
    ['a token that is none', 'Bearer caisse_x'],
    ['a scheme that is none', 'Basic YTpi'],
    ['an empty token', 'Bearer '],
  ])('are 401 on every route for %s', async (_what, authorization) => {
    const headers: Record<string, string> =
      authorization === undefined ? {} : { Authorization: authorization };
    const open: string[] = [];
    for (const operation of operations) {
      const { status, body } = await firm.as(null).send(operation.method, addressIn(theirs, operation), {
        body: exampleOf(operation),
        headers,
      });
      if (PUBLIC.includes(operation.operationId)) continue;
      if (status !== 401 || body?.code !== 'not-signed-in') open.push(`${operation.operationId} ${status}`);
    }
    expect(open).toEqual([]);
    const unsecured = operations.filter(({ security }) => security === undefined);
    expect(unsecured.map(({ operationId }) => operationId).sort()).toEqual(PUBLIC);
  });

  it('leave a key of a till what a till needs, and nothing that is of the whole company', async () => {
    const limited = { name: 'T1', role: 'admin', tills: ['T1'] };
    const key = firm.as(String((await firm.post(`${mine}/api-keys`, limited)).body.key));
    const before = await exportedEvents(firm, mine);
    const shut: string[] = [];
    for (const operation of ofCompany()) {
      // A stream without end would never be answered.
      if (operation.operationId === 'listen' || operation.operationId.startsWith('record')) continue;
      const answer = await call(key, operation, mine);
      if (answer.status === 403 && answer.body?.code === 'not-allowed') shut.push(operation.operationId);
    }
    expect(shut.sort()).toEqual([
      'addTill',
      'changeSettings',
      'eraseCustomer',
      'exportEvents',
      'invite',
      'listApiKeys',
      'listDeposits',
      'makeApiKey',
      'readCheckpoint',
      'revokeApiKey',
      'setBudget',
      'verifyLedger',
    ]);
    const opening = await key.post(`${mine}/opening-balances`, {
      date: '2021-01-01',
      customers: [],
      vouchers: [],
    });
    expect([opening.status, opening.body.code]).toEqual([403, 'not-allowed']);
    // Of all that was sent, the new customer alone is recorded.
    const { text } = await exportedEvents(firm, mine);
    expect(text.slice(before.text.length)).toMatch(/^\{[^\n]*"type":"CustomerRegistered"[^\n]*\n$/);
    expect((await key.post(`${mine}/entries`, aSale(100))).status).toBe(201);
  });

  it('stay shut to a key once it is revoked, and to a session once it is ended', async () => {
    const made = await firm.post(`${mine}/api-keys`, { name: 'caisse', role: 'user' });
    const key = firm.as(String(made.body.key));
    expect((await key.get(mine)).status).toBe(200);
    expect((await firm.send('DELETE', `${mine}/api-keys/${String(made.body.id)}`)).status).toBe(204);
    expect((await key.get(mine)).status).toBe(401);

    const [, person] = strangers.find(([who]) => who === 'a person who is user') ?? [];
    expect((await person?.get(mine))?.status).toBe(200);
    expect((await person?.post('/v1/auth/logout'))?.status).toBe(204);
    expect((await person?.get(mine))?.status).toBe(401);
  });
});
