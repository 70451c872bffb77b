import type { Projection } from '../../projections/projection';
import type { EventStore } from '../ports/event-store';
import type { ReadModelStore } from '../ports/read-model-store';
import { ProjectionRunner } from './projection-runner';
import { Progress } from './projector-progress';
import { Projector, type ProjectorStatus } from './projector';

export type LocalProjectorOptions = {
  readonly events: EventStore;
  readonly readModels: ReadModelStore;
  readonly projections: readonly Projection[];
  /** Whose events are folded; by default those of every ledger. */
  readonly owns?: (ledger: string) => boolean;
  readonly page?: number;
  readonly restMs?: number;
  readonly waitMs?: number | undefined;
  /** How often to look at how far another process has folded, in milliseconds; where none can, there is nothing to look at. */
  readonly pollMs?: number | undefined;
};

/** Folds in the thread that it is called in: for the command line, for tests, for stores that one thread must own. */
export class LocalProjector extends Projector {
  private readonly runner: ProjectionRunner;
  private readonly progress: Progress;
  private unsubscribe: () => void = () => undefined;
  private running = false;

  constructor(private readonly options: LocalProjectorOptions) {
    super();
    this.progress = new Progress(options.readModels, Date.now, {
      ...options,
      onWait: () => this.runner.hurry(),
    });
    this.runner = new ProjectionRunner({
      ...options,
      onProgress: (progress) => this.progress.advanced(progress),
      onChange: () => this.report(),
    });
  }

  override async start(): Promise<void> {
    await this.runner.start();
    this.report();
    this.running = true;
    this.unsubscribe = this.options.events.onAppended((heads) => {
      this.progress.appended(heads);
      this.runner.wake();
    });
  }

  override async stop(): Promise<void> {
    this.unsubscribe();
    this.running = false;
    this.progress.stop();
    await this.runner.stop();
  }

  override wake(): void {
    this.runner.wake();
  }

  override collectionOf(name: string): string {
    return this.runner.collectionOf(name);
  }

  override requireWhole(ledger: string): void {
    this.report();
    this.progress.requireWhole(ledger);
  }

  override async waitFor(ledger: string, sequence: number): Promise<void> {
    this.report();
    return this.progress.waitFor(ledger, sequence);
  }

  override status(): ProjectorStatus {
    this.report();
    return { running: this.running, ...this.progress.status() };
  }

  override async rebuild(names?: readonly string[]): Promise<void> {
    return this.runner.rebuild(names);
  }

  /** Drops at once the collections that were replaced: where nobody reads. */
  dropReplaced(): Promise<void> {
    return this.runner.dropReplaced();
  }

  private report(): void {
    this.progress.reported([this.runner.report()]);
  }
}
