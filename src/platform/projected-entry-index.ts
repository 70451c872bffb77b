import type { EntryDocument } from '../../projections/entries';
import type { ReadModelStore } from '../ports/read-model-store';
import { EntryIndex } from './entry-index';
import type { Projector } from './projector';

/** Finds old entries in the read model of entries, once it has folded far enough to know. */
export class ProjectedEntryIndex extends EntryIndex {
  constructor(
    private readonly readStore: ReadModelStore,
    private readonly projector: Projector,
  ) {
    super();
  }

  /** @throws AfterNotReached when the read model is too far behind to say no */
  override async find(ledger: string, entry: string, completeThrough: number): Promise<number | null> {
    if (completeThrough > 0) await this.projector.waitFor(ledger, completeThrough);
    const document = await this.readStore.get(this.projector.collectionOf('entries', ledger), ledger, entry);
    const body = document?.body as EntryDocument | undefined;
    return body?.last ?? null;
  }
}
