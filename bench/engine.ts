import type { EntryToRecord } from '../src/platform/ledger-writer';
import { BareWriter, plainFile } from './bare';
import {
  ACTOR,
  closeStores,
  folder,
  interleaved,
  type Line,
  openEngine,
  openLedger,
  percentile,
  recordAll,
  sales,
  type Scale,
  timed,
} from './support';

/** Entries before the first run that counts. */
const WARM_UP = 20_000;

type Case = {
  readonly name: string;
  readonly clients: number;
  readonly group: number;
  readonly entries: number;
  readonly reach: number;
};

/** The writer in its process, against a bare SQLite worker that writes the same bytes in the same groups. */
export async function engineLines({ quick, runs }: Scale): Promise<Line[]> {
  const cases: Case[] = [
    {
      name: 'engine, one entry at a time, one client, durable',
      clients: 1,
      group: 1,
      entries: 2_000,
      reach: 0.6,
    },
    {
      name: 'engine, 64 clients, one entry each',
      clients: 64,
      group: 64,
      entries: 12_800,
      reach: 0.4,
    },
    {
      name: 'engine, groups of 1,000 entries',
      clients: 1,
      group: 1000,
      entries: 30_000,
      reach: 0.25,
    },
  ];
  const lines: Line[] = [];
  for (const each of cases)
    lines.push(
      await engineLine(quick ? { ...each, entries: each.group * 4 } : each, runs, quick ? 1_000 : WARM_UP),
    );
  return lines;
}

async function engineLine(each: Case, runs: number, warmUp: number): Promise<Line> {
  const data = folder('engine');
  const opened = await openEngine(data);
  const ledger = await openLedger(opened);
  const bare = new BareWriter(data);
  const latencies: number[] = [];
  const plain: number[] = [];
  let texts: string[] = [];
  // What the engine compiles as it runs is compiled before anything counts, as in a service that has been up for a minute.
  await recordAll(opened, ledger, sales(warmUp));
  await record(opened, ledger, sales(warmUp / 10), each, []);
  const ours = async () => {
    const entries = sales(each.entries);
    const from = (await opened.store.head(ledger))?.sequence ?? 0;
    const elapsed = await timed(() => record(opened, ledger, entries, each, latencies));
    texts = (await opened.store.read(ledger, from + 1, each.entries)).map((event) => event.text);
    for (let read = texts.length; read < each.entries; read = texts.length) {
      texts.push(
        ...(await opened.store.read(ledger, from + 1 + read, each.entries - read)).map((event) => event.text),
      );
    }
    return (each.entries / elapsed) * 1000;
  };
  const limit = async () => {
    if (texts.length === 0) texts = Array.from({ length: each.entries }, () => 'x'.repeat(1200));
    const groups = grouped(texts, each.group);
    plain.push((texts.length / plainFile(data, groups)) * 1000);
    const elapsed = await timed(async () => {
      for (const group of groups) await bare.write(group);
    });
    return (texts.length / elapsed) * 1000;
  };
  const rates = await interleaved(runs, ours, limit);
  await bare.close();
  await closeStores(opened);
  return {
    name: each.name,
    limit: 'bare SQLite worker, same bytes and groups',
    ratio: rates.ours / rates.limit,
    reach: each.reach,
    sense: 'least',
    figures: {
      'entries/s': Math.round(rates.ours),
      'limit/s': Math.round(rates.limit),
      'plain file/s': Math.round(percentile(plain, 0.5)),
      'p50 ms': round(percentile(latencies, 0.5)),
      'p99 ms': round(percentile(latencies, 0.99)),
    },
  };
}

async function record(
  opened: Awaited<ReturnType<typeof openEngine>>,
  ledger: string,
  entries: readonly EntryToRecord[],
  { clients, group }: Case,
  latencies: number[],
): Promise<void> {
  const size = clients === 1 ? group : 1;
  let next = 0;
  const client = async () => {
    while (next < entries.length) {
      const chunk = entries.slice(next, next + size);
      next += size;
      const start = performance.now();
      const outcomes = await opened.writer.record(ledger, chunk, ACTOR);
      latencies.push(performance.now() - start);
      for (const outcome of outcomes) if (outcome.status === 'refused') throw outcome.refusal;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

function grouped(texts: readonly string[], size: number): string[][] {
  const groups: string[][] = [];
  for (let index = 0; index < texts.length; index += size) groups.push(texts.slice(index, index + size));
  return groups;
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
