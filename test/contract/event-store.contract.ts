import { createHash } from 'node:crypto';
import {
  type AppendRequest,
  type EventStore,
  type Head,
  LARGEST_PAGE,
  type PositionedEvent,
  type StoredEvent,
  StoreUnavailable,
  WrongRevision,
} from '../../src/ports/event-store';
import { type Contract, describeContract, type Disposable } from './contract';

export type EventStoreUnderTest = Disposable & {
  readonly store: EventStore;
  /** Closes the store and opens it again on the same data. */
  readonly reopen: () => Promise<EventStore>;
  /** Another store, with nothing in it. */
  readonly another: () => Promise<EventStore>;
  /** Lets the checkpoint of the next append be lost after its events; absent where both are written at once. */
  readonly loseCheckpoint?: () => void;
};

const ledgerNumber = (number: number) => `018f0000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

const BAKERY = ledgerNumber(0xa);
const GROCERY = ledgerNumber(0xb);
const FLORIST = ledgerNumber(0xc);

const aText = (ledger: string, sequence: number) => `{"ledger":"${ledger}","sequence":${sequence}}`;

export function anEvent(ledger: string, sequence: number, text = aText(ledger, sequence)): StoredEvent {
  return { ledger, sequence, text, hash: createHash('sha256').update(text).digest('hex') };
}

/** As many events as asked for, after a sequence. */
function someEvents(ledger: string, after: number, count: number): StoredEvent[] {
  return Array.from({ length: count }, (_, index) => anEvent(ledger, after + index + 1));
}

const aNote = (ledger: string, size: number) => `caisse/${ledger}\n${size}\nroot=\n\n— caisse sig\n`;

export function anAppend(
  ledger: string,
  expectedSequence: number,
  events: readonly StoredEvent[] = someEvents(ledger, expectedSequence, 1),
): AppendRequest {
  const checkpoint = aNote(ledger, expectedSequence + events.length);
  return { ledger, expectedSequence, events, checkpoint };
}

/** Appends so many events, in one go. */
async function record(
  store: EventStore,
  ledger: string,
  after: number,
  count: number,
): Promise<StoredEvent[]> {
  const events = someEvents(ledger, after, count);
  await store.append(anAppend(ledger, after, events));
  return events;
}

async function expectWrongRevision(
  append: Promise<void>,
  expected: { ledger: string; expectedSequence: number; actualSequence: number },
): Promise<void> {
  const error: unknown = await append.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WrongRevision);
  expect(error).toMatchObject(expected);
}

const sequencesOf = (events: readonly StoredEvent[]) => events.map(({ sequence }) => sequence);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** Pages until one is not full; a store that never comes to an end is stopped. */
async function allPages<Row>(
  size: number,
  next: (last: Row | undefined, read: number) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let pages = 0; pages < 100; pages += 1) {
    const page = await next(rows.at(-1), rows.length);
    rows.push(...page);
    if (page.length < size) return rows;
  }
  throw new Error('there is no last page');
}

/** Does something over and over until a promise is settled. */
async function during(work: Promise<unknown>, act: () => Promise<void>): Promise<void> {
  const state = { isOver: false };
  const end = () => {
    state.isOver = true;
  };
  work.then(end, end);
  while (!state.isOver) {
    await act();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await work;
}

async function eventually(check: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !check(); attempt += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(check()).toBe(true);
}

/** Texts that a store must give back as they are: it may know that they are JSON, and must not act on it. */
const DELICATE_TEXTS: Readonly<Record<string, string>> = {
  'keys that look like integers, in their order': '{"10":1,"9":2,"b":3,"a":4}',
  'the same key twice': '{"a":1,"a":2}',
  'numbers that no double holds': '{"n":12345678901234567890,"m":1.10,"e":1E400,"z":-0}',
  'long numbers in strings': `{"n":"${'9'.repeat(5000)}"}`,
  'an emoji of several code points': '{"s":"👩🏽‍🍳🇫🇷"}',
  'letters composed and decomposed': '{"a":"é","b":"e\u0301","c":"ﬁ","d":"İ"}',
  'line separators': '{"s":"\u2028\u2029\u0085"}',
  'escapes as they were written': '{"s":"\\u00e9\\/\\n\\u2028\\ud83d\\ude00\\u0000"}',
  'quotes, backslashes and dollar signs': `{"s":"\\"''\\\\ $1 %s ?1 :a @b"}`,
  'white space around and inside': ' \t{ "a" : 1 }\r\n ',
  'a byte order mark': '\uFEFF{"a":1}',
  'control characters and the last code points': '{"s":"\u0001\u007f\uFFFD\uFFFF\u{10FFFF}"}',
  'text from right to left': '{"s":"\u202Eشالوم‏"}',
  'names of prototypes': '{"__proto__":{"a":1},"constructor":2,"hasOwnProperty":3}',
  'no JSON at all': 'événement',
  'sixty kibibytes': `{"s":"${'é🥖x'.repeat(10_000)}"}`,
};

