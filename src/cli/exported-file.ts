import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parseExportLine } from '../proof/chain';

const CHUNK = 1 << 20;

/** No event comes near this; what does is no export, and is not kept in memory to see where it ends. */
const LONGEST_LINE = 16 << 20;

export type ExportedLine = { readonly text: string; readonly hash: string; readonly offset: number };

/** A file of exported events: read line by line, and again at an offset, whatever its size. */
export class ExportedFile {
  private readonly descriptor: number;
  /** Where the line of a sequence begins; −1 where there is none. */
  private offsets = new Float64Array(1024).fill(-1);

  constructor(path: string) {
    this.descriptor = openSync(path, 'r');
    if (!fstatSync(this.descriptor).isFile()) throw new Error(`${path} n'est pas un fichier`);
  }

  *lines(): IterableIterator<ExportedLine> {
    let rest: Buffer = Buffer.alloc(0);
    let offset = 0;
    for (let position = 0; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const length = readSync(this.descriptor, chunk, 0, CHUNK, position);
      position += length;
      const bytes =
        rest.length === 0 ? chunk.subarray(0, length) : Buffer.concat([rest, chunk.subarray(0, length)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        if (end > start) yield lineOf(bytes.subarray(start, end), offset + start);
        start = end + 1;
      }
      rest = bytes.subarray(start);
      offset += start;
      if (length === 0 || rest.length > LONGEST_LINE) break;
    }
    if (rest.length > 0) yield lineOf(rest, offset);
  }

  /** Remembers where the event of a sequence stands; the first one counts. */
  note(sequence: number, offset: number): void {
    if (sequence <= 0 || sequence > 100_000_000) return;
    if (sequence >= this.offsets.length) {
      const larger = new Float64Array(sequence * 2).fill(-1);
      larger.set(this.offsets);
      this.offsets = larger;
    }
    if (this.offsets[sequence] === -1) this.offsets[sequence] = offset;
  }

  /** The text of an event that was noted. */
  textOf(sequence: number): string | null {
    const offset = this.offsets[sequence] ?? -1;
    if (offset < 0) return null;
    for (let size = 4096; size <= LONGEST_LINE; size *= 8) {
      const bytes = Buffer.allocUnsafe(size);
      const length = readSync(this.descriptor, bytes, 0, size, offset);
      const end = bytes.subarray(0, length).indexOf(10);
      if (end >= 0 || length < size) return lineOf(bytes.subarray(0, end < 0 ? length : end), offset).text;
    }
    return null;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/**
 * A line that is no exported event, or no UTF-8 (which a decoder would mend in silence), is taken as it is: its hash
 * cannot be right, and so it is named.
 */
function lineOf(bytes: Buffer, offset: number): ExportedLine {
  const hasReturn = bytes[bytes.length - 1] === 13;
  const line = (hasReturn ? bytes.subarray(0, -1) : bytes).toString('utf8');
  const parsed = isUtf8(bytes) ? parseExportLine(line) : null;
  return { text: parsed?.text ?? line, hash: parsed?.hash ?? '', offset };
}
