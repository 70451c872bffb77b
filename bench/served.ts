import { type Book, type Books, LAST_DAY, OPEN_DAY } from './book';
import { projectBook } from './reading';
import { Client, folded, type Running, signIn, startService } from './service';
import { type Line, median, percentile, round, saleBody, type Scale, timed } from './support';

/** Reads that a shop does all day; of days that are equal in every book. */
const READS = [
  { name: 'day sheet', path: `/tills/T1/days/${LAST_DAY}` },
  { name: 'journal page', path: `/journal?till=T1&from=${LAST_DAY}&to=${LAST_DAY}&limit=100` },
  { name: 'month synthesis', path: `/syntheses/month/${LAST_DAY.slice(0, 7)}` },
] as const;

const WARM_UP = 30;

/** Whether reading becomes slower as a ledger grows: the same requests to two services in turn. */
export async function readLines({ reads }: Scale, books: Books): Promise<Line[]> {
  const [large, small] = [await books.large(), await books.small()];
  const running: Served[] = [];
  try {
    for (const book of [large, small]) running.push(await serve(book));
    const [ours, limit] = running as [Served, Served];
    const lines: Line[] = [];
    for (const { name, path } of READS) {
      await latenciesOf([ours, limit], path, WARM_UP);
      const [mine, theirs] = (await latenciesOf([ours, limit], path, reads)) as [number[], number[]];
      lines.push({
        name: `${name} at ${large.events} events`,
        limit: `the same at ${small.events}`,
        ratio: percentile(theirs, 0.5) / percentile(mine, 0.5),
        reach: 0.5,
        sense: 'least',
        figures: {
          'p50 ms': round(percentile(mine, 0.5)),
          'p99 ms': round(percentile(mine, 0.99)),
          'limit p50 ms': round(percentile(theirs, 0.5)),
          'limit p99 ms': round(percentile(theirs, 0.99)),
        },
      });
    }
    return lines;
  } finally {
    for (const { stop } of running) await stop();
  }
}

type Served = { readonly client: Client; readonly company: string; readonly stop: () => Promise<void> };

async function serve(book: Book): Promise<Served> {
  await projectBook(book);
  const service = await startService(book.root);
  const client = new Client(service.url, 1);
  const stop = async () => {
    client.close();
    await service.stop();
  };
  try {
    await signIn(client);
  } catch (error) {
    await stop();
    throw error;
  }
  return { client, company: `/v1/companies/${book.ledger}`, stop };
}

/** Milliseconds of each request, the services in turn. */
async function latenciesOf(services: readonly Served[], path: string, count: number): Promise<number[][]> {
  const latencies: number[][] = services.map(() => []);
  for (let turn = 0; turn < count; turn += 1) {
    for (const [index, { client, company }] of services.entries())
      latencies[index]?.push(await timed(() => client.send('GET', `${company}${path}`)));
  }
  return latencies;
}

type Start = { readonly written: number; readonly read: number };

/** How long a service with a full ledger takes from its start until it records and can read what it recorded. */
export async function startLines({ runs }: Scale, books: Books): Promise<Line[]> {
  const [large, empty] = [await books.large(), await books.empty()];
  const tokens = new Map<Book, string>();
  for (const book of [large, empty]) tokens.set(book, await tokenOf(book));
  const ours: Start[] = [];
  const limit: Start[] = [];
  for (let run = 0; run < runs; run += 1) {
    ours.push(await start(large, tokens.get(large) ?? ''));
    limit.push(await start(empty, tokens.get(empty) ?? ''));
  }
  const line = (name: string, of: (start: Start) => number): Line => ({
    name: `start to ${name}, ${large.events} events`,
    limit: 'the same with none',
    ratio: median(ours.map(of)) / median(limit.map(of)),
    reach: 2,
    sense: 'most',
    figures: {
      'p50 ms': Math.round(median(ours.map(of))),
      'limit p50 ms': Math.round(median(limit.map(of))),
      'slowest ms': Math.round(Math.max(...ours.map(of))),
    },
  });
  return [
    line('first accepted write', ({ written }) => written),
    line('first read after it', ({ read }) => read),
  ];
}

/** Signs in, with the read models level: what a service leaves behind when it is stopped. */
async function tokenOf(book: Book): Promise<string> {
  await projectBook(book);
  const service = await startService(book.root);
  const client = new Client(service.url, 1);
  try {
    return await signIn(client);
  } finally {
    client.close();
    await service.stop();
  }
}

/** Milliseconds from the spawn of the process. */
async function start(book: Book, token: string): Promise<Start> {
  const body = JSON.stringify(saleBody(0, OPEN_DAY));
  const company = `/v1/companies/${book.ledger}`;
  const begun = performance.now();
  let service: Running | null = null;
  let client: Client | null = null;
  try {
    service = await startService(book.root);
    client = new Client(service.url, 1);
    client.bearer(token);
    const { text } = await client.send('POST', `${company}/entries`, body);
    const written = performance.now() - begun;
    const { sequence } = JSON.parse(text) as { sequence: number };
    await folded(client, company, OPEN_DAY, sequence);
    return { written, read: performance.now() - begun };
  } finally {
    client?.close();
    await service?.stop();
  }
}
