import { Installation } from './installation';
import { type Lane, Lanes, type LanesResult } from './lanes';
import { remoteEngines } from './remote-servers';
import {
  interleaved,
  type Line,
  median,
  percentile,
  processorTimeOf,
  round,
  type Scale,
  timed,
} from './support';

const DATE = '2026-03-14';
const NODES = 4;
const CONNECTIONS = 64;
/**
 * `warm`: sales that each process has recorded before any is counted. `asked`: so many companies are asked whether they are folded;
 * whoever folds a share of them is among those asked.
 */
const FULL = { runs: 5, companies: 1_000, warm: 5_000, milliseconds: 4_000, asked: 32 };
const QUICK = { runs: 1, companies: 16, warm: 20, milliseconds: 500, asked: 16 };

/** A machine on which it takes longer until the processes are warm is none to measure on. */
const WARM_WITHIN_MS = 600_000;

/** How long a lease of the read models lasts, in milliseconds. */
const LEASE_MS = 5_000;
/** Everything within a fraction of a lease was folded by a node that is still there. */
const UNTOUCHED = 0.25;
/** A node that is served less than this share of what the others are, is starved. */
const FAIR_SHARE = 0.25;

type Sides = { readonly four: Installation; readonly one: Installation; readonly clients: Lanes };
type Sizes = typeof FULL;

/** Four nodes on the two cores that one node has as well: what they cost, not what they gain. */
export async function nodeLines({ quick }: Scale): Promise<Line[]> {
  const sizes = quick ? QUICK : FULL;
  const clients = new Lanes();
  const started: Installation[] = [];
  try {
    const four = await Installation.start(NODES);
    started.push(four);
    const one = await Installation.start(1);
    started.push(one);
    const sides = { four, one, clients };
    for (const installation of started) await installation.openCompanies(sizes.companies);
    return [await spreadLine(sides, sizes), ...(await hotTillLines(sides, sizes))];
  } finally {
    await clients.stop();
    for (const installation of started) await installation.stop();
  }
}

/** Who folds when a node is gone, and how soon. */
export async function takeoverLines({ quick }: Scale): Promise<Line[]> {
  const sizes = quick ? QUICK : FULL;
  const four = await Installation.start(NODES);
  try {
    await four.openCompanies(sizes.asked);
    return [await takeoverLine(four, sizes)];
  } finally {
    await four.stop();
  }
}

/** What one side did in all its runs. */
type Done = {
  readonly latencies: number[][];
  readonly nodes: number[];
  readonly servers: number[];
  /** Milliseconds after each run until its sales could be read. */
  readonly level: number[];
};

function nothingDone(lanes: number): Done {
  return { latencies: Array.from({ length: lanes }, () => []), nodes: [], servers: [], level: [] };
}

/**
 * Code becomes fast by being run, not by time: each of four processes has a quarter of the sales of a second, and the one has
 * all of them. So many for each make them alike, on a slow machine too.
 */
async function warmUp(
  { clients }: Sides,
  side: Installation,
  lanes: readonly Lane[],
  sizes: Sizes,
): Promise<void> {
  const { warm, milliseconds, asked } = sizes;
  const { token } = side;
  const until = performance.now() + WARM_WITHIN_MS;
  const recorded = lanes.map(() => 0);
  while (Math.min(...recorded) < warm) {
    if (performance.now() > until) throw new Error(`no ${warm} sales at each node in ${WARM_WITHIN_MS} ms`);
    const { latencies } = await clients.run({ lanes, token, date: DATE, milliseconds });
    latencies.forEach((some, lane) => (recorded[lane] = (recorded[lane] ?? 0) + some.length));
  }
  await side.level(asked);
}

/** One run of a side, and the rest until its read models are level; answers sales per second. */
async function load(
  { clients }: Sides,
  installation: Installation,
  lanes: readonly Lane[],
  { milliseconds, asked }: Sizes,
  done: Done,
): Promise<number> {
  const before = processorOf(installation);
  const servers = installation.processorTime();
  const order = { lanes, token: installation.token, date: DATE, milliseconds };
  const result: LanesResult = await clients.run(order);
  result.latencies.forEach((some, lane) => done.latencies[lane]?.push(...some));
  const sales = result.latencies.flat().length;
  // What was recorded is folded before it is counted what it cost.
  done.level.push(await timed(() => installation.level(asked)));
  done.nodes.push((processorOf(installation) - before) / (sales + asked));
  done.servers.push((installation.processorTime() - servers) / (sales + asked));
  return (sales / result.elapsed) * 1000;
}

function processorOf({ nodes }: Installation): number {
  return nodes.reduce((sum, { service }) => sum + (processorTimeOf(service.pid) ?? 0), 0);
}

