import { Chance } from '../../support/chance';
import type { Fault as StoreFault, FaultKind } from '../../support/eventstoredb-double/faults';
import type { Fate as DatabaseFate } from '../../support/mongodb-proxy';
import { type EntryBody, Story } from './story';

/** `embedded`: one node on SQLite. `servers`: one to four nodes on one event store and one MongoDB. */
export type Family = 'embedded' | 'servers';

/**
 * What becomes of the first attempt at a request: `twice` arrives two times, `cut` is sent and its connection closed,
 * `half` ends in the middle of its body, `unheard` is carried out and its answer not read, `slow` trickles in.
 */
export type RequestFate = 'answered' | 'twice' | 'cut' | 'half' | 'unheard' | 'slow';

/** `single` sends its entries one by one; the others send them together. */
export type Shape = 'single' | 'batch' | 'atomic' | 'lines';

export type Request = {
  readonly shape: Shape;
  readonly entries: readonly EntryBody[];
  /** The node that it is sent to first. */
  readonly node: number;
  readonly fate: RequestFate;
};

/** Durations are in milliseconds. `node` counts from 0. */
export type Fault =
  | { readonly kind: 'kill'; readonly node: number; readonly downMs: number }
  | { readonly kind: 'stop'; readonly node: number }
  | { readonly kind: 'pause'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'clock'; readonly node: number; readonly offsetMs: number }
  | { readonly kind: 'cut-clients'; readonly node: number }
  | { readonly kind: 'disk'; readonly leaving: number; readonly forMs: number }
  | { readonly kind: 'store'; readonly fault: StoreFault }
  | { readonly kind: 'leader' }
  | { readonly kind: 'no-leader'; readonly forMs: number }
  | { readonly kind: 'cut-subscriptions' }
  | { readonly kind: 'database'; readonly fate: DatabaseFate; readonly times: number }
  | { readonly kind: 'cut-database' }
  | { readonly kind: 'database-away'; readonly forMs: number };

/** It happens when so many requests have been begun, by all clients together. */
export type Planned = { readonly at: number; readonly fault: Fault };

export type Schedule = {
  readonly seed: number;
  readonly family: Family;
  readonly nodes: number;
  /** One list per client, sent one after the other; clients do so beside each other. */
  readonly clients: readonly (readonly Request[])[];
  readonly faults: readonly Planned[];
  /** One per node, when all is well again. */
  readonly farewell: readonly EntryBody[];
};

export type ScheduleOptions = { readonly nodes?: number | undefined; readonly family?: Family | undefined };

/** Those before it are as they were when they found something: what was added since begins here. */
const FIRST_WITH_OUTAGES = 5_000;

const HOUR_MS = 3_600_000;
const MEBIBYTE = 1024 * 1024;

/** Everything that a run does of its own accord, drawn from its seed. The same seed is the same schedule. */
export function scheduleOf(seed: number, { nodes, family }: ScheduleOptions = {}): Schedule {
  const chance = new Chance(seed);
  const drawn = chance.maybe(0.4) ? 'embedded' : 'servers';
  const drawnNodes = chance.weighted([
    [2, 1],
    [4, 2],
    [2, 3],
    [1, 4],
  ]);
  const chosen = family ?? (nodes !== undefined && nodes > 1 ? 'servers' : drawn);
  const count = chosen === 'embedded' ? 1 : (nodes ?? drawnNodes);
  const story = new Story(chance);
  const clients = clientsOf(chance, story, count);
  const requests = clients.reduce((sum, list) => sum + list.length, 0);
  return {
    seed,
    family: chosen,
    nodes: count,
    clients,
    faults: [...faultsOf(chance, chosen, count, requests), ...outagesOf(seed, chosen, requests)].sort(
      (left, right) => left.at - right.at,
    ),
    farewell: Array.from({ length: count }, () => ({ ...story.plainSale('T1'), businessDate: '2021-02-01' })),
  };
}

/** Clients take turns in the story, so that what they race for lies at about the same place of their lists. */
function clientsOf(chance: Chance, story: Story, nodes: number): Request[][] {
  const clients = Array.from({ length: chance.between(2, 4) }, (): Request[] => []);
  const rounds = chance.between(12, 22);
  for (let round = 0; round < rounds; round += 1) {
    story.goOn(round / rounds);
    for (const [index, list] of clients.entries()) list.push(requestOf(chance, story, index % nodes, nodes));
  }
  return clients;
}

function requestOf(chance: Chance, story: Story, home: number, nodes: number): Request {
  const shape = chance.weighted<Shape>([
    [5, 'single'],
    [2, 'batch'],
    [2, 'atomic'],
    [1.5, 'lines'],
  ]);
  const most = shape === 'single' ? 1 : chance.between(2, shape === 'lines' ? 12 : 7);
  const entries: EntryBody[] = [];
  while (entries.length < most) entries.push(...story.next());
  const fate = chance.weighted<RequestFate>([
    [14, 'answered'],
    [2, 'twice'],
    [1, 'cut'],
    [1, 'half'],
    [1.5, 'unheard'],
    [0.5, 'slow'],
  ]);
  return { shape, entries, node: chance.maybe(0.7) ? home : chance.below(nodes), fate };
}

