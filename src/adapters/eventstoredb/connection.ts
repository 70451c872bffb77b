import type { CallOptions, Client as GrpcClient, Metadata, ServiceError } from '@grpc/grpc-js';
import { AddressRefused } from '../../ports/store-address';
import { ClientFailure } from './client';
import { MalformedMessage } from './protobuf';

type GrpcClientClass = abstract new (...parameters: never[]) => GrpcClient;

/**
 * What both packages keep for their own calls, and what every call here goes through: they find the leader, follow it
 * when it changes, and know TLS and credentials.
 */
type PackageClient = {
  GRPCStreamCreator<Stream>(
    client: GrpcClientClass,
    name: string,
    create: (client: GrpcClient) => Stream,
  ): () => Promise<Stream>;
  callArguments(
    options: { readonly requiresLeader?: boolean; readonly deadline?: number },
    callOptions?: CallOptions,
  ): [Metadata, CallOptions];
  getChannel(): Promise<{ close(): void }>;
  handleError: (client: GrpcClient, error: Error) => Promise<void>;
  dispose(): Promise<void>;
};

/** A package's client, and the class by which it makes calls on its channel. */
export type Connection = { readonly client: PackageClient; readonly Calls: GrpcClientClass };

const SCHEMES = /^(esdb|kurrentdb)(\+discover)?:\/\//;

/** What may be said in a connection string; a package would print the whole string when it finds anything else. */
const PARAMETERS = new Set(
  [
    'connectionName',
    'defaultDeadline',
    'discoveryInterval',
    'gossipTimeout',
    'keepAliveInterval',
    'keepAliveTimeout',
    'maxDiscoverAttempts',
    'nodePreference',
    'tls',
    'tlsCAFile',
    'tlsVerifyCert',
    'userCertFile',
    'userKeyFile',
  ].map((name) => name.toLowerCase()),
);

/**
 * A connection by `esdb://` or `kurrentdb://`, with or without `+discover`. Nothing is sent before the first call.
 *
 * @throws AddressRefused
 */
export async function connect(connectionString: string): Promise<Connection> {
  const scheme = SCHEMES.exec(connectionString)?.[1];
  if (scheme === undefined)
    throw new AddressRefused(
      'scheme',
      'a connection string begins with esdb://, esdb+discover://, kurrentdb:// or kurrentdb+discover://',
    );
  checkParameters(connectionString);
  try {
    return await (scheme === 'esdb' ? connectEventStoreDb : connectKurrentDb)(connectionString);
  } catch (error) {
    // The packages' own errors quote the string.
    const isSystemError = error instanceof Error && 'code' in error;
    const reason = isSystemError ? `: ${String(error.code)}` : '';
    throw new AddressRefused('unreadable', `the connection string cannot be used${reason}`);
  }
}

// The methods are public at run time and protected as types. A package is loaded only when it is asked for.
async function connectEventStoreDb(connectionString: string): Promise<Connection> {
  const { EventStoreDBClient } = await import('@eventstore/db-client');
  const { StreamsClient } = await import('@eventstore/db-client/generated/streams_grpc_pb.js');
  const client = EventStoreDBClient.connectionString(connectionString) as unknown as PackageClient;
  return { client: looking(client), Calls: StreamsClient };
}

async function connectKurrentDb(connectionString: string): Promise<Connection> {
  const { KurrentDBClient } = await import('@kurrent/kurrentdb-client');
  const { StreamsClient } =
    await import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js');
  const client = KurrentDBClient.connectionString(connectionString) as unknown as PackageClient;
  return { client: looking(client), Calls: StreamsClient };
}

/**
 * After a call that failed a package waits for the connection that is being looked for, to see whether it was of it, and
 * nobody hears when none is found: that would end the process. The calls that wait for it do hear.
 */
function looking(client: PackageClient): PackageClient {
  const handle = client.handleError;
  client.handleError = (failed, error) => handle(failed, error).catch(() => undefined);
  return client;
}

function checkParameters(connectionString: string): void {
  const query = /\?(.*)$/s.exec(connectionString)?.[1] ?? '';
  for (const parameter of query.split('&').filter((text) => text !== '')) {
    const [name = '', value = ''] = parameter.split('=');
    const key = name.trim().toLowerCase().replaceAll(/[_-]/g, '');
    if (!PARAMETERS.has(key))
      throw new AddressRefused('parameter', 'the connection string has a parameter that is not known');
    if (key === 'tlsverifycert' && value.trim() !== 'true')
      throw new AddressRefused(
        'certificates-unchecked',
        'certificates are checked: tlsVerifyCert may only be true',
      );
  }
}

/** The user name and the password of a connection string, as written and as meant: what no message may hold. */
export function secretsOf(connectionString: string): readonly string[] {
  const credentials = /:\/\/([^/?#]*)@/.exec(connectionString)?.[1];
  if (credentials === undefined) return [];
  const [user = '', ...rest] = credentials.split(':');
  const password = rest.join(':');
  const texts = [
    credentials,
    password,
    decoded(password),
    Buffer.from(`${decoded(user)}:${decoded(password)}`),
  ];
  return texts
    .map((text) => (typeof text === 'string' ? text : text.toString('base64')))
    .filter((text) => text !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

// https://grpc.github.io/grpc/core/md_doc_statuscodes.html
const CANCELLED = 1;
const INVALID_ARGUMENT = 3;
const PERMISSION_DENIED = 7;
const FAILED_PRECONDITION = 9;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

const REFUSALS = new Set([
  INVALID_ARGUMENT,
  PERMISSION_DENIED,
  FAILED_PRECONDITION,
  UNIMPLEMENTED,
  UNAUTHENTICATED,
]);

/**
 * What went wrong with a call, as far as its status and its trailer `exception` say. A fault of the program is none of the
 * server's: it stays what it is, so that nobody waits for a server that is well.
 */
export function failureOf(error: unknown, secrets: readonly string[]): Error {
  if (error instanceof MalformedMessage)
    return new ClientFailure(`an answer cannot be read: ${error.message}`, 'uncertain');
  if (error instanceof ClientFailure || isFaultOfProgram(error)) return error;
  if (isServiceError(error)) return failureOfCall(error, secrets);
  // No call was made: a cluster without a leader, a name that does not resolve.
  const reason = error instanceof Error ? error.message : String(error);
  return new ClientFailure(redact(`no connection: ${reason}`, secrets), 'not-handled');
}

function failureOfCall(error: CallError, secrets: readonly string[]): ClientFailure {
  const exception = error.metadata?.get('exception')[0]?.toString();
  const said = redact(exception ? `${exception}: ${error.details}` : error.details, secrets);
  if (exception === 'not-leader') return new ClientFailure(said, 'uncertain');
  if (
    error.code === UNAVAILABLE &&
    /^No connection established|is not ready|is too busy/i.test(error.details)
  )
    return new ClientFailure(said, 'not-handled');
  if (REFUSALS.has(error.code)) return new ClientFailure(said, 'refused');
  return new ClientFailure(error.code === CANCELLED ? `cut off: ${said}` : said, 'uncertain');
}

function isFaultOfProgram(error: unknown): error is Error {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}

type CallError = { readonly code: number; readonly details: string } & Partial<
  Pick<ServiceError, 'metadata'>
>;

function isServiceError(error: unknown): error is CallError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
