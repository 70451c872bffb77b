import { FoldedDocuments } from '../../projections/documents';
import type { Projection, RecordedEvent } from '../../projections/projection';

/** The documents of one read model after some events, by key. */
export function fold<Body>(
  projection: Projection<Body>,
  events: readonly RecordedEvent[],
): Record<string, Body> {
  const documents = new FoldedDocuments([projection]);
  for (const event of events) documents.fold(event);
  return Object.fromEntries(documents.sorted(projection.name).map(({ key, body }) => [key, body as Body]));
}

/** A cash sale of one category. */
export const saleOf = (gross: number, method = 'cash', others: Record<string, unknown> = {}) => ({
  type: 'sale',
  lines: [{ category: 'pain', gross, vatRate: 550 }],
  payments: [{ method, amount: gross }],
  ...others,
});
