import type { LedgerEvent } from '../ledger/events';
import { type Ed25519Verify, openNote, parseCheckpoint, parseVerifierKey, type Verifier } from './checkpoint';
import { genesisHash, type Sha256, type Sha256Hex, toHex } from './hash';
import { type ChainError, ChainWalk, type ReadEvent, type Settled } from './verification-chain';
import { type FactError, FactsChecker } from './verification-facts';
import { EventOrder, type OrderError } from './verification-order';
import { GrowingTree } from './growing-tree';

/** What can be wrong with a ledger; stable codes. */
export type VerificationCode =
  | OrderError
  | ChainError
  | FactError
  | 'key-malformed'
  | 'checkpoint-malformed'
  | 'checkpoint-root'
  | 'checkpoint-signature'
  | 'tail-missing'
  | 'tail-unsigned'
  | 'history-replaced'
  | 'no-events';

export type VerificationError = {
  /** The event it is about; 0 when it is about none. */
  readonly sequence: number;
  readonly code: VerificationCode;
  /** What was expected instead, or what else helps to find it. */
  readonly detail: string;
};

export type VerificationReport = {
  readonly ledger: string;
  readonly events: number;
  /** By sequence; empty when the ledger is intact. */
  readonly errors: readonly VerificationError[];
  /** Errors beyond those that are listed. */
  readonly moreErrors: number;
  /** Closures that do not fit, but depend on an event that is reported damaged or missing: nothing can be said of them. */
  readonly unchecked: readonly number[];
  readonly head: { readonly sequence: number; readonly hash: string; readonly root: string };
  /** Signed checkpoints that were checked. */
  readonly checkpoints: number;
  readonly closures: number;
  /** The key that the ledger names in its first event: to be compared with one that was written down elsewhere. */
  readonly verifierKey: string;
};

export type VerifierTools = {
  readonly sha256: Sha256;
  readonly sha256Hex: Sha256Hex;
  readonly ed25519Verify: Ed25519Verify;
  /** The text of an earlier event, for corrections; null when there is none. Without it copies are not compared. */
  readonly textOf?: ((sequence: number) => string | null) | undefined;
};

export type SignedNote = { readonly size: number; readonly note: string };

/** What is kept beside the events, to be held against them. May be told bit by bit. */
export type Memory = {
  readonly ledger?: string;
  /** Signed notes by growing size, each told before the event that it ends with has two successors. */
  readonly checkpoints?: readonly SignedNote[];
  readonly witness?: { readonly size: number; readonly root: string } | null;
  /** Where every append is signed, the last event is covered by a checkpoint. */
  readonly everyAppendIsSigned?: boolean;
};

/** A report lists so many errors; more are counted. A file that is no ledger would otherwise fill the memory. */
const MOST_ERRORS = 10_000;

/**
 * Verifies one ledger from its raw events, as a stranger would: order, hashes, links, form, numbers, postings,
 * closures, signed checkpoints, witness. Lists all errors and goes on after each. It needs no state of the service
 * and no framework, and reads a ledger of any length: what it remembers of an entry is its id, in some 40 bytes.
 */
export class LedgerVerifier {
  private readonly errors: VerificationError[] = [];
  private readonly uncheckedClosures = new Set<number>();
  private moreErrors = 0;
  private readonly order: EventOrder<ReadEvent>;
  private readonly chain: ChainWalk;
  private readonly facts: FactsChecker;
  private readonly tree: GrowingTree;
  /** Why the tree says nothing any more: leaves that are not known, or a root that is not the signed one. */
  private treeIsWhole = true;
  private notes: SignedNote[] = [];
  private nextNote = 0;
  private signedThrough = 0;
  private witness: { readonly size: number; readonly root: string } | null = null;
  private rootOfWitness = '';
  private everyAppendIsSigned = false;
  private verifier: Verifier | null = null;
  private verifierKey = '';
  private origin = '';
  private ledger = '';
  private count = 0;
  private checkpoints = 0;
  private closures = 0;
  private head = { sequence: 0, hash: '' };

