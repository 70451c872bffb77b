import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ledger = resolve(__dirname, '../../src/ledger');
const capabilities = readdirSync(ledger, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const read = (capability: string, file: string) => {
  const path = join(ledger, capability, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name);

describe.each(capabilities)('src/ledger/%s', (capability) => {
  const described = read(capability, 'README.md');
  const entries = namesIn(read(capability, 'entry.ts'), /type: z\.literal\('([a-z-]+)'\)/g);
  const events = namesIn(read(capability, 'events.ts'), /defineEvent\(\s*'(\w+)'/g);

  it('says in its README what it is, in a title with the French words', () => {
    expect(described).toMatch(/^# [A-Z].* \(.+\)\n\n\S/);
  });

  it('names each of its entries and events there, and defines at least one event', () => {
    const missing = [...entries, ...events].filter((name) => !described.includes(`\`${name}\``));
    expect(missing).toEqual([]);
    expect(events).not.toEqual([]);
  });
});

describe('the capabilities', () => {
  it('are all known to the records of entries and events', () => {
    const everyEvent = capabilities.flatMap((name) =>
      namesIn(read(name, 'events.ts'), /defineEvent\(\s*'(\w+)'/g),
    );
    const table = readFileSync(join(ledger, 'events.ts'), 'utf8');
    expect(everyEvent.filter((name) => !new RegExp(`\\b${name}\\b`).test(table))).toEqual([]);
  });
});
