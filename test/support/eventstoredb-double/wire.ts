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
  UUID,
  WrongExpectedVersion,
} from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import {
  ANY,
  type LogRecord,
  NO_STREAM,
  type ProposedRecord,
  STREAM_EXISTS,
  type WriteResult,
} from './event-log';

/** "No position", as the server writes it when one stream is read. */
const NO_POSITION = '18446744073709551615';

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
    type: fields.get('type') ?? '',
    contentType: fields.get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
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

/**
 * An event as it is sent, encoded once for all who ask: a server reads bytes from its disk and sends them. A reading of
 * one stream tells no positions; that of the whole tells them all.
 */
export function eventAnswer(record: LogRecord, isOfWhole: boolean): Buffer {
  const encode = () => Buffer.from(eventMessage(record, isOfWhole).serializeBinary());
  if (isOfWhole) return (record.answers.ofWhole ??= encode());
  return (record.answers.ofStream ??= encode());
}

function eventMessage(record: LogRecord, isOfWhole: boolean): ReadResp {
  const recorded = new ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(new UUID().setString(record.id));
  recorded.setStreamIdentifier(new StreamIdentifier().setStreamName(Buffer.from(record.stream)));
  recorded.setStreamRevision(String(record.revision));
  const position = isOfWhole ? String(record.position) : NO_POSITION;
  recorded.setCommitPosition(position).setPreparePosition(position);
  const fields = recorded.getMetadataMap();
  fields.set('type', record.type).set('content-type', record.contentType).set('created', '0');
  recorded.setData(record.data).setCustomMetadata(record.metadata);
  const event = new ReadResp.ReadEvent().setEvent(recorded);
  if (isOfWhole) event.setCommitPosition(position);
  else event.setNoPosition(new Empty());
  return new ReadResp().setEvent(event);
}

export function checkpointAnswer(position: bigint): ReadResp {
  const checkpoint = new ReadResp.Checkpoint();
  checkpoint.setCommitPosition(String(position)).setPreparePosition(String(position));
  return new ReadResp().setCheckpoint(checkpoint);
}
