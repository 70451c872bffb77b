import { ALL_PROJECTIONS } from '../../projections/all';
import { openEventStore, openReadModelStore } from '../adapters/engines';
import type { Config } from '../config';
import { LocalProjector } from '../platform/projector-local';
import { CliError } from './cli-error';
import { lockStopped } from './lock';

/**
 * Folds read models anew from the events, with the service stopped: a running one would go on writing to those that
 * are replaced. Answers the names of those that were rebuilt.
 *
 * @throws CliError
 */
export async function rebuild(config: Config, names: readonly string[] | undefined): Promise<string[]> {
  const known = ALL_PROJECTIONS.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new CliError('unknown-projection', `Aucune vue ne s'appelle ${unknown} : ${known.join(', ')}.`);
  const lock = lockStopped(config.eventStore);
  try {
    const events = await openEventStore(config.eventStore, { readOnly: true });
    const readModels = await openReadModelStore(config.readStore);
    const projector = new LocalProjector({ events, readModels, projections: ALL_PROJECTIONS });
    try {
      await projector.start();
      await projector.rebuild(names);
      await projector.dropReplaced();
    } finally {
      await projector.stop();
      await events.close();
      await readModels.close();
    }
  } finally {
    lock.close();
  }
  return names === undefined ? known : [...names];
}
