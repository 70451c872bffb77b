import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { EventStore } from '../ports/event-store';
import type { ReadModelStore } from '../ports/read-model-store';
import { compiledFile } from './compiled';
import { Projector, type ProjectorStatus } from './projector';
import type { FromProjector, ProjectorWorkerData, ToProjector } from './projector.protocol';
import { Progress } from './projector-progress';

export type ProjectorThreadOptions = {
  /** This thread's own stores: heads are heard of here, progress is read here. */
  readonly events: EventStore;
  readonly readModels: ReadModelStore;
  readonly data: ProjectorWorkerData;
  /** Milliseconds that a read waits for `?after`. */
  readonly waitMs?: number | undefined;
  /** How often to look at how far another process has folded, in milliseconds; where none can, there is nothing to look at. */
  readonly pollMs?: number | undefined;
  /** Told when the thread stops by itself; it is started again. */
  readonly report?: (message: string) => void;
};

const RESTART_MS = 1000;

/** A message wakes both threads up: under load, one says what many appends would. */
const WAKE_EVERY_MS = 5;

/** Folds the read models in a thread of its own, so that answering requests never waits for them. */
export class ProjectorThread extends Projector {
  private readonly progress: Progress;
  private readonly rebuilds = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  private worker: Worker | null = null;
  private running = false;
  private stopping = false;
  private requests = 0;
  private wakeIsDue = false;
  private lastWake = 0;
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly options: ProjectorThreadOptions) {
    super();
    this.progress = new Progress(options.readModels, Date.now, {
      ...options,
      partitions: options.data.partitions,
      onWait: () => this.send({ kind: 'hurry' }),
    });
  }

  override async start(): Promise<void> {
    this.unsubscribe = this.options.events.onAppended((heads) => {
      this.progress.appended(heads);
      this.wake();
    });
    await this.run();
  }

  override async stop(): Promise<void> {
    this.stopping = true;
    this.unsubscribe();
    this.progress.stop();
    const { worker } = this;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    this.send({ kind: 'stop' });
    await ended;
  }

  /** After a rest at once, behind the answers of this turn; else a moment after the last time. */
  override wake(): void {
    if (this.wakeIsDue) return;
    this.wakeIsDue = true;
    const rest = this.lastWake + WAKE_EVERY_MS - performance.now();
    if (rest > 0) setTimeout(() => this.sendWake(), rest).unref();
    else setImmediate(() => this.sendWake());
  }

  private sendWake(): void {
    this.wakeIsDue = false;
    this.lastWake = performance.now();
    this.send({ kind: 'wake' });
  }

  override collectionOf(name: string, ledger: string): string {
    return this.progress.collectionOf(name, ledger);
  }

  override requireWhole(ledger: string): void {
    this.progress.requireWhole(ledger);
  }

  override waitFor(ledger: string, sequence: number): Promise<void> {
    return this.progress.waitFor(ledger, sequence);
  }

  override status(): ProjectorStatus {
    return { running: this.running, ...this.progress.status() };
  }

  override rebuild(names?: readonly string[]): Promise<void> {
    this.requests += 1;
    const request = this.requests;
    const done = new Promise<void>((resolve, reject) => this.rebuilds.set(request, { resolve, reject }));
    this.send({ kind: 'rebuild', request, names });
    return done;
  }

  private send(message: ToProjector): void {
    this.worker?.postMessage(message);
  }

  /** Resolves when the thread has read its checkpoints; rejects when it ends before. */
  private run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(compiledFile('src/platform/projector.worker'), {
        workerData: this.options.data,
      });
      this.worker = worker;
      let failure = new Error('the projecting thread ended');
      worker.on('message', (message: FromProjector) => {
        this.hear(message);
        if (message.kind === 'started') resolve();
      });
      worker.on('error', (error: unknown) => {
        // An error of a driver may cross the threads as a plain object, which would say nothing.
        failure = error instanceof Error ? error : new Error(`${failure.message}: ${inspect(error)}`);
      });
      worker.once('exit', () => {
        const wasRunning = this.running;
        this.ended(failure);
        if (!wasRunning) reject(failure);
      });
    });
  }

  private hear(message: FromProjector): void {
    switch (message.kind) {
      case 'started':
        this.running = true;
        return this.progress.reported(message.reports);
      case 'reports':
        return this.progress.reported(message.reports);
      case 'progress':
        return this.progress.advanced(message.progress);
      case 'rebuilt':
        return this.settle(message.request, message.error);
      case 'stopped':
        this.running = false;
    }
  }

  private settle(request: number, error: string | null): void {
    const waiting = this.rebuilds.get(request);
    this.rebuilds.delete(request);
    if (error === null) waiting?.resolve();
    else waiting?.reject(new Error(error));
  }

  private ended(failure: Error): void {
    const wasRunning = this.running;
    this.running = false;
    this.worker = null;
    for (const request of [...this.rebuilds.keys()]) this.settle(request, failure.message);
    if (this.stopping || !wasRunning) return;
    this.options.report?.(`the projecting thread stopped: ${failure.message}`);
    this.restart();
  }

  private restart(): void {
    const timer = setTimeout(() => {
      if (this.stopping) return;
      this.run().catch((error: unknown) => {
        this.options.report?.(`the projecting thread does not start: ${String(error)}`);
        this.restart();
      });
    }, RESTART_MS);
    timer.unref();
  }
}
