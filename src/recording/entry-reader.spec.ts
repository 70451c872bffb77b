import type * as Threads from 'node:worker_threads';
import { setTimeout as delay } from 'node:timers/promises';
import { parseJson } from '../platform/http/json';
import { EntryReader } from './entry-reader';
import { ENTRY_EXAMPLES } from './examples';
import { payloadHash } from './payload-hash';
import { type PreparedEntry, prepareEntry } from './prepare-entry';

/** What is read of a line where it is not handed to the thread. */
function readHere(line: string): PreparedEntry | null {
  try {
    const prepared = prepareEntry(parseJson(line), payloadHash);
    return 'issues' in prepared ? null : prepared;
  } catch {
    return null;
  }
}

const bodies = Object.values(ENTRY_EXAMPLES).map((body) => JSON.stringify(body));

const LINES = [
  ...bodies,
  ...bodies.map((line) => ` ${line.replaceAll('":', '" :\t')}\r`),
  ...bodies.map((line) => line.replace(/"id":"([^"]+)"/, (_, id: string) => `"id":"${id.toUpperCase()}"`)),
  ...bodies.map((line) => line.replace('{', '{"comment":"é \\u2028 \\ud83d\\ude00 \u{1f956}\\n",')),
  ...bodies.map((line) => line.replace('{', '{"stranger":1,')),
  ...bodies.map((line) => line.slice(0, -1)),
  '',
  'null',
  '{"a":1,"a":1}',
  `${'['.repeat(40)}${']'.repeat(40)}`,
  '{"__proto__":{}}',
];

describe('lines that are read in a thread of their own', () => {
  let reader: EntryReader;
  beforeEach(() => (reader = new EntryReader()));
  afterEach(() => reader.onModuleDestroy());

  /** Its own, so that a test can end it as a lack of memory would. */
  const worker = () => (reader as unknown as { worker: Threads.Worker | null }).worker;

  async function whenThere(): Promise<readonly (PreparedEntry | null)[]> {
    for (;;) {
      const read = await reader.read(LINES);
      if (read.length > 0) return read;
      await delay(20);
    }
  }

  it('are what they are anywhere: the same entries and hashes, and none where there is none', async () => {
    const expected = LINES.map(readHere);
    expect(expected.filter((entry) => entry !== null).length).toBeGreaterThan(2 * bodies.length);
    const read = await whenThere();
    expect(read).toEqual(expected);
    expect(JSON.stringify(read)).toBe(JSON.stringify(expected));
  });

  it('come back in the order in which they were asked for', async () => {
    await whenThere();
    const reversed = [...LINES].reverse();
    const [one, other] = await Promise.all([reader.read(LINES), reader.read(reversed)]);
    expect(other).toEqual([...one].reverse());
  });

  it('are left to who asks until it is there, where they are few, and once it is closed', async () => {
    expect(await reader.read(LINES)).toEqual([]);
    await whenThere();
    expect(await reader.read(LINES.slice(0, 31))).toEqual([]);
    await reader.onModuleDestroy();
    expect(await reader.read(LINES)).toEqual([]);
    expect(worker()).toBeNull();
  });

  it('are left to who asks when it ends meanwhile', async () => {
    await whenThere();
    const ended = worker()?.terminate();
    expect(await reader.read(LINES)).toEqual([]);
    await ended;
    expect(await reader.read(LINES)).toEqual([]);
  });

  it('are left to who asks where the system has no thread left', async () => {
    const threads = jest.requireActual<typeof Threads>('node:worker_threads');
    const none = jest.spyOn(threads, 'Worker').mockImplementation(() => {
      throw new Error('Worker initialization failure: EAGAIN');
    });
    expect(await reader.read(LINES)).toEqual([]);
    expect(await reader.read(LINES)).toEqual([]);
    expect(none).toHaveBeenCalledTimes(1);
    none.mockRestore();
  });
});
