/** Where an event is in the total order of a server: the position of its log record. */
export type Position = { readonly commit: bigint; readonly prepare: bigint };

/** An event on its way to a stream: a text, and a text beside it, which are stored as UTF-8. */
export type ProposedEvent = {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
};

export type RecordedEvent = {
  readonly stream: string;
  /** 0, 1, 2 … in its stream. */
  readonly revision: number;
  readonly type: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  /** Known when the whole was read; a server tells none when one stream was read. */
  readonly position: Position | null;
};

/** The revision of the last event that the stream is expected to have. */
export type ExpectedRevision = number | 'no-stream' | 'any';

export type AppendAnswer =
  | { readonly result: 'written'; readonly position: Position | null }
  /** The revision that the stream is at; -1 where there is no stream. */
  | { readonly result: 'wrong-revision'; readonly actualRevision: number };

export type StreamRead = {
  readonly stream: string;
  readonly from: number | 'end';
  readonly direction: 'forwards' | 'backwards';
  readonly limit: number;
};

/** Events of all streams whose names begin so, the one at `from` included; from the end backwards. */
export type AllRead = {
  readonly prefix: string;
  readonly from: Position | 'start' | 'end';
  readonly limit: number;
};

export type AllSubscription = {
  readonly prefix: string;
  /** Behind this position; with the first event there is when null. */
  readonly after: Position | null;
  readonly onConfirmed: () => void;
  readonly onEvent: (event: RecordedEvent) => void;
  /** Nothing that the filter lets through lies before it. */
  readonly onCheckpoint: (position: Position) => void;
  /** Called once, when it is over for any reason but `close`. */
  readonly onEnd: (failure: Error) => void;
};

/**
 * What the adapter needs of a server; `grpc-client.ts` is the one that speaks to it. Each call ends within a bounded
 * time. @throws ClientFailure; what is a fault of the program passes
 */
export type EventStoreDbClient = {
  /** All events or none, in order. The same events at the same revision again are answered as the first time. */
  append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<AppendAnswer>;
  /** Of a stream that does not exist, nothing. */
  readStream(read: StreamRead): Promise<RecordedEvent[]>;
  readAll(read: AllRead): Promise<RecordedEvent[]>;
  subscribe(subscription: AllSubscription): { readonly close: () => void };
  close(): Promise<void>;
};

/**
 * - `not-handled`: the server has not taken the request up; it may be sent again.
 * - `uncertain`: the answer is lost, the request may have been carried out.
 * - `refused`: the server will never take it up as it is.
 */
export type FailureKind = 'not-handled' | 'uncertain' | 'refused';

export class ClientFailure extends Error {
  override readonly name = 'ClientFailure';

  constructor(
    message: string,
    readonly kind: FailureKind,
  ) {
    super(message);
  }
}
