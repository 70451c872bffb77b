import { join } from 'node:path';
import { NDJSON_TYPE } from '../src/platform/http/json-body';
import { LoadGenerator } from './load';
import { Client, folded, openCompany, type Running, signIn, startEcho, startService } from './service';
import {
  closeStores,
  folder,
  interleaved,
  type Line,
  median,
  openEngine,
  openLedger,
  percentile,
  processorTimeOf,
  recordAll,
  round,
  saleBody,
  sales,
  type Scale,
  timed,
} from './support';

const CONNECTIONS = 64;
const DATE = '2026-03-14';
const WARM_UP = 2_000;
const GROUP = 1_000;

/** What one side took: of each request, and of the processor in all. */
type Taken = { readonly latencies: number[]; processor: number; requests: number };

/** Single sales as clients send them, against the least that Express does with the same bodies. */
export async function singleLines({ runs, requests }: Scale): Promise<Line[]> {
  const running: Running[] = [];
  const clients = new LoadGenerator();
  try {
    const service = await startService(folder('http'));
    running.push(service);
    const echo = await startEcho();
    running.push(echo);
    const client = new Client(service.url, 1);
    const token = await signIn(client);
    const path = `${await openCompany(client)}/entries`;
    client.close();
    const load = async (to: Running, at: string, taken: Taken) => {
      const common = { connections: CONNECTIONS, requests, date: DATE };
      const before = processorTimeOf(to.pid);
      const order = { ...common, url: to.url, path: at, token: to === service ? token : null };
      const { elapsed, latencies } = await clients.run(order);
      for (const latency of latencies) taken.latencies.push(latency);
      taken.processor += (processorTimeOf(to.pid) ?? 0) - (before ?? 0);
      taken.requests += requests;
      return (requests / elapsed) * 1000;
    };
    await load(service, path, nothingTaken());
    await load(echo, '/echo', nothingTaken());
    const [ours, limit] = [nothingTaken(), nothingTaken()];
    const rates = await interleaved(
      runs,
      () => load(service, path, ours),
      () => load(echo, '/echo', limit),
    );
    return [singleLine(rates, ours, limit)];
  } finally {
    await clients.stop();
    for (const { stop } of running) await stop();
  }
}

function nothingTaken(): Taken {
  return { latencies: [], processor: 0, requests: 0 };
}

function singleLine(
  rates: { readonly ours: number; readonly limit: number },
  ours: Taken,
  limit: Taken,
): Line {
  return {
    name: `HTTP, single sales, ${CONNECTIONS} connections`,
    limit: 'bare Express JSON echo of the same bodies',
    ratio: rates.ours / rates.limit,
    reach: 0.35,
    sense: 'least',
    figures: {
      'sales/s': Math.round(rates.ours),
      'limit/s': Math.round(rates.limit),
      'p50 ms': round(percentile(ours.latencies, 0.5)),
      'p99 ms': round(percentile(ours.latencies, 0.99)),
      'limit p50 ms': round(percentile(limit.latencies, 0.5)),
      'limit p99 ms': round(percentile(limit.latencies, 0.99)),
      'processor µs': Math.round(ours.processor / ours.requests),
      'limit processor µs': Math.round(limit.processor / limit.requests),
    },
  };
}

type BatchRun = { readonly recorded: number; readonly readable: number };

/** One long stream of sales over HTTP, against the writer in its own process fed with groups of a thousand. */
export async function batchLines({ runs, batch }: Scale): Promise<Line[]> {
  const root = folder('batch');
  const opened = await openEngine(join(root, 'engine'));
  const service = await startService(root);
  const client = new Client(service.url, 2);
  try {
    await signIn(client);
    await sendBatch(client, WARM_UP, 0);
    await recordAll(opened, await openLedger(opened), sales(WARM_UP));
    const done: BatchRun[] = [];
    const rates = await interleaved(
      runs,
      async (run) => {
        const result = await sendBatch(client, batch, run + 1);
        done.push(result);
        return result.recorded;
      },
      async () => {
        const ledger = await openLedger(opened);
        const entries = sales(batch);
        const elapsed = await timed(async () => {
          for (let from = 0; from < batch; from += GROUP)
            await recordAll(opened, ledger, entries.slice(from, from + GROUP));
        });
        return (batch / elapsed) * 1000;
      },
    );
    return batchTable(batch, done, rates.limit);
  } finally {
    client.close();
    await service.stop();
    await closeStores(opened);
  }
}

function batchTable(batch: number, done: readonly BatchRun[], limit: number): Line[] {
  const line = (name: string, rate: number, reach: number): Line => ({
    name: `HTTP, NDJSON batch of ${batch} sales, ${name}`,
    limit: 'engine, groups of 1,000',
    ratio: rate / limit,
    reach,
    sense: 'least',
    figures: { 'sales/s': Math.round(rate), 'limit/s': Math.round(limit) },
  });
  return [
    line('recorded', median(done.map(({ recorded }) => recorded)), 0.6),
    line('projections level', median(done.map(({ readable }) => readable)), 0.4),
  ];
}

/** One stream of sales to a new company; answers sales per second until all are recorded, and until they can be read. */
async function sendBatch(client: Client, count: number, index: number): Promise<BatchRun> {
  const company = await openCompany(client, index);
  const lines = Array.from({ length: count }, (_, at) => JSON.stringify(saleBody(at, DATE)));
  const body = `${lines.join('\n')}\n`;
  const start = performance.now();
  const { text } = await client.send('POST', `${company}/entries/batch`, body, NDJSON_TYPE);
  const recorded = performance.now() - start;
  const results = text.trimEnd().split('\n');
  const last = JSON.parse(results.at(-1) ?? '{}') as { status?: string; sequence?: number };
  if (results.length !== count || last.status !== 'recorded' || last.sequence === undefined)
    throw new Error(`of ${count} sales ${results.length} were answered, the last: ${results.at(-1)}`);
  await folded(client, company, DATE, last.sequence);
  const readable = performance.now() - start;
  return { recorded: (count / recorded) * 1000, readable: (count / readable) * 1000 };
}
