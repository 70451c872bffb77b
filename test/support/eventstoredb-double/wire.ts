import {
  AppendReq,
  type BatchAppendReq,
  BatchAppendResp,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb';
import {
  AllStreamPosition,
  Empty,
  StreamIdentifier,
  type UUID,
  WrongExpectedVersion,
} from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { BufferWriter, type Long } from 'protobufjs/minimal';
import {
  ANY,
  type LogRecord,
  NO_STREAM,
  type ProposedRecord,
  STREAM_EXISTS,
  type WriteResult,
} from './event-log';

/** "No position", as the server writes it when one stream is read. */
const NO_POSITION = 2n ** 64n - 1n;

/** An error with the trailers of the real server (RpcExceptions). */
export function rpcError(code: status, details: string, trailers: Record<string, string> = {}): ServiceError {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

export const notLeader = (host: string, port: number) =>
  rpcError(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });

export const notReady = () => rpcError(status.UNAVAILABLE, 'Server Is Not Ready');

export const accessDenied = () =>
  rpcError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export const streamDeleted = (stream: string) =>
  rpcError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const maximumAppendSizeExceeded = (limit: number) =>
  rpcError(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(limit),
  });

/** What a KurrentDB answers that is asked for records from where none begins. */
export const invalidPosition = () =>
  rpcError(status.UNKNOWN, 'Unexpected FilteredReadAllResult: InvalidPosition');

export const cutOff = () => rpcError(status.UNAVAILABLE, 'Connection dropped');

/** What an append costs the server, in bytes (Event.SizeOnDisk). */
export function sizeOf(events: readonly ProposedRecord[]): number {
  return events.reduce(
    (sum, { type, data, metadata }) => sum + data.length + metadata.length + 2 * type.length,
    0,
  );
}

export function streamNameOf(identifier: StreamIdentifier | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString();
}

export function expectedOf(options: AppendReq.Options | BatchAppendReq.Options): number {
  if (options.hasAny()) return ANY;
  if (options.hasNoStream()) return NO_STREAM;
  if (options.hasStreamExists()) return STREAM_EXISTS;
  return Number(options instanceof AppendReq.Options ? options.getRevision() : options.getStreamPosition());
}

export function proposedOf(
  message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage,
): ProposedRecord {
  const fields = message.getMetadataMap();
  return {
    id: message.getId()?.getString() ?? '',
    type: shared(fields.get('type') ?? ''),
    contentType: shared(fields.get('content-type') ?? ''),
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** Of the few texts that every event brings anew, one is kept. */
const texts = new Map<string, string>();

function shared(text: string): string {
  const known = texts.get(text);
  if (known === undefined) texts.set(text, text);
  return known ?? text;
}

/** What the server packs into the error of a batch append: a message of `event_store.client`, by name. */
export function batchStatus(name: string, bytes: Uint8Array = new Uint8Array(), message = ''): Status {
  // The clients ship no class for what is packed into a status but as a part of it: field 3, with nothing in it yet.
  const error = Status.deserializeBinary(Uint8Array.of(0x1a, 0));
  error.getDetails()?.pack(bytes, name === 'Empty' ? 'google.protobuf.Empty' : `event_store.client.${name}`);
  return error.setMessage(message);
}

export function batchAnswer(
  correlation: UUID | undefined,
  stream: string,
  outcome: WriteResult | Status,
): BatchAppendResp {
  const answer = new BatchAppendResp();
  answer.setCorrelationId(correlation);
  answer.setStreamIdentifier(new StreamIdentifier().setStreamName(Buffer.from(stream)));
  if (outcome instanceof Status) return answer.setError(outcome);
  if (outcome.result === 'success') {
    const success = new BatchAppendResp.Success().setCurrentRevision(String(outcome.lastRevision));
    const position = new AllStreamPosition();
    position.setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
    return answer.setSuccess(success.setPosition(position));
  }
  const wrong = new WrongExpectedVersion();
  if (outcome.currentRevision < 0) wrong.setCurrentNoStream(new Empty());
  else wrong.setCurrentStreamRevision(String(outcome.currentRevision));
  return answer.setError(batchStatus('WrongExpectedVersion', wrong.serializeBinary()));
}

/** The fields of messages that hold bytes or messages, and those that hold integers, as they are written before them. */
const [BYTES_1, BYTES_2, BYTES_3, BYTES_4] = [10, 18, 26, 34] as const;
const [METADATA, CUSTOM_METADATA, DATA] = [50, 58, 66] as const;
const [INTEGER_3, INTEGER_4, INTEGER_5] = [24, 32, 40] as const;

/**
 * An event as it is sent (a ReadResp), written without a message class in between: a server reads bytes from its disk and
 * sends them, and what the classes take for it would be the largest part of all that the double does. A reading of one
 * stream tells no positions; that of the whole tells them all.
 */
export function eventAnswer(record: LogRecord, isOfWhole: boolean): Buffer {
  const position = asLong(isOfWhole ? record.position : NO_POSITION);
  const answer = new BufferWriter();
  answer.uint32(BYTES_1).fork().uint32(BYTES_1).fork();
  answer.uint32(BYTES_1).fork().uint32(BYTES_2).string(record.id).ldelim();
  answer.uint32(BYTES_2).fork().uint32(BYTES_3).string(record.stream).ldelim();
  // As proto3 has it, 0 is not written.
  if (record.revision > 0) answer.uint32(INTEGER_3).uint64(record.revision);
  answer.uint32(INTEGER_4).uint64(position).uint32(INTEGER_5).uint64(position);
  writeMetadata(answer, 'type', record.type);
  writeMetadata(answer, 'content-type', record.contentType);
  writeMetadata(answer, 'created', '0');
  if (record.metadata.length > 0) answer.uint32(CUSTOM_METADATA).bytes(record.metadata);
  if (record.data.length > 0) answer.uint32(DATA).bytes(record.data);
  answer.ldelim();
  if (isOfWhole) answer.uint32(INTEGER_3).uint64(position);
  else answer.uint32(BYTES_4).fork().ldelim();
  answer.ldelim();
  return answer.finish() as Buffer;
}

function writeMetadata(answer: BufferWriter, name: string, value: string): void {
  answer.uint32(METADATA).fork().uint32(BYTES_1).string(name).uint32(BYTES_2).string(value).ldelim();
}

function asLong(position: bigint): Long {
  return {
    low: Number(BigInt.asIntN(32, position)),
    high: Number(BigInt.asIntN(32, position >> 32n)),
    unsigned: true,
  };
}

export function checkpointAnswer(position: bigint): ReadResp {
  const checkpoint = new ReadResp.Checkpoint();
  checkpoint.setCommitPosition(String(position)).setPreparePosition(String(position));
  return new ReadResp().setCheckpoint(checkpoint);
}
