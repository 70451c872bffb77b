import type { Head } from '../../ports/event-store';
import { BoundedMap } from './bounded-map';
import type { ClientFailure, EventStoreDbClient, Position, RecordedEvent } from './client';
import { headOf, type Layout } from './layout';
import { Patience, patiently, type Timing } from './patience';

const REMEMBERED = 100_000;

export type FollowerEvents = {
  readonly onEvent: (head: Head) => void;
  /** Events of a ledger between two that came did not come. */
  readonly onGap: (ledger: string, after: number, next: number) => void;
  readonly onCut: (failure: ClientFailure) => void;
};

/**
 * Follows the ledgers of all nodes by a subscription to the whole, from its end at the start on. When it is cut it goes on
 * where it was, after a pause that grows; an event that comes twice is one.
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
    private readonly timing: Timing,
    private readonly events: FollowerEvents,
  ) {
    this.patience = new Patience(timing);
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
      const [last] = await patiently(this.timing, () =>
        this.client.readAll({ prefix: this.layout.ledgers, from: 'end', limit: 1 }),
      );
      this.after = last?.position ?? null;
      this.subscribe();
    } catch (error) {
      this.again(error as ClientFailure, () => void this.begin());
    }
  }

  private subscribe(): void {
    if (this.isClosed) return;
    this.subscription = this.client.subscribe({
      prefix: this.layout.ledgers,
      after: this.after,
      onConfirmed: () => {
        this.patience = new Patience(this.timing);
      },
      onEvent: (event) => this.see(event),
      onCheckpoint: (position) => {
        this.after = later(this.after, position);
      },
      onEnd: (failure) => this.again(failure, () => this.subscribe()),
    });
  }

  private again(failure: ClientFailure, act: () => void): void {
    if (this.isClosed) return;
    this.events.onCut(failure);
    this.timer = setTimeout(act, this.patience.nextPause());
    this.timer.unref();
  }

  private see(event: RecordedEvent): void {
    if (!event.stream.startsWith(this.layout.ledgers)) return;
    if (event.position) this.after = later(this.after, event.position);
    const head = headOf(this.layout.ledgerOf(event.stream), event);
    const { ledger, sequence } = head;
    const before = this.sequences.get(ledger);
    if (before !== undefined && sequence <= before) return;
    this.sequences.set(ledger, sequence);
    if (before !== undefined && sequence > before + 1) this.events.onGap(ledger, before, sequence);
    this.events.onEvent(head);
  }
}

function later(left: Position | null, right: Position): Position {
  return left && left.commit > right.commit ? left : right;
}
