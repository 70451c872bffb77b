/** A UUID is this many words of 32 bits. */
export const UUID_WORDS = 4;

/** All 32 hex digits of a UUID, eight to a word; hyphens and case say nothing. */
export function readUuidWords(uuid: string, words: Uint32Array): void {
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
export function mixedWords(words: Uint32Array, at: number): number {
  let hash = words[at] as number;
  hash ^= Math.imul(words[at + 1] as number, 0x9e3779b1);
  hash ^= Math.imul(words[at + 2] as number, 0x85ebca6b);
  hash ^= Math.imul(words[at + 3] as number, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
