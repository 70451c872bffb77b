import { existsSync, readFileSync } from 'node:fs';
import { sha256Hex } from '../platform/crypto';
import { canonicalJson } from '../proof/canonical-json';
import { exportLine, parseExportLine } from '../proof/chain';

/** What a restore gave up of one ledger: events that were acknowledged, and that the backup does not have. */
export type Abandoned = {
  readonly ledger: string;
  /** What the witness knew. */
  readonly size: number;
  readonly root: string;
  /** What the ledger was set back to. */
  readonly restoredSize: number;
  readonly restoredRoot: string;
};

/** One restore of this installation, as it stays on record. */
export type RestoreRecord = {
  readonly at: string;
  /** When the backup was made. */
  readonly backup: string;
  /** Why events were given up; empty when none were. */
  readonly reason: string;
  readonly abandoned: readonly Abandoned[];
  readonly prevHash: string;
};

export type RestoreHistory = {
  readonly records: readonly (RestoreRecord & { readonly hash: string })[];
  /** Numbers (from 1) of lines that are not what was written, or do not follow from the one before. */
  readonly broken: readonly number[];
};

const GENESIS = sha256Hex(canonicalJson({ format: 'caisse-restores/1' }));

/** One more line of the record: chained like events, so that a restore cannot be taken out of it again. */
export function restoreLine(
  history: RestoreHistory,
  record: Omit<RestoreRecord, 'prevHash'>,
): { readonly line: string; readonly hash: string } {
  const text = canonicalJson({ ...record, prevHash: history.records.at(-1)?.hash ?? GENESIS });
  const hash = sha256Hex(text);
  return { line: `${exportLine(text, hash)}\n`, hash };
}

/** What a witness is told when it is set back: why, and which restore did it. */
export function rewindReason(reason: string, hash: string): string {
  return `${reason} (reprise ${hash.slice(0, 16)})`;
}

/** Restores that a witness knows of and that are on no record: somebody has taken them out of it. */
export function forgottenRestores({ records }: RestoreHistory, rewindings: readonly string[]): string[] {
  const named = rewindings.flatMap((line) => /\(reprise ([0-9a-f]{16})\)"\s*$/.exec(line)?.[1] ?? []);
  return [...new Set(named)].filter((hash) => !records.some((record) => record.hash.startsWith(hash)));
}

export function readRestores(file: string): RestoreHistory {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const records: (RestoreRecord & { hash: string })[] = [];
  const broken: number[] = [];
  let previous = GENESIS;
  for (const [index, line] of lines.entries()) {
    const record = readLine(line);
    if (record?.prevHash !== previous) broken.push(index + 1);
    if (record) records.push(record);
    previous = record?.hash ?? '';
  }
  return { records, broken };
}

function readLine(line: string): (RestoreRecord & { hash: string }) | null {
  const parsed = parseExportLine(line);
  if (parsed === null) return null;
  if (sha256Hex(parsed.text) !== parsed.hash) return null;
  try {
    return { ...(JSON.parse(parsed.text) as RestoreRecord), hash: parsed.hash };
  } catch {
    return null;
  }
}
