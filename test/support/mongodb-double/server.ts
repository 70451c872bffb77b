import { createServer, type Server, type Socket } from 'node:net';
import type { BSON } from 'mongodb';
import { answerTo, isAnswered, onMessages, type Request, requestOf } from '../mongodb-messages';
import { Commands } from './commands';
import { Refused, requireOnly } from './refusal';

/** How often documents that have expired are removed, as by MongoDB. */
const SWEEP_MS = 60_000;

/** Of MongoDB 8.0. */
const WIRE_VERSION = 25;

/** What a driver tells of itself when it makes itself known. */
const OF_HELLO = ['hello', 'ismaster', 'helloOk', 'client', 'compression', 'backpressure'];

/**
 * A MongoDB as far as Caisse and its tests can tell: a replica set of one member, by the wire protocol, with what it knows in
 * memory. What it is asked and does not know it refuses, down to the last option of a command.
 */
export class MongoDbDouble {
  private readonly commands = new Commands();
  private readonly connections = new Set<Socket>();
  private readonly sweeping: NodeJS.Timeout;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.welcome(socket));
    this.sweeping = setInterval(() => this.sweep(Date.now()), SWEEP_MS).unref();
  }

  /** On a Unix socket. */
  static async listen(path: string): Promise<MongoDbDouble> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return new MongoDbDouble(server);
  }

  async close(): Promise<void> {
    clearInterval(this.sweeping);
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Removes what has expired by then. */
  sweep(now: number): void {
    this.commands.sweep(now);
  }

  private welcome(socket: Socket): void {
    this.connections.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.connections.delete(socket));
    onMessages(socket, (message) => {
      try {
        const request = requestOf(message);
        const answer = this.answer(request);
        if (isAnswered(message)) socket.write(answerTo(request, answer));
      } catch (error) {
        process.stderr.write(`the double of MongoDB was sent ${String(error)}\n`);
        socket.destroy();
      }
    });
  }

  private answer({ command, isOfOld }: Request): BSON.Document {
    try {
      return { ...this.resultOf(command, isOfOld), ok: 1 };
    } catch (error) {
      const refused =
        error instanceof Refused
          ? error
          : new Refused('InternalError', error instanceof Error ? (error.stack ?? '') : String(error));
      const { code, codeName, message: errmsg, details } = refused;
      return { ...details, code, codeName, errmsg, ok: 0 };
    }
  }

  private resultOf(command: BSON.Document, isOfOld: boolean): BSON.Document {
    if ('hello' in command || (isOfOld && 'ismaster' in command)) return hello(command);
    if (isOfOld) throw new Refused('UnsupportedOpQueryCommand', 'Unsupported OP_QUERY command');
    return this.commands.run(command);
  }
}

/** Members of a replica set remember what a session has done, so that a driver sends a write again that was not answered. */
function hello(command: BSON.Document): BSON.Document {
  requireOnly('hello', command, [...OF_HELLO, '$db', 'lsid', '$readPreference']);
  const me = 'mongodb-double:27017';
  return {
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    secondary: false,
    setName: 'double',
    setVersion: 1,
    hosts: [me],
    primary: me,
    me,
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION,
    readOnly: false,
  };
}
