import { Worker } from 'node:worker_threads';
import { compiledFile } from '../../platform/compiled';
import { CheckpointSigner } from '../../platform/checkpoints';
import { SignerKeyFile } from '../node/signer-key-file';
import { NoteSlot } from './note-slot';
import { type AppendRequest, StoreUnavailable, WrongRevision } from '../../ports/event-store';
import type { AppendResult, FromWriter, Group, ToWriter, WriterData } from './event-store.protocol';

export type WritingLimits = {
  /** Characters of events that wait at most while a group is written; more is refused. */
  readonly waiting: number;
  /** Characters after which a group is full. */
  readonly group: number;
};

/**
 * Callers who were all answered together would all come back together, and the disk would rest while their next
 * appends are decided. So many appends that find it at rest are therefore cut once into two halves, which stay out of
 * step.
 */
const CROWD = 16;

const LIMITS: WritingLimits = { waiting: 256 * 1024 * 1024, group: 16 * 1024 * 1024 };

type Waiting = {
  readonly request: AppendRequest;
  readonly characters: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

export type WritingOptions = {
  readonly file: string;
  /** The file of the key that signs checkpoints; without one, each append brings its own. */
  readonly signingKey?: string | undefined;
  readonly limits?: WritingLimits | undefined;
  readonly onWritten: (requests: readonly AppendRequest[]) => void;
};

/**
 * Group commit: appends of all ledgers that wait while a group is written are the next group, which the thread
 * writes in one transaction and one sync. A caller is answered after that.
 *
 * The thread signs the checkpoints of a group, so that the next one is decided meanwhile. An append that comes alone has
 * nothing to overlap with: its checkpoint is signed here, while the thread wakes up and writes the events.
 */
export class WritingThread {
  private worker: Worker | null = null;
  private waiting: Waiting[] = [];
  private waitingCharacters = 0;
  private underWay: readonly Waiting[] | null = null;
  private isScheduled = false;
  private closing: Promise<void> | null = null;
  private whenIdle: (() => void) | null = null;
  private readonly limits: WritingLimits;
  private readonly signer: CheckpointSigner | null;
  private readonly slot = new NoteSlot();

  constructor(private readonly options: WritingOptions) {
    const { limits = LIMITS, signingKey } = options;
    this.limits = limits;
    this.signer = signingKey === undefined ? null : new CheckpointSigner(new SignerKeyFile(signingKey));
    // Started ahead: the first append does not wait for it.
    this.thread();
  }

  /** Resolves once the request is on the disk. @throws WrongRevision, StoreUnavailable */
  append(request: AppendRequest): Promise<void> {
    if (this.closing) return Promise.reject(new StoreUnavailable('the store is closed', 'not-written'));
    const characters = charactersOf(request);
    if (this.waitingCharacters > 0 && this.waitingCharacters + characters > this.limits.waiting) {
      return Promise.reject(new StoreUnavailable('too much waits to be written', 'not-written'));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, characters, resolve, reject });
      this.waitingCharacters += characters;
      if (request.comesAlone === true && !this.isScheduled) this.send();
      else this.schedule();
    });
  }

  /** Waits for what was asked, then ends the thread. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    if (this.waiting.length > 0 || this.underWay) {
      await new Promise<void>((resolve) => {
        this.whenIdle = resolve;
      });
    }
    const { worker } = this;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage({ close: true } satisfies ToWriter);
    await ended;
  }

  private schedule(): void {
    if (this.isScheduled || this.underWay) return;
    this.isScheduled = true;
    // The rest of this turn of the event loop may still bring appends of other ledgers.
    setImmediate(() => {
      this.isScheduled = false;
      this.send(this.waiting.length < CROWD ? Infinity : Math.ceil(this.waiting.length / 2));
    });
  }

  private send(most = Infinity): void {
    if (this.underWay) return;
    if (this.waiting.length === 0) {
      this.whenIdle?.();
      return;
    }
    this.underWay = this.takeGroup(most);
    const group = groupOf(this.underWay);
    this.slot.clear();
    this.thread().postMessage({ group } satisfies ToWriter);
    if (group.isSignedBeside) this.signBeside(this.underWay[0]?.request);
  }

  private signBeside(request: AppendRequest | undefined): void {
    if (!this.signer || !request || typeof request.checkpoint === 'string') return;
    const { ledger, expectedSequence, events, checkpoint } = request;
    try {
      this.slot.put(this.signer.sign(ledger, expectedSequence + events.length, checkpoint.root));
    } catch {
      // The thread waits a moment, then signs by itself and says what is wrong.
    }
  }

  /** As many as wait, in their order, until the group is full. */
  private takeGroup(most: number): readonly Waiting[] {
    let characters = 0;
    let size = 0;
    for (const each of this.waiting) {
      if (size === most || (size > 0 && characters + each.characters > this.limits.group)) break;
      characters += each.characters;
      size += 1;
    }
    this.waitingCharacters -= characters;
    const group = this.waiting.slice(0, size);
    this.waiting = this.waiting.slice(size);
    return group;
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const { file, signingKey } = this.options;
    const workerData: WriterData = { file, signingKey, slot: this.slot.memory };
    const worker = new Worker(compiledFile('src/adapters/sqlite/event-store.worker'), { workerData });
    worker.on('message', ({ results }: FromWriter) => {
      if (this.worker === worker) this.answered(results);
    });
    worker.on('error', (error) => this.broken(worker, error));
    worker.on('exit', () => this.broken(worker, new Error('the writing thread ended')));
    this.worker = worker;
    return worker;
  }

  private answered(results: readonly AppendResult[]): void {
    const group = this.underWay ?? [];
    this.underWay = null;
    // The thread is given its next group before anything else is done with the answers.
    this.send();
    const written: AppendRequest[] = [];
    group.forEach((waiting, index) => {
      const result = results[index];
      settle(waiting, result);
      if (result === 'written') written.push(waiting.request);
    });
    if (written.length > 0) this.options.onWritten(written);
  }

  /** The thread is gone: whether its group was written nobody knows. The next group gets a new thread. */
  private broken(worker: Worker, cause: Error): void {
    if (this.worker !== worker) return;
    this.worker = null;
    const group = this.underWay ?? [];
    this.underWay = null;
    for (const { reject } of group)
      reject(new StoreUnavailable('the writing thread stopped', 'unknown', { cause }));
    this.send();
  }
}

