import { join } from 'node:path';
import type { Config } from '../config';

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

export function placesOf({ data, eventStore, readStore, witness }: Config): Places {
  return {
    data,
    events: eventStore.path,
    vault: join(data, 'vault.db'),
    key: join(data, 'signing-key.pem'),
    restores: join(data, RESTORES),
    readModels: readStore.path,
    witness,
  };
}

export const RESTORES = 'restores.ndjson';
