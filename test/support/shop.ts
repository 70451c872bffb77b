import type { RecordedEvent } from '../../projections/projection';
import { Refusal } from '../../src/kernel/refusal';
import { changeSettings, registerCustomer } from '../../src/ledger/company/change-company';
import { settingsChangeSchema } from '../../src/ledger/company/requests';
import type { LedgerEvent } from '../../src/ledger/events';
import { balanceOf } from '../../src/ledger/ledger';
import { type Body, LedgerBook } from './ledger-book';

/** The day on which a shop's story begins, a Saturday. */
export const DAY = '2026-03-14';
export const NEXT_DAY = '2026-03-15';
export const THIRD_DAY = '2026-03-16';

/**
 * A shop to tell stories with: a till T1 with 150 € in it, an empty till T2, the safe. What it records goes to T1 and to
 * the day that the clock shows, unless a body says otherwise.
 */
export class Shop extends LedgerBook {
  constructor(company: Body = {}, now = `${DAY}T10:00:00.000Z`) {
    super(now, { tills: [{ code: 'T1', opening: { cash: 150_00 } }, { code: 'T2' }], ...company });
  }

  /** Ten in the morning in UTC, unless told otherwise. */
  goTo(day: string, time = '10:00'): this {
    this.now = `${day}T${time}:00.000Z`;
    return this;
  }

  /** Records an entry on T1. @throws Refusal */
  enter(body: Body): RecordedEvent[] {
    return this.record({ till: 'T1', ...body });
  }

  /** Goods at 20 % paid by the given methods. */
  sell(payments: Readonly<Record<string, number>>, more: Body = {}): RecordedEvent[] {
    return this.enter(saleOf(payments, more));
  }

  count(counts: Readonly<Record<string, number>>, more: Body = {}): RecordedEvent[] {
    return this.enter({ type: 'count', counts: amountsOf(counts), ...more });
  }

  close(businessDate: string, more: Body = {}): RecordedEvent[] {
    return this.enter({ type: 'day-closure', businessDate, ...more });
  }

  /** Counts cash as given, explains any difference, closes. */
  countAndClose(businessDate: string, cash: number, more: Body = {}): RecordedEvent[] {
    this.count({ cash }, { businessDate, ...more });
    return this.close(businessDate, { comment: 'compté', ...more });
  }

  correct(corrects: string, replacement?: Body, more: Body = {}): RecordedEvent[] {
    return this.record({ type: 'correction', corrects, reason: 'erreur de saisie', replacement, ...more });
  }

  changeSettings(change: Body): RecordedEvent[] {
    return this.change((ledger, now) => changeSettings(settingsChangeSchema.parse(change), ledger, now));
  }

  newCustomer(): string {
    const customer = this.uuid();
    this.change(() => registerCustomer(customer));
    return customer;
  }

  balance(account: string): number {
    return balanceOf(this.ledger, account);
  }

  /** Codes of the alerts that are open now. */
  openAlerts(): string[] {
    return [...this.ledger.alerts.values()].map(({ code }) => code);
  }
}

export function amountsOf(amounts: Readonly<Record<string, number>>): { method: string; amount: number }[] {
  return Object.entries(amounts).map(([method, amount]) => ({ method, amount }));
}

/** A sale of goods at 20 % for what is paid. */
export function saleOf(payments: Readonly<Record<string, number>>, more: Body = {}): Body {
  const gross = Object.values(payments).reduce((total, amount) => total + amount, 0);
  const lines = [{ category: 'divers', vatRate: 2000, gross }];
  return { type: 'sale', lines, payments: amountsOf(payments), ...more };
}

export function idOf(events: readonly LedgerEvent[]): string {
  return events[0]?.entry?.id ?? '';
}

/** The postings of events, one row each, in order. */
export function moves(events: readonly LedgerEvent[]): (readonly [string, number])[] {
  return events.flatMap(({ postings = [] }) =>
    postings.map(({ account, amount }) => [account, amount] as const),
  );
}

export function typesOf(events: readonly LedgerEvent[]): string[] {
  return events.map(({ type }) => type);
}

type DataOf<Type extends LedgerEvent['type']> = Extract<LedgerEvent, { type: Type }>['data'];

/** The data of the only event of a type. */
export function dataOf<Type extends LedgerEvent['type']>(
  events: readonly LedgerEvent[],
  type: Type,
): DataOf<Type> {
  const found = events.filter((event) => event.type === type);
  expect(typesOf(found)).toEqual([type]);
  return found[0]?.data as unknown as DataOf<Type>;
}

/** What an attempt is refused with: its code and its facts. */
export function refusal(attempt: () => unknown): Readonly<Record<string, unknown>> {
  try {
    attempt();
  } catch (error) {
    if (error instanceof Refusal) return { ...error.facts, code: error.code };
    throw error;
  }
  throw new Error('it was not refused');
}
