import { binaryEvent, EventStoreDBClient, NO_STREAM } from '@eventstore/db-client';
import { openEventStore } from '../src/adapters/engines';
import { NDJSON_TYPE } from '../src/platform/http/json-body';
import type { StoredEvent } from '../src/ports/event-store';
import { remoteEngines, type RemoteServer, startEventStoreDb } from './remote-servers';
import { Client, folded, openCompany, type RunningService, signIn, startService } from './service';
import { folder, interleaved, type Line, processorTimeOf, saleBody, type Scale } from './support';

const DATE = '2026-03-14';
const GROUP = 1_000;
const FULL = { runs: 5, sales: 20_000, warmUp: 20_000 };
const QUICK = { runs: 1, sales: 2_000, warmUp: 200 };

/** Microseconds of processor of both sides' processes until all is folded, and for how many events. */
type Taken = { service: number; server: number; bareServer: number; events: number };

/**
 * One stream of sales over HTTP to a service whose events go to the server, against a bare client that appends the same
 * bytes, in groups of a thousand, to the same server. Read models are embedded: documents are another line's matter.
 */
export async function remoteBatchLines({ quick }: Scale): Promise<Line[]> {
  const { runs, sales, warmUp } = quick ? QUICK : FULL;
  const server = await startEventStoreDb();
  const bare = new BareClient(server.address);
  let service: RunningService | null = null;
  let client: Client | null = null;
  try {
    service = await startService(folder('remote-batch'), { CAISSE_EVENT_STORE: server.address });
    client = new Client(service.url, 2);
    await signIn(client);
    const sender = new Sender(client, service, server);
    await bare.append(await sender.send(warmUp));
    const taken: Taken = { service: 0, server: 0, bareServer: 0, events: 0 };
    let events = await sender.send(warmUp);
    const rates = await interleaved(
      runs,
      async () => {
        events = await sender.send(sales, taken);
        return sender.perSecond;
      },
      async () => {
        const before = server.processorTime();
        const perSecond = await bare.append(events);
        taken.bareServer += (server.processorTime() - before) / events.length;
        return perSecond;
      },
    );
    return [lineOf(sales, rates, taken, runs)];
  } finally {
    client?.close();
    await service?.stop();
    await bare.close();
    await server.stop();
  }
}

function lineOf(
  sales: number,
  rates: { readonly ours: number; readonly limit: number },
  { service, server, bareServer, events }: Taken,
  runs: number,
): Line {
  return {
    name: `HTTP, NDJSON batch of ${sales} sales, to EventStoreDB`,
    limit: 'bare client, the same bytes to the same server in groups of 1,000',
    ratio: rates.ours / rates.limit,
    reach: 0.5,
    sense: 'least',
    figures: {
      'sales/s': Math.round(rates.ours),
      'limit/s': Math.round(rates.limit),
      'processor µs of the service': Math.round(service / events),
      'of the server': Math.round(server / events),
      'of the server for the bare client': Math.round(bareServer / runs),
      engines: remoteEngines(),
    },
  };
}

/** Sends streams of sales, each to a new company, and reads back what they have become. */
class Sender {
  /** Of the last stream. */
  perSecond = 0;
  private companies = 0;

  constructor(
    private readonly client: Client,
    private readonly service: RunningService,
    private readonly server: RemoteServer,
  ) {}

  async send(count: number, taken?: Taken): Promise<StoredEvent[]> {
    const company = await openCompany(this.client, this.companies++);
    const lines = Array.from({ length: count }, (_, at) => JSON.stringify(saleBody(at, DATE)));
    const [service, server] = [processorTimeOf(this.service.pid) ?? 0, this.server.processorTime()];
    const start = performance.now();
    const body = `${lines.join('\n')}\n`;
    const { text } = await this.client.send('POST', `${company}/entries/batch`, body, NDJSON_TYPE);
    this.perSecond = (count / (performance.now() - start)) * 1000;
    const results = text.trimEnd().split('\n');
    const last = JSON.parse(results.at(-1) ?? '{}') as { status?: string; sequence?: number };
    if (results.length !== count || last.status !== 'recorded' || last.sequence === undefined)
      throw new Error(`of ${count} sales ${results.length} were answered, the last: ${results.at(-1)}`);
    // The next side begins once nothing is folded any more.
    await folded(this.client, company, DATE, last.sequence);
    if (taken) {
      taken.service += (processorTimeOf(this.service.pid) ?? 0) - service;
      taken.server += this.server.processorTime() - server;
      taken.events += count;
    }
    return this.read(company.slice(company.lastIndexOf('/') + 1));
  }

  private async read(ledger: string): Promise<StoredEvent[]> {
    const store = await openEventStore({ engine: 'eventstoredb', connectionString: this.server.address });
    try {
      const events: StoredEvent[] = [];
      for (;;) {
        const page = await store.read(ledger, events.length + 1, GROUP);
        events.push(...page);
        if (page.length < GROUP) return events;
      }
    } finally {
      await store.close();
    }
  }
}

/** The package's own client, as anybody would use it: a group, its answer, the next group. */
class BareClient {
  private readonly client: EventStoreDBClient;
  private streams = 0;

  constructor(address: string) {
    this.client = EventStoreDBClient.connectionString(address);
  }

  /** Answers events per second. */
  async append(stored: readonly StoredEvent[]): Promise<number> {
    this.streams += 1;
    const stream = `bare-${Date.now()}-${this.streams}`;
    const events = stored.map(({ text, hash }) =>
      binaryEvent({
        id: hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
        type: 'fact',
        data: Buffer.from(text),
        metadata: Buffer.from(`{"hash":"${hash}"}`),
      }),
    );
    const start = performance.now();
    for (let from = 0; from < events.length; from += GROUP) {
      const expectedRevision = from === 0 ? NO_STREAM : BigInt(from - 1);
      await this.client.appendToStream(stream, events.slice(from, from + GROUP), { expectedRevision });
    }
    return (events.length / (performance.now() - start)) * 1000;
  }

  close(): Promise<void> {
    return this.client.dispose();
  }
}
