import { type KeyObject, sign } from 'node:crypto';

/** What is used of libsodium's binding; the optional package brings no types. */
type Sodium = {
  readonly sodium_malloc: (bytes: number) => Buffer;
  readonly sodium_memzero: (buffer: Buffer) => void;
  readonly crypto_sign_seed_keypair: (publicKey: Buffer, secretKey: Buffer, seed: Buffer) => void;
  readonly crypto_sign_detached: (signature: Uint8Array, message: Uint8Array, secretKey: Buffer) => void;
};

const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;
const SECRET_KEY_BYTES = 64;
const SIGNATURE_BYTES = 64;

/**
 * Signs with an Ed25519 key (RFC 8032): 64 bytes. Every append is signed, and libsodium takes a third of the time that
 * Node's one-shot call takes; where its binding has no binary for the platform, Node signs. Ed25519 is deterministic:
 * both make the same bytes.
 */
export function ed25519Signer(
  key: KeyObject,
  sodium: Sodium | null = loadSodium(),
): (message: Uint8Array) => Uint8Array {
  if (!sodium) return (message) => sign(null, message, key);
  const secretKey = secretKeyOf(key, sodium);
  return (message) => {
    const signature = new Uint8Array(SIGNATURE_BYTES);
    sodium.crypto_sign_detached(signature, message, secretKey);
    return signature;
  };
}

/** In memory of libsodium's own, which it asks the system not to swap out. */
function secretKeyOf(key: KeyObject, sodium: Sodium): Buffer {
  const { d } = key.export({ format: 'jwk' });
  const seed = Buffer.from(d ?? '', 'base64url');
  if (seed.length !== SEED_BYTES) throw new TypeError('no private Ed25519 key');
  const secretKey = sodium.sodium_malloc(SECRET_KEY_BYTES);
  sodium.crypto_sign_seed_keypair(Buffer.alloc(PUBLIC_KEY_BYTES), secretKey, seed);
  sodium.sodium_memzero(seed);
  return secretKey;
}

export function loadSodium(): Sodium | null {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- optional, and wanted synchronously
    return require('sodium-native') as Sodium;
  } catch {
    return null;
  }
}
