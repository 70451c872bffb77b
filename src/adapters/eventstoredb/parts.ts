import { type AppendRequest, type StoredEvent, StoreUnavailable } from '../../ports/event-store';
import { BYTES_BESIDE } from './layout';

/** What a server takes in one append when nobody has told it otherwise, in bytes (`MaxAppendSize`, 1 MiB). */
export const LARGEST_APPEND = 1024 * 1024;

/**
 * The events of an append as the server can take them: all at once wherever it can, else in as few parts as possible.
 * A part ends where the request allows a cut; where it says nothing, between two entries.
 *
 * @throws StoreUnavailable (not written) when what must stay together is too large
 */
export function partsOf(
  { ledger, events, mayCutAfter }: Pick<AppendRequest, 'ledger' | 'events' | 'mayCutAfter'>,
  limit: number,
): readonly (readonly StoredEvent[])[] {
  const sizes = events.map(({ text }) => Buffer.byteLength(text) + BYTES_BESIDE);
  if (sizes.reduce((sum, size) => sum + size, 0) <= limit) return [events];
  const ends = new Set(mayCutAfter ?? endsOfEntries(events));
  const parts: StoredEvent[][] = [];
  let part: StoredEvent[] = [];
  let partSize = 0;
  let unit: StoredEvent[] = [];
  let unitSize = 0;
  for (const [index, event] of events.entries()) {
    unit.push(event);
    unitSize += sizes[index] as number;
    if (!ends.has(event.sequence) && index < events.length - 1) continue;
    if (unitSize > limit)
      throw new StoreUnavailable(
        `${unitSize} bytes of ledger ${ledger} must be written at once; the store takes ${limit}`,
        'not-written',
      );
    if (partSize + unitSize > limit) {
      parts.push(part);
      part = [];
      partSize = 0;
    }
    part.push(...unit);
    partSize += unitSize;
    unit = [];
    unitSize = 0;
  }
  return [...parts, part];
}

/** An event that belongs to no entry follows from the one before it, and stays with it. */
function endsOfEntries(events: readonly StoredEvent[]): number[] {
  const ends: number[] = [];
  let entry: string | undefined;
  for (const event of events) {
    const next = entryOf(event.text);
    if (next !== undefined && entry !== undefined && next !== entry) ends.push(event.sequence - 1);
    entry = next ?? entry;
  }
  return ends;
}

function entryOf(text: string): string | undefined {
  try {
    const { entry } = JSON.parse(text) as { entry?: { id?: unknown } };
    return typeof entry?.id === 'string' ? entry.id : undefined;
  } catch {
    return undefined;
  }
}
