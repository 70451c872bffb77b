import type { EventStoreDbClient } from './client';
import { type Layout, note, textOf } from './layout';
import type { Tries } from './patience';

const PAGE = 4096;

/**
 * Which ledgers there are: a stream with one event for each, written before the first event of the ledger. A ledger
 * named there may therefore have no event yet; whoever lists ledgers looks at their heads. The stream is kept up by
 * this adapter alone, so that no projection of the server has to run. Should an entry be missing (a stream that was
 * copied by hand), whoever sees an event of that ledger puts it there.
 */
export class LedgerIndex {
  private readonly known = new Set<string>();
  private sorted: string[] = [];
  private nextRevision = 0;
  private reading: Promise<void> | null = null;
  private hasRead = false;

  constructor(
    private readonly client: EventStoreDbClient,
    private readonly layout: Layout,
    private readonly tries: Tries,
  ) {}

  /** Names a ledger, unless it is named already. @throws ClientFailure */
  async add(ledger: string): Promise<void> {
    if (this.known.has(ledger)) return;
    await this.readOn();
    if (this.known.has(ledger)) return;
    // Twice would be once: what counts is that it is named.
    await this.tries.patiently(() => this.client.append(this.layout.index, 'any', [note('ledger', ledger)]));
    this.remember(ledger);
  }

  /** Whether a ledger of which an event was seen is missing. Asks nobody: false while nothing was read. */
  lacks(ledger: string): boolean {
    return this.hasRead && !this.known.has(ledger);
  }

  /** All ledgers behind an id, in order. @throws ClientFailure */
  async after(ledger: string | null): Promise<readonly string[]> {
    await this.readOn();
    if (this.sorted.length !== this.known.size) this.sorted = [...this.known].sort();
    if (ledger === null) return this.sorted;
    const first = this.sorted.findIndex((id) => id > ledger);
    return first < 0 ? [] : this.sorted.slice(first);
  }

  /** Reads what was added since the last time. */
  private async readOn(): Promise<void> {
    // What was added after another's reading began may be missing in it.
    await this.reading?.catch(() => undefined);
    this.reading ??= this.readPages().finally(() => {
      this.reading = null;
    });
    await this.reading;
    this.hasRead = true;
  }

  private async readPages(): Promise<void> {
    for (let isMore = true; isMore;) {
      const page = await this.tries.patiently(() =>
        this.client.readStream({
          stream: this.layout.index,
          from: this.nextRevision,
          direction: 'forwards',
          limit: PAGE,
        }),
      );
      for (const { data, revision } of page) {
        this.remember(textOf(data));
        this.nextRevision = revision + 1;
      }
      isMore = page.length === PAGE;
    }
  }

  private remember(ledger: string): void {
    this.known.add(ledger);
  }
}
