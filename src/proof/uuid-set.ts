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
    const [first = 0, second = 0, third = 0, fourth = 0] = this.words;
    if ((first | second | third | fourth) === 0) {
      const isNew = !this.hasNil;
      this.hasNil = true;
      return isNew;
    }
    if (!this.place(first, second, third, fourth)) return false;
    this.count += 1;
    if (this.count * WORDS * 4 > this.slots.length * 3) this.grow();
    return true;
  }

  /** Puts the four words into their slot; false when they are there. */
  private place(first: number, second: number, third: number, fourth: number): boolean {
    const { slots } = this;
    const mask = slots.length / WORDS - 1;
    for (let slot = mixed(first, second, third, fourth) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      const [one, two, three, four] = [slots[at], slots[at + 1], slots[at + 2], slots[at + 3]];
      if (one === first && two === second && three === third && four === fourth) return false;
      if (one === 0 && two === 0 && three === 0 && four === 0) {
        slots[at] = first;
        slots[at + 1] = second;
        slots[at + 2] = third;
        slots[at + 3] = fourth;
        return true;
      }
    }
  }

  private grow(): void {
    const { slots } = this;
    this.slots = new Uint32Array(slots.length * 2);
    for (let at = 0; at < slots.length; at += WORDS) {
      const [first = 0, second = 0, third = 0, fourth = 0] = slots.subarray(at, at + WORDS);
      if ((first | second | third | fourth) !== 0) this.place(first, second, third, fourth);
    }
  }
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
    if (digits % 8 === 0) {
      words[digits / 8 - 1] = word;
      word = 0;
    }
  }
}

/** Spreads ids that differ in few bits, as those of one millisecond or of a counter do (MurmurHash3's finaliser). */
function mixed(first: number, second: number, third: number, fourth: number): number {
  let hash =
    first ^ Math.imul(second, 0x9e3779b1) ^ Math.imul(third, 0x85ebca6b) ^ Math.imul(fourth, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
