import type { FoldedDocuments } from '../../projections/documents';
import type { Projection } from '../../projections/projection';
import type { DocumentRange, ReadModelStore } from '../ports/read-model-store';

export type Keyed<Body> = { readonly key: string; readonly body: Body };

/** The read models of one ledger, as they are or as they were: what every report is assembled from. */
export abstract class ReadModels {
  abstract get<Body>(projection: Projection<Body>, key: string): Promise<Body | null>;

  /** Absent documents are left out. */
  abstract getMany<Body>(
    projection: Projection<Body>,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Body>>;

  /** Documents by key; `from` inclusive, `to` exclusive. */
  abstract list<Body>(projection: Projection<Body>, range: DocumentRange): Promise<readonly Keyed<Body>[]>;

  /** All documents of a range, a page at a time. */
  async *all<Body>(
    projection: Projection<Body>,
    range: Omit<DocumentRange, 'limit'>,
    page = 500,
  ): AsyncGenerator<Keyed<Body>> {
    let bounds: Omit<DocumentRange, 'limit'> = range;
    for (;;) {
      const found = await this.list(projection, { ...bounds, limit: page });
      yield* found;
      const last = found.at(-1);
      if (!last || found.length < page) return;
      bounds =
        range.descending === true ? { ...bounds, to: last.key } : { ...bounds, from: afterKey(last.key) };
    }
  }
}

/** The first key after a key: no key has a space. */
export function afterKey(key: string): string {
  return `${key} `;
}

/** Read models as the store holds them now. */
export class LiveReadModels extends ReadModels {
  constructor(
    private readonly store: ReadModelStore,
    private readonly collectionOf: (name: string) => string,
    private readonly ledger: string,
  ) {
    super();
  }

  async get<Body>({ name }: Projection<Body>, key: string): Promise<Body | null> {
    const document = await this.store.get(this.collectionOf(name), this.ledger, key);
    return document === null ? null : (document.body as Body);
  }

  async getMany<Body>(
    { name }: Projection<Body>,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Body>> {
    if (keys.length === 0) return new Map();
    const documents = await this.store.getMany(this.collectionOf(name), this.ledger, keys);
    return new Map([...documents].map(([key, { body }]) => [key, body as Body]));
  }

  async list<Body>({ name }: Projection<Body>, range: DocumentRange): Promise<readonly Keyed<Body>[]> {
    const documents = await this.store.list(this.collectionOf(name), this.ledger, range);
    return documents.map(({ key, body }) => ({ key, body: body as Body }));
  }
}

/** Read models folded in memory up to some event: how things were known then. */
export class FoldedReadModels extends ReadModels {
  private readonly sorted = new Map<string, readonly Keyed<unknown>[]>();

  constructor(private readonly documents: FoldedDocuments) {
    super();
  }

  async get<Body>({ name }: Projection<Body>, key: string): Promise<Body | null> {
    return (this.documents.get(name, key)?.body as Body | undefined) ?? null;
  }

  async getMany<Body>(
    { name }: Projection<Body>,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Body>> {
    const found = new Map<string, Body>();
    for (const key of keys) {
      const document = this.documents.get(name, key);
      if (document) found.set(key, document.body as Body);
    }
    return found;
  }

  async list<Body>({ name }: Projection<Body>, range: DocumentRange): Promise<readonly Keyed<Body>[]> {
    const sorted = this.sorted.get(name) ?? this.documents.sorted(name);
    this.sorted.set(name, sorted);
    const start = range.from === undefined ? 0 : firstAtOrAfter(sorted, range.from);
    const end = range.to === undefined ? sorted.length : firstAtOrAfter(sorted, range.to);
    const found =
      range.descending === true
        ? sorted.slice(Math.max(start, end - range.limit), end).reverse()
        : sorted.slice(start, Math.min(end, start + range.limit));
    return found as readonly Keyed<Body>[];
  }
}

function firstAtOrAfter(sorted: readonly Keyed<unknown>[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as Keyed<unknown>).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
