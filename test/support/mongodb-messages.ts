import type { Socket } from 'node:net';
import { BSON } from 'mongodb';

/** Four int32: the length, the number of the message, the number of the one that it answers, and the kind. */
const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** A flag of a message: there is no answer. */
const MORE_TO_COME = 2;

/** Of the message that holds a command: its flags and the kind of its first section come before the document. */
const DOCUMENT_AT = HEADER_BYTES + 4 + 1;

/** A command as a server meets it. */
export type Request = {
  readonly id: number;
  /** In the form of before MongoDB 3.6, in which drivers still make themselves known. */
  readonly isOfOld: boolean;
  /** Documents that came beside it are a member. Every number is of its BSON type: `Int32`, `Long` or `Double`. */
  readonly command: BSON.Document;
};

/** Cuts a stream into messages: each begins with its length. */
export function onMessages(socket: Socket, listener: (message: Buffer) => unknown): void {
  let parts: Buffer[] = [];
  let bytes = 0;
  socket.on('data', (part: Buffer) => {
    parts.push(part);
    bytes += part.length;
    while (bytes >= HEADER_BYTES) {
      const [first] = parts as [Buffer];
      const all = first.length >= HEADER_BYTES ? first : Buffer.concat(parts);
      const length = all.readInt32LE(0);
      if (bytes < length) return;
      const whole = parts.length === 1 ? first : Buffer.concat(parts);
      const rest = whole.subarray(length);
      parts = rest.length > 0 ? [rest] : [];
      bytes = rest.length;
      listener(whole.subarray(0, length));
    }
  });
}

/** The name of the first member of the command; empty for the handshake of old. */
export function commandOf(message: Buffer): string {
  if (message.readInt32LE(12) !== OP_MSG) return '';
  const nameAt = DOCUMENT_AT + 4 + 1;
  return message.toString('utf8', nameAt, message.indexOf(0, nameAt));
}

/** Without the documents that a write carries beside it. */
export function documentOf(message: Buffer): BSON.Document {
  if (message.readInt32LE(12) !== OP_MSG) return {};
  return BSON.deserialize(message.subarray(DOCUMENT_AT, DOCUMENT_AT + message.readInt32LE(DOCUMENT_AT)));
}

/** A driver that closes does not wait for what it says last. */
export function isAnswered(message: Buffer): boolean {
  return message.readInt32LE(12) !== OP_MSG || (message.readUInt32LE(HEADER_BYTES) & MORE_TO_COME) === 0;
}

/** @throws Error for a message, a flag or a section that no driver is known to send */
export function requestOf(message: Buffer): Request {
  const [id, kind] = [message.readInt32LE(4), message.readInt32LE(12)];
  if (kind === OP_QUERY) {
    const documentAt = message.indexOf(0, HEADER_BYTES + 4) + 1 + 8;
    return { id, isOfOld: true, command: bsonAt(message, documentAt) };
  }
  if (kind !== OP_MSG) throw new Error(`a message of kind ${kind}`);
  // Such as a checksum, or that there may be several answers.
  if ((message.readUInt32LE(HEADER_BYTES) & ~MORE_TO_COME) !== 0) throw new Error('a message with flags');
  const command: BSON.Document = {};
  let at = HEADER_BYTES + 4;
  while (at < message.length) {
    const section = message.readUInt8(at);
    const end = at + 1 + message.readInt32LE(at + 1);
    if (section === 0) Object.assign(command, bsonAt(message, at + 1));
    else if (section === 1) Object.assign(command, sequenceAt(message, at + 5, end));
    else throw new Error(`a section of kind ${section}`);
    at = end;
  }
  return { id, isOfOld: false, command };
}

export function answerTo({ id, isOfOld }: Request, answer: BSON.Document): Buffer {
  const document = BSON.serialize(answer, { ignoreUndefined: true });
  const between = isOfOld ? 20 : 5;
  const message = Buffer.alloc(HEADER_BYTES + between + document.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(id, 8);
  message.writeInt32LE(isOfOld ? OP_REPLY : OP_MSG, 12);
  // How many documents an answer of old has.
  if (isOfOld) message.writeInt32LE(1, HEADER_BYTES + 16);
  message.set(document, HEADER_BYTES + between);
  return message;
}

function bsonAt(message: Buffer, at: number): BSON.Document {
  const bytes = message.subarray(at, at + message.readInt32LE(at));
  return BSON.deserialize(bytes, { promoteValues: false, bsonRegExp: true });
}

/** Documents beside a command, under the name that comes before them. */
function sequenceAt(message: Buffer, at: number, end: number): BSON.Document {
  const nameEnd = message.indexOf(0, at);
  const documents: BSON.Document[] = [];
  for (let from = nameEnd + 1; from < end; from += message.readInt32LE(from))
    documents.push(bsonAt(message, from));
  return { [message.toString('utf8', at, nameEnd)]: documents };
}
