import { connect, type Socket } from 'node:net';
import type { LoadAnswer, LoadOrder, LoadResult } from './load';
import { saleBody } from './support';

/** Without a request for so long, something is wrong. */
const SILENCE_MS = 30_000;

/**
 * As few instructions per request as a client can do with, since it shares the machine with what it measures: requests
 * are made before the clock starts, and of an answer no more is read than its status and its length.
 */
async function send(order: LoadOrder): Promise<LoadResult> {
  const requests = Array.from({ length: order.requests }, (_, index) => requestOf(order, index));
  const { hostname, port } = new URL(order.url);
  const latencies: number[] = [];
  const sockets = await Promise.all(
    Array.from({ length: order.connections }, () => connected(hostname, Number(port))),
  );
  const start = performance.now();
  let next = 0;
  const take = () => requests[next++];
  try {
    await Promise.all(sockets.map((socket) => converse(socket, take, latencies)));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return { elapsed: performance.now() - start, latencies };
}

function requestOf({ url, path, token, date }: LoadOrder, index: number): Buffer {
  const body = JSON.stringify(saleBody(index, date));
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => resolve(socket));
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  });
}

/** One request after the other on a connection, until none is left. */
function converse(socket: Socket, take: () => Buffer | undefined, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = '';
    let sent = 0;
    const ask = () => {
      const request = take();
      if (request === undefined) {
        resolve();
        return;
      }
      received = '';
      sent = performance.now();
      socket.write(request);
    };
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed')));
    socket.on('data', (part: string) => {
      received += part;
      if (!isWhole(received)) return;
      if (!received.startsWith('HTTP/1.1 201')) {
        reject(new Error(received));
        return;
      }
      latencies.push(performance.now() - sent);
      ask();
    });
    ask();
  });
}

/** Answers of both sides tell their length. */
function isWhole(received: string): boolean {
  const head = received.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /content-length: (\d+)/i.exec(received.slice(0, head));
  return length !== null && received.length >= head + 4 + Number(length[1]);
}

process.on('message', (order: LoadOrder) => {
  const answer = (result: LoadAnswer) => process.send?.(result);
  send(order).then(answer, (error: unknown) => answer({ error: String(error) }));
});
process.once('disconnect', () => process.exit(0));
