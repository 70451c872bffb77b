import { readFileSync } from 'node:fs';
import type { Line } from './support';

type Results = {
  readonly at: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly lines: readonly Line[];
};

/** A line that is only shown is reached. */
export function reached({ ratio, reach, sense }: Line): boolean {
  if (ratio === null || reach === null) return true;
  return sense === 'least' ? ratio >= reach : ratio <= reach;
}

/** The table of docs/reference/bench.md, from a file of bench/results. */
export function markdownOf(file: string): string {
  const { at, machine, lines } = JSON.parse(readFileSync(file, 'utf8')) as Results;
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  const rows = lines.map((line) => {
    const { name, ratio, reach, sense, figures } = line;
    const got = ratio === null ? '' : ratio.toFixed(2);
    const wanted = reach === null ? '' : `${sense === 'least' ? '≥' : '≤'} ${reach}`;
    const mark = reached(line) ? '' : ' **short**';
    const shown = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`);
    return `| ${name} | ${got}${mark} | ${wanted} | ${shown.join(', ')} |`;
  });
  return [
    `${at.slice(0, 10)}: ${facts.join(', ')}.`,
    '',
    '| line | ratio | reach | figures |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
