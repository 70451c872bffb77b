import { readFileSync } from 'node:fs';
import type { Line } from './support';

// The arithmetic of docs/scale.md: measured figures in, tables out. What is assumed of shops and machines stands here
// and is told there.

/** A bakery with 91 tickets before noon in a dataset of real sales, drawn on to a day, with its evening. */
const BAKERY = { perDay: 185 };
/** One shop in five sends sale by sale, as the bakery; the others enter a Z-ticket and what is beside it. */
const MEAN = { perDay: 45, bakeries: 0.2 };
const DAYS = 300;
/** Of a day's events, in its busiest hour; and how much busier than that hour its busiest minutes are. */
const BUSIEST_HOUR = 0.2;
const BUSIEST_MINUTES = 2;
/** A node is a process on two cores; at the busiest moment it may be busy for one of them. */
const NODE_BUDGET = 1_000_000;
const LEAST_NODES = 2;
/** Members of a cluster of EventStoreDB, and of a replica set of MongoDB: each has everything. */
const COPIES = 3;
const FIRMS = [1_000, 100_000, 1_000_000];

const MEBIBYTE = 1024 * 1024;

/** What is measured, by what it is called in the results; in microseconds of processor, bytes and events per second. */
const MEASURED = {
  onNode: { line: /nodes, .* spread/, figure: 'limit processor µs of the node' },
  embedded: { line: /^HTTP, single/, figure: 'processor µs' },
  onNodes: { line: /nodes, .* spread/, figure: 'processor µs of the nodes' },
  inBatch: { line: /batch .* to EventStoreDB/, figure: 'processor µs of the service' },
  projected: { line: /^projection of/, figure: 'processor µs of the projector' },
  documents: { line: /^projection of/, figure: 'documents per event' },
  documentsAlone: { line: /^projection, an event/, figure: 'documents per event' },
  bodies: { line: /^projection of/, figure: 'bytes of bodies per event' },
  ferretdb: { line: /^projection of/, figure: "bytes in the server's files per event" },
  bare: { line: /^projection of/, figure: 'limit/s' },
  sent: { line: /^disk per event that/, figure: 'bytes sent to EventStoreDB, event' },
  checkpoint: { line: /^disk per event that/, figure: 'bytes sent to EventStoreDB, checkpoint' },
  sqliteAlone: { line: /^disk per event that/, figure: 'bytes in events.db' },
  sqlite: { line: /^disk per event$/, figure: 'bytes in events.db' },
  sqliteRead: { line: /^disk per event$/, figure: 'bytes in read.db' },
  busyState: { line: /^state per busy till/, figure: 'heap KiB' },
  smallStates: { line: /companies, warm/, figure: 'states MiB' },
  fold: { line: /^fold of/, figure: 'events/s' },
  rebuild: { line: /^rebuild of/, figure: 'events/s' },
  loads: { line: /companies, cold/, figure: 'loads/s' },
} as const;

const NOT_MEASURED = 'not measured';

type Name = keyof typeof MEASURED;
type Found = Readonly<Record<Name, { readonly value: number; readonly file: string }>>;

/** The tables of docs/scale.md from files of bench/results: of a line that several have, the last one counts. */
export function scaleOfResults(files: readonly string[]): string {
  const found = findAll(files);
  return [...measuredTable(found), '', ...firmsTable(found)].join('\n');
}

/** What no file holds is not a number, and nothing that follows from it is one. */
function findAll(files: readonly string[]): Found {
  const all = files.flatMap((file) => {
    const { lines } = JSON.parse(readFileSync(file, 'utf8')) as { readonly lines: readonly Line[] };
    return lines.map((line) => ({ ...line, file }));
  });
  const entries = Object.entries(MEASURED).map(([name, { line, figure }]) => {
    const last = all.findLast((one) => line.test(one.name) && figure in one.figures);
    if (!last) return [name, { value: NaN, file: NOT_MEASURED }];
    const perCompany = name === 'smallStates' ? Number(/^\d+/.exec(last.name)?.[0]) : 1;
    return [name, { value: Number(last.figures[figure]) / perCompany, file: last.file }];
  });
  return Object.fromEntries(entries) as Found;
}

function measuredTable(found: Found): string[] {
  const rows = (Object.keys(MEASURED) as Name[]).map((name) => {
    const { value, file } = found[name];
    const { figure } = MEASURED[name];
    const each = name === 'smallStates' ? `${figure} per company` : figure;
    return `| ${WORDS[name]} | ${text(value)} | ${each} | \`${nameOf(file)}\` |`;
  });
  return ['| what | measured | figure | results |', '| --- | --- | --- | --- |', ...rows];
}

