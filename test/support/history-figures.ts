import type { AddressInfo } from 'node:net';
import { Changes } from '../../src/kernel/changes';
import { evolve } from '../../src/ledger/evolve';
import { emptyLedger, type Ledger } from '../../src/ledger/ledger';
import { decodeStoredEvent } from '../../src/platform/codec';
import type { StoredEvent } from '../../src/ports/event-store';
import type { RecordingBook } from './recording-book';
import { reportsApp, type ReportsStores } from './reports-app';

/** What a ledger adds up to, as told by the state that decides and by the reads over HTTP. */
export type Figures = {
  readonly state: Readonly<Record<string, unknown>>;
  /** Answers by path below the company. */
  readonly reads: Readonly<Record<string, unknown>>;
};

const MONTH = '2026-03';
const DAYS = ['2026-03-13', '2026-03-14', '2026-03-15'];

/** Every read that shows figures, both views where there are two. */
const PATHS = [
  'tills',
  `days?from=${MONTH}-01&to=${MONTH}-15`,
  ...['T1', 'T2', 'safe'].flatMap((till) =>
    DAYS.flatMap((day) => [
      `tills/${till}/days/${day}?view=corrected`,
      `tills/${till}/days/${day}?view=recorded`,
    ]),
  ),
  ...DAYS.map((day) => `syntheses/day/${day}`),
  `syntheses/month/${MONTH}?view=corrected`,
  `syntheses/month/${MONTH}?view=recorded`,
  'journal?limit=500',
  'customers',
  'customers/0195a000-0000-7000-8000-0000000000c1',
  'vouchers',
  'vouchers/BUM-1',
  'deposits',
  'alerts',
  'closures',
  'entries?limit=500',
];

/** The figures of stored events, as of an instant; those that are read come from stores in memory unless others are given. */
export async function figuresOf(
  stored: readonly StoredEvent[],
  now: string,
  stores?: ReportsStores,
): Promise<Figures> {
  const ledger = folded(stored);
  return { state: stateOf(ledger), reads: await readsOf({ stored, now, stores }, ledger) };
}

function folded(stored: readonly StoredEvent[]): Ledger {
  const ledger = emptyLedger(stored[0]?.ledger ?? '');
  const changes = new Changes();
  for (const one of stored) {
    evolve(ledger, changes, decodeStoredEvent(one));
    changes.keep();
  }
  return ledger;
}

function stateOf(ledger: Ledger): Figures['state'] {
  return {
    sequence: ledger.sequence,
    recordedAt: ledger.recordedAt,
    balances: Object.fromEntries([...ledger.balances].sort(byName)),
    documents: Object.fromEntries([...ledger.documents].sort(byName)),
    alerts: [...ledger.alerts.values()],
    tills: [...ledger.tills.values()].map(tillOf),
    entries: ledger.entries.size,
    corrected: Object.fromEntries([...ledger.corrected].sort(byName)),
    vouchers: [...ledger.vouchers.keys()].sort(),
    customers: Object.fromEntries([...ledger.customers].sort(byName)),
  };
}

type TillState = Ledger['tills'] extends Map<string, infer Value> ? Value : never;

function tillOf({ code, name, tillSequence, closedThrough, days, base, perpetual, journalLines }: TillState) {
  return {
    code,
    name,
    tillSequence,
    closedThrough,
    openDays: [...days.keys()].sort(),
    base: Object.fromEntries([...base].sort(byName)),
    perpetual: [...perpetual],
    journalLines,
  };
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

type Reading = {
  readonly stored: readonly StoredEvent[];
  readonly now: string;
  readonly stores: ReportsStores | undefined;
};

async function readsOf({ stored, now, stores }: Reading, ledger: Ledger): Promise<Figures['reads']> {
  const inspect = <Answer>(read: (state: Ledger) => Answer) => read(ledger);
  // A book that records nothing more: the reports ask it for no more than this.
  const book = { id: ledger.id, now, stored, inspect } as unknown as RecordingBook;
  const reports = await reportsApp(book, stores);
  try {
    const { port } = reports.app.getHttpServer().address() as AddressInfo;
    const reads: Record<string, unknown> = {};
    for (const path of PATHS) {
      const after = `${path.includes('?') ? '&' : '?'}after=${stored.length}`;
      const answer = await fetch(`http://127.0.0.1:${port}${reports.path(path)}${after}`);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${text}`);
      reads[path] = JSON.parse(text);
    }
    return reads;
  } finally {
    await reports.close();
  }
}
