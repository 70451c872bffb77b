import { LedgerBook } from '../../../test/support/ledger-book';
import { DEFAULT_SETTINGS } from '../../ledger/company/defaults';
import { balanceOf } from '../../ledger/ledger';
import { DEMO_TILL, demoDays, FLOAT } from './days';
import { classify, entryId, rollTickets, saleOf } from './roll';

describe('the roll', () => {
  const tickets = rollTickets();
  const sales = tickets.map((ticket) => saleOf(ticket, 'T1', '2021-01-02', '+01:00'));
  const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

  it('is 89 tickets for 509.85 €', () => {
    expect(tickets).toHaveLength(89);
    expect(sum(sales.flatMap(({ payments }) => payments.map(({ amount }) => amount)))).toBe(509_85);
    expect(sum(sales.flatMap(({ lines }) => lines.map(({ gross }) => gross)))).toBe(509_85);
  });

  it('keeps the numbers, hours and articles of the tickets, in their order', () => {
    expect(tickets[0]).toEqual({
      number: '150040',
      time: '08:38',
      lines: [
        { article: 'BAGUETTE', quantity: 1, unitPrice: 90 },
        { article: 'PAIN AU CHOCOLAT', quantity: 3, unitPrice: 120 },
      ],
    });
    expect(tickets.map(({ time }) => time)).toEqual(tickets.map(({ time }) => time).sort());
    expect(new Set(tickets.map(({ number }) => number)).size).toBe(89);
  });

  it('knows a category and its rate for each article, all of which a new company has', () => {
    const known = new Map(DEFAULT_SETTINGS.categories.map(({ code, vatRate }) => [code, vatRate as number]));
    for (const { article } of tickets.flatMap(({ lines }) => lines)) {
      const { category, vatRate } = classify(article);
      expect([article, known.get(category)]).toEqual([article, vatRate]);
    }
    const of = (article: string) => classify(article).category;
    expect(['BANETTE', 'CROISSANT', 'GAL FRANGIPANE 6P', 'SAND JB EMMENTAL', 'CAFE OU EAU'].map(of)).toEqual([
      'pain',
      'viennoiserie',
      'patisserie',
      'snacking',
      'boisson',
    ]);
  });

  it('is paid by card every third ticket, in cash else, the same way each time', () => {
    const methods = sales.map(({ payments }) => payments[0]?.method);
    expect(new Set(methods)).toEqual(new Set(['cash', 'card']));
    expect(methods).toEqual(sales.map(({ source }) => (source.sequence % 3 === 0 ? 'card' : 'cash')));
  });

  it('gives each ticket of a day an id of its own, and the same one again', () => {
    const ids = [...sales, ...tickets.map((ticket) => saleOf(ticket, 'T1', '2021-01-03', '+01:00'))];
    expect(new Set(ids.map(({ id }) => id)).size).toBe(178);
    expect(entryId('2021-01-02', 7)).toBe('20210102-0000-8000-8000-000000000007');
  });
});

describe('the days of the demo', () => {
  it('follow from the first one alone', () => {
    expect(demoDays('2026-03-10')).toEqual(demoDays('2026-03-10'));
    expect(demoDays('2026-03-10').map(({ date, isClosed }) => [date, isClosed])).toEqual([
      ['2026-03-10', true],
      ['2026-03-11', true],
      ['2026-03-12', true],
      ['2026-03-13', false],
    ]);
  });

  it('tell the hours of the roll in Paris, in winter and in summer', () => {
    const firstHour = (day: string) => demoDays(day)[0]?.entries[0]?.occurredAt;
    expect(firstHour('2026-01-10')).toBe('2026-01-10T07:38:00.000Z');
    expect(firstHour('2026-07-10')).toBe('2026-07-10T06:38:00.000Z');
  });

  it('leave the hours of the day in progress open: some may still be to come', () => {
    expect(demoDays('2026-03-10')[3]?.entries.some((entry) => Object.hasOwn(entry, 'occurredAt'))).toBe(
      false,
    );
  });

  it('are all accepted: three closed days, the second of them 2 € short with a reason, and one in progress', () => {
    const book = new LedgerBook('2026-03-13T12:00:00.000Z', {
      tills: [{ code: DEMO_TILL, opening: { cash: FLOAT } }],
    });
    for (const { entries } of demoDays('2026-03-10')) for (const entry of entries) book.record(entry);
    const closures = book.events.filter(({ type }) => type === 'DayClosed').map(({ data }) => data);
    expect(closures).toMatchObject([
      {
        salesCount: 89,
        turnover: { gross: 509_85 },
        methods: [{ method: 'cash', counted: FLOAT, difference: 0 }, {}],
      },
      {
        methods: [{ method: 'cash', counted: FLOAT - 200, difference: -200 }, {}],
        comment: expect.any(String),
      },
      { methods: [{ method: 'cash', opening: FLOAT - 200, counted: FLOAT, difference: 0 }, {}] },
    ]);
    expect(closures).toHaveLength(3);
    const types = new Set(book.events.map(({ type }) => type));
    expect([...types]).toEqual(expect.arrayContaining(['ExpensePaid', 'DepositMade', 'TillCounted']));
    expect(book.ledger.tills.get(DEMO_TILL)?.days.get('2026-03-13')?.salesCount).toBe(40);
    expect(balanceOf(book.ledger, 'till/T1/cash')).toBeGreaterThan(FLOAT);
  });
});
