import type { HeldLease, Lease, Leases } from '../ports/leases';
import { PartitionReadModels } from './partition-read-models';
import { partitionOf, partitionPrefix } from './partitions';
import { ProjectionRunner, type RunnerOptions } from './projection-runner';
import { NOTHING_KNOWN, type RunnerReport } from './projector-progress';
import { watchedReport } from './watched-report';

export type LeasedPartitionOptions = Omit<RunnerOptions, 'owns' | 'isWatched'> & {
  readonly leases: Leases;
  /** A name that no other process and no earlier life of this one has. */
  readonly holder: string;
  readonly ttlMs: number;
  readonly partitions: number;
};

/** The leases of partitions and of the nodes that share them. */
export const PROJECTIONS_LEASES = 'projections/';

export function leaseOfPartition(partition: number, partitions: number): string {
  return `${PROJECTIONS_LEASES}partition/${partition}-of-${partitions}`;
}

/**
 * One partition of the read models: folded here while this process holds its lease, else watched. What is still under
 * way when the lease is lost is fenced off by the store.
 */
export class LeasedPartition {
  readonly leaseName: string;
  private runner: ProjectionRunner | null = null;
  private opening: Promise<void> = Promise.resolve();
  /** Set while what was folded here comes to its end: nobody waits for it who has leases to renew. */
  private closing: Promise<void> | null = null;
  private lease: Lease | null = null;
  private seen: RunnerReport = NOTHING_KNOWN;
  private readonly prefix: string;

  constructor(
    private readonly options: LeasedPartitionOptions,
    private readonly partition: number,
  ) {
    this.leaseName = leaseOfPartition(partition, options.partitions);
    this.prefix = partitionPrefix(partition, options.partitions);
  }

  get isHeld(): boolean {
    return this.lease !== null;
  }

  /** Takes the lease if it is free, and begins to fold. */
  async take(): Promise<boolean> {
    const { leases, holder, ttlMs } = this.options;
    if (this.closing) return false;
    this.lease = await leases.acquire(this.leaseName, holder, ttlMs);
    if (!this.lease) return false;
    this.opening = this.open(this.lease).catch((error: unknown) => this.failed(error));
    return true;
  }

  /** Resolves when it is folded here, or could not be. */
  opened(): Promise<void> {
    return this.opening;
  }

  /** What the store says of the lease may be news to who was paused. */
  async keep(): Promise<void> {
    const { lease } = this;
    const { leases, ttlMs } = this.options;
    if (!lease) return;
    const renewed = await leases.renew(lease, ttlMs);
    // Given up, or another one, while the store was asked.
    if (this.lease?.token !== lease.token) return;
    if (renewed) this.lease = renewed;
    else this.stepDown();
  }

  /** Whoever the store names has it: another token is another life of the lease. */
  check(running: readonly HeldLease[]): void {
    const { lease } = this;
    const other = running.find(({ name }) => name === this.leaseName);
    if (lease && other && other.token > lease.token) this.stepDown();
  }

  /** Stops, then lets the next one begin at once. Where the store does not answer, the lease runs out. */
  async giveUp(): Promise<void> {
    const { lease } = this;
    this.stepDown();
    await this.closing;
    if (lease) await this.options.leases.release(lease).catch(() => undefined);
  }

  /** Without an answer from the store a lease is good until its end. */
  troubled(reason: string): void {
    if (this.lease && this.lease.expiresAt > Date.now()) return;
    this.stepDown();
    this.look({ ...this.seen, unavailable: reason });
  }

  async watch(): Promise<void> {
    this.look(await watchedReport(this.readModels(), this.options.projections));
  }

  wake(): void {
    this.runner?.wake();
  }

  hurry(): void {
    this.runner?.hurry();
  }

  report(): RunnerReport {
    return { ...(this.runner?.report() ?? this.seen), held: this.runner !== null };
  }

  /** @throws Error while another process folds it */
  rebuild(names?: readonly string[]): Promise<void> {
    if (this.runner) return this.runner.rebuild(names);
    return Promise.reject(new Error('another process folds the read models'));
  }

  private readModels(fence?: number): PartitionReadModels {
    return new PartitionReadModels(this.options.readModels, { prefix: this.prefix, fence });
  }

  private async open(lease: Lease): Promise<void> {
    const { partitions } = this.options;
    const runner = new ProjectionRunner({
      ...this.options,
      readModels: this.readModels(lease.token),
      owns: (ledger) => partitionOf(ledger, partitions) === this.partition,
      isWatched: true,
    });
    await runner.start();
    if (this.lease?.token !== lease.token) return runner.stop();
    this.runner = runner;
    this.options.onChange?.();
  }

  private async failed(error: unknown): Promise<void> {
    const { lease } = this;
    this.lease = null;
    this.look({ ...this.seen, unavailable: error instanceof Error ? error.message : String(error) });
    if (lease) await this.options.leases.release(lease).catch(() => undefined);
  }

  /** What comes to its end meanwhile writes under an old fence. */
  private stepDown(): void {
    this.lease = null;
    this.closing ??= this.close().finally(() => {
      this.closing = null;
    });
  }

  private async close(): Promise<void> {
    await this.opening;
    const { runner } = this;
    if (!runner) return;
    this.seen = runner.report();
    this.runner = null;
    await runner.stop();
  }

  private look(report: RunnerReport): void {
    const isSame = JSON.stringify(report) === JSON.stringify(this.seen);
    this.seen = report;
    if (!isSame) this.options.onChange?.();
  }
}
