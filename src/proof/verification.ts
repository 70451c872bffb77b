import type { LedgerEvent } from '../ledger/events';
import { EVENTS } from '../ledger/events';
import { expectedPostings } from '../ledger/postings-of';
import { canonicalJson } from './canonical-json';
import { type Ed25519Verify, openNote, parseCheckpoint, parseVerifierKey, type Verifier } from './checkpoint';
import { genesisHash, type Sha256, type Sha256Hex, toHex, fromHex } from './hash';
import { CompactTree } from './merkle-tree';
import { type FigureError, FigureChecker } from './verification-figures';

/** What can be wrong with a ledger; stable codes. */
export type VerificationCode =
  | FigureError
  | 'hash-mismatch'
  | 'not-an-event'
  | 'not-canonical'
  | 'unknown-event'
  | 'schema'
  | 'other-ledger'
  | 'chain-broken'
  | 'missing-event'
  | 'out-of-order'
  | 'repeated-event'
  | 'till-number'
  | 'document-number'
  | 'entry-incomplete'
  | 'postings-not-derived'
  | 'postings-not-balanced'
  | 'correction-not-found'
  | 'correction-not-reversed'
  | 'balances-hash'
  | 'checkpoint-malformed'
  | 'checkpoint-root'
  | 'checkpoint-signature'
  | 'tail-missing'
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
  readonly errors: readonly VerificationError[];
  /** Errors beyond those that are listed. */
  readonly moreErrors: number;
  readonly head: { readonly sequence: number; readonly hash: string; readonly root: string };
  /** Signed checkpoints that were checked. */
  readonly checkpoints: number;
  /** Perpetual totals of the last closure of each till, per VAT rate, in cents. */
  readonly closures: number;
};

export type VerifierTools = {
  readonly sha256: Sha256;
  readonly sha256Hex: Sha256Hex;
  readonly ed25519Verify: Ed25519Verify;
  /** The text of an earlier event, for corrections; null when it cannot be had. */
  readonly textOf?: ((sequence: number) => string | null) | undefined;
  /** Also check that each text is canonical and fits its schema: several times slower. */
  readonly thorough?: boolean | undefined;
};

/** What is kept beside the events, to be held against them at the end. */
export type Memory = {
  /** Signed notes, by growing size. */
  readonly checkpoints?: readonly string[];
  readonly witness?: { readonly size: number; readonly root: string } | null;
  /** Sizes and roots that restores have given up, from the installation's own records. */
  readonly expectedLedger?: string;
};

/** A report lists so many errors; more are counted. A file that is no ledger would otherwise fill the memory. */
const MOST_ERRORS = 10_000;

type Previous = { readonly sequence: number; readonly stored: string; readonly computed: string };

/**
 * Verifies one ledger from its raw events, as a stranger would: hashes, links, numbers, postings, closures, signed
 * checkpoints. Lists all errors, and goes on after each. It needs no state of the service and no framework.
 */
export class LedgerVerifier {
  private readonly errors: VerificationError[] = [];
  private moreErrors = 0;
  private readonly figures = new FigureChecker();
  private readonly balances = new Map<string, number>();
  private readonly tillNumbers = new Map<string, number>();
  private readonly documentNumbers = new Map<string, number>();
  private readonly missing = new Set<number>();
  private readonly roots = new Map<number, string>();
  private tree = CompactTree.empty();
  private previous: Previous | null = null;
  private ledger = '';
  private count = 0;
  private checkpoints = 0;
  private closures = 0;
  private verifier: Verifier | null = null;
  private origin = '';
  private openEntry: { id: string; index: number; count: number; sequence: number } | null = null;
  /** A removed event leaves all later Merkle roots without meaning: they are passed over, not reported one by one. */
  private treeIsWhole = true;
  private wanted: readonly { size: number; note: string }[] = [];

  constructor(private readonly tools: VerifierTools) {}

  /** Checkpoints to be held against the events as they come by: any number, in any order. */
  expect(checkpoints: readonly { readonly size: number; readonly note: string }[]): void {
    this.wanted = checkpoints;
    for (const { size } of checkpoints) this.roots.set(size, '');
  }

