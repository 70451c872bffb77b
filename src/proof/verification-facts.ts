import type { LedgerEvent } from '../ledger/events';
import { expectedPostings } from '../ledger/postings-of';
import { canonicalJson } from './canonical-json';
import type { Sha256Hex } from './hash';
import { UuidSet } from './uuid-set';
import type { ReadEvent } from './verification-chain';
import { type FigureError, FigureChecker } from './verification-figures';
import { type FormError, type FormFinding, formFinding } from './verification-form';
import { GivenBackChecker, ownPostingsOf } from './verification-given-back';

export type FactError =
  | FormError
  | FigureError
  | 'other-ledger'
  | 'not-opened-first'
  | 'till-number'
  | 'document-number'
  | 'entry-incomplete'
  | 'entry-recorded-twice'
  | 'postings-not-derived'
  | 'postings-not-balanced'
  | 'voucher-overdrawn'
  | 'deposit-overdrawn'
  | 'correction-not-found'
  | 'correction-not-reversed'
  | 'corrected-twice'
  | 'given-back-not-derived'
  | 'balances-hash';

export type FactsOutput = {
  readonly report: (sequence: number, code: FactError, detail: string) => void;
  readonly unchecked: (sequence: number) => void;
};

/** A gapless row of numbers, and how many events were lost when the last of them was read. */
type Counter = { number: number; lost: number };

type OpenEntry = { readonly id: string; readonly index: number; readonly count: number };

/**
 * Checks what events say: their form, their numbers, their money, what closures seal of it. An event whose text is
 * not what was sealed is lost: what depends on it is taken as sealed, and not reported a second time.
 */
export class FactsChecker {
  private readonly figures: FigureChecker;
  private readonly givenBack = new GivenBackChecker();
  private readonly balances = new Map<string, number>();
  private readonly tillNumbers = new Map<string, Counter>();
  private readonly documentNumbers = new Map<string, Counter>();
  private readonly lostSequences = new Set<number>();
  private readonly reversed = new Set<number>();
  private readonly entries = new UuidSet();
  private openEntry: OpenEntry | null = null;
  /** Accounts that the entry being read has moved and that may not be overdrawn. */
  private limited: string[] = [];
  private lost = 0;
  private areBalancesWhole = true;
  private recordedAt = '';
  private ledger: string | null = null;

  private isSilent = false;
  private readonly output: FactsOutput;

  constructor(
    private readonly sha256Hex: Sha256Hex,
    output: FactsOutput,
  ) {
    this.output = {
      ...output,
      report: (sequence, code, detail) => {
        if (!this.isSilent) output.report(sequence, code, detail);
      },
    };
    this.figures = new FigureChecker(this.output);
  }

  /** The ledger that all events must be of: the first one's, unless told before. */
  expectLedger(ledger: string): void {
    this.ledger = ledger;
  }

  /**
   * An event that is missing, or whose text was changed. A changed one is folded in silence, if it still is an event:
   * what was changed is often a word, and then all that follows fits.
   */
  lose(sequence: number, changed: ReadEvent | null = null): void {
    this.lost += 1;
    this.lostSequences.add(sequence);
    if (changed) this.foldInSilence(changed);
    this.openEntry = null;
    this.areBalancesWhole = false;
    this.figures.doubtAll(this.recordedAt);
    this.givenBack.lose();
  }

  /** Checks all that an event says; answers whether it has the form of an event at all. */
  add({ text, original }: ReadEvent, event: LedgerEvent): boolean {
    const finding = formFinding(event, text);
    if (finding) this.output.report(event.sequence, finding.code, finding.detail);
    if (isFormless(finding)) {
      this.lose(event.sequence);
      return false;
    }
    this.recordedAt = event.recordedAt;
    this.ledger ??= event.ledger;
    if (event.ledger !== this.ledger) this.output.report(event.sequence, 'other-ledger', event.ledger);
    if ((event.type === 'LedgerOpened') !== (event.sequence === 1))
      this.output.report(event.sequence, 'not-opened-first', event.type);
    this.checkNumbers(event);
    this.checkEntry(event);
    if (event.type === 'DayClosed') this.checkBalancesHash(event.sequence, event.data.balancesHash);
    const isDerived = this.addMoney(event);
    if (event.correction) this.checkCorrection(event, original, isDerived);
    this.givenBack.add(event);
    return true;
  }

  /** Only what a day is made of: settings and closures that may be false would make true events look false. */
  private foldInSilence({ event, text }: ReadEvent): void {
    if (event?.businessDate === undefined || event.type === 'DayClosed') return;
    if (isFormless(formFinding(event, text))) return;
    this.isSilent = true;
    this.addMoney(event);
    this.isSilent = false;
  }