const appending: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'creates a ledger that nobody had announced',
    run: async ({ store }) => {
      const events = await record(store, BAKERY, 0, 1);
      expect(await store.read(BAKERY, 1, 10)).toEqual(events);
    },
  },
  {
    name: 'keeps several events in their order',
    run: async ({ store }) => {
      const events = await record(store, BAKERY, 0, 25);
      expect(await store.read(BAKERY, 1, 100)).toEqual(events);
    },
  },
  {
    name: 'continues where the last one ended',
    run: async ({ store }) => {
      const first = await record(store, BAKERY, 0, 3);
      const second = await record(store, BAKERY, 3, 1);
      const third = await record(store, BAKERY, 4, 2);
      expect(await store.read(BAKERY, 1, 100)).toEqual([...first, ...second, ...third]);
    },
  },
  {
    name: 'answers nothing',
    run: async ({ store }) => {
      await expect(store.append(anAppend(BAKERY, 0))).resolves.toBeUndefined();
    },
  },
  {
    name: 'shows what it has answered for, at once',
    run: async ({ store }) => {
      for (let after = 0; after < 20; after += 1) {
        await record(store, BAKERY, after, 1);
        expect((await store.head(BAKERY))?.sequence).toBe(after + 1);
        expect(await store.read(BAKERY, after + 1, 2)).toHaveLength(1);
      }
    },
  },
  {
    name: 'takes a group of a thousand events',
    run: async ({ store }) => {
      const events = await record(store, BAKERY, 0, 1000);
      expect(await store.read(BAKERY, 1, 2000)).toEqual(events);
    },
  },
  {
    name: 'takes an append of 900 KiB',
    run: async ({ store }) => {
      const text = (sequence: number) => `{"sequence":${sequence},"s":"${'x'.repeat(60 * 1024)}"}`;
      const events = upTo(15).map((sequence) => anEvent(BAKERY, sequence, text(sequence)));
      await store.append(anAppend(BAKERY, 0, events));
      expect(await store.read(BAKERY, 1, 20)).toEqual(events);
    },
  },
  {
    name: 'does not look at what was done to the request meanwhile',
    run: async ({ store }) => {
      const events = someEvents(BAKERY, 0, 2);
      const request = { ...anAppend(BAKERY, 0, events), events: [...events] };
      const append = store.append(request);
      await append;
      request.events.length = 0;
      expect(await store.read(BAKERY, 1, 10)).toEqual(events);
    },
  },
  {
    name: 'refuses an append without events',
    run: async ({ store }) => {
      await expect(store.append(anAppend(BAKERY, 0, []))).rejects.toThrow(RangeError);
      expect(await store.head(BAKERY)).toBeNull();
    },
  },
  {
    name: 'refuses events that do not follow the expected sequence',
    run: async ({ store }) => {
      const [first, second, third] = someEvents(BAKERY, 0, 3) as [StoredEvent, StoredEvent, StoredEvent];
      for (const events of [[second], [first, third], [second, first], [first, first]])
        await expect(store.append(anAppend(BAKERY, 0, events))).rejects.toThrow(RangeError);
      expect(await store.head(BAKERY)).toBeNull();
    },
  },
  {
    name: 'refuses events of another ledger',
    run: async ({ store }) => {
      const events = [anEvent(BAKERY, 1), anEvent(GROCERY, 2)];
      await expect(store.append(anAppend(BAKERY, 0, events))).rejects.toThrow(RangeError);
      expect(await store.heads(null, 10)).toEqual([]);
    },
  },
];

const preserving: Contract<EventStoreUnderTest>[string] = [
  ...Object.entries(DELICATE_TEXTS).map(([what, text]) => ({
    name: what,
    run: async ({ store, reopen }: EventStoreUnderTest) => {
      const events = [anEvent(BAKERY, 1), anEvent(BAKERY, 2, text), anEvent(BAKERY, 3)];
      await store.append(anAppend(BAKERY, 0, events));
      const expectKept = async (reader: EventStore) => {
        expect((await reader.read(BAKERY, 2, 1))[0]?.text).toBe(text);
        expect((await reader.readAll(0, 10))[1]?.text).toBe(text);
        expect(await reader.read(BAKERY, 1, 10)).toEqual(events);
      };
      await expectKept(store);
      await expectKept(await reopen());
    },
  })),
  {
    name: 'the hash as it was given, whatever the text is',
    run: async ({ store }) => {
      const event = { ...anEvent(BAKERY, 1), hash: '0123456789abcdef'.repeat(4) };
      await store.append(anAppend(BAKERY, 0, [event]));
      expect(await store.read(BAKERY, 1, 1)).toEqual([event]);
      expect((await store.head(BAKERY))?.hash).toBe(event.hash);
      expect((await store.readAll(0, 1))[0]?.hash).toBe(event.hash);
    },
  },
  {
    name: 'the note of a checkpoint, with its line ends and dashes',
    run: async ({ store, reopen }) => {
      const checkpoint = 'caisse.example/é\n1\nq+A=\n\n— caisse-1 Az09+/==\n— autre Bz==\n';
      await store.append({ ...anAppend(BAKERY, 0), checkpoint });
      expect((await store.latestCheckpoint(BAKERY))?.note).toBe(checkpoint);
      expect((await (await reopen()).latestCheckpoint(BAKERY))?.note).toBe(checkpoint);
    },
  },
];