  /** Takes the next event in the order of the file or store; answers its own sequence, null when it is no event. */
  add({ text, hash }: { readonly text: string; readonly hash: string }): number | null {
    this.count += 1;
    const expected = (this.previous?.sequence ?? 0) + 1;
    const computed = this.tools.sha256Hex(text);
    if (computed !== hash) this.report(expected, 'hash-mismatch', computed);
    const event = this.parsed(text, expected);
    if (!event) {
      this.follow({ sequence: expected, stored: hash, computed });
      return null;
    }
    if (this.placed(event, expected, hash, computed)) this.checkEvent(event, text);
    return event.sequence;
  }

  /** Ends the verification: the head, the checkpoints and the witness. */
  finish({ witness }: Memory = {}): VerificationReport {
    this.settleLeaf(null);
    if (this.count === 0) this.report(0, 'no-events', '');
    for (const sequence of this.missing) this.report(sequence, 'missing-event', '');
    this.endEntry();
    const sequence = this.previous?.sequence ?? 0;
    const root = toHex(this.tree.root(this.tools.sha256));
    this.checkWanted();
    if (witness) this.checkWitness(witness, sequence, root);
    this.errors.sort((left, right) => left.sequence - right.sequence);
    const hash = this.previous?.stored ?? '';
    return {
      ledger: this.ledger,
      events: this.count,
      errors: this.errors,
      moreErrors: this.moreErrors,
      head: { sequence, hash, root },
      checkpoints: this.checkpoints,
      closures: this.closures,
    };
  }

  private report(sequence: number, code: VerificationCode, detail: string): void {
    if (this.errors.length < MOST_ERRORS) this.errors.push({ sequence, code, detail });
    else this.moreErrors += 1;
  }

  private parsed(text: string, sequence: number): LedgerEvent | null {
    try {
      const value: unknown = JSON.parse(text);
      if (looksLikeEvent(value)) return value as LedgerEvent;
    } catch {
      // Reported below: a text that is no JSON is no event.
    }
    this.report(sequence, 'not-an-event', '');
    return null;
  }

  /** Puts an event in its place in the chain; false when it is not the next one, so that it is not folded twice. */
  private placed(event: LedgerEvent, expected: number, stored: string, computed: string): boolean {
    const { sequence } = event;
    if (sequence < expected) {
      const wasMissing = this.missing.delete(sequence);
      this.report(sequence, wasMissing ? 'out-of-order' : 'repeated-event', '');
      // It is in the file, if not in its place: its money counts, so that one exchange is not a hundred errors.
      if (wasMissing) this.foldLate(event);
      return false;
    }
    if (sequence > expected) {
      const gap = sequence - expected;
      if (gap > MOST_ERRORS) {
        this.report(expected, 'not-an-event', `sequence ${sequence}`);
        this.follow({ sequence: expected, stored, computed });
        return false;
      }
      for (let absent = expected; absent < sequence; absent += 1) this.missing.add(absent);
      this.settleLeaf(null);
      this.treeIsWhole = false;
    } else this.checkLink(event);
    this.follow({ sequence, stored, computed });
    return true;
  }

  private foldLate(event: LedgerEvent): void {
    try {
      this.checkPostings(event);
      this.figures.add(event, (code, detail) => this.report(event.sequence, code, detail));
    } catch (error) {
      this.report(event.sequence, 'schema', error instanceof Error ? error.message.slice(0, 200) : '');
    }
  }

  private checkLink(event: LedgerEvent): void {
    const { previous } = this;
    if (!previous) {
      this.ledger = event.ledger;
      if (event.prevHash !== genesisHash(event.ledger, this.tools.sha256Hex))
        this.report(1, 'chain-broken', '');
      return;
    }
    if (event.prevHash !== previous.stored && event.prevHash !== previous.computed) {
      this.report(event.sequence, 'chain-broken', previous.stored);
    }
    this.settleLeaf(event.prevHash);
  }

  private follow(next: Previous): void {
    if (this.previous && this.tree.size < this.previous.sequence) this.settleLeaf(null);
    this.previous = next;
  }