/** Starting a node takes longer than everything else together: beyond so many ends, a node is paused instead. */
function faultsOf(chance: Chance, family: Family, nodes: number, requests: number): Planned[] {
  const planned: Planned[] = [];
  const count = chance.between(3, family === 'embedded' ? 7 : 10);
  let ends = chance.weighted([
    [3, 0],
    [5, 1],
    [2, 2],
  ]);
  for (let index = 0; index < count; index += 1) {
    const drawn = family === 'embedded' ? embeddedFault(chance) : serversFault(chance, nodes);
    const isEnd = drawn.kind === 'kill' || drawn.kind === 'stop';
    if (isEnd) ends -= 1;
    const fault: Fault =
      isEnd && ends < 0 ? { kind: 'pause', node: drawn.node, forMs: chance.between(50, 600) } : drawn;
    planned.push({ at: chance.between(1, requests), fault });
  }
  return planned;
}

/** Servers that are away for seconds, by a chance of their own. */
function outagesOf(seed: number, family: Family, requests: number): Planned[] {
  if (seed < FIRST_WITH_OUTAGES || family === 'embedded') return [];
  const chance = new Chance(-seed);
  return Array.from({ length: chance.between(0, 2) }, () => ({
    at: chance.between(1, requests),
    fault: chance.maybe(0.5)
      ? { kind: 'no-leader', forMs: chance.between(100, 4_000) }
      : { kind: 'database-away', forMs: chance.between(100, 8_000) },
  }));
}

function nodeFault(chance: Chance, node: number, longestPause: number): Fault {
  return chance.weighted<() => Fault>([
    [3, () => ({ kind: 'kill', node, downMs: chance.between(0, 300) })],
    [1, () => ({ kind: 'stop', node })],
    [2, () => ({ kind: 'pause', node, forMs: chance.between(50, longestPause) })],
    [2, () => ({ kind: 'clock', node, offsetMs: chance.pick(CLOCK_JUMPS) })],
    [2, () => ({ kind: 'cut-clients', node })],
  ])();
}

/** From a correction by NTP to somebody who set the wrong day. */
const CLOCK_JUMPS = [-40 * HOUR_MS, -HOUR_MS, -6_000, -900, 700, 30_000, 2 * HOUR_MS, 50 * HOUR_MS];

function embeddedFault(chance: Chance): Fault {
  if (chance.maybe(0.75)) return nodeFault(chance, 0, 900);
  return {
    kind: 'disk',
    leaving: chance.pick([0, 16 * 1024, MEBIBYTE / 4]),
    forMs: chance.between(100, 700),
  };
}

function serversFault(chance: Chance, nodes: number): Fault {
  return chance.weighted<() => Fault>([
    [4, () => nodeFault(chance, chance.below(nodes), 1500)],
    [5, () => ({ kind: 'store', fault: storeFault(chance) })],
    [1, () => ({ kind: 'leader' })],
    [1, () => ({ kind: 'cut-subscriptions' })],
    [1.5, () => ({ kind: 'database', fate: chance.pick(['lost', 'refused']), times: chance.between(1, 3) })],
    [1, () => ({ kind: 'cut-database' })],
  ])();
}

function storeFault(chance: Chance): StoreFault {
  const times = chance.between(1, 3);
  const later = (): FaultKind => ({ delay: chance.between(20, 400) });
  return chance.weighted<() => StoreFault>([
    [2, () => ({ on: 'append', kind: 'lose-answer', times })],
    [2, () => ({ on: 'append', kind: 'timeout-written', times })],
    [1, () => ({ on: 'append', kind: 'timeout', times })],
    [1, () => ({ on: 'append', kind: 'cut', times })],
    [1, () => ({ on: 'append', kind: 'busy', times })],
    [2, () => ({ on: 'append', kind: 'answer-twice', times })],
    [2, () => ({ on: 'append', kind: later(), times })],
    [0.2, () => ({ on: 'append', kind: chance.pick(['drop', 'swallow-answer']) })],
    [1, () => ({ on: 'read', kind: chance.pick(['cut', 'busy', 'timeout', 'answer-twice']), times })],
    [1, () => ({ on: 'read', kind: later(), times })],
    [1, () => ({ on: 'subscribe', kind: chance.pick(['cut', 'busy']), times })],
    [1, () => ({ on: 'event', kind: chance.pick(['skip-event', 'answer-twice']), times })],
  ])();
}

/** What a failure prints: each fault and the requests that it came after. */
export function described({ seed, family, nodes, clients, faults }: Schedule): string {
  const requests = clients.reduce((sum, list) => sum + list.length, 0);
  const entries = clients.flat().reduce((sum, request) => sum + request.entries.length, 0);
  return [
    `seed ${seed}: ${family}, ${nodes} node(s), ${clients.length} clients, ${requests} requests, ${entries} entries`,
    ...faults.map(({ at, fault }) => `  at request ${at}: ${JSON.stringify(fault)}`),
  ].join('\n');
}
