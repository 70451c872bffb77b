import type { HeldLease, Lease } from '../ports/leases';
import { OtherPartitions, type ReadModelStore } from '../ports/read-model-store';
import { LeasedPartition, type LeasedPartitionOptions, PROJECTIONS_LEASES } from './leased-partition';
import { fairShare } from './partitions';
import type { RunnerReport } from './projector-progress';
import { SharedPages } from './shared-pages';

export type LeasedRunnerOptions = Omit<LeasedPartitionOptions, 'ttlMs'> & { readonly ttlMs?: number };

/** How long a lease lasts: what a process that is killed keeps others waiting at most, but for a look of theirs. */
export const PROJECTIONS_TTL_MS = 5_000;

/** A batch is some twenty commands to a server, however few events it has. */
const GATHER_MS = 100;

const NODES = `${PROJECTIONS_LEASES}node/`;
const PARTITIONS = 'projection-partitions';

/**
 * Folds this process's share of the partitions of the read models, and watches how far others are with theirs. Each
 * process that folds holds a lease that says that it lives; by their number a process knows its share, gives up what is
 * beyond it and takes what is free. Leases are renewed three times in their life, and the store is looked at ten times.
 */
export class LeasedRunner {
  private readonly partitions: readonly LeasedPartition[];
  private readonly pages: SharedPages;
  private presence: Lease | null = null;
  private isStopping = false;
  private loops: Promise<unknown> = Promise.resolve();
  private readonly resting = new Set<() => void>();
  private readonly ttlMs: number;

  constructor(private readonly options: LeasedRunnerOptions) {
    const { events, partitions, ttlMs = PROJECTIONS_TTL_MS } = options;
    this.ttlMs = ttlMs;
    this.pages = new SharedPages(events);
    const shared: LeasedPartitionOptions = {
      gatherMs: GATHER_MS,
      ...options,
      ttlMs,
      events: {
        id: () => events.id(),
        read: (ledger, from, limit) => events.read(ledger, from, limit),
        positionOf: (ledger, sequence) => events.positionOf(ledger, sequence),
        readAll: (after, limit) => this.pages.readAll(after, limit),
      },
    };
    this.partitions = Array.from({ length: partitions }, (_, index) => new LeasedPartition(shared, index));
  }

  /**
   * Resolves when this process folds its share, or knows from where others serve.
   *
   * @throws OtherPartitions
   */
  async start(): Promise<void> {
    await requirePartitions(this.options.readModels, this.options.partitions);
    await this.keep();
    await this.look();
    this.loops = Promise.all([
      this.repeat(this.ttlMs / 3, () => this.keep()),
      this.repeat(this.ttlMs / 10, () => this.look()),
    ]);
    await Promise.all(this.partitions.map((partition) => partition.opened()));
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    for (const end of this.resting) end();
    await this.loops;
    await Promise.all(this.partitions.map((partition) => partition.giveUp()));
    const { presence } = this;
    this.presence = null;
    if (presence) await this.options.leases.release(presence).catch(() => undefined);
  }

  wake(): void {
    this.pages.wake();
    for (const partition of this.partitions) partition.wake();
  }

  hurry(): void {
    for (const partition of this.partitions) partition.hurry();
  }

  /** One for each partition. */
  reports(): RunnerReport[] {
    return this.partitions.map((partition) => partition.report());
  }

  /** @throws Error while another process folds any partition */
  async rebuild(names?: readonly string[]): Promise<void> {
    if (this.partitions.some(({ isHeld }) => !isHeld))
      throw new Error('another process folds some of the read models');
    await Promise.all(this.partitions.map((partition) => partition.opened()));
    await Promise.all(this.partitions.map((partition) => partition.rebuild(names)));
  }

  private async repeat(everyMs: number, what: () => Promise<void>): Promise<void> {
    for (;;) {
      await this.rest(everyMs);
      if (this.isStopping) return;
      await what();
    }
  }

  /** By itself: whatever else takes long, leases that are held go on. */
  private keep(): Promise<void> {
    return this.trying(() => this.renew());
  }

  /** Takes its share, and looks at the rest. */
  private look(): Promise<void> {
    return this.trying(async () => {
      await this.share(await this.options.leases.running(PROJECTIONS_LEASES));
      const watched = this.partitions.filter(({ isHeld }) => !isHeld);
      await Promise.all(watched.map((partition) => partition.watch()));
    });
  }

  /** A store that does not answer is asked again. */
  private async trying(what: () => Promise<void>): Promise<void> {
    try {
      await what();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      for (const partition of this.partitions) partition.troubled(reason);
    }
  }

  private async renew(): Promise<void> {
    const { leases } = this.options;
    if (this.presence) this.presence = await leases.renew(this.presence, this.ttlMs);
    await Promise.all(this.partitions.map((partition) => partition.keep()));
    if (!this.presence) await this.appear();
  }

  /** The first name that nobody has: names are used again, so that the store does not fill with those of the dead. */
  private async appear(): Promise<void> {
    const { leases, holder } = this.options;
    const taken = new Set((await leases.running(NODES)).map(({ name }) => name));
    for (let slot = 0; !this.presence; slot += 1) {
      const name = `${NODES}${String(slot).padStart(4, '0')}`;
      if (!taken.has(name)) this.presence = await leases.acquire(name, holder, this.ttlMs);
    }
  }

  private async share(running: readonly HeldLease[]): Promise<void> {
    for (const partition of this.partitions) partition.check(running);
    const nodes = running.filter(({ name }) => name.startsWith(NODES)).map(({ name }) => name);
    const rank = nodes.indexOf(this.presence?.name ?? '');
    // Its own is over: it is about to appear anew.
    if (rank < 0) return;
    const held = this.partitions.filter(({ isHeld }) => isHeld);
    const wanted = fairShare(this.partitions.length, nodes.length, rank) - held.length;
    if (wanted < 0) await Promise.all(held.slice(wanted).map((partition) => partition.giveUp()));
    else await this.takeFree(wanted, running);
  }

  /** Who asks for one that another has just taken goes on to the next. */
  private async takeFree(wanted: number, running: readonly HeldLease[]): Promise<void> {
    const taken = new Set(running.map(({ name }) => name));
    let missing = wanted;
    for (const partition of this.partitions) {
      if (missing <= 0) return;
      if (partition.isHeld || taken.has(partition.leaseName)) continue;
      if (await partition.take()) missing -= 1;
    }
  }

  private rest(milliseconds: number): Promise<void> {
    if (this.isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.resting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.resting.add(done);
    });
  }
}

/**
 * The first to come says for all how many partitions there are; in another number ledgers would be looked for where
 * they are not. Two that come first at once and disagree each fold all of their own.
 *
 * @throws OtherPartitions
 */
export async function requirePartitions(store: ReadModelStore, partitions: number): Promise<void> {
  const known = await store.setting(PARTITIONS);
  if (known === null) return store.saveSetting(PARTITIONS, String(partitions));
  if (known === String(partitions)) return;
  throw new OtherPartitions(known, partitions);
}
