import type { Day as BusinessDate } from '../../kernel/day';
import { cents } from '../../kernel/money';
import type { Day } from '../day';
import { lowestBalance, openDays, theoreticalOf } from '../till-days';
import type { LedgerDraft } from '../events';
import { alertKey } from '../evolve';
import { feedOn, isCounted, type Ledger, methodOn, settingsOn, type Till, tillBalance } from '../ledger';
import { mismatchOf } from '../z-comparison';
import { AlertCleared, type AlertData, AlertRaised } from './events';
import { SAFE } from '../../kernel/account';

/**
 * What began or ceased to hold on a till since its alerts were last judged, as events: raised once, cleared once.
 * A changed amount raises nothing new. Judged are the open days from `date` on, since later openings have moved too,
 * and the balances, by the settings of `today`.
 */
export function alertChanges(
  ledger: Ledger,
  code: string,
  date: BusinessDate,
  today: BusinessDate = date,
): LedgerDraft[] {
  const till = ledger.tills.get(code);
  if (!till || code === SAFE) return [];
  const current = conditions(ledger, till, date, today);
  const changes: LedgerDraft[] = [];
  for (const [key, known] of ledger.alerts) {
    if (known.till !== code || current.has(key)) continue;
    if (known.day === undefined || known.day >= date) changes.push(cleared(known));
  }
  for (const [key, alert] of current) if (!ledger.alerts.has(key)) changes.push(raised(alert));
  return changes;
}

/** What holds on a till now, by its key. */
function conditions(
  ledger: Ledger,
  till: Till,
  date: BusinessDate,
  today: BusinessDate,
): Map<string, AlertData> {
  const current = new Map<string, AlertData>();
  watchBalances(ledger, till, today, current);
  for (const day of openDays(till)) if (day.date >= date) watchDay(ledger, till, day, current);
  return current;
}

function raised(data: AlertData): LedgerDraft {
  return { type: 'AlertRaised', schemaVersion: AlertRaised.schemaVersion, data };
}

function cleared(data: AlertData): LedgerDraft {
  return { type: 'AlertCleared', schemaVersion: AlertCleared.schemaVersion, data };
}

function note(into: Map<string, AlertData>, alert: AlertData): void {
  into.set(alertKey(alert), alert);
}

function watchBalances(ledger: Ledger, till: Till, date: BusinessDate, into: Map<string, AlertData>): void {
  const { cashMax, cashMin } = settingsOn(ledger, 'thresholds', date);
  if (cashMax === undefined && cashMin === undefined) return;
  for (const { code, kind } of settingsOn(ledger, 'methods', date)) {
    if (kind !== 'cash') continue;
    const amount = tillBalance(ledger, till.code, code);
    if (cashMax !== undefined && amount > cashMax) {
      note(into, { code: 'cash-above-maximum', till: till.code, subject: code, amount, limit: cashMax });
    }
    if (cashMin !== undefined && amount < cashMin) {
      note(into, { code: 'cash-below-minimum', till: till.code, subject: code, amount, limit: cashMin });
    }
  }
}

function watchDay(ledger: Ledger, till: Till, day: Day, into: Map<string, AlertData>): void {
  const about = { till: till.code, day: day.date };
  if (day.gap !== 0) note(into, { code: 'ventilation-gap', ...about, amount: cents(day.gap) });
  for (const [rate, amount] of day.vatGaps) {
    if (amount !== 0) note(into, { code: 'vat-gap', ...about, subject: String(rate), amount: cents(amount) });
  }
  if (mismatchOf(day).size > 0) note(into, { code: 'z-mismatch', ...about });
  if (day.counts.size > 0) watchCounts(ledger, till, day, into);
  if (feedOn(till, day.date) === 'z-ticket') watchUnprovenCash(ledger, till, day, into);
}

function watchCounts(ledger: Ledger, till: Till, day: Day, into: Map<string, AlertData>): void {
  const tolerance = settingsOn(ledger, 'thresholds', day.date).difference ?? 0;
  for (const [code, counted] of day.counts) {
    const method = methodOn(ledger, code, day.date);
    if (!method || !isCounted(method)) continue;
    const amount = cents(counted - theoreticalOf(till, code, day.date));
    if (Math.abs(amount) <= tolerance) continue;
    note(into, { code: 'count-difference', till: till.code, day: day.date, subject: code, amount });
  }
}

function watchUnprovenCash(ledger: Ledger, till: Till, day: Day, into: Map<string, AlertData>): void {
  for (const code of day.means.keys()) {
    if (methodOn(ledger, code, day.date)?.kind !== 'cash') continue;
    const lowest = lowestBalance(till, code, day.date, (date) => date === day.date);
    if (!lowest || lowest.amount >= 0) continue;
    note(into, {
      code: 'cash-unproven',
      till: till.code,
      day: day.date,
      subject: code,
      amount: cents(lowest.amount),
    });
  }
}
