import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportLine } from '../../src/proof/chain';
import { type Figures, figuresOf } from './history-figures';
import { tellStory, type Told } from './history-story';

/** A released version's ledger, as it lies in `test/history/<version>`. */
export type Release = {
  readonly version: string;
  /** Lines of an export (design: the hashed text with its hash put in). */
  readonly lines: readonly string[];
  readonly checkpoints: readonly { readonly size: number; readonly note: string }[];
  readonly now: string;
  readonly figures: Figures;
};

/** What the program as it is now would leave behind for later versions. */
export async function releaseOf(version: string, told: Told): Promise<Release> {
  const { events, checkpoints, now } = told;
  return {
    version,
    lines: events.map(({ text, hash }) => exportLine(text, hash)),
    checkpoints: checkpoints.map(({ size, note }) => ({ size, note })),
    now,
    figures: await figuresOf(events, now),
  };
}

export function releases(folder: string): Release[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name: version }) => {
      const read = (file: string) => readFileSync(join(folder, version, file), 'utf8');
      const lines = read('ledger.ndjson').trimEnd().split('\n');
      return { version, lines, ...(JSON.parse(read('expected.json')) as Omit<Release, 'version' | 'lines'>) };
    });
}

function writeRelease(folder: string, { version, lines, checkpoints, now, figures }: Release): void {
  mkdirSync(join(folder, version), { recursive: true });
  writeFileSync(join(folder, version, 'ledger.ndjson'), `${lines.join('\n')}\n`);
  const { state, reads } = figures;
  const text = `{"now":${JSON.stringify(now)},
"checkpoints":[
${checkpoints.map((checkpoint) => JSON.stringify(checkpoint)).join(',\n')}
],
"figures":{
"state":${JSON.stringify(state)},
"reads":{
${membersOf(reads)}
}}}
`;
  writeFileSync(join(folder, version, 'expected.json'), text);
}

/** A line each, so that a comparison of two versions can be read. */
function membersOf(members: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(members).map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  return lines.join(',\n');
}

/** `npm run history`: writes the folder of the version that package.json names. */
async function main(): Promise<void> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const release = await releaseOf(version, await tellStory());
  writeRelease(join('test', 'history'), release);
  process.stdout.write(`test/history/${version}: ${release.lines.length} events\n`);
}

if (require.main === module) void main();
