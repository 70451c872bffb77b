import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { readWitnessLines, WitnessFile } from '../adapters/node/witness-file';
import type { WitnessedHead } from '../ports/witness';
import { sha256Hex } from '../platform/crypto';
import type { VerificationReport } from '../proof/verification';
import { checkedManifest, destinationsOf, type Manifest, verifiedLedgers } from './backup';
import { CliError } from './cli-error';
import { sync } from './files';
import { lockFile } from './lock';
import { type Places, RESTORES } from './places';
import { type Abandoned, readRestores, restoreLine, rewindReason } from './restores';

export type RestoreOptions = {
  /** Why events that were acknowledged may be given up; without it a restore behind the witness is refused. */
  readonly acceptLoss?: string | undefined;
  readonly now: string;
};

export type Restored = {
  readonly manifest: Manifest;
  readonly abandoned: readonly Abandoned[];
  /** Where the files that were there before are now; null when there were none. */
  readonly before: string | null;
};

/**
 * Puts a backup in the place of an installation whose service is stopped. What was there before is kept beside it.
 *
 * A backup that is behind the witness, or that tells another story, is refused unless the loss is accepted with a
 * reason: then the witness is set back on purpose, and what was given up (size and root of each ledger) is put on a
 * chained record that `verify` shows.
 *
 * @throws CliError
 */
export async function restore(
  source: string,
  places: Places,
  { acceptLoss, now }: RestoreOptions,
): Promise<Restored> {
  const manifest = await checkedManifest(source);
  mkdirSync(places.data, { recursive: true, mode: 0o700 });
  const lock = lockFile(places.events);
  try {
    const witnessed = existsSync(places.witness)
      ? readWitnessLines(readFileSync(places.witness, 'utf8')).heads
      : new Map<string, WitnessedHead>();
    const reports = await verifiedLedgers(source, witnessed);
    const abandoned = abandonedBy(reports, witnessed);
    if (acceptLoss === undefined) refuseLoss(reports, abandoned);
    const reason = acceptLoss ?? '';
    const record = restoreLine(readRestores(latestRestores(source, places)), {
      at: now,
      backup: manifest.at,
      reason,
      abandoned,
    });
    const before = replaceFiles(source, manifest, places, { now, record: record.line });
    await rewind(places.witness, abandoned, rewindReason(reason, record.hash));
    return { manifest, abandoned, before };
  } finally {
    lock.close();
  }
}

/** Ledgers of which the witness knows more than the backup has, or something else. */
function abandonedBy(
  reports: readonly VerificationReport[],
  witnessed: ReadonlyMap<string, WitnessedHead>,
): Abandoned[] {
  const known = new Map(reports.map((report) => [report.ledger, report]));
  return [...witnessed.values()].flatMap(({ ledger, size, root }) => {
    const report = known.get(ledger);
    const restoredSize = report?.head.sequence ?? 0;
    const isOther = report?.errors.some(({ code }) => code === 'history-replaced') ?? false;
    if (size <= restoredSize && !isOther) return [];
    const restoredRoot = report?.head.root ?? sha256Hex('');
    return [{ ledger, size, root, restoredSize, restoredRoot }];
  });
}

/** @throws CliError */
function refuseLoss(reports: readonly VerificationReport[], abandoned: readonly Abandoned[]): void {
  const advice = 'Ajoutez --accept-loss "<raison>" pour la reprendre quand même : ce sera consigné.';
  const losses = abandoned.map(({ ledger, size, restoredSize }) =>
    restoredSize < size
      ? `${ledger} : événements ${restoredSize + 1} à ${size}`
      : `${ledger} : une autre histoire jusqu'à ${size}`,
  );
  if (losses.length > 0)
    throw new CliError(
      'behind-witness',
      `Cette sauvegarde perdrait des événements acquittés (${losses.join(' ; ')}). ${advice}`,
    );
  const isOfWitness = (code: string) => code === 'tail-missing' || code === 'history-replaced';
  for (const { ledger, errors } of reports) {
    const error = errors.find(({ code }) => !isOfWitness(code));
    if (error)
      throw new CliError(
        'backup-altered',
        `Le registre ${ledger} de cette sauvegarde est altéré à l'événement ${error.sequence} (${error.code}). ${advice}`,
      );
  }
}

/** The record of restores that knows most: the installation's own, or, on a new machine, the backup's. */
function latestRestores(source: string, { restores }: Places): string {
  const carried = join(source, RESTORES);
  const [own, other] = [readRestores(restores), readRestores(carried)];
  return existsSync(restores) && own.records.length >= other.records.length ? restores : carried;
}

type Change = { readonly now: string; readonly record: string };

/**
 * First everything is made ready beside the old files, then names are changed. A machine that stops in between leaves
 * an installation without its events, which the witness notices, and both sets of files.
 */
function replaceFiles(source: string, manifest: Manifest, places: Places, change: Change): string | null {
  const stamp = change.now.replaceAll(/[^0-9TZ]/g, '');
  const fresh = join(places.data, `restoring-${stamp}`);
  mkdirSync(fresh, { mode: 0o700 });
  const files = destinationsOf(places);
  for (const name of Object.keys(manifest.files)) {
    if (!files.has(name)) continue;
    copyFileSync(join(source, name), join(fresh, name));
  }
  const history = latestRestores(source, places);
  const earlier = existsSync(history) ? readFileSync(history, 'utf8') : '';
  writeFileSync(join(fresh, RESTORES), earlier + change.record);
  for (const name of readdirSync(fresh)) {
    chmodSync(join(fresh, name), 0o600);
    sync(join(fresh, name));
  }
  const before = setAside(places, join(places.data, `before-${stamp}`));
  for (const [name, place] of files) putInPlace(join(fresh, name), place);
  rmSync(fresh, { recursive: true });
  sync(places.data);
  return before;
}

/** Moves what is there out of the way; read models are made anew, so theirs are removed. */
function setAside({ data, events, readModels }: Places, before: string): string | null {
  for (const file of withCompanions(readModels)) rmSync(file, { force: true });
  const isKept = (name: string) => /^(before|restoring)-|^reserve$|[.]lock(-journal)?$/.test(name);
  const names = readdirSync(data).filter((name) => !isKept(name));
  const outside = relative(data, events).startsWith('..') ? withCompanions(events).filter(existsSync) : [];
  if (names.length + outside.length === 0) return null;
  mkdirSync(before, { mode: 0o700 });
  for (const name of names) renameSync(join(data, name), join(before, name));
  // Elsewhere may be another disk: there it stays, under another name.
  for (const file of outside) renameSync(file, `${file}.${basename(before)}`);
  return before;
}

function withCompanions(database: string): string[] {
  return [database, `${database}-wal`, `${database}-shm`, `${database}-journal`];
}

function putInPlace(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  try {
    renameSync(from, to);
  } catch {
    // Another disk: copied, and on it before it counts.
    copyFileSync(from, to);
    sync(to);
  }
  sync(dirname(to));
}

async function rewind(file: string, abandoned: readonly Abandoned[], reason: string): Promise<void> {
  if (abandoned.length === 0) return;
  const witness = new WitnessFile(file);
  for (const { ledger, restoredSize, restoredRoot } of abandoned) {
    await witness.rewind({ ledger, size: restoredSize, root: restoredRoot }, reason);
  }
  await witness.close();
}