  /** An event that was read out of its place: its numbers were missed already, its money counts if it still can. */
  addLate({ event, text }: ReadEvent): void {
    if (!event || event.type === 'DayClosed' || formFinding(event, text) !== null) return;
    this.checkPostings(event);
    this.limited = [];
    this.isSilent = true;
    this.figures.add(event);
    this.isSilent = false;
  }

  finish(): void {
    this.endEntry();
    this.figures.finish();
  }

  /** Answers whether the postings are those that follow from the facts. */
  private addMoney(event: LedgerEvent): boolean {
    const isDerived = this.checkPostings(event);
    if (!isDerived) {
      this.areBalancesWhole = false;
      this.figures.add(event);
      this.figures.doubtMoney(event);
    } else this.figures.add(event);
    if (this.limited.length > 0 && isLastOfEntry(event)) this.checkLimits(event.sequence);
    return isDerived;
  }

  private checkNumbers({ sequence, till, tillSequence, document }: LedgerEvent): void {
    if ((till === undefined) !== (tillSequence === undefined))
      this.output.report(sequence, 'till-number', `${till ?? '-'} ${tillSequence ?? '-'}`);
    else if (till !== undefined) this.count(this.tillNumbers, till, tillSequence, sequence, 'till-number');
    if (!document) return;
    const key = `${till ?? '-'} ${document.type}`;
    this.count(this.documentNumbers, key, document.number, sequence, 'document-number');
  }

  /** The next number of its row, or one that lost events may have led to. */
  private count(
    rows: Map<string, Counter>,
    key: string,
    number = 0,
    sequence: number,
    code: 'till-number' | 'document-number',
  ): void {
    let row = rows.get(key);
    if (!row) rows.set(key, (row = { number: 0, lost: 0 }));
    const first = row.number + 1;
    const last = first + this.lost - row.lost;
    if (number < first || number > last) this.output.report(sequence, code, `${key} ${first}`);
    row.number = number;
    row.lost = this.lost;
  }

  /** The events of one entry stand together, 0 to count − 1. */
  private checkEntry({ sequence, entry }: LedgerEvent): void {
    const open = this.openEntry;
    if (open && entry?.id === open.id && entry.index > 0) {
      const isNext = entry.count === open.count && entry.index === open.index + 1;
      if (!isNext) this.output.report(sequence, 'entry-incomplete', entry.id);
      this.openEntry = { ...open, index: entry.index };
      return;
    }
    this.endEntry();
    if (entry) this.beginEntry(sequence, entry);
  }

  private beginEntry(sequence: number, entry: NonNullable<LedgerEvent['entry']>): void {
    const isBegun = entry.index > 0;
    // Its beginning may be what was lost just before.
    if (isBegun && !this.lostSequences.has(sequence - 1))
      this.output.report(sequence, 'entry-incomplete', entry.id);
    // The id of an entry counts for ever; what is left of one whose beginning was lost begins no second one.
    if (!this.entries.add(entry.id) && !isBegun)
      this.output.report(sequence, 'entry-recorded-twice', entry.id);
    this.openEntry = { id: entry.id, index: entry.index, count: entry.count };
    this.lastOfEntry = sequence;
  }

  private lastOfEntry = 0;

  private endEntry(): void {
    const open = this.openEntry;
    if (open && open.index !== open.count - 1)
      this.output.report(this.lastOfEntry, 'entry-incomplete', open.id);
    this.openEntry = null;
  }

  /** Derives the postings of an event from its facts, and folds those that it has; false when they are not right. */
  private checkPostings(event: LedgerEvent): boolean {
    const postings = event.postings ?? [];
    let sum = 0;
    for (const { account, amount } of postings) {
      sum += amount;
      const balance = (this.balances.get(account) ?? 0) + amount;
      if (balance === 0) this.balances.delete(account);
      else this.balances.set(account, balance);
      if (isLimited(account)) this.limited.push(account);
    }
    const isDerived = this.isDerived(event, postings);
    if (!isDerived) this.output.report(event.sequence, 'postings-not-derived', derivedText(event));
    if (sum !== 0) this.output.report(event.sequence, 'postings-not-balanced', String(sum));
    // What is derived is balanced.
    return isDerived;
  }

  private isDerived(event: LedgerEvent, postings: NonNullable<LedgerEvent['postings']>): boolean {
    const expected = derived(event);
    if (expected?.length !== postings.length) return false;
    for (let index = 0; index < expected.length; index += 1) {
      const left = expected[index];
      const right = postings[index];
      if (left?.account !== right?.account || left?.amount !== right?.amount) return false;
    }
    return true;
  }

