import { connect, type Socket } from 'node:net';

/** Without a request for so long, something is wrong. */
const SILENCE_MS = 30_000;

export type Post = {
  readonly url: string;
  readonly path: string;
  readonly token: string | null;
  readonly body: string;
};

/** The bytes of a request with a JSON body. */
export function requestOf({ url, path, token, body }: Post): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** So many connections to a server. */
export function connected(url: string, connections: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url);
  return Promise.all(Array.from({ length: connections }, () => one(hostname, Number(port))));
}

function one(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => resolve(socket));
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  });
}

/**
 * One request after the other on a connection, until none is left. Of an answer no more is read than its status, which
 * must be 201, and its length. `answered` is told the milliseconds that each took.
 */
export function converse(
  socket: Socket,
  take: () => Buffer | undefined,
  answered: (latency: number) => void,
): Promise<void> {
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
      answered(performance.now() - sent);
      ask();
    });
    ask();
  });
}

/** Whether an answer that tells its length has arrived. */
function isWhole(received: string): boolean {
  const head = received.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /content-length: (\d+)/i.exec(received.slice(0, head));
  return length !== null && received.length >= head + 4 + Number(length[1]);
}
