import type { Head } from '../../ports/event-store';
import { BoundedMap } from './bounded-map';
import { appendedOf } from './checkpoint-streams';
import type { EventStoreDbClient, Position, RecordedEvent } from './client';
import type { Layout } from './layout';
import { Patience, type Tries } from './patience';

const REMEMBERED = 100_000;

export type FollowerEvents = {
  readonly onHead: (head: Head) => void;
  /** Of the events between two sequences of a ledger, the latter included, nothing was heard. */
  readonly onGap: (ledger: string, after: number, until: number) => void;
  readonly onCut: (failure: Error) => void;
};

/**
 * Follows the ledgers of all nodes by a subscription to the whole, filtered to their checkpoints, from its end at the start
 * on: one small event tells of an append, however many events it has. When it is cut it goes on where it was, after a
 * pause that grows; what comes twice is told once.
 *
 * A checkpoint comes after its events, or never where its writer was killed in between, or where another node's came
 * first: what it tells is a hint, and whoever reads the events themselves looks for holes in them.
 */
export class Follower {
  private after: Position | null = null;
  private readonly sequences = new BoundedMap<string, number>(REMEMBERED);
  private subscription: { readonly close: () => void } | null = null;
  private patience: Patience;
  private timer: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(
    private readonly client: EventStoreDbClient,
    private readonly layout: Layout,
    private readonly tries: Tries,
    private readonly events: FollowerEvents,
  ) {
    this.patience = new Patience(tries.timing);
  }

  start(): void {
    void this.begin();
  }

  close(): void {
    this.isClosed = true;
    this.subscription?.close();
    if (this.timer) clearTimeout(this.timer);
  }

  private async begin(): Promise<void> {
    try {
      const [last] = await this.tries.patiently(() =>
        this.client.readAll({ prefix: this.layout.checkpoints, from: 'end', limit: 1 }),
      );
      this.after = last?.position ?? null;
      this.subscribe();
    } catch (error) {
      this.again(error as Error, () => void this.begin());
    }
  }

  private subscribe(): void {
    if (this.isClosed) return;
    this.subscription = this.client.subscribe({
      prefix: this.layout.checkpoints,
      after: this.after,
      onConfirmed: () => {
        this.patience = new Patience(this.tries.timing);
      },
      onEvent: (event) => this.see(event),
      onCheckpoint: (position) => {
        this.after = later(this.after, position);
      },
      onEnd: (failure) => this.again(failure, () => this.subscribe()),
    });
  }

  private again(failure: Error, act: () => void): void {
    if (this.isClosed) return;
    this.events.onCut(failure);
    this.timer = setTimeout(act, this.patience.nextPause());
    this.timer.unref();
  }

  private see(event: RecordedEvent): void {
    if (!event.stream.startsWith(this.layout.checkpoints)) return;
    if (event.position) this.after = later(this.after, event.position);
    const appended = appendedOf(this.layout.ledgerOfCheckpoints(event.stream), event);
    if (!appended) return;
    const { head, after } = appended;
    const before = this.sequences.get(head.ledger);
    if (before !== undefined && head.sequence <= before) return;
    this.sequences.set(head.ledger, head.sequence);
    if (before !== undefined && after > before) this.events.onGap(head.ledger, before, after);
    this.events.onHead(head);
  }
}

function later(left: Position | null, right: Position): Position {
  return left && left.commit > right.commit ? left : right;
}