async function spreadLine(sides: Sides, sizes: Sizes): Promise<Line> {
  const { runs, companies } = sizes;
  const { four, one } = sides;
  const run = (side: Installation, done: Done) => load(sides, side, side.spread(CONNECTIONS), sizes, done);
  for (const side of [four, one]) await warmUp(sides, side, side.spread(CONNECTIONS), sizes);
  const [ours, limit] = [nothingDone(NODES), nothingDone(1)];
  const rates = await interleaved(
    runs,
    () => run(four, ours),
    () => run(one, limit),
  );
  return {
    name: `${NODES} nodes, ${companies} companies spread, ${CONNECTIONS} connections`,
    limit: '1 node on the same cores',
    ratio: rates.ours / rates.limit,
    reach: 0.8,
    sense: 'least',
    figures: {
      'sales/s': Math.round(rates.ours),
      'limit/s': Math.round(rates.limit),
      ...figuresOf(ours, limit),
      engines: remoteEngines(),
    },
  };
}

function figuresOf(ours: Done, limit: Done): Line['figures'] {
  const [mine, theirs] = [ours.latencies.flat(), limit.latencies.flat()];
  return {
    'p50 ms': round(percentile(mine, 0.5)),
    'p99 ms': round(percentile(mine, 0.99)),
    'limit p50 ms': round(percentile(theirs, 0.5)),
    'limit p99 ms': round(percentile(theirs, 0.99)),
    'ms until level': Math.round(median(ours.level)),
    'limit ms until level': Math.round(median(limit.level)),
    'processor µs of the nodes': Math.round(median(ours.nodes)),
    'limit processor µs of the node': Math.round(median(limit.nodes)),
    'processor µs of the servers': Math.round(median(ours.servers)),
    'limit processor µs of the servers': Math.round(median(limit.servers)),
  };
}

/** Everybody at one till, which is a new one for each run and known to every node; then how the nodes shared it. */
async function hotTillLines(sides: Sides, sizes: Sizes): Promise<Line[]> {
  const { four, one } = sides;
  const crowd = async (side: Installation) => side.crowd(await side.newKnownCompany(), CONNECTIONS);
  const run = async (side: Installation, done: Done) => load(sides, side, await crowd(side), sizes, done);
  // Writers that lose to each other are another path than those that do not.
  for (const side of [four, one])
    await warmUp(sides, side, await crowd(side), { ...sizes, warm: sizes.warm / 10 });
  const [ours, limit] = [nothingDone(NODES), nothingDone(1)];
  const rates = await interleaved(
    sizes.runs,
    () => run(four, ours),
    () => run(one, limit),
  );
  const counts = ours.latencies.map((some) => some.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return [
    {
      name: `${NODES} nodes, one hot till, ${CONNECTIONS} connections`,
      limit: '1 node on the same cores',
      ratio: rates.ours / rates.limit,
      reach: 0.3,
      sense: 'least',
      figures: {
        'sales/s': Math.round(rates.ours),
        'limit/s': Math.round(rates.limit),
        ...figuresOf(ours, limit),
      },
    },
    {
      name: `${NODES} nodes, one hot till: the node that is served least`,
      limit: 'an equal share',
      ratio: (Math.min(...counts) * NODES) / total,
      reach: FAIR_SHARE,
      sense: 'least',
      figures: {
        'sales of each': counts.join(' + '),
        'p99 ms of each': ours.latencies.map((some) => round(percentile(some, 0.99))).join(' / '),
        'slowest ms': round(Math.max(...ours.latencies.flat())),
      },
    },
  ];
}

/**
 * From the end of a node until sales that were recorded after it can be read, on the others, whoever folds them. Nodes
 * are killed one after the other; one that had folded nothing is not missed and does not count.
 */
async function takeoverLine(four: Installation, { runs, asked }: Sizes): Promise<Line> {
  const taken: number[] = [];
  while (four.nodes.length > 1 && taken.length < runs) {
    await four.level(asked);
    const elapsed = await timed(async () => {
      await four.killFirst();
      await four.level(asked);
    });
    if (elapsed > LEASE_MS * UNTOUCHED) taken.push(elapsed);
  }
  if (taken.length === 0) throw new Error('no node that was killed had folded anything');
  return {
    name: 'takeover of the read models after a killed node',
    limit: 'their lease',
    ratio: median(taken) / LEASE_MS,
    reach: 1.5,
    sense: 'most',
    figures: {
      'p50 ms': Math.round(median(taken)),
      'slowest ms': Math.round(Math.max(...taken)),
      'lease ms': LEASE_MS,
      kills: taken.length,
    },
  };
}
