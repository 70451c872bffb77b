import type { Signer } from '../ports/signer';
import { formatCheckpoint, noteSigner, parseCheckpoint, verifierKey } from '../proof/checkpoint';
import { sha256 } from './crypto';

/** The origin line of a ledger's checkpoints: names the log for ever. */
export function originOf(ledger: string): string {
  return `caisse/ledger/${ledger}`;
}

/** Signs the checkpoints of all ledgers of this installation. */
export class CheckpointSigner {
  private readonly note: (text: string) => string;

  constructor(private readonly signer: Signer) {
    const { keyName: name, publicKey } = signer;
    this.note = noteSigner({ name, publicKey, sign: (message) => signer.sign(message) }, sha256);
  }

  /** The key that a ledger's first event names. */
  get verifierKey(): string {
    return verifierKey(this.signer.keyName, this.signer.publicKey, sha256);
  }

  /** A signed checkpoint (C2SP tlog-checkpoint) of the first `size` events; `root` is their Merkle root in hex. */
  sign(ledger: string, size: number, root: string): string {
    return this.note(formatCheckpoint({ origin: originOf(ledger), size, root: Buffer.from(root, 'hex') }));
  }
}

/** Size and root (64 hex digits) of a signed checkpoint; null when it is none. Signatures are not checked here. */
export function parseNote(note: string): { readonly size: number; readonly root: string } | null {
  const end = note.indexOf('\n\n');
  if (end < 0) return null;
  try {
    const { size, root } = parseCheckpoint(note.slice(0, end + 1));
    return { size, root: Buffer.from(root).toString('hex') };
  } catch {
    return null;
  }
}