  constructor(private readonly tools: VerifierTools) {
    const report = (sequence: number, code: VerificationCode, detail: string) =>
      this.report(sequence, code, detail);
    const unchecked = (sequence: number) => void this.uncheckedClosures.add(sequence);
    this.tree = GrowingTree.empty(tools.sha256Hex);
    this.facts = new FactsChecker(tools.sha256Hex, { report, unchecked });
    this.chain = new ChainWalk({ settled: (event) => this.settle(event), report });
    this.order = new EventOrder<ReadEvent>({
      next: (sequence, read) => this.chain.next(sequence, read),
      late: (read) => this.facts.addLate(read),
      report,
    });
  }

  /** Tells what the events are to be held against. */
  expect({ ledger, checkpoints = [], witness, everyAppendIsSigned }: Memory): void {
    if (ledger !== undefined) {
      this.ledger = ledger;
      this.facts.expectLedger(ledger);
    }
    if (this.nextNote === this.notes.length) {
      this.notes = [];
      this.nextNote = 0;
    }
    this.notes.push(...checkpoints);
    if (witness !== undefined) this.witness = witness;
    if (everyAppendIsSigned !== undefined) this.everyAppendIsSigned = everyAppendIsSigned;
  }

  /** Takes the next event in the order of the file or store; answers the sequence that it says it has, or 0. */
  add(stored: { readonly text: string; readonly hash: string }): number {
    const read = this.read(stored);
    const corrects = correctedBy(read);
    this.take(read, corrects === null ? undefined : this.tools.textOf?.(corrects));
    return read.sequence;
  }

  /** The first half of `add`, for whoever must wait for the text of what an event corrects. */
  read({ text, hash }: { readonly text: string; readonly hash: string }): ReadEvent {
    const computed = this.tools.sha256Hex(text);
    const event = parsed(text);
    return {
      sequence: event?.sequence ?? 0,
      isWhole: computed === hash,
      text,
      stored: hash,
      computed,
      event,
      original: undefined,
    };
  }

  /** The second half. `original` is the text of what the event corrects: null when there is none. */
  take(read: ReadEvent, original?: string | null): void {
    this.count += 1;
    if (original !== undefined) read.original = original === null ? null : parsed(original);
    this.order.add(read);
  }

  /** Ends the verification: what is missing at the end, the last checkpoint, the witness. */
  finish({
    checkpoint,
    witness,
  }: { readonly checkpoint?: SignedNote; readonly witness?: Memory['witness'] } = {}) {
    if (checkpoint) this.expect({ checkpoints: [checkpoint] });
    if (witness !== undefined) this.expect({ witness });
    this.order.finish();
    this.chain.finish();
    this.facts.finish();
    if (this.count === 0) this.report(0, 'no-events', '');
    this.checkTail();
    return this.made();
  }

  private made(): VerificationReport {
    return {
      ledger: this.ledger,
      events: this.count,
      errors: this.errors.sort((left, right) => left.sequence - right.sequence),
      moreErrors: this.moreErrors,
      unchecked: [...this.uncheckedClosures],
      head: { ...this.head, root: this.tree.root() },
      checkpoints: this.checkpoints,
      closures: this.closures,
      verifierKey: this.verifierKey,
    };
  }

  private report(sequence: number, code: VerificationCode, detail: string): void {
    if (this.errors.length < MOST_ERRORS) this.errors.push({ sequence, code, detail });
    else this.moreErrors += 1;
  }

  /** The next event in order, with what its neighbours say of it. */
  private settle({ sequence, read, isAuthentic, leaf }: Settled): void {
    const { event } = read ?? {};
    if (!read) this.facts.lose(sequence);
    else {
      this.head = { sequence, hash: read.stored };
      if (event && (isAuthentic || read.isWhole)) {
        const isReadable = this.facts.add(read, event);
        if (isReadable && sequence === 1) this.begin(event);
        if (isReadable && event.type === 'DayClosed') this.checkSeal(event);
      }
      if (!isAuthentic) this.facts.lose(sequence, read.isWhole ? null : read);
    }
    this.grow(leaf);
  }

