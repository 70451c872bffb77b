import type { Sha256Hex } from './hash';

/** A line of an export: an event's text with its hash put in as the last member (design.md §4). */
export function exportLine(text: string, hash: string): string {
  return `${text.slice(0, -1)},"hash":"${hash}"}`;
}

const TAIL = /,"hash":"([0-9a-f]{64})"\}$/;

/** Takes an exported line apart: the text that was hashed, and the hash; null when it is no such line. */
export function parseExportLine(line: string): { readonly text: string; readonly hash: string } | null {
  const match = TAIL.exec(line);
  if (!match) return null;
  return { text: `${line.slice(0, match.index)}}`, hash: match[1] as string };
}

/** Whether the stored hash is that of the text, over its UTF-8 bytes as they were read. */
export function isHashOf(hash: string, text: string, sha256Hex: Sha256Hex): boolean {
  return sha256Hex(text) === hash;
}
