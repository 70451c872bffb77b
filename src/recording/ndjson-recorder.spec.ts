import { PassThrough, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { CommandBus } from '@nestjs/cqrs';
import { type LedgerWriter, type Outcome, Overloaded } from '../platform/ledger-writer';
import { ACTOR, LEDGER } from '../../test/support/writer';
import type { EntryReader } from './entry-reader';
import { ENTRY_EXAMPLES } from './examples';
import { NdjsonRecorder } from './ndjson-recorder';
import { payloadHash } from './payload-hash';
import { type PreparedEntry, prepareEntry } from './prepare-entry';
import type { RecordEntries } from './recording.commands';

const LINES = 3_000;

class Impatient extends NdjsonRecorder {
  protected override readonly room = { waitMs: 1, attempts: 3 };
}

/** Stands for the writer: each command is answered by `answer`, which is told of it. */
function aStream(
  answer: (entries: readonly PreparedEntry[]) => Promise<readonly Outcome[]>,
  Recorder = NdjsonRecorder,
) {
  const commands = { execute: ({ entries }: RecordEntries) => answer(entries) };
  const inPlace = { read: () => Promise.resolve([]) };
  // Of the bus, the reader and the writer a recorder asks for these members alone.
  const recorder = new Recorder(
    commands as unknown as CommandBus,
    inPlace as unknown as EntryReader,
    { groupEntries: 512 } as LedgerWriter,
  );
  const body = new PassThrough({ highWaterMark: 10_000_000 });
  for (let line = 0; line < LINES; line += 1)
    body.write(`${JSON.stringify({ ...ENTRY_EXAMPLES.sale, reference: String(line) })}\n`);
  body.end();
  const out = new Writable({ write: (_chunk, _encoding, done) => done() });
  const recorded = recorder.record(LEDGER, body, out, ACTOR, (line) => ({
    prepared: prepareEntry(JSON.parse('text' in line ? line.text : ''), payloadHash) as PreparedEntry,
  }));
  return recorded;
}

/** Of an outcome a result line needs no more. */
const asRecorded = ({ entry }: PreparedEntry) =>
  ({ status: 'recorded', id: entry.id, sequence: 1 }) as unknown as Outcome;

const firstOf = (entries: readonly PreparedEntry[]) => Number(entries[0]?.entry.reference);

describe('a stream that fails', () => {
  it('hands nothing over any more: what comes later must not be recorded without what came before', async () => {
    const handedOver: number[] = [];
    let hasRoom = false;
    let asked = 0;
    const recorded = aStream(async (entries) => {
      asked += 1;
      if (firstOf(entries) === 0) {
        await delay(100);
        throw new Error('the store is away');
      }
      if (!hasRoom) throw new Overloaded('full');
      handedOver.push(firstOf(entries));
      return [];
    });
    await expect(recorded).rejects.toThrow('the store is away');
    const askedUntilThen = asked;
    hasRoom = true;
    await delay(200);
    expect([handedOver, asked]).toEqual([[], askedUntilThen]);
  });

  it('for want of room says so, and hands over nothing of the rest', async () => {
    const asked: number[] = [];
    const recorded = aStream((entries) => {
      asked.push(firstOf(entries));
      const hasRoom = firstOf(entries) < 256;
      return hasRoom ? Promise.resolve(entries.map(asRecorded)) : Promise.reject(new Overloaded('full'));
    }, Impatient);
    await expect(recorded).rejects.toThrow(Overloaded);
    await delay(50);
    expect(asked).toEqual([0, 128, 256, 256, 256]);
  });
});
