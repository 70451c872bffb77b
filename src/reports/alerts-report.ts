import { type Alert, alertKeys, alerts, type AlertRow, type OpenAlerts } from '../../projections/alerts';
import { type Day, monthOf } from '../kernel/day';
import type { Plain } from '../platform/http/plain';
import type { AlertDto, AlertStateDto } from './alerts.dto';
import type { ReadModels } from './read-models';

/** All alerts that hold, oldest first. */
export async function openAlerts(models: ReadModels): Promise<Plain<AlertDto>[]> {
  const found: Alert[] = [];
  for await (const { body } of models.all(alerts, { from: 'open/', to: 'open0' })) {
    found.push(...Object.values((body as OpenAlerts).open));
  }
  return found
    .sort((left, right) => left.raisedSequence - right.raisedSequence)
    .map((alert) => ({
      ...factsOf(alert),
      change: 'raised',
      at: alert.raisedAt,
      sequence: alert.raisedSequence,
    }));
}

/** Alerts about a day of a till, cleared ones included. */
export async function alertsOfDay(
  models: ReadModels,
  till: string,
  date: Day,
): Promise<Plain<AlertStateDto>[]> {
  const prefix = `${alertKeys.ofDay(till, date)}/`;
  const found: Alert[] = [];
  for await (const { body } of models.all(alerts, { from: prefix, to: `${prefix}~` }))
    found.push(body as Alert);
  return found
    .sort((left, right) => left.raisedSequence - right.raisedSequence)
    .map((alert) => ({
      ...factsOf(alert),
      open: alert.clearedSequence === undefined,
      raisedAt: alert.raisedAt,
      raisedSequence: alert.raisedSequence,
      clearedAt: alert.clearedAt ?? null,
    }));
}

/** Of some days of a till, those about which an alert holds. */
export async function daysWithOpenAlerts(
  models: ReadModels,
  till: string,
  days: readonly Day[],
): Promise<Set<Day>> {
  const keys = [...new Set(days.map(monthOf))].map((month) => alertKeys.open(till, `${month}-01`));
  const found = (await models.getMany(alerts, keys)) as ReadonlyMap<string, OpenAlerts>;
  const about = [...found.values()].flatMap(({ open }) => Object.values(open).map(({ day }) => day));
  return new Set(about.filter((day) => day !== undefined));
}

function factsOf({ code, till, day, subject, amount, limit }: Alert | AlertRow) {
  return {
    code,
    till,
    day: day ?? null,
    subject: subject ?? null,
    amount: amount ?? null,
    limit: limit ?? null,
  };
}

export function historyRow(row: AlertRow): Plain<AlertDto> {
  return { ...factsOf(row), change: row.change, at: row.at, sequence: row.sequence };
}
