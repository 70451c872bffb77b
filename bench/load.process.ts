import type { LoadAnswer, LoadOrder, LoadResult } from './load';
import { connected, converse, requestOf } from './sockets';
import { saleBody } from './support';

/**
 * As few instructions per request as a client can do with, since it shares the machine with what it measures: requests
 * are made before the clock starts.
 */
async function send(order: LoadOrder): Promise<LoadResult> {
  const requests = Array.from({ length: order.requests }, (_, index) =>
    requestOf({ ...order, body: JSON.stringify(saleBody(index, order.date)) }),
  );
  const latencies: number[] = [];
  const sockets = await connected(order.url, order.connections);
  const start = performance.now();
  let next = 0;
  const take = () => requests[next++];
  try {
    await Promise.all(
      sockets.map((socket) => converse(socket, take, (latency) => void latencies.push(latency))),
    );
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return { elapsed: performance.now() - start, latencies };
}

process.on('message', (order: LoadOrder) => {
  const answer = (result: LoadAnswer) => process.send?.(result);
  send(order).then(answer, (error: unknown) => answer({ error: String(error) }));
});
process.once('disconnect', () => process.exit(0));
