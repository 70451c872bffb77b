import { canonicalJson } from './canonical-json';

/** SHA-256 of bytes, or of a text in UTF-8; handed in, since this folder runs in browsers too. */
export type Sha256 = (data: Uint8Array | string) => Uint8Array;

/** The same as 64 lowercase hex digits. */
export type Sha256Hex = (data: Uint8Array | string) => string;

/** What the first event of a ledger links to. */
export function genesisHash(ledger: string, sha256Hex: Sha256Hex): string {
  return sha256Hex(canonicalJson({ format: 'caisse-ledger/1', ledger }));
}

const HEX = '0123456789abcdef';

/** The value of a lowercase hex digit by its character code; 255 for any other character. */
export const HEX_DIGITS = new Uint8Array(128).fill(255);
for (let digit = 0; digit < 16; digit += 1) HEX_DIGITS[HEX.charCodeAt(digit)] = digit;

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (HEX[byte >> 4] as string) + (HEX[byte & 15] as string);
  return text;
}

/** @throws RangeError unless the text is an even number of lowercase hex digits */
export function fromHex(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new RangeError('not lowercase hex digits');
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    const high = HEX_DIGITS[text.charCodeAt(index * 2)] ?? 0;
    bytes[index] = (high << 4) | (HEX_DIGITS[text.charCodeAt(index * 2 + 1)] ?? 0);
  }
  return bytes;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const first = bytes[index] ?? 0;
    const second = bytes[index + 1];
    const third = bytes[index + 2];
    const word = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    text += (BASE64[word >> 18] as string) + (BASE64[(word >> 12) & 63] as string);
    text += second === undefined ? '=' : (BASE64[(word >> 6) & 63] as string);
    text += third === undefined ? '=' : (BASE64[word & 63] as string);
  }
  return text;
}

/** Strict: canonical padding, no other character, no stray bits; null when the text is not such. */
export function fromBase64(text: string): Uint8Array | null {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index += 4) {
    const digits = [...text.slice(index, index + 4)].map((digit) =>
      digit === '=' ? 0 : BASE64.indexOf(digit),
    );
    const [first = 0, second = 0, third = 0, fourth = 0] = digits;
    const word = (first << 18) | (second << 12) | (third << 6) | fourth;
    bytes.push(word >> 16, (word >> 8) & 255, word & 255);
  }
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const decoded = Uint8Array.from(bytes.slice(0, bytes.length - padding));
  // There is one way to write bytes: whatever is not written so is not read.
  return toBase64(decoded) === text ? decoded : null;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
