import type { Projection } from '../../projections/projection';
import type { ReadModelStore } from '../ports/read-model-store';
import { isOfVersion, savedPlace, savedHalts } from './projector-collections';
import type { RunnerReport } from './projector-progress';

/**
 * What another process says, through the store, of the read models that it folds. Writes nothing. They are folded in
 * lockstep but looked at one after the other: one is behind when it has not reached what another had at the look
 * before.
 */
export async function watchedReport(
  store: ReadModelStore,
  projections: readonly Projection[],
  storeId: string,
  before: RunnerReport,
): Promise<RunnerReport> {
  const places = await Promise.all(
    projections.map(async ({ name, version }) => {
      const { served, building } = await savedPlace(store, name, version);
      const checkpoint = await store.checkpoint(served);
      const position = checkpoint?.storeId === storeId ? checkpoint.position : 0;
      return { name, collection: served, building, position, isCurrent: isOfVersion(served, name, version) };
    }),
  );
  const level = Math.max(0, ...before.projections.map(({ position }) => position));
  return {
    projections: places.map(({ name, collection, building, position, isCurrent }) => ({
      name,
      collection,
      building,
      position,
      behind: !isCurrent || position < level,
    })),
    halts: await savedHalts(store),
    unavailable: null,
    foldedUntil: null,
  };
}
