import { randomUUID } from 'node:crypto';
import {
  aSale,
  type Answer,
  type Client,
  copyOfLedgers,
  endServices,
  exportedEvents,
  type Folder,
  newFolder,
  openCompany,
  PAST_DAY,
  removeFolders,
  type ServiceProcess,
  signIn,
  startService,
  verified,
} from '../support/service';

const CLIENTS = 200;
const OPENING = 150_00;

/** Each of the clients has a connection of its own, and all send at once. */
function allAtOnce(send: (client: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: CLIENTS }, (_, client) => send(client)));
}

/** How many answers had which status and code. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = status < 300 ? String(status) : `${status} ${String(body.code)}`;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

describe(`${CLIENTS} clients at once`, () => {
  let folder: Folder;
  let service: ServiceProcess;
  let client: Client;
  beforeAll(async () => {
    folder = newFolder();
    service = await startService(folder);
    client = await signIn(service);
  });
  afterAll(async () => {
    await endServices();
    removeFolders();
  });

  const expectCash = async (company: string, cash: number): Promise<void> => {
    const { body: view } = await client.get(company);
    const { status, body } = await client.get(`${company}/tills?after=${view.head}`);
    expect([status, body.data?.[0]]).toEqual([
      200,
      expect.objectContaining({ till: 'T1', balances: expect.objectContaining({ cash }) }),
    ]);
  };

  it('on one till leave its exact balance, and numbers without a gap', async () => {
    const company = await openCompany(client);
    const answers = await allAtOnce((index) => client.post(`${company}/entries`, aSale(100 + index)));
    expect(tally(answers)).toEqual({ '201': CLIENTS });
    const numbers = answers.map(({ body }) => Number(body.tillSequence)).sort((left, right) => left - right);
    expect(numbers).toEqual(numbers.map((_, index) => Number(numbers[0]) + index));
    expect(new Set(answers.map(({ body }) => body.sequence)).size).toBe(CLIENTS);
    await expectCash(company, OPENING + CLIENTS * 100 + (CLIENTS * (CLIENTS - 1)) / 2);
  });

  it('with one voucher: one pays with it, once', async () => {
    const company = await openCompany(client);
    const voucher = { voucher: 'BON-1', kind: 'multi-purpose', amount: 50_00 };
    const sold = { id: randomUUID(), type: 'voucher-sale', till: 'T1', businessDate: PAST_DAY, ...voucher };
    const sale = await client.post(`${company}/entries`, {
      ...sold,
      payments: [{ method: 'cash', amount: 50_00 }],
    });
    expect(sale.status).toBe(201);

    const payments = [{ method: 'voucher', voucher: 'BON-1', amount: 50_00 }];
    const answers = await allAtOnce(() => client.post(`${company}/entries`, aSale(50_00, { payments })));
    const winners = answers.filter(({ status }) => status === 201);
    expect(winners).toHaveLength(1);
    expect(
      answers.filter(({ status, body }) => status === 409 && body.code.startsWith('voucher-')),
    ).toHaveLength(CLIENTS - 1);
    const after = String(winners[0]?.body.sequence);
    const { body } = await client.get(`${company}/vouchers/BON-1?after=${after}`);
    expect(body).toMatchObject({ outstanding: 0, soldFor: 50_00 });
    const sheet = await client.get(`${company}/tills/T1/days/${PAST_DAY}?after=${after}`);
    expect(sheet.body).toMatchObject({ salesCount: 1, turnover: { gross: 50_00 } });
    await expectCash(company, OPENING + 50_00);
  });

  it('with one voucher of 50 € and purchases of 7 €: it pays seven times, and one euro is left', async () => {
    const company = await openCompany(client);
    const sold = await client.post(
      `${company}/entries`,
      aSale(0, {
        lines: [],
        vouchersSold: [{ voucher: 'BON-7', kind: 'multi-purpose', amount: 50_00 }],
        payments: [{ method: 'cash', amount: 50_00 }],
      }),
    );
    expect(sold.status).toBe(201);
    const payments = [{ method: 'voucher', voucher: 'BON-7', amount: 7_00 }];
    const answers = await allAtOnce((index) =>
      index % 2 === 0
        ? client.post(`${company}/entries`, aSale(7_00, { payments }))
        : client.post(`${company}/entries/batch`, { atomic: true, entries: [aSale(7_00, { payments })] }),
    );
    const won = answers.filter(({ status }) => status < 300);
    expect(won).toHaveLength(7);
    const sequences = won.map(({ body }) => Number(body.sequence ?? body.head));
    const { body } = await client.get(`${company}/vouchers/BON-7?after=${Math.max(...sequences)}`);
    expect(body.outstanding).toBe(1_00);
  });

  it('taking cash out of one till: it is never below nothing', async () => {
    const company = await openCompany(client);
    const answers = await allAtOnce(() =>
      client.post(`${company}/entries`, {
        id: randomUUID(),
        type: 'cash-out',
        till: 'T1',
        businessDate: PAST_DAY,
        method: 'cash',
        amount: 40_00,
        reason: 'bank',
      }),
    );
    expect(tally(answers)).toEqual({ '201': 3, '422 cash-balance-negative': CLIENTS - 3 });
    await expectCash(company, 30_00);
  });

  it('with one entry: it is recorded once, and all are answered the same', async () => {
    const company = await openCompany(client);
    const sale = aSale(12_00);
    const answers = await allAtOnce(() => client.post(`${company}/entries`, sale));
    expect(tally(answers)).toEqual({ '201': 1, '200': CLIENTS - 1 });
    const lasting = ({ body }: Answer) =>
      `${body.sequence} ${body.tillSequence} ${body.recordedAt} ${body.hash}`;
    expect(new Set(answers.map(lasting)).size).toBe(1);
    await expectCash(company, OPENING + 12_00);
  });

  it('with one id for different sales: the first one counts', async () => {
    const company = await openCompany(client);
    const id = randomUUID();
    const answers = await allAtOnce((index) => client.post(`${company}/entries`, aSale(100 + index, { id })));
    expect(tally(answers)).toEqual({ '201': 1, '409 idempotency-mismatch': CLIENTS - 1 });
    const winner = answers.findIndex(({ status }) => status === 201);
    await expectCash(company, OPENING + 100 + winner);
  });

  it('closing one day: it is closed once', async () => {
    const company = await openCompany(client);
    const common = { till: 'T1', businessDate: PAST_DAY };
    await client.post(`${company}/entries`, aSale(5_00));
    const counts = [{ method: 'cash', amount: OPENING + 5_00 }];
    await client.post(`${company}/entries`, { id: randomUUID(), type: 'count', ...common, counts });
    const answers = await allAtOnce(() =>
      client.post(`${company}/entries`, { id: randomUUID(), type: 'day-closure', ...common }),
    );
    expect(tally(answers)).toEqual({ '201': 1, '409 day-closed': CLIENTS - 1 });
    const { events } = await exportedEvents(client, company);
    expect(events.filter(({ type }) => type === 'DayClosed')).toHaveLength(1);
  });

  it('opening one company: one ledger for its SIREN', async () => {
    const body = { name: 'Boulangerie Ève', siren: '552100554' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.post('/v1/companies', body)));
    expect(tally(answers)).toEqual({ '201': 1, '409 siren-taken': 19 });
  });

  it('leave ledgers that verify', async () => {
    await service.stop();
    const copy = await copyOfLedgers(folder);
    expect(verified(copy, '--all', '--witness', folder.witness)).toEqual({ code: 0, findings: [] });
  });
});
