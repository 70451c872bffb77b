import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { draft } from '../../test/support/draft';
import { newReportsStores } from '../../test/support/engines';
import { RecordingBook } from '../../test/support/recording-book';
import { type ReportsApp, reportsApp } from '../../test/support/reports-app';
import { changeSettings } from '../ledger/company/change-company';
import { settingsChangeSchema } from '../ledger/company/requests';
import { CustomerRegistered } from '../ledger/customer-credit/events';
import { LiveController } from './live.controller';

const DAY = '2026-03-14';
const NEXT = '2026-03-15';
const DUPONT = '33333333-3333-4333-8333-333333333333';

const sale = (gross: number, method = 'cash') => ({
  type: 'sale',
  lines: [{ category: 'pain', gross, vatRate: 550 }],
  payments: [{ method, amount: gross }],
});

const onEngines = async (book?: RecordingBook) => reportsApp(book, await newReportsStores());

/** Some members of each row. */
function pick(rows: readonly Record<string, unknown>[], ...members: readonly string[]): unknown[][] {
  return rows.map((row) => members.map((member) => row[member]));
}

describe('reading', () => {
  let reports: ReportsApp;

  beforeEach(async () => {
    reports = await onEngines();
  });

  afterEach(() => reports.close());

  async function read(path: string, status = 200) {
    const answer = await request(reports.app.getHttpServer()).get(reports.path(path));
    expect({ path, status: answer.status, body: status === 200 ? undefined : answer.body }).toMatchObject({
      path,
      status,
    });
    return answer.body;
  }

  /** A path whose read waits for what was recorded last. */
  const after = (path: string, sequence: number) =>
    `${path}${path.includes('?') ? '&' : '?'}after=${sequence}`;

  describe('tills', () => {
    it('shows live balances per till, the safe and what is in transit', async () => {
      await reports.record(sale(1250));
      await reports.record({ type: 'deposit', method: 'cash', amount: 3000 });
      const last = await reports.record({
        type: 'transfer',
        from: { method: 'cash' },
        to: { till: 'safe', method: 'cash' },
        amount: 2000,
      });
      const body = await read(after('tills', last));
      expect(
        pick(body.data, 'till', 'balances').map(([till, balances]) => [
          till,
          (balances as { cash: number }).cash,
        ]),
      ).toEqual([
        ['T1', 11_250],
        ['safe', 2000],
      ]);
      expect(body.inTransit).toEqual({ toBank: { cash: 3000 }, betweenTills: {} });
      expect(body.total.cash).toBe(16_250);
    });

    it('is level with what is recorded while the read models are not', async () => {
      await reports.projector.stop();
      const last = await reports.record(sale(1250));
      const body = await read(after('tills', last));
      expect(body).toMatchObject({
        data: [{ till: 'T1', name: 'Caisse 1', balances: { cash: 16_250, card: 0 }, lastDay: DAY }, {}],
        sequence: last,
      });
    });

    it('says which days of a till are behind it', async () => {
      await reports.record(sale(1250));
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 16_250 }] });
      await reports.record({ type: 'day-closure', businessDate: DAY });
      expect((await read('tills')).data[0]).toMatchObject({ closedThrough: DAY, lastDay: DAY });
      await reports.record({ ...sale(100), businessDate: NEXT });
      expect((await read('tills')).data[0]).toMatchObject({ closedThrough: DAY, lastDay: NEXT });
    });

    it('shows a key its own tills alone', async () => {
      reports.limitTo(['T1']);
      const body = await read('tills');
      expect(pick(body.data, 'till').flat()).toEqual(['T1']);
      expect(body.total).toEqual({ cash: 15_000 });
    });
  });

  describe('a day that is sealed', () => {
    async function change(settings: Record<string, unknown>): Promise<number> {
      const { book } = reports;
      const parsed = settingsChangeSchema.parse(settings);
      book.take(book.inspect((ledger) => changeSettings(parsed, ledger, book.now)));
      return reports.save();
    }

    async function all(sequence: number) {
      const paths = [`tills/T1/days/${DAY}`, `syntheses/day/${DAY}`, `journal?from=${DAY}&to=${DAY}`];
      const answers = [];
      for (const path of paths) answers.push((await read(after(path, sequence))) as Record<string, unknown>);
      return answers.map(({ sequence: _sequence, ...answer }) => answer);
    }

    it('shows the settings that it was sealed with, whatever is changed on the same day', async () => {
      const methods = (label: string, cardIsCounted: boolean) => [
        { code: 'cash', kind: 'cash', label: `${label} 1` },
        { code: 'card', kind: 'card', label: `${label} 2`, counted: cardIsCounted },
      ];
      const pain = (label: string) => ({ categories: [{ code: 'pain', vatRate: 550, label }] });
      await change({ methods: methods('avant', false), ...pain('avant') });
      await reports.record(sale(1000));
      await reports.record(sale(500, 'card'));
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 16_000 }] });
      const sealed = await all(await reports.record({ type: 'day-closure', businessDate: DAY }));
      expect(sealed[0]).toMatchObject({
        cash: { in: 1000, theoretical: 16_000, counted: 16_000 },
        methods: [{ label: 'avant 1' }, { label: 'avant 2', counted: null }],
        turnover: { byCategory: [{ label: 'avant' }] },
      });
      const last = await change({
        timeZone: 'Asia/Tokyo',
        dayCutoff: '00:00',
        methods: methods('après', true),
        calendar: { closed: [DAY] },
        tills: [{ code: 'T1', name: 'Comptoir' }],
        ...pain('après'),
      });
      expect(await all(last)).toEqual(sealed);
    });
  });

  describe('a day sheet', () => {
    it('goes from the opening to the difference, by kind and method', async () => {
      await reports.record({ ...sale(10_000), customers: 2 });
      await reports.record(sale(2000, 'card'));
      await reports.record({ type: 'expense', category: 'supplies', gross: 1200, vatRate: 2000 });
      await reports.record({
        type: 'count',
        counts: [{ method: 'cash', amount: 23_750, denominations: { '5000': 4, '50': 75 } }],
      });
      const last = await reports.record({
        type: 'comment',
        about: 'difference',
        businessDate: DAY,
        comment: 'rendu oublié',
      });
      const body = await read(after(`tills/T1/days/${DAY}`, last));
      expect(body).toMatchObject({
        view: 'corrected',
        status: 'to-check',
        salesCount: 2,
        customersCount: 2,
        averageBasket: 6000,
        turnover: { gross: 12_000, net: 11_375, vat: 625 },
        cash: {
          opening: 15_000,
          in: 10_000,
          out: 1200,
          theoretical: 23_800,
          counted: 23_750,
          difference: -50,
          closing: 23_800,
        },
        differences: { count: -50, opening: 0, ventilation: 0, correction: 0 },
        ventilation: { gap: 0, overpayment: 0 },
        closure: null,
      });
      expect(body.turnover.byMethod).toEqual([
        { method: 'cash', label: 'Espèces', gross: 10_000 },
        { method: 'card', label: 'Carte bancaire', gross: 2000 },
      ]);
      expect(body.movements).toEqual([
        { kind: 'sale', method: 'cash', in: 10_000, out: 0 },
        { kind: 'sale', method: 'card', in: 2000, out: 0 },
        { kind: 'expense', method: 'cash', in: 0, out: 1200 },
      ]);
      expect(body.counts[0]).toMatchObject({ moment: 'closing', by: 'cashier' });
      expect(body.comments[0]).toMatchObject({ comment: 'rendu oublié', about: 'difference' });
      expect(body.alerts[0]).toMatchObject({ code: 'count-difference', amount: -50, open: true });
    });

    it('restates the difference of the original’s day, and leaves the recorded one as it was', async () => {
      // A cash sale of 100 that was card, corrected the day after a closing that was 100 short.
      const id = reports.book.uuid();
      await reports.record({ id, ...sale(10_000) });
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 15_000 }] });
      await reports.record({ type: 'day-closure', businessDate: DAY, comment: 'inexpliqué' });
      reports.book.now = `${NEXT}T09:00:00.000Z`;
      const last = await reports.record({
        type: 'correction',
        corrects: id,
        reason: 'payé par carte',
        replacement: sale(10_000, 'card'),
      });
      const corrected = await read(after(`tills/T1/days/${DAY}`, last));
      expect(corrected.cash).toMatchObject({ theoretical: 15_000, counted: 15_000, difference: 0 });
      expect(corrected.turnover.byMethod).toEqual([
        { method: 'card', label: 'Carte bancaire', gross: 10_000 },
      ]);
      expect(corrected.salesCount).toBe(1);
      expect(pick(corrected.restatements, 'reversal', 'recordedOn')).toEqual([
        [true, NEXT],
        [false, NEXT],
      ]);
      const recorded = await read(`tills/T1/days/${DAY}?view=recorded`);
      expect(recorded.cash).toMatchObject({ theoretical: 25_000, counted: 15_000, difference: -10_000 });

      const tonight = await read(`tills/T1/days/${NEXT}?view=recorded`);
      expect(tonight.cash).toMatchObject({ opening: 15_000, theoretical: 15_000 });
      expect(tonight.turnover.gross).toBe(0);
      expect(tonight.turnover.byVatRate[0]).toMatchObject({ real: 0, absolute: 20_000 });
      expect(tonight.differences.correction).toBe(10_000);
      const untouched = await read(`tills/T1/days/${NEXT}`);
      expect(untouched.turnover.byVatRate).toEqual([]);
      const methods = Object.fromEntries(pick(untouched.methods, 'method', 'opening'));
      expect(methods).toEqual({ cash: 15_000, card: 10_000 });
    });

    it('restates what a closure moved out of suspense, once its Z-ticket is corrected', async () => {
      const id = reports.book.uuid();
      const z = (cash: number) => ({
        type: 'z-ticket',
        number: '1',
        salesCount: 1,
        categories: [{ category: 'pain', vatRate: 550, gross: 10_000 }],
        payments: [{ method: 'cash', amount: cash }],
      });
      await reports.record({ id, ...z(9_990) });
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 25_000 }] });
      const open = await read(`tills/T1/days/${DAY}`);
      expect(open).toMatchObject({ ventilation: { gap: -10 }, differences: { ventilation: 0 } });
      await reports.record({ type: 'day-closure', businessDate: DAY, comment: 'illisible' });
      reports.book.now = `${NEXT}T09:00:00.000Z`;
      const correction = { type: 'correction', corrects: id, reason: 'relu', replacement: z(10_000) };
      const last = await reports.record(correction);
      const corrected = await read(after(`tills/T1/days/${DAY}`, last));
      expect(corrected).toMatchObject({ ventilation: { gap: 0 }, differences: { count: 0, ventilation: 0 } });
      const recorded = await read(`tills/T1/days/${DAY}?view=recorded`);
      expect(recorded.differences).toMatchObject({ count: 10, ventilation: -10 });
    });

    it('carries balances over a day without entries', async () => {
      const last = await reports.record(sale(1000));
      const body = await read(after(`tills/T1/days/2026-03-20`, last));
      expect(body).toMatchObject({
        status: 'not-open',
        averageBasket: null,
        cash: { opening: 16_000, closing: 16_000 },
      });
    });

    it('does not know another till, a day that does not exist, a parameter that means nothing', async () => {
      expect(await read(`tills/T9/days/${DAY}`, 404)).toMatchObject({ code: 'not-found' });
      expect((await read('tills/T1/days/2026-02-30', 400)).errors[0]).toMatchObject({
        pointer: '/path/date',
        code: 'not-a-day',
      });
      expect((await read(`tills/T1/days/${DAY}?vue=x`, 400)).errors[0]).toMatchObject({
        pointer: '/query/vue',
        code: 'unknown-field',
      });
      expect((await read(`tills/T1/days/${DAY}?view=x`, 400)).errors[0]).toMatchObject({
        pointer: '/query/view',
      });
      expect((await read(`tills/T1/days/${DAY}?view=recorded&view=corrected`, 400)).code).toBe(
        'invalid-input',
      );
    });
  });

  describe('days', () => {
    it('tells open, closed, missing and days that are not open', async () => {
      await reports.record(sale(1000));
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 16_000 }] });
      await reports.record({ type: 'day-closure', businessDate: DAY });
      reports.book.now = '2026-03-16T09:00:00.000Z';
      const last = await reports.record(sale(500));
      const body = await read(after(`days?from=2026-03-13&to=2026-03-17&till=T1`, last));
      expect(pick(body.data, 'date', 'status')).toEqual([
        ['2026-03-13', 'not-open'],
        ['2026-03-14', 'closed'],
        ['2026-03-15', 'missing'],
        ['2026-03-16', 'open'],
        ['2026-03-17', 'not-open'],
      ]);
      expect(body.next).toBeNull();
    });

    it('pages through all tills of all days, each row once', async () => {
      const seen: string[] = [];
      let next: string | null = null;
      do {
        const cursor: string = next === null ? '' : `&cursor=${next}`;
        const body = await read(`days?from=2026-03-01&to=2026-03-07&limit=3${cursor}`);
        seen.push(...pick(body.data, 'date', 'till').map((row) => row.join(' ')));
        next = body.next;
      } while (next !== null);
      expect(seen).toHaveLength(14);
      expect(new Set(seen).size).toBe(14);
      await read('days?from=2026-03-01&to=2026-03-07&cursor=2026-04-01.0', 400);
      await read('days?from=2026-03-07&to=2026-03-01', 400);
    });

    it.each([
      ['from=9999-12-30&to=9999-12-31&limit=1', ['9999-12-30', '9999-12-31']],
      ['to=1970-01-02&limit=1', ['1970-01-01', '1970-01-02']],
    ])('begins and ends with the calendar: %s', async (range, expected) => {
      const seen: string[] = [];
      let next: string | null = '';
      while (next !== null) {
        const cursor: string = next === '' ? '' : `&cursor=${next}`;
        const body = await read(`days?till=T1&${range}${cursor}`);
        seen.push(...pick(body.data, 'date').map(String));
        next = body.next;
        expect(seen.length).toBeLessThanOrEqual(expected.length);
      }
      expect(seen).toEqual(expected);
    });
  });

  describe('the journal', () => {
    it('numbers lines, runs balances and seals them with the day', async () => {
      await reports.record(sale(1000));
      await reports.record({ ...sale(400), payments: [{ method: 'credit', amount: 400 }] });
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 15_900 }] });
      const open = await read(after('journal?till=T1', reports.book.stored.length));
      expect(pick(open.data, 'number', 'method', 'balance', 'provisional')).toEqual([
        [1, 'cash', 16_000, true],
        [2, 'credit', null, true],
      ]);
      const last = await reports.record({ type: 'day-closure', businessDate: DAY, comment: 'un rendu' });
      const body = await read(after('journal', last));
      expect(body.data).toHaveLength(3);
      expect(body.data[2]).toMatchObject({
        number: 3,
        provisional: false,
        out: 100,
        balance: 15_900,
        document: { type: 'day-closure', number: 1 },
        label: 'Clôture de la journée',
        day: DAY,
        time: '09:00:00',
      });
      const closed = reports.book.events.find(({ type }) => type === 'DayClosed');
      expect(closed?.data).toMatchObject({ journal: { first: 1, last: 3 } });
    });

    it('lists what comes in first within a correction', async () => {
      const id = reports.book.uuid();
      await reports.record({ id, ...sale(1000) });
      const last = await reports.record({
        type: 'correction',
        corrects: id,
        reason: 'faute',
        replacement: sale(900),
      });
      const body = await read(after('journal', last));
      expect(pick(body.data, 'in', 'out', 'balance')).toEqual([
        [1000, 0, 16_000],
        [900, 0, 16_900],
        [0, 1000, 15_900],
      ]);
    });

    it.each([1, 2, 3, 50])('reads the same in pages of %d', async (limit) => {
      const id = reports.book.uuid();
      await reports.record({ id, ...sale(1000) });
      for (let count = 0; count < 4; count += 1) await reports.record(sale(100 + count));
      await reports.record({ type: 'correction', corrects: id, reason: 'faute', replacement: sale(900) });
      const last = await reports.record({
        type: 'transfer',
        from: { method: 'cash' },
        to: { till: 'safe', method: 'cash' },
        amount: 50,
      });
      const whole = await read(after('journal', last));
      const lines: unknown[] = [];
      let next: string | null = null;
      do {
        const page = await read(`journal?limit=${limit}${next === null ? '' : `&cursor=${next}`}`);
        expect(page.data.length).toBeLessThanOrEqual(limit);
        lines.push(...page.data);
        next = page.next;
      } while (next !== null);
      expect(lines).toEqual(whole.data);
    });

    it('filters by method and keeps numbers and balances', async () => {
      await reports.record(sale(1000));
      await reports.record(sale(300, 'card'));
      const last = await reports.record(sale(200));
      const body = await read(after('journal?method=cash', last));
      expect(pick(body.data, 'number', 'balance')).toEqual([
        [1, 16_000],
        [3, 16_200],
      ]);
    });

    it('begins in the middle without reading what came before', async () => {
      await reports.record(sale(1000));
      reports.book.now = `${NEXT}T09:00:00.000Z`;
      const last = await reports.record(sale(200));
      const body = await read(after(`journal?from=${NEXT}`, last));
      expect(body.data).toMatchObject([{ number: 2, date: NEXT, balance: 16_200 }]);
    });

    it('is a CSV for a French spreadsheet, harmless to open', async () => {
      const last = await reports.record({
        type: 'cash-out',
        method: 'cash',
        amount: 123_45 - 2345,
        reason: 'other',
        label: '=HYPERLINK("x")',
      });
      const answer = await request(reports.app.getHttpServer())
        .get(reports.path(after('journal.csv', last)))
        .buffer(true)
        .parse((response, done) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => done(null, Buffer.concat(chunks).toString()));
        });
      expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
      const [head, line, end] = String(answer.body).split('\r\n');
      expect(head?.startsWith('\uFEFFNuméro;Provisoire;')).toBe(true);
      expect(line).toContain(';"Sortie : =HYPERLINK(""x"")";cash;;100,00;50,00;');
      expect(end).toBe('');
    });

    it.each(['e30', 'eyJhIjoxfQ', 'YQ', '*'])('refuses the cursor %s, as every list does', async (cursor) => {
      const path = reports.path('').replace(/[^/]+\/$/, '');
      for (const list of [
        'entries',
        'closures?till=T1',
        'days',
        'journal',
        'customers',
        'vouchers',
        'alerts',
      ]) {
        const separator = list.includes('?') ? '&' : '?';
        const body = await read(`${list}${separator}cursor=${encodeURIComponent(cursor)}`, 400);
        expect([list, body.errors[0].code]).toEqual([list, 'bad-cursor']);
      }
      const companies = await request(reports.app.getHttpServer())
        .get(path.replace(/\/$/, ''))
        .query({ cursor });
      expect([companies.status, companies.body.errors[0].code]).toEqual([400, 'bad-cursor']);
    });

    it('goes on where a page of entries ended', async () => {
      for (const gross of [100, 200, 300]) await reports.record(sale(gross));
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 15_600 }] });
      const last = await reports.record({ type: 'day-closure', businessDate: DAY });
      let path = after('entries?limit=1', last);
      const types: string[] = [];
      for (;;) {
        const { data, next } = await read(path);
        types.push(...data.map(({ type }: { type: string }) => type));
        if (next === null) break;
        path = `entries?limit=1&cursor=${String(next)}`;
      }
      expect(types).toEqual(['sale', 'sale', 'sale', 'count', 'day-closure']);
    });

    it('refuses a cursor that it did not make', async () => {
      expect((await read('journal?cursor=bla', 400)).errors[0]).toMatchObject({
        pointer: '/query/cursor',
        code: 'bad-cursor',
      });
    });
  });

  describe('customers and vouchers', () => {
    it('shows what is owed, and a statement with its running balance', async () => {
      reports.book.take([draft(CustomerRegistered, { data: { customer: DUPONT } })]);
      reports.names.set(DUPONT, 'Dupont');
      const credit = (customer?: string) => ({
        ...sale(4000),
        payments: [{ method: 'credit', amount: 4000, customer }],
      });
      await reports.record(credit());
      await reports.record(credit(DUPONT));
      reports.book.now = `${NEXT}T09:00:00.000Z`;
      const last = await reports.record({
        type: 'credit-repayment',
        customer: DUPONT,
        payments: [{ method: 'cash', amount: 1500 }],
      });
      const list = await read(after('customers', last));
      expect(list.total).toBe(6500);
      expect(pick(list.data, 'customer', 'name', 'balance')).toEqual([
        ['-', null, 4000],
        [DUPONT, 'Dupont', 2500],
      ]);
      expect((await read(`customers?at=${DAY}`)).total).toBe(8000);
      const statement = await read(`customers/${DUPONT}`);
      expect(pick(statement.data, 'amount', 'balance')).toEqual([
        [4000, 4000],
        [-1500, 2500],
      ]);
      const later = await read(`customers/${DUPONT}?from=${NEXT}`);
      expect(later).toMatchObject({ opening: 4000, data: [{ amount: -1500, balance: 2500 }] });
      const first = await read(`customers/${DUPONT}?limit=1`);
      const second = await read(`customers/${DUPONT}?limit=1&cursor=${first.next}`);
      expect(second.data).toEqual([statement.data[1]]);
      expect(await read(`customers/${DUPONT}?at=${DAY}`)).toMatchObject({ balance: 4000, at: DAY });
      await read('customers/44444444-4444-4444-8444-444444444444', 404);
    });

    it('shows what a voucher still holds', async () => {
      await reports.record({
        type: 'voucher-sale',
        voucher: 'B1',
        kind: 'multi-purpose',
        amount: 5000,
        expiresOn: '2027-03-14',
        payments: [{ method: 'cash', amount: 5000 }],
      });
      const last = await reports.record({
        ...sale(3000),
        payments: [{ method: 'voucher', amount: 3000, voucher: 'B1' }],
      });
      const list = await read(after('vouchers', last));
      expect(list).toMatchObject({
        total: { multiPurpose: 2000, singlePurpose: 0 },
        data: [
          { voucher: 'B1', kind: 'multi-purpose', outstanding: 2000, soldFor: 5000, expiresOn: '2027-03-14' },
        ],
      });
      const history = await read('vouchers/B1');
      expect(pick(history.data, 'amount', 'balance')).toEqual([
        [5000, 5000],
        [-3000, 2000],
      ]);
    });
  });

  describe('deposits, alerts, closures', () => {
    it('follows a deposit of 300 that is confirmed at 298', async () => {
      const deposit = reports.book.uuid();
      await reports.record({ type: 'cash-in', method: 'cash', amount: 30_000, reason: 'owner' });
      await reports.record({ id: deposit, type: 'deposit', method: 'cash', amount: 30_000 });
      const last = await reports.record({
        type: 'deposit-confirmation',
        till: undefined,
        deposit,
        amount: 29_800,
        fees: 200,
      });
      const body = await read(after('deposits', last));
      expect(body).toMatchObject({
        inTransit: 0,
        data: [
          {
            deposit,
            status: 'confirmed',
            amount: 30_000,
            confirmations: [{ amount: 29_800, fees: 200, final: false }],
          },
        ],
      });
      expect((await read('deposits?status=in-transit')).data).toEqual([]);
    });

    it('lists alerts that hold, and the history', async () => {
      await reports.close();
      reports = await onEngines(new RecordingBook({ company: { thresholds: { cashMax: 20_000 } } }));
      await reports.record(sale(6000));
      const raised = await read(after('alerts?open=true', reports.book.stored.length));
      expect(raised.data).toMatchObject([
        { code: 'cash-above-maximum', till: 'T1', amount: 21_000, limit: 20_000 },
      ]);
      const last = await reports.record({ type: 'deposit', method: 'cash', amount: 5000 });
      expect((await read(after('alerts?open=true', last))).data).toEqual([]);
      expect(pick((await read('alerts')).data, 'change').flat()).toEqual(['cleared', 'raised']);
    });

    it('lists closures as they were sealed', async () => {
      await reports.record(sale(1000));
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 16_000 }] });
      const last = await reports.record({ type: 'day-closure', businessDate: DAY });
      const body = await read(after('closures', last));
      expect(body.data).toMatchObject([
        {
          date: DAY,
          till: 'T1',
          number: 1,
          salesCount: 1,
          perpetual: [{ vatRate: 550, real: 1000, absolute: 1000 }],
        },
      ]);
      expect(body.data[0]).not.toHaveProperty('checkpoint');
    });
  });

  describe('syntheses', () => {
    it('adds the tills of a day up', async () => {
      await reports.record(sale(1000));
      const last = await reports.record({
        type: 'transfer',
        from: { method: 'cash' },
        to: { till: 'safe', method: 'cash' },
        amount: 2000,
      });
      const body = await read(after(`syntheses/day/${DAY}`, last));
      expect(body).toMatchObject({
        status: 'open',
        turnover: { gross: 1000 },
        cash: { opening: 15_000, in: 3000, out: 2000, theoretical: 16_000 },
        tills: [
          { till: 'T1', status: 'open' },
          { till: 'safe', status: 'open' },
        ],
      });
    });

    it('leaves what came before a till as it was, whose float comes in on its first day', async () => {
      await reports.record(sale(1000));
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 16_000 }] });
      const closed = await reports.record({ type: 'day-closure', businessDate: DAY });
      const paths = [`syntheses/day/${DAY}`, 'syntheses/day/2020-01-01', 'syntheses/month/2026-03'];
      const before = await Promise.all(paths.map((path) => read(after(path, closed))));
      expect(before.map(({ cash }) => cash)).toMatchObject([
        { opening: 15_000, theoretical: 16_000, counted: 16_000, closing: 16_000 },
        { opening: 0, theoretical: 0, closing: 0 },
        { opening: 15_000, closing: 16_000 },
      ]);

      reports.book.now = '2026-04-02T09:00:00.000Z';
      reports.book.addTill({ code: 'T3', opening: { cash: 10_000 } });
      const added = await reports.save();
      const now = await Promise.all(paths.map((path) => read(after(path, added))));
      expect(now.map(({ cash }) => cash)).toEqual(before.map(({ cash }) => cash));

      const april = await read('syntheses/month/2026-04');
      expect(april.cash).toMatchObject({ opening: 16_000, in: 10_000, theoretical: 26_000, closing: 26_000 });
      expect(april.days.slice(0, 3).map((row: { cash: { opening: number } }) => row.cash.opening)).toEqual([
        16_000, 16_000, 26_000,
      ]);
      expect((await read('syntheses/day/2026-04-02')).cash).toMatchObject({ opening: 16_000, in: 10_000 });
      expect((await read('tills/T3/days/2026-04-01')).cash).toMatchObject({ opening: 0, closing: 0 });
      expect((await read('tills/T3/days/2026-04-02')).cash).toMatchObject({ opening: 10_000, in: 0 });
      expect((await read('syntheses/month/2026-04?till=T3')).cash).toMatchObject({
        opening: 10_000,
        in: 0,
        difference: 0,
        closing: 10_000,
      });
    });

    it('opens the books with all tills that a company begins with, whichever is used first', async () => {
      const founded = new RecordingBook({
        now: reports.book.now,
        company: {
          tills: [
            { code: 'T1', name: 'Caisse 1', opening: { cash: 15_000 } },
            { code: 'T2', name: 'Caisse 2', opening: { cash: 10_000 } },
          ],
        },
      });
      await reports.close();
      reports = await onEngines(founded);
      await reports.save();
      await reports.record({ ...sale(1000), businessDate: '2026-02-27' });
      const last = await reports.record({ ...sale(500), till: 'T2', businessDate: '2026-03-02' });
      const cashOf = async (path: string) => (await read(after(path, last))).cash as unknown;
      expect(await cashOf('syntheses/day/2026-03-02')).toMatchObject({
        opening: 26_000,
        in: 500,
        closing: 26_500,
      });
      expect(await cashOf('syntheses/month/2026-02')).toMatchObject({
        opening: 25_000,
        in: 1000,
        closing: 26_000,
      });
      expect(await cashOf('syntheses/month/2026-03')).toMatchObject({
        opening: 26_000,
        in: 500,
        closing: 26_500,
      });
    });

    it('counts the float of a till from an earlier day of which something is recorded', async () => {
      const sold = await reports.record({ ...sale(1000), businessDate: '2026-03-12' });
      const opening = async (path: string) => (await read(after(path, sold))).cash.opening as unknown;
      expect(await opening('syntheses/day/2026-03-11')).toBe(0);
      expect(await opening('syntheses/day/2026-03-12')).toBe(15_000);
      expect(await opening('syntheses/day/2026-03-13')).toBe(16_000);
      expect(await opening('syntheses/month/2026-02')).toBe(0);
    });

    it('closes a month where the next one opens', async () => {
      await reports.record(sale(1000));
      await reports.record({ type: 'count', counts: [{ method: 'cash', amount: 15_950 }] });
      await reports.record({ type: 'day-closure', businessDate: DAY, comment: 'rendu' });
      reports.book.now = '2026-04-02T09:00:00.000Z';
      const last = await reports.record(sale(300, 'card'));
      const march = await read(after('syntheses/month/2026-03', last));
      const april = await read('syntheses/month/2026-04');
      expect(march.cash).toMatchObject({
        opening: 15_000,
        in: 1000,
        out: 0,
        difference: -50,
        closing: 15_950,
      });
      expect(april.cash.opening).toBe(march.cash.closing);
      expect(march.days).toHaveLength(31);
      expect(march.days[13]).toMatchObject({
        date: DAY,
        status: 'closed',
        salesCount: 1,
        averageBasket: 1000,
      });
      expect(march.days[14].cash).toMatchObject({ opening: 15_950, closing: 15_950 });
      await read('syntheses/month/2026-13', 400);
      await read('syntheses/month/0000-01', 400);
      expect((await read('syntheses/month/9999-12')).days).toHaveLength(31);
    });
  });

  describe('entries', () => {
    it('shows an entry, its events and what corrected it', async () => {
      const id = reports.book.uuid();
      await reports.record({ id, ...sale(1000), reference: 'F-1', comment: 'samedi' });
      const correction = reports.book.uuid();
      await reports.record({
        id: correction,
        type: 'correction',
        corrects: id,
        reason: 'faute',
        replacement: sale(900),
      });
      const last = await reports.record({
        type: 'comment',
        till: undefined,
        about: { entry: id },
        comment: 'vu',
      });
      const body = await read(after(`entries/${id}`, last));
      expect(body).toMatchObject({
        id,
        type: 'sale',
        till: 'T1',
        reference: 'F-1',
        comment: 'samedi',
        correctedBy: correction,
        turnover: 1000,
        comments: [{ comment: 'vu' }],
        events: [{ type: 'SaleRecorded' }],
      });
      const corrected = await read(`entries/${correction}`);
      expect(corrected).toMatchObject({ corrects: id, reason: 'faute', turnover: -100 });
      expect(corrected.sequences).toHaveLength(2);
      await read(`entries/${reports.book.uuid()}`, 404);
    });

    it('lists by what is asked for', async () => {
      await reports.record({ ...sale(1000), reference: 'F-1', source: { system: 'pos', sequence: 7 } });
      await reports.record({ type: 'expense', category: 'supplies', gross: 1200, vatRate: 2000 });
      const last = await reports.record({
        type: 'transfer',
        from: { method: 'cash' },
        to: { till: 'safe', method: 'cash' },
        amount: 50,
      });
      const types = async (query: string) =>
        pick((await read(after(`entries?${query}`, last))).data, 'type', 'till').map((row) => row.join(' '));
      expect(await types(`date=${DAY}`)).toEqual(['sale T1', 'expense T1', 'transfer T1']);
      expect(await types('type=expense')).toEqual(['expense T1']);
      expect(await types('source=pos')).toEqual(['sale T1']);
      expect(await types('reference=F-1')).toEqual(['sale T1']);
      expect(await types(`date=${NEXT}`)).toEqual([]);
      const first = await read(`entries?limit=2`);
      const second = await read(`entries?limit=2&cursor=${first.next}`);
      expect([...first.data, ...second.data]).toHaveLength(3);
    });

    it('hides other tills from a key that is limited to one', async () => {
      const id = reports.book.uuid();
      const last = await reports.record({ id, ...sale(1000) });
      reports.limitTo(['T2']);
      expect((await read(after('entries', last))).data).toEqual([]);
      await read(`entries/${id}`, 404);
    });
  });

  describe('a key that is limited to tills', () => {
    const refused = { code: 'till-not-allowed', status: 403 };

    it('reads what is of its own tills, named, and nothing of the others or of all', async () => {
      reports.limitTo(['T1']);
      const paths = ['days?', 'journal?', 'journal.csv?', 'alerts?', 'closures?', 'syntheses/month/2026-03?'];
      for (const path of paths) {
        await read(`${path}till=T1`);
        expect(await read(`${path}till=safe`, 403)).toMatchObject(refused);
        expect(await read(path, 403)).toMatchObject(refused);
      }
      await read(`tills/T1/days/${DAY}`);
      expect(await read(`tills/safe/days/${DAY}`, 403)).toMatchObject(refused);
      expect(await read(`syntheses/day/${DAY}`, 403)).toMatchObject(refused);
    });
  });

  describe('as it was known', () => {
    it('reads books at a sequence and at an instant', async () => {
      const first = await reports.record(sale(1000));
      reports.book.now = '2026-03-14T10:00:00.000Z';
      const last = await reports.record(sale(500));
      const at = async (query: string) =>
        (await read(after(`tills/T1/days/${DAY}?${query}`, last))).turnover.gross;
      expect(await at(`asOf=${first}`)).toBe(1000);
      expect(await at('asOf=2026-03-14T09:30:00Z')).toBe(1000);
      expect(await at('asOf=2026-03-14T11:30:00%2B01:00')).toBe(1500);
      expect(await at(`asOf=${last}`)).toBe(1500);
      expect((await read(`journal?asOf=${first}`)).data).toHaveLength(1);
      expect((await read(`journal?asOf=hier`, 400)).errors[0]).toMatchObject({ pointer: '/query/asOf' });
    });
  });

  describe('waiting for a write', () => {
    it('answers 503 when the write is not there', async () => {
      expect(await read('tills?after=9999', 503)).toMatchObject({ code: 'after-not-reached' });
      await read('tills?after=abc', 400);
    });

    it('does not know a company that has no ledger', async () => {
      const answer = await request(reports.app.getHttpServer()).get(
        '/v1/companies/99999999-9999-4999-8999-999999999999/tills',
      );
      expect(answer.status).toBe(404);
    });
  });

  describe('live', () => {
    async function listen(
      lastEventId: string | undefined,
      isEnough: (text: string) => boolean,
    ): Promise<string> {
      const { port } = reports.app.getHttpServer().address() as AddressInfo;
      return new Promise((resolve, reject) => {
        const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
        const call = get({ host: '127.0.0.1', port, path: reports.path('live'), headers }, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString();
            if (!isEnough(text)) return;
            call.destroy();
            resolve(text);
          });
          if (lastEventId === undefined) void reports.record(sale(700));
        });
        call.on('error', (error) => (call.destroyed ? undefined : reject(error)));
      });
    }

    it('sends what is recorded from now on', async () => {
      const text = await listen(undefined, (read) => read.includes('SaleRecorded'));
      expect(text).toMatch(/id: \d+\nevent: SaleRecorded\ndata: \{"sequence":\d+,/);
      expect(text).not.toContain('LedgerOpened');
    });

    it('resumes after the last message that was read', async () => {
      const first = await reports.record(sale(100));
      const second = await reports.record(sale(200));
      const text = await listen(String(first), (read) => read.includes(`id: ${second}\n`));
      expect(text).not.toContain(`id: ${first}\n`);
    });

    it('says that a ledger ends before the last message that was read, and goes on from there', async () => {
      const last = await reports.record(sale(100));
      const text = await listen(String(last + 40), (heard) => {
        if (heard.includes('event: reset') && !heard.includes('SaleRecorded')) void reports.record(sale(200));
        return heard.includes(`id: ${last + 1}\n`);
      });
      expect(text).toContain(
        `id: ${last}\nevent: reset\ndata: {"head":${last},"lastEventId":${last + 40}}\n\n`,
      );
      const level = await listen(String(last + 1), () => true);
      expect(level).not.toContain('reset');
    });

    it('tells a key that is limited to tills of these alone', async () => {
      const before = await reports.record(sale(100));
      const transfer = { from: { method: 'cash' }, to: { till: 'safe', method: 'cash' }, amount: 20 };
      const ofSafe = await reports.record({ type: 'transfer', ...transfer });
      const last = await reports.record(sale(200));
      reports.limitTo(['T1']);
      const text = await listen(String(before), (heard) => heard.includes(`id: ${last}\n`));
      expect(text).toContain(`id: ${ofSafe - 1}\n`);
      expect(text).not.toContain(`id: ${ofSafe}\n`);
      expect(text).not.toContain('"till":"safe"');
    });

    it('ends when its listener may not listen any more', async () => {
      reports.app.get(LiveController).pingMs = 20;
      const { port } = reports.app.getHttpServer().address() as AddressInfo;
      const text = await new Promise<string>((resolve, reject) => {
        get({ host: '127.0.0.1', port, path: reports.path('live') }, (response) => {
          let read = '';
          response.on('data', (chunk: Buffer) => {
            read += chunk.toString();
            if (read.includes('ping')) reports.signOut();
          });
          response.on('end', () => resolve(read));
        }).on('error', reject);
      });
      expect(text).toContain('event: ping');
    });

    it('refuses a last message that is no number', async () => {
      const answer = await request(reports.app.getHttpServer())
        .get(reports.path('live'))
        .set('Last-Event-ID', 'x');
      expect(answer.status).toBe(400);
    });
  });
});
