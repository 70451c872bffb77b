import './kurrent-first';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Http2Server } from 'node:http2';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import { GossipService, type IGossipServer } from '@eventstore/db-client/generated/gossip_grpc_pb';
import {
  type IServerFeaturesServer,
  ServerFeaturesService,
} from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { MaximumAppendSizeExceeded, UUID } from '@eventstore/db-client/generated/shared_pb';
import type { Status } from '@eventstore/db-client/generated/status_pb';
import { type IStreamsServer, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import {
  type AppendReq,
  AppendResp,
  type BatchAppendReq,
  type BatchAppendResp,
  ReadReq,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb';
import { Empty } from '@eventstore/db-client/generated/shared_pb';
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type sendUnaryData,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { EventLog, type LogRecord, type ProposedRecord, type WriteResult } from './event-log';
import { type Fault, type FaultKind, FaultPlan } from './faults';
import {
  accessDenied,
  batchAnswer,
  batchStatus,
  checkpointAnswer,
  cutOff,
  eventAnswer,
  expectedOf,
  invalidPosition,
  maximumAppendSizeExceeded,
  notLeader,
  notReady,
  proposedOf,
  rpcError,
  sizeOf,
  streamDeleted,
  streamNameOf,
} from './wire';

export type DoubleOptions = {
  /** Nodes of one cluster share a log. */
  readonly log?: EventLog;
  /** `MaxAppendSize` of the server, in bytes. */
  readonly maxAppendSize?: number;
  /** Over TLS, with the certificate in `tls/`, for this user alone. */
  readonly user?: { readonly name: string; readonly password: string };
};

/** Answers that hold an event come encoded. */
const STREAMS = {
  ...StreamsService,
  read: {
    ...StreamsService.read,
    responseSerialize: (answer: ReadResp | Buffer) =>
      Buffer.isBuffer(answer) ? answer : StreamsService.read.responseSerialize(answer),
  },
};

const tlsFile = (name: string) => join(__dirname, 'tls', name);

/** Who signed the certificate of a double that speaks TLS. */
export const AUTHORITY_FILE = tlsFile('authority.crt');

type Reading = ServerWritableStream<ReadReq, ReadResp>;
type Batching = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;
type Appending = ServerReadableStream<AppendReq, AppendResp>;

/** What is left of a write when a fault came between: an answer, an error, or silence. */
type Outcome = WriteResult | Status | { readonly error: Error } | 'silence';

/**
 * What may be under way to the server on one call, and on one connection, in bytes: so much as Kestrel takes, which EventStoreDB
 * runs on (Http2Limits of ASP.NET Core, from 8 on).
 */
const STREAM_WINDOW = 768 * 1024;
const CONNECTION_WINDOW = 1024 * 1024;

/** How many events of a page are sent before others have their turn. */
const EVENTS_IN_A_ROW = 64;

/** After how many events that a subscription's filter holds back it is told how far the server has come. */
const CHECKPOINT_INTERVAL = 32;

/**
 * A node of EventStoreDB as far as its clients can tell: made of the service definitions that they ship, on a port of this
 * machine, with what it knows in memory. It answers as the real one does, errors and trailers included, and can be
 * told to fail.
 */
export class EventStoreDbDouble {
  private readonly server = new Server();
  private readonly faults = new FaultPlan();
  private readonly subscriptions = new Set<Reading>();
  private readonly instance = randomUUID();
  private leader: EventStoreDbDouble | null = this;
  private port = 0;
  /** How many appends of a stream have come in, whatever became of them. */
  readonly appends = new Map<string, number>();

  private constructor(
    readonly log: EventLog,
    private readonly maxAppendSize: number,
    private readonly user: DoubleOptions['user'],
  ) {
    this.server.addService(STREAMS, this.streams());
    this.server.addService(GossipService, this.gossip());
    this.server.addService(ServerFeaturesService, this.features());
  }

  static async start({ log, maxAppendSize, user }: DoubleOptions = {}): Promise<EventStoreDbDouble> {
    const double = new EventStoreDbDouble(log ?? new EventLog(), maxAppendSize ?? 1024 * 1024, user);
    await double.listen();
    return double;
  }

  get endpoint(): string {
    return `127.0.0.1:${this.port}`;
  }

  connectionString(scheme: 'esdb' | 'kurrentdb' = 'esdb'): string {
    return `${scheme}://${this.endpoint}?tls=false`;
  }

  fail(fault: Fault): void {
    this.faults.plan(fault);
  }

  recover(): void {
    this.faults.clear();
  }

  /** From now on another node leads, and this one sends everybody there; or nobody does, and who needs a leader waits. */
  follow(leader: EventStoreDbDouble | null): void {
    this.leader = leader;
  }

  get subscribers(): number {
    return this.subscriptions.size;
  }

  cutSubscriptions(): void {
    for (const call of this.subscriptions) call.emit('error', cutOff());
    this.subscriptions.clear();
  }

  /** Ends at once, with all that is under way. */
  async stop(): Promise<void> {
    this.server.forceShutdown();
  }

  private listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      const pair = () => ({
        cert_chain: readFileSync(tlsFile('node.crt')),
        private_key: readFileSync(tlsFile('node.key')),
      });
      const credentials = this.user
        ? ServerCredentials.createSsl(null, [pair()])
        : ServerCredentials.createInsecure();
      this.server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
        this.port = port;
        this.openWindows();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** gRPC's server for Node has no option for it, and keeps its servers to itself. */
  private openWindows(): void {
    const { http2Servers } = this.server as unknown as { readonly http2Servers: Map<Http2Server, unknown> };
    for (const server of http2Servers.keys()) {
      server.updateSettings({ initialWindowSize: STREAM_WINDOW });
      server.on('session', (session) => session.setLocalWindowSize(CONNECTION_WINDOW));
    }
  }

  private streams(): IStreamsServer {
    const unimplemented = (_call: unknown, answer: sendUnaryData<never>) =>
      answer(rpcError(status.UNIMPLEMENTED, 'the double does not do that'));
    return {
      append: (call, answer) => void this.append(call, answer),
      batchAppend: (call) => this.batchAppend(call),
      read: (call) => void this.read(call),
      delete: unimplemented,
      tombstone: unimplemented,
    };
  }

  private gossip(): IGossipServer {
    return {
      read: (_call, answer) => {
        const nodes = new Set([this.leader ?? this, this]);
        answer(null, new ClusterInfo().setMembersList([...nodes].map((node) => node.member())));
      },
    };
  }

  private member(): MemberInfo {
    const endpoint = new EndPoint().setAddress('127.0.0.1').setPort(this.port);
    const member = new MemberInfo().setInstanceId(new UUID().setString(this.instance));
    const { LEADER, FOLLOWER } = MemberInfo.VNodeState;
    member.setTimeStamp('0').setState(this.leader === this ? LEADER : FOLLOWER);
    return member.setIsAlive(true).setHttpEndPoint(endpoint);
  }

  private features(): IServerFeaturesServer {
    const service = 'event_store.client.streams.streams';
    const methods = ['append', 'batchappend', 'read'].map((name) =>
      new SupportedMethod().setServiceName(service).setMethodName(name),
    );
    return {
      getSupportedMethods: (_call, answer) =>
        answer(null, new SupportedMethods().setMethodsList(methods).setEventStoreServerVersion('24.10.0')),
    };
  }

  private notForHim(metadata: Metadata): Error | null {
    if (!this.user) return null;
    const { name, password } = this.user;
    const expected = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
    return metadata.get('authorization')[0] === expected ? null : accessDenied();
  }

  private mustBeElsewhere(metadata: Metadata): Error | null {
    const denied = this.notForHim(metadata);
    if (denied) return denied;
    if (this.leader === this || metadata.get('requires-leader')[0] !== 'true') return null;
    return this.leader ? notLeader('127.0.0.1', this.leader.port) : notReady();
  }

  private batchAppend(call: Batching): void {
    const proposed = new Map<string, { options: BatchAppendReq.Options; events: ProposedRecord[] }>();
    const write = async (
      request: BatchAppendReq,
      options: BatchAppendReq.Options,
      events: ProposedRecord[],
    ) => {
      const elsewhere = this.mustBeElsewhere(call.metadata);
      const stream = streamNameOf(options.getStreamIdentifier());
      const fault = elsewhere ? null : this.faultOfAppend(stream);
      const outcome: Outcome = elsewhere
        ? { error: elsewhere }
        : await this.write(stream, expectedOf(options), events, fault);
      if (outcome === 'silence' || call.cancelled || call.destroyed) return;
      if ('error' in outcome) {
        call.emit('error', outcome.error);
        return;
      }
      const answer = batchAnswer(request.getCorrelationId(), stream, outcome);
      call.write(answer);
      if (fault === 'answer-twice') call.write(answer);
    };
    call.on('data', (request: BatchAppendReq) => {
      const correlation = request.getCorrelationId()?.getString() ?? '';
      const options = request.getOptions() ?? proposed.get(correlation)?.options;
      if (!options) return;
      const events = [
        ...(proposed.get(correlation)?.events ?? []),
        ...request.getProposedMessagesList().map(proposedOf),
      ];
      proposed.set(correlation, { options, events });
      if (!request.getIsFinal()) return;
      proposed.delete(correlation);
      void write(request, options, events);
    });
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  }

  private async append(call: Appending, answer: sendUnaryData<AppendResp>): Promise<void> {
    let options: AppendReq.Options | undefined;
    const events: ProposedRecord[] = [];
    for await (const request of call as AsyncIterable<AppendReq>) {
      options = request.getOptions() ?? options;
      const message = request.getProposedMessage();
      if (message) events.push(proposedOf(message));
    }
    const elsewhere = this.mustBeElsewhere(call.metadata);
    if (elsewhere || !options) {
      answer(elsewhere ?? rpcError(status.INVALID_ARGUMENT, 'no options'));
      return;
    }
    const stream = streamNameOf(options.getStreamIdentifier());
    const isTooLarge = sizeOf(events) > this.maxAppendSize;
    const outcome: Outcome = isTooLarge
      ? { error: maximumAppendSizeExceeded(this.maxAppendSize) }
      : await this.write(stream, expectedOf(options), events, this.faultOfAppend(stream));
    if (outcome === 'silence') return;
    if ('error' in outcome) answer(outcome.error);
    else if ('result' in outcome) answer(null, appendAnswer(outcome));
    else answer(statusError(outcome, stream));
  }

  private faultOfAppend(stream: string): FaultKind | null {
    this.appends.set(stream, (this.appends.get(stream) ?? 0) + 1);
    return this.faults.take('append', stream);
  }

  private async write(
    stream: string,
    expected: number,
    events: readonly ProposedRecord[],
    fault: FaultKind | null,
  ): Promise<Outcome> {
    if (sizeOf(events) > this.maxAppendSize) {
      const limit = new MaximumAppendSizeExceeded().setMaxappendsize(this.maxAppendSize);
      return batchStatus('MaximumAppendSizeExceeded', limit.serializeBinary());
    }
    if (typeof fault === 'object' && fault) await delay(fault.delay);
    switch (fault) {
      case 'cut':
        return { error: cutOff() };
      case 'busy':
        return batchStatus('Empty', undefined, 'Server Is Busy');
      case 'drop':
        return 'silence';
      case 'timeout':
        return batchStatus('Timeout');
      case 'access-denied':
        return batchStatus('AccessDenied');
      case 'stream-deleted':
        return batchStatus('StreamDeleted');
      default:
    }
    const written = this.log.append(stream, expected, events);
    if (fault === 'lose-answer') return { error: cutOff() };
    if (fault === 'swallow-answer') return 'silence';
    return fault === 'timeout-written' ? batchStatus('Timeout') : written;
  }

  private async read(call: Reading): Promise<void> {
    const options = call.request.getOptions() as ReadReq.Options;
    const stream = options.hasStream() ? streamNameOf(options.getStream()?.getStreamIdentifier()) : '$all';
    const elsewhere = this.mustBeElsewhere(call.metadata);
    const fault = this.faults.take(options.hasSubscription() ? 'subscribe' : 'read', stream);
    if (typeof fault === 'object' && fault) await delay(fault.delay);
    const error = elsewhere ?? readError(fault, stream);
    if (error) call.emit('error', error);
    else if (fault === 'drop') return;
    else if (options.hasSubscription()) this.subscribe(call, options);
    else await this.sendPage(call, options, fault);
  }

  private async sendPage(call: Reading, options: ReadReq.Options, fault: FaultKind | null): Promise<void> {
    if (!this.beginsAtRecord(options)) {
      call.emit('error', invalidPosition());
      return;
    }
    const page = options.hasStream() ? this.streamPage(options) : this.wholePage(options);
    if (page === null) {
      const identifier = options.getStream()?.getStreamIdentifier();
      call.write(
        new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifier)),
      );
    }
    for (const [index, record] of (page ?? []).entries()) {
      if (fault === 'skip-event' && index === 1) continue;
      // A server has threads: who reads much does not keep those waiting who append.
      if (index % EVENTS_IN_A_ROW === EVENTS_IN_A_ROW - 1) await new Promise(setImmediate);
      const answer = eventAnswer(record, options.hasAll());
      for (let time = 0; time < (fault === 'answer-twice' ? 2 : 1); time += 1) {
        if (call.cancelled) return;
        if (!encodedTo(call).write(answer)) await new Promise((resolve) => call.once('drain', resolve));
      }
    }
    call.end();
  }

  private streamPage(options: ReadReq.Options): readonly LogRecord[] | null {
    const read = options.getStream();
    const records = this.log.stream(streamNameOf(read?.getStreamIdentifier()));
    if (!records) return null;
    const count = Number(options.getCount());
    const isBackwards = options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS;
    const end = records.length - 1;
    const from = read?.hasEnd() ? end : read?.hasStart() ? 0 : Number(read?.getRevision());
    if (!isBackwards) return records.slice(from, from + count);
    return records.slice(Math.max(0, from + 1 - count), from + 1).reverse();
  }

  /** A position is where a record lies in the log's files: a server cannot read anything from in between. */
  private beginsAtRecord(options: ReadReq.Options): boolean {
    const position = options.getAll()?.getPosition()?.getCommitPosition();
    if (position === undefined) return true;
    const wanted = BigInt(position);
    return this.log.all[this.log.indexFrom(wanted)]?.position === wanted;
  }

  private wholePage(options: ReadReq.Options): readonly LogRecord[] {
    const passes = filterOf(options);
    const all = options.getAll();
    const count = Number(options.getCount());
    const position = all?.getPosition()?.getCommitPosition();
    if (options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS)
      return this.log.all.filter(passes).slice(-count).reverse();
    const page: LogRecord[] = [];
    const first = position === undefined ? 0 : this.log.indexFrom(BigInt(position));
    for (let index = first; index < this.log.all.length && page.length < count; index += 1) {
      const record = this.log.all[index] as LogRecord;
      if (passes(record)) page.push(record);
    }
    return page;
  }

  /** Confirms, catches up behind the position that is asked for, and goes on with what is written. */
  private subscribe(call: Reading, options: ReadReq.Options): void {
    const passes = filterOf(options);
    const all = options.getAll();
    const position = all?.getPosition()?.getCommitPosition();
    const first = all?.hasEnd()
      ? this.log.all.length
      : position === undefined
        ? 0
        : this.log.indexFrom(BigInt(position) + 1n);
    let heldBack = 0;
    const send = (records: readonly LogRecord[]) => {
      for (const record of records) {
        if (passes(record)) this.sendEvent(call, record);
        else heldBack += 1;
        if (heldBack < CHECKPOINT_INTERVAL) continue;
        heldBack = 0;
        call.write(checkpointAnswer(record.position));
      }
    };
    const confirmation = new ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
    call.write(new ReadResp().setConfirmation(confirmation));
    send(this.log.all.slice(first));
    call.write(new ReadResp().setCaughtUp(new ReadResp.CaughtUp()));
    const stop = this.log.onWritten(send);
    this.subscriptions.add(call);
    const end = () => {
      stop();
      this.subscriptions.delete(call);
    };
    call.on('cancelled', end);
    call.on('error', end);
    call.on('close', end);
  }

  private sendEvent(call: Reading, record: LogRecord): void {
    const fault = this.faults.take('event', record.stream);
    if (fault === 'skip-event') return;
    const answer = eventAnswer(record, true);
    encodedTo(call).write(answer);
    if (fault === 'answer-twice') encodedTo(call).write(answer);
  }
}

