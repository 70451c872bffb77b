import { randomUUID } from 'node:crypto';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { type AppendAnswer, ClientFailure, type ExpectedRevision, type ProposedEvent } from './client';
import { type BatchAppendAnswer, batchAppendAnswer, batchAppendRequest } from './messages';

type Waiting = {
  readonly resolve: (answer: AppendAnswer) => void;
  readonly reject: (failure: Error) => void;
  readonly timer: NodeJS.Timeout;
};

/**
 * One call of BatchAppend: appends go out on it in order, answers come back by correlation id. The packages have their
 * own, which shares what waits between all clients of a process: here a lost stream concerns its own appends alone.
 */
export class AppendSession {
  private readonly waiting = new Map<string, Waiting>();
  private failure: Error | null = null;
  private isRetired = false;

  constructor(
    private readonly call: ClientDuplexStream<Buffer, Buffer>,
    private readonly failureOf: (error: unknown) => Error,
  ) {
    call.on('data', (content: Buffer) => this.settle(content));
    call.on('error', (error) => this.end(failureOf(error)));
    call.on('end', () => this.end(new ClientFailure('the server ended the call', 'uncertain')));
  }

  /** Whether the next append needs another call. */
  get isOver(): boolean {
    return this.failure !== null || this.isRetired;
  }

  append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly ProposedEvent[],
    deadline: number,
  ): Promise<AppendAnswer> {
    return new Promise((resolve, reject) => {
      if (this.failure) {
        reject(new ClientFailure(this.failure.message, 'not-handled'));
        return;
      }
      const correlation = randomUUID();
      const request = batchAppendRequest(correlation, stream, expected, events);
      const timer = setTimeout(() => {
        this.waiting.delete(correlation);
        reject(new ClientFailure(`no answer within ${deadline} ms`, 'uncertain'));
        this.letGo();
      }, deadline);
      this.waiting.set(correlation, { resolve, reject, timer });
      this.call.write(request);
    });
  }

  /** Takes no more appends, waits for the answers to those that are out, and ends. */
  retire(): void {
    this.isRetired = true;
    this.letGo();
  }

  close(): void {
    this.end(new ClientFailure('the connection was closed', 'uncertain'));
    this.call.cancel();
  }

  /** An answer that nobody waits for (any more) is let go. */
  private settle(content: Buffer): void {
    try {
      this.settleAs(batchAppendAnswer(content));
    } catch (error) {
      // Whose answer it was is not known.
      this.end(this.failureOf(error));
      this.call.cancel();
    }
  }

  private settleAs({ correlation, outcome }: BatchAppendAnswer): void {
    const waiting = this.waiting.get(correlation);
    if (!waiting) return;
    this.waiting.delete(correlation);
    clearTimeout(waiting.timer);
    if (outcome instanceof ClientFailure) waiting.reject(outcome);
    else waiting.resolve(outcome);
    this.letGo();
  }

  private letGo(): void {
    if (this.isRetired && this.waiting.size === 0 && !this.failure) this.close();
  }

  private end(failure: Error): void {
    this.failure ??= failure;
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(failure);
    }
    this.waiting.clear();
  }
}
