import type { Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Actor } from '../kernel/event';
import { drained } from '../platform/http/drained';
import { LedgerWriter, type Outcome, Overloaded } from '../platform/ledger-writer';
import { type BatchResult, resultOf } from './answer';
import { type BatchItem } from './batch-recorder';
import { EntryReader } from './entry-reader';
import { ndjsonChunks, type NdjsonLine } from './ndjson';
import type { PreparedEntry } from './prepare-entry';
import { RecordEntries } from './recording.commands';

/**
 * Lines that are read and handed over together (others have their turn in between), the bytes after which a chunk is full,
 * the longest line (an entry is 64 KiB), and how long a line waits for others.
 */
const CHUNK = { most: 128, bytes: 256 * 1024, longest: 64 * 1024, waitMs: 50 };

/** Appends' worth of lines (of up to 2 KiB) that are read and not answered: one is written, one was decided, one is read. */
const APPENDS_AHEAD = 3;

/** A queue without room for a chunk is tried again: a stream can wait, and its client with it. */
const ROOM = { waitMs: 20, attempts: 1500 };

type Result = BatchResult & { readonly line: number };

/** Turns a line into an entry, unless it was read already, or into the problem that kept it from being one. */
export type LineReader = (line: NdjsonLine, read: PreparedEntry | null) => BatchItem;

/** Lines of a stream that are recorded together. */
type Chunk = { readonly ledger: string; readonly lines: readonly NdjsonLine[]; readonly actor: Actor };

/** Entries that were handed over, and what will become of them. */
type Placed = { readonly items: readonly BatchItem[]; readonly outcomes: Promise<readonly Outcome[]> };

/**
 * Records an NDJSON body of any length as it arrives, one entry after the other, and writes a result line for each.
 * Memory is bounded by a few chunks: reading waits for recording, and recording for the client to read its results.
 */
@Injectable()
export class NdjsonRecorder {
  protected readonly room: Readonly<typeof ROOM> = ROOM;
  private readonly chunksAhead: number;

  constructor(
    private readonly commands: CommandBus,
    private readonly entries: EntryReader,
    writer: LedgerWriter,
  ) {
    this.chunksAhead = Math.ceil((APPENDS_AHEAD * writer.groupEntries) / CHUNK.most);
  }

  /** @throws what the writer throws when it cannot go on; what was answered until then is recorded. */
  async record(ledger: string, body: Readable, out: Writable, actor: Actor, read: LineReader): Promise<void> {
    const underWay: Promise<void>[] = [];
    const failure = new AbortController();
    let placed: Promise<unknown> = Promise.resolve();
    let answered = Promise.resolve();
    try {
      for await (const lines of ndjsonChunks(body, { ...CHUNK, stop: failure.signal })) {
        const turn = { before: placed, signal: failure.signal };
        const placing = this.placeInTurn(turn, { ledger, lines, actor }, read);
        placed = placing;
        const text = placing.then(async ({ items, outcomes }) => textOf(lines, items, await outcomes));
        answered = answerInTurn(answered, text, out);
        // The client may send nothing more, so that only this ends the wait for it; and nothing is handed over after it.
        answered.catch((error: unknown) => failure.abort(error));
        underWay.push(answered);
        if (underWay.length >= this.chunksAhead) await underWay.shift();
      }
      await answered;
    } finally {
      // A failed chunk must not leave another one's failure unheard.
      await Promise.allSettled([...underWay, placed]);
    }
  }

  /**
   * Reads lines beside those before them, and hands them over after those.
   *
   * @throws what has ended the stream
   */
  private async placeInTurn(
    { before, signal }: { readonly before: Promise<unknown>; readonly signal: AbortSignal },
    { ledger, lines, actor }: Chunk,
    read: LineReader,
  ): Promise<Placed> {
    const reading = this.entries.read(lines.map((line) => ('text' in line ? line.text : '')));
    const [entries] = await Promise.all([reading, before]);
    signal.throwIfAborted();
    const items = lines.map((line, index) => read(line, entries[index] ?? null));
    const prepared = items.flatMap((item) => ('prepared' in item ? [item.prepared] : []));
    if (prepared.length === 0) return { items, outcomes: Promise.resolve([]) };
    return { items, ...(await this.place(new RecordEntries(ledger, prepared, actor), signal)) };
  }

  /**
   * Hands entries over once there is room for them in the ledger's queue, so that no chunk is overtaken by the next one
   * of its stream. Answers what will become of them.
   *
   * @throws Overloaded when there was no room for long, so that what follows is not handed over either
   */
  private async place(
    command: RecordEntries,
    signal: AbortSignal,
  ): Promise<{ readonly outcomes: Promise<readonly Outcome[]> }> {
    for (let attempt = 1; ; attempt += 1) {
      const outcomes = this.commands.execute<RecordEntries, readonly Outcome[]>(command);
      if (!(await isTurnedAway(outcomes))) return { outcomes };
      if (attempt === this.room.attempts) await outcomes;
      await delay(this.room.waitMs);
      signal.throwIfAborted();
    }
  }
}

/** Writes results once they are known and those before them are written. */
async function answerInTurn(before: Promise<void>, results: Promise<string>, out: Writable): Promise<void> {
  const [text] = await Promise.all([results, before]);
  if (text !== '' && !out.write(text)) await drained(out);
}

/** A queue without room says so at once, within the turn of the event loop. */
function isTurnedAway(outcomes: Promise<unknown>): Promise<boolean> {
  const said = outcomes.then(
    () => false,
    (error: unknown) => error instanceof Overloaded,
  );
  return Promise.race([said, nextTurn(false)]);
}

/** A result line for each line that was read. */
function textOf(
  lines: readonly NdjsonLine[],
  items: readonly BatchItem[],
  outcomes: readonly Outcome[],
): string {
  let next = 0;
  let text = '';
  items.forEach((item, index) => {
    const line = (lines[index] as NdjsonLine).number;
    const result: Result =
      'prepared' in item
        ? { line, ...resultOf(outcomes[next++] as Outcome) }
        : { line, id: item.id, status: 'refused', problem: item.problem };
    text += `${JSON.stringify(result)}\n`;
  });
  return text;
}
