import { type Day, type Instant, monthOf } from '../src/kernel/day';
import type { AlertData } from '../src/ledger/alert/events';
import { isOfInterest } from './interests';
import { own, padded, type Projection, type RecordedEvent } from './projection';

/** A condition that held, and when it ceased to. */
export type Alert = AlertData & {
  readonly raisedSequence: number;
  readonly raisedAt: Instant;
  readonly clearedSequence?: number | undefined;
  readonly clearedAt?: Instant | undefined;
};

/** Alerts that hold now, by their identity. */
export type OpenAlerts = { readonly open: Readonly<Record<string, Alert>> };

/** One raise or clear: a row of the history. */
export type AlertRow = AlertData & {
  readonly change: 'raised' | 'cleared';
  readonly sequence: number;
  readonly at: Instant;
};

/** The last state of one alert of a day. */
export type AlertDocument = Alert | OpenAlerts | AlertRow;

type AlertEvent = Extract<RecordedEvent, { type: 'AlertRaised' | 'AlertCleared' }>;

export const alertKeys = {
  /** All that hold, for one till and month; `-` for what is about a balance and not a day. */
  open: (till: string, day: Day | undefined): string =>
    `open/${till}/${day === undefined ? '-' : monthOf(day)}`,
  ofDay: (till: string, day: Day | undefined): string => `day/${till}/${day ?? '-'}`,
  row: (sequence: number): string => `row/${padded(sequence)}`,
} as const;

function identity({ code, subject, day }: AlertData): string {
  return `${code}/${day ?? '-'}/${subject ?? '-'}`;
}

/** Alerts: what holds now, what held on each day, and the history. */
export const alerts: Projection<AlertDocument> = {
  name: 'alerts',
  version: 1,
  handles: (event) => isOfInterest('alerts', event),
  keys(event) {
    const { data } = event as AlertEvent;
    const { till, day } = data;
    return [
      alertKeys.open(till, day),
      `${alertKeys.ofDay(till, day)}/${identity(data)}`,
      alertKeys.row(event.sequence),
    ];
  },
  begins: (_, key) => key.startsWith('row/'),
  evolve(document, event, key) {
    const alert = event as AlertEvent;
    if (key.startsWith('row/')) return rowOf(alert);
    if (key.startsWith('open/')) return withOpen(document as OpenAlerts | undefined, alert);
    return stateAfter(document as Alert | undefined, alert);
  },
};

function rowOf({ type, data, sequence, recordedAt }: AlertEvent): AlertRow {
  return { ...data, change: type === 'AlertRaised' ? 'raised' : 'cleared', sequence, at: recordedAt };
}

function withOpen(before: OpenAlerts | undefined, event: AlertEvent): OpenAlerts {
  const key = identity(event.data);
  const others = Object.entries(before?.open ?? {}).filter(([other]) => other !== key);
  if (event.type === 'AlertCleared') return { open: Object.fromEntries(others) };
  const raised = stateAfter(own(before?.open ?? {}, key), event);
  return { open: Object.fromEntries([...others, [key, raised]]) };
}

function stateAfter(before: Alert | undefined, { type, data, sequence, recordedAt }: AlertEvent): Alert {
  if (type === 'AlertRaised') return { ...data, raisedSequence: sequence, raisedAt: recordedAt };
  const raised = before ?? { ...data, raisedSequence: sequence, raisedAt: recordedAt };
  return { ...raised, clearedSequence: sequence, clearedAt: recordedAt };
}
