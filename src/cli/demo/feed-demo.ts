import { addDays } from '../../kernel/day';
import { COMPANY_EXAMPLE } from '../../ledger/company/examples';
import type { ApiClient } from './api-client';
import { entryId, rollTickets, type RollTicket, saleOf } from './roll';

export type Demo = {
  readonly company: string;
  readonly till: string;
  readonly today: string;
  readonly closedDay: string;
};

const TILL = 'T1';
const TARGET = 15_000;

/** What happens on each closed day beside its sales. The second one is short of two euros, and says why. */
const CLOSED_DAYS = [
  { skip: 0, short: 0, comment: undefined },
  { skip: 5, short: 200, comment: 'Erreur de rendu de monnaie au moment du coup de feu' },
  { skip: 7, short: 0, comment: undefined },
] as const;

/**
 * A bakery with three closed days and one in progress, recorded over HTTP like anybody's. Made once: a company that
 * has closed days is left as it is.
 */
export async function feedDemo(api: ApiClient): Promise<Demo> {
  // The default categories fit a bakery; it is open every day, so that today always is a day.
  const { categories: _categories, calendar: _calendar, ...body } = COMPANY_EXAMPLE;
  const created = await api.post<{ id: string; businessDate: string }>('/v1/companies', body, 'caisse-demo');
  const company = created.id;
  const view = await api.get<{ businessDate: string; tills: { closedThrough: string | null }[] }>(
    `/v1/companies/${company}`,
  );
  const today = view.businessDate;
  const closedThrough = view.tills[0]?.closedThrough ?? null;
  if (closedThrough !== null) return { company, till: TILL, today, closedDay: closedThrough };
  for (const [index, day] of CLOSED_DAYS.entries()) {
    const date = addDays(today, index - CLOSED_DAYS.length);
    await recordDay(api, company, date, ticketsOf(day.skip));
    await closeDay(api, company, date, day);
  }
  await recordDay(api, company, today, ticketsOf(0).slice(0, 40), true);
  return { company, till: TILL, today, closedDay: addDays(today, -1) };
}

function ticketsOf(skip: number): RollTicket[] {
  return rollTickets().filter((_, index) => skip === 0 || index % skip !== 0);
}

async function recordDay(
  api: ApiClient,
  company: string,
  date: string,
  tickets: readonly RollTicket[],
  inProgress = false,
): Promise<void> {
  const entries = tickets.map((ticket) => {
    const { occurredAt, ...sale } = saleOf(ticket, TILL, date, '+01:00');
    // The day in progress has no hour that is still to come.
    return inProgress ? sale : { ...sale, occurredAt };
  });
  await record(api, company, entries);
}

/** An expense, a deposit that brings the till back to its float, a count, the closure. */
async function closeDay(
  api: ApiClient,
  company: string,
  date: string,
  { short, comment }: (typeof CLOSED_DAYS)[number],
): Promise<void> {
  const common = { till: TILL, businessDate: date };
  const supplies = { category: 'supplies', supplier: 'Quincaillerie du marché', gross: 1200, vatRate: 2000 };
  const expense = { id: entryId(date, 1), type: 'expense', ...common, ...supplies };
  const { balances } = await api.post<{ balances: { cash: number } }>(
    `/v1/companies/${company}/entries`,
    expense,
  );
  const deposit = {
    id: entryId(date, 2),
    type: 'deposit',
    ...common,
    method: 'cash',
    amount: balances.cash - TARGET,
  };
  const counts = [{ method: 'cash', amount: TARGET - short }];
  await record(api, company, [
    ...(deposit.amount > 0 ? [deposit] : []),
    { id: entryId(date, 3), type: 'count', ...common, counts },
    { id: entryId(date, 4), type: 'day-closure', ...common, ...(comment === undefined ? {} : { comment }) },
  ]);
}

/** @throws when an entry of the demo is refused: then the demo itself is wrong */
async function record(api: ApiClient, company: string, entries: readonly unknown[]): Promise<void> {
  const { results } = await api.post<{ results: { status: string; problem?: { detail: string } }[] }>(
    `/v1/companies/${company}/entries/batch`,
    { atomic: false, entries },
  );
  const refused = results.find(({ status }) => status === 'refused');
  if (refused) throw new Error(`the demo was refused: ${refused.problem?.detail ?? ''}`);
}
