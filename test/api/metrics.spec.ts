import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TROUBLES } from '../../src/platform/troubles';
import {
  aSale,
  type Client,
  endServices,
  newFolder,
  openCompany,
  removeFolders,
  type ServiceProcess,
  signIn,
  startService,
} from '../support/service';

type Metric = {
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: ReadonlyMap<string, number>;
};

/** Reads Prometheus' text format, version 0.0.4, as far as the service writes it. */
function parsed(text: string): ReadonlyMap<string, Metric> {
  const metrics = new Map<string, Metric>();
  for (const block of text.split(/\n(?=# HELP )/)) {
    const [, name = '', help = ''] = /^# HELP (\S+) (.*)$/m.exec(block) ?? [];
    const [, type = ''] = /^# TYPE \S+ (\S+)$/m.exec(block) ?? [];
    const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const samples = lines.map((line): [string, number] => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    });
    const labels = new Set(
      samples.flatMap(([sample]) => [...sample.matchAll(/(\w+)="/g)].map(([, label = '']) => label)),
    );
    // The limit of a bucket belongs to the type.
    labels.delete('le');
    metrics.set(name, { type, help, labels: [...labels], samples: new Map(samples) });
  }
  return metrics;
}

/** Rows of the page's tables that name a metric. */
function documented(): [string, ...string[]][] {
  const page = readFileSync(join(__dirname, '../../docs/reference/metrics.md'), 'utf8');
  return [...page.matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm)].map(
    ([, name = '', ...cells]) => [name, ...cells],
  );
}

describe('/metrics', () => {
  let service: ServiceProcess;
  let client: Client;
  let company: string;
  beforeAll(async () => {
    service = await startService(newFolder());
    client = await signIn(service);
    company = await openCompany(client);
  });
  afterAll(async () => {
    await endServices();
    removeFolders();
  });

  let reads = 0;
  const read = async () => {
    reads += 1;
    const { status, headers, body } = await client.get('/metrics', { token: null });
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/plain; version=0.0.4'),
    ]);
    return parsed(String(body));
  };
  const value = async (name: string, sample = name) => (await read()).get(name)?.samples.get(sample);

  it('counts events and times answers', async () => {
    const events = (await value('caisse_events_appended_total')) ?? 0;
    expect((await client.post(`${company}/entries`, aSale(450))).status).toBe(201);
    expect(await value('caisse_events_appended_total')).toBe(events + 1);
    const posts = 'caisse_http_request_seconds_count{method="POST",status="201"}';
    expect(await value('caisse_http_request_seconds', posts)).toBe(2);
  });

  it('counts problems by their code, those of the service from nothing on', async () => {
    const first = (await read()).get('caisse_http_problems_total')?.samples;
    for (const code of ['internal-error', 'overloaded', 'store-unavailable'])
      expect(first?.get(`caisse_http_problems_total{code="${code}"}`)).toBe(0);
    expect((await client.post(`${company}/entries`, aSale(450, { payments: [] }))).status).toBe(422);
    expect((await client.get(`${company}/tills`, { token: null })).status).toBe(401);
    const { samples } = (await read()).get('caisse_http_problems_total') as Metric;
    expect(samples.get('caisse_http_problems_total{code="not-signed-in"}')).toBe(1);
    expect([...samples.values()].reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('knows who listens, and does not take listening for a slow answer', async () => {
    const stopped = new AbortController();
    const { status } = await fetch(`${service.url}${company}/live`, {
      headers: { Authorization: `Bearer ${String(client.token)}` },
      signal: stopped.signal,
    });
    expect([status, await value('caisse_live_listeners')]).toEqual([200, 1]);
    // The one that asks.
    expect(await value('caisse_http_requests_in_progress')).toBe(1);
    const answers = () =>
      value('caisse_http_request_seconds', 'caisse_http_request_seconds_count{method="GET",status="200"}');
    const before = { reads, answers: (await answers()) ?? 0 };
    stopped.abort();
    while ((await value('caisse_live_listeners')) !== 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const after = { reads, answers: (await answers()) ?? 0 };
    expect(after.answers - before.answers).toBe(after.reads - before.reads);
    expect(await value('caisse_http_requests_cut_total')).toBe(0);
  });

  it('says what is running, how much room there is, and that all is well', async () => {
    const metrics = await read();
    const [[info, count] = []] = [...(metrics.get('caisse_build_info')?.samples ?? [])];
    // The engines are those that the suite runs on.
    expect(info).toMatch(/^caisse_build_info{version="0.1.0",event_store="\w+",read_store="\w+"}$/);
    expect(count).toBe(1);
    expect(metrics.get('caisse_data_free_bytes')?.samples.get('caisse_data_free_bytes')).toBeGreaterThan(0);
    for (const name of [
      'caisse_ledgers_refused',
      'caisse_ledgers_behind_witness',
      'caisse_witness_missing',
      'caisse_projection_halts',
      'caisse_projection_waiting',
    ])
      expect([name, metrics.get(name)?.samples.get(name)]).toEqual([name, 0]);
    expect(await value('caisse_projection_running')).toBe(1);
  });

  it('shows each trouble from the start on, so that the first one is an increase', async () => {
    const { samples } = (await read()).get('caisse_troubles_total') as Metric;
    expect([...samples]).toEqual(TROUBLES.map((what) => [`caisse_troubles_total{what="${what}"}`, 0]));
  });

  it('are what docs/reference/metrics.md lists', async () => {
    const shown = await read();
    const rows = [...shown].map(([name, { type, help, labels }]) => [
      name,
      type,
      labels.map((label) => `\`${label}\``).join(', ') || '–',
      help,
    ]);
    const page = documented();
    const own = (row: readonly string[]) => (row[0] ?? '').startsWith('caisse_');
    expect(page.filter(own)).toEqual(rows.filter(own));
    for (const row of page) expect(rows).toContainEqual(row);
  });

  it('are troubles whose meanings docs/reference/metrics.md tells', () => {
    const page = readFileSync(join(__dirname, '../../docs/reference/metrics.md'), 'utf8');
    const told = [...page.matchAll(/^\| `([a-z-]+)` +\| (?!\w+ +\|)/gm)].map(([, what]) => what);
    expect(told).toEqual([...TROUBLES]);
  });
});
