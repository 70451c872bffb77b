import { ALL_PROJECTIONS } from '../../projections/all';
import { openEventStore, openReadModelStore } from '../adapters/engines';
import type { Config } from '../config';
import { LocalProjector } from '../platform/projector-local';
import { requirePartitions } from '../platform/leased-runner';
import { PartitionReadModels } from '../platform/partition-read-models';
import { partitionOf, partitionPrefix } from '../platform/partitions';
import type { EventStore } from '../ports/event-store';
import type { ReadModelStore } from '../ports/read-model-store';
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
    const { projectionPartitions: partitions } = config;
    try {
      await requirePartitions(readModels, partitions);
      for (let partition = 0; partition < partitions; partition += 1) {
        await rebuildPartition({ events, readModels, partition, partitions }, names);
      }
    } finally {
      await events.close();
      await readModels.close();
    }
  } finally {
    lock.close();
  }
  return names === undefined ? known : [...names];
}

type Part = {
  readonly events: EventStore;
  readonly readModels: ReadModelStore;
  readonly partition: number;
  readonly partitions: number;
};

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
