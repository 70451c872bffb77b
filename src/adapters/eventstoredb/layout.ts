import { createHash } from 'node:crypto';
import type { Head, StoredEvent } from '../../ports/event-store';
import type { Position, ProposedEvent, RecordedEvent } from './client';

/** The type of every event of a ledger: what it is says its text. */
const FACT = 'fact';

/** What an event costs beside its text, in bytes: the hash beside it, and two bytes for each letter of its type. */
export const BYTES_BESIDE = Buffer.byteLength(hashMetadata('0'.repeat(64))) + 2 * FACT.length;

/** Which stream holds what. The prefix keeps several stores of one server apart. */
export class Layout {
  /** What the names of all ledgers' streams, and of no others, begin with. */
  readonly ledgers: string;
  /** The same of the streams of their checkpoints. */
  readonly checkpoints: string;
  /** One event for each ledger that was begun. */
  readonly index: string;
  /** One event, which holds the store's id. */
  readonly identity: string;

  constructor(prefix: string) {
    this.ledgers = `${prefix}ledger-`;
    this.checkpoints = `${prefix}checkpoint-`;
    this.index = `${prefix}ledgers`;
    this.identity = `${prefix}caisse-store`;
  }

  ofLedger(ledger: string): string {
    return `${this.ledgers}${ledger}`;
  }

  ofCheckpoints(ledger: string): string {
    return `${this.checkpoints}${ledger}`;
  }

  ledgerOf(stream: string): string {
    return stream.slice(this.ledgers.length);
  }

  ledgerOfCheckpoints(stream: string): string {
    return stream.slice(this.checkpoints.length);
  }
}

/** The first 128 bits of a hash as a UUID: the same bytes have the same id, however often they are sent. */
function idOf(hash: string): string {
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-${hash.slice(12, 16)}-${hash.slice(16, 20)}-${hash.slice(20, 32)}`;
}

/** An event with an id made of what it says. */
export function note(type: string, text: string, metadata = ''): ProposedEvent {
  const id = idOf(createHash('sha256').update(`${type}\n${metadata}\n${text}`).digest('hex'));
  return { id, type, data: text, metadata };
}

function hashMetadata(hash: string): string {
  return `{"hash":"${hash}"}`;
}

export function proposedOf({ text, hash }: StoredEvent): ProposedEvent {
  return { id: idOf(hash), type: FACT, data: text, metadata: hashMetadata(hash) };
}

/** Bytes come back as they are; an event without a hash beside it is found by whoever checks the hash. */
export function storedOf(ledger: string, event: RecordedEvent): StoredEvent {
  const { sequence, hash } = headOf(ledger, event);
  return { ledger, sequence, text: textOf(event.data), hash };
}

/** The ledger's head when this event was its last one. */
export function headOf(ledger: string, { revision, metadata }: RecordedEvent): Head {
  const text = textOf(metadata);
  const hash = HASH_METADATA.exec(text)?.[1] ?? fieldsOf(metadata).hash;
  return { ledger, sequence: revision + 1, hash: typeof hash === 'string' ? hash : '' };
}

/** As `hashMetadata` writes it: what reads every event need not parse it. */
const HASH_METADATA = /^\{"hash":"([0-9a-f]{64})"\}$/;

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** The fields of metadata; none when it is not ours. */
export function fieldsOf(metadata: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(textOf(metadata));
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A position is one number where nothing was written in a transaction, and nothing here is. @throws RangeError */
export function numberOf({ commit, prepare }: Position): number {
  if (commit !== prepare) throw new RangeError(`position ${commit}/${prepare} is of a transaction`);
  if (commit > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`position ${commit} is beyond 2^53`);
  return Number(commit);
}

export function positionOfNumber(position: number): Position {
  return { commit: BigInt(position), prepare: BigInt(position) };
}
