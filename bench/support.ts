import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Opened, closeStores, type OpenOptions, openStores } from '../src/app.module';
import { type Config, readConfig } from '../src/config';
import type { Actor } from '../src/kernel/event';
import { EntryIndex } from '../src/platform/entry-index';
import type { EntryToRecord } from '../src/platform/ledger-writer';
import { changeRequest } from '../src/recording/change-request';
import { openCompany } from '../src/ledger/company/open-company';
import { newCompanySchema } from '../src/ledger/company/requests';
import { payloadHash } from '../src/recording/payload-hash';
import { prepareEntry } from '../src/recording/prepare-entry';
import { originOf } from '../src/platform/checkpoints';

/** How large and how long: `quick` shows that each line can run, `full` is what the figures are quoted from. */
export type Scale = {
  readonly quick: boolean;
  /** Interleaved runs of each side. */
  readonly runs: number;
  /** Events in the large ledger, and in the small one that its reads are compared to. */
  readonly large: number;
  readonly small: number;
  readonly companies: number;
  /** Single sales over HTTP per run. */
  readonly requests: number;
  /** Sales of one NDJSON stream. */
  readonly batch: number;
  /** Entries appended per run to a ledger whose size is being looked at. */
  readonly appended: number;
  /** Reads of each kind. */
  readonly reads: number;
};

export const FULL: Scale = {
  quick: false,
  runs: 5,
  large: 1_000_000,
  small: 10_000,
  companies: 10_000,
  requests: 10_000,
  batch: 100_000,
  appended: 10_000,
  reads: 300,
};

export const QUICK: Scale = {
  quick: true,
  runs: 1,
  large: 5_000,
  small: 1_000,
  companies: 100,
  requests: 1_000,
  batch: 3_000,
  appended: 1_000,
  reads: 20,
};

/** A size in between, for `--events`: everything else in proportion. */
export function scaleOf(events: number): Scale {
  const share = Math.min(1, events / FULL.large);
  return {
    ...FULL,
    runs: 3,
    large: events,
    small: Math.max(QUICK.small, Math.min(FULL.small, Math.floor(events / 10))),
    companies: Math.max(QUICK.companies, Math.round(FULL.companies * share)),
    batch: Math.max(QUICK.batch, Math.round(FULL.batch * Math.sqrt(share))),
  };
}

