import { parentPort } from 'node:worker_threads';
import { giveWay } from '../platform/background-thread';
import { parseJson } from '../platform/http/json';
import type { ReadLines, ReadyEntry, ToRead } from './entry-reader.protocol';
import { payloadHash } from './payload-hash';
import { prepareEntry } from './prepare-entry';

/** An entry, ready to be recorded; null where it is none: why not is said where it can be answered. */
function readyEntry(line: string): ReadyEntry | null {
  try {
    const prepared = prepareEntry(parseJson(line), payloadHash);
    if ('issues' in prepared) return null;
    return { entry: prepared.entry, payloadHash: prepared.request.payloadHash };
  } catch {
    return null;
  }
}

// It reads ahead: who decides goes first.
giveWay();

parentPort?.on('message', ({ request, lines }: ToRead) => {
  // One text is handed over in a fraction of the time that so many objects take.
  const answer: ReadLines = { request, entries: JSON.stringify(lines.split('\n').map(readyEntry)) };
  parentPort?.postMessage(answer);
});

const ready: ReadLines = { request: 0, entries: '[]' };
parentPort?.postMessage(ready);