  /** The first event: what it links to, and the key that signs. */
  private begin(event: LedgerEvent): void {
    this.ledger ||= event.ledger;
    if (event.prevHash !== genesisHash(event.ledger, this.tools.sha256Hex))
      this.report(1, 'chain-broken', '');
    if (event.type !== 'LedgerOpened') return;
    this.origin = event.data.origin;
    this.verifierKey = event.data.verifierKey;
    try {
      this.verifier = parseVerifierKey(this.verifierKey, this.tools.sha256);
    } catch (error) {
      this.report(1, 'key-malformed', messageOf(error));
    }
  }

  private grow(leaf: string | null): void {
    if (leaf === null) this.treeIsWhole = false;
    this.tree.append(leaf ?? '');
    const { size } = this.tree;
    if (size === this.witness?.size && this.treeIsWhole) this.rootOfWitness = this.tree.root();
    while (this.nextNote < this.notes.length) {
      const { size: noted, note } = this.notes[this.nextNote] as SignedNote;
      if (noted > size) return;
      this.nextNote += 1;
      if (this.checkNote(note, noted, noted)) this.signedThrough = noted;
    }
  }

  /** A closure holds the signed checkpoint of all events before it. */
  private checkSeal(event: Extract<LedgerEvent, { type: 'DayClosed' }>): void {
    this.closures += 1;
    this.checkNote(event.data.checkpoint, event.sequence - 1, event.sequence);
  }

  /** Holds a checkpoint against the tree as it is now, if anything can be said of that; answers whether it is signed. */
  private checkNote(note: string, size: number, sequence: number): boolean {
    this.checkpoints += 1;
    try {
      // Without a first event there is no key: that is reported where it is missing.
      if (!this.verifier) return false;
      const { text, signedBy } = openNote(note, [this.verifier], this.tools.ed25519Verify);
      const body = parseCheckpoint(text);
      if (signedBy.length === 0) this.report(sequence, 'checkpoint-signature', '');
      else if (body.origin !== this.origin || body.size !== size)
        this.report(sequence, 'checkpoint-malformed', `${body.origin} ${body.size}`);
      else if (size === this.tree.size && this.treeIsWhole && toHex(body.root) !== this.tree.root()) {
        this.report(sequence, 'checkpoint-root', toHex(body.root));
        // All later roots differ too: that is one finding.
        this.treeIsWhole = false;
        return true;
      } else return true;
    } catch (error) {
      const isSignature = messageOf(error).startsWith('bad signature');
      this.report(sequence, isSignature ? 'checkpoint-signature' : 'checkpoint-malformed', messageOf(error));
    }
    return false;
  }

  /** What checkpoints and witness know beyond the last event. */
  private checkTail(): void {
    const last = this.head.sequence;
    let known = this.witness?.size ?? 0;
    for (const { size, note } of this.notes.slice(this.nextNote)) {
      if (this.checkNote(note, size, size)) known = Math.max(known, size);
    }
    const { witness, rootOfWitness, signedThrough } = this;
    const isUnsigned = this.everyAppendIsSigned && signedThrough < last && this.verifier !== null;
    if (known > last) this.reportRange(last + 1, known, 'tail-missing');
    else if (isUnsigned) this.reportRange(signedThrough + 1, last, 'tail-unsigned');
    if (witness && rootOfWitness !== '' && rootOfWitness !== witness.root)
      this.report(witness.size, 'history-replaced', witness.root);
  }

  private reportRange(first: number, last: number, code: VerificationCode): void {
    this.report(first, code, first === last ? '' : `${first}–${last}`);
  }
}

/** The sequence of the event that an event corrects; null when it corrects none. */
export function correctedBy({ event }: ReadEvent): number | null {
  const sequence = event?.correction?.corrects?.sequence;
  return Number.isSafeInteger(sequence) ? (sequence as number) : null;
}

/** Null when the text is no JSON object that looks like an event. */
function parsed(text: string): LedgerEvent | null {
  try {
    const event = JSON.parse(text) as LedgerEvent;
    const isEvent =
      Number.isSafeInteger(event.sequence) &&
      event.sequence > 0 &&
      typeof event.type === 'string' &&
      typeof event.prevHash === 'string';
    return isEvent ? event : null;
  } catch {
    // No JSON, or null, which has no members.
    return null;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : '';
}
