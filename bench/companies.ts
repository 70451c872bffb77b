import { join } from 'node:path';
import type { Opened } from '../src/app.module';
import type { EntryToRecord } from '../src/platform/ledger-writer';
import {
  ACTOR,
  closeStores,
  folder,
  heapInUse,
  interleaved,
  type Line,
  openEngine,
  openLedger,
  percentile,
  recordAll,
  round,
  sales,
  type Scale,
} from './support';

const CLIENTS = 64;
/** Few enough that the states in use are a small part of the cold line's memory. */
const COLD_CLIENTS = 8;
/** Sales that each company has before it is measured: what a cold one has to fold. */
const FILLED = 20;
/** Room for the states of all: the warm line. */
const WARM_MIB = '2048';
/** The cold line's memory: a share of what all states weigh, so that the next company is never there. */
const COLD_SHARE = 0.1;

const MEBIBYTE = 1024 * 1024;

/** Many companies, each with little to do, against one that has it all: in memory, and each loaded from the store. */
export async function companyLines({ companies, runs }: Scale): Promise<Line[]> {
  const data = join(folder('companies'), 'data');
  const { line, ledgers, bytes } = await warmLine(data, companies, runs);
  return [line, await coldLine(data, ledgers, Math.ceil(bytes * COLD_SHARE))];
}

type Warm = { readonly line: Line; readonly ledgers: readonly string[]; readonly bytes: number };

async function warmLine(data: string, companies: number, runs: number): Promise<Warm> {
  const opened = await openEngine(data, { CAISSE_LEDGER_CACHE_MIB: WARM_MIB });
  try {
    const ledgers = await openCompanies(opened, companies);
    const line = await compareWarm(opened, ledgers, runs);
    return { line, ledgers, bytes: opened.cache.figures().bytes };
  } finally {
    await closeStores(opened);
  }
}

async function openCompanies(opened: Opened, count: number): Promise<string[]> {
  const ledgers: string[] = [];
  await inParallel(
    Array.from({ length: count }, (_, index) => index),
    async (index) => {
      const ledger = await openLedger(opened, index);
      ledgers.push(ledger);
      await recordAll(opened, ledger, sales(FILLED));
    },
  );
  return ledgers;
}

async function compareWarm(opened: Opened, ledgers: readonly string[], runs: number): Promise<Line> {
  const one = await openLedger(opened, ledgers.length);
  const [latencies, limits]: [number[], number[]] = [[], []];
  const many = (into: number[]) => rate(opened, ledgers, into);
  const alone = (into: number[]) =>
    rate(
      opened,
      ledgers.map(() => one),
      into,
    );
  await many([]);
  await alone([]);
  const rates = await interleaved(
    runs,
    () => many(latencies),
    () => alone(limits),
  );
  return {
    name: `${ledgers.length} companies, warm, ${CLIENTS} clients`,
    limit: 'one company, the same clients',
    ratio: rates.ours / rates.limit,
    reach: 0.5,
    sense: 'least',
    figures: {
      'entries/s': Math.round(rates.ours),
      'limit/s': Math.round(rates.limit),
      'p50 ms': round(percentile(latencies, 0.5)),
      'p99 ms': round(percentile(latencies, 0.99)),
      'limit p50 ms': round(percentile(limits, 0.5)),
      'limit p99 ms': round(percentile(limits, 0.99)),
      'states MiB': round(opened.cache.figures().bytes / MEBIBYTE),
    },
  };
}

/** Each entry goes to a company that is not in memory; then what is in memory is weighed. */
async function coldLine(data: string, ledgers: readonly string[], cacheBytes: number): Promise<Line> {
  const opened = await openEngine(data, {}, { cacheBytes });
  try {
    const latencies: number[] = [];
    let most = 0;
    const look = () => {
      most = Math.max(most, opened.cache.figures().bytes);
    };
    const perSecond = await rate(opened, ledgers, latencies, { clients: COLD_CLIENTS, look });
    const { loads, evictions } = opened.cache.figures();
    const held = heapOfStates(opened, ledgers);
    return {
      name: `${ledgers.length} companies, cold: states held under their cap`,
      limit: 'the cap',
      ratio: Math.max(most, held) / cacheBytes,
      reach: 1,
      sense: 'most',
      figures: {
        'loads/s': Math.round((perSecond * loads) / ledgers.length),
        loads: loads,
        evictions: evictions,
        'cap MiB': round(cacheBytes / MEBIBYTE),
        'most MiB': round(most / MEBIBYTE),
        'heap MiB': round(held / MEBIBYTE),
        'p50 ms': round(percentile(latencies, 0.5)),
        'p99 ms': round(percentile(latencies, 0.99)),
      },
    };
  } finally {
    await closeStores(opened);
  }
}

/** What the heap holds less once all states are let go. */
function heapOfStates({ cache }: Opened, ledgers: readonly string[]): number {
  const before = heapInUse();
  for (const ledger of ledgers) cache.drop(ledger);
  return before - heapInUse();
}

type Watch = { readonly clients?: number; readonly look?: () => void };

/** One sale for each of the ledgers, from clients that wait for their answer; entries per second. */
async function rate(
  { writer }: Opened,
  ledgers: readonly string[],
  latencies: number[],
  { clients = CLIENTS, look = () => undefined }: Watch = {},
): Promise<number> {
  const entries = sales(ledgers.length);
  const start = performance.now();
  await inParallel(
    ledgers,
    async (ledger, index) => {
      const sent = performance.now();
      const [outcome] = await writer.record(ledger, [entries[index] as EntryToRecord], ACTOR);
      if (outcome?.status !== 'recorded') throw new Error('an entry was not recorded');
      latencies.push(performance.now() - sent);
      look();
    },
    clients,
  );
  return (ledgers.length / (performance.now() - start)) * 1000;
}

/** All items, taken by so many clients as they become free. */
async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
  clients = CLIENTS,
): Promise<void> {
  let next = 0;
  const client = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}
