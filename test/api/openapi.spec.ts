import { randomUUID } from 'node:crypto';
import Ajv, { type ValidateFunction } from 'ajv';
import {
  aSale,
  type Answer,
  type Client,
  endServices,
  newFolder,
  newSiren,
  openCompany,
  PAST_DAY,
  removeFolders,
  signIn,
  startService,
} from '../support/service';
import { type Document, examplesOf, type Operation, operationsOf, type Schema } from '../support/open-api';

const PROBLEM_TYPE = 'application/problem+json';

let client: Client;
let document: Document;
let operations: Operation[];

beforeAll(async () => {
  client = await signIn(await startService(newFolder()));
  document = (await client.get('/openapi.json')).body;
  operations = operationsOf(document);
});
afterAll(async () => {
  await endServices();
  removeFolders();
});

const named = (id: string): Operation => {
  const found = operations.find(({ operationId }) => operationId === id);
  if (!found) throw new Error(`the document has no operation ${id}`);
  return found;
};

/** Every object of a value, at any depth, with where it is. */
function* objectsIn(value: unknown, at = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>];
  for (const [name, member] of Object.entries(value)) yield* objectsIn(member, `${at}/${name}`);
}

describe('the document', () => {
  it('is served without signing in, with a page to read it', async () => {
    const anybody = client.as(null);
    const { status, headers } = await anybody.get('/openapi.json');
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^application\/json/)]);
    const page = await anybody.get('/docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/html/),
    ]);
    expect(document.openapi).toMatch(/^3\./);
  });

  it('names each operation once, says what it does, and files it', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(40);
    for (const { operationId, summary, tags } of operations) {
      expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect([operationId, summary?.length, tags?.length]).toEqual([operationId, expect.any(Number), 1]);
    }
  });

  it('has no reference that leads nowhere', () => {
    const broken = [...objectsIn(document)].filter(([, { $ref }]) => {
      if (typeof $ref !== 'string') return false;
      const name = $ref.replace('#/components/schemas/', '');
      return name === '' || !Object.hasOwn(document.components.schemas, name);
    });
    expect(broken).toEqual([]);
  });

  it('describes each parameter once, and each one of a path', () => {
    for (const { operationId, path, parameters } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const described = parameters.filter((parameter) => parameter.in === 'path');
      expect([operationId, described.map(({ name }) => name).sort()]).toEqual([
        operationId,
        [...inPath].sort(),
      ]);
      expect([operationId, described.every(({ required }) => required)]).toEqual([operationId, true]);
      const places = parameters.map((parameter) => `${parameter.in} ${parameter.name.toLowerCase()}`);
      expect([operationId, new Set(places).size]).toEqual([operationId, places.length]);
      expect(parameters.every((parameter) => parameter.in === 'path' || !parameter.required)).toBe(true);
    }
  });

  it('says which writes take an Idempotency-Key', () => {
    const taking = operations.filter(({ parameters }) =>
      parameters.some(({ name }) => name === 'Idempotency-Key'),
    );
    expect(taking.map(({ operationId }) => operationId).sort()).toEqual([
      'addTill',
      'changeSettings',
      'createCompany',
      'createCustomer',
      'eraseCustomer',
      'invite',
      'makeApiKey',
      'recordEntry',
      'recordOpeningBalances',
      'setBudget',
    ]);
  });

  it('describes `after` on every read of what was recorded', () => {
    const reads = operations.filter(
      ({ method, path, operationId }) =>
        (method === 'GET' || operationId === 'verifyLedger') && path.includes('{company}'),
    );
    const without = reads.filter(({ parameters }) => !parameters.some(({ name }) => name === 'after'));
    expect(without.map(({ operationId }) => operationId).sort()).toEqual(['listApiKeys', 'listen']);
  });

  it('describes every parameter', () => {
    const silent = operations.flatMap(({ operationId, parameters }) =>
      parameters
        .filter(({ description = '' }) => description === '')
        .map(({ name }) => `${operationId} ${name}`),
    );
    expect(silent).toEqual([]);
  });

  it('documents each problem with an example of its status', () => {
    for (const { operationId, responses, security, path, requestBody } of operations) {
      const statuses = Object.keys(responses);
      const expected = [
        ...(security === undefined ? [] : ['401', '403', '429']),
        ...(path.includes('{company}') ? ['404'] : []),
        ...(requestBody === undefined ? [] : ['400', '413', '415']),
      ];
      expect([operationId, statuses]).toEqual([operationId, expect.arrayContaining(expected)]);
      for (const [status, { description, content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        expect([operationId, status, description]).toEqual([operationId, status, expect.stringMatching(/./)]);
        if (content === undefined) continue;
        const examples = Object.entries(content[PROBLEM_TYPE]?.examples ?? {});
        expect([operationId, status, examples.length > 0]).toEqual([operationId, status, true]);
        for (const [code, { value }] of examples) {
          const type = `urn:caisse:problem:${code}`;
          expect(value).toMatchObject({ code, type, status: Number(status), title: expect.any(String) });
        }
      }
    }
  });
});

