import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Actor } from '../kernel/event';
import type { Outcome } from '../platform/ledger-writer';
import { type BatchResult, resultOf } from './answer';
import { type BatchItem } from './batch-recorder';
import { ndjsonChunks, type NdjsonLine } from './ndjson';
import { RecordEntries } from './recording.commands';

/** Lines recorded together, the bytes after which a chunk is full, and the longest line (an entry is 64 KiB). */
const CHUNK = { most: 1000, bytes: 1024 * 1024, longest: 64 * 1024 };

/** Chunks read ahead while earlier ones are being recorded. */
const AHEAD = 2;

type Result = BatchResult & { readonly line: number };

/** Turns a line into an entry, or into the problem that kept it from being one. */
export type LineReader = (line: NdjsonLine) => BatchItem;

/**
 * Records an NDJSON body of any length as it arrives, one entry after the other, and writes a result line for each.
 * Memory is bounded by a few chunks: reading waits for recording, and recording for the client to read its results.
 */
@Injectable()
export class NdjsonRecorder {
  constructor(private readonly commands: CommandBus) {}

  /** @throws what the writer throws when it cannot go on; what was answered until then is recorded. */
  async record(ledger: string, body: Readable, out: Writable, actor: Actor, read: LineReader): Promise<void> {
    const underWay: Promise<string>[] = [];
    try {
      for await (const lines of ndjsonChunks(body, CHUNK)) {
        underWay.push(this.recordChunk(ledger, lines, actor, read));
        if (underWay.length >= AHEAD) await this.flush(underWay.shift() as Promise<string>, out);
      }
      while (underWay.length > 0) await this.flush(underWay.shift() as Promise<string>, out);
    } finally {
      // A failed chunk must not leave another one's failure unheard.
      await Promise.allSettled(underWay);
    }
  }

  private async flush(chunk: Promise<string>, out: Writable): Promise<void> {
    const text = await chunk;
    if (text !== '' && !out.write(text) && !out.destroyed)
      await Promise.race([once(out, 'drain'), once(out, 'close')]);
  }

  private async recordChunk(
    ledger: string,
    lines: readonly NdjsonLine[],
    actor: Actor,
    read: LineReader,
  ): Promise<string> {
    const items = lines.map(read);
    const prepared = items.flatMap((item) => ('prepared' in item ? [item.prepared] : []));
    const outcomes =
      prepared.length === 0
        ? []
        : await this.commands.execute<RecordEntries, readonly Outcome[]>(
            new RecordEntries(ledger, prepared, actor),
          );
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
}
