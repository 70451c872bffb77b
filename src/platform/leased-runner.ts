import type { Lease, Leases } from '../ports/leases';
import type { ReadModelStore } from '../ports/read-model-store';
import { FencedReadModels } from './fenced-read-models';
import { ProjectionRunner, type RunnerOptions } from './projection-runner';
import type { RunnerReport } from './projector-progress';
import { watchedReport } from './watched-report';

export type LeasedRunnerOptions = RunnerOptions & {
  readonly leases: Leases;
  /** A name that no other process and no earlier life of this one has. */
  readonly holder: string;
  readonly ttlMs?: number;
};

/** The one lease of the read models: who holds it folds all of them. */
export const PROJECTIONS_LEASE = 'projections';

const TTL_MS = 5_000;

/**
 * Folds the read models while this process holds their lease, and otherwise watches how far another one is. A lease
 * is renewed three times in its life; a process that was paused beyond its end finds out before it folds on, and what
 * it still had under way is fenced off by the store.
 */
export class LeasedRunner {
  private runner: ProjectionRunner | null = null;
  private lease: Lease | null = null;
  private seen: RunnerReport = { projections: [], halts: [], unavailable: null, foldedUntil: null };
  private isStopping = false;
  private loop: Promise<void> | null = null;
  private endRest: (() => void) | null = null;
  private readonly ttlMs: number;

  constructor(private readonly options: LeasedRunnerOptions) {
    this.ttlMs = options.ttlMs ?? TTL_MS;
  }

  /** Resolves when this process folds, or knows from where another one serves. */
  async start(): Promise<void> {
    await this.turn();
    this.loop = this.keep();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.endRest?.();
    await this.loop;
    await this.stepDown();
    const { lease } = this;
    this.lease = null;
    // The next one need not wait for its end; where this fails, it does.
    if (lease) await this.options.leases.release(lease).catch(() => undefined);
  }

  wake(): void {
    this.runner?.wake();
  }

  report(): RunnerReport {
    return this.runner?.report() ?? this.seen;
  }

  /** @throws Error while another process folds */
  rebuild(names?: readonly string[]): Promise<void> {
    if (this.runner) return this.runner.rebuild(names);
    return Promise.reject(new Error('another process folds the read models'));
  }

  private async keep(): Promise<void> {
    for (;;) {
      await this.rest(this.ttlMs / (this.lease ? 3 : 10));
      if (this.isStopping) return;
      await this.turn();
    }
  }

  /** Takes or renews the lease, and acts on whether it is there. A store that does not answer is asked again. */
  private async turn(): Promise<void> {
    const { leases, holder } = this.options;
    try {
      this.lease = this.lease
        ? await leases.renew(this.lease, this.ttlMs)
        : await leases.acquire(PROJECTIONS_LEASE, holder, this.ttlMs);
      if (!this.lease) await this.watch();
      else if (!this.runner) await this.fold(this.lease);
    } catch (error) {
      await this.troubled(error);
    }
  }

  private async troubled(error: unknown): Promise<void> {
    if (this.lease && this.lease.expiresAt > Date.now()) return;
    this.lease = null;
    await this.stepDown();
    const unavailable = error instanceof Error ? error.message : String(error);
    this.look({ ...this.seen, unavailable });
  }

  private async fold({ token }: Lease): Promise<void> {
    const readModels: ReadModelStore = new FencedReadModels(this.options.readModels, token);
    const runner = new ProjectionRunner({ ...this.options, readModels });
    await runner.start();
    this.runner = runner;
    this.options.onChange?.();
  }

  private async watch(): Promise<void> {
    await this.stepDown();
    const { events, readModels, projections } = this.options;
    this.look(await watchedReport(readModels, projections, await events.id(), this.seen));
  }

  private async stepDown(): Promise<void> {
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

  private rest(milliseconds: number): Promise<void> {
    if (this.isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.endRest = null;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.endRest = done;
    });
  }
}
