import type { Head, StoredCheckpoint } from '../../ports/event-store';
import { BoundedMap } from './bounded-map';
import { ClientFailure, type EventStoreDbClient, type Position, type RecordedEvent } from './client';
import { fieldsOf, type Layout, note, textOf } from './layout';
import type { Tries } from './patience';

const REMEMBERED = 10_000;
const ATTEMPTS = 8;

/** One append of events, as its checkpoint tells of it. */
export type Appended = {
  /** The head that it made. */
  readonly head: Head;
  /** The sequence that it was made after. */
  readonly after: number;
};

type Kept = StoredCheckpoint & {
  readonly revision: number;
  /** Where in the whole the events that it covers end, when the server said so. */
  readonly position: Position | null;
};

/**
 * The checkpoints of each ledger, in a stream beside its own, by strictly growing size: a checkpoint that comes after
 * one of a later size (two nodes that wrote one after the other) is not needed any more, and is left out.
 */
export class CheckpointStreams {
  /** The last checkpoint that was written here: others may have written later ones. */
  private readonly written = new BoundedMap<string, Pick<Kept, 'revision' | 'size'>>(REMEMBERED);

  constructor(
    private readonly client: EventStoreDbClient,
    private readonly layout: Layout,
    private readonly tries: Tries,
  ) {}

  /** Sent again, it is one and the same. @throws ClientFailure */
  async append(text: string, { head, after }: Appended, position: Position | null): Promise<void> {
    const { ledger, sequence: size, hash } = head;
    const where = position === null ? '' : `,"position":"${position.commit}"`;
    const event = note('checkpoint', text, `{"size":${size},"after":${after},"hash":"${hash}"${where}}`);
    const stream = this.layout.ofCheckpoints(ledger);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const last = this.written.get(ledger) ?? (await this.last(ledger));
      if (last && last.size >= size) return;
      const expected = last?.revision ?? -1;
      const answer = await this.tries.patiently(() =>
        this.client.append(stream, expected < 0 ? 'no-stream' : expected, [event]),
      );
      if (answer.result === 'written') {
        this.written.set(ledger, { revision: expected + 1, size });
        return;
      }
      this.written.delete(ledger);
    }
    throw new ClientFailure('others write checkpoints all the time', 'not-handled');
  }

  /** A size up to which the ledger is signed; it may be signed further by now. @throws ClientFailure */
  async signedUpTo(ledger: string): Promise<number> {
    const last = this.written.get(ledger) ?? (await this.last(ledger));
    return last?.size ?? 0;
  }

  /** @throws ClientFailure */
  async latest(ledger: string): Promise<StoredCheckpoint | null> {
    const last = await this.last(ledger);
    return last && checkpointOf(last);
  }

  /** By growing size, from a size on. @throws ClientFailure */
  async from(ledger: string, size: number, limit: number): Promise<readonly StoredCheckpoint[]> {
    const first = await this.firstOf(ledger, size);
    if (first === null) return [];
    return (await this.read(ledger, first, limit)).map(checkpointOf);
  }

  /** A place in the whole that lies before an event, as near as the checkpoints tell. @throws ClientFailure */
  async placeBefore(ledger: string, sequence: number): Promise<Position | null> {
    const first = await this.firstOf(ledger, sequence);
    const last = first === null ? await this.last(ledger) : null;
    const before = first === null ? last?.revision : first - 1;
    if (before === undefined || before < 0) return null;
    return (await this.read(ledger, before, 1))[0]?.position ?? null;
  }

  /** The revision of the first checkpoint that is as large; null when there is none. */
  private async firstOf(ledger: string, size: number): Promise<number | null> {
    const last = await this.last(ledger);
    if (!last || last.size < size) return null;
    // Sizes grow by one at least: the checkpoint at a revision is larger than the revision.
    let [from, to] = [0, Math.max(0, Math.min(last.revision, size - 1))];
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      const [checkpoint] = await this.read(ledger, middle, 1);
      if (checkpoint && checkpoint.size < size) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private async last(ledger: string): Promise<Kept | null> {
    const stream = this.layout.ofCheckpoints(ledger);
    const [event] = await this.tries.patiently(() =>
      this.client.readStream({ stream, from: 'end', direction: 'backwards', limit: 1 }),
    );
    return event ? keptOf(ledger, event) : null;
  }

  private async read(ledger: string, from: number, limit: number): Promise<Kept[]> {
    const stream = this.layout.ofCheckpoints(ledger);
    const events = await this.tries.patiently(() =>
      this.client.readStream({ stream, from, direction: 'forwards', limit }),
    );
    return events.map((event) => keptOf(ledger, event));
  }
}

/** What an event of a stream of checkpoints says; null when it is none of ours. */
export function appendedOf(ledger: string, { metadata }: RecordedEvent): Appended | null {
  const { size, after, hash } = fieldsOf(metadata);
  if (!isSequence(size) || !isSequence(after) || after >= size || typeof hash !== 'string') return null;
  return { head: { ledger, sequence: size, hash }, after };
}

function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function keptOf(ledger: string, { revision, data, metadata }: RecordedEvent): Kept {
  const { size, position } = fieldsOf(metadata);
  const commit = typeof position === 'string' && /^\d+$/.test(position) ? BigInt(position) : null;
  return {
    ledger,
    size: typeof size === 'number' ? size : 0,
    note: textOf(data),
    revision,
    position: commit === null ? null : { commit, prepare: commit },
  };
}

function checkpointOf({ ledger, size, note: text }: Kept): StoredCheckpoint {
  return { ledger, size, note: text };
}
