import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Database from 'better-sqlite3';
import { readWitnessLines, WitnessFile } from '../adapters/node/witness-file';
import { openSqliteEventStore } from '../adapters/sqlite/event-store';
import { verifyLedger } from '../platform/verify-ledger';
import type { EventStore } from '../ports/event-store';
import { ledgersOf } from './verify';

/** What a backup holds: the events, the vault and the signing key. Read models follow from the events. */
const DATABASES = ['events.db', 'vault.db'] as const;
const KEY = 'signing-key.pem';
const MANIFEST = 'manifest.json';

type LedgerHead = {
  readonly ledger: string;
  readonly size: number;
  readonly hash: string;
  readonly root: string;
};

export type Manifest = {
  readonly format: 'caisse-backup/1';
  readonly at: string;
  readonly ledgers: readonly LedgerHead[];
  /** SHA-256 of each file. */
  readonly files: Readonly<Record<string, string>>;
};

/** A finding that stops a backup or a restore; the message says what to do. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

/**
 * Copies a data folder while the service goes on writing: each database as of one moment, the events after the vault,
 * so that no ledger refers to what the vault does not have. Every ledger in the copy is verified before it counts.
 */
export async function backup(data: string, target: string, now: string): Promise<Manifest> {
  if (existsSync(join(target, MANIFEST))) throw new BackupRefused(`${target} contient déjà une sauvegarde`);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const name of ['vault.db', 'events.db'] as const)
    await copyDatabase(join(data, name), join(target, name));
  copyFileSync(join(data, KEY), join(target, KEY));
  const ledgers = await verifiedHeads(target);
  const files: Record<string, string> = {};
  for (const name of [...DATABASES, KEY]) files[name] = await digestOf(join(target, name));
  const manifest: Manifest = { format: 'caisse-backup/1', at: now, ledgers, files };
  // The manifest comes last: without it there is no backup.
  writeFileSync(join(target, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  return manifest;
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new Database(from, { readonly: true, fileMustExist: true });
  try {
    await source.backup(to);
  } finally {
    source.close();
  }
  // A copy that stands by itself: no write-ahead log beside it.
  const copy = new Database(to);
  copy.pragma('journal_mode = DELETE');
  copy.close();
}

async function verifiedHeads(folder: string): Promise<LedgerHead[]> {
  const store = await openSqliteEventStore({ file: join(folder, 'events.db'), readOnly: true });
  try {
    const heads: LedgerHead[] = [];
    for (const ledger of await ledgersOf(store)) heads.push(await verifiedHead(store, ledger));
    return heads;
  } finally {
    await store.close();
  }
}

async function verifiedHead(store: EventStore, ledger: string): Promise<LedgerHead> {
  const report = await verifyLedger(store, ledger, { all: false, witness: null });
  const [first] = report.errors;
  if (first)
    throw new BackupRefused(
      `le registre ${ledger} est altéré à l'événement ${first.sequence} (${first.code})`,
    );
  return { ledger, size: report.head.sequence, hash: report.head.hash, root: report.head.root };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

export type RestoreOptions = {
  readonly data: string;
  readonly witness: string;
  /** Why events that were acknowledged may be given up; without it a restore behind the witness is refused. */
  readonly acceptLoss?: string | undefined;
  readonly now: string;
};

/** What a restore has given up: acknowledged events that the backup does not have. */
export type Abandoned = {
  readonly ledger: string;
  readonly size: number;
  readonly root: string;
  readonly restoredTo: number;
};

/**
 * Puts a backup in the place of a data folder whose service is stopped. The folder that was there is kept beside it.
 * A backup that is behind the witness is refused, unless the loss is accepted with a reason: then the witness is set
 * back, and what was abandoned is written down for good.
 */
export async function restore(source: string, options: RestoreOptions): Promise<readonly Abandoned[]> {
  const manifest = await checkedManifest(source);
  await requireStopped(options.data);
  const abandoned = behindWitness(manifest, options.witness);
  if (abandoned.length > 0 && options.acceptLoss === undefined) {
    const sentences = abandoned.map(
      ({ ledger, size, restoredTo }) => `${ledger} : ${restoredTo + 1} à ${size}`,
    );
    throw new BackupRefused(
      `cette sauvegarde perdrait des événements acquittés (${sentences.join(' ; ')}). ` +
        'Ajoutez --accept-loss "<raison>" pour la reprendre quand même : ce sera consigné.',
    );
  }
  const restores = join(options.data, 'restores.ndjson');
  const earlier = existsSync(restores) ? readFileSync(restores, 'utf8') : '';
  if (existsSync(options.data))
    renameSync(options.data, `${options.data}.before-${options.now.replaceAll(':', '')}`);
  mkdirSync(options.data, { recursive: true, mode: 0o700 });
  for (const name of [...DATABASES, KEY]) copyFileSync(join(source, name), join(options.data, name));
  const record = { at: options.now, backup: manifest.at, reason: options.acceptLoss ?? '', abandoned };
  writeFileSync(restores, `${earlier}${JSON.stringify(record)}\n`, { mode: 0o600 });
  await rewind(manifest, abandoned, options);
  return abandoned;
}

async function checkedManifest(source: string): Promise<Manifest> {
  const file = join(source, MANIFEST);
  if (!existsSync(file))
    throw new BackupRefused(`${source} ne contient pas de sauvegarde (manifest.json manque)`);
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  for (const [name, digest] of Object.entries(manifest.files)) {
    if ((await digestOf(join(source, name))) !== digest)
      throw new BackupRefused(`${name} a changé depuis la sauvegarde`);
  }
  return manifest;
}

/** The lock of a running service is the operating system's: it is asked for, and let go. */
async function requireStopped(data: string): Promise<void> {
  if (!existsSync(join(data, 'events.db'))) return;
  const store = await openSqliteEventStore({ file: join(data, 'events.db') });
  await store.close();
}

function behindWitness({ ledgers }: Manifest, witness: string): Abandoned[] {
  if (!existsSync(witness)) return [];
  const sizes = new Map(ledgers.map(({ ledger, size }) => [ledger, size]));
  return [...readWitnessLines(readFileSync(witness, 'utf8')).heads.values()]
    .filter(({ ledger, size }) => size > (sizes.get(ledger) ?? 0))
    .map(({ ledger, size, root }) => ({ ledger, size, root, restoredTo: sizes.get(ledger) ?? 0 }));
}

async function rewind(
  { ledgers }: Manifest,
  abandoned: readonly Abandoned[],
  options: RestoreOptions,
): Promise<void> {
  if (abandoned.length === 0) return;
  const witness = new WitnessFile(options.witness);
  const empty = createHash('sha256').digest('hex');
  for (const { ledger } of abandoned) {
    const head = ledgers.find((known) => known.ledger === ledger);
    await witness.rewind(
      { ledger, size: head?.size ?? 0, root: head?.root ?? empty },
      options.acceptLoss ?? '',
    );
  }
  await witness.close();
}

/** What restores of this data folder have given up, oldest first. */
export function restoresOf(data: string): string[] {
  const file = join(data, 'restores.ndjson');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}
