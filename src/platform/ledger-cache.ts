import { Changes } from '../kernel/changes';
import { bytesOfForgotten } from '../ledger/forgotten-ids';
import type { Ledger } from '../ledger/ledger';
import type { EventStore } from '../ports/event-store';
import type { Witness } from '../ports/witness';
import type { ChainWriter } from './chain-writer';
import {
  checkAgainstMemory,
  followTail,
  type LoadedLedger,
  type LoaderDependencies,
  loadLedger,
} from './ledger-loader';

/** A ledger in memory: its state, its undo log and the end of its chain. */
export type LedgerSession = {
  readonly ledger: Ledger;
  readonly changes: Changes;
  readonly chain: ChainWriter;
};

/** Has snapshots made somewhere else than on the thread that serves. */
export abstract class SnapshotMaker {
  /** Asks for a snapshot of a ledger; a hint that may be ignored. */
  abstract request(ledger: string): void;
}

type Entry = {
  readonly session: LedgerSession;
  pins: number;
  /** Events since the last snapshot that was asked for. */
  sinceSnapshot: number;
  /** Whether one will be asked for shortly. */
  isSnapshotDue: boolean;
  bytes: number;
  /** When a request of this process last needed it, by the monotonic clock. */
  usedAt: number;
};

export type CacheOptions = {
  /** States kept in memory, in bytes (estimated); the least recently used go first. */
  readonly bytes: number;
  /** Events after which a new snapshot is worth its writing. */
  readonly snapshotEvery: number;
};

export const CACHE_DEFAULTS: CacheOptions = { bytes: 512 * 1024 * 1024, snapshotEvery: 5_000 };

/**
 * A snapshot that is worth its writing waits until its ledger has been still for a moment, and not for ever: it folds
 * all that came since the last one, and a ledger that is being filled at full speed needs the processor for itself.
 * What a crash leaves to be folded at the next start is no more than was recorded in that time.
 */
const SNAPSHOT_STILL_MS = 2_000;
const SNAPSHOT_LATEST_MS = 30_000;

/** How long a ledger that cannot be opened is refused without looking again. */
const REFUSED_MS = 5_000;

export type CacheFigures = {
  readonly ledgers: number;
  readonly bytes: number;
  readonly loads: number;
  readonly evictions: number;
};

/** The decision states in memory, bounded in bytes. A state that was dropped is loaded again when it is needed. */
export class LedgerCache {
  private readonly entries = new Map<string, Entry>();
  private readonly loading = new Map<string, Promise<Entry>>();
  private readonly refused = new Map<string, { readonly error: Error; readonly until: number }>();
  private bytes = 0;
  private loads = 0;
  private evictions = 0;

  constructor(
    private readonly dependencies: LoaderDependencies & { readonly store: EventStore },
    private readonly witness: Witness,
    private readonly snapshots: SnapshotMaker,
    private readonly options: CacheOptions = CACHE_DEFAULTS,
  ) {}

  /**
   * The session of a ledger, loaded and held against its checkpoint and the witness; pinned until it is released.
   *
   * @throws LedgerBehindWitness, LedgerContradicted, DamagedEvent, UnknownEvent, StoreUnavailable
   */
  async open(ledger: string): Promise<LedgerSession> {
    let entry = this.entries.get(ledger);
    if (entry) {
      // The order of the map is the order of use.
      this.entries.delete(ledger);
      this.entries.set(ledger, entry);
    } else entry = await this.load(ledger);
    entry.pins += 1;
    return entry.session;
  }

  /** Pins a session once more, until it is released once more. */
  hold({ ledger }: LedgerSession): void {
    const entry = this.entries.get(ledger.id);
    if (entry) entry.pins += 1;
  }

  release({ ledger }: LedgerSession): void {
    const entry = this.entries.get(ledger.id);
    if (!entry) return;
    entry.pins -= 1;
    // An id without a ledger is not worth its memory.
    if (ledger.sequence === 0 && entry.pins === 0) this.drop(ledger.id);
    else if (this.bytes > this.options.bytes) this.evict();
  }

  drop(ledger: string): void {
    const entry = this.entries.get(ledger);
    if (!entry) return;
    this.entries.delete(ledger);
    this.bytes -= entry.bytes;
  }

  /** Folds what others have appended; answers how many events that were. */
  async refresh(session: LedgerSession): Promise<number> {
    const folded = await followTail(session, this.dependencies.store);
    if (folded > 0) this.appended(session, folded);
    return folded;
  }

