import {
  type Db,
  MongoAPIError,
  MongoClient,
  type MongoClientOptions,
  MongoError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  ReadConcern,
} from 'mongodb';
import { StoreUnavailable } from '../../ports/event-store';
import { inTime } from '../in-time';
import { Reach } from '../reach';
import { AddressRefused } from '../../ports/store-address';

export type MongoOptions = {
  /** `mongodb://…` or `mongodb+srv://…`, with credentials and TLS options as MongoDB documents them. */
  readonly uri: string;
  /** Name of the database; by default the one that the address names, or `caisse`. */
  readonly database?: string;
};

export type Connection = {
  readonly client: MongoClient;
  readonly db: Db;
  /** What a port calls: errors are the port's own, and a server that is away is not waited for call by call. */
  readonly answered: <Result>(work: () => Promise<Result>) => Promise<Result>;
};

const DEFAULT_DATABASE = 'caisse';

/** How long a server may be silent before a call gives up, unless the address says otherwise. */
const PATIENCE: MongoClientOptions = {
  serverSelectionTimeoutMS: 5000,
  connectTimeoutMS: 5000,
  socketTimeoutMS: 30_000,
};

/**
 * Milliseconds: a call that has had no answer for two seconds, and then no sign of life for three, is given up. That is as long
 * as a server is looked for; an address that grants more time for that grants it here.
 */
function doubtsOf({ options }: MongoClient) {
  const doubtMs = 2000;
  return { doubtMs, pingMs: Math.max(3000, options.serverSelectionTimeoutMS - doubtMs), againMs: 1000 };
}

/** What holds whatever the address says: what is promised by the ports does not depend on an option in it. */
const FIXED: MongoClientOptions = {
  appName: 'caisse',
  promoteLongs: true,
  promoteValues: true,
  useBigInt64: false,
  retryWrites: true,
  retryReads: true,
};

/**
 * Connects to a database. Writes are acknowledged by a majority of the members, so that none of them is taken back
 * when the primary changes. Reads go to the primary and see what a majority has: whoever has read a checkpoint
 * there finds the documents behind it, on any node, since no later read goes to an earlier primary.
 *
 * @throws AddressRefused, StoreUnavailable when no server answers
 */
export async function connect({ uri, database }: MongoOptions, suffix = ''): Promise<Connection> {
  const client = watched(clientOf(uri));
  const name = database ?? `${databaseIn(uri) ?? DEFAULT_DATABASE}${suffix}`;
  try {
    const db = client.db(name, {
      writeConcern: { w: 'majority', wtimeoutMS: 10_000 },
      readConcern: new ReadConcern('majority'),
      readPreference: 'primary',
    });
    await answered(() => db.command({ ping: 1 }));
    const doubts = doubtsOf(client);
    const signs = new SignsOfLife(uri, doubts.pingMs);
    const reach = new Reach({ ping: () => signs.ask(), ...doubts });
    const close = client.close.bind(client);
    client.close = async (options) => {
      reach.close();
      signs.close();
      await close(options);
    };
    return { client, db, answered: (work) => reach.call(() => answered(work)) };
  } catch (error) {
    await client.close();
    throw connectionFailure(error);
  }
}

/**
 * Asks a server whether it is there, over a connection of its own: those that calls go over may all be waiting for answers that
 * take long, and a server that is slow is there.
 */
class SignsOfLife {
  private client: MongoClient | null = null;

  constructor(
    private readonly uri: string,
    private readonly patienceMs: number,
  ) {}

  /** @throws Error when there is none in time */
  async ask(): Promise<void> {
    const client = (this.client ??= clientOf(this.uri, {
      maxPoolSize: 1,
      serverSelectionTimeoutMS: this.patienceMs,
    }));
    try {
      const ping = client.db('admin').command({ ping: 1 });
      await inTime(ping, this.patienceMs, () => new Error('no sign of life'));
    } catch (error) {
      // A question that has no end would keep the next one waiting.
      if (this.client === client) this.close();
      throw error;
    }
  }

  close(): void {
    const { client } = this;
    this.client = null;
    client?.close().catch(() => undefined);
  }
}

/** What only a first connection meets: a name that no server has, a file of the address that cannot be read. */
function connectionFailure(error: unknown): unknown {
  if (error instanceof MongoAPIError)
    return new AddressRefused('unreadable', 'the name of the database is none that the driver understands');
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  const code = String(error.code);
  return String(error.syscall).startsWith('query')
    ? new StoreUnavailable(`MongoDB cannot be reached: ${code}`, 'not-written', { cause: error })
    : new AddressRefused('unreadable', `a file that the address names cannot be read: ${code}`);
}