const revisions: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'a ledger that exists is not created again',
    run: async ({ store }) => {
      const events = await record(store, BAKERY, 0, 2);
      await expectWrongRevision(store.append(anAppend(BAKERY, 0)), {
        ledger: BAKERY,
        expectedSequence: 0,
        actualSequence: 2,
      });
      expect(await store.read(BAKERY, 1, 10)).toEqual(events);
    },
  },
  {
    name: 'a ledger that does not exist is not continued',
    run: async ({ store }) => {
      await expectWrongRevision(store.append(anAppend(BAKERY, 1)), {
        ledger: BAKERY,
        expectedSequence: 1,
        actualSequence: 0,
      });
      expect(await store.head(BAKERY)).toBeNull();
      expect(await store.readAll(0, 10)).toEqual([]);
    },
  },
  {
    name: 'one behind is refused, with where the head is',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 5);
      await expectWrongRevision(store.append(anAppend(BAKERY, 4)), {
        ledger: BAKERY,
        expectedSequence: 4,
        actualSequence: 5,
      });
      expect((await store.head(BAKERY))?.sequence).toBe(5);
    },
  },
  {
    name: 'one ahead is refused, with where the head is',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 5);
      await expectWrongRevision(store.append(anAppend(BAKERY, 6)), {
        ledger: BAKERY,
        expectedSequence: 6,
        actualSequence: 5,
      });
      expect(await store.read(BAKERY, 6, 10)).toEqual([]);
    },
  },
  {
    name: 'the same append again is refused, with where the head is: whoever lost an answer reads the tail',
    run: async ({ store }) => {
      const request = anAppend(BAKERY, 0, someEvents(BAKERY, 0, 3));
      await store.append(request);
      await expectWrongRevision(store.append(request), {
        ledger: BAKERY,
        expectedSequence: 0,
        actualSequence: 3,
      });
      expect(await store.read(BAKERY, 1, 10)).toEqual(request.events);
    },
  },
  {
    name: 'a refused append leaves no trace: no event, no checkpoint, no ledger',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 1);
      await record(store, BAKERY, 1, 1);
      await expect(store.append(anAppend(BAKERY, 1, someEvents(BAKERY, 1, 4)))).rejects.toThrow(
        WrongRevision,
      );
      await expect(store.append(anAppend(GROCERY, 7, someEvents(GROCERY, 7, 4)))).rejects.toThrow(
        WrongRevision,
      );
      expect(await store.readAll(0, 100)).toHaveLength(2);
      expect(await store.checkpoints(BAKERY, 0, 10)).toHaveLength(2);
      expect(await store.latestCheckpoint(GROCERY)).toBeNull();
      expect(await store.heads(null, 10)).toHaveLength(1);
    },
  },
  {
    name: 'a refused append is not in the way of the next one',
    run: async ({ store }) => {
      await expect(store.append(anAppend(BAKERY, 3))).rejects.toThrow(WrongRevision);
      await record(store, BAKERY, 0, 1);
      await expect(store.append(anAppend(BAKERY, 3))).rejects.toThrow(WrongRevision);
      await record(store, BAKERY, 1, 1);
      expect(sequencesOf(await store.read(BAKERY, 1, 10))).toEqual([1, 2]);
    },
  },
  {
    name: 'revisions are of one ledger, not of the store',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 7);
      await record(store, GROCERY, 0, 2);
      await expectWrongRevision(store.append(anAppend(GROCERY, 7)), {
        ledger: GROCERY,
        expectedSequence: 7,
        actualSequence: 2,
      });
      await record(store, GROCERY, 2, 1);
      expect((await store.head(GROCERY))?.sequence).toBe(3);
    },
  },
  {
    name: 'revisions are remembered over a restart',
    run: async ({ store, reopen }) => {
      await record(store, BAKERY, 0, 3);
      const again = await reopen();
      await expectWrongRevision(again.append(anAppend(BAKERY, 2)), {
        ledger: BAKERY,
        expectedSequence: 2,
        actualSequence: 3,
      });
      await record(again, BAKERY, 3, 1);
      expect((await again.head(BAKERY))?.sequence).toBe(4);
    },
  },
];

