import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readWitnessLines } from '../adapters/node/witness-file';
import { openSqliteEventStore } from '../adapters/sqlite/event-store';
import { ed25519Verify, sha256, sha256Hex } from '../platform/crypto';
import { verifyLedger } from '../platform/verify-ledger';
import type { EventStore } from '../ports/event-store';
import type { WitnessedHead } from '../ports/witness';
import { LedgerVerifier, type VerificationReport } from '../proof/verification';
import { ExportedFile } from './exported-file';
import { CliError } from './cli-error';

const PAGE = 1000;

export type VerifyOptions = {
  /** Every signed checkpoint, not only those of closures and the last one. */
  readonly all: boolean;
  readonly witness?: string | undefined;
};

/**
 * Verifies a file of exported events, or every ledger of a data folder, without any service; one may be running.
 *
 * @throws CliError when there is nothing to verify at the path
 */
export async function verify(path: string, options: VerifyOptions): Promise<VerificationReport[]> {
  if (!existsSync(path)) throw new CliError('path-not-found', `${path} n'existe pas.`);
  return statSync(path).isDirectory() ? verifyFolder(path, options) : [verifyFile(path, options)];
}

/** A file has no checkpoints beside it but those in its closures; a witness may know its ledger. */
function verifyFile(path: string, { witness }: VerifyOptions): VerificationReport {
  const file = new ExportedFile(path);
  const verifier = new LedgerVerifier({
    sha256,
    sha256Hex,
    ed25519Verify,
    textOf: (sequence) => file.textOf(sequence),
  });
  const heads = witness === undefined ? null : witnessedHeads(witness);
  let isFirst = true;
  try {
    for (const line of file.lines()) {
      if (isFirst && heads) verifier.expect({ witness: heads.get(ledgerOf(line.text)) ?? null });
      isFirst = false;
      file.note(verifier.add(line), line.offset);
    }
    return verifier.finish();
  } finally {
    file.close();
  }
}

function ledgerOf(text: string): string {
  return /"ledger":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? '';
}

async function verifyFolder(data: string, { all, witness }: VerifyOptions): Promise<VerificationReport[]> {
  const events = join(data, 'events.db');
  if (!existsSync(events))
    throw new CliError('path-not-found', `${data} ne contient pas de registre (events.db).`);
  // The witness first: what is recorded from here on it must not know better than the store.
  const heads = witnessedHeads(witness ?? `${data.replace(/\/+$/, '')}.witness`);
  const store = await openSqliteEventStore({ file: events, readOnly: true });
  try {
    // It may know of ledgers that the store has lost altogether.
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
