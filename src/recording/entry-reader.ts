import { Worker } from 'node:worker_threads';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { requestOf } from '../ledger/decide';
import { compiledFile } from '../platform/compiled';
import type { ReadLines, ReadyEntry, ToRead } from './entry-reader.protocol';
import type { PreparedEntry } from './prepare-entry';

/** Of fewer lines the way to another thread and back costs as much as it saves. */
const LEAST_LINES = 32;

/** How long a thread that stopped is not started again, in milliseconds. */
const REST_MS = 60_000;

/**
 * Parses, validates and hashes entries in a thread of its own, started when a long stream comes: the thread that decides
 * has that much more time for deciding, which is what limits a stream. What is not read here is read there, with
 * the same result: while the thread starts, when it has stopped, of few lines, and what is no entry.
 */
@Injectable()
export class EntryReader implements OnModuleDestroy {
  private readonly log = new Logger('Recording');
  private worker: Worker | null = null;
  private isReady = false;
  private restsUntil = 0;
  private requests = 0;
  private readonly waiting = new Map<number, (entries: readonly (ReadyEntry | null)[]) => void>();

  /** An entry for each of the lines that was read, in their order; none where it has to be read by who asks. */
  async read(lines: readonly string[]): Promise<readonly (PreparedEntry | null)[]> {
    if (lines.length < LEAST_LINES || !this.isThere()) return [];
    this.requests += 1;
    const message: ToRead = { request: this.requests, lines: lines.join('\n') };
    const read = new Promise<readonly (ReadyEntry | null)[]>((resolve) => {
      this.waiting.set(message.request, resolve);
    });
    this.worker?.postMessage(message);
    return (await read).map((ready) => ready && preparedOf(ready));
  }

  async onModuleDestroy(): Promise<void> {
    this.restsUntil = Infinity;
    await this.worker?.terminate();
  }

  /** Starts the thread where there is none. */
  private isThere(): boolean {
    if (this.worker === null && performance.now() >= this.restsUntil) this.tryToStart();
    return this.isReady;
  }

  private tryToStart(): void {
    try {
      this.start();
    } catch (error) {
      // The system may have no thread left.
      this.report(error);
      this.restsUntil = performance.now() + REST_MS;
    }
  }

  private start(): void {
    const worker = new Worker(compiledFile('src/recording/entry-reader.worker'));
    worker.unref();
    worker.on('message', ({ request, entries }: ReadLines) => {
      this.isReady = true;
      this.waiting.get(request)?.(JSON.parse(entries) as (ReadyEntry | null)[]);
      this.waiting.delete(request);
    });
    worker.on('error', (error) => this.report(error));
    worker.once('exit', () => this.leave());
    this.worker = worker;
  }

  /** It costs time, and nothing else. */
  private report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.log.warn(`the thread that reads streams of entries stopped: ${message}`);
  }

  /** Who waits reads for himself. */
  private leave(): void {
    this.worker = null;
    this.isReady = false;
    this.restsUntil = Math.max(this.restsUntil, performance.now() + REST_MS);
    for (const resolve of this.waiting.values()) resolve([]);
    this.waiting.clear();
  }
}

function preparedOf({ entry, payloadHash }: ReadyEntry): PreparedEntry {
  return { entry, request: requestOf(entry, payloadHash) };
}
