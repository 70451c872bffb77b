import { equalBytes, fromBase64, type Sha256, toBase64, toHex } from './hash';

/** What no signed note holds (C2SP signed-note): controls but the line feed, and what has no UTF-8 form. */
const NOT_IN_A_NOTE = /[\u0000-\u0009\u000b-\u001f\p{Cs}]/u;

/** The head of a log: what a checkpoint says (C2SP tlog-checkpoint). */
export type CheckpointBody = {
  /** Names the log for ever. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  /** Merkle root of 32 bytes. */
  readonly root: Uint8Array;
};

/** @throws RangeError for an origin, a size or a root that would be read back as another, or not at all */
export function formatCheckpoint({ origin, size, root }: CheckpointBody): string {
  if (origin === '' || origin.includes('\n') || NOT_IN_A_NOTE.test(origin))
    throw new RangeError('an origin is one line of printable characters');
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`no size: ${size}`);
  if (root.length !== 32) throw new RangeError('a root has 32 bytes');
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Reads a checkpoint; extension lines behind the root are passed over.
 *
 * @throws RangeError saying what is malformed
 */
export function parseCheckpoint(body: string): CheckpointBody {
  const [origin, size, root] = linesOf(body);
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size)))
    throw new RangeError('no size');
  const bytes = fromBase64(root);
  if (bytes?.length !== 32) throw new RangeError('no root of 32 bytes in base64');
  return { origin, size: Number(size), root: bytes };
}

function linesOf(body: string): [origin: string, size: string, root: string, ...string[]] {
  const lines = body.split('\n');
  if (lines.length < 4 || lines.pop() !== '')
    throw new RangeError('a checkpoint has three lines, each ended');
  if (NOT_IN_A_NOTE.test(body)) throw new RangeError('a control character, or half of a surrogate pair');
  if (lines[0] === '') throw new RangeError('the origin is empty');
  if (lines.includes('', 3)) throw new RangeError('an extension line is empty');
  return lines as [string, string, string, ...string[]];
}

/** Ed25519, as C2SP signed-note numbers its algorithms. */
const ED25519 = 0x01;
const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;
const encoder = new TextEncoder();

/** First four bytes of SHA-256(name ‖ "\n" ‖ algorithm ‖ public key). */
function keyHash(name: string, publicKey: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concat(encoder.encode(`${name}\n`), Uint8Array.of(ED25519), publicKey)).slice(0, 4);
}

/**
 * How a key is written down: `name+hash+base64(algorithm ‖ public key)`.
 *
 * @throws RangeError for a malformed name or key
 */
export function verifierKey(name: string, publicKey: Uint8Array, sha256: Sha256): string {
  requireKeyName(name);
  requireKeyLength(publicKey);
  const encoded = toBase64(concat(Uint8Array.of(ED25519), publicKey));
  return `${name}+${toHex(keyHash(name, publicKey, sha256))}+${encoded}`;
}

export type Verifier = { readonly name: string; readonly publicKey: Uint8Array; readonly hash: Uint8Array };

/** @throws RangeError saying what is malformed */
export function parseVerifierKey(text: string, sha256: Sha256): Verifier {
  const [name = '', hash = '', ...encoded] = text.split('+');
  requireKeyName(name);
  const bytes = fromBase64(encoded.join('+'));
  if (bytes?.length !== 1 + KEY_LENGTH || bytes[0] !== ED25519) throw new RangeError('no Ed25519 key');
  const publicKey = bytes.slice(1);
  const expected = keyHash(name, publicKey, sha256);
  if (toHex(expected) !== hash) throw new RangeError('the key does not have its hash');
  return { name, publicKey, hash: expected };
}

function requireKeyName(name: string): void {
  if (!KEY_NAME.test(name)) throw new RangeError('a key name has no spaces or plus signs');
}

/** U+0085 is a space for Unicode, though not for `\s`. */
const KEY_NAME = /^[^\s\u0085+\u0000-\u001f\p{Cs}]+$/u;

function requireKeyLength(publicKey: Uint8Array): void {
  if (publicKey.length !== KEY_LENGTH) throw new RangeError('an Ed25519 key has 32 bytes');
}

export type NoteKey = {
  readonly name: string;
  /** The raw 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519 over a message; 64 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
};

/**
 * What signs texts with one key (C2SP signed-note): the text, an empty line, a signature line. A text ends with a line
 * feed.
 *
 * @throws RangeError for a name or a key, and then for a text or a signature, that could not be read back
 */
export function noteSigner({ name, publicKey, sign }: NoteKey, sha256: Sha256): (text: string) => string {
  requireKeyName(name);
  requireKeyLength(publicKey);
  const hash = keyHash(name, publicKey, sha256);
  return (text) => {
    if (!text.endsWith('\n')) throw new RangeError('a note ends with a line feed');
    if (NOT_IN_A_NOTE.test(text)) throw new RangeError('a control character, or half of a surrogate pair');
    const signature = sign(encoder.encode(text));
    if (signature.length !== SIGNATURE_LENGTH) throw new RangeError('an Ed25519 signature has 64 bytes');
    return `${text}\n\u2014 ${name} ${toBase64(concat(hash, signature))}\n`;
  };
}

export type Ed25519Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** As many as Go's sumdb/note reads: a hostile note shall not cost more than that. */
const MOST_SIGNATURES = 100;

export type OpenedNote = {
  readonly text: string;
  /** Names of the given verifiers whose signature is good, each once. */
  readonly signedBy: readonly string[];
};

/**
 * Opens a note: its text and which of the known keys signed it. A bad signature of a known key makes the whole note
 * bad; signatures of unknown keys are passed over.
 *
 * @throws RangeError saying what is malformed, or which key's signature is bad
 */
export function openNote(
  note: string,
  verifiers: readonly Verifier[],
  ed25519Verify: Ed25519Verify,
): OpenedNote {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) throw new RangeError('no empty line before the signatures');
  const text = note.slice(0, end + 1);
  const signatures = note.slice(end + 2);
  if (!signatures.endsWith('\n')) throw new RangeError('the last signature is not ended by a line feed');
  if (NOT_IN_A_NOTE.test(note)) throw new RangeError('a control character, or half of a surrogate pair');
  const lines = signatures.slice(0, -1).split('\n');
  if (lines.length > MOST_SIGNATURES) throw new RangeError(`more than ${MOST_SIGNATURES} signatures`);
  const message = encoder.encode(text);
  // By key, not by name: the old and the new key of a rotation may share one.
  const signers = new Set<Verifier>();
  for (const line of lines) {
    const { name, hash, signature } = parseSignature(line);
    const verifier = verifiers.find((known) => known.name === name && equalBytes(known.hash, hash));
    if (!verifier || signers.has(verifier)) continue;
    if (signature.length !== SIGNATURE_LENGTH || !ed25519Verify(verifier.publicKey, message, signature))
      throw new RangeError(`bad signature of ${name}`);
    signers.add(verifier);
  }
  return { text, signedBy: [...new Set([...signers].map(({ name }) => name))] };
}

function parseSignature(line: string): { name: string; hash: Uint8Array; signature: Uint8Array } {
  const match = /^\u2014 ([^\s\u0085+]+) (\S+)$/u.exec(line);
  const bytes = match ? fromBase64(match[2] as string) : null;
  if (!match || !bytes || bytes.length < 5) throw new RangeError('malformed signature line');
  return { name: match[1] as string, hash: bytes.slice(0, 4), signature: bytes.slice(4) };
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