  /** No voucher is worth less than nothing, no deposit is credited beyond what was deposited. */
  private checkLimits(sequence: number): void {
    for (const account of this.limited) {
      const balance = this.balances.get(account) ?? 0;
      const isVoucher = !account.startsWith('transit/');
      if (!this.areBalancesWhole || (isVoucher ? balance <= 0 : balance >= 0)) continue;
      this.output.report(
        sequence,
        isVoucher ? 'voucher-overdrawn' : 'deposit-overdrawn',
        `${account} ${balance}`,
      );
    }
    this.limited = [];
  }

  /** The SHA-256 over the sorted non-zero balances before a closure (design.md §4), line by line. */
  private checkBalancesHash(sequence: number, sealed: string): void {
    const accounts = [...this.balances.keys()].sort();
    const lines = accounts.map((account) => `${account} ${String(this.balances.get(account))}\n`);
    const hash = this.sha256Hex(lines.join(''));
    if (hash === sealed) this.areBalancesWhole = true;
    else if (this.areBalancesWhole) {
      this.output.report(sequence, 'balances-hash', hash);
      this.areBalancesWhole = false;
    } else this.output.unchecked(sequence);
  }

  /**
   * A correction names an earlier entry; a reversal copies what it reverses, negates its postings, and is the only one. What
   * either gives back follows from the counts before it.
   */
  private checkCorrection(
    event: LedgerEvent,
    original: LedgerEvent | null | undefined,
    isDerived: boolean,
  ): void {
    const corrects = event.correction?.corrects;
    const isReversal = event.type === 'MovementReversed';
    if (corrects) {
      if (isReversal) this.noteReversal(event.sequence, corrects.sequence);
      const finding = this.correctionFinding(event, original, corrects);
      if (finding) return this.output.report(event.sequence, finding, String(corrects.sequence));
    } else if (isReversal) return this.output.report(event.sequence, 'correction-not-found', '');
    const givenBack = isDerived ? this.givenBack.finding(event, original) : null;
    if (givenBack !== null) this.output.report(event.sequence, 'given-back-not-derived', givenBack);
  }

  private noteReversal(sequence: number, original: number): void {
    if (this.reversed.has(original)) this.output.report(sequence, 'corrected-twice', String(original));
    this.reversed.add(original);
  }

  private correctionFinding(
    event: LedgerEvent,
    original: LedgerEvent | null | undefined,
    corrects: Corrects,
  ): FactError | null {
    if (corrects.sequence >= event.sequence) return 'correction-not-found';
    if (original === undefined || this.lostSequences.has(corrects.sequence)) return null;
    if (!original || !isNamed(original, corrects)) return 'correction-not-found';
    const isWrong = event.type === 'MovementReversed' && !isReversalOf(event, original);
    return isWrong ? 'correction-not-reversed' : null;
  }
}

/** Such an event cannot be read by its type; one that is only written otherwise can. */
function isFormless(finding: FormFinding | null): boolean {
  return finding !== null && finding.code !== 'not-canonical';
}

function isLastOfEntry({ entry }: LedgerEvent): boolean {
  return entry === undefined || entry.index === entry.count - 1;
}

function isLimited(account: string): boolean {
  return (
    account.startsWith('voucher/') ||
    account.startsWith('memo/voucher/') ||
    (account.startsWith('transit/') && !account.startsWith('transit/tills/'))
  );
}

/** Null when the facts contradict themselves: they have no postings that balance. */
function derived(event: LedgerEvent) {
  try {
    return expectedPostings(event) ?? [];
  } catch {
    return null;
  }
}

function derivedText(event: LedgerEvent): string {
  const rows = (derived(event) ?? []).map(({ account, amount }) => `${account} ${amount}`);
  return rows.join(', ').slice(0, 500);
}

type Corrects = NonNullable<NonNullable<LedgerEvent['correction']>['corrects']>;

function isNamed({ entry, till, businessDate }: LedgerEvent, corrects: Corrects): boolean {
  return (
    entry?.id === corrects.entry &&
    entry.type === corrects.type &&
    till === corrects.till &&
    businessDate === corrects.businessDate
  );
}

function isReversalOf(
  event: Extract<LedgerEvent, { type: 'MovementReversed' }>,
  original: LedgerEvent,
): boolean {
  const copy = event.data.original;
  if (copy.type !== original.type || canonicalJson(copy.data) !== canonicalJson(original.data)) return false;
  // What either gives back besides is no part of the movement.
  const postings = ownPostingsOf(event);
  const reversed = ownPostingsOf(original);
  return (
    postings.length === reversed.length &&
    postings.every(
      ({ account, amount }, index) =>
        account === reversed[index]?.account && amount === -reversed[index].amount,
    )
  );
}
