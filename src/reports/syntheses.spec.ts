import * as fc from 'fast-check';
import { ALL_PROJECTIONS } from '../../projections/all';
import { FoldedDocuments } from '../../projections/documents';
import { RandomHistory } from '../../test/oracle/random-history';
import { customers } from '../../projections/customers';
import { statementKey, type StatementNet } from '../../projections/statements';
import { customerStatement } from './accounts-report';
import { euros, plainText } from './csv';
import { monthSynthesis } from './day-reports';
import { averageBasket } from './figures-report';
import { journalLines } from './journal-report';
import { localTime } from './local-time';
import { FoldedReadModels } from './read-models';
import { CompanySettings } from './settings';
import { balanceAt, totalAt } from './statement-report';

async function booksOf(seed: number) {
  const { book } = new RandomHistory(seed, 70);
  const documents = new FoldedDocuments(ALL_PROJECTIONS);
  for (const event of book.events) documents.fold(event);
  const models = new FoldedReadModels(documents);
  const settings = await CompanySettings.load(models);
  if (!settings) throw new Error('no settings');
  return { models, settings, book };
}

describe('a month', () => {
  it.each(['recorded', 'corrected'] as const)('closes where the next one opens, %s', async (view) => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { models, settings } = await booksOf(seed);
        const context = { settings, today: '2026-04-20', view };
        const march = await monthSynthesis(models, context, '2026-03', undefined);
        const april = await monthSynthesis(models, context, '2026-04', undefined);
        expect(april.cash.opening).toBe(march.cash.closing);
        const openings = new Map(april.methods.map(({ method, opening }) => [method, opening]));
        for (const { method, closing } of march.methods) expect(openings.get(method) ?? 0).toBe(closing);
        for (const { cash } of [march, april]) {
          expect(cash.theoretical + (cash.difference ?? 0)).toBe(cash.closing);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('has one turnover, by nature and by means of payment, of the month and of its days', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { models, settings } = await booksOf(seed);
        const month = await monthSynthesis(
          models,
          { settings, today: '2026-04-20', view: 'corrected' },
          '2026-03',
          undefined,
        );
        const { gross, net, vat, byCategory, byVatRate, byMethod } = month.turnover;
        const total = (rows: readonly { readonly gross: number }[]) =>
          rows.reduce((sum, row) => sum + row.gross, 0);
        expect(net + vat).toBe(gross);
        expect([total(byCategory), total(byVatRate), total(byMethod)]).toEqual([gross, gross, gross]);
        expect(total(month.days.map(({ turnover }) => turnover))).toBe(gross);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the journal', () => {
  it('never shows less than nothing in the drawer of a till that knows its cash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { models, settings } = await booksOf(seed);
        for (const { till, values } of settings.tills) {
          if (values[0]?.value.feed === 'z-ticket') continue;
          for await (const { method, balance } of journalLines(models, settings, { till, method: 'cash' })) {
            expect({ till, method, isNegative: (balance ?? 0) < 0 }).toMatchObject({ isNegative: false });
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('statements', () => {
  it('add up at the end of any day: Σ customers = receivable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 20, max: 31 }), async (seed, day) => {
        const { models, book } = await booksOf(seed);
        const date = `2026-03-${day}`;
        const accounts = new Set(
          book.events
            .flatMap(({ postings = [] }) => postings.map(({ account }) => account))
            .filter((path) => path.startsWith('customer/')),
        );
        let sum = 0;
        for (const path of accounts) sum += await balanceAt(models, customerStatement(path.slice(9)), date);
        expect(await totalAt(models, customers, date, (body) => (body as StatementNet).net)).toBe(sum);
        const total = (await models.get(customers, statementKey.total)) as StatementNet | null;
        let all = 0;
        for (const path of accounts)
          all += await balanceAt(models, customerStatement(path.slice(9)), '2026-12-31');
        expect(total?.net ?? 0).toBe(all);
      }),
      { numRuns: 20 },
    );
  });
});

describe('an average basket', () => {
  it.each([
    [50_985, 89, 573],
    [100, 3, 33],
    [50, 4, 13],
    [-50, 4, -13],
    [0, 2, 0],
    [100, 0, null],
    [-100, -1, null],
  ])('of %d cents and %d sales is %s', (turnover, sales, basket) => {
    expect(averageBasket(turnover, sales)).toBe(basket);
  });
});

describe('local time', () => {
  it.each([
    ['2026-03-29T00:59:59.000Z', '2026-03-29', '01:59:59'],
    ['2026-03-29T01:00:00.000Z', '2026-03-29', '03:00:00'],
    ['2026-10-25T00:30:00.000Z', '2026-10-25', '02:30:00'],
    ['2026-10-25T01:30:00.000Z', '2026-10-25', '02:30:00'],
    ['2026-12-31T23:00:00.000Z', '2027-01-01', '00:00:00'],
  ])('%s in Paris is %s %s', (instant, day, time) => {
    expect(localTime(instant, 'Europe/Paris')).toEqual({ day, time });
  });
});

describe('CSV', () => {
  it.each([
    [0, '0,00'],
    [5, '0,05'],
    [-123_456, '-1234,56'],
    [null, ''],
  ])('writes %s cents as %s', (cents, text) => {
    expect(euros(cents)).toBe(text);
  });

  it.each(['=1+1', '+1', '-1', '@x', '\tx'])('shows %j as text', (text) => {
    expect(plainText(text)).toBe(`'${text}`);
  });

  it('leaves other text as it is', () => {
    expect(plainText('Vente : pain = bon')).toBe('Vente : pain = bon');
  });
});
