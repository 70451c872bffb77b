import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Witness, type WitnessedHead } from '../../ports/witness';

/** One line per head: `<ledger> <size> <root>`, or `<ledger> <size> <root> rewound <reason as JSON>`. */
const LINE = /^(\S{1,200}) (\d{1,16}) ([0-9a-f]{64})(?: rewound (".*"))?$/;

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
  private descriptor: number | null;
  /** Bytes added since the file was written anew. */
  private added = 0;
  /** A full disk took a part of a line: what comes next must not run into it. */
  private isTorn = false;
  /** What is written at the end of this turn. */
  private gathered: { readonly heads: WitnessedHead[]; readonly written: Promise<void> } | null = null;

  /** @throws when the file cannot be opened */
  constructor(
    private readonly file: string,
    private readonly compactAfterBytes = COMPACT_AFTER_BYTES,
  ) {
    super();
    mkdirSync(dirname(file), { recursive: true });
    if (existsSync(file)) {
      const text = readFileSync(file, 'utf8');
      const { heads, rewindings } = readWitnessLines(text);
      for (const [ledger, head] of heads) this.heads.set(ledger, head);
      this.rewindings.push(...rewindings);
      this.isTorn = text !== '' && !text.endsWith('\n');
    }
    // A file without a head remembers as little as none.
    this.existed = this.heads.size > 0;
    this.descriptor = openSync(file, 'a', 0o600);
    this.compact();
  }

  override read(ledger: string): WitnessedHead | null {
    return this.heads.get(ledger) ?? null;
  }

  override all(): Iterable<WitnessedHead> {
    return this.heads.values();
  }

  /** Heads of many ledgers that become durable together are one write. */
  override advance(heads: readonly WitnessedHead[]): Promise<void> {
    if (this.gathered) {
      this.gathered.heads.push(...heads);
      return this.gathered.written;
    }
    const gathered = [...heads];
    const written = Promise.resolve().then(() => {
      this.gathered = null;
      this.write(gathered);
    });
    this.gathered = { heads: gathered, written };
    return written;
  }

  private write(heads: readonly WitnessedHead[]): void {
    const forward = new Map<string, WitnessedHead>();
    for (const head of heads) {
      const known = forward.get(head.ledger) ?? this.heads.get(head.ledger);
      if (head.size > (known?.size ?? 0)) forward.set(head.ledger, head);
    }
    if (forward.size === 0) return;
    let lines = '';
    for (const head of forward.values()) lines += lineOf(head);
    this.append(lines);
    for (const [ledger, head] of forward) this.heads.set(ledger, head);
    if (this.added > this.compactAfterBytes) this.compact();
  }

  override async rewind(head: WitnessedHead, reason: string): Promise<void> {
    const line = `${lineOf(head).trimEnd()} rewound ${JSON.stringify(reason)}\n`;
    fsyncSync(this.append(line));
    this.rewindings.push(line);
    this.heads.set(head.ledger, head);
  }

  override async close(): Promise<void> {
    await this.gathered?.written.catch(() => undefined);
    if (this.descriptor === null) return;
    const descriptor = this.descriptor;
    this.descriptor = null;
    fsyncSync(descriptor);
    closeSync(descriptor);
  }

  private append(lines: string): number {
    if (this.descriptor === null) throw new Error(`the witness ${this.file} is closed`);
    const text = this.isTorn ? `\n${lines}` : lines;
    const expected = Buffer.byteLength(text);
    const written = writeSync(this.descriptor, text);
    this.isTorn = written < expected;
    this.added += written;
    if (this.isTorn) throw new Error(`the witness ${this.file} took ${written} of ${expected} bytes`);
    return this.descriptor;
  }

  /**
   * Writes the file anew beside the old one, and puts it in its place only when it is on the disk. Where that fails,
   * the old one, which says the same, goes on.
   */
  private compact(): void {
    this.added = 0;
    try {
      const descriptor = this.replaceFile();
      if (this.descriptor !== null) closeSync(this.descriptor);
      this.descriptor = descriptor;
      this.isTorn = false;
    } catch {
      // There will be room, or rights, another time.
    }
  }

  private replaceFile(): number {
    const fresh = `${this.file}.new`;
    const descriptor = openSync(fresh, 'w', 0o600);
    try {
      writeFileSync(descriptor, [...this.rewindings, ...[...this.heads.values()].map(lineOf)].join(''));
      fsyncSync(descriptor);
      renameSync(fresh, this.file);
      return openSync(this.file, 'a');
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }
}

/** @throws RangeError for an id that a line could not hold */
function lineOf({ ledger, size, root }: WitnessedHead): string {
  const line = `${ledger} ${size} ${root}`;
  if (!LINE.test(line)) throw new RangeError(`the witness cannot hold ${JSON.stringify(line)}`);
  return `${line}\n`;
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
