import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** A SQLite worker that keeps texts and nothing else: the limit of the engine lines. */
export class BareWriter {
  private readonly worker: Worker;
  private answer: () => void = () => undefined;

  constructor(data: string) {
    this.worker = new Worker(join(__dirname, 'bare.worker.js'), {
      workerData: { file: join(data, 'bare.db') },
    });
    this.worker.on('message', () => this.answer());
  }

  write(texts: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.answer = resolve;
      this.worker.postMessage(texts);
    });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.worker.once('exit', resolve));
    this.worker.postMessage(null);
    await ended;
  }
}

/** Append and `fdatasync` to a plain file, in groups; answers milliseconds. */
export function plainFile(data: string, groups: readonly (readonly string[])[]): number {
  const descriptor = openSync(join(data, `plain-${groups.length}.log`), 'a');
  const start = performance.now();
  for (const group of groups) {
    writeSync(descriptor, `${group.join('\n')}\n`);
    fdatasyncSync(descriptor);
  }
  const elapsed = performance.now() - start;
  closeSync(descriptor);
  return elapsed;
}
