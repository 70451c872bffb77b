import type { Head } from '../ports/event-store';
import type { ReadModelStore } from '../ports/read-model-store';
import { partitionOf, partitionPrefix } from './partitions';
import {
  AfterNotReached,
  type Halt,
  PROGRESS,
  type ProjectionStatus,
  type ProjectorStatus,
} from './projector';
import { Rounds } from './rounds';

type Waiter = { readonly sequence: number; readonly resolve: () => void };

/**
 * A ledger that has more than is folded: up to its head, of which was heard `at`. Of the events up to `marked` one is not
 * folded and was recorded at `since`: the mark moves on when it is reached, so that a ledger that is never level, because
 * entries come all the time, is as late as it is, and no later.
 */
type Behind = {
  readonly sequence: number;
  readonly at: number;
  readonly marked: number;
  readonly since: number;
};

/** What the runner last said of itself. */
export type RunnerReport = {
  readonly projections: readonly ProjectionStatus[];
  readonly halts: readonly Halt[];
  readonly unavailable: string | null;
  /** When the last folded event was recorded, while more of them wait; null when the read models are level. */
  readonly foldedUntil: string | null;
  /** What is served is folded from the first event on and not level yet: it must not be read as if it were whole. */
  readonly growing: boolean;
  /** It is this process that folds them, not another one that it watches. */
  readonly held: boolean;
};

/** Of read models of which nothing is known yet. */
export const NOTHING_KNOWN: RunnerReport = {
  projections: [],
  halts: [],
  unavailable: null,
  foldedUntil: null,
  growing: false,
  held: false,
};

const WAIT_MS = 5000;

/** How often all that is not known to be folded is looked for, in milliseconds. */
const SWEEP_MS = 1000;
/** Ledgers that one sweep asks for, beside those that somebody waits for. */
const SWEPT = 500;

export type ProgressOptions = {
  /** Milliseconds that a read waits at most. */
  readonly waitMs?: number | undefined;
  /** How often to look at the store for whoever waits, in milliseconds, where another process may be the one that folds. */
  readonly pollMs?: number | undefined;
  /** In how many parts the read models are folded, each with a report of its own; one by default. */
  readonly partitions?: number | undefined;
  /** Told when somebody begins to wait. */
  readonly onWait?: () => void;
};

/** How far the read models are, per ledger, and who waits for them. Lives where requests are answered. */
export class Progress {
  private readonly folded = new Map<string, number>();
  /** Ledgers that are not folded so far yet. */
  private readonly recorded = new Map<string, Behind>();
  private readonly waiters = new Map<string, Set<Waiter>>();
  private reports: readonly RunnerReport[];
  /** By partition and name. */
  private collections: readonly ReadonlyMap<string, string>[] = [];
  private readonly partitions: number;
  private readonly waitMs: number;
  private readonly onWait: () => void;
  /** Looks at the store for whoever waits for what another process folds; null where none can. */
  private readonly asking: Rounds | null;
  /** Looks for all that is not known to be folded: for the lag, and in case a word was lost. */
  private readonly sweeping: Rounds | null;
  /** Partitions have changed hands: who waits may have missed the word of it. */
  private wasHandedOver = false;

  constructor(
    private readonly readModels: ReadModelStore,
    private readonly now: () => number,
    { waitMs = WAIT_MS, pollMs, partitions = 1, onWait = () => undefined }: ProgressOptions = {},
  ) {
    this.waitMs = waitMs;
    this.onWait = onWait;
    const isPolled = pollMs !== undefined;
    this.asking = isPolled
      ? new Rounds(
          pollMs,
          () => this.ask(),
          () => this.waitedElsewhere().length > 0,
        )
      : null;
    this.sweeping = isPolled
      ? new Rounds(
          SWEEP_MS,
          () => this.sweep(),
          () => this.waiters.size > 0 || this.recorded.size > 0,
        )
      : null;
    this.partitions = partitions;
    this.reports = Array.from({ length: partitions }, () => NOTHING_KNOWN);
  }

