import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { entrySchema } from '../../src/ledger/entries';
import { EVENTS, type LedgerEvent } from '../../src/ledger/events';
import { sha256Hex } from '../../src/platform/crypto';
import type { StoredEvent } from '../../src/ports/event-store';
import { canonicalJson } from '../../src/proof/canonical-json';
import { parseExportLine } from '../../src/proof/chain';
import { newReportsStores } from '../support/engines';
import { releaseOf, type Release, releases } from '../support/history-files';
import { figuresOf } from '../support/history-figures';
import { tellStory } from '../support/history-story';
import { findingsOf, verifyStored } from '../support/sealed-ledger';

const kept = releases(__dirname);
const { version } = JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

function storedOf({ lines }: Release): StoredEvent[] {
  return lines.map((line, index) => {
    const read = parseExportLine(line);
    if (!read) throw new Error(`line ${index + 1} is no line of an export`);
    const { ledger } = JSON.parse(read.text) as LedgerEvent;
    return { ledger, sequence: index + 1, ...read };
  });
}

describe.each(kept.map((release) => [release.version, release] as const))(
  'the ledger that version %s has written',
  (_, release) => {
    const stored = storedOf(release);

    it('verifies, with its closures and every signature', () => {
      const report = verifyStored(stored, { checkpoints: release.checkpoints, everyAppendIsSigned: true });
      expect([findingsOf(report), report.unchecked]).toEqual([[], []]);
      expect(report.closures).toBeGreaterThan(0);
      expect(report.checkpoints).toBe(release.checkpoints.length + report.closures);
    });

    it('is canonical to the byte, and hashed as it is written', () => {
      for (const { text, hash } of stored) {
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(sha256Hex(text)).toBe(hash);
      }
    });

    it('adds up to the same figures in the state, and over HTTP', async () => {
      const figures = await figuresOf(stored, release.now, await newReportsStores());
      expect(figures).toMatchObject(release.figures);
    });
  },
);

describe('the version that is being made', () => {
  it('has left its ledger here, with every type of event and of entry', () => {
    const release = kept.find((one) => one.version === version);
    const events = (release ? storedOf(release) : []).map(({ text }) => JSON.parse(text) as LedgerEvent);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(Object.keys(EVENTS)));
    const entries = entrySchema.options.map(({ shape }) => shape.type.value);
    const recorded = new Set(events.map(({ entry }) => entry?.type));
    expect(entries.filter((type) => !recorded.has(type))).toEqual([]);
  });

  it('writes the same bytes today; `npm run history` writes them until it is released', async () => {
    const release = await releaseOf(version, await tellStory());
    const written = readFileSync(join(__dirname, version, 'ledger.ndjson'), 'utf8').split('\n');
    // The chain makes all that follows different too: the first one tells what has changed.
    const changed = release.lines.findIndex((line, index) => line !== written[index]);
    expect([release.lines[changed], written.length]).toEqual([written[changed], release.lines.length + 1]);
    expect(release).toEqual(kept.find((one) => one.version === version));
  });
});