/** A call that answers are written to as they are. */
function encodedTo(call: Reading): Writable {
  return call;
}

function filterOf(options: ReadReq.Options): (record: LogRecord) => boolean {
  const prefixes = options.getFilter()?.getStreamIdentifier()?.getPrefixList() ?? [];
  return ({ stream }) => prefixes.length === 0 || prefixes.some((prefix) => stream.startsWith(prefix));
}

function readError(fault: FaultKind | null, stream: string): Error | null {
  switch (fault) {
    case 'cut':
      return cutOff();
    case 'busy':
      return rpcError(status.UNAVAILABLE, 'Server Is Too Busy');
    case 'timeout':
      return rpcError(status.ABORTED, 'Operation timed out: read');
    case 'access-denied':
      return accessDenied();
    case 'stream-deleted':
      return streamDeleted(stream);
    default:
      return null;
  }
}

function appendAnswer(outcome: WriteResult): AppendResp {
  const answer = new AppendResp();
  if (outcome.result === 'success') {
    const position = new AppendResp.Position();
    position.setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
    const success = new AppendResp.Success().setCurrentRevision(String(outcome.lastRevision));
    return answer.setSuccess(success.setPosition(position));
  }
  const wrong = new AppendResp.WrongExpectedVersion();
  if (outcome.currentRevision < 0) wrong.setCurrentNoStream(new Empty());
  else wrong.setCurrentRevision(String(outcome.currentRevision));
  return answer.setWrongExpectedVersion(wrong);
}

/** The single append says by an error what the batch says by a status. */
function statusError(outcome: Status, stream: string): Error {
  switch (outcome.getDetails()?.getTypeName()) {
    case 'event_store.client.Timeout':
      return rpcError(status.ABORTED, 'Operation timed out: commit');
    case 'event_store.client.AccessDenied':
      return accessDenied();
    case 'event_store.client.StreamDeleted':
      return streamDeleted(stream);
    default:
      return rpcError(status.UNAVAILABLE, 'Server Is Too Busy');
  }
}
