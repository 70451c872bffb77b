import type { EventStore } from '../ports/event-store';
import { correctedBy, LedgerVerifier, type VerificationReport } from '../proof/verification';
import { ed25519Verify, sha256, sha256Hex } from './crypto';

const PAGE = 1000;

export type VerifyLedgerOptions = {
  /** Every signed checkpoint; else those in closures and the last one. */
  readonly all: boolean;
  /** What the witness remembered before the verification began. */
  readonly witness: { readonly size: number; readonly root: string } | null;
};

/**
 * Verifies one ledger of a store from its raw events, a page at a time, while others may go on writing. What is
 * appended meanwhile is verified too.
 */
export async function verifyLedger(
  store: EventStore,
  ledger: string,
  { all, witness }: VerifyLedgerOptions,
): Promise<VerificationReport> {
  const reading = new StoreReading(store, ledger, all);
  reading.verifier.expect({ ledger, witness, everyAppendIsSigned: true });
  // An append that came between the last page and the checkpoint makes the checkpoint larger: then there is more to read.
  do await reading.readToEnd();
  while (await reading.isBehindCheckpoint());
  return reading.verifier.finish();
}

class StoreReading {
  readonly verifier: LedgerVerifier;
  private next = 1;
  private noted = 0;

  constructor(
    private readonly store: EventStore,
    private readonly ledger: string,
    private readonly all: boolean,
  ) {
    this.verifier = new LedgerVerifier({ sha256, sha256Hex, ed25519Verify });
  }

  async readToEnd(): Promise<void> {
    for (;;) {
      const page = await this.store.read(this.ledger, this.next, PAGE);
      const last = page.at(-1)?.sequence;
      if (last === undefined) return;
      if (this.all) await this.noteThrough(last);
      for (const event of page) {
        const read = this.verifier.read(event);
        const corrects = correctedBy(read);
        this.verifier.take(read, corrects === null ? undefined : await this.textOf(corrects));
      }
      this.next = last + 1;
      if (page.length < PAGE) return;
      // A long verification leaves room for those who sell.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Tells the last checkpoint, unless events are missing that came with it: those are read first. */
  async isBehindCheckpoint(): Promise<boolean> {
    if (this.all) await this.noteThrough(Number.MAX_SAFE_INTEGER);
    const latest = await this.store.latestCheckpoint(this.ledger);
    if (!latest) return false;
    const [more] = latest.size >= this.next ? await this.store.read(this.ledger, this.next, 1) : [];
    if (more) return true;
    if (latest.size > this.noted) this.verifier.expect({ checkpoints: [latest] });
    this.noted = latest.size;
    return false;
  }

  /** Tells all checkpoints up to a size, in order. */
  private async noteThrough(size: number): Promise<void> {
    while (this.noted < size) {
      const page = await this.store.checkpoints(this.ledger, this.noted + 1, PAGE);
      const due = page.filter((checkpoint) => checkpoint.size <= size);
      this.verifier.expect({ checkpoints: due });
      this.noted = due.at(-1)?.size ?? this.noted;
      if (due.length < PAGE) return;
    }
  }

  /** A correction is held against its original, which is fetched before it is taken. */
  private async textOf(sequence: number): Promise<string | null> {
    const [original] = await this.store.read(this.ledger, sequence, 1);
    return original?.sequence === sequence ? original.text : null;
  }
}
