import {
  type AllRead,
  type AppendAnswer,
  ClientFailure,
  type ExpectedRevision,
  type Position,
  type ProposedEvent,
  type RecordedEvent,
  type StreamRead,
} from './client';
import { bytes, chosen, integer, Message, message, sizeOfBytes, text, Writer } from './protobuf';

// The messages of `event_store.client.streams`, as far as they are used; the numbers are those of its definitions
// (streams.proto, shared.proto, status.proto), which EventStoreDB ≥ 21.10 and KurrentDB share.

export const READ = '/event_store.client.streams.Streams/Read';
export const BATCH_APPEND = '/event_store.client.streams.Streams/BatchAppend';

/** How many events a server looks at, for those that the filter lets through, before it says how far it came. */
const SEARCH_WINDOW = 1000;

/** "No position", as a server writes it. */
const NO_POSITION = 2n ** 64n - 1n;

const nothing = new Uint8Array();

/** In one piece: a group of entries may be most of a megabyte, and what is copied twice costs as much as it does once more. */
export function batchAppendRequest(
  correlation: string,
  stream: string,
  expected: ExpectedRevision,
  events: readonly ProposedEvent[],
): Buffer {
  const head = Buffer.concat([
    message(1, text(2, correlation)),
    message(2, message(1, text(3, stream)), expectedRevision(expected)),
  ]);
  const end = integer(4, true);
  const contents = events.map((event) => ({ event, ...contentOf(event) }));
  const size = contents.reduce((sum, content) => sum + sizeOfBytes(3, content.size), 0);
  const writer = new Writer(head.length + size + end.length);
  writer.put(head);
  for (const content of contents) {
    writer.begin(3, content.size);
    writer.begin(1, sizeOfBytes(2, content.event.id.length));
    writer.ascii(2, content.event.id);
    writer.put(content.fields);
    writer.text(3, content.event.metadata, content.metadataSize);
    writer.text(4, content.event.data, content.dataSize);
  }
  writer.put(end);
  return writer.written;
}

/** The metadata that a server asks for, and how many bytes the whole event takes. */
function contentOf({ id, type, metadata, data }: ProposedEvent): {
  readonly fields: Buffer;
  readonly metadataSize: number;
  readonly dataSize: number;
  readonly size: number;
} {
  const fields = fieldsOfType(type);
  const ofId = sizeOfBytes(1, sizeOfBytes(2, id.length));
  const [metadataSize, dataSize] = [Buffer.byteLength(metadata), Buffer.byteLength(data)];
  const size = ofId + fields.length + sizeOfBytes(3, metadataSize) + sizeOfBytes(4, dataSize);
  return { fields, metadataSize, dataSize, size };
}

/** By type: there are five of them. */
const fieldsByType = new Map<string, Buffer>();

function fieldsOfType(type: string): Buffer {
  const known = fieldsByType.get(type);
  if (known) return known;
  const fields = Buffer.concat([
    message(2, text(1, 'type'), text(2, type)),
    message(2, text(1, 'content-type'), text(2, 'application/octet-stream')),
  ]);
  fieldsByType.set(type, fields);
  return fields;
}

function expectedRevision(expected: ExpectedRevision): Buffer {
  if (expected === 'no-stream') return bytes(3, nothing);
  return expected === 'any' ? bytes(4, nothing) : chosen(2, expected);
}

export function streamRequest({ stream, from, direction, limit }: StreamRead): Buffer {
  const place = from === 'end' ? bytes(4, nothing) : chosen(2, from);
  return readRequest(
    message(1, message(1, text(3, stream)), place),
    integer(3, direction === 'backwards'),
    chosen(5, limit),
    bytes(8, nothing),
  );
}

export function allRequest({ prefix, from, limit }: AllRead): Buffer {
  return readRequest(
    message(2, typeof from === 'string' ? bytes(from === 'end' ? 3 : 2, nothing) : position(from)),
    integer(3, from === 'end'),
    chosen(5, limit),
    filterOn(prefix),
  );
}

