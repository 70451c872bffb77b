const WORDS = 4;
const FIRST_CAPACITY = 1024;

/**
 * The UUIDs that a long ledger has used, exactly, in 21 to 43 bytes each: a set of texts takes five times as much.
 * Open addressing over the 128 bits themselves.
 */
export class UuidSet {
  private slots = new Uint32Array(FIRST_CAPACITY * WORDS);
  private count = 0;
  /** Four zero words are an empty slot, so the nil UUID is kept apart. */
  private hasNil = false;
  private readonly words = new Uint32Array(WORDS);

  get size(): number {
    return this.count + (this.hasNil ? 1 : 0);
  }

  /** Adds a UUID in its usual form; false when it was there already. */
  add(uuid: string): boolean {
    readWords(uuid, this.words);
    if (isEmpty(this.words, 0)) {
      const isNew = !this.hasNil;
      this.hasNil = true;
      return isNew;
    }
    if (!place(this.slots, this.words, 0)) return false;
    this.count += 1;
    if (this.count * WORDS * 4 > this.slots.length * 3) this.grow();
    return true;
  }

  private grow(): void {
    const { slots } = this;
    this.slots = new Uint32Array(slots.length * 2);
    for (let at = 0; at < slots.length; at += WORDS) if (!isEmpty(slots, at)) place(this.slots, slots, at);
  }
}

/** Puts the four words at a place into their slot; false when they are there. Never more than three quarters full. */
function place(slots: Uint32Array, words: Uint32Array, from: number): boolean {
  const mask = slots.length / WORDS - 1;
  for (let slot = mixed(words, from) & mask; ; slot = (slot + 1) & mask) {
    const at = slot * WORDS;
    if (isEmpty(slots, at)) {
      for (let word = 0; word < WORDS; word += 1) slots[at + word] = words[from + word] as number;
      return true;
    }
    if (isSame(slots, at, words, from)) return false;
  }
}

function isEmpty(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0;
}

function isSame(left: Uint32Array, at: number, right: Uint32Array, from: number): boolean {
  return (
    left[at] === right[from] &&
    left[at + 1] === right[from + 1] &&
    left[at + 2] === right[from + 2] &&
    left[at + 3] === right[from + 3]
  );
}

/** All 32 hex digits of a UUID, eight to a word; hyphens and case say nothing. */
function readWords(uuid: string, words: Uint32Array): void {
  let digits = 0;
  let word = 0;
  for (let index = 0; index < uuid.length; index += 1) {
    const code = uuid.charCodeAt(index);
    if (code === 0x2d) continue;
    word = (word << 4) | (code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57);
    digits += 1;
    if ((digits & 7) === 0) {
      words[(digits >> 3) - 1] = word;
      word = 0;
    }
  }
}

/** Spreads ids that differ in few bits, as those of one millisecond or of a counter do (MurmurHash3's finaliser). */
function mixed(words: Uint32Array, at: number): number {
  let hash = words[at] as number;
  hash ^= Math.imul(words[at + 1] as number, 0x9e3779b1);
  hash ^= Math.imul(words[at + 2] as number, 0x85ebca6b);
  hash ^= Math.imul(words[at + 3] as number, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
