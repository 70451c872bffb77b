import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointSigner } from '../../platform/checkpoints';
import { sha256Hex } from '../../platform/crypto';
import type { AppendRequest, EventStore, StoredEvent } from '../../ports/event-store';
import { SignerKeyFile } from '../node/signer-key-file';
import { openSqliteEventStore } from './event-store';
import { NoteSlot } from './note-slot';

let folder = '';
let store: EventStore;

const key = () => join(folder, 'signing-key.pem');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'caisse-signing-'));
  store = await openSqliteEventStore({ file: join(folder, 'events.db'), signingKey: key() });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function append(ledger: string, expectedSequence: number, events: number): AppendRequest {
  const added = Array.from({ length: events }, (_, index): StoredEvent => {
    const sequence = expectedSequence + index + 1;
    const text = `{"ledger":"${ledger}","sequence":${sequence}}`;
    return { ledger, sequence, text, hash: sha256Hex(text) };
  });
  return { ledger, expectedSequence, events: added, checkpoint: { root: sha256Hex(`${ledger} ${events}`) } };
}

/** Ed25519 is deterministic: the note is the one that anybody makes with the same key. */
function noteOf(request: AppendRequest): string {
  const { ledger, expectedSequence, events, checkpoint } = request;
  if (typeof checkpoint === 'string') return checkpoint;
  const signer = new CheckpointSigner(new SignerKeyFile(key()));
  return signer.sign(ledger, expectedSequence + events.length, checkpoint.root);
}

describe('a SQLite event store that was opened with a key', () => {
  it('signs the checkpoint of an append that comes alone, while it is written', async () => {
    expect(store.signs).toBe(true);
    const [first, second] = [append('one', 0, 3), append('one', 3, 2)];
    await store.append({ ...first, comesAlone: true });
    await store.append({ ...second, comesAlone: true });
    const notes = await store.checkpoints('one', 0, 10);
    expect(notes.map(({ size, note }) => [size, note])).toEqual([
      [3, noteOf(first)],
      [5, noteOf(second)],
    ]);
  });

  it('signs those of a group where it is written, whatever else is in it', async () => {
    const signed = { ...append('signed', 0, 1), checkpoint: 'a note of old' };
    const requests = [...Array.from({ length: 40 }, (_, index) => append(`ledger ${index}`, 0, 1)), signed];
    await Promise.all(requests.map((request) => store.append(request)));
    for (const request of requests) {
      expect((await store.latestCheckpoint(request.ledger))?.note).toBe(noteOf(request));
    }
  });

  it('leaves nothing of an append that is refused, alone or not, and goes on', async () => {
    const wrong = { ...append('one', 1, 1), expectedSequence: 1 };
    await expect(store.append({ ...wrong, comesAlone: true })).rejects.toThrow('is at 0, not at 1');
    const torn = append('two', 0, 2);
    const twice = {
      ...torn,
      events: torn.events.map((event) => ({ ...event, text: null as unknown as string })),
    };
    for (const comesAlone of [true, false]) {
      const good = append(`good ${comesAlone}`, 0, 1);
      const [bad, beside] = await Promise.allSettled([
        store.append({ ...twice, comesAlone }),
        store.append(good),
      ]);
      expect([bad.status, beside.status]).toEqual(['rejected', 'fulfilled']);
      expect(await store.head('two')).toBeNull();
      expect(await store.latestCheckpoint('two')).toBeNull();
    }
    await store.append({ ...torn, comesAlone: true });
    expect((await store.head('two'))?.sequence).toBe(2);
  });
});

describe('a SQLite event store without a key', () => {
  it('takes no append without its signed checkpoint', async () => {
    const without = await openSqliteEventStore({ file: join(folder, 'other.db') });
    expect(without.signs).toBe(false);
    await expect(without.append(append('one', 0, 1))).rejects.toThrow(RangeError);
    expect(await without.head('one')).toBeNull();
    await without.close();
  });
});

describe('the slot that hands over a note', () => {
  it('gives at its other end what was put, until it is cleared', () => {
    const slot = new NoteSlot();
    const end = new NoteSlot(slot.memory);
    expect(end.take(0)).toBeNull();
    slot.put('a note — signed');
    expect([end.take(0), end.take(0)]).toEqual(['a note — signed', 'a note — signed']);
    slot.clear();
    expect(end.take(0)).toBeNull();
    slot.put('x'.repeat(5000));
    expect(end.take(0)).toBeNull();
  });
});
