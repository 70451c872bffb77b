import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { appendLines } from './append';
import { Books } from './book';
import { companyLines } from './companies';
import { engineLines } from './engine';
import { growthLines } from './growth';
import { batchLines, singleLines } from './http';
import { nodeLines, takeoverLines } from './nodes';
import { foldLines, rebuildLines, verifyLines } from './reading';
import { remoteBatchLines } from './remote-batch';
import { remoteDiskLines } from './remote-disk';
import { remoteProjectionLines } from './remote-projection';
import { readLines, startLines } from './served';
import { scaleOfResults } from './scale';
import { markdownOf, reached } from './table';
import { FULL, type Line, QUICK, removeFolders, type Scale, scaleOf } from './support';

/** Groups of lines by the name that `--only` takes, in their order: those that write to the large book come last. */
const GROUPS: Readonly<Record<string, (scale: Scale, books: Books) => Promise<Line[]>>> = {
  engine: engineLines,
  single: singleLines,
  batch: batchLines,
  companies: companyLines,
  fold: foldLines,
  verify: verifyLines,
  rebuild: rebuildLines,
  growth: growthLines,
  reads: readLines,
  start: startLines,
  append: appendLines,
  'remote-batch': remoteBatchLines,
  'remote-disk': remoteDiskLines,
  'remote-projection': remoteProjectionLines,
  nodes: nodeLines,
  takeover: takeoverLines,
};

const { values: asked } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    events: { type: 'string' },
    only: { type: 'string' },
    table: { type: 'string' },
    scale: { type: 'string' },
  },
});
const scale = asked.quick ? QUICK : asked.events === undefined ? FULL : scaleOf(Number(asked.events));
const only = asked.only?.split(',');

function show(line: Line): string {
  const ratio = line.ratio === null ? '' : line.ratio.toFixed(2);
  const reach = line.reach === null ? '' : `${line.sense === 'least' ? '≥' : '≤'} ${line.reach}`;
  const figures = Object.entries(line.figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const mark = line.ratio === null ? ' ' : reached(line) ? '✓' : '✗';
  return `${mark} ${line.name.padEnd(58)} ${ratio.padStart(7)}  ${reach.padEnd(7)} ${figures}`;
}

async function main(): Promise<void> {
  const lines: Line[] = [];
  const failures = await runGroups(lines);
  save(lines);
  const short = lines.filter((line) => !reached(line));
  if (short.length > 0)
    say(
      `${scale.quick ? 'short at these small sizes, not judged' : 'fall short'}: ${short.map((line) => line.name).join('; ')}`,
    );
  if (failures.length > 0) say(`could not run: ${failures.join(', ')}`);
  const isShort = !scale.quick && short.length > 0;
  process.exitCode = failures.length > 0 || isShort ? 1 : 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs the groups that are asked for; answers which of them failed. */
async function runGroups(lines: Line[]): Promise<readonly string[]> {
  const failures: string[] = [];
  const books = new Books(scale);
  for (const [name, run] of Object.entries(GROUPS)) {
    if (only && !only.includes(name)) continue;
    try {
      for (const line of await run(scale, books)) {
        lines.push(line);
        process.stdout.write(`${show(line)}\n`);
      }
    } catch (error) {
      failures.push(name);
      process.stdout.write(
        `! ${name} could not run: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
      );
    }
  }
  return failures;
}

function save(lines: readonly Line[]): void {
  const results = resolve('bench', 'results');
  mkdirSync(results, { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    // Of the last 1, 5 and 15 minutes, when it ended: this program alone makes about two.
    load: loadavg()
      .map((load) => load.toFixed(1))
      .join(', '),
  };
  const stamp = new Date().toISOString();
  const name = scale.quick ? 'quick' : stamp.slice(0, 16).replaceAll(':', '');
  writeFileSync(
    join(results, `${name}.json`),
    `${JSON.stringify({ at: stamp, machine, scale, lines }, null, 2)}\n`,
  );
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    removeFolders();
    process.exit(130);
  });
}
if (asked.table !== undefined) say(markdownOf(asked.table));
else if (asked.scale !== undefined) say(scaleOfResults(asked.scale.split(',')));
else void main().finally(removeFolders);
