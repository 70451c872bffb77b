import { Worker } from 'node:worker_threads';
import { compiledFile } from './compiled';
import { SnapshotMaker } from './ledger-cache';
import type { SnapshotWorkerData } from './snapshot.worker';

/** Makes snapshots in a thread of its own, started when the first one is asked for. */
export class SnapshotThread extends SnapshotMaker {
  private worker: Worker | null = null;
  private isClosed = false;
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(
    private readonly data: SnapshotWorkerData,
    private readonly report: (message: string) => void,
  ) {
    super();
  }

  override request(ledger: string): void {
    if (!this.isClosed) void this.make(ledger);
  }

  /** Resolves when the snapshot was made, or failed; a failure is reported and costs only time at the next start. */
  make(ledger: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.waiting.get(ledger);
      if (waiting) {
        waiting.push(resolve);
        return;
      }
      this.waiting.set(ledger, [resolve]);
      this.thread().postMessage(ledger);
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.worker?.terminate();
    this.worker = null;
    this.settle();
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(compiledFile('src/platform/snapshot.worker'), { workerData: this.data });
    worker.unref();
    worker.on('message', ({ ledger, error }: { ledger: string; error?: string }) => {
      if (error !== undefined) this.report(`no snapshot of ledger ${ledger}: ${error}`);
      for (const resolve of this.waiting.get(ledger) ?? []) resolve();
      this.waiting.delete(ledger);
    });
    worker.on('error', (error) => {
      this.report(`the snapshot thread stopped: ${error.message}`);
      this.worker = null;
      this.settle();
    });
    this.worker = worker;
    return worker;
  }

  private settle(): void {
    for (const resolves of this.waiting.values()) for (const resolve of resolves) resolve();
    this.waiting.clear();
  }
}
