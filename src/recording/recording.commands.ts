import type { Actor } from '../kernel/event';
import type { PreparedEntry } from './prepare-entry';

/** Records entries one by one, in the order given; each is recorded or refused on its own. */
export class RecordEntries {
  constructor(
    readonly ledger: string,
    readonly entries: readonly PreparedEntry[],
    readonly actor: Actor,
  ) {}
}

/** Records all entries or none. */
export class RecordBatch {
  constructor(
    readonly ledger: string,
    readonly entries: readonly PreparedEntry[],
    readonly actor: Actor,
  ) {}
}
