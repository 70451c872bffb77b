import { join } from 'node:path';
import { serialize } from 'node:v8';
import { openSqliteEventStore } from '../src/adapters/sqlite/event-store';
import type { Opened } from '../src/app.module';
import { addDays, type Day, type Instant } from '../src/kernel/day';
import type { EntryToRecord } from '../src/platform/ledger-writer';
import { Clock } from '../src/ports/clock';
import type { EventStore } from '../src/ports/event-store';
import {
  closeStores,
  folder,
  nextId,
  openEngine,
  openLedger,
  prepared,
  recordAll,
  saleBody,
  siren,
} from './support';

/** Every book ends on this day, so that the same days can be read in a large one and in a small one. */
export const LAST_DAY: Day = '2026-03-10';
/** A day that is open in every book, in a month that no read looks at. */
export const OPEN_DAY: Day = '2026-04-01';

/** What is in the drawer each morning, in cents: `openLedger` begins with it. */
const FLOAT = 15_000;
/** Entries of a day beside its sales: what is taken out in the evening, the count, the closure. */
const EVENING = 3;

/** What the decision state weighs after so many closed days. */
export type StateSample = { readonly days: number; readonly bytes: number };

/** A shop's ledger on the disk: closed days of equal length, and nothing open. */
export type Book = {
  /** `data` lies in it, and its witness beside that. */
  readonly root: string;
  readonly data: string;
  readonly ledger: string;
  readonly days: number;
  readonly perDay: number;
  /** Events when it was made. */
  readonly events: number;
  readonly state: readonly StateSample[];
};

/** The time of the day that is being recorded: years of days are filled in minutes, and ids are forgotten as in years. */
export class BookClock extends Clock {
  constructor(public day: Day) {
    super();
  }

  override now(): Instant {
    return `${this.day}T18:00:00.000Z`;
  }
}

/** Records day after day in groups of a day, through the writer, and leaves a snapshot as a service does. */
export async function makeBook(name: string, days: number, perDay: number): Promise<Book> {
  const root = folder(name);
  const data = join(root, 'data');
  const first = addDays(LAST_DAY, 1 - days);
  const clock = new BookClock(first);
  const opened = await openEngine(data, {}, { clock });
  try {
    const ledger = await openLedger(opened);
    await opened.vault.reserveCompany({ company: ledger, siren: siren(0), idempotencyKey: nextId() });
    await opened.vault.confirmCompany(ledger);
    const state: StateSample[] = [];
    for (let day = 0; day < days; day += 1) {
      clock.day = addDays(first, day);
      await recordAll(opened, ledger, entriesOf(clock.day, perDay));
      if (day + 1 === Math.ceil(days * 0.8) || day + 1 === days)
        state.push({ days: day + 1, bytes: await stateBytes(opened, ledger) });
    }
    await opened.snapshots.make(ledger);
    const events = (await opened.store.head(ledger))?.sequence ?? 0;
    return { root, data, ledger, days, perDay, events, state };
  } finally {
    await closeStores(opened);
  }
}

/** As it is kept in a snapshot. */
function stateBytes({ writer }: Opened, ledger: string): Promise<number> {
  return writer.inspect(ledger, (state) => serialize(state).byteLength);
}

function entriesOf(day: Day, perDay: number): EntryToRecord[] {
  const bodies = Array.from({ length: Math.max(1, perDay - EVENING) }, (_, index) => saleBody(index, day));
  const cash = bodies
    .flatMap(({ payments }) => payments)
    .reduce((total, { method, amount }) => total + (method === 'cash' ? amount : 0), 0);
  return [...bodies, ...eveningOf(day, cash)].map(prepared);
}

function eveningOf(businessDate: Day, cash: number): unknown[] {
  const common = { till: 'T1', businessDate, occurredAt: `${businessDate}T17:00:00.000Z` };
  const takeOut = { id: nextId(), type: 'cash-out', ...common, method: 'cash', amount: cash, reason: 'bank' };
  const counts = [{ method: 'cash', amount: FLOAT }];
  return [
    ...(cash > 0 ? [takeOut] : []),
    { id: nextId(), type: 'count', ...common, counts },
    { id: nextId(), type: 'day-closure', ...common },
  ];
}

/** A book that is open for recording on `OPEN_DAY`. */
export function openBook({ data }: Pick<Book, 'data'>): Promise<Opened> {
  return openEngine(data, {}, { clock: new BookClock(OPEN_DAY) });
}

export async function withEvents<Answer>(
  { data }: Book,
  work: (store: EventStore) => Promise<Answer>,
): Promise<Answer> {
  const store = await openSqliteEventStore({ file: join(data, 'events.db'), readOnly: true });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The books that lines share, each made when the first of them asks for it. */
export class Books {
  private readonly made = new Map<string, Promise<Book>>();

  constructor(private readonly scale: { readonly large: number; readonly small: number }) {}

  /** Ten days, as long as those of the large one. */
  small(): Promise<Book> {
    return this.once('small', 10);
  }

  large(): Promise<Book> {
    return this.once('large', Math.floor(this.scale.large / this.perDay()));
  }

  /** A company that has not recorded anything yet. */
  empty(): Promise<Book> {
    return this.once('empty', 0);
  }

  private perDay(): number {
    return Math.floor(this.scale.small / 10);
  }

  private once(name: string, days: number): Promise<Book> {
    const known = this.made.get(name) ?? makeBook(name, days, this.perDay());
    this.made.set(name, known);
    return known;
  }
}