function settle({ request, resolve, reject }: Waiting, result: AppendResult | undefined): void {
  if (result === 'written') resolve();
  else if (result?.outcome === 'conflict') {
    reject(new WrongRevision(request.ledger, request.expectedSequence, result.actualSequence));
  } else reject(new StoreUnavailable(result?.message ?? 'no answer', result?.known ?? 'unknown'));
}

function groupOf(waiting: readonly Waiting[]): Group {
  const requests = waiting.map(({ request }) => request);
  const texts: string[] = [];
  const hashes: string[] = [];
  for (const { events } of requests) {
    for (const { text, hash } of events) {
      texts.push(text);
      hashes.push(hash);
    }
  }
  const unsigned = requests.map(({ checkpoint }) => typeof checkpoint !== 'string');
  return {
    ledgers: requests.map(({ ledger }) => ledger),
    expectedSequences: requests.map(({ expectedSequence }) => expectedSequence),
    counts: requests.map(({ events }) => events.length),
    checkpoints: requests.map(({ checkpoint }) =>
      typeof checkpoint === 'string' ? checkpoint : checkpoint.root,
    ),
    unsigned,
    isSignedBeside: requests.length === 1 && unsigned[0] === true,
    texts,
    hashes,
  };
}

function charactersOf({ events, checkpoint }: AppendRequest): number {
  const own = typeof checkpoint === 'string' ? checkpoint.length : checkpoint.root.length;
  return events.reduce((sum, { text }) => sum + text.length, own);
}
