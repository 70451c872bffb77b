import { addDays, type Day } from '../../kernel/day';
import { COMPANY_EXAMPLE } from '../../ledger/company/examples';
import type { ApiClient } from './api-client';
import { DAYS_BEFORE, DEMO_TILL, demoDays, type DemoEntry } from './days';

export type Demo = {
  readonly company: string;
  readonly till: string;
  /** The day in progress. */
  readonly today: Day;
  /** The last of the closed days. */
  readonly closedDay: Day;
  /** Entries that this run recorded; 0 when all were there. */
  readonly recorded: number;
};

/**
 * A bakery with three closed days and one in progress, recorded over HTTP like anybody's. It may be fed again, after
 * it was cut short or on a later day: the same entries are sent, and count once.
 */
export async function feedDemo(api: ApiClient): Promise<Demo> {
  // The default categories fit a bakery; it is open every day, so that today always is a day.
  const { categories: _categories, calendar: _calendar, ...body } = COMPANY_EXAMPLE;
  const { id: company } = await api.post<{ id: string }>('/v1/companies', body, 'caisse-demo');
  const days = demoDays(await firstDay(api, company));
  let recorded = 0;
  for (const { entries } of days) recorded += await record(api, company, entries);
  const [closed, today] = days.slice(-2) as [(typeof days)[number], (typeof days)[number]];
  return { company, till: DEMO_TILL, today: today.date, closedDay: closed.date, recorded };
}

/** The day on which an earlier run began; else so many days before today. */
async function firstDay(api: ApiClient, company: string): Promise<Day> {
  const path = `/v1/companies/${company}`;
  const { businessDate, head } = await api.get<{ businessDate: Day; head: number }>(path);
  const sales = `${path}/entries?till=${DEMO_TILL}&type=sale&limit=1&after=${head}`;
  const { data } = await api.get<{ data: { businessDate: Day | null }[] }>(sales);
  return data[0]?.businessDate ?? addDays(businessDate, -DAYS_BEFORE);
}

type Result = {
  readonly status: string;
  readonly problem?: { readonly code: string; readonly detail: string };
};

/** Sends entries; answers how many were new. @throws when one is refused: then the demo itself is wrong */
async function record(api: ApiClient, company: string, entries: readonly DemoEntry[]): Promise<number> {
  const batch = { atomic: false, entries };
  const { results } = await api.post<{ results: Result[] }>(`/v1/companies/${company}/entries/batch`, batch);
  const refused = results.find(({ status }) => status === 'refused');
  if (refused) throw new Error(`the demo was refused: ${refused.problem?.detail ?? ''}`);
  return results.filter(({ status }) => status === 'recorded').length;
}
