import { deserialize, serialize } from 'node:v8';
import { Changes } from '../kernel/changes';
import { evolve } from '../ledger/evolve';
import { emptyLedger, type Ledger, STATE_VERSION } from '../ledger/ledger';
import { type EventStore, StoreUnavailable, type StoredEvent } from '../ports/event-store';
import type { ReadModelStore, StoredSnapshot } from '../ports/read-model-store';
import type { Witness } from '../ports/witness';
import { genesisHash } from '../proof/hash';
import { parseNote } from './checkpoints';
import { GrowingTree } from '../proof/growing-tree';
import { ChainWriter } from './chain-writer';
import { DamagedEvent, decodeStoredEvent } from './codec';
import { hmacSha256Hex, sha256Hex } from './crypto';

/** How many events are read at a time while a ledger is loaded. */
const PAGE = 1000;

/** The store has lost events that were acknowledged: this ledger is not opened, the others serve. */
export class LedgerBehindWitness extends Error {
  override readonly name = 'LedgerBehindWitness';

  constructor(
    readonly ledger: string,
    /** Sequences that were acknowledged and are not there. */
    readonly missing: { readonly from: number; readonly to: number },
  ) {
    super(`ledger ${ledger} has lost events ${missing.from} to ${missing.to} that were acknowledged`);
  }
}

/** The stored events contradict a checkpoint or the witness: history was replaced. */
export class LedgerContradicted extends Error {
  override readonly name = 'LedgerContradicted';

  constructor(
    readonly ledger: string,
    readonly size: number,
    readonly by: 'checkpoint' | 'witness',
  ) {
    super(`the first ${size} events of ledger ${ledger} are not those of its ${by}`);
  }
}

export type LoadedLedger = {
  readonly ledger: Ledger;
  readonly chain: ChainWriter;
  /** Events folded after the snapshot. */
  readonly tail: number;
};

export type LoaderDependencies = {
  readonly store: Pick<EventStore, 'read'>;
  readonly readStore: ReadModelStore;
  /** Key of the snapshots' MAC: a snapshot that somebody else wrote is not used. */
  readonly snapshotKey: Uint8Array;
};

export type LoadOptions = {
  /** For who makes the next snapshot: without the last one there is nothing to go on from, and nowhere to put it. */
  readonly needsSnapshot?: boolean;
};

type SnapshotContent = { readonly ledger: Ledger; readonly tree: { size: number; hashes: string[] } };

/** The MAC covers the whole snapshot: what it is of, and its bytes. */
export function macOfSnapshot(key: Uint8Array, snapshot: Omit<StoredSnapshot, 'mac'>): string {
  const { ledger, stateVersion, sequence, hash, bytes } = snapshot;
  return hmacSha256Hex(key, `${ledger}|${stateVersion}|${sequence}|${hash}|`, bytes);
}

export function snapshotOf({ ledger, chain }: LoadedLedger, key: Uint8Array): StoredSnapshot {
  const content: SnapshotContent = {
    ledger,
    tree: { size: chain.tree.size, hashes: [...chain.tree.hashes] },
  };
  const unsigned = {
    ledger: ledger.id,
    stateVersion: STATE_VERSION,
    sequence: ledger.sequence,
    hash: chain.hash,
    bytes: new Uint8Array(serialize(content)),
  };
  return { ...unsigned, mac: macOfSnapshot(key, unsigned) };
}

/**
 * A ledger's state from its snapshot and the events after it. A snapshot is never trusted blindly: another state
 * version, a wrong MAC or another hash at its sequence, and all is folded again. So it is where their store does not
 * answer: who records needs the events and nothing else.
 *
 * @throws DamagedEvent, UnknownEvent, StoreUnavailable
 */
