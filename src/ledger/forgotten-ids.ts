import type { Changes } from '../kernel/changes';
import { mixedWords, readUuidWords, UUID_WORDS } from '../kernel/uuid-words';

/** Room for so many ids, and how many are there. */
type Layer = { readonly room: number; count: number; readonly bits: Uint32Array };

/**
 * The ids of entries that a state no longer remembers one by one: a Bloom filter that grows by layers. An id that is in it
 * is always found. Of ten thousand others about one is taken for one of them, which costs a look into the index. Four
 * bytes for each id: sixteen megabytes for ten years of a thousand entries a day.
 */
export type ForgottenIds = Layer[];

/** Layers double until they are this large. Both are powers of two, so that a place is cut out of a hash. */
const FIRST_ROOM = 1024;
const LARGEST_ROOM = 1024 * 1024;
const BITS_PER_ID = 32;
/** Bits that an id sets in its layer. */
const MARKS = 8;

const words = new Uint32Array(UUID_WORDS);
const turned = new Uint32Array(UUID_WORDS);
const marks = new Uint32Array(MARKS);

/** Adds an id; one that is there already, or is taken for one, takes no room. */
export function forgetId(ids: ForgottenIds, uuid: string, changes: Changes): void {
  if (mayBeForgotten(ids, uuid)) return;
  const layer = layerWithRoom(ids, changes);
  const { bits } = layer;
  const mask = layer.room * BITS_PER_ID - 1;
  for (const mark of marks) {
    const place = mark & mask;
    const word = place >>> 5;
    changes.assign(bits, word, ((bits[word] as number) | (1 << (place & 31))) >>> 0);
  }
  changes.assign(layer, 'count', layer.count + 1);
}

/** Whether an id may be among them; false is certain. */
export function mayBeForgotten(ids: ForgottenIds, uuid: string): boolean {
  readMarks(uuid);
  return ids.some(holdsMarks);
}

/** Bytes that they take in memory. */
export function bytesOfForgotten(ids: ForgottenIds): number {
  return ids.reduce((bytes, layer) => bytes + layer.bits.byteLength, 0);
}

/** Two hashes make as many as are wanted (Kirsch and Mitzenmacher, "Less Hashing, Same Performance"). */
function readMarks(uuid: string): void {
  readUuidWords(uuid, words);
  for (let index = 0; index < UUID_WORDS; index += 1)
    turned[index] = Math.imul(words[UUID_WORDS - 1 - index] as number, 0x27d4eb2f) ^ index;
  let mark = mixedWords(words, 0);
  const step = mixedWords(turned, 0) | 1;
  for (let index = 0; index < MARKS; index += 1) {
    marks[index] = mark;
    mark = (mark + step) >>> 0;
  }
}

function holdsMarks({ room, bits }: Layer): boolean {
  const mask = room * BITS_PER_ID - 1;
  for (const mark of marks) {
    const place = mark & mask;
    if (((bits[place >>> 5] as number) & (1 << (place & 31))) === 0) return false;
  }
  return true;
}

function layerWithRoom(ids: ForgottenIds, changes: Changes): Layer {
  const last = ids.at(-1);
  if (last && last.count < last.room) return last;
  const room = last ? Math.min(last.room * 2, LARGEST_ROOM) : FIRST_ROOM;
  const layer = { room, count: 0, bits: new Uint32Array((room * BITS_PER_ID) / 32) };
  changes.push(ids, layer);
  return layer;
}