  /** The leaf of the event before: the hash that the next one links to, which tells which of two is right. */
  private settleLeaf(link: string | null): void {
    const { previous } = this;
    if (!previous || this.tree.size >= previous.sequence) return;
    const leaf =
      link === previous.computed ? previous.computed : link === null ? previous.computed : previous.stored;
    this.tree = this.tree.append(fromHexOrZero(leaf), this.tools.sha256);
    if (this.treeIsWhole && this.roots.has(this.tree.size)) {
      this.roots.set(this.tree.size, toHex(this.tree.root(this.tools.sha256)));
    }
  }

  private checkEvent(event: LedgerEvent, text: string): void {
    const { sequence } = event;
    if (event.ledger !== this.ledger) this.report(sequence, 'other-ledger', event.ledger);
    const definition = Object.hasOwn(EVENTS, event.type) ? EVENTS[event.type] : undefined;
    if (!definition) {
      this.report(sequence, 'unknown-event', event.type);
      return;
    }
    try {
      if (this.tools.thorough === true) this.checkForm(event, text, definition.schema);
      if (event.type === 'LedgerOpened') this.learnKey(event);
      this.checkNumbers(event);
      this.checkEntry(event);
      if (event.type === 'DayClosed') this.checkSeals(event);
      this.checkPostings(event);
      if (event.type === 'MovementReversed') this.checkCorrection(event);
      this.figures.add(event, (code, detail) => this.report(sequence, code, detail));
    } catch (error) {
      // An event whose members are not what its type says cannot be folded: that is a finding, not a crash.
      this.report(sequence, 'schema', error instanceof Error ? error.message.slice(0, 200) : '');
    }
  }

  private checkForm(
    event: LedgerEvent,
    text: string,
    schema: { safeParse: (value: unknown) => { success: boolean } },
  ) {
    if (canonicalJson(event) !== text) this.report(event.sequence, 'not-canonical', '');
    if (!schema.safeParse(event).success) this.report(event.sequence, 'schema', '');
  }

  private learnKey(event: Extract<LedgerEvent, { type: 'LedgerOpened' }>): void {
    this.origin = event.data.origin;
    this.verifier = parseVerifierKey(event.data.verifierKey, this.tools.sha256);
  }

  private checkNumbers({ sequence, till, tillSequence, document }: LedgerEvent): void {
    if (till !== undefined) {
      const expected = (this.tillNumbers.get(till) ?? 0) + 1;
      if (!this.isNext(tillSequence, expected)) this.report(sequence, 'till-number', `${till} ${expected}`);
      this.tillNumbers.set(till, tillSequence ?? expected);
    }
    if (document) {
      const key = `${till ?? '-'}|${document.type}`;
      const expected = (this.documentNumbers.get(key) ?? 0) + 1;
      if (!this.isNext(document.number, expected)) {
        this.report(sequence, 'document-number', `${document.type} ${expected}`);
      }
      this.documentNumbers.set(key, document.number);
    }
  }

  /** The next number, or one that follows from events that are reported missing already. */
  private isNext(number: number | undefined, expected: number): boolean {
    if (number === expected) return true;
    return number !== undefined && Math.abs(number - expected) <= this.missing.size;
  }

  /** The events of one entry stand together, 0 to count − 1. */
  private checkEntry({ sequence, entry }: LedgerEvent): void {
    const open = this.openEntry;
    if (open && entry?.id === open.id) {
      if (entry.index !== open.index + 1 || entry.count !== open.count)
        this.report(sequence, 'entry-incomplete', entry.id);
      open.index = entry.index;
    } else {
      this.endEntry();
      if (entry && entry.index !== 0) this.report(sequence, 'entry-incomplete', entry.id);
      this.openEntry = entry ? { id: entry.id, index: entry.index, count: entry.count, sequence } : null;
    }
  }

  private endEntry(): void {
    const open = this.openEntry;
    if (open && open.index !== open.count - 1) this.report(open.sequence, 'entry-incomplete', open.id);
    this.openEntry = null;
  }

  private checkPostings(event: LedgerEvent): void {
    const postings = event.postings ?? [];
    let sum = 0;
    for (const { account, amount } of postings) {
      sum += amount;
      const balance = (this.balances.get(account) ?? 0) + amount;
      if (balance === 0) this.balances.delete(account);
      else this.balances.set(account, balance);
    }
    if (sum !== 0) this.report(event.sequence, 'postings-not-balanced', String(sum));
    const expected = expectedPostings(event) ?? [];
    const isSame =
      expected.length === postings.length &&
      expected.every(({ account, amount }, index) => {
        const posting = postings[index];
        return posting?.account === account && posting.amount === amount;
      });
    if (!isSame) this.report(event.sequence, 'postings-not-derived', JSON.stringify(expected).slice(0, 500));
  }

