import type { Projection, RecordedEvent } from '../../projections/projection';
import type { DocumentWrite, ReadModelStore } from '../ports/read-model-store';

type Held = {
  sequence: number;
  body: unknown;
  isDirty: boolean;
  /** Made by one event and hardly ever changed again: not worth holding. */
  readonly isPassing: boolean;
};

/** An event that a read model looks at, and the documents that it changes there. */
export type PlannedEvent = {
  readonly event: RecordedEvent;
  readonly keys: readonly string[];
  /** Why the keys could not be told; null as a rule. */
  readonly error: Error | null;
};

/** Documents that one track holds between batches, so that a busy till is not read back for each sale. */
const MOST_HELD = 5000;

/** The documents that one read model is being folded into: those of the batch, and the recently used ones. */
export class TrackDocuments {
  /** By ledger, then key; ledgers and keys in order of last use. */
  private readonly held = new Map<string, Map<string, Held>>();
  private readonly dirty: { ledger: string; key: string; held: Held }[] = [];
  private size = 0;

  constructor(
    private readonly projection: Projection,
    private readonly collection: string,
    private readonly store: ReadModelStore,
  ) {}

  /** Reads what the events will change and is not held yet. */
  async prepare(events: readonly RecordedEvent[]): Promise<PlannedEvent[]> {
    const missing = new Map<string, Set<string>>();
    const planned: PlannedEvent[] = [];
    for (const event of events) {
      const plan = this.plan(event);
      if (!plan) continue;
      planned.push(plan);
      for (const key of plan.keys) this.noteMissing(event, key, missing);
    }
    // All at once: a page holds events of as many ledgers as there are in a firm, and a server is asked for each of them.
    const reads = [...missing].map(async ([ledger, keys]) => {
      return [ledger, await this.store.getMany(this.collection, ledger, [...keys])] as const;
    });
    for (const [ledger, documents] of await Promise.all(reads)) {
      for (const [key, { sequence, body }] of documents) {
        this.hold(ledger, key, { sequence, body, isDirty: false, isPassing: false });
      }
    }
    return planned;
  }

  private plan(event: RecordedEvent): PlannedEvent | null {
    const { projection } = this;
    try {
      return projection.handles(event) ? { event, keys: projection.keys(event), error: null } : null;
    } catch (error) {
      // Met again when it is this event's turn: what comes before it is folded.
      return { event, keys: [], error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  private noteMissing(event: RecordedEvent, key: string, missing: Map<string, Set<string>>): void {
    if (this.projection.begins?.(event, key) === true) return;
    if (this.held.get(event.ledger)?.has(key) === true) return;
    const known = missing.get(event.ledger);
    if (known) known.add(key);
    else missing.set(event.ledger, new Set([key]));
  }

  /** Folds one event into each of its documents; one that has folded it already is left alone. */
  fold({ event, keys, error }: PlannedEvent): void {
    const { projection } = this;
    if (error !== null) throw error;
    for (const key of keys) {
      const held = this.held.get(event.ledger)?.get(key);
      if (!held) {
        const body = projection.evolve(undefined, event, key);
        const isPassing = projection.begins?.(event, key) === true;
        const made = this.hold(event.ledger, key, { sequence: 0, body, isDirty: false, isPassing });
        this.change(event.ledger, key, made, event.sequence);
      } else if (held.sequence < event.sequence) {
        held.body = projection.evolve(held.body, event, key);
        this.change(event.ledger, key, held, event.sequence);
      }
    }
  }

  private change(ledger: string, key: string, held: Held, sequence: number): void {
    held.sequence = sequence;
    if (held.isDirty) return;
    held.isDirty = true;
    this.dirty.push({ ledger, key, held });
  }

  private hold(ledger: string, key: string, held: Held): Held {
    let ofLedger = this.held.get(ledger);
    if (!ofLedger) {
      ofLedger = new Map();
      this.held.set(ledger, ofLedger);
    }
    if (!ofLedger.has(key)) this.size += 1;
    ofLedger.set(key, held);
    return held;
  }

  /** What the batch has changed. */
  takeWrites(): DocumentWrite[] {
    const { collection } = this;
    return this.dirty.map(({ ledger, key, held }) => {
      held.isDirty = false;
      return { collection, ledger, key, sequence: held.sequence, body: held.body };
    });
  }

  /** After a batch is written: lets go of what passes, and of the longest unchanged ledgers when much is held. */
  trim(): void {
    const changed = new Set<string>();
    for (const { ledger, key, held } of this.dirty) {
      changed.add(ledger);
      if (held.isPassing && this.held.get(ledger)?.delete(key) === true) this.size -= 1;
    }
    this.dirty.length = 0;
    for (const ledger of changed) this.touch(ledger);
    for (const [ledger, ofLedger] of this.held) {
      if (this.size <= MOST_HELD) break;
      this.held.delete(ledger);
      this.size -= ofLedger.size;
    }
  }

  private touch(ledger: string): void {
    const ofLedger = this.held.get(ledger);
    if (!ofLedger) return;
    this.held.delete(ledger);
    this.held.set(ledger, ofLedger);
  }

  /** After a write that failed: what was folded and not written is folded again. */
  forget(): void {
    this.held.clear();
    this.dirty.length = 0;
    this.size = 0;
  }
}
