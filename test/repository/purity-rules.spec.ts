import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const pureFile = 'src/kernel/money.ts';
const shellFile = 'src/platform/compiled.ts';

type Planted = { what: string; text: string; file: string; rules: string[] };

const planted: Planted[] = [
  ['the clock', 'export const now = () => new Date();', 'no-restricted-syntax'],
  ['the clock in milliseconds', 'export const now = () => Date.now();', 'no-restricted-properties'],
  ['chance', 'export const dice = () => Math.random();', 'no-restricted-properties'],
  ['the environment', 'export const home = () => process.env;', 'no-restricted-globals'],
  ['a timer', 'export const later = () => setTimeout(() => 1, 1);', 'no-restricted-globals'],
  ['the network', 'export const ask = () => fetch("https://example.org");', 'no-restricted-globals'],
  ['waiting', 'export const wait = async (n: Promise<number>) => (await n) + 1;', 'no-restricted-syntax'],
].map(([what = '', text = '', rule = '']) => ({ what, text, file: pureFile, rules: [rule] }));

const allowed: Planted[] = [
  {
    what: 'a pure function',
    text: 'export const twice = (n: number) => n * 2;',
    file: pureFile,
    rules: [],
  },
  {
    what: 'the clock in the shell',
    text: 'export const now = () => new Date();',
    file: shellFile,
    rules: [],
  },
];

/** The linter's configuration is an ES module, which Jest cannot load: a process of its own lints all texts. */
const linter = `
const { ESLint } = require('eslint');
const lint = async ({ text, file }) => {
  const [result] = await new ESLint().lintText(text + '\\n', { filePath: file });
  return result.messages.map(({ ruleId }) => ruleId);
};
const texts = JSON.parse(process.argv[1]);
Promise.all(texts.map(lint)).then((answers) => console.log(JSON.stringify(answers)));
`;

describe('the linter keeps the domain pure', () => {
  const all = [...planted, ...allowed];
  let broken: string[][];

  beforeAll(() => {
    const answer = execFileSync(process.execPath, ['-e', linter, JSON.stringify(all)], {
      cwd: root,
      encoding: 'utf8',
    });
    broken = JSON.parse(answer) as string[][];
  });

  it.each(planted)('refuses $what', (violation) => {
    expect(broken[all.indexOf(violation)]).toEqual(violation.rules);
  });

  it.each(allowed)('lets $what pass', (text) => {
    expect(broken[all.indexOf(text)]).toEqual([]);
  });
});
