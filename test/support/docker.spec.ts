import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { startContainer, whyNoContainer } from './docker';

/** An engine that answers as it is told, in a thread of its own: whoever asks it stands still meanwhile. */
const ENGINE = `
const { createServer } = require('node:http');
const { parentPort, workerData: { socket, answers } } = require('node:worker_threads');
createServer((request, response) => {
  const [status, text] = answers[request.method + ' ' + request.url.split('?')[0]] ?? [404, ''];
  response.writeHead(status).end(text);
}).listen(socket, () => parentPort.postMessage('ready'));
`;

type Answers = Readonly<Record<string, readonly [number, string]>>;

describe('whether a container can be started', () => {
  const { DOCKER_HOST: before } = process.env;
  let folder: string;
  let engine: Worker | null = null;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisse-docker-'));
    process.env.DOCKER_HOST = `unix://${join(folder, 'socket')}`;
  });
  afterEach(async () => {
    await engine?.terminate();
    engine = null;
    rmSync(folder, { recursive: true });
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  });

  const answering = async (answers: Answers) => {
    const worker = new Worker(ENGINE, {
      eval: true,
      workerData: { socket: join(folder, 'socket'), answers },
    });
    engine = worker;
    await new Promise((resolve) => worker.once('message', resolve));
  };

  const ping = { 'GET /_ping': [200, 'OK'] } as const;

  it('is told by an engine that has the image', async () => {
    await answering({ ...ping, 'GET /images/mongo:8.0.4/json': [200, '{}'] });
    expect(whyNoContainer('mongo:8.0.4')).toBeNull();
  });

  it('is told by an engine that can have it', async () => {
    await answering({ ...ping, 'POST /images/create': [200, '{"status":"Pulling from library/mongo"}'] });
    expect(whyNoContainer('mongo:8.0.4')).toBeNull();
  });

  it('is not said of an engine that cannot have it', async () => {
    await answering({ ...ping, 'POST /images/create': [200, '{"error":"dial tcp: lookup registry"}'] });
    expect(whyNoContainer('mongo:8.0.4')).toBe('the image mongo:8.0.4 cannot be had');
  });

  it('is not said where nobody answers', () => {
    expect(whyNoContainer('mongo:8.0.4')).toMatch(/^no Docker engine answers \(.*ENOENT/);
  });

  it('is not said of something else at that address', async () => {
    await answering({ 'GET /_ping': [500, ''] });
    expect(whyNoContainer('mongo:8.0.4')).toBe('no Docker engine answers (500)');
  });

  it('is not what starting takes for granted: without an engine it fails', async () => {
    await expect(startContainer({ image: 'mongo:8.0.4', port: 27_017 })).rejects.toThrow();
  });
});