  /** A request needs it. One that is not in memory is noted when it is loaded. */
  noteUse(ledger: string): void {
    const entry = this.entries.get(ledger);
    if (entry) entry.usedAt = performance.now();
  }

  /** Whether a ledger is in memory and was needed so lately. */
  isInUse(ledger: string, withinMs: number): boolean {
    const entry = this.entries.get(ledger);
    return entry !== undefined && performance.now() - entry.usedAt < withinMs;
  }

  /** How far a ledger in memory is; null when it is not there. */
  sequenceOf(ledger: string): number | null {
    return this.entries.get(ledger)?.session.ledger.sequence ?? null;
  }

  /** The session has appended so many events. */
  appended({ ledger }: LedgerSession, events: number): void {
    const entry = this.entries.get(ledger.id);
    if (!entry) return;
    const bytes = estimatedBytes(ledger);
    this.bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    entry.sinceSnapshot += events;
    this.considerSnapshot(ledger.id, entry);
  }

  figures(): CacheFigures {
    return { ledgers: this.entries.size, bytes: this.bytes, loads: this.loads, evictions: this.evictions };
  }

  /** Ledgers that are refused now, and why: for health. */
  refusals(): readonly Error[] {
    return [...this.refused.values()].map(({ error }) => error);
  }

  private load(ledger: string): Promise<Entry> {
    const known = this.refused.get(ledger);
    if (known && known.until > Date.now()) return Promise.reject(known.error);
    let loading = this.loading.get(ledger);
    if (!loading) {
      loading = this.loadNow(ledger).finally(() => this.loading.delete(ledger));
      this.loading.set(ledger, loading);
    }
    return loading;
  }

  private async loadNow(ledger: string): Promise<Entry> {
    this.loads += 1;
    const loaded = await this.loadChecked(ledger);
    const session = { ledger: loaded.ledger, chain: loaded.chain, changes: new Changes() };
    const bytes = estimatedBytes(loaded.ledger);
    const usedAt = performance.now();
    const entry = { session, pins: 0, sinceSnapshot: loaded.tail, isSnapshotDue: false, bytes, usedAt };
    this.refused.delete(ledger);
    this.entries.set(ledger, entry);
    this.bytes += entry.bytes;
    this.considerSnapshot(ledger, entry);
    return entry;
  }

  private considerSnapshot(ledger: string, entry: Entry): void {
    if (entry.isSnapshotDue || entry.sinceSnapshot < this.options.snapshotEvery) return;
    entry.isSnapshotDue = true;
    this.snapshotWhenStill(ledger, entry, Date.now() + SNAPSHOT_LATEST_MS);
  }

  private snapshotWhenStill(ledger: string, entry: Entry, latest: number): void {
    const { sinceSnapshot } = entry;
    setTimeout(() => {
      if (entry.sinceSnapshot > sinceSnapshot && Date.now() < latest) {
        this.snapshotWhenStill(ledger, entry, latest);
        return;
      }
      entry.isSnapshotDue = false;
      entry.sinceSnapshot = 0;
      this.snapshots.request(ledger);
    }, SNAPSHOT_STILL_MS).unref();
  }

  private async loadChecked(ledger: string): Promise<LoadedLedger> {
    try {
      const loaded = await loadLedger(ledger, this.dependencies);
      await checkAgainstMemory(loaded, this.dependencies.store, this.witness);
      return loaded;
    } catch (error) {
      if (error instanceof Error) this.refused.set(ledger, { error, until: Date.now() + REFUSED_MS });
      throw error;
    }
  }

  private evict(): void {
    for (const [ledger, entry] of this.entries) {
      if (this.bytes <= this.options.bytes) return;
      if (entry.pins > 0) continue;
      this.drop(ledger);
      this.evictions += 1;
    }
  }
}

/**
 * What a state weighs in memory. Measured on filled states (`npm run bench`, line "state"): an entry id with its
 * sequence about 120 bytes, a balance about 130, a voucher about 200, a day with its figures about 6 kB; ten thousand
 * small companies 15 kB each.
 */
function estimatedBytes(ledger: Ledger): number {
  let bytes = 4_000 + bytesOfForgotten(ledger.forgottenIds);
  bytes += ledger.entries.size * 120 + ledger.balances.size * 130;
  bytes += (ledger.vouchers.size + ledger.deposits.size + ledger.cheques.size) * 200;
  bytes += (ledger.customers.size + ledger.corrected.size) * 150;
  for (const till of ledger.tills.values())
    bytes += 4_000 + till.days.size * 6_000 + till.zNumbers.size * 120;
  return bytes;
}
