/** An event as it was proposed: the double looks at its id and its size, and at nothing else. */
export type ProposedRecord = {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
};

export type LogRecord = ProposedRecord & {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
};

/** As in the server: -1 for no stream, -2 for any, -4 for a stream that exists. */
export const NO_STREAM = -1;
export const ANY = -2;
export const STREAM_EXISTS = -4;

export type WriteResult =
  | { readonly result: 'success'; readonly lastRevision: number; readonly position: bigint }
  | { readonly result: 'wrong-expected-version'; readonly currentRevision: number };

/**
 * What one server, or all nodes of a cluster, have: streams, and the whole in its order. It decides as EventStoreDB
 * does (IndexWriter.CheckCommit): ids are compared at the given expected revision alone; with "any" only with what was
 * written to this stream.
 */
export class EventLog {
  private readonly streams = new Map<string, LogRecord[]>();
  private readonly whole: LogRecord[] = [];
  private readonly listeners = new Set<(records: readonly LogRecord[]) => void>();
  private nextPosition: bigint;

  constructor(firstPosition = 1_477n) {
    this.nextPosition = firstPosition;
  }

  get all(): readonly LogRecord[] {
    return this.whole;
  }

  stream(name: string): readonly LogRecord[] | undefined {
    return this.streams.get(name);
  }

  append(stream: string, expected: number, events: readonly ProposedRecord[]): WriteResult {
    const known = this.streams.get(stream) ?? [];
    const current = known.length - 1;
    const same = sameEvents(known, expected, events);
    if (same) return { result: 'success', lastRevision: same.revision, position: same.position };
    const isExpected = expected === ANY || (expected === STREAM_EXISTS ? current >= 0 : expected === current);
    if (!isExpected) return { result: 'wrong-expected-version', currentRevision: current };
    const written = events.map((event, index) => this.recorded(stream, current + 1 + index, event));
    if (written.length > 0) this.streams.set(stream, known);
    for (const record of written) {
      known.push(record);
      this.whole.push(record);
    }
    for (const tell of this.listeners) tell(written);
    const last = written.at(-1);
    return {
      result: 'success',
      lastRevision: last?.revision ?? current,
      position: last?.position ?? this.nextPosition,
    };
  }

  onWritten(listener: (records: readonly LogRecord[]) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The first index of the whole at a position, or behind it. */
  indexFrom(position: bigint): number {
    let [from, to] = [0, this.whole.length];
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      if ((this.whole[middle] as LogRecord).position < position) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private recorded(stream: string, revision: number, event: ProposedRecord): LogRecord {
    const position = this.nextPosition;
    this.nextPosition += BigInt(event.data.length + event.metadata.length + 2 * event.type.length + 90);
    return { ...event, stream, revision, position };
  }
}

/** The last of the events, if the stream has them all where they are expected (with "any": somewhere). */
function sameEvents(
  known: readonly LogRecord[],
  expected: number,
  events: readonly ProposedRecord[],
): LogRecord | undefined {
  const first =
    expected === ANY || expected === STREAM_EXISTS
      ? known.findIndex(({ id }) => id === events[0]?.id)
      : expected + 1;
  if (first < 0 || events.length === 0) return undefined;
  const isSame = events.every(({ id }, index) => known[first + index]?.id === id);
  return isSame ? known[first + events.length - 1] : undefined;
}
