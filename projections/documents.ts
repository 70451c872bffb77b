import type { Projection, RecordedEvent } from './projection';

export type FoldedDocument = { readonly key: string; readonly sequence: number; readonly body: unknown };

/** Read models of one ledger folded in memory: for reports as of an earlier event, for previews and for tests. */
export class FoldedDocuments {
  private readonly collections = new Map<string, Map<string, FoldedDocument>>();

  constructor(private readonly projections: readonly Projection[]) {
    for (const { name } of projections) this.collections.set(name, new Map());
  }

  fold(event: RecordedEvent): void {
    for (const projection of this.projections) {
      if (!projection.handles(event)) continue;
      const documents = this.documentsOf(projection.name);
      for (const key of projection.keys(event)) {
        const before = documents.get(key);
        if (before && before.sequence >= event.sequence) continue;
        documents.set(key, {
          key,
          sequence: event.sequence,
          body: projection.evolve(before?.body, event, key),
        });
      }
    }
  }

  get(name: string, key: string): FoldedDocument | undefined {
    return this.documentsOf(name).get(key);
  }

  /** All documents of a read model by key, in the order of a byte comparison of their keys. */
  sorted(name: string): readonly FoldedDocument[] {
    return [...this.documentsOf(name).values()].sort((left, right) => (left.key < right.key ? -1 : 1));
  }

  private documentsOf(name: string): Map<string, FoldedDocument> {
    const documents = this.collections.get(name);
    if (!documents) throw new Error(`no read model is named ${name}`);
    return documents;
  }
}