export async function loadLedger(
  id: string,
  dependencies: LoaderDependencies,
  { needsSnapshot = false }: LoadOptions = {},
): Promise<LoadedLedger> {
  const snapshot = await dependencies.readStore.snapshot(id).catch((error: unknown) => {
    if (needsSnapshot || !(error instanceof StoreUnavailable)) throw error;
    return null;
  });
  const start = (snapshot && (await fromSnapshot(id, snapshot, dependencies))) ?? fromNothing(id);
  const tail = await followTail(start, dependencies.store);
  return { ...start, tail };
}

function fromNothing(id: string): Omit<LoadedLedger, 'tail'> {
  return {
    ledger: emptyLedger(id),
    chain: new ChainWriter(id, genesisHash(id, sha256Hex), GrowingTree.empty(sha256Hex)),
  };
}

async function fromSnapshot(
  id: string,
  snapshot: StoredSnapshot,
  { store, snapshotKey }: LoaderDependencies,
): Promise<Omit<LoadedLedger, 'tail'> | null> {
  if (snapshot.stateVersion !== STATE_VERSION) return null;
  if (snapshot.mac !== macOfSnapshot(snapshotKey, snapshot)) return null;
  const [event] = await store.read(id, snapshot.sequence, 1);
  if (event?.hash !== snapshot.hash) return null;
  const content = deserialize(snapshot.bytes) as SnapshotContent;
  const tree = GrowingTree.of(content.tree.size, content.tree.hashes, sha256Hex);
  return { ledger: content.ledger, chain: new ChainWriter(id, snapshot.hash, tree) };
}

/** Folds what the store has after the loaded state; answers how many events that were. */
export async function followTail(
  loaded: Omit<LoadedLedger, 'tail'>,
  store: Pick<EventStore, 'read'>,
): Promise<number> {
  const changes = new Changes();
  let folded = 0;
  for (;;) {
    const page = await store.read(loaded.ledger.id, loaded.ledger.sequence + 1, PAGE);
    for (const stored of page) foldStored(loaded, changes, stored);
    folded += page.length;
    if (page.length < PAGE) return folded;
  }
}

function foldStored(
  { ledger, chain }: Omit<LoadedLedger, 'tail'>,
  changes: Changes,
  stored: StoredEvent,
): void {
  const event = decodeStoredEvent(stored);
  if (event.sequence !== ledger.sequence + 1) throw new DamagedEvent(ledger.id, stored.sequence, 'sequence');
  if (event.prevHash !== chain.hash) throw new DamagedEvent(ledger.id, stored.sequence, 'link');
  evolve(ledger, changes, event);
  chain.follow(stored);
}

/**
 * Holds a loaded ledger against its last checkpoint and the witness. A checkpoint that is behind the head is one
 * that a crash cut off: the tail was verified while it was folded, and the next append signs it.
 *
 * @throws LedgerBehindWitness, LedgerContradicted
 */
export async function checkAgainstMemory(
  loaded: LoadedLedger,
  store: Pick<EventStore, 'read' | 'latestCheckpoint'>,
  witness: Witness,
): Promise<void> {
  const { ledger, chain } = loaded;
  const witnessed = witness.read(ledger.id);
  if (witnessed && witnessed.size > ledger.sequence) {
    throw new LedgerBehindWitness(ledger.id, { from: ledger.sequence + 1, to: witnessed.size });
  }
  if (witnessed?.size === ledger.sequence && witnessed.root !== chain.tree.root()) {
    throw new LedgerContradicted(ledger.id, witnessed.size, 'witness');
  }
  const last = await store.latestCheckpoint(ledger.id);
  if (last === null) return;
  // Another node may have gone on since the tail was read: what it has signed is in the store by now.
  if (last.size > ledger.sequence) await followTail(loaded, store);
  if (last.size > ledger.sequence) {
    throw new LedgerBehindWitness(ledger.id, { from: ledger.sequence + 1, to: last.size });
  }
  if (last.size === ledger.sequence && parseNote(last.note)?.root !== chain.tree.root()) {
    throw new LedgerContradicted(ledger.id, last.size, 'checkpoint');
  }
}