  /** No look at the store begins after this. */
  stop(): void {
    this.asking?.stop();
    this.sweeping?.stop();
  }

  /** One report for each partition. */
  reported(reports: readonly RunnerReport[]): void {
    const before = this.reports;
    this.reports = reports;
    this.collections = reports.map(
      ({ projections }) => new Map(projections.map(({ name, collection }) => [name, collection])),
    );
    if (reports.some(({ held }, index) => held !== before[index]?.held)) {
      this.wasHandedOver = true;
      this.asking?.begin();
    }
    const isEmptied = reports.map(({ growing }, index) => growing && before[index]?.growing === false);
    if (!isEmptied.includes(true)) return;
    for (const ledger of this.folded.keys()) {
      if (isEmptied[this.partitionOf(ledger)] === true) this.folded.delete(ledger);
    }
  }

  /** @throws AfterNotReached */
  requireWhole(ledger: string): void {
    if (this.reports[this.partitionOf(ledger)]?.growing === true)
      throw new AfterNotReached(ledger, 1, this.folded.get(ledger) ?? 0, 'rebuilding');
  }

  /** The name in the store of the collection that is served. */
  collectionOf(name: string, ledger: string): string {
    const partition = this.partitionOf(ledger);
    const collection = this.collections[partition]?.get(name);
    if (collection === undefined) throw new Error(`no read model is named ${name}`);
    return partitionPrefix(partition, this.partitions) + collection;
  }

  status(): Omit<ProjectorStatus, 'running'> {
    const { reports } = this;
    return {
      projections: reports.flatMap(({ projections }) => projections),
      halts: reports.flatMap(({ halts }) => halts),
      unavailable: reports.find(({ unavailable }) => unavailable !== null)?.unavailable ?? null,
      partitionsHeld: reports.filter(({ held }) => held).length,
      ...this.lag(),
    };
  }

  private partitionOf(ledger: string): number {
    return partitionOf(ledger, this.partitions);
  }

  advanced(progress: Iterable<readonly [string, number]>): void {
    for (const [ledger, sequence] of progress) {
      this.reached(ledger, sequence);
      this.release(ledger, sequence);
    }
  }

  appended(heads: readonly Head[]): void {
    const at = this.now();
    for (const { ledger, sequence } of heads) {
      const behind = this.recorded.get(ledger);
      if (Math.max(behind?.sequence ?? 0, this.folded.get(ledger) ?? 0) >= sequence) continue;
      const { marked, since } = behind ?? { marked: sequence, since: at };
      this.recorded.set(ledger, { sequence, at, marked, since });
    }
    this.sweeping?.begin();
  }

  private lag(): { lagEvents: number; lagSeconds: number } {
    const now = this.now();
    let lagEvents = 0;
    let since = now;
    for (const [ledger, behind] of this.recorded) {
      lagEvents += Math.max(0, behind.sequence - (this.folded.get(ledger) ?? 0));
      since = Math.min(since, behind.since);
    }
    for (const { foldedUntil } of this.reports)
      if (foldedUntil !== null) since = Math.min(since, Date.parse(foldedUntil));
    return { lagEvents, lagSeconds: (now - since) / 1000 };
  }

  /** @throws AfterNotReached */
  async waitFor(ledger: string, sequence: number): Promise<void> {
    this.refuseInVain(ledger, sequence);
    if ((this.folded.get(ledger) ?? 0) >= sequence) return;
    // Registered before the store is asked, so that progress made meanwhile is not missed.
    const waiting = this.wait(ledger, sequence);
    // Where the store does not answer, that is what the caller is told, and nobody listens to this any more.
    waiting.catch(() => undefined);
    this.onWait();
    if (this.isFoldedElsewhere(ledger)) this.asking?.begin();
    this.sweeping?.begin();
    const known = await this.read(ledger);
    if (known >= sequence) this.release(ledger, known);
    return waiting;
  }

