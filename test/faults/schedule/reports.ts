import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedEvent } from '../../../projections/projection';
import { type Oracle, oracle, type OracleDay } from '../../oracle/oracle';
import { Client } from '../../support/service';
import type { Evidence } from './checker';
import { inTime, type World } from './client';

/**
 * Reads what the nodes show after the head of the ledger, and compares it with what an independent recomputation makes
 * of the exported events. Answers one sentence for each difference.
 */
export async function differencesInReports(world: World, { ledger }: Evidence): Promise<string[]> {
  const lines = ledger.split('\n').filter((line) => line !== '');
  const events = lines.map((line) => JSON.parse(line) as RecordedEvent);
  const shown = new Shown(world, events.at(-1)?.sequence ?? 0);
  const expected = oracle(events);
  try {
    await compareAll(shown, expected, world.nodes);
  } catch (error) {
    // Each further one would wait as long.
    if (!(error instanceof NotShown)) throw error;
    shown.differences.push(error.message);
  }
  return shown.differences;
}

class NotShown extends Error {}

/** Milliseconds after which everything has to be shown, by every node. */
const SHOWN_MS = 60_000;

async function compareAll(shown: Shown, expected: Oracle, nodes: number): Promise<void> {
  for (let node = 0; node < nodes; node += 1) await shown.tills(node, expected.tills);
  for (const view of ['recorded', 'corrected'] as const) {
    for (const [key, day] of Object.entries(expected.days[view])) await shown.day(key, view, day);
  }
  for (const [till, journal] of Object.entries(expected.journals)) await shown.journal(till, journal);
  await shown.customers(expected.customers);
  await shown.vouchers(expected.vouchers);
  await shown.deposits(expected.deposits);
}

type Figures = Readonly<Record<string, number>>;

/** What the nodes show, each request at the next node. */
class Shown {
  readonly differences: string[] = [];
  private requests = 0;

  constructor(
    private readonly world: World,
    private readonly after: number,
  ) {}

  /** The state that decides, on every node. */
  async tills(node: number, expected: Oracle['tills']): Promise<void> {
    const { data } = await this.get('/tills', node);
    const rows = (data ?? []) as { till: string; balances: Figures }[];
    for (const [till, balances] of Object.entries(expected)) {
      const found = rows.find((row) => row.till === till);
      this.compare(`balances of ${till} on node ${node}`, nonZero(found?.balances ?? {}), nonZero(balances));
    }
  }

  async day(key: string, view: 'recorded' | 'corrected', day: OracleDay): Promise<void> {
    const [till, date] = key.split('/');
    const sheet = await this.get(`/tills/${String(till)}/days/${String(date)}?view=${view}`);
    const rows = (sheet.methods ?? []) as ({ method: string } & Record<string, unknown>)[];
    const names = ['opening', 'in', 'out', 'theoretical', 'counted', 'difference', 'closing'] as const;
    const figuresOf = (row: Readonly<Record<string, unknown>> | undefined) =>
      names.map((name) => row?.[name] ?? null);
    for (const [method, figures] of Object.entries(day.methods)) {
      const found = rows.find((row) => row.method === method);
      const isStill = Object.values(figures).every((figure) => figure === 0 || figure === null);
      if (found || !isStill) this.compare(`${view} ${key} ${method}`, figuresOf(found), figuresOf(figures));
    }
    const { gross, net, vat } = (sheet.turnover ?? {}) as Figures;
    const { salesCount } = sheet;
    this.compare(
      `${view} ${key}`,
      { gross, net, vat, salesCount },
      { ...day.turnover, salesCount: day.salesCount },
    );
  }

  async journal(till: string, expected: Oracle['journals'][string]): Promise<void> {
    const found = await this.all(`/journal?till=${till}`);
    this.compare(
      `journal of ${till}`,
      found.map((line) => [line.number, line.sequence, line.date, line.method ?? '', line.balance]),
      expected.map((line) => [line.number, line.sequence, line.date, line.method, line.balance]),
    );
  }

  async customers(expected: Oracle['customers']): Promise<void> {
    const found = await this.all('/customers');
    this.compare(
      'customers',
      nonZero(Object.fromEntries(found.map(({ customer, balance }) => [customer, balance]))),
      nonZero(Object.fromEntries(Object.entries(expected).map(([id, { balance }]) => [id, balance]))),
    );
  }

  async vouchers(expected: Oracle['vouchers']): Promise<void> {
    const found = await this.all('/vouchers');
    const left = Object.entries(expected).map(([code, voucher]) => [
      code,
      voucher.multiPurpose + voucher.singlePurpose,
    ]);
    this.compare(
      'vouchers',
      nonZero(Object.fromEntries(found.map(({ voucher, outstanding }) => [voucher, outstanding]))),
      nonZero(Object.fromEntries(left)),
    );
  }

  async deposits(expected: Oracle['deposits']): Promise<void> {
    const found = await this.all('/deposits');
    const inTransit = found.map(({ deposit, inTransit }) => [deposit, inTransit]);
    this.compare('deposits', nonZero(Object.fromEntries(inTransit)), nonZero(expected));
  }

  private async all(path: string): Promise<Record<string, string | number>[]> {
    const rows: Record<string, string | number>[] = [];
    let cursor = '';
    do {
      const query = `${path.includes('?') ? '&' : '?'}limit=500${cursor}`;
      const page = await this.get(`${path}${query}`);
      rows.push(...((page.data ?? []) as Record<string, string | number>[]));
      cursor = typeof page.next === 'string' ? `&cursor=${encodeURIComponent(page.next)}` : '';
    } while (cursor !== '');
    return rows;
  }

  private async get(path: string, node = this.requests % this.world.nodes): Promise<Record<string, unknown>> {
    this.requests += 1;
    const { urlOf, token, company } = this.world;
    const after = `${path.includes('?') ? '&' : '?'}after=${this.after}`;
    const client = new Client(urlOf(node), token);
    // A read model that is not there yet says so, and when to ask again.
    const until = performance.now() + SHOWN_MS;
    for (;;) {
      const work = client.get(`${company}${path}${after}`);
      const { status, body } = await inTime(`${path} on node ${node}`, work);
      if (status === 200) return body as Record<string, unknown>;
      if (status !== 503 || performance.now() > until)
        throw new NotShown(`${path} on node ${node} is answered ${status} ${JSON.stringify(body)}`);
      await delay(200);
    }
  }

  private compare(what: string, shown: unknown, expected: unknown): void {
    const [left, right] = [JSON.stringify(shown), JSON.stringify(expected)];
    if (left !== right) this.differences.push(`${what}: shown ${left}, expected ${right}`);
  }
}

function nonZero(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rows = Object.entries(record).filter(([, amount]) => amount !== 0);
  return Object.fromEntries(rows.sort(([left], [right]) => (left < right ? -1 : 1)));
}
