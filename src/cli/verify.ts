import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readWitnessLines } from '../adapters/node/witness-file';
import { openSqliteEventStore } from '../adapters/sqlite/event-store';
import { ed25519Verify, sha256, sha256Hex } from '../platform/crypto';
import { verifyLedger } from '../platform/verify-ledger';
import type { WitnessedHead } from '../ports/witness';
import { LedgerVerifier, type VerificationReport } from '../proof/verification';
import { ExportedFile } from './exported-file';
import { checkedManifest } from './backup';
import { CliError } from './cli-error';
import { ledgersOf } from './ledgers';
import { RESTORES } from './places';
import { forgottenRestores, readRestores, type RestoreHistory } from './restores';

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
  const heads = witnessedHeads(witness ?? witnessOf(data));
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

/**
 * What else a folder tells: restores that gave events up, and whether their record, or a backup's files, were changed.
 * Nothing for a file.
 */
export async function verifySurroundings(
  path: string,
  witness: string | undefined,
): Promise<{ readonly restores: RestoreHistory['records']; readonly findings: readonly string[] }> {
  if (!statSync(path).isDirectory()) return { restores: [], findings: [] };
  const history = readRestores(join(path, RESTORES));
  const file = witness ?? witnessOf(path);
  const { rewindings } = readWitnessLines(existsSync(file) ? readFileSync(file, 'utf8') : '');
  const findings = [
    ...history.broken.map((line) => `restores-broken : ligne ${line} de ${RESTORES}`),
    ...forgottenRestores(history, rewindings).map(
      (hash) => `restore-forgotten : la reprise ${hash} manque dans ${RESTORES}`,
    ),
    ...(await changedFiles(path)),
  ];
  return { restores: history.records, findings };
}

async function changedFiles(path: string): Promise<string[]> {
  if (!existsSync(join(path, 'manifest.json'))) return [];
  try {
    await checkedManifest(path);
    return [];
  } catch (error) {
    if (error instanceof CliError) return [`${error.code} : ${error.message}`];
    throw error;
  }
}

function witnessOf(data: string): string {
  return `${data.replace(/\/+$/, '')}.witness`;
}

function witnessedHeads(file: string): ReadonlyMap<string, WitnessedHead> {
  return existsSync(file)
    ? readWitnessLines(readFileSync(file, 'utf8')).heads
    : new Map<string, WitnessedHead>();
}