/** One row of the table: what was reached, as a ratio to a limit that was measured in the same run. */
export type Line = {
  readonly name: string;
  /** What it is compared to. */
  readonly limit: string;
  /** Ours ÷ limit for a rate (more is better); null where figures are only shown. */
  readonly ratio: number | null;
  readonly reach: number | null;
  /** Whether the ratio must be at least (`least`) or at most (`most`) what is to be reached. */
  readonly sense: 'least' | 'most';
  /** The figures behind it, with their unit. */
  readonly figures: Readonly<Record<string, number | string>>;
};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Runs both sides in turn, so that a machine whose speed drifts is fair to both; answers their medians. */
export async function interleaved(
  runs: number,
  ours: (run: number) => Promise<number>,
  limit: (run: number) => Promise<number>,
): Promise<{ readonly ours: number; readonly limit: number }> {
  const left: number[] = [];
  const right: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    if (run % 2 === 0) left.push(await ours(run));
    right.push(await limit(run));
    if (run % 2 === 1) left.push(await ours(run));
  }
  return { ours: median(left), limit: median(right) };
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Bytes in use on the heap once what is not needed has been collected. */
export function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** Microseconds of processor that this process, with its threads, has taken so far. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The same of a child process; null where the system does not tell (Linux does, in hundredths of a second). */
export function processorTimeOf(pid: number | undefined): number | null {
  const file = `/proc/${pid}/stat`;
  if (pid === undefined || !existsSync(file)) return null;
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Milliseconds that a piece of work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const roots: string[] = [];

/** A new folder on the project's own disk, so that all sides write to the same one. */
export function folder(name: string): string {
  const root = resolve('bench', 'tmp');
  if (!existsSync(root)) mkdirSync(root, { recursive: true });
  const made = mkdtempSync(join(root, `${name}-`));
  roots.push(made);
  return made;
}

/** Folders that were made, and the witness beside one that was a data folder itself. */
export function removeFolders(): void {
  for (const root of roots.splice(0)) {
    rmSync(root, { recursive: true, force: true });
    rmSync(`${root}.witness`, { force: true });
  }
}

export function configFor(data: string, overrides: Record<string, string> = {}): Config {
  return readConfig({
    CAISSE_DATA: data,
    PORT: '0',
    LOG_LEVEL: 'error',
    CAISSE_RATE_LIMIT: 'off',
    CAISSE_QUEUE_PER_LEDGER: '20000',
    CAISSE_QUEUE_TOTAL: '1000000',
    ...overrides,
  });
}

/** No id of a benchmark comes twice: one that is taken for a forgotten one is new. Nothing is folded beside the engine. */
class NothingTwice extends EntryIndex {
  override find(): Promise<null> {
    return Promise.resolve(null);
  }
}

export async function openEngine(
  data: string,
  overrides: Record<string, string> = {},
  options: OpenOptions = {},
): Promise<Opened> {
  const warn = (message: string) => process.stderr.write(`${message}\n`);
  return openStores(configFor(data, overrides), warn, { index: new NothingTwice(), ...options });
}

export { closeStores };

export const ACTOR: Actor = { id: 'bench', role: 'connector', via: 'api-key' };

let identifiers = 0;

/** Ids that differ from run to run of the same process and sort like UUIDs of version 7. */
export function nextId(): string {
  identifiers += 1;
  const digits = identifiers.toString(16).padStart(12, '0');
  return `01914d3a-8f00-7a11-8c00-${digits}`;
}

/** SIRENs with a good check digit, one per company. */
export function siren(index: number): string {
  const body = String(10_000_000 + index).slice(-8);
  for (let check = 0; check < 10; check += 1) {
    const text = `${body}${check}`;
    let total = 0;
    for (let at = 0; at < 9; at += 1) {
      const digit = Number(text[8 - at]) * (at % 2 === 0 ? 1 : 2);
      total += digit > 9 ? digit - 9 : digit;
    }
    if (total % 10 === 0) return text;
  }
  throw new Error('every number has a check digit');
}

/** Opens a ledger straight in the writer; answers its id. */
export async function openLedger({ writer, ids, checkpoints }: Opened, index = 0): Promise<string> {
  const ledger = ids.uuid();
  const body = newCompanySchema.parse({
    name: `Boulangerie ${index}`,
    siren: siren(index),
    tills: [{ code: 'T1', name: 'Caisse 1', opening: { cash: 15_000 } }],
  });
  const request = changeRequest('company-creation', nextId(), {}, ids);
  const key = { origin: originOf(ledger), verifierKey: checkpoints.verifierKey };
  const outcome = await writer.open(ledger, { request, decide: () => openCompany(body, key) }, ACTOR);
  if (outcome.status === 'refused') throw outcome.refusal;
  return ledger;
}

const ARTICLES = [
  { category: 'pain', label: 'BAGUETTE', price: 90, vatRate: 550 },
  { category: 'viennoiserie', label: 'PAIN AU CHOCOLAT', price: 120, vatRate: 550 },
  { category: 'snacking', label: 'SAND JB EMMENTAL', price: 350, vatRate: 1000 },
  { category: 'pain', label: 'TRADITIONAL BAGUETTE', price: 120, vatRate: 550 },
] as const;

/** The body of a bakery's sale of two lines, as a POS sends it. */
export function saleBody(index: number, date: string) {
  const lines = [0, 1].map((offset) => {
    const article = ARTICLES[(index + offset) % ARTICLES.length] ?? ARTICLES[0];
    const quantity = 1 + ((index + offset) % 3);
    const { category, label, price, vatRate } = article;
    return { category, label, quantity, unitPrice: price, gross: quantity * price, vatRate };
  });
  const amount = lines.reduce((total, line) => total + line.gross, 0);
  return {
    id: nextId(),
    type: 'sale',
    till: 'T1',
    businessDate: date,
    occurredAt: `${date}T08:38:00.000Z`,
    reference: String(150_000 + index),
    source: { system: 'pos', sequence: index },
    lines,
    payments: [{ method: index % 3 === 0 ? 'card' : 'cash', amount }],
  };
}

export function prepared(body: unknown): EntryToRecord {
  const entry = prepareEntry(body, payloadHash);
  if ('issues' in entry) throw new Error(JSON.stringify(entry.issues));
  return entry;
}

/** Prepared sales of one day. */
export function sales(count: number, date = '2026-03-14', from = 0): EntryToRecord[] {
  return Array.from({ length: count }, (_, index) => prepared(saleBody(from + index, date)));
}

/** Records and asserts that nothing was refused. */
export async function recordAll(
  { writer }: Opened,
  ledger: string,
  entries: readonly EntryToRecord[],
): Promise<void> {
  for (const outcome of await writer.record(ledger, entries, ACTOR)) {
    if (outcome.status === 'refused') throw outcome.refusal;
  }
}
