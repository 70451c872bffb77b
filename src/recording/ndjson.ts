import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';

/** A line of an NDJSON body: its text, or why it cannot be read. Numbered from 1; blank lines are passed over. */
export type NdjsonLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly unreadable: 'too-long' | 'invalid-encoding' };

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = 0xfeff;

export type ChunkRules = {
  /** Lines, and bytes, after which a chunk is full. */
  readonly most: number;
  readonly bytes: number;
  /** The longest line that is read, in bytes. */
  readonly longest: number;
  /** How long a line waits for others to come with it, in milliseconds. */
  readonly waitMs: number;
  /** Ends reading where it is. */
  readonly stop?: AbortSignal;
};

/**
 * Cuts a body into lines as it arrives, in chunks of at most `most` lines, holding no more than one line and one
 * chunk. What is there is handed out full or not once nothing more has come in time, since its sender may be waiting
 * for the results before sending on. A line longer than `longest` bytes is passed over and reported, so that memory
 * stays constant whatever is sent.
 *
 * @throws what ended the body before its end
 */
export async function* ndjsonChunks(
  body: Readable,
  { most, longest, bytes, waitMs, stop }: ChunkRules,
): AsyncGenerator<NdjsonLine[]> {
  const lines = new LineReader(longest);
  const arrivals = new Arrivals(body, stop);
  const chunk = new Chunk(most, bytes);
  try {
    for (;;) {
      const data = await arrivals.next(chunk.since === null ? null : chunk.since + waitMs);
      if (data === 'end') break;
      if (data === 'late') yield chunk.take();
      else for (const line of lines.take(data)) if (chunk.add(line)) yield chunk.take();
    }
    if (stop?.aborted === true) return;
    const last = lines.end();
    if (last) chunk.add(last);
    if (chunk.since !== null) yield chunk.take();
  } finally {
    arrivals.leave();
  }
}

/** Lines that wait for others. */
class Chunk {
  /** When the first of them came; null while there is none. */
  since: number | null = null;
  private lines: NdjsonLine[] = [];
  private size = 0;

  constructor(
    private readonly most: number,
    private readonly bytes: number,
  ) {}

  /** Whether it is full now. */
  add(line: NdjsonLine): boolean {
    this.since ??= performance.now();
    this.lines.push(line);
    this.size += 'text' in line ? line.text.length : 0;
    return this.lines.length >= this.most || this.size >= this.bytes;
  }

  take(): NdjsonLine[] {
    const { lines } = this;
    this.lines = [];
    this.size = 0;
    this.since = null;
    return lines;
  }
}

/** What a body holds when it is asked, and a wait for more that can be given up: a stream's iterator cannot. */
class Arrivals {
  private wake: () => void = () => undefined;
  private readonly onChange = (): void => this.wake();

  constructor(
    private readonly body: Readable,
    private readonly stop: AbortSignal | undefined,
  ) {
    for (const name of CHANGES) body.on(name, this.onChange);
    stop?.addEventListener('abort', this.onChange);
  }

  /** The next bytes, or `late` when none have come until the deadline (as `performance.now` counts). */
  async next(deadline: number | null): Promise<Buffer | 'late' | 'end'> {
    for (;;) {
      const { body } = this;
      if (this.stop?.aborted === true) return 'end';
      const data = body.read() as Buffer | null;
      if (data !== null) return data;
      if (body.readableEnded) return 'end';
      if (body.errored) throw body.errored;
      if (body.destroyed) throw new Error('a body ended before its end');
      const left = deadline === null ? null : deadline - performance.now();
      if (left !== null && left <= 0) return 'late';
      await this.changed(left);
    }
  }

  /** Whoever stops reading may still want to answer on the same connection: the body stays as it is. */
  leave(): void {
    for (const name of CHANGES) this.body.off(name, this.onChange);
    this.stop?.removeEventListener('abort', this.onChange);
  }

  private changed(atMost: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = atMost === null ? undefined : setTimeout(() => this.wake(), atMost);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const CHANGES = ['readable', 'end', 'error', 'close'] as const;

class LineReader {
  private parts: Buffer[] = [];
  private length = 0;
  private number = 0;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(private readonly longest: number) {}

  take(data: Buffer): NdjsonLine[] {
    const lines: NdjsonLine[] = [];
    let start = 0;
    for (;;) {
      const end = data.indexOf(LINE_FEED, start);
      if (end < 0) break;
      this.keep(data.subarray(start, end));
      start = end + 1;
      const line = this.end();
      if (line) lines.push(line);
    }
    this.keep(data.subarray(start));
    return lines;
  }

  /** The line that was being read, if there is anything in it. */
  end(): NdjsonLine | null {
    this.number += 1;
    const { parts, length, number } = this;
    this.parts = [];
    this.length = 0;
    if (length === 0) return null;
    if (length > this.longest) return { number, unreadable: 'too-long' };
    const text = this.decode(parts);
    if (text === null) return { number, unreadable: 'invalid-encoding' };
    return text.trim() === '' ? null : { number, text };
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
