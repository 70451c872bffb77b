import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** How a wire fails: who connects is turned away, or nothing that is sent ever arrives. */
export type Shut = 'refusing' | 'silent';

type Line = { readonly client: Socket; readonly upstream: Socket };

/** Stands before a server, whatever it speaks, and keeps clients from it for as long as it is shut. */
export class WireGate {
  private readonly lines = new Set<Line>();
  private readonly deaf = new Set<Socket>();
  private state: Shut | 'open' = 'open';

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => this.welcome(client));
  }

  static async before(address: string): Promise<WireGate> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new WireGate(server, new URL(address));
  }

  /** The address of the server by way of the gate. */
  get uri(): string {
    const { port } = this.server.address() as { port: number };
    const address = new URL(this.target.href);
    address.host = `127.0.0.1:${port}`;
    return address.href;
  }

  shut(how: Shut): void {
    this.state = how;
    for (const { client, upstream } of this.lines) {
      if (how === 'refusing') client.destroy();
      else for (const socket of [client, upstream]) socket.pause().unpipe();
    }
  }

  /** What was silent stays so: its bytes are lost. */
  open(): void {
    this.state = 'open';
    for (const socket of this.deaf) socket.destroy();
    for (const { client } of this.lines) if (client.isPaused()) client.destroy();
  }

  async close(): Promise<void> {
    for (const { client } of this.lines) client.destroy();
    for (const socket of this.deaf) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private welcome(client: Socket): void {
    client.on('error', () => client.destroy());
    if (this.state === 'refusing') client.destroy();
    if (this.state === 'silent') {
      this.deaf.add(client.pause());
      client.once('close', () => this.deaf.delete(client));
    }
    if (this.state !== 'open') return;
    const upstream = createConnection(Number(this.target.port), this.target.hostname);
    const line: Line = { client, upstream };
    this.lines.add(line);
    upstream.on('error', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
    client.once('close', () => {
      this.lines.delete(line);
      upstream.destroy();
    });
    client.pipe(upstream);
    upstream.pipe(client);
  }
}
