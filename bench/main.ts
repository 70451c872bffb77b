import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { engineLines } from './engine';
import { FULL, type Line, QUICK, removeFolders, type Scale } from './support';

/** Groups of lines by the name that `--only` takes. */
const GROUPS: Readonly<Record<string, (scale: Scale) => Promise<Line[]>>> = {
  engine: engineLines,
};

const arguments_ = process.argv.slice(2);
const scale = arguments_.includes('--quick') ? QUICK : FULL;
const only = arguments_.includes('--only')
  ? arguments_[arguments_.indexOf('--only') + 1]?.split(',')
  : undefined;

function reached({ ratio, reach, sense }: Line): boolean {
  if (ratio === null || reach === null) return true;
  return sense === 'least' ? ratio >= reach : ratio <= reach;
}

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
  if (short.length > 0) say(`fall short: ${short.map((line) => line.name).join('; ')}`);
  if (failures.length > 0) say(`could not run: ${failures.join(', ')}`);
  process.exitCode = failures.length > 0 || (!scale.quick && short.length > 0) ? 1 : 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs the groups that are asked for; answers the names of those that could not run. */
async function runGroups(lines: Line[]): Promise<string[]> {
  const failures: string[] = [];
  for (const [name, run] of Object.entries(GROUPS)) {
    if (only && !only.includes(name)) continue;
    try {
      for (const line of await run(scale)) {
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
  };
  const stamp = new Date().toISOString();
  const name = scale.quick ? 'quick' : stamp.slice(0, 16).replaceAll(':', '');
  writeFileSync(
    join(results, `${name}.json`),
    `${JSON.stringify({ at: stamp, machine, scale, lines }, null, 2)}\n`,
  );
}

void main().finally(removeFolders);
