import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { LedgerEvent } from '../../src/ledger/events';
import { ed25519Verify, sha256, sha256Hex } from '../../src/platform/crypto';
import { canonicalJson } from '../../src/proof/canonical-json';
import { formatCheckpoint, noteSigner, verifierKey } from '../../src/proof/checkpoint';
import { fromHex, genesisHash } from '../../src/proof/hash';
import { GrowingTree } from '../../src/proof/growing-tree';
import { LedgerVerifier, type Memory, type VerificationReport } from '../../src/proof/verification';

export type Stored = { readonly text: string; readonly hash: string };

/** A ledger as a store and its witness keep it. */
export type Sealed = {
  readonly stored: readonly Stored[];
  readonly checkpoint: { readonly size: number; readonly note: string };
  readonly witness: { readonly size: number; readonly root: string };
};

type Key = { readonly privateKey: KeyObject; readonly publicKey: Uint8Array };

function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  // The raw key is the last 32 bytes of its DER form (RFC 8410).
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(12));
  return { privateKey, publicKey: raw };
}

const OWN_KEY = newKey();
const KEY_NAME = 'caisse-test';
const ORIGIN = 'caisse/ledger/test';

function noteOf(tree: GrowingTree, { privateKey, publicKey }: Key, origin = ORIGIN): string {
  const body = formatCheckpoint({ origin, size: tree.size, root: fromHex(tree.root()) });
  const key = { name: KEY_NAME, publicKey, sign: (message: Uint8Array) => sign(null, message, privateKey) };
  return noteSigner(key, sha256)(body);
}

type Sealing = {
  /** Keeps the checkpoints and the key that events hold: what a forger does who has no key. */
  readonly asIs?: boolean;
  readonly key?: Key;
};

/**
 * Writes events as the service would have: numbered and linked in the given order, hashed, with signed checkpoints in
 * closures and at the end. Whatever else an event says is left as it is, so that a lie can be sealed like a truth.
 */
export function seal(events: readonly LedgerEvent[], { asIs = false, key = OWN_KEY }: Sealing = {}): Sealed {
  const tree = GrowingTree.empty(sha256Hex);
  let prevHash = genesisHash(events[0]?.ledger ?? '', sha256Hex);
  const stored = events.map((event, index) => {
    const text = canonicalJson({
      ...(asIs ? event : withSeal(event, tree, key)),
      sequence: index + 1,
      prevHash,
    });
    const hash = sha256Hex(text);
    tree.append(hash);
    prevHash = hash;
    return { text, hash };
  });
  return {
    stored,
    checkpoint: { size: tree.size, note: noteOf(tree, key) },
    witness: { size: tree.size, root: tree.root() },
  };
}

/** A checkpoint of these very events that our key has signed for another log. */
export function checkpointOfAnotherLog(stored: readonly Stored[]): Sealed['checkpoint'] {
  const tree = GrowingTree.empty(sha256Hex);
  for (const { hash } of stored) tree.append(hash);
  return { size: tree.size, note: noteOf(tree, OWN_KEY, 'caisse/ledger/another') };
}

function withSeal(event: LedgerEvent, tree: GrowingTree, key: Key): LedgerEvent {
  if (event.type === 'LedgerOpened') {
    const named = verifierKey(KEY_NAME, key.publicKey, sha256);
    return { ...event, data: { ...event.data, origin: ORIGIN, verifierKey: named } };
  }
  if (event.type !== 'DayClosed') return event;
  return { ...event, data: { ...event.data, checkpoint: noteOf(tree, key) } };
}

/** The same story, signed by somebody else under the same name. */
export function sealWithOtherKey(events: readonly LedgerEvent[]): Sealed {
  return seal(events, { key: newKey() });
}

/** Verifies texts and hashes as they are. */
export function verifyStored(stored: readonly Stored[], memory: Memory = {}): VerificationReport {
  const texts = new Map<number, string>();
  const textOf = (sequence: number) => texts.get(sequence) ?? null;
  const verifier = new LedgerVerifier({ sha256, sha256Hex, ed25519Verify, textOf });
  verifier.expect(memory);
  for (const event of stored) texts.set(verifier.add(event), event.text);
  return verifier.finish();
}

/** What a report says, shortly: `42 hash-mismatch`. */
export function findingsOf({ errors }: VerificationReport): string[] {
  return errors.map(({ sequence, code }) => `${sequence} ${code}`);
}