const concurrency: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'of two appends at one revision exactly one is kept, whole',
    run: async ({ store }) => {
      const texts = (who: string) =>
        upTo(3).map((sequence) => anEvent(BAKERY, sequence, `${who} ${sequence}`));
      const [ours, theirs] = [texts('ours'), texts('theirs')];
      const [first, second] = await Promise.allSettled([
        store.append(anAppend(BAKERY, 0, ours)),
        store.append(anAppend(BAKERY, 0, theirs)),
      ]);
      expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
      expect(await store.read(BAKERY, 1, 10)).toEqual(first.status === 'fulfilled' ? ours : theirs);
    },
  },
  {
    name: 'of many appends at one revision exactly one is kept, and all others are told where the head is',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 1);
      const outcomes = await Promise.allSettled(
        upTo(50).map((who) => store.append(anAppend(BAKERY, 1, [anEvent(BAKERY, 2, `who ${who}`)]))),
      );
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(refused).toHaveLength(49);
      for (const reason of refused) {
        expect(reason).toBeInstanceOf(WrongRevision);
        expect(reason).toMatchObject({ actualSequence: 2 });
      }
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled') + 1;
      expect((await store.read(BAKERY, 2, 10)).map(({ text }) => text)).toEqual([`who ${winner}`]);
    },
  },
  {
    name: 'appends that follow each other may be sent without waiting',
    run: async ({ store }) => {
      await Promise.all(upTo(40).map((sequence) => store.append(anAppend(BAKERY, sequence - 1))));
      expect(sequencesOf(await store.read(BAKERY, 1, 100))).toEqual(upTo(40));
    },
  },
  {
    name: 'after one that is refused, those that counted on it are refused too',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 1);
      const outcomes = await Promise.allSettled([
        store.append(anAppend(BAKERY, 2, [anEvent(BAKERY, 3)])),
        store.append(anAppend(BAKERY, 3, [anEvent(BAKERY, 4)])),
        store.append(anAppend(BAKERY, 1, [anEvent(BAKERY, 2)])),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
      expect(sequencesOf(await store.read(BAKERY, 1, 10))).toEqual([1, 2]);
    },
  },
  {
    name: 'many ledgers are written together, each whole',
    run: async ({ store }) => {
      const ledgers = upTo(64).map(ledgerNumber);
      await Promise.all(ledgers.map((ledger, index) => record(store, ledger, 0, (index % 5) + 1)));
      for (const [index, ledger] of ledgers.entries())
        expect(await store.read(ledger, 1, 10)).toEqual(someEvents(ledger, 0, (index % 5) + 1));
    },
  },
  {
    name: 'one ledger’s conflict costs the others nothing',
    run: async ({ store }) => {
      await record(store, FLORIST, 0, 2);
      const ledgers = upTo(20).map((number) => ledgerNumber(number + 100));
      const outcomes = await Promise.allSettled([
        ...ledgers.slice(0, 10).map((ledger) => record(store, ledger, 0, 2)),
        store.append(anAppend(FLORIST, 1, someEvents(FLORIST, 1, 3))),
        ...ledgers.slice(10).map((ledger) => record(store, ledger, 0, 2)),
      ]);
      expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
      expect(outcomes[10]).toMatchObject({ status: 'rejected', reason: { actualSequence: 2 } });
      for (const ledger of ledgers) expect(await store.read(ledger, 1, 10)).toHaveLength(2);
      expect(await store.read(FLORIST, 1, 10)).toHaveLength(2);
    },
  },
  {
    name: 'writers that read the head and try again lose nothing',
    run: async ({ store }) => {
      const write = async (who: number): Promise<void> => {
        for (let kept = 0; kept < 5;) {
          const head = (await store.head(BAKERY))?.sequence ?? 0;
          const event = anEvent(BAKERY, head + 1, `writer ${who}, event ${kept}`);
          try {
            await store.append(anAppend(BAKERY, head, [event]));
            kept += 1;
          } catch (error) {
            if (!(error instanceof WrongRevision)) throw error;
          }
        }
      };
      await Promise.all(upTo(6).map(write));
      const events = await store.read(BAKERY, 1, 100);
      expect(sequencesOf(events)).toEqual(upTo(30));
      expect(new Set(events.map(({ text }) => text)).size).toBe(30);
    },
  },
  {
    name: 'a reader never sees a part of an append',
    run: async ({ store }) => {
      const writing = (async () => {
        for (let after = 0; after < 300; after += 10) await record(store, BAKERY, after, 10);
      })();
      await during(writing, async () => {
        expect((await store.read(BAKERY, 1, 1000)).length % 10).toBe(0);
        expect(((await store.head(BAKERY))?.sequence ?? 0) % 10).toBe(0);
      });
      expect(sequencesOf(await store.read(BAKERY, 1, 1000))).toEqual(upTo(300));
    },
  },
];

