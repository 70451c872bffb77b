import { ALL_PROJECTIONS } from '../../projections/all';
import { openReadModelStore } from '../adapters/engines';
import type { Config } from '../config';
import { LocalProjector } from '../platform/projector-local';
import { requirePartitions } from '../platform/leased-runner';
import { PartitionReadModels } from '../platform/partition-read-models';
import { partitionOf, partitionPrefix } from '../platform/partitions';
import type { EventStore } from '../ports/event-store';
import type { ReadModelStore } from '../ports/read-model-store';
import { groundOfEvents, groundOfReadModels, type Options, settingUp } from '../start-problem';
import { CliError } from './cli-error';
import { lockStopped } from './lock';
import { openSource } from './source';

/**
 * Folds read models anew from the events, with the service stopped: a running one would go on writing to those that
 * are replaced. Answers the names of those that were rebuilt.
 *
 * @throws CliError; ConfigError, StartRefused when a store cannot be opened
 */
export async function rebuild(
  config: Config,
  names: readonly string[] | undefined,
  options: Options,
): Promise<string[]> {
  const known = ALL_PROJECTIONS.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new CliError('unknown-projection', `Aucune vue ne s'appelle ${unknown} : ${known.join(', ')}.`);
  // Before the lock, which makes a file beside that of the events.
  const events = await openSource(config.eventStore, groundOfEvents(config, options));
  try {
    const lock = lockStopped(config.eventStore);
    try {
      const ground = groundOfReadModels(config, options);
      const readModels = await settingUp(ground, () => openReadModelStore(config.readStore));
      try {
        await settingUp(ground, () => requirePartitions(readModels, config.projectionPartitions));
        await rebuildAll({ events, readModels, partitions: config.projectionPartitions }, names);
      } finally {
        await readModels.close();
      }
    } finally {
      lock.close();
    }
  } finally {
    await events.close();
  }
  return names === undefined ? known : [...names];
}

type All = {
  readonly events: EventStore;
  readonly readModels: ReadModelStore;
  readonly partitions: number;
};

async function rebuildAll(all: All, names: readonly string[] | undefined): Promise<void> {
  for (let partition = 0; partition < all.partitions; partition += 1)
    await rebuildPartition({ ...all, partition }, names);
}

type Part = All & { readonly partition: number };

async function rebuildPartition(
  { events, readModels, partition, partitions }: Part,
  names: readonly string[] | undefined,
): Promise<void> {
  const projector = new LocalProjector({
    events,
    readModels: new PartitionReadModels(readModels, { prefix: partitionPrefix(partition, partitions) }),
    projections: ALL_PROJECTIONS,
    owns: (ledger) => partitionOf(ledger, partitions) === partition,
  });
  try {
    await projector.start();
    await projector.rebuild(names);
    await projector.dropReplaced();
  } finally {
    await projector.stop();
  }
}
