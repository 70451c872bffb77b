import { existsSync } from 'node:fs';
import { openEventStore } from '../adapters/engines';
import { wrongFile } from '../config';
import type { EventStore } from '../ports/event-store';
import type { EventStoreAddress } from '../ports/store-address';
import { type Ground, settingUp } from '../start-problem';
import { CliError } from './cli-error';

/**
 * Opens the events that a command reads; where there are none, it makes nothing.
 *
 * @throws CliError, ConfigError, StartRefused with what to do
 */
export async function openSource(address: EventStoreAddress, ground: Ground): Promise<EventStore> {
  const { setting, file, option } = ground;
  if (file !== undefined && !existsSync(file))
    throw new CliError('path-not-found', wrongFile(setting, file, "qui n'existe pas", option));
  return settingUp(ground, () => openEventStore(address, { readOnly: true }));
}