describe('the examples of bodies', () => {
  /** A company on whose till T1 every example has what it needs. */
  const preparedFor = async (name: string): Promise<string> => {
    const company = await openCompany(client, { tills: [{ code: 'T1', opening: { cash: 500_00 } }] });
    const examples = examplesOf(named('recordEntry')) as Record<string, { businessDate?: string }>;
    const record = async (entry: unknown) =>
      expect((await client.post(`${company}/entries`, entry)).status).toBe(201);
    if (name === 'correction') await record(examples.sale);
    if (name === 'day-closure') {
      const { businessDate } = examples[name] ?? {};
      const counts = [{ method: 'cash', amount: 480_00 }];
      await record({ id: randomUUID(), type: 'count', till: 'T1', businessDate, counts });
    }
    return company;
  };

  it('are given for every operation that takes one, and of every kind that mission names', () => {
    const taking = operations.filter(({ requestBody }) => requestBody !== undefined);
    const without = taking.filter(
      (operation) => Object.keys(examplesOf(operation)).length === 0 && !hasExampleInSchema(operation),
    );
    expect(without.map(({ operationId }) => operationId)).toEqual([]);
    expect(Object.keys(examplesOf(named('recordEntry')))).toEqual(
      expect.arrayContaining([
        'sale',
        'refund',
        'z-ticket',
        'expense',
        'deposit',
        'count',
        'day-closure',
        'correction',
      ]),
    );
  });

  const hasExampleInSchema = ({ requestBody }: Operation): boolean => {
    const { $ref } = requestBody?.content['application/json']?.schema ?? {};
    const schema = document.components.schemas[String($ref).replace('#/components/schemas/', '')];
    const properties = Object.values((schema?.properties ?? {}) as Record<string, Schema>);
    return (
      properties.length > 0 && properties.some((property) => 'example' in property || 'enum' in property)
    );
  };

  it('of entries are recorded', async () => {
    for (const [name, entry] of Object.entries(examplesOf(named('recordEntry')))) {
      const { status, body } = await client.post(`${await preparedFor(name)}/entries`, entry);
      expect([name, status, body]).toEqual([
        name,
        201,
        expect.objectContaining({ sequence: expect.any(Number) }),
      ]);
    }
  });

  it('of every other operation are accepted', async () => {
    for (const operation of operations) {
      const { operationId, method, path, responses } = operation;
      if (operationId === 'recordEntry') continue;
      for (const [name, body] of Object.entries(examplesOf(operation))) {
        const address = path
          .replace('/v1/companies/{company}', await preparedFor(name))
          .replace('{month}', '2026-03');
        const answer = await client.send(method, address, { body });
        expect([operationId, name, answer.status, answer.body]).toEqual([
          operationId,
          name,
          expect.any(Number),
          expect.anything(),
        ]);
        expect([operationId, name, answer.body]).toEqual([
          operationId,
          name,
          expect.not.objectContaining({ code: expect.any(String), type: expect.stringContaining('problem') }),
        ]);
        expect(Object.keys(responses)).toContain(String(answer.status));
        for (const { status } of answer.body.results ?? [])
          expect([name, status]).toEqual([name, 'recorded']);
      }
    }
  });
});

type Parts = {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
};

/** A schema whose object has no other members than those it lists; what OpenAPI calls nullable may be null. */
function closedSchema(schema: object): object {
  if ('properties' in schema && 'type' in schema && !('additionalProperties' in schema))
    return { ...schema, additionalProperties: false };
  return 'nullable' in schema && 'allOf' in schema ? { anyOf: [schema, { type: 'null' }] } : schema;
}

