import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { lockEventFile } from '../adapters/sqlite/event-store';
import { StoreLocked } from '../ports/event-store';
import type { EventStoreAddress } from '../ports/store-address';
import { CliError } from './cli-error';

/** @throws CliError while a service uses the events of a file. On a server there is nothing to lock: nodes come and go. */
export function lockStopped(address: EventStoreAddress): { readonly close: () => unknown } {
  return address.engine === 'sqlite' ? lockFile(address.path) : { close: () => undefined };
}

/** The lock of a running service is the operating system's: it is held until it is closed. @throws CliError while a service has it */
export function lockFile(events: string): { readonly close: () => unknown } {
  mkdirSync(dirname(events), { recursive: true, mode: 0o700 });
  try {
    return lockEventFile(events);
  } catch (error) {
    if (!(error instanceof StoreLocked)) throw error;
    throw new CliError('service-running', 'Le service utilise ces données : arrêtez-le d’abord.', {
      cause: error,
    });
  }
}
