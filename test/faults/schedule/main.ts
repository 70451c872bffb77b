import { parseArgs } from 'node:util';
import { Bench } from './bench';
import { described, type Family, type Schedule, scheduleOf } from './schedule';

const USAGE =
  'npm run test:faults -- [--seed N | --seeds A..B] [--nodes 1-4] [--family embedded|servers] [--print]';

/** Runs seeds one after the other and tells of each; ends with 1 when one of them found something. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      nodes: { type: 'string' },
      family: { type: 'string' },
      print: { type: 'boolean', default: false },
    },
  });
  const [first, last] = range(values.seeds ?? values.seed ?? '1..20');
  const nodes = values.nodes === undefined ? undefined : Number(values.nodes);
  const family = values.family as Family | undefined;
  const isWrong = nodes !== undefined && ![1, 2, 3, 4].includes(nodes);
  if (isWrong || (family && !['embedded', 'servers'].includes(family))) throw new Error(USAGE);
  const bench = new Bench();
  const failed: number[] = [];
  // Whoever interrupts it leaves no nodes running and no disk mounted.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void bench.close().finally(() => process.exit(1)));
  try {
    for (let seed = first; seed <= last; seed += 1) {
      const schedule = scheduleOf(seed, { nodes, family });
      if (values.print) process.stdout.write(`${described(schedule)}\n`);
      if (!(await isGood(schedule, bench))) failed.push(seed);
    }
  } finally {
    await bench.close();
  }
  const seeds = last - first + 1;
  process.stdout.write(
    `${seeds} seeds, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(' ')}` : ''}\n`,
  );
  process.exitCode = failed.length > 0 ? 1 : 0;
}

function range(text: string): [number, number] {
  const [first, last = first] = text.split('..').map(Number);
  if (
    first === undefined ||
    last === undefined ||
    !Number.isInteger(first) ||
    !Number.isInteger(last) ||
    last < first
  )
    throw new Error(USAGE);
  return [first, last];
}

async function isGood(schedule: Schedule, bench: Bench): Promise<boolean> {
  const start = performance.now();
  const time = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const about = `seed ${schedule.seed} ${schedule.family} ${schedule.nodes}`;
  const { findings, logs, counts, firstSeed } = await bench.run(schedule);
  const { acknowledged, refused, unknown } = counts;
  process.stdout.write(
    `${about}: ${acknowledged} acknowledged, ${refused} refused, ${unknown} unknown, ${findings.length} findings, ${time()}\n`,
  );
  if (findings.length === 0) return true;
  const again = `again: npm run test:faults -- --seed ${schedule.seed}, or --seeds ${firstSeed}..${schedule.seed}`;
  const more = findings.length > SHOWN.findings ? [`and ${findings.length - SHOWN.findings} more`] : [];
  tell(schedule, [...findings.slice(0, SHOWN.findings), ...more, ...lastOf(logs), again]);
  return false;
}

const SHOWN = { findings: 20, lines: 20, characters: 400 };

function lastOf(logs: string): string[] {
  return logs
    .trim()
    .split('\n')
    .slice(-SHOWN.lines)
    .map((line) => line.slice(0, SHOWN.characters));
}

function tell(schedule: Schedule, sentences: readonly string[]): void {
  process.stdout.write(`${described(schedule)}\n`);
  for (const sentence of sentences) process.stdout.write(`  ! ${sentence}\n`);
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`);
  process.exitCode = 2;
});
