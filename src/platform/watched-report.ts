import type { Projection } from '../../projections/projection';
import type { ReadModelStore } from '../ports/read-model-store';
import { collectionName, isOfVersion, savedReport } from './projector-collections';
import type { RunnerReport } from './projector-progress';

/**
 * What another process says, through the store, of the read models that it folds. Writes nothing. Where nothing is said
 * (nobody has folded yet, or the store was emptied) nothing is served; read models that are of another version than
 * this program's are behind.
 */
export async function watchedReport(
  store: ReadModelStore,
  projections: readonly Projection[],
): Promise<RunnerReport> {
  const said = await savedReport(store);
  return {
    projections: projections.map(({ name, version }) => {
      const found = said?.projections.find((one) => one.name === name);
      const collection = found?.collection ?? collectionName(name, version);
      return {
        name,
        collection,
        building: found?.building ?? null,
        position: found?.position ?? 0,
        behind: found?.behind !== false || !isOfVersion(collection, name, version),
      };
    }),
    halts: said?.halts ?? [],
    unavailable: null,
    foldedUntil: null,
    growing: said?.growing ?? true,
    held: false,
  };
}
