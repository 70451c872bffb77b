import { join } from 'node:path';
import type { Config } from '../config';
import { CliError } from './cli-error';

/** Where the parts of an installation are: what a backup copies and a restore puts back. */
export type Places = {
  readonly data: string;
  readonly events: string;
  readonly vault: string;
  readonly key: string;
  /** What restores have given up: kept with the data, and carried over. */
  readonly restores: string;
  /** Disposable: left out of a backup, removed by a restore. */
  readonly readModels: string;
  readonly witness: string;
};

/** @throws CliError for the engines of servers, which have backups of their own */
export function placesOf({ data, eventStore, readStore, signingKey, witness }: Config): Places {
  if (eventStore.engine !== 'sqlite' || readStore.engine !== 'sqlite')
    throw new CliError(
      'engine-has-own-backup',
      'Cette commande copie des fichiers SQLite : un serveur d’événements ou MongoDB se sauvegarde avec ses propres outils (docs/operations.md).',
    );
  return {
    data,
    events: eventStore.path,
    vault: join(data, 'vault.db'),
    key: signingKey,
    restores: join(data, RESTORES),
    readModels: readStore.path,
    witness,
  };
}

export const RESTORES = 'restores.ndjson';
