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
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { copyDatabases } from '../adapters/sqlite/copy-databases';
import { openSqliteEventStore } from '../adapters/sqlite/event-store';
import { verifyLedger } from '../platform/verify-ledger';
import type { VerificationReport } from '../proof/verification';
import { CliError } from './cli-error';
import { digestOf, sync } from './files';
import { ledgersOf } from './ledgers';
import { type Places, RESTORES } from './places';

const MANIFEST = 'manifest.json';
const EVENTS = 'events.db';
const VAULT = 'vault.db';
const KEY = 'signing-key.pem';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const manifestSchema = z.object({
  format: z.literal('caisse-backup/1'),
  at: z.string(),
  ledgers: z.array(
    z.object({
      ledger: z.string(),
      size: z.int().min(0),
      hash: z.string(),
      /** Merkle root of the ledger at that size. */
      root: digest,
      /** Findings of the verification of the copy; 0 for an intact ledger. */
      findings: z.int().min(0),
    }),
  ),
  /** SHA-256 of each file. */
  files: z.record(z.string(), digest),
});

export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Copies an installation while it goes on writing: events and vault as of one moment, the signing key, the record of
 * earlier restores. Read models follow from the events and are left out. Every ledger of the copy is verified, and the
 * copy takes its name only when it is whole and on the disk.
 *
 * @throws CliError when the target is taken, or there is nothing to copy
 */
export async function backup(places: Places, target: string, now: string): Promise<Manifest> {
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new CliError('already-a-backup', `${target} n'est pas vide : choisissez un dossier nouveau.`);
  for (const file of [places.events, places.vault, places.key])
    if (!existsSync(file)) throw new CliError('path-not-found', `${file} n'existe pas : rien à sauvegarder.`);
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  try {
    await copyDatabases([
      { from: places.events, to: join(partial, EVENTS) },
      { from: places.vault, to: join(partial, VAULT) },
    ]);
    copyFileSync(places.key, join(partial, KEY));
    if (existsSync(places.restores)) copyFileSync(places.restores, join(partial, RESTORES));
    const manifest = await manifestOf(partial, now);
    writeFileSync(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    for (const name of [...Object.keys(manifest.files), MANIFEST]) {
      chmodSync(join(partial, name), 0o600);
      sync(join(partial, name));
    }
    sync(partial);
    renameSync(partial, target);
    sync(dirname(target));
    return manifest;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

async function manifestOf(folder: string, at: string): Promise<Manifest> {
  const reports = await verifiedLedgers(folder, new Map());
  const ledgers = reports.map(({ ledger, head, errors, moreErrors }) => ({
    ledger,
    size: head.sequence,
    hash: head.hash,
    root: head.root,
    findings: errors.length + moreErrors,
  }));
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) files[name] = await digestOf(join(folder, name));
  return { format: 'caisse-backup/1', at, ledgers, files };
}

/** Verifies every ledger of a backup, against what a witness knows of them. */
export async function verifiedLedgers(
  folder: string,
  witness: ReadonlyMap<string, { readonly size: number; readonly root: string }>,
): Promise<VerificationReport[]> {
  const store = await openSqliteEventStore({ file: join(folder, EVENTS), readOnly: true });
  try {
    const reports: VerificationReport[] = [];
    for (const ledger of await ledgersOf(store)) {
      reports.push(await verifyLedger(store, ledger, { all: false, witness: witness.get(ledger) ?? null }));
    }
    return reports;
  } finally {
    await store.close();
  }
}

/** The manifest of a backup whose files are what they were. @throws CliError */
export async function checkedManifest(source: string): Promise<Manifest> {
  const file = join(source, MANIFEST);
  if (!existsSync(file))
    throw new CliError('not-a-backup', `${source} ne contient pas de sauvegarde (${MANIFEST} manque).`);
  const manifest = readManifest(readFileSync(file, 'utf8'));
  if (!manifest || ![EVENTS, VAULT, KEY].every((name) => Object.hasOwn(manifest.files, name)))
    throw new CliError('not-a-backup', `${file} n'est pas le manifeste d'une sauvegarde.`);
  for (const [name, sealed] of Object.entries(manifest.files)) {
    const isThere = !/[/\\]/.test(name) && existsSync(join(source, name));
    if (!isThere || (await digestOf(join(source, name))) !== sealed)
      throw new CliError('backup-changed', `${name} a changé depuis la sauvegarde, ou manque.`);
  }
  return manifest;
}

function readManifest(text: string): Manifest | null {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Where the files of a backup belong. */
export function destinationsOf({ events, vault, key, restores }: Places): ReadonlyMap<string, string> {
  return new Map([
    [KEY, key],
    [VAULT, vault],
    [RESTORES, restores],
    // Last: without its events an installation is noticed to be incomplete.
    [EVENTS, events],
  ]);
}
