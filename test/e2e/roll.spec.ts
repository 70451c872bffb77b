import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RollEntry, rollTickets, saleOf } from '../../src/cli/demo/roll';
import { Chance } from '../support/chance';
import {
  type Answer,
  type Client,
  caisse,
  endServices,
  exportedEvents,
  type Folder,
  newFolder,
  openCompany,
  removeFolders,
  signIn,
  startService,
  verified,
} from '../support/service';

/** The day of the roll. */
const DAY = '2021-01-02';
const TICKETS = 89;
const TURNOVER = 509_85;
const OPENING = 150_00;

const roll = rollTickets().map((ticket) => saleOf(ticket, 'T1', DAY, '+01:00'));

function paidBy(method: string): number {
  const payments = roll.flatMap((sale) => sale.payments).filter((payment) => payment.method === method);
  return payments.reduce((sum, { amount }) => sum + amount, 0);
}

function shuffled(entries: readonly RollEntry[], chance: Chance): RollEntry[] {
  const left = [...entries];
  return entries.map(() => left.splice(chance.below(left.length), 1)[0] as RollEntry);
}

describe('the roll of a bakery’s morning', () => {
  let folder: Folder;
  let client: Client;
  beforeAll(async () => {
    folder = newFolder();
    client = await signIn(await startService(folder));
  });
  afterAll(async () => {
    await endServices();
    removeFolders();
  });

  /** Sends one ticket after the other; answers the answers. */
  const sendEach = async (company: string, entries: readonly RollEntry[]): Promise<Answer[]> => {
    const answers: Answer[] = [];
    for (const entry of entries) answers.push(await client.post(`${company}/entries`, entry));
    return answers;
  };

  const read = async (path: string): Promise<Answer['body']> => {
    const { status, body } = await client.get(path);
    expect([path, status]).toEqual([path, 200]);
    return body;
  };

  /** Everything that is shown of the day and its month, without what tells one company from another. */
  const figures = async (company: string): Promise<Record<string, unknown>> => {
    const { head } = await read(company);
    const after = `after=${head}`;
    return {
      sheet: await read(`${company}/tills/T1/days/${DAY}?${after}`),
      tills: (await read(`${company}/tills?${after}`)).data,
      days: (await read(`${company}/days?from=${DAY}&to=${DAY}&${after}`)).data,
      day: await read(`${company}/syntheses/day/${DAY}?${after}`),
      month: await read(`${company}/syntheses/month/${DAY.slice(0, 7)}?${after}`),
    };
  };

  const newlyOpened = async (): Promise<string> => openCompany(client);

  it('ticket by ticket and as one batch gives the same figures, and those of the roll', async () => {
    const [one, other] = [await newlyOpened(), await newlyOpened()];
    const answers = await sendEach(one, roll);
    expect(answers.map(({ status }) => status)).toEqual(roll.map(() => 201));
    expect(answers.at(-1)?.body.balances).toMatchObject({
      cash: OPENING + paidBy('cash'),
      card: paidBy('card'),
    });

    const { status, body } = await client.post(`${other}/entries/batch`, { atomic: true, entries: roll });
    expect(status).toBe(200);
    expect(body.results).toEqual(
      answers.map(({ body: { id, sequence } }) => ({ id, status: 'recorded', sequence })),
    );

    const shown = await figures(one);
    expect(shown).toEqual(await figures(other));
    expect(shown.sheet).toMatchObject({
      salesCount: TICKETS,
      averageBasket: Math.round(TURNOVER / TICKETS),
      turnover: { gross: TURNOVER },
      cash: { opening: OPENING, in: paidBy('cash'), out: 0, theoretical: OPENING + paidBy('cash') },
      ventilation: { gap: 0 },
    });
    expect(shown.month).toMatchObject({ salesCount: TICKETS, turnover: { gross: TURNOVER } });
    const journals = [];
    for (const company of [one, other]) {
      const journal = await read(`${company}/journal?from=${DAY}&to=${DAY}&till=T1&limit=500`);
      journals.push(
        journal.data.map(
          ({ hash: _hash, recordedAt: _recordedAt, ...line }: Record<string, unknown>) => line,
        ),
      );
    }
    expect(journals[0]).toEqual(journals[1]);
    expect(journals[0]).not.toHaveLength(0);
  });

  it('sent twice changes nothing', async () => {
    const company = await newlyOpened();
    const first = await sendEach(company, roll);
    const before = await figures(company);
    const { text } = await exportedEvents(client, company);

    const second = await sendEach(company, roll);
    expect(second.map(({ status }) => status)).toEqual(roll.map(() => 200));
    expect(second.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual(roll.map(() => 'true'));
    const lasting = ({ body }: Answer) => {
      const { sequence, tillSequence, businessDate, recordedAt, hash } = body;
      return { sequence, tillSequence, businessDate, recordedAt, hash };
    };
    expect(second.map(lasting)).toEqual(first.map(lasting));
    for (const atomic of [true, false]) {
      const { status, body } = await client.post(`${company}/entries/batch`, { atomic, entries: roll });
      expect(status).toBe(200);
      expect(body.results).toEqual(
        first.map(({ body: { id, sequence } }) => ({ id, status: 'replayed', sequence })),
      );
    }
    expect((await exportedEvents(client, company)).text).toBe(text);
    expect(await figures(company)).toEqual(before);
  });

  it('in random order gives the same figures', async () => {
    const seed = Date.now() % 1_000_000;
    const [inOrder, oneByOne, together] = [await newlyOpened(), await newlyOpened(), await newlyOpened()];
    await sendEach(inOrder, roll);
    const answers = await sendEach(oneByOne, shuffled(roll, new Chance(seed)));
    expect([seed, ...answers.map(({ status }) => status)]).toEqual([seed, ...roll.map(() => 201)]);
    const entries = shuffled(roll, new Chance(seed + 1));
    const { status, body } = await client.post(`${together}/entries/batch`, { atomic: true, entries });
    expect(status).toBe(200);
    // Answered in the order sent, though judged by the clock of the tickets.
    expect(body.results.map(({ id }: { id: string }) => id)).toEqual(entries.map(({ id }) => id));

    const expected = await figures(inOrder);
    expect([seed, await figures(oneByOne)]).toEqual([seed, expected]);
    expect([seed, await figures(together)]).toEqual([seed, expected]);
  });

  it('is closed, printed, exported, bent, and what was bent is named', async () => {
    const company = await newlyOpened();
    await sendEach(company, roll);
    const cash = OPENING + paidBy('cash');
    const closing = { till: 'T1', businessDate: DAY };
    const { status, body } = await client.post(`${company}/entries/batch`, {
      atomic: true,
      entries: [
        { id: randomUUID(), type: 'count', ...closing, counts: [{ method: 'cash', amount: cash }] },
        { id: randomUUID(), type: 'day-closure', ...closing },
      ],
    });
    expect([status, body]).toEqual([200, expect.objectContaining({ head: expect.any(Number) })]);

    const sheet = await read(`${company}/tills/T1/days/${DAY}?after=${body.head}`);
    expect(sheet).toMatchObject({ status: 'closed', cash: { counted: cash, difference: 0 } });
    const late = await client.post(`${company}/entries`, { ...roll[0], id: randomUUID() });
    expect([late.status, late.body.code]).toEqual([409, 'day-closed']);

    const csv = String(await read(`${company}/journal.csv?from=${DAY}&to=${DAY}&till=T1`));
    expect(csv.trim().split(/\r?\n/).length).toBeGreaterThan(TICKETS);
    for (const { reference } of roll) expect(csv).toContain(reference);

    const { text, events } = await exportedEvents(client, company);
    const file = join(folder.root, 'events.ndjson');
    writeFileSync(file, text);
    expect(verified(file)).toEqual({ code: 0, findings: [] });

    // One digit of one amount of one ticket.
    const sold = events.find(({ entry }) => entry?.id === roll[0]?.id)?.sequence ?? 0;
    const lines = text.split('\n');
    const bent = lines.map((line, index) =>
      index === sold - 1 ? line.replace('"gross":9', '"gross":8') : line,
    );
    expect(bent).not.toEqual(lines);
    writeFileSync(file, bent.join('\n'));
    const { code, stdout } = caisse(['verify', file]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ALTÉRÉ /m);
    expect(stdout).toMatch(new RegExp(`^ +${String(sold)} +hash-mismatch : `, 'm'));
    const { findings } = verified(file);
    expect(new Set(findings.map(({ sequence }) => sequence))).toContain(sold);
  });
});