const durability: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'events, heads and checkpoints are there after a restart',
    run: async ({ store, reopen }) => {
      const events = [...(await record(store, BAKERY, 0, 3)), ...(await record(store, BAKERY, 3, 2))];
      await record(store, GROCERY, 0, 1);
      const before = {
        heads: await store.heads(null, 10),
        all: await store.readAll(0, 10),
        checkpoints: await store.checkpoints(BAKERY, 0, 10),
      };
      const again = await reopen();
      expect(await again.read(BAKERY, 1, 10)).toEqual(events);
      expect({
        heads: await again.heads(null, 10),
        all: await again.readAll(0, 10),
        checkpoints: await again.checkpoints(BAKERY, 0, 10),
      }).toEqual(before);
    },
  },
  {
    name: 'each acknowledged append of a hundred is there after a restart',
    run: async ({ store, reopen }) => {
      for (let after = 0; after < 100; after += 1) await record(store, BAKERY, after, 1);
      expect(sequencesOf(await (await reopen()).read(BAKERY, 1, 200))).toEqual(upTo(100));
    },
  },
  {
    name: 'what was written before a restart and after it is one ledger',
    run: async ({ store, reopen }) => {
      const first = await record(store, BAKERY, 0, 2);
      const again = await reopen();
      const second = await record(again, BAKERY, 2, 2);
      const last = await reopen();
      expect(await last.read(BAKERY, 1, 10)).toEqual([...first, ...second]);
      const positions = (await last.readAll(0, 10)).map(({ position }) => position);
      expect(positions).toEqual([...new Set(positions)].sort((left, right) => left - right));
    },
  },
  {
    name: 'a store keeps its id over a restart',
    run: async ({ store, reopen }) => {
      const id = await store.id();
      expect(id).not.toBe('');
      expect(await (await reopen()).id()).toBe(id);
    },
  },
  {
    name: 'another store has another id, and other events',
    run: async ({ store, another }) => {
      await record(store, BAKERY, 0, 1);
      const other = await another();
      expect(await other.id()).not.toBe(await store.id());
      expect(await other.head(BAKERY)).toBeNull();
      expect(await other.readAll(0, 10)).toEqual([]);
    },
  },
];

const reading: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'a ledger that does not exist is empty',
    run: async ({ store }) => {
      await record(store, GROCERY, 0, 1);
      expect(await store.head(BAKERY)).toBeNull();
      expect(await store.read(BAKERY, 1, 10)).toEqual([]);
      expect(await store.positionOf(BAKERY, 1)).toBeNull();
      expect(await store.latestCheckpoint(BAKERY)).toBeNull();
      expect(await store.checkpoints(BAKERY, 0, 10)).toEqual([]);
    },
  },
  {
    name: 'begins with the sequence that is asked for',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 9);
      expect(sequencesOf(await store.read(BAKERY, 4, 3))).toEqual([4, 5, 6]);
      expect(sequencesOf(await store.read(BAKERY, 9, 3))).toEqual([9]);
      expect(await store.read(BAKERY, 10, 3)).toEqual([]);
    },
  },
  {
    name: 'begins with the first event when asked for what is before it',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 3);
      expect(sequencesOf(await store.read(BAKERY, 0, 2))).toEqual([1, 2]);
      expect(sequencesOf(await store.read(BAKERY, -5, 2))).toEqual([1, 2]);
    },
  },
  {
    name: 'answers no more than the limit, and nothing for none',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 5);
      expect(await store.read(BAKERY, 1, 2)).toHaveLength(2);
      expect(await store.read(BAKERY, 1, 5)).toHaveLength(5);
      expect(await store.read(BAKERY, 1, 0)).toEqual([]);
      expect(await store.read(BAKERY, 1, -1)).toEqual([]);
    },
  },
  {
    name: 'page by page is the whole',
    run: async ({ store }) => {
      const events = await record(store, BAKERY, 0, 23);
      const read: StoredEvent[] = [];
      for (let page = await store.read(BAKERY, 1, 5); page.length > 0;) {
        read.push(...page);
        page = page.length < 5 ? [] : await store.read(BAKERY, read.length + 1, 5);
      }
      expect(read).toEqual(events);
    },
  },
  {
    name: 'a page is bounded, whatever is asked for',
    run: async ({ store }) => {
      for (let after = 0; after < LARGEST_PAGE; after += 2500) await record(store, BAKERY, after, 2500);
      await record(store, BAKERY, LARGEST_PAGE, 3);
      expect(await store.read(BAKERY, 1, 1_000_000)).toHaveLength(LARGEST_PAGE);
      expect(await store.readAll(0, Number.MAX_SAFE_INTEGER)).toHaveLength(LARGEST_PAGE);
      expect(sequencesOf(await store.read(BAKERY, LARGEST_PAGE, 1_000_000))).toEqual(
        [0, 1, 2, 3].map((more) => LARGEST_PAGE + more),
      );
    },
  },
  {
    name: 'ledgers do not mix',
    run: async ({ store }) => {
      for (let after = 0; after < 5; after += 1) {
        await record(store, BAKERY, after, 1);
        await record(store, GROCERY, after, 1);
      }
      expect(await store.read(BAKERY, 1, 10)).toEqual(someEvents(BAKERY, 0, 5));
      expect(await store.read(GROCERY, 1, 10)).toEqual(someEvents(GROCERY, 0, 5));
    },
  },
  {
    name: 'ids that differ in case, or by a prefix, are different ledgers',
    run: async ({ store }) => {
      const ids = [`training-${BAKERY}`, `Training-${BAKERY}`, BAKERY, BAKERY.slice(0, -1), `${BAKERY} `];
      for (const [index, id] of ids.entries()) await record(store, id, 0, index + 1);
      for (const [index, id] of ids.entries()) expect(await store.read(id, 1, 10)).toHaveLength(index + 1);
    },
  },
];

