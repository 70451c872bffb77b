import type { EventStore, StoredEvent } from '../ports/event-store';
import { LedgerVerifier, type VerificationReport } from '../proof/verification';
import { ed25519Verify, sha256, sha256Hex } from './crypto';

const PAGE = 2000;

export type VerifyLedgerOptions = {
  /** Every signed checkpoint and the form of every event; else those in closures and the last one. */
  readonly all: boolean;
  readonly witness: { readonly size: number; readonly root: string } | null;
};

/** Verifies one ledger of a store from its raw events, a page at a time. */
export async function verifyLedger(
  store: EventStore,
  ledger: string,
  { all, witness }: VerifyLedgerOptions,
): Promise<VerificationReport> {
  const originals = new Map<number, string | null>();
  const textOf = (sequence: number) => originals.get(sequence) ?? null;
  const verifier = new LedgerVerifier({ sha256, sha256Hex, ed25519Verify, textOf, thorough: all });
  verifier.expect(await checkpointsOf(store, ledger, all));
  for (let from = 1; ; from += PAGE) {
    const page = await store.read(ledger, from, PAGE);
    for (const event of page) {
      await fetchOriginal(store, event, originals);
      verifier.add(event);
    }
    if (page.length < PAGE) break;
    // A long verification leaves room for those who sell.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { ...verifier.finish({ witness }), ledger };
}

/** A reversal is held against its original, which is fetched just before. */
async function fetchOriginal(store: EventStore, event: StoredEvent, originals: Map<number, string | null>) {
  originals.clear();
  if (!event.text.includes('"type":"MovementReversed"')) return;
  const match = /"corrects":\{[^}]*"sequence":(\d{1,15})/.exec(event.text);
  if (!match) return;
  const sequence = Number(match[1]);
  const [original] = await store.read(event.ledger, sequence, 1);
  originals.set(sequence, original?.sequence === sequence ? original.text : null);
}

async function checkpointsOf(store: EventStore, ledger: string, all: boolean) {
  if (!all) {
    const last = await store.latestCheckpoint(ledger);
    return last ? [last] : [];
  }
  const notes: { size: number; note: string }[] = [];
  for (;;) {
    const page = await store.checkpoints(ledger, (notes.at(-1)?.size ?? 0) + 1, PAGE);
    notes.push(...page);
    if (page.length < PAGE) return notes;
  }
}