  /** A reversal holds a copy of what it reverses: the copy must be the original. */
  private checkCorrection(event: Extract<LedgerEvent, { type: 'MovementReversed' }>): void {
    const corrects = event.correction?.corrects;
    if (!corrects || corrects.sequence >= event.sequence) {
      this.report(event.sequence, 'correction-not-found', '');
      return;
    }
    const text = this.tools.textOf?.(corrects.sequence);
    if (text === undefined) return;
    const original = text === null ? null : (JSON.parse(text) as LedgerEvent);
    if (original?.entry?.id !== corrects.entry) {
      this.report(event.sequence, 'correction-not-found', String(corrects.sequence));
    } else if (!isCopyOf(event.data.original, original)) {
      this.report(event.sequence, 'correction-not-reversed', String(corrects.sequence));
    }
  }

  /** What a closure seals of the ledger as a whole, before its own postings. */
  private checkSeals(event: Extract<LedgerEvent, { type: 'DayClosed' }>): void {
    this.closures += 1;
    const accounts = [...this.balances.keys()].sort();
    const lines = accounts.map((account) => `${account} ${String(this.balances.get(account))}\n`).join('');
    const hash = this.tools.sha256Hex(lines);
    if (hash !== event.data.balancesHash) this.report(event.sequence, 'balances-hash', hash);
    const root = this.treeIsWhole ? toHex(this.tree.root(this.tools.sha256)) : '';
    this.checkNote(event.data.checkpoint, event.sequence - 1, root, event.sequence);
  }

  /** Size, root and signature of a checkpoint; an empty root is not compared. */
  private checkNote(note: string, size: number, root: string, sequence: number): void {
    this.checkpoints += 1;
    try {
      const verifiers = this.verifier ? [this.verifier] : [];
      const { text, signedBy } = openNote(note, verifiers, this.tools.ed25519Verify);
      const body = parseCheckpoint(text);
      if (signedBy.length === 0) this.report(sequence, 'checkpoint-signature', '');
      else if (body.origin !== this.origin) this.report(sequence, 'checkpoint-malformed', body.origin);
      else if (body.size !== size || (root !== '' && toHex(body.root) !== root)) {
        this.report(sequence, 'checkpoint-root', `${size} ${root}`);
      }
    } catch (error) {
      const isSignature = error instanceof RangeError && error.message.startsWith('bad signature');
      const detail = error instanceof Error ? error.message : '';
      this.report(sequence, isSignature ? 'checkpoint-signature' : 'checkpoint-malformed', detail);
    }
  }

  private checkWanted(): void {
    const last = this.previous?.sequence ?? 0;
    for (const { size, note } of this.wanted) {
      if (size > last) {
        this.report(last + 1, 'tail-missing', `${last + 1}–${size}`);
        continue;
      }
      this.checkNote(note, size, this.roots.get(size) ?? '', size);
    }
  }

  private checkWitness(witness: { size: number; root: string }, sequence: number, root: string): void {
    const isNamed = this.errors.some(({ code }) => code === 'tail-missing');
    if (witness.size > sequence) {
      if (!isNamed) this.report(sequence + 1, 'tail-missing', `${sequence + 1}–${witness.size}`);
    } else if (witness.size === sequence && this.treeIsWhole && witness.root !== root) {
      this.report(sequence, 'history-replaced', witness.root);
    }
  }
}

function looksLikeEvent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { sequence, type, data } = value as Readonly<Record<string, unknown>>;
  return (
    Number.isSafeInteger(sequence) && typeof type === 'string' && typeof data === 'object' && data !== null
  );
}

function isCopyOf(copy: { readonly type: string; readonly data: unknown }, original: LedgerEvent): boolean {
  return copy.type === original.type && canonicalJson(copy.data) === canonicalJson(original.data);
}

function fromHexOrZero(text: string): Uint8Array {
  return /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : new Uint8Array(32);
}