const WORDS: Readonly<Record<Name, string>> = {
  onNode: 'a sale over HTTP, recorded and folded, one node, µs of processor',
  embedded: 'the same on the embedded engine, by which is reckoned where the one before was not measured',
  onNodes: 'the same on four nodes, all of them together',
  inBatch: 'a sale of an NDJSON stream, recorded and folded',
  projected: 'an event folded into MongoDB, in full pages',
  documents: 'documents written for it, in full pages',
  documentsAlone: 'documents written for it when it comes alone',
  bodies: 'text of the documents of an event, bytes',
  ferretdb: 'the same in FerretDB’s files',
  bare: 'events whose documents the bare driver writes to FerretDB, a second',
  sent: 'an event sent to EventStoreDB, bytes',
  checkpoint: 'the checkpoint of an append',
  sqliteAlone: 'an event in SQLite, appended alone, bytes',
  sqlite: 'an event in SQLite, appended in groups, bytes',
  sqliteRead: 'its read models in SQLite, bytes',
  busyState: 'decision state of a till with 1,000 events a day, KiB',
  smallStates: 'decision state of a company with twenty sales, MiB',
  fold: 'fold of a ledger, events a second',
  rebuild: 'rebuild into SQLite, events a second',
  loads: 'companies loaded from the store, a second',
};

function firmsTable(found: Found): string[] {
  const columns = FIRMS.map((companies) => needsOf(companies, found));
  const names = Object.keys(columns[0] ?? {});
  const rows = names.map((name) => `| ${name} | ${columns.map((needs) => needs[name] ?? '').join(' | ')} |`);
  const head = FIRMS.map((companies) => `${text(companies)} companies`).join(' | ');
  return [`| | ${head} |`, '| --- | --- | --- | --- |', ...rows];
}

function needsOf(companies: number, found: Found): Record<string, string> {
  const of = (name: Name) => found[name].value;
  const perYear = companies * MEAN.perDay * DAYS;
  const peak = (companies * MEAN.perDay * BUSIEST_HOUR * BUSIEST_MINUTES) / 3_600;
  const onNode = Number.isNaN(of('onNode')) ? of('embedded') : of('onNode');
  const following = Math.max(0, (of('onNodes') - onNode) / 3);
  const isKnown = !Number.isNaN(following);
  const { clusters, nodes } = fewestNodes(peak, onNode, isKnown ? following : 0);
  const stored = perYear * (of('sent') + of('checkpoint'));
  const states =
    companies *
    (MEAN.bakeries * of('busyState') * (BAKERY.perDay / 1_000) * 1024 +
      (1 - MEAN.bakeries) * of('smallStates') * MEBIBYTE);
  const foldedPerSecond = 1_000_000 / of('projected');
  return {
    'events a year': text(perYear),
    'events a second, busiest minutes': text(peak),
    'cores that record and fold them': text((peak * onNode) / 1_000_000),
    'share of a core that each node would need to follow all in one cluster': text(
      (peak * following) / 1_000_000,
    ),
    'clusters × nodes of each': `${isKnown ? '' : 'at least '}${text(clusters)} × ${text(nodes)}`,
    'share of a core that a node needs to follow its cluster': text(
      (peak * following) / clusters / 1_000_000,
    ),
    'documents written a second': text(peak * of('documentsAlone')),
    'events and checkpoints, a year, one copy': bytes(stored),
    [`the same in ${COPIES} copies`]: bytes(stored * COPIES),
    [`documents, a year, ${COPIES} copies, as text`]: bytes(perYear * of('bodies') * COPIES),
    'events and read models, a year, on one machine with SQLite': bytes(
      perYear * (of('sqliteAlone') + of('sqliteRead')),
    ),
    'decision states if all are in memory, of all nodes': bytes(states),
    'rebuild of a year, all nodes, by their processors': duration(
      perYear / (foldedPerSecond * clusters * nodes),
    ),
    'rebuild of a year, by the rate of the bare driver': duration(perYear / of('bare')),
    'rebuild of a year on one machine with SQLite': duration(perYear / of('rebuild')),
    'all companies loaded after a restart of all': duration(companies / of('loads')),
  };
}

/**
 * Each node follows what all nodes of its cluster record; what is left of it decides, appends and folds. Of all ways to
 * spread the companies over clusters, the one with the fewest nodes in all.
 */
function fewestNodes(peak: number, onNode: number, following: number) {
  if (Number.isNaN(onNode)) return { clusters: NaN, nodes: NaN };
  let fewest = { clusters: 1, nodes: Infinity };
  for (let clusters = 1; clusters * LEAST_NODES < fewest.clusters * fewest.nodes; clusters += 1) {
    const left = NODE_BUDGET - (peak / clusters) * following;
    if (left <= 0) continue;
    const nodes = Math.max(LEAST_NODES, Math.ceil(((peak / clusters) * onNode) / left));
    if (clusters * nodes < fewest.clusters * fewest.nodes) fewest = { clusters, nodes };
  }
  return fewest;
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

/** Three digits are as many as are known. */
function text(value: number): string {
  if (Number.isNaN(value)) return NOT_MEASURED;
  return Number(value.toPrecision(value < 1_000 ? 3 : 4)).toLocaleString('en-US', {
    maximumFractionDigits: 4,
  });
}

function bytes(value: number): string {
  if (Number.isNaN(value)) return NOT_MEASURED;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${text(value / 1000 ** power)} ${units[power] ?? ''}`;
}

function duration(seconds: number): string {
  if (Number.isNaN(seconds)) return NOT_MEASURED;
  if (seconds < 120) return `${text(seconds)} s`;
  if (seconds < 7_200) return `${text(seconds / 60)} min`;
  return seconds < 172_800 ? `${text(seconds / 3_600)} h` : `${text(seconds / 86_400)} days`;
}