const heads: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'a head is the last event of its ledger',
    run: async ({ store }) => {
      const events = await record(store, BAKERY, 0, 4);
      await record(store, GROCERY, 0, 1);
      const { sequence, hash } = events.at(-1) as StoredEvent;
      expect(await store.head(BAKERY)).toEqual({ ledger: BAKERY, sequence, hash });
    },
  },
  {
    name: 'a store without events has none',
    run: async ({ store }) => {
      expect(await store.heads(null, 10)).toEqual([]);
      expect(await store.heads(BAKERY, 10)).toEqual([]);
    },
  },
  {
    name: 'are listed by ledger id, not by age',
    run: async ({ store }) => {
      for (const ledger of [GROCERY, FLORIST, BAKERY]) await record(store, ledger, 0, 2);
      const expected = await Promise.all([BAKERY, GROCERY, FLORIST].map((ledger) => store.head(ledger)));
      expect(await store.heads(null, 10)).toEqual(expected);
    },
  },
  {
    name: 'page by page are all of them, once',
    run: async ({ store }) => {
      const ledgers = upTo(17).map(ledgerNumber);
      await Promise.all(ledgers.map((ledger, index) => record(store, ledger, 0, index + 1)));
      const listed: Head[] = [];
      for (let page = await store.heads(null, 5); page.length > 0;) {
        listed.push(...page);
        page = page.length < 5 ? [] : await store.heads(page.at(-1)?.ledger ?? null, 5);
      }
      expect(listed.map(({ ledger }) => ledger)).toEqual(ledgers);
      expect(listed.map(({ sequence }) => sequence)).toEqual(upTo(17));
    },
  },
  {
    name: 'begin after an id that need not exist',
    run: async ({ store }) => {
      for (const ledger of [BAKERY, FLORIST]) await record(store, ledger, 0, 1);
      expect((await store.heads(GROCERY, 10)).map(({ ledger }) => ledger)).toEqual([FLORIST]);
      expect((await store.heads(BAKERY, 10)).map(({ ledger }) => ledger)).toEqual([FLORIST]);
      expect(await store.heads(FLORIST, 10)).toEqual([]);
    },
  },
  {
    name: 'a page is full although appends to unknown ledgers were refused',
    run: async ({ store }) => {
      const ledgers = upTo(10).map(ledgerNumber);
      for (const [index, ledger] of ledgers.entries()) {
        if (index % 2 === 0) await record(store, ledger, 0, 1);
        else await expect(store.append(anAppend(ledger, 9))).rejects.toThrow(WrongRevision);
      }
      expect(await store.heads(null, 4)).toHaveLength(4);
      expect(await store.heads(null, 100)).toHaveLength(5);
    },
  },
];

