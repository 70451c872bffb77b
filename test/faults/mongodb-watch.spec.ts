import { setTimeout as delay } from 'node:timers/promises';
import type { ServerHeartbeatStartedEvent } from 'mongodb';
import { answered, connect, type Connection } from '../../src/adapters/mongodb/connection';
import { StoreUnavailable } from '../../src/ports/event-store';
import { describeWithOwnServer } from '../support/mongodb-server';

/** What the driver keeps of a server, as far as the test reaches into it. */
type Watch = {
  readonly connection: { readonly socket: { destroy: () => void } } | null;
  requestCheck: () => void;
};
type Inside = {
  readonly topology: { readonly s: { readonly servers: ReadonlyMap<string, { readonly monitor: Watch }> } };
};

/** Between two looks of the driver at a server there are at least so many milliseconds. */
const BETWEEN_LOOKS_MS = 600;

function watchOf({ client }: Connection): Watch {
  const [server] = (client as unknown as Inside).topology.s.servers.values();
  return (server as NonNullable<typeof server>).monitor;
}

describeWithOwnServer('a client of MongoDB', (server) => {
  let connection: Connection;

  beforeEach(async () => {
    connection = await connect({ uri: server().uri, database: 'watch' });
  });
  afterEach(() => connection.client.close());

  const read = () => answered(() => connection.db.collection('any').findOne({}));

  async function untilFound(patienceMs: number): Promise<void> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const found = await read().then(
        () => 'found',
        (error: unknown) => error,
      );
      if (found === 'found') return;
      expect(found).toBeInstanceOf(StoreUnavailable);
      if (performance.now() > until) throw new Error('the server was not found again');
      await delay(50);
    }
  }

  it('finds its server again when the driver has lost sight of it for ever', async () => {
    await read();
    await delay(BETWEEN_LOOKS_MS);
    // Seen in fault schedules: the connection that watches is cut in the moment in which it is asked to look.
    const watch = watchOf(connection);
    watch.connection?.socket.destroy();
    watch.requestCheck();
    server().proxy.cut();
    await untilFound(25_000);
  }, 60_000);

  it('finds its server again that was away when it was connected anew', async () => {
    await connection.client.close();
    connection = await connect({ uri: `${server().uri}&serverSelectionTimeoutMS=500`, database: 'watch' });
    await read();
    // What the driver has asked and never hears of, as above; ten seconds later the client is connected anew.
    const endless = { connectionId: 'nobody:1', awaited: false } as ServerHeartbeatStartedEvent;
    connection.client.emit('serverHeartbeatStarted', endless);
    server().proxy.leave();
    await delay(13_000);
    server().proxy.comeBack();
    await untilFound(10_000);
  }, 60_000);

  it('closes for good', async () => {
    await connection.client.close();
    await expect(read()).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe('what a socket says of its other side', () => {
  it.each(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])(
    '%s leaves open whether it was done',
    async (code) => {
      const error = Object.assign(new Error('This socket has been ended by the other party'), { code });
      const answer = answered(() => Promise.reject(error));
      await expect(answer).rejects.toMatchObject({ name: 'StoreUnavailable', outcome: 'unknown' });
    },
  );

  it('is told apart from a fault of the program', async () => {
    const error = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    await expect(answered(() => Promise.reject(error))).rejects.toBe(error);
  });
});

describe('a command without end', () => {
  it('is given up, and leaves open whether it was done', async () => {
    const endless = () => new Promise<never>(() => undefined);
    await expect(answered(endless, 20)).rejects.toMatchObject({
      name: 'StoreUnavailable',
      outcome: 'unknown',
    });
  });
});
