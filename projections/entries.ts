import { isOfInterest } from './interests';
import type { Projection } from './projection';

/**
 * Where the events of a client's request are. Kept this small on purpose: ids come in any order, so a large document
 * would be written all over the store; what an entry says stands in its events.
 */
export type EntryDocument = {
  /** First and last ledger sequence of its events; what lies between is its own. */
  readonly first: number;
  readonly last: number;
  /** The entry that corrected it, and the sequence where that began. */
  readonly correctedBy?: { readonly entry: string; readonly sequence: number } | undefined;
};

/** Entries by their id: how the writer recognises an id that its state has forgotten, and finds what is corrected. */
export const entries: Projection<EntryDocument> = {
  name: 'entries',
  version: 1,
  handles: (event) => event.entry !== undefined && isOfInterest('entries', event),
  keys(event) {
    const id = event.entry?.id;
    if (id === undefined) return [];
    const corrected = event.correction?.corrects?.entry;
    return corrected === undefined || corrected === id ? [id] : [id, corrected];
  },
  begins: (event, key) => event.entry?.id === key && event.entry.index === 0,
  evolve(document, event, key) {
    const { entry, sequence } = event;
    if (entry?.id === key)
      return document ? { ...document, last: sequence } : { first: sequence, last: sequence };
    if (!document) throw new Error(`entry ${key} was corrected before it was recorded`);
    return { ...document, correctedBy: document.correctedBy ?? { entry: entry?.id ?? '', sequence } };
  },
};