const wholeStore: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'is read in the order in which it was written',
    run: async ({ store }) => {
      const written: StoredEvent[] = [];
      for (let after = 0; after < 12; after += 2) {
        for (const ledger of [GROCERY, BAKERY, FLORIST])
          written.push(...(await record(store, ledger, after, 2)));
      }
      const read = await store.readAll(0, 100);
      expect(read.map(({ ledger, sequence, text, hash }) => ({ ledger, sequence, text, hash }))).toEqual(
        written,
      );
    },
  },
  {
    name: 'positions grow and are never shared',
    run: async ({ store }) => {
      await Promise.all(upTo(30).map((number) => record(store, ledgerNumber(number), 0, 3)));
      const positions = (await store.readAll(0, 100)).map(({ position }) => position);
      expect(positions).toHaveLength(90);
      expect(positions[0]).toBeGreaterThan(0);
      for (let index = 1; index < positions.length; index += 1)
        expect(positions[index]).toBeGreaterThan(positions[index - 1] as number);
    },
  },
  {
    name: 'keeps the order of each ledger',
    run: async ({ store }) => {
      const ledgers = upTo(8).map(ledgerNumber);
      await Promise.all(
        ledgers.map(async (ledger) => {
          for (let after = 0; after < 10; after += 1) await record(store, ledger, after, 1);
        }),
      );
      const all = await store.readAll(0, 1000);
      for (const ledger of ledgers)
        expect(sequencesOf(all.filter((event) => event.ledger === ledger))).toEqual(upTo(10));
    },
  },
  {
    name: 'page by page is the whole, with nothing twice',
    run: async ({ store }) => {
      for (let after = 0; after < 10; after += 1) {
        await record(store, BAKERY, after, 1);
        await record(store, GROCERY, after * 2, 2);
      }
      const paged = await allPages<PositionedEvent>(7, (last) => store.readAll(last?.position ?? 0, 7));
      expect(paged).toEqual(await store.readAll(0, 100));
      expect(paged).toHaveLength(30);
    },
  },
  {
    name: 'what comes later comes behind: a reader that goes on misses nothing',
    run: async ({ store }) => {
      const seen: string[] = [];
      let position = 0;
      const writing = Promise.all(
        upTo(5).map(async (number) => {
          const ledger = ledgerNumber(number);
          for (let after = 0; after < 20; after += 1) await record(store, ledger, after, 1);
        }),
      );
      const follow = async () => {
        const page = await store.readAll(position, 10);
        seen.push(...page.map(({ ledger, sequence }) => `${ledger} ${sequence}`));
        position = page.at(-1)?.position ?? position;
      };
      await during(writing, follow);
      for (let page = 0; page < 20; page += 1) await follow();
      expect(seen).toHaveLength(100);
      expect(new Set(seen).size).toBe(100);
    },
  },
  {
    name: 'after the last position there is nothing',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 3);
      const last = (await store.readAll(0, 10)).at(-1)?.position as number;
      expect(await store.readAll(last, 10)).toEqual([]);
      await record(store, BAKERY, 3, 1);
      expect(sequencesOf(await store.readAll(last, 10))).toEqual([4]);
      expect(await store.readAll(0, 0)).toEqual([]);
    },
  },
  {
    name: 'an event has the position that the whole gives it',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 2);
      await record(store, GROCERY, 0, 3);
      await record(store, BAKERY, 2, 2);
      for (const { ledger, sequence, position } of await store.readAll(0, 10))
        expect(await store.positionOf(ledger, sequence)).toBe(position);
    },
  },
  {
    name: 'an event that does not exist has no position',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 2);
      expect(await store.positionOf(BAKERY, 3)).toBeNull();
      expect(await store.positionOf(BAKERY, 0)).toBeNull();
      expect(await store.positionOf(GROCERY, 1)).toBeNull();
    },
  },
];

const checkpoints: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'each append leaves its own, at the size that it made',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 3);
      await record(store, BAKERY, 3, 1);
      await record(store, BAKERY, 4, 4);
      expect(await store.checkpoints(BAKERY, 0, 10)).toEqual(
        [3, 4, 8].map((size) => ({ ledger: BAKERY, size, note: aNote(BAKERY, size) })),
      );
    },
  },
  {
    name: 'the latest is that of the last append',
    run: async ({ store }) => {
      for (let after = 0; after < 12; after += 1) await record(store, BAKERY, after, 1);
      await record(store, GROCERY, 0, 20);
      expect(await store.latestCheckpoint(BAKERY)).toEqual({
        ledger: BAKERY,
        size: 12,
        note: aNote(BAKERY, 12),
      });
    },
  },
  {
    name: 'are read from a size on, in pages',
    run: async ({ store }) => {
      for (let after = 0; after < 9; after += 1) await record(store, BAKERY, after, 1);
      const sizes = async (from: number, limit: number) =>
        (await store.checkpoints(BAKERY, from, limit)).map(({ size }) => size);
      expect(await sizes(1, 3)).toEqual([1, 2, 3]);
      expect(await sizes(4, 3)).toEqual([4, 5, 6]);
      expect(await sizes(8, 3)).toEqual([8, 9]);
      expect(await sizes(10, 3)).toEqual([]);
      expect(await sizes(1, 0)).toEqual([]);
    },
  },
  {
    name: 'that were lost after their events are kept when they are asked for',
    run: async ({ store, reopen, loseCheckpoint }) => {
      await record(store, BAKERY, 0, 2);
      await store.latestCheckpoint(BAKERY);
      loseCheckpoint?.();
      await record(store, BAKERY, 2, 1);
      expect((await store.latestCheckpoint(BAKERY))?.size).toBe(loseCheckpoint ? 2 : 3);
      await store.keepCheckpoint({ ledger: BAKERY, size: 3, note: aNote(BAKERY, 3) });
      expect((await store.latestCheckpoint(BAKERY))?.note).toBe(aNote(BAKERY, 3));
      const again = await reopen();
      await record(again, BAKERY, 3, 2);
      expect((await again.checkpoints(BAKERY, 0, 10)).map(({ size }) => size)).toEqual([2, 3, 5]);
    },
  },
  {
    name: 'that are there, or that a later one covers, are not kept twice',
    run: async ({ store, reopen }) => {
      await record(store, BAKERY, 0, 2);
      await record(store, BAKERY, 2, 3);
      const before = await store.checkpoints(BAKERY, 0, 10);
      const keep = async (keeper: EventStore) => {
        for (const size of [5, 2, 1, 5])
          await keeper.keepCheckpoint({ ledger: BAKERY, size, note: aNote(BAKERY, size) });
        expect(await keeper.checkpoints(BAKERY, 0, 10)).toEqual(before);
      };
      await keep(store);
      await keep(await reopen());
    },
  },
  {
    name: 'of events that are not there are refused',
    run: async ({ store }) => {
      await record(store, BAKERY, 0, 2);
      for (const ledger of [BAKERY, GROCERY])
        await expect(store.keepCheckpoint({ ledger, size: 3, note: aNote(ledger, 3) })).rejects.toThrow(
          RangeError,
        );
      expect((await store.latestCheckpoint(BAKERY))?.size).toBe(2);
      expect(await store.latestCheckpoint(GROCERY)).toBeNull();
      expect(await store.heads(null, 10)).toHaveLength(1);
    },
  },
  {
    name: 'are of their ledger',
    run: async ({ store }) => {
      await Promise.all([record(store, BAKERY, 0, 1), record(store, GROCERY, 0, 2)]);
      expect(await store.checkpoints(GROCERY, 0, 10)).toEqual([
        { ledger: GROCERY, size: 2, note: aNote(GROCERY, 2) },
      ]);
    },
  },
];

