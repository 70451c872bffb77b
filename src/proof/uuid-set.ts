import { mixedWords, readUuidWords, UUID_WORDS } from '../kernel/uuid-words';

const FIRST_CAPACITY = 1024;

/**
 * The UUIDs that a long ledger has used, exactly, in 21 to 43 bytes each: a set of texts takes five times as much.
 * Open addressing over the 128 bits themselves.
 */
export class UuidSet {
  private slots = new Uint32Array(FIRST_CAPACITY * UUID_WORDS);
  private count = 0;
  /** Four zero words are an empty slot, so the nil UUID is kept apart. */
  private hasNil = false;
  private readonly words = new Uint32Array(UUID_WORDS);

  get size(): number {
    return this.count + (this.hasNil ? 1 : 0);
  }

  /** Adds a UUID in its usual form; false when it was there already. */
  add(uuid: string): boolean {
    readUuidWords(uuid, this.words);
    if (isEmpty(this.words, 0)) {
      const isNew = !this.hasNil;
      this.hasNil = true;
      return isNew;
    }
    if (!place(this.slots, this.words, 0)) return false;
    this.count += 1;
    if (this.count * UUID_WORDS * 4 > this.slots.length * 3) this.grow();
    return true;
  }

  private grow(): void {
    const { slots } = this;
    this.slots = new Uint32Array(slots.length * 2);
    for (let at = 0; at < slots.length; at += UUID_WORDS)
      if (!isEmpty(slots, at)) place(this.slots, slots, at);
  }
}

/** Puts the four words at a place into their slot; false when they are there. Never more than three quarters full. */
function place(slots: Uint32Array, words: Uint32Array, from: number): boolean {
  const mask = slots.length / UUID_WORDS - 1;
  for (let slot = mixedWords(words, from) & mask; ; slot = (slot + 1) & mask) {
    const at = slot * UUID_WORDS;
    if (isEmpty(slots, at)) {
      for (let word = 0; word < UUID_WORDS; word += 1) slots[at + word] = words[from + word] as number;
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
