import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { BSON } from 'mongodb';
import { commandOf, documentOf, isAnswered, onMessages } from './mongodb-messages';

const CONNECT_PATIENCE_MS = 30_000;

/** What becomes of a command: `lost` is carried out, but its answer never arrives; `refused` never arrives itself. */
export type Fate = 'answered' | 'lost' | 'refused';

/** A client's connection and the one to the server that is its own, on which so many commands are under way. */
type Line = { readonly client: Socket; readonly upstream: Socket; underWay: number };

type Request = { readonly line: Line; readonly message: Buffer; readonly fate: Fate };

/** Commands that wait for each other. Others, such as a monitor's `hello`, are passed on as they come. */
const WRITES = new Set([
  'insert',
  'update',
  'delete',
  'findAndModify',
  'createIndexes',
  'drop',
  'dropDatabase',
]);

/**
 * Stands before a server that speaks MongoDB's wire protocol and hands it one write after the other. Every MongoDB
 * changes a document atomically; FerretDB 1.24 reads it, changes it and writes it back, and two commands at once may
 * both see it as it was. It is also where a connection is cut between a command and its answer.
 */
export class WireProxy {
  /** Asked once for each write, by its name, such as `update`. */
  fateOf: (command: string) => Fate = () => 'answered';
  /** Told of every command, in its order; without the documents that a write carries beside it. */
  onCommand: ((command: BSON.Document) => void) | null = null;
  readonly uri: string;
  private readonly waiting: Request[] = [];
  private readonly lines = new Set<Line>();
  private current: Request | null = null;
  private isAway = false;

  private constructor(
    private readonly server: Server,
    private readonly path: string,
  ) {
    const { port } = server.address() as { port: number };
    this.uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
    server.on('connection', (client) => this.welcome(client));
  }

  /** To the Unix socket of a server that may still be starting. */
  static async listen(path: string): Promise<WireProxy> {
    (await connected(path)).destroy();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new WireProxy(server, path);
  }

  /** Cuts all connections, as a network does. Clients may connect again. */
  cut(): void {
    for (const { client } of this.lines) client.destroy();
  }

  /** Is away, as a server that is down: what was connected is cut, and who comes is turned away. */
  leave(): void {
    this.isAway = true;
    this.cut();
  }

  comeBack(): void {
    this.isAway = false;
  }

  async close(): Promise<void> {
    for (const { client, upstream } of this.lines) for (const socket of [client, upstream]) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private welcome(client: Socket): void {
    if (this.isAway) {
      client.destroy();
      return;
    }
    const upstream = createConnection(this.path);
    const line: Line = { client, upstream, underWay: 0 };
    this.lines.add(line);
    client.on('error', () => client.destroy());
    upstream.on('error', () => upstream.destroy());
    client.on('close', () => {
      // The server gives up a command whose connection is closed, and now and then itself; a real one carries it through.
      if (line.underWay === 0) upstream.destroy();
    });
    upstream.on('close', () => {
      this.lines.delete(line);
      client.destroy();
      if (this.current?.line === line) this.release();
    });
    onMessages(client, (message) => {
      this.onCommand?.(documentOf(message));
      const command = commandOf(message);
      if (!WRITES.has(command)) {
        pass(line, message);
        return;
      }
      this.waiting.push({ line, message, fate: this.fateOf(command) });
      this.next();
    });
    onMessages(upstream, (message) => {
      line.underWay -= 1;
      if (this.current?.line === line) this.answer(this.current);
      if (client.writable) client.write(message);
      else if (line.underWay === 0) upstream.destroy();
    });
  }

  private next(): void {
    if (this.current) return;
    const request = this.waiting.shift();
    if (!request) return;
    const { line, message, fate } = request;
    if (fate === 'refused') line.upstream.destroy();
    else if (line.upstream.writable && !line.client.destroyed) {
      pass(line, message);
      this.current = request;
    }
    this.next();
  }

  private answer({ line, fate }: Request): void {
    if (fate === 'lost') line.client.destroy();
    this.release();
  }

  private release(): void {
    this.current = null;
    this.next();
  }
}

function pass(line: Line, message: Buffer): void {
  if (isAnswered(message)) line.underWay += 1;
  line.upstream.write(message);
}

async function connected(path: string): Promise<Socket> {
  const until = Date.now() + CONNECT_PATIENCE_MS;
  for (;;) {
    const socket = createConnection(path);
    const error = await new Promise<Error | null>((resolve) => {
      socket.once('connect', () => resolve(null));
      socket.once('error', resolve);
    });
    if (error === null) return socket;
    if (Date.now() > until) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
