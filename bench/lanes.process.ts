import { randomUUID } from 'node:crypto';
import type { Lane, LanesAnswer, LanesOrder, LanesResult } from './lanes';
import { connected, converse, requestOf } from './sockets';
import { saleBody } from './support';

async function send({ lanes, milliseconds, ...order }: LanesOrder): Promise<LanesResult> {
  const sockets = await Promise.all(lanes.map(({ url, connections }) => connected(url, connections)));
  const start = performance.now();
  const latencies: number[][] = lanes.map(() => []);
  let sent = 0;
  const run = async (lane: Lane, index: number) => {
    let next = 0;
    const take = () => {
      if (performance.now() - start >= milliseconds) return undefined;
      const path = lane.paths[next++ % lane.paths.length] as string;
      // Another process records in the same companies: ids by count would meet.
      const body = JSON.stringify({ ...saleBody(sent++, order.date), id: randomUUID() });
      return requestOf({ ...order, url: lane.url, path, body });
    };
    const answered = (latency: number) => void latencies[index]?.push(latency);
    await Promise.all((sockets[index] ?? []).map((socket) => converse(socket, take, answered)));
  };
  try {
    await Promise.all(lanes.map(run));
  } finally {
    for (const socket of sockets.flat()) socket.destroy();
  }
  return { elapsed: performance.now() - start, latencies };
}

process.on('message', (order: LanesOrder) => {
  const answer = (result: LanesAnswer) => process.send?.(result);
  send(order).then(answer, (error: unknown) => answer({ error: String(error) }));
});
process.once('disconnect', () => process.exit(0));
