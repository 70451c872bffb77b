import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Witness, type WitnessedHead } from '../../ports/witness';

/** One line per head: `<ledger> <size> <root>`, or `<ledger> <size> <root> rewound <reason as JSON>`. */
const LINE = /^([0-9a-f-]{36}) (\d{1,16}) ([0-9a-f]{64})(?: rewound (".*"))?$/;

/** Bytes of lines after which the file is written anew, with the last line of each ledger and every rewinding. */
const COMPACT_AFTER_BYTES = 16 * 1024 * 1024;

/**
 * A witness in a file that is only ever added to. It is not synced: while the machine lives, what was written is
 * seen, and it tells a restored copy or a torn store; a power cut may take its last lines together with nothing that
 * the store itself did not keep. A torn last line is passed over.
 */
export class WitnessFile extends Witness {
  override readonly existed: boolean;
  private readonly heads = new Map<string, WitnessedHead>();
  private readonly rewindings: string[] = [];
  private descriptor: number;
  private bytes = 0;

  constructor(private readonly file: string) {
    super();
    this.existed = existsSync(file);
    mkdirSync(dirname(file), { recursive: true });
    if (this.existed) {
      const { heads, rewindings } = readWitnessLines(readFileSync(file, 'utf8'));
      for (const [ledger, head] of heads) this.heads.set(ledger, head);
      this.rewindings.push(...rewindings);
    }
    this.descriptor = this.compact();
  }

  override read(ledger: string): WitnessedHead | null {
    return this.heads.get(ledger) ?? null;
  }

  override all(): Iterable<WitnessedHead> {
    return this.heads.values();
  }

  override advance(heads: readonly WitnessedHead[]): Promise<void> {
    const forward = heads.filter(({ ledger, size }) => size > (this.heads.get(ledger)?.size ?? 0));
    if (forward.length === 0) return Promise.resolve();
    try {
      this.append(forward.map(lineOf).join(''));
      for (const head of forward) this.heads.set(head.ledger, head);
      if (this.bytes > COMPACT_AFTER_BYTES) this.descriptor = this.compact();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  override rewind(head: WitnessedHead, reason: string): Promise<void> {
    const line = `${lineOf(head).trimEnd()} rewound ${JSON.stringify(reason)}\n`;
    this.append(line);
    fsyncSync(this.descriptor);
    this.rewindings.push(line);
    this.heads.set(head.ledger, head);
    return Promise.resolve();
  }

  override close(): Promise<void> {
    fsyncSync(this.descriptor);
    closeSync(this.descriptor);
    return Promise.resolve();
  }

  private append(text: string): void {
    const bytes = Buffer.from(text);
    // A full disk can take a part of it: the rest of a torn line must not run into the next one.
    const written = writeSync(this.descriptor, this.torn ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes);
    const expected = bytes.length + (this.torn ? 1 : 0);
    this.torn = written < expected;
    this.bytes += written;
    if (this.torn) throw new Error(`the witness ${this.file} took ${written} of ${expected} bytes`);
  }

  private torn = false;

  /** Writes the file anew beside the old one, and puts it in its place only when it is on the disk. */
  private compact(): number {
    const fresh = `${this.file}.new`;
    const text = [...this.rewindings, ...[...this.heads.values()].map(lineOf)].join('');
    const descriptor = openSync(fresh, 'w', 0o600);
    writeSync(descriptor, text);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(fresh, this.file);
    const old = this.descriptor as number | undefined;
    if (old !== undefined) closeSync(old);
    this.bytes = 0;
    return openSync(this.file, 'a', 0o600);
  }
}

function lineOf({ ledger, size, root }: WitnessedHead): string {
  return `${ledger} ${size} ${root}\n`;
}

/** What a witness file says: the head of each ledger, and the lines by which a restore set one back. */
export function readWitnessLines(text: string): {
  readonly heads: ReadonlyMap<string, WitnessedHead>;
  readonly rewindings: readonly string[];
} {
  const heads = new Map<string, WitnessedHead>();
  const rewindings: string[] = [];
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (!match) continue;
    const head = { ledger: match[1] as string, size: Number(match[2]), root: match[3] as string };
    const isRewinding = match[4] !== undefined;
    if (isRewinding) rewindings.push(`${line}\n`);
    if (isRewinding || head.size > (heads.get(head.ledger)?.size ?? 0)) heads.set(head.ledger, head);
  }
  return { heads, rewindings };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
