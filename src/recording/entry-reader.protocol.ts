import type { Entry } from '../ledger/entries';

/** Lines of NDJSON, one after the other with a line feed in between. Requests are numbered from 1. */
export type ToRead = { readonly request: number; readonly lines: string };

/** The JSON text of an array with a `ReadyEntry` or null for each line. Request 0 says that the thread is there. */
export type ReadLines = { readonly request: number; readonly entries: string };

/** An entry that passed the one validator, and the hash of what was received. */
export type ReadyEntry = { readonly entry: Entry; readonly payloadHash: string };