  private refuseInVain(ledger: string, sequence: number): void {
    const reached = this.folded.get(ledger) ?? 0;
    const { halts, projections } = this.reports[this.partitionOf(ledger)] ?? NOTHING_KNOWN;
    const served = new Set(projections.map(({ collection }) => collection));
    const isHalted = halts.some(
      (halt) =>
        served.has(halt.collection) &&
        (halt.ledger === null || (halt.ledger === ledger && halt.sequence <= sequence)),
    );
    if (isHalted) throw new AfterNotReached(ledger, sequence, reached, 'halted');
    if (projections.some(({ behind }) => behind))
      throw new AfterNotReached(ledger, sequence, reached, 'rebuilding');
  }

  private async read(ledger: string): Promise<number> {
    const document = await this.readModels.get(this.progressOf(this.partitionOf(ledger)), ledger, '');
    const sequence = document?.sequence ?? 0;
    this.reached(ledger, sequence);
    return sequence;
  }

  private reached(ledger: string, sequence: number): void {
    if ((this.folded.get(ledger) ?? 0) < sequence) this.folded.set(ledger, sequence);
    const behind = this.recorded.get(ledger);
    if (!behind || behind.marked > sequence) return;
    // A ledger that is level is forgotten until it moves again.
    if (behind.sequence <= sequence) this.recorded.delete(ledger);
    if (behind.sequence > sequence) {
      // Behind the others, whose turn it is to be looked at.
      this.recorded.delete(ledger);
      this.recorded.set(ledger, { ...behind, marked: behind.sequence, since: behind.at });
    }
  }

  private wait(ledger: string, sequence: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { sequence, resolve: done };
      const ofLedger = this.waiters.get(ledger) ?? new Set();
      this.waiters.set(ledger, ofLedger.add(waiter));
      const forget = () => {
        clearTimeout(timer);
        ofLedger.delete(waiter);
        if (ofLedger.size === 0 && this.waiters.get(ledger) === ofLedger) this.waiters.delete(ledger);
      };
      const timer = setTimeout(() => {
        forget();
        reject(new AfterNotReached(ledger, sequence, this.folded.get(ledger) ?? 0, 'late'));
      }, this.waitMs);
      function done(): void {
        forget();
        resolve();
      }
    });
  }

  /** What is folded here is told by the thread that does it. */
  private isFoldedElsewhere(ledger: string): boolean {
    return this.reports[this.partitionOf(ledger)]?.held !== true;
  }

  private waitedElsewhere(): string[] {
    return [...this.waiters.keys()].filter((ledger) => this.isFoldedElsewhere(ledger));
  }

  private async ask(): Promise<void> {
    const ledgers = this.wasHandedOver ? [...this.waiters.keys()] : this.waitedElsewhere();
    this.wasHandedOver = false;
    await this.look(ledgers);
  }

  private async sweep(): Promise<void> {
    const swept = [...this.recorded].slice(0, SWEPT);
    for (const [ledger, behind] of swept) {
      // Next time it is the turn of others.
      this.recorded.delete(ledger);
      this.recorded.set(ledger, behind);
    }
    await this.look(new Set([...this.waiters.keys(), ...swept.map(([ledger]) => ledger)]));
  }

  /** One question for each partition. A store that does not answer is asked again; whoever waits is told in time. */
  private async look(ledgers: Iterable<string>): Promise<void> {
    const byPartition = new Map<number, string[]>();
    for (const ledger of ledgers) {
      const partition = this.partitionOf(ledger);
      const asked = byPartition.get(partition);
      if (asked) asked.push(ledger);
      else byPartition.set(partition, [ledger]);
    }
    await Promise.all(
      [...byPartition].map(async ([partition, asked]) => {
        const found = await this.readModels.getAcross(this.progressOf(partition), asked, '');
        this.advanced([...found].map(([ledger, { sequence }]) => [ledger, sequence] as const));
      }),
    );
  }

  private progressOf(partition: number): string {
    return partitionPrefix(partition, this.partitions) + PROGRESS;
  }

  private release(ledger: string, sequence: number): void {
    for (const waiter of this.waiters.get(ledger) ?? []) if (waiter.sequence <= sequence) waiter.resolve();
  }
}
