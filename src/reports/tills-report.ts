import { addTo } from '../../projections/projection';
import { readTillAccount, SAFE } from '../kernel/account';
import type { Day, Instant } from '../kernel/day';
import { businessDay, feedOn, type Ledger, settingsOn, type Till } from '../ledger/ledger';
import type { Plain } from '../platform/http/plain';
import type { TillsDto } from './tills.dto';

type Amounts = Record<string, number>;

/**
 * Balances per till from the state that decides, in cents: they are level with what is recorded, whatever the read models
 * have folded. A reader who is limited to some tills sees these alone.
 */
export function tillsReport(
  ledger: Ledger,
  now: Instant,
  visible: readonly string[] | null,
): Plain<TillsDto> {
  const today = businessDay(ledger, now);
  const { perTill, toBank, betweenTills } = balancesByPlace(ledger);
  const shown = [...ledger.tills.values()].filter(({ code }) => visible?.includes(code) ?? true);
  const places = shown.map(({ code }) => perTill.get(code) ?? {});
  const transit = visible ? [] : [toBank, betweenTills];
  return {
    data: shown.sort(bySafeLast).map((till) => ({
      till: till.code,
      name: till.code === SAFE ? 'Coffre' : till.name,
      feed: feedOn(till, today),
      balances: { ...nothingPerMethod(ledger, today), ...perTill.get(till.code) },
      closedThrough: till.closedThrough,
      lastDay: lastDayOf(till),
    })),
    inTransit: visible ? { toBank: {}, betweenTills: {} } : { toBank, betweenTills },
    total: totalOf([...places, ...transit]),
    sequence: ledger.sequence,
  };
}

/** Splits what is on the company's hands by where it is; balances of zero are not in the state. */
function balancesByPlace({ balances }: Ledger) {
  const perTill = new Map<string, Amounts>();
  const toBank: Amounts = {};
  const betweenTills: Amounts = {};
  for (const [account, amount] of balances) {
    const means = readTillAccount(account);
    if (means) {
      const held = perTill.get(means.till) ?? {};
      perTill.set(means.till, held);
      addTo(held, means.method, amount);
    } else if (account.startsWith('transit/')) {
      const { method, isBetweenTills } = readTransit(account);
      addTo(isBetweenTills ? betweenTills : toBank, method, amount);
    }
  }
  return { perTill, toBank: withoutZeros(toBank), betweenTills: withoutZeros(betweenTills) };
}

/** `transit/<method>/<deposit>` or `transit/tills/<method>`: a method may be named `tills`, no method is a UUID. */
function readTransit(account: string): { readonly method: string; readonly isBetweenTills: boolean } {
  const [, first = '', second = ''] = account.split('/');
  const isBetweenTills = first === 'tills' && second.length !== 36;
  return { method: isBetweenTills ? second : first, isBetweenTills };
}

/** Every method that a till can hold, moved or not. */
function nothingPerMethod(ledger: Ledger, today: Day): Amounts {
  const amounts: Amounts = {};
  for (const { code, kind } of settingsOn(ledger, 'methods', today)) {
    if (kind !== 'credit' && kind !== 'voucher') amounts[code] = 0;
  }
  return amounts;
}

/** Closing a day is an entry too, and days are closed in order. */
function lastDayOf({ days, closedThrough }: Till): Day | null {
  return [...days.keys()].sort().at(-1) ?? closedThrough;
}

function bySafeLast(left: Till, right: Till): number {
  if ((left.code === SAFE) !== (right.code === SAFE)) return left.code === SAFE ? 1 : -1;
  return left.code < right.code ? -1 : 1;
}

function totalOf(places: readonly Amounts[]): Amounts {
  const total: Amounts = {};
  for (const amounts of places) {
    for (const [method, amount] of Object.entries(amounts)) addTo(total, method, amount);
  }
  return total;
}

function withoutZeros(amounts: Amounts): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== 0));
}
