import type { LedgerEvent } from '../ledger/events';
import type { Numbered } from './verification-order';

/** An event as it was read, with what follows from its text alone. */
export type ReadEvent = Numbered & {
  readonly text: string;
  /** The hash that stands beside it. */
  readonly stored: string;
  /** The hash of its text. */
  readonly computed: string;
  /** Null when the text is no event. */
  readonly event: LedgerEvent | null;
  /** The event that it corrects, if it corrects one: null when there is none, undefined when it cannot be had. */
  original: LedgerEvent | null | undefined;
};

export type ChainError = 'hash-mismatch' | 'not-an-event' | 'replaced-event' | 'chain-broken';

/** An event in its place, and what its neighbours say of it. */
export type Settled = {
  readonly sequence: number;
  /** Null when it is missing. */
  readonly read: ReadEvent | null;
  /** Whether its text is what was sealed. */
  readonly isAuthentic: boolean;
  /** The hash that was sealed, as far as it is known: its leaf in the Merkle tree. */
  readonly leaf: string | null;
};

export type ChainOutput = {
  readonly settled: (event: Settled) => void;
  readonly report: (sequence: number, code: ChainError, detail: string) => void;
};

type Placed = { readonly sequence: number; readonly read: ReadEvent | null };

/**
 * Holds each event against the link of the one after it. An event whose hash is not that of its text, and one that
 * was replaced together with its hash, are each one finding: what follows goes on being checked from the next link.
 */
export class ChainWalk {
  /** Placed, and not settled: an event waits for its two successors. */
  private readonly waiting: Placed[] = [];
  /** An event that its successor did not confirm, so that it was not believed about the one before it. */
  private suspect = 0;

  constructor(private readonly output: ChainOutput) {}

  next(sequence: number, read: ReadEvent | null): void {
    this.waiting.push({ sequence, read });
    if (this.waiting.length > 2) this.settleFirst();
  }

  finish(): void {
    while (this.waiting.length > 0) this.settleFirst();
  }

  private settleFirst(): void {
    const placed = this.waiting.shift() as Placed;
    const [after, second] = this.waiting;
    const link = linkOf(after);
    const isBelieved = isConfirmed(after, second);
    const { sequence, read } = placed;
    if (!read) this.output.settled({ sequence, read, isAuthentic: false, leaf: link });
    else if (!read.isWhole) this.settleChanged(sequence, read, link, isBelieved);
    // Of a suspect it is known already that its successor does not confirm it.
    else if (link !== null && sequence === this.suspect)
      this.settleReplaced(sequence, read, link, 'chain-broken');
    else if (link !== null && link !== read.computed && isBelieved)
      this.settleReplaced(sequence, read, link, 'replaced-event');
    else this.settleWhole(sequence, read, link);
  }

  private settleWhole(sequence: number, read: ReadEvent, link: string | null): void {
    if (link !== null && link !== read.computed) this.suspect = sequence + 1;
    if (!read.event) this.output.report(sequence, 'not-an-event', '');
    this.output.settled({ sequence, read, isAuthentic: read.event !== null, leaf: read.computed });
  }

  private settleReplaced(sequence: number, read: ReadEvent, leaf: string, code: ChainError): void {
    this.output.report(sequence, code, leaf);
    this.output.settled({ sequence, read, isAuthentic: false, leaf });
  }

  /** Text and hash do not fit: the link of the next one says which of the two was changed. */
  private settleChanged(sequence: number, read: ReadEvent, link: string | null, isBelieved: boolean): void {
    this.output.report(sequence, 'hash-mismatch', read.computed);
    const isAuthentic = link === read.computed && read.event !== null;
    if (link !== null && !isBelieved && link !== read.computed && link !== read.stored)
      this.suspect = sequence + 1;
    this.output.settled({ sequence, read, isAuthentic, leaf: link ?? read.stored });
  }
}

/** What an event says of the one before it, if its own text can be believed. */
function linkOf(placed: Placed | undefined): string | null {
  const read = placed?.read;
  return read?.isWhole === true && read.event ? read.event.prevHash : null;
}

/** Whether its own successor knows it; the last one nobody contradicts. */
function isConfirmed(placed: Placed | undefined, after: Placed | undefined): boolean {
  const link = linkOf(after);
  return link === null || link === placed?.read?.computed;
}