function clientOf(uri: string, own: MongoClientOptions = {}): MongoClient {
  const patience = Object.fromEntries(
    Object.entries(PATIENCE).filter(([name]) => !new RegExp(`[?&]${name}=`, 'i').test(uri)),
  );
  try {
    return new MongoClient(uri, { ...patience, ...FIXED, ...own });
  } catch {
    // The driver's own words may hold the whole address, and with it a password.
    throw new AddressRefused(
      'unreadable',
      'the address of the MongoDB server is none that the driver understands',
    );
  }
}

/** Milliseconds: how often it is looked after, and how long the driver may wait for one answer of a server's. */
const WATCH = { every: 1_000, silence: 10_000, silenceOfStream: 30_000 };

/**
 * The driver asks a server now and then how it is. A question that it writes to a socket that was destroyed in the same
 * moment has no end (mongodb 7.9, `writeCommand`: it waits for a `drain` that never comes), and the driver, which
 * waits for it, never finds that server again. Such a client is connected anew.
 */
function watched(client: MongoClient): MongoClient {
  const asked = new Map<string, number>();
  const closing = client.close.bind(client);
  const close = (...options: Parameters<MongoClient['close']>) =>
    inTime(closing(...options), WATCH.silence, () => new Error('the client does not close'));
  let renewal: Promise<void> | null = null;
  let isDue = false;
  const renew = async () => {
    try {
      await close();
      await client.connect();
      isDue = false;
    } catch {
      // Nobody is there, and a client that was closed looks for nobody by itself: the next look tries again.
    } finally {
      renewal = null;
    }
  };
  client.on('serverHeartbeatStarted', ({ connectionId, awaited }) => {
    asked.set(connectionId, performance.now() + (awaited ? WATCH.silenceOfStream : WATCH.silence));
  });
  client.on('serverHeartbeatSucceeded', ({ connectionId }) => asked.delete(connectionId));
  client.on('serverHeartbeatFailed', ({ connectionId }) => asked.delete(connectionId));
  client.on('serverClosed', ({ address }) => asked.delete(address));
  const timer = setInterval(() => {
    const now = performance.now();
    isDue ||= [...asked.values()].some((until) => now >= until);
    if (!isDue || renewal) return;
    asked.clear();
    renewal = renew();
  }, WATCH.every).unref();
  client.close = async (options) => {
    clearInterval(timer);
    await renewal;
    // What does not close ends with the process.
    await close(options).catch(() => undefined);
  };
  return client;
}

function databaseIn(uri: string): string | undefined {
  return /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1];
}

/** How long one call of a port may take, in milliseconds: longer than the driver waits for a silent server. */
const LONGEST = 40_000;

/**
 * Errors of the driver as the ports' own. What is a fault of the program, and not of the server, passes. A command that the
 * driver writes to a socket that was destroyed in the same moment has no end (see `watched`): a writer that looks for an
 * id would wait for ever, and with it all who record in that ledger.
 */
export async function answered<Result>(work: () => Promise<Result>, longest = LONGEST): Promise<Result> {
  try {
    return await inTime(work(), longest, () => {
      return new StoreUnavailable(`MongoDB did not do it: no answer within ${longest} ms`, 'unknown');
    });
  } catch (error) {
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  if (isOfTheWire(error))
    return new StoreUnavailable(`MongoDB did not do it: ${error.code}`, 'unknown', { cause: error });
  if (!(error instanceof MongoError) || isDuplicate(error)) return error;
  if (neverSent(error))
    return new StoreUnavailable(`MongoDB cannot be reached: ${error.name}`, 'not-written', { cause: error });
  if (error instanceof MongoAPIError) return error;
  const { codeName, code } =
    error instanceof MongoServerError ? error : { codeName: undefined, code: error.code };
  const what = codeName ?? (code === undefined ? error.name : String(code));
  return new StoreUnavailable(`MongoDB did not do it: ${what}`, 'unknown', { cause: error });
}

/** What the socket says when the other side is gone; the driver passes it on as it is where it waits for a `drain`. */
const WIRE_CODES = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'ERR_STREAM_DESTROYED']);

function isOfTheWire(error: unknown): error is Error & { readonly code: string } {
  if (!(error instanceof Error) || error instanceof MongoError || !('code' in error)) return false;
  return typeof error.code === 'string' && WIRE_CODES.has(error.code);
}

function neverSent(error: MongoError): boolean {
  return (
    error instanceof MongoServerSelectionError ||
    error instanceof MongoNotConnectedError ||
    error instanceof MongoTopologyClosedError
  );
}

const DUPLICATE_KEY = 11000;

/** Whether a unique index refused it, the one of `_id` or another one. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** What a server does not know, such as an index that FerretDB lacks. */
export function isNotImplemented(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 238;
}
