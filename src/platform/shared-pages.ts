import type { EventStore, PositionedEvent } from '../ports/event-store';

type Page = {
  readonly read: Promise<readonly PositionedEvent[]>;
  readonly askedAt: number;
  /** How often it had been called when this was asked for. */
  readonly calls: number;
  /** A full page never changes; one that is not is the end as it was. */
  isFull: boolean;
};

/** The pages that are kept for partitions that are a little behind the first. */
const MOST_KEPT = 8;
/** How long the end of the store is taken to be where it was, in milliseconds, when nothing calls. */
const FRESH_MS = 100;

/**
 * Reads the order of the whole store once for all partitions of a process: they go through the same pages at about the
 * same time, and each picks out the events of its ledgers. One that is further behind reads by itself.
 */
export class SharedPages {
  private readonly pages = new Map<string, Page>();
  private calls = 0;

  constructor(
    private readonly events: Pick<EventStore, 'readAll'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Something was appended: the end is asked for anew. */
  wake(): void {
    this.calls += 1;
  }

  readAll(after: number, limit: number): Promise<readonly PositionedEvent[]> {
    const key = `${after}/${limit}`;
    const known = this.pages.get(key);
    if (known && this.mayServe(known)) return known.read;
    const page: Page = {
      read: this.events.readAll(after, limit),
      askedAt: this.now(),
      calls: this.calls,
      isFull: false,
    };
    this.keep(key, page);
    page.read.then(
      (events) => {
        page.isFull = events.length === limit;
      },
      () => {
        if (this.pages.get(key) === page) this.pages.delete(key);
      },
    );
    return page.read;
  }

  private mayServe({ isFull, calls, askedAt }: Page): boolean {
    return isFull || (calls === this.calls && this.now() - askedAt < FRESH_MS);
  }

  private keep(key: string, page: Page): void {
    this.pages.delete(key);
    this.pages.set(key, page);
    for (const oldest of [...this.pages.keys()].slice(0, -MOST_KEPT)) this.pages.delete(oldest);
  }
}
