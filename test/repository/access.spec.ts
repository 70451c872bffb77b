import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { EventStoreDbDouble } from '../support/eventstoredb-double/server';
import { ROOT } from '../support/deployment';

type Asked = { readonly line: string; readonly user: string; readonly body: unknown };

/** EventStoreDB's port takes gRPC and plain HTTP: the double behind it has the one, this has the other. */
class Port {
  readonly asked: Asked[] = [];
  state = 'Leader';
  known = false;
  private readonly sockets = new Set<Socket>();
  private readonly http: Server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const user = Buffer.from(
        String(request.headers.authorization).replace('Basic ', ''),
        'base64',
      ).toString();
      const text = Buffer.concat(chunks).toString();
      const line = `${String(request.method)} ${String(request.url)}`;
      this.asked.push({ line, user, body: text === '' ? null : (JSON.parse(text) as unknown) });
      if (line === 'GET /gossip') {
        const member = {
          state: this.state,
          isAlive: true,
          httpEndPointIp: '127.0.0.1',
          httpEndPointPort: this.port,
        };
        response.end(JSON.stringify({ members: [{ ...member, state: 'Follower' }, member] }));
        return;
      }
      response.writeHead(this.known ? 409 : 201).end();
      this.known = true;
    });
  });
  private readonly server = createServer((socket) => {
    socket.once('data', (first: Buffer) => {
      const isHttp2 = first.toString('latin1').startsWith('PRI ');
      const { port } = isHttp2 ? this.double : (this.http.address() as AddressInfo);
      const behind = connect(port, '127.0.0.1');
      this.sockets.add(behind).add(socket);
      for (const one of [socket, behind]) one.on('error', () => undefined);
      behind.write(first);
      socket.pipe(behind).pipe(socket);
    });
  });

  constructor(private readonly double: { readonly port: number }) {}

  async listen(): Promise<void> {
    this.http.listen(0, '127.0.0.1');
    this.server.listen(0, '127.0.0.1');
    await Promise.all([once(this.http, 'listening'), once(this.server, 'listening')]);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.http.close();
    this.server.close();
  }
}

describe('deploy/eventstore/access.cjs', () => {
  let double: EventStoreDbDouble;
  let port: Port;
  beforeEach(async () => {
    double = await EventStoreDbDouble.start();
    port = new Port({ port: Number(new URL(double.connectionString().replace('esdb:', 'http:')).port) });
    await port.listen();
  });
  afterEach(async () => {
    port.close();
    await double.stop();
  });

  const run = async () => {
    const child = spawn(process.execPath, [join(ROOT, 'deploy/eventstore/access.cjs')], {
      env: {
        PATH: process.env.PATH,
        EVENTSTORE_NODES: `127.0.0.1:${port.port}`,
        EVENTSTORE_ADMIN_PASSWORD: 'the-password-of-admin',
        EVENTSTORE_CAISSE_PASSWORD: 'the-password-of-caisse',
      },
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    await once(child, 'exit');
    return { code: child.exitCode, said };
  };
  const settings = () =>
    (double.log.stream('$settings') ?? []).map(
      ({ data }) => JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>,
    );

  it('makes the account at the leader, and the rules by which it alone reads and writes, once', async () => {
    for (let time = 0; time < 2; time += 1)
      expect(await run()).toEqual({ code: 0, said: expect.stringContaining('account') });
    const users = port.asked.filter(({ line }) => line === 'POST /users/');
    expect(users).toHaveLength(2);
    expect(users[0]).toEqual({
      line: 'POST /users/',
      user: 'admin:the-password-of-admin',
      body: { loginName: 'caisse', fullName: 'Caisse', groups: [], password: 'the-password-of-caisse' },
    });
    const own = ['$admins', 'caisse'];
    const admins = ['$admins'];
    expect(settings()).toEqual([
      {
        $userStreamAcl: { $r: own, $w: own, $d: admins, $mr: admins, $mw: admins },
        $systemStreamAcl: { $r: own, $w: admins, $d: admins, $mr: admins, $mw: admins },
      },
    ]);
  });
});
