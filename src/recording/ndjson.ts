import type { Readable } from 'node:stream';

/** A line of an NDJSON body: its text, or why it cannot be read. Numbered from 1; blank lines are passed over. */
export type NdjsonLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly unreadable: 'too-long' | 'invalid-encoding' };

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Cuts a body into lines as it arrives, in chunks of at most `most` lines, holding no more than one line and one
 * chunk. A line longer than `longest` bytes is passed over and reported, so that memory stays constant whatever is
 * sent.
 */
export async function* ndjsonChunks(
  body: Readable,
  { most, longest, bytes }: { most: number; longest: number; bytes: number },
): AsyncGenerator<NdjsonLine[]> {
  const lines = new LineReader(longest);
  let chunk: NdjsonLine[] = [];
  let size = 0;
  // Whoever stops reading may still want to answer on the same connection.
  for await (const data of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    for (const line of lines.take(data)) {
      chunk.push(line);
      size += 'text' in line ? line.text.length : 0;
      if (chunk.length >= most || size >= bytes) {
        yield chunk;
        chunk = [];
        size = 0;
      }
    }
  }
  chunk.push(...lines.end());
  if (chunk.length > 0) yield chunk;
}

class LineReader {
  private parts: Buffer[] = [];
  private length = 0;
  private number = 0;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(private readonly longest: number) {}

  *take(data: Buffer): Generator<NdjsonLine> {
    let start = 0;
    for (;;) {
      const end = data.indexOf(LINE_FEED, start);
      if (end < 0) break;
      this.keep(data.subarray(start, end));
      start = end + 1;
      yield* this.end();
    }
    this.keep(data.subarray(start));
  }

  /** The line that was being read, if there is anything in it. */
  *end(): Generator<NdjsonLine> {
    this.number += 1;
    const { parts, length, number } = this;
    this.parts = [];
    this.length = 0;
    if (length === 0) return;
    if (length > this.longest) {
      yield { number, unreadable: 'too-long' };
      return;
    }
    const text = this.decode(parts);
    if (text === null) yield { number, unreadable: 'invalid-encoding' };
    else if (text.trim() !== '') yield { number, text };
  }

  private keep(part: Buffer): void {
    if (part.length === 0) return;
    this.length += part.length;
    // Past the limit the rest of the line is only counted.
    if (this.length <= this.longest) this.parts.push(part);
    else this.parts = [];
  }

  private decode(parts: readonly Buffer[]): string | null {
    try {
      const text = this.decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts));
      return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
    } catch {
      return null;
    }
  }
}
