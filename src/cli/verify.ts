import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { readWitnessLines } from '../adapters/node/witness-file';
import { openSqliteEventStore } from '../adapters/sqlite/event-store';
import { ed25519Verify, sha256, sha256Hex } from '../platform/crypto';
import { verifyLedger } from '../platform/verify-ledger';
import type { EventStore } from '../ports/event-store';
import type { WitnessedHead } from '../ports/witness';
import { parseExportLine } from '../proof/chain';
import { LedgerVerifier, type VerificationReport } from '../proof/verification';

const PAGE = 1000;

export type VerifyOptions = {
  /** Every signed checkpoint and the form of every event, not only closures and the last one. */
  readonly all: boolean;
  readonly witness?: string | undefined;
};

/** Verifies a file of exported events, or every ledger of a data folder, without any service. */
export async function verify(path: string, options: VerifyOptions): Promise<VerificationReport[]> {
  if (!existsSync(path)) throw new Error(`${path} n'existe pas`);
  return statSync(path).isDirectory() ? verifyFolder(path, options) : [await verifyFile(path, options)];
}

async function verifyFile(path: string, { all }: VerifyOptions): Promise<VerificationReport> {
  const texts = new Map<number, string>();
  const textOf = (sequence: number) => texts.get(sequence) ?? null;
  const verifier = new LedgerVerifier({ sha256, sha256Hex, ed25519Verify, textOf, thorough: all });
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    if (line === '') continue;
    // A line that is no exported event is taken as it is: its hash cannot be right, and it is named.
    const stored = parseExportLine(line) ?? { text: line, hash: '' };
    const sequence = verifier.add(stored);
    if (sequence !== null) texts.set(sequence, stored.text);
  }
  return verifier.finish();
}

async function verifyFolder(data: string, { all, witness }: VerifyOptions): Promise<VerificationReport[]> {
  const store = await openSqliteEventStore({ file: `${data}/events.db`, readOnly: true });
  const heads = witnessedHeads(witness ?? `${data.replace(/\/+$/, '')}.witness`);
  try {
    // The witness may know of ledgers that the store has lost altogether.
    const ledgers = new Set([...(await ledgersOf(store)), ...heads.keys()]);
    const reports: VerificationReport[] = [];
    for (const ledger of [...ledgers].sort()) {
      reports.push(await verifyLedger(store, ledger, { all, witness: heads.get(ledger) ?? null }));
    }
    return reports;
  } finally {
    await store.close();
  }
}

function witnessedHeads(file: string): ReadonlyMap<string, WitnessedHead> {
  return existsSync(file)
    ? readWitnessLines(readFileSync(file, 'utf8')).heads
    : new Map<string, WitnessedHead>();
}

export async function ledgersOf(store: EventStore): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await store.heads(ids.at(-1) ?? null, PAGE);
    ids.push(...page.map(({ ledger }) => ledger));
    if (page.length < PAGE) return ids;
  }
}
