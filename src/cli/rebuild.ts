import { ALL_PROJECTIONS } from '../../projections/all';
import { openSqliteEventStore } from '../adapters/sqlite/event-store';
import { openSqliteReadModelStore } from '../adapters/sqlite/read-model-store';
import type { Config } from '../config';
import { LocalProjector } from '../platform/projector-local';

/** Folds read models anew from the events, beside those that are served; the service may run or not. */
export async function rebuild(config: Config, names: readonly string[] | undefined): Promise<number> {
  const store = await openSqliteEventStore({ file: config.eventStore.path, readOnly: true });
  const readModels = await openSqliteReadModelStore({ file: config.readStore.path });
  const projector = new LocalProjector({ events: store, readModels, projections: ALL_PROJECTIONS });
  try {
    await projector.start();
    await projector.rebuild(names);
    return names?.length ?? ALL_PROJECTIONS.length;
  } finally {
    await projector.stop();
    await store.close();
    await readModels.close();
  }
}