describe('answers', () => {
  let validators: (operation: Operation, status: number) => ValidateFunction | null;

  /** JSON Schemas of the answers; an object that lists its members has no others. */
  beforeAll(() => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const closed = JSON.parse(JSON.stringify(document), (_name, value: unknown) =>
      typeof value === 'object' && value !== null ? closedSchema(value) : value,
    ) as Document;
    ajv.addSchema(closed, 'document');
    validators = ({ path, method }, status) => {
      const content = closed.paths[path]?.[method.toLowerCase()]?.responses[String(status)]?.content;
      const type = content && ['application/json', PROBLEM_TYPE].find((one) => content[one]?.schema);
      if (type === undefined) return null;
      const pointer = [
        'paths',
        path,
        method.toLowerCase(),
        'responses',
        String(status),
        'content',
        type,
        'schema',
      ];
      const escaped = pointer.map((part) =>
        encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')),
      );
      return ajv.getSchema(`document#/${escaped.join('/')}`) ?? null;
    };
  });

  /** What of an answer is not as its operation says; null when it says nothing of its form. */
  const contradictions = (operation: Operation, { status, body }: Answer): string[] | null => {
    const validate = validators(operation, status);
    if (validate === null) return null;
    validate(body);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${operation.operationId} ${status} ${instancePath} ${String(message)} ${JSON.stringify(params)}`,
    );
  };

  /** A day with some of everything on it, closed, and corrected on the next. */
  const aStory = async (): Promise<{ company: string; ids: Record<string, string>; head: number }> => {
    const company = await openCompany(client);
    const customer = (await client.post(`${company}/customers`, { name: 'Mme Dupont' })).body.id as string;
    const common = { till: 'T1', businessDate: PAST_DAY };
    const sale = aSale(12_00, { reference: 'F-1', source: { system: 'pos', sequence: 7 } });
    const credit = aSale(5_00, { payments: [{ method: 'credit', amount: 5_00, customer }] });
    const sold = { voucher: 'BON-1', kind: 'multi-purpose', amount: 20_00, expiresOn: '2031-01-01' };
    const payments = [{ method: 'cash', amount: 20_00 }];
    const deposit = { id: randomUUID(), type: 'deposit', ...common, method: 'cash', amount: 50_00 };
    const counts = [{ method: 'cash', amount: 120_00, denominations: { '2000': 6 } }];
    const entries = [
      sale,
      credit,
      { id: randomUUID(), type: 'voucher-sale', ...common, ...sold, payments },
      aSale(3_00, { payments: [{ method: 'voucher', voucher: 'BON-1', amount: 3_00 }] }),
      { id: randomUUID(), type: 'expense', ...common, category: 'supplies', gross: 12_00, vatRate: 2000 },
      deposit,
      {
        id: randomUUID(),
        type: 'transfer',
        ...common,
        from: { method: 'cash' },
        to: { till: 'safe', method: 'cash' },
        amount: 1_00,
      },
      { id: randomUUID(), type: 'count', ...common, counts },
      { id: randomUUID(), type: 'day-closure', ...common, comment: 'un rendu oublié' },
      {
        id: randomUUID(),
        type: 'deposit-confirmation',
        till: 'T1',
        businessDate: '2021-01-03',
        deposit: deposit.id,
        amount: 49_00,
      },
      {
        id: randomUUID(),
        type: 'correction',
        till: 'T1',
        businessDate: PAST_DAY,
        corrects: sale.id,
        reason: 'Payée par carte',
        replacement: { type: 'sale', lines: sale.lines, payments: [{ method: 'card', amount: 12_00 }] },
      },
    ];
    let head = 0;
    for (const entry of entries) {
      const { status, body } = await client.post(`${company}/entries`, entry);
      expect([entry.type, status, body]).toEqual([entry.type, 201, expect.anything()]);
      head = body.sequence;
    }
    return { company, ids: { entry: sale.id, customer, correction: entries.at(-1)?.id ?? '' }, head };
  };

  it('of every read are what the document says, member for member', async () => {
    const { company, ids, head } = await aStory();
    await client.post(`${company}/api-keys`, { name: 'caisse', role: 'connector', tills: ['T1'] });
    const reads = operations.filter(
      ({ method, operationId }) => method === 'GET' && operationId !== 'listen',
    );
    const checked = new Set<string>();
    const wrong = new Set<string>();
    for (const operation of reads) {
      for (const entry of [ids.entry, ids.correction]) {
        const address = operation.path
          .replace('/v1/companies/{company}', company)
          .replace('{id}', entry ?? '')
          .replace('{customer}', ids.customer ?? '')
          .replace('{till}', 'T1')
          .replace('{date}', PAST_DAY)
          .replace('{month}', PAST_DAY.slice(0, 7))
          .replace('{voucher}', 'BON-1')
          .replace('{token}', 'x');
        const after = operation.parameters.some(({ name }) => name === 'after') ? `?after=${head}` : '';
        const headers = { Accept: 'application/json, */*;q=0.1' };
        const answer = await client.get(`${address}${after}`, { headers });
        if (operation.operationId !== 'readInvitation')
          expect([address, answer.status]).toEqual([address, 200]);
        const found = contradictions(operation, answer);
        if (found !== null) checked.add(operation.operationId);
        for (const one of found ?? []) wrong.add(one);
      }
    }
    expect([...wrong]).toEqual([]);
    expect(checked.size).toBeGreaterThanOrEqual(23);
  });

  it('say their form, all of them that hold anything', () => {
    const silent = operations.filter(({ responses }) =>
      Object.entries(responses).some(
        ([status, { content = {} }]) =>
          status.startsWith('2') &&
          status !== '204' &&
          !Object.values(content).some(({ schema }) => schema !== undefined),
      ),
    );
    expect(silent.map(({ operationId }) => operationId)).toEqual([]);
  });

  it('of writes that are no entries are what the document says, member for member', async () => {
    const body = { name: 'Épicerie', siren: newSiren(), tills: [{ code: 'T1', feed: 'z-ticket' }] };
    const opened = await client.post('/v1/companies', body);
    const company = `/v1/companies/${String(opened.body.id)}`;
    const customer = await client.post(`${company}/customers`, { name: 'Mme Dupont' });
    const path = `${company}/customers/${String(customer.body.id)}`;
    const sale = aSale(1_00, { till: 'T2' });
    const answers: [string, Answer][] = [
      ['createCompany', opened],
      ['createCustomer', customer],
      ['changeSettings', await client.send('PATCH', company, { body: { thresholds: { cashMax: 1_00 } } })],
      ['addTill', await client.post(`${company}/tills`, { code: 'T2', opening: { cash: 200_00 } })],
      ['recordOpeningBalances', await client.post(`${company}/opening-balances`, { date: PAST_DAY })],
      ['setBudget', await client.send('PUT', `${company}/budgets/2026-03`, { body: { turnover: 1 } })],
      ['eraseCustomer', await client.send('DELETE', path)],
      ['recordEntry', await client.post(`${company}/entries`, sale)],
      ['recordEntry', await client.post(`${company}/entries`, sale)],
      ['verifyLedger', await client.post(`${company}/proof/verify`)],
      ['isReady', await client.get('/health/ready')],
    ];
    for (const [operation, answer] of answers) {
      expect([operation, answer.status < 300]).toEqual([operation, true]);
      expect(contradictions(named(operation), answer)).toEqual([]);
    }
  });

  /** Every member of a schema that holds something by itself shows one. */
  const hasExample = (schema: Schema = {}): boolean => {
    if ('example' in schema || 'enum' in schema) return true;
    const { $ref, allOf = [], items, properties, additionalProperties } = schema as Parts;
    if ($ref !== undefined)
      return hasExample(document.components.schemas[$ref.replace('#/components/schemas/', '')]);
    if (allOf.length > 0) return allOf.some(hasExample);
    if (items !== undefined) return hasExample(items);
    if (properties !== undefined) return Object.values(properties).some(hasExample);
    return additionalProperties !== undefined;
  };

  it('are shown by an example, whatever they answer in JSON', () => {
    const without = operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) => {
        const json = content['application/json'];
        if (!status.startsWith('2') || json === undefined) return [];
        const isShown = json.example !== undefined || json.examples !== undefined || hasExample(json.schema);
        return isShown ? [] : [`${operationId} ${status}`];
      }),
    );
    expect(without).toEqual([]);
    const shown = [
      'whoAmI',
      'readInvitation',
      'listApiKeys',
      'listCompanies',
      'readCompany',
      'changeSettings',
      'createCompany',
    ];
    for (const operation of shown.map(named)) {
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        if (!status.startsWith('2')) continue;
        expect([operation.operationId, status, content['application/json']?.example]).toEqual([
          operation.operationId,
          status,
          expect.any(Object),
        ]);
      }
    }
  });

  it('are given as examples of the same form', () => {
    const wrong = operations.flatMap((operation) =>
      Object.entries(operation.responses).flatMap(([status, { content = {} }]) => {
        const body = content['application/json']?.example;
        if (!status.startsWith('2') || body === undefined) return [];
        return contradictions(operation, { status: Number(status), body } as Answer) ?? [];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('that are problems are what the document says', async () => {
    const { company } = await aStory();
    const record = named('recordEntry');
    for (const [operation, answer] of [
      [record, await client.post(`${company}/entries`, {})],
      [record, await client.post(`${company}/entries`, '{')],
      [record, await client.post(`${company}/entries`, aSale(1))],
      [record, await client.post(`${company}/entries`, aSale(1, { till: 'T9' }))],
      [named('addTill'), await client.post(`${company}/tills`, { code: 'T1' })],
      [named('listDays'), await client.get(`${company}/days?limit=0`)],
      [named('readCompany'), await client.get(`/v1/companies/${randomUUID()}`)],
      [named('whoAmI'), await client.as(null).get('/v1/me')],
    ] as const) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(contradictions(operation, answer)).toEqual([]);
    }
  });
});