const notices: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'tell the heads that were made',
    run: async ({ store }) => {
      const told = new Map<string, Head>();
      store.onAppended((appended) => {
        for (const head of appended) told.set(head.ledger, head);
      });
      await Promise.all([record(store, BAKERY, 0, 3), record(store, GROCERY, 0, 1)]);
      await eventually(() => told.size === 2);
      expect(told.get(BAKERY)).toEqual(await store.head(BAKERY));
      expect(told.get(GROCERY)).toEqual(await store.head(GROCERY));
    },
  },
  {
    name: 'tell of a head once',
    run: async ({ store }) => {
      const told: number[] = [];
      store.onAppended((appended) => told.push(...appended.map(({ sequence }) => sequence)));
      for (let after = 0; after < 10; after += 1) await record(store, BAKERY, after, 1);
      await eventually(() => told.includes(10));
      // What is told a second time comes by another way, and later.
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(told).toEqual([...new Set(told)]);
    },
  },
  {
    name: 'never tell of what cannot be read yet',
    run: async ({ store }) => {
      const reads: Promise<boolean>[] = [];
      store.onAppended((appended) => {
        for (const { ledger, sequence } of appended)
          reads.push(store.read(ledger, sequence, 1).then((events) => events.length === 1));
      });
      for (let after = 0; after < 10; after += 1) await record(store, BAKERY, after, 1);
      await eventually(() => reads.length === 10);
      expect(await Promise.all(reads)).not.toContain(false);
    },
  },
  {
    name: 'tell nothing of what was refused',
    run: async ({ store }) => {
      const told: Head[] = [];
      store.onAppended((appended) => told.push(...appended));
      await expect(store.append(anAppend(BAKERY, 5))).rejects.toThrow(WrongRevision);
      await record(store, GROCERY, 0, 1);
      await eventually(() => told.length > 0);
      expect(told.map(({ ledger }) => ledger)).toEqual([GROCERY]);
    },
  },
  {
    name: 'end when they are no longer wanted',
    run: async ({ store }) => {
      const told: Head[] = [];
      const others: Head[] = [];
      const stop = store.onAppended((appended) => told.push(...appended));
      store.onAppended((appended) => others.push(...appended));
      await record(store, BAKERY, 0, 1);
      await eventually(() => told.length === 1);
      stop();
      await record(store, BAKERY, 1, 1);
      await eventually(() => others.length === 2);
      expect(told).toHaveLength(1);
    },
  },
];

const closing: Contract<EventStoreUnderTest>[string] = [
  {
    name: 'waits for what was asked before it',
    run: async ({ store, reopen }) => {
      const appends = Promise.allSettled(upTo(30).map((number) => record(store, ledgerNumber(number), 0, 2)));
      await store.close();
      expect((await appends).map(({ status }) => status)).not.toContain('rejected');
      expect(await (await reopen()).heads(null, 100)).toHaveLength(30);
    },
  },
  {
    name: 'may be asked for twice',
    run: async ({ store, reopen }) => {
      await record(store, BAKERY, 0, 1);
      await Promise.all([store.close(), store.close()]);
      await store.close();
      expect(await (await reopen()).head(BAKERY)).not.toBeNull();
    },
  },
  {
    name: 'is the end of appending: what comes after is told that it was not written',
    run: async ({ store, reopen }) => {
      await store.close();
      const error: unknown = await store.append(anAppend(BAKERY, 0)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(error).toMatchObject({ outcome: 'not-written' });
      expect(await (await reopen()).head(BAKERY)).toBeNull();
    },
  },
];

/** What it means to be an event store. */
export const EVENT_STORE_CONTRACT: Contract<EventStoreUnderTest> = {
  appending,
  'keeps byte for byte': preserving,
  'expected revisions': revisions,
  concurrency,
  durability,
  reading,
  heads,
  'the whole store': wholeStore,
  checkpoints,
  notices,
  closing,
};

/** Every adapter runs this. */
export function describeEventStore(name: string, open: () => Promise<EventStoreUnderTest>): void {
  describeContract(`${name} as an event store`, EVENT_STORE_CONTRACT, open);
}