/** From behind a position on, or with the first event; without an end. */
export function subscriptionRequest(prefix: string, after: Position | null): Buffer {
  return readRequest(
    message(2, after === null ? bytes(2, nothing) : position(after)),
    bytes(6, nothing),
    filterOn(prefix),
  );
}

/** Ids come as text. */
function readRequest(...options: readonly Uint8Array[]): Buffer {
  return message(1, ...options, message(9, bytes(2, nothing)));
}

function position({ commit, prepare }: Position): Buffer {
  return message(1, integer(1, commit), integer(2, prepare));
}

function filterOn(prefix: string): Buffer {
  return message(7, message(1, text(2, prefix)), integer(3, SEARCH_WINDOW), integer(5, 1));
}

export type ReadAnswer = {
  readonly event: RecordedEvent | null;
  readonly isConfirmation: boolean;
  readonly checkpoint: Position | null;
};

export function readAnswer(content: Uint8Array): ReadAnswer {
  const answer = new Message(content);
  const checkpoint = answer.message(3);
  const event = answer.message(1)?.message(1) ?? null;
  return {
    event: event && recorded(event),
    isConfirmation: answer.has(2),
    checkpoint: checkpoint && positionFrom(checkpoint.integer(1), checkpoint.integer(2)),
  };
}

function recorded(event: Message): RecordedEvent {
  const type = event.messages(6).find((field) => field.text(1) === 'type');
  return {
    stream: event.message(2)?.text(3) ?? '',
    revision: Number(event.integer(3)),
    type: type?.text(2) ?? '',
    data: event.bytes(8),
    metadata: event.bytes(7),
    position: positionFrom(event.integer(5), event.integer(4)),
  };
}

function positionFrom(commit: bigint, prepare: bigint): Position | null {
  return commit === NO_POSITION ? null : { commit, prepare };
}

export type BatchAppendAnswer = {
  readonly correlation: string;
  readonly outcome: AppendAnswer | ClientFailure;
};

export function batchAppendAnswer(content: Uint8Array): BatchAppendAnswer {
  const answer = new Message(content);
  return { correlation: uuidOf(answer.message(1)), outcome: outcomeOf(answer) };
}

function outcomeOf(answer: Message): AppendAnswer | ClientFailure {
  const success = answer.message(3);
  if (success) {
    const where = success.message(3);
    return { result: 'written', position: where && positionFrom(where.integer(1), where.integer(2)) };
  }
  const error = answer.message(2);
  const details = error?.message(3) ?? null;
  const type = details?.text(1).replace(/^.*\//, '').replace('event_store.client.', '') ?? '';
  return notWritten(type, details?.message(2) ?? null, error?.text(2) ?? '');
}

/** What the status of an append that did not succeed says: the name of a message, the message, and words. */
function notWritten(type: string, details: Message | null, words: string): AppendAnswer | ClientFailure {
  if (type === 'WrongExpectedVersion') {
    const actualRevision = details?.has(1) ? Number(details.integer(1)) : -1;
    return { result: 'wrong-revision', actualRevision };
  }
  if (type === 'MaximumAppendSizeExceeded')
    return new ClientFailure(`the server takes ${details?.integer(1) ?? 0n} bytes at once`, 'refused');
  const said = `${type} ${words}`.trim();
  if (/^(AccessDenied|StreamDeleted|BadRequest|InvalidTransaction|MaximumAppendEventSize)/.test(type))
    return new ClientFailure(said, 'refused');
  return new ClientFailure(said, /Not Ready|Is Busy/i.test(said) ? 'not-handled' : 'uncertain');
}

/** A server may write the same id as text or as two signed 64-bit integers. */
function uuidOf(uuid: Message | null): string {
  const structured = uuid?.message(1);
  if (!structured) return uuid?.text(2) ?? '';
  const half = (field: number) => structured.integer(field).toString(16).padStart(16, '0');
  return `${half(1)}${half(2)}`.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
