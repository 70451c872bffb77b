import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Signer } from '../../ports/signer';
import { UnusableFile } from '../../ports/unusable-file';
import { ed25519Signer } from './ed25519';

/** Signs with an Ed25519 key in a file that only its owner may read (PKCS #8, PEM); made when there is none. */
export class SignerKeyFile extends Signer {
  override readonly publicKey: Uint8Array;
  override readonly keyName: string;
  private readonly signWithKey: (message: Uint8Array) => Uint8Array;

  /** @throws UnusableFile when the key can be read by others, cannot be read or made here, or is no Ed25519 key */
  constructor(file: string) {
    super();
    const key = keyIn(file, pemOf(file));
    const der = createPublicKey(key).export({ format: 'der', type: 'spki' });
    // The raw key is the last 32 bytes of its DER form (RFC 8410).
    this.publicKey = new Uint8Array(der.subarray(der.length - 32));
    this.signWithKey = ed25519Signer(key);
    this.keyName = `caisse-${createHash('sha256').update(this.publicKey).digest('hex').slice(0, 8)}`;
  }

  override sign(message: Uint8Array): Uint8Array {
    return this.signWithKey(message);
  }
}

/** The text of the file, which is made when there is none. */
function pemOf(file: string): Buffer {
  try {
    if (!existsSync(file)) makeKey(file);
    const { mode } = statSync(file);
    if ((mode & 0o077) === 0) return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the signing key cannot be read or made: ${reason}`;
    throw new UnusableFile('key-out-of-reach', file, message, { cause: error });
  }
  const message = `${file} holds the signing key and is open to others: chmod 600 ${file}`;
  throw new UnusableFile('key-open-to-others', file, message);
}

function keyIn(file: string, pem: Buffer): KeyObject {
  let cause: unknown;
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    // A file of something else altogether: OpenSSL says so in its own way.
    cause = error;
  }
  throw new UnusableFile('no-signing-key', file, `${file} holds no Ed25519 key`, { cause });
}

/** On the disk before it is in its place, so that no crash leaves half a key; the first of two makers wins. */
function makeKey(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  // In containers that share a folder every process has the same number.
  const fresh = `${file}.${randomUUID()}.new`;
  const { privateKey } = generateKeyPairSync('ed25519');
  const descriptor = openSync(fresh, 'wx', 0o600);
  writeSync(descriptor, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  fsyncSync(descriptor);
  closeSync(descriptor);
  try {
    linkSync(fresh, file);
    syncFolder(dirname(file));
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** Events will name this key for ever: its name must outlive a power cut, too. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
