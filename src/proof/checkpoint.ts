import { equalBytes, fromBase64, type Sha256, toBase64, toHex } from './hash';

/** The head of a log: what a checkpoint says (C2SP tlog-checkpoint). */
export type CheckpointBody = {
  /** Names the log for ever. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  /** Merkle root of 32 bytes. */
  readonly root: Uint8Array;
};

export function formatCheckpoint({ origin, size, root }: CheckpointBody): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** @throws RangeError saying what is malformed */
export function parseCheckpoint(body: string): CheckpointBody {
  const lines = body.split('\n');
  const [origin = '', size = '', root = ''] = lines;
  if (lines.length < 4 || lines.at(-1) !== '')
    throw new RangeError('a checkpoint has three lines, each ended');
  if (origin === '') throw new RangeError('the origin is empty');
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size)))
    throw new RangeError('no size');
  const bytes = fromBase64(root);
  if (bytes?.length !== 32) throw new RangeError('no root of 32 bytes in base64');
  return { origin, size: Number(size), root: bytes };
}

/** Ed25519, as C2SP signed-note numbers its algorithms. */
const ED25519 = 0x01;
const encoder = new TextEncoder();

/** First four bytes of SHA-256(name ‖ "\n" ‖ algorithm ‖ public key). */
function keyHash(name: string, publicKey: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concat(encoder.encode(`${name}\n`), Uint8Array.of(ED25519), publicKey)).slice(0, 4);
}

/** How a key is written down: `name+hash+base64(algorithm ‖ public key)`. */
export function verifierKey(name: string, publicKey: Uint8Array, sha256: Sha256): string {
  requireKeyName(name);
  const encoded = toBase64(concat(Uint8Array.of(ED25519), publicKey));
  return `${name}+${toHex(keyHash(name, publicKey, sha256))}+${encoded}`;
}

export type Verifier = { readonly name: string; readonly publicKey: Uint8Array; readonly hash: Uint8Array };

/** @throws RangeError saying what is malformed */
export function parseVerifierKey(text: string, sha256: Sha256): Verifier {
  const [name = '', hash = '', ...encoded] = text.split('+');
  requireKeyName(name);
  const bytes = fromBase64(encoded.join('+'));
  if (bytes?.length !== 33 || bytes[0] !== ED25519) throw new RangeError('no Ed25519 key');
  const publicKey = bytes.slice(1);
  const expected = keyHash(name, publicKey, sha256);
  if (toHex(expected) !== hash) throw new RangeError('the key does not have its hash');
  return { name, publicKey, hash: expected };
}

function requireKeyName(name: string): void {
  if (name === '' || /[\s+]/u.test(name)) throw new RangeError('a key name has no spaces or plus signs');
}

/** Signs a text (C2SP signed-note): the text, an empty line, a signature line. The text ends with a line feed. */
export function signedNote(
  text: string,
  name: string,
  publicKey: Uint8Array,
  sign: (message: Uint8Array) => Uint8Array,
  sha256: Sha256,
): string {
  requireKeyName(name);
  if (!text.endsWith('\n')) throw new RangeError('a note ends with a line feed');
  const signature = sign(encoder.encode(text));
  return `${text}\n\u2014 ${name} ${toBase64(concat(keyHash(name, publicKey, sha256), signature))}\n`;
}

export type Ed25519Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export type OpenedNote = {
  readonly text: string;
  /** Names of the given verifiers whose signature is good. */
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
  const message = encoder.encode(text);
  const signedBy: string[] = [];
  for (const line of signatures.slice(0, -1).split('\n')) {
    const { name, hash, signature } = parseSignature(line);
    const verifier = verifiers.find((known) => known.name === name && equalBytes(known.hash, hash));
    if (!verifier || signedBy.includes(name)) continue;
    if (!ed25519Verify(verifier.publicKey, message, signature))
      throw new RangeError(`bad signature of ${name}`);
    signedBy.push(name);
  }
  return { text, signedBy };
}

function parseSignature(line: string): { name: string; hash: Uint8Array; signature: Uint8Array } {
  const match = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line);
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
