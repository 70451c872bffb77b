import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerificationReport } from '../proof/verification';
import { EXIT_CODES } from './cli-error';
import { FINDINGS, findingLine, reportLines } from './findings';
import { paintFor } from './paint';

const INTACT: VerificationReport = {
  ledger: 'l1',
  events: 12,
  errors: [],
  moreErrors: 0,
  unchecked: [],
  head: { sequence: 12, hash: 'abc', root: 'def' },
  checkpoints: 2,
  closures: 1,
  verifierKey: 'caisse+1+A',
};

const plain = paintFor({ isTTY: false }, {});

describe('what a verification says to a person', () => {
  it('says at its beginning whether a ledger is intact', () => {
    expect(reportLines(INTACT, plain)).toEqual([
      'INTACT  l1 : 12 événements, 1 clôtures, 2 signatures',
      '  tête 12 abc',
      '  racine def',
      '  clé caisse+1+A',
    ]);
  });

  it('lists findings with their sequence, code and sentence, those that are not listed, and what is not known', () => {
    const errors = [{ sequence: 7, code: 'missing-event', detail: '7–9' } as const];
    const lines = reportLines(
      { ...INTACT, errors, moreErrors: 3, unchecked: [10, 11], verifierKey: '' },
      plain,
    );
    expect(lines[0]).toMatch(/^ALTÉRÉ /);
    expect(lines.slice(3)).toEqual([
      '         7  missing-event : événement manquant (7–9)',
      '  … et 3 autres',
      expect.stringMatching(/clôtures invérifiables.*: 10, 11$/),
    ]);
  });

  it('has a sentence for each code', () => {
    for (const [code, sentence] of Object.entries(FINDINGS)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(sentence.length).toBeGreaterThan(8);
    }
    expect(findingLine({ sequence: 0, code: 'no-events', detail: '' })).toContain('aucun événement');
  });
});

describe('the pages of reference', () => {
  const page = (name: string) => readFileSync(join(__dirname, '../../docs/reference', name), 'utf8');
  const codesOf = (text: string) => [...text.matchAll(/^\| `([a-z-]+)` /gm)].map(([, code]) => code);

  it('list every finding, and none that is not', () => {
    expect(codesOf(page('verification.md')).sort()).toEqual(Object.keys(FINDINGS).sort());
  });

  it('list every error of the command line with the code that it ends with', () => {
    const rows = [...page('cli.md').matchAll(/^\| `([a-z-]+)` +\| (\d) /gm)];
    expect(Object.fromEntries(rows.map(([, code, exit]) => [code, Number(exit)]))).toEqual(EXIT_CODES);
  });
});

describe('colours', () => {
  const green = (isTTY: boolean, environment: Record<string, string>) =>
    paintFor({ isTTY }, environment).good('bon');

  it('are for terminals', () => {
    expect(green(true, {})).toBe('\u001b[32mbon\u001b[0m');
    expect(green(false, {})).toBe('bon');
  });

  it('are left out where NO_COLOR is set, whatever to, and where the terminal has none', () => {
    expect(green(true, { NO_COLOR: '1' })).toBe('bon');
    expect(green(true, { NO_COLOR: '' })).toContain('[32m');
    expect(green(true, { TERM: 'dumb' })).toBe('bon');
  });
});
