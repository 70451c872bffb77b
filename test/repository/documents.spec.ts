import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const decisions = join(root, 'docs/decisions');
const read = (file: string) => readFileSync(file, 'utf8');

/** Markdown files of the project, not of what it installed or made. */
function documents(): string[] {
  const ours = ['docs', 'src', 'projections', 'test', 'bench'].filter((name) => existsSync(join(root, name)));
  const below = ours.flatMap((name) =>
    readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(root, name, file),
    ),
  );
  const atTheRoot = readdirSync(root).map((file) => join(root, file));
  return [...atTheRoot, ...below].filter((file) => file.endsWith('.md'));
}

/** Targets of links that stay in the repository, without their fragments. */
function localLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

describe('the documents', () => {
  it.each(documents().map((file) => [file.slice(root.length + 1), file]))(
    '%s links to files that exist',
    (_name, file) => {
      const missing = localLinks(read(file)).filter((link) => !existsSync(resolve(dirname(file), link)));
      expect(missing).toEqual([]);
    },
  );
});

describe('the decision records', () => {
  const records = readdirSync(decisions).filter((file) => /^\d{4}-[a-z-]+[.]md$/.test(file));

  it('are numbered without a gap', () => {
    expect(records.map((file) => Number(file.slice(0, 4)))).toEqual(records.map((_file, index) => index + 1));
  });

  it('are all listed, under their own titles', () => {
    const listed = [...read(join(decisions, 'README.md')).matchAll(/\[(\d{4})\]\((.+?)\) +\| (.+?) +\|/g)];
    const titles = records.map((file) => {
      const [, number, title] = /^# (\d{4}) (.+)$/m.exec(read(join(decisions, file))) ?? [];
      return [number, basename(file), title];
    });
    expect(listed.map(([, ...row]) => row)).toEqual(titles);
  });

  it.each(records)('%s has context, options, decision and consequences', (file) => {
    const headings = [...read(join(decisions, file)).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Context', 'Options', 'Decision', 'Consequences']);
  });
});
