import { startOfBusinessDay } from '../../kernel/business-day';
import { addDays, type Day } from '../../kernel/day';
import { entryId, rollTickets, type RollTicket, saleOf } from './roll';

/** An entry as it is sent. */
export type DemoEntry = { readonly id: string; readonly type: string } & Readonly<Record<string, unknown>>;

/** A business day of the demo: what is recorded on it, in order, and whether it ends with a closure. */
export type DemoDay = {
  readonly date: Day;
  readonly isClosed: boolean;
  readonly entries: readonly DemoEntry[];
};

export const DEMO_TILL = 'T1';

/** What is left in the drawer each evening, in cents; the rest goes to the bank. */
export const FLOAT = 15_000;

const EXPENSE = { category: 'supplies', supplier: 'Quincaillerie du marché', gross: 1200, vatRate: 2000 };

/** Each closed day: every so many tickets one is left out, so that days differ; the second one is short, and says why. */
const CLOSED_DAYS = [
  { skip: 0, short: 0, comment: undefined },
  { skip: 5, short: 200, comment: 'Erreur de rendu de monnaie au moment du coup de feu' },
  { skip: 7, short: 0, comment: undefined },
] as const;

const TICKETS_IN_PROGRESS = 40;

/** How many days before the day in progress the demo begins. */
export const DAYS_BEFORE = CLOSED_DAYS.length;

/**
 * Four days of a bakery: three closed ones and one in progress. Everything follows from the first day, ids and amounts
 * alike, so that whoever sends it again sends the same.
 */
export function demoDays(first: Day): DemoDay[] {
  let drawer = FLOAT;
  const closed = CLOSED_DAYS.map(({ skip, short, comment }, index) => {
    const date = addDays(first, index);
    const tickets = rollTickets().filter((_, number) => skip === 0 || number % skip !== 0);
    const sales = tickets.map((ticket) => saleAtItsHour(ticket, date));
    const deposited = drawer + cashOf(sales) - EXPENSE.gross - FLOAT;
    drawer = FLOAT - short;
    return { date, isClosed: true, entries: [...sales, ...eveningOf(date, deposited, drawer, comment)] };
  });
  return [...closed, inProgress(addDays(first, DAYS_BEFORE))];
}

/** An expense, a deposit of what exceeds the float, a count, the closure. */
function eveningOf(date: Day, deposited: number, counted: number, comment: string | undefined): DemoEntry[] {
  const common = { till: DEMO_TILL, businessDate: date };
  return [
    { id: entryId(date, 1), type: 'expense', ...common, ...EXPENSE },
    { id: entryId(date, 2), type: 'deposit', ...common, method: 'cash', amount: deposited },
    { id: entryId(date, 3), type: 'count', ...common, counts: [{ method: 'cash', amount: counted }] },
    { id: entryId(date, 4), type: 'day-closure', ...common, ...(comment === undefined ? {} : { comment }) },
  ];
}

/** The day in progress knows no hours: some of the roll's may still be to come. */
function inProgress(date: Day): DemoDay {
  const entries = rollTickets()
    .slice(0, TICKETS_IN_PROGRESS)
    .map((ticket) => {
      const { occurredAt: _hour, ...sale } = saleAtItsHour(ticket, date);
      return sale;
    });
  return { date, isClosed: false, entries };
}

/** The roll's hour in Paris, in summer as in winter. */
function saleAtItsHour(ticket: RollTicket, date: Day) {
  const sale = saleOf(ticket, DEMO_TILL, date, 'Z');
  const occurredAt = startOfBusinessDay(date, { timeZone: 'Europe/Paris', cutoff: ticket.time });
  return { ...sale, occurredAt };
}

function cashOf(sales: readonly ReturnType<typeof saleAtItsHour>[]): number {
  return sales
    .flatMap(({ payments }) => payments)
    .reduce((total, { method, amount }) => total + (method === 'cash' ? amount : 0), 0);
}
