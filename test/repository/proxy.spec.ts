import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HAPROXY_FILE, type Proxy, startProxy, until } from '../support/haproxy';
import { describeWithProgram, run } from '../support/installed';

/** A node of the service as far as a proxy can tell: it says who it is, and what it was asked. */
class Node {
  isReady = true;
  /** Takes requests and ends the connection without a word. */
  isDumb = false;
  readonly asked: string[] = [];
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  constructor(readonly name: string) {}

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/health/ready') {
      response.writeHead(this.isReady ? 200 : 503).end();
      return;
    }
    this.asked.push(`${String(request.method)} ${String(request.url)}`);
    if (this.isDumb) {
      request.socket.destroy();
      return;
    }
    if (request.url?.endsWith('/live')) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(': bienvenue\n\n');
      return;
    }
    response.end(JSON.stringify({ node: this.name, from: request.headers['x-forwarded-for'] }));
  }
}

const company = (index: number) => `018f0000-0000-7000-8000-0000000000${String(index).padStart(2, 'a')}`;
const COMPANIES = Array.from({ length: 32 }, (_, index) => `/v1/companies/${company(index)}/tills`);

describeWithProgram('haproxy', 'the proxy', () => {
  let nodes: [Node, Node];
  let proxy: Proxy;
  let url: string;

  beforeEach(async () => {
    nodes = [new Node('node-1'), new Node('node-2')];
    for (const node of nodes) await node.listen();
    proxy = await startProxy(nodes.map(({ port }) => port));
    ({ url } = proxy);
    await delay(200);
  });
  afterEach(async () => {
    await proxy.stop();
    for (const node of nodes) node.close();
  });

  const nodeOf = async (path: string, init?: RequestInit): Promise<string> => {
    const answer = await fetch(`${url}${path}`, init);
    return answer.ok ? ((await answer.json()) as { node: string }).node : String(answer.status);
  };
  const nodesOf = (paths: readonly string[]) => Promise.all(paths.map((path) => nodeOf(path)));

  it('has a configuration that HAProxy accepts', () => {
    const { code, said } = run('haproxy', '-c', '-f', HAPROXY_FILE);
    expect([code, said]).toEqual([0, expect.stringContaining('Configuration file is valid')]);
    // Names that are those of containers are all that it warns of.
    expect(
      said
        .split('\n')
        .filter((line) => /WARNING|ALERT/.test(line) && !line.includes("resolve address 'node-")),
    ).toEqual([]);
  });

  it('sends a company to the same node each time, however its id is written, and companies to both', async () => {
    const first = await nodesOf(COMPANIES);
    expect(new Set(first)).toEqual(new Set(['node-1', 'node-2']));
    expect(await nodesOf(COMPANIES)).toEqual(first);
    expect(await nodesOf(COMPANIES.map((path) => path.replace('tills', 'journal?from=2026-03-01')))).toEqual(
      first,
    );
    const capitals = COMPANIES.map((path) => path.replace(/[0-9a-f-]{36}/, (id) => id.toUpperCase()));
    expect(await nodesOf(capitals)).toEqual(first);
  });

  it('sends the companies of a node that is not ready to the other one, and back, and moves no others', async () => {
    const first = await nodesOf(COMPANIES);
    nodes[0].isReady = false;
    await until(async () => !(await nodesOf(COMPANIES)).includes('node-1'));
    nodes[0].isReady = true;
    await until(async () => (await nodesOf(COMPANIES)).includes('node-1'));
    expect(await nodesOf(COMPANIES)).toEqual(first);
  });

  it('sends in turn what is of no company', async () => {
    const answers = [];
    for (let count = 0; count < 4; count += 1) answers.push(await nodeOf('/v1/me'));
    expect([...answers].sort()).toEqual(['node-1', 'node-1', 'node-2', 'node-2']);
  });

  it('has reads and entries answered by the other node when one ends without a word', async () => {
    for (const [path, init] of [
      ['tills', { method: 'GET' }],
      ['entries', { method: 'POST', body: '{}' }],
      ['entries/batch', { method: 'POST', body: '[]' }],
    ] as const) {
      const address = `/v1/companies/${company(1)}/${path}`;
      const own = nodes.find(({ name }) => name === 'node-1') as Node;
      own.isDumb = true;
      const answers = await Promise.all(
        [address, address.replace(company(1), company(2))].map((one) => nodeOf(one, init)),
      );
      expect(answers).toEqual(['node-2', 'node-2']);
      own.isDumb = false;
    }
  });

  it('sends nothing else again: who sent it is not answered, or 502, and knows whether it may be sent again', async () => {
    for (const node of nodes) node.isDumb = true;
    for (const path of ['/v1/auth/login', '/v1/companies', `/v1/companies/${company(1)}/tills`]) {
      const asked = nodes.flatMap((node) => node.asked).length;
      const outcome = await nodeOf(path, { method: 'POST', body: '{}' }).catch(() => 'cut');
      expect(['502', 'cut']).toContain(outcome);
      expect(nodes.flatMap((node) => node.asked)).toHaveLength(asked + 1);
    }
  });

  it('passes live messages on at once', async () => {
    const stopped = new AbortController();
    const answer = await fetch(`${url}/v1/companies/${company(1)}/live`, { signal: stopped.signal });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe(': bienvenue\n\n');
    stopped.abort();
  });

  it('believes nobody about their address, and keeps figures inside', async () => {
    const answer = await fetch(`${url}/v1/me`, { headers: { 'X-Forwarded-For': '203.0.113.7' } });
    expect(await answer.json()).toMatchObject({ from: '127.0.0.1' });
    for (const path of ['/metrics', '/METRICS', '/metrics/']) expect(await nodeOf(path)).toBe('404');
    expect(nodes.flatMap((node) => node.asked).some((line) => line.toLowerCase().includes('metrics'))).toBe(
      false,
    );
    const own = await fetch(`${proxy.figures}/metrics`);
    expect(await own.text()).toContain('haproxy_server_status');
  });
});
