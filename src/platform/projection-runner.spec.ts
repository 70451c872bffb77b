import { setTimeout as delay } from 'node:timers/promises';
import { ALL_PROJECTIONS } from '../../projections/all';
import { FoldedDocuments } from '../../projections/documents';
import type { Projection, RecordedEvent } from '../../projections/projection';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { MemoryReadModelStore } from '../../test/support/memory-read-model-store';
import { RecordingBook } from '../../test/support/recording-book';
import type { PositionedEvent, StoredEvent } from '../ports/event-store';
import { RecordedCount } from './background-thread';
import { ProjectionRunner } from './projection-runner';
import { LocalProjector } from './projector-local';
import { PROGRESS } from './projector';

/** A store of a given name, on a disk that may have changed a byte. */
class TestEventStore extends MemoryEventStore {
  private damaged: ((event: StoredEvent) => string) | null = null;

  constructor(private readonly name = 'first') {
    super();
  }

  override id(): Promise<string> {
    return Promise.resolve(this.name);
  }

  damage(ledger: string, sequence: number): void {
    this.damaged = (event) =>
      event.ledger === ledger && event.sequence === sequence ? event.text.replace('1', '2') : event.text;
  }

  override async read(ledger: string, from: number, limit: number): Promise<readonly StoredEvent[]> {
    return (await super.read(ledger, from, limit)).map((event) => this.asRead(event));
  }

  override async readAll(after: number, limit: number): Promise<readonly PositionedEvent[]> {
    return (await super.readAll(after, limit)).map((event) => this.asRead(event));
  }

  private asRead<Event extends StoredEvent>(event: Event): Event {
    return this.damaged ? { ...event, text: this.damaged(event) } : event;
  }
}

/** A store whose writes take as long as those of a server. */
class SlowReadModelStore extends MemoryReadModelStore {
  batches = 0;

  override async write(...batch: Parameters<MemoryReadModelStore['write']>): Promise<void> {
    if (batch[0].length > 0) this.batches += 1;
    await delay(20);
    await super.write(...batch);
  }
}

const OTHER = '22222222-2222-4222-8222-222222222222';

const sale = (gross: number) => ({
  type: 'sale',
  lines: [{ category: 'pain', gross, vatRate: 550 }],
  payments: [{ method: 'cash', amount: gross }],
});

/** A till on which a few things have happened. */
function aBook(ledger?: string): RecordingBook {
  const book = new RecordingBook({ ledger });
  const first = book.uuid();
  book.record({ id: first, ...sale(1000) });
  book.record(sale(250));
  book.record({
    type: 'transfer',
    from: { method: 'cash' },
    to: { till: 'safe', method: 'cash' },
    amount: 5000,
  });
  book.record({
    type: 'correction',
    corrects: first,
    reason: 'carte',
    replacement: { ...sale(1000), payments: [{ method: 'card', amount: 1000 }] },
  });
  book.record({ type: 'count', counts: [{ method: 'cash', amount: 10_300 }] });
  book.record({ type: 'day-closure', businessDate: '2026-03-14', comment: 'un rendu oublié' });
  return book;
}

/** More events than in the other one, and other ones. */
function aBusyBook(ledger: string): RecordingBook {
  const book = new RecordingBook({ ledger });
  for (let gross = 1; gross <= 30; gross += 1) book.record(sale(gross));
  return book;
}

async function append(store: TestEventStore, book: RecordingBook, from = 0): Promise<void> {
  const events = book.stored.slice(from);
  await store.append({ ledger: book.id, expectedSequence: from, events, checkpoint: '' });
}

function runner(
  events: TestEventStore,
  readModels: MemoryReadModelStore,
  projections = ALL_PROJECTIONS,
  page = 7,
) {
  return new ProjectionRunner({ events, readModels, projections, page, restMs: 5 });
}

async function follow(made: ProjectionRunner): Promise<void> {
  await made.start();
  await made.catchUp();
  await made.stop();
}

function everything(
  readModels: MemoryReadModelStore,
  ledger: string,
  collectionOf = (name: string) => `${name}@1`,
) {
  return Object.fromEntries(
    ALL_PROJECTIONS.map(({ name }) => [name, readModels.all(collectionOf(name), ledger)]),
  );
}

function foldedInOneGo(events: readonly RecordedEvent[]) {
  const documents = new FoldedDocuments(ALL_PROJECTIONS);
  for (const event of events) documents.fold(event);
  return Object.fromEntries(
    ALL_PROJECTIONS.map(({ name }) => [
      name,
      Object.fromEntries(
        documents
          .sorted(name)
          .map(({ key, sequence, body }) => [
            key,
            { sequence, body: JSON.parse(JSON.stringify(body)) as unknown },
          ]),
      ),
    ]),
  );
}

describe('following the event store', () => {
  it.each([1, 2, 3, 7, 1000])('folds the same in pages of %d as in one go', async (page) => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    await follow(runner(events, readModels, ALL_PROJECTIONS, page));
    expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
  });

  it('keeps ledgers apart', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const [one, two] = [aBook(), aBook(OTHER)];
    await append(events, one);
    await append(events, two);
    await follow(runner(events, readModels));
    expect(everything(readModels, OTHER)).toEqual(foldedInOneGo(two.events));
    expect(await readModels.get(PROGRESS, OTHER, '')).toMatchObject({ sequence: two.events.length });
  });

  it('changes nothing when events come again', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    await follow(runner(events, readModels));
    const before = everything(readModels, book.id);
    const position = Number(await events.positionOf(book.id, 9));
    for (const { name } of ALL_PROJECTIONS) {
      await readModels.write([], [{ projection: `${name}@1`, storeId: 'first', position }]);
    }
    await follow(runner(events, readModels));
    expect(everything(readModels, book.id)).toEqual(before);
  });

  it('goes on from its checkpoint', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    await follow(runner(events, readModels));
    const known = book.stored.length;
    book.now = '2026-03-15T08:00:00.000Z';
    book.record(sale(400));
    await append(events, book, known);
    await follow(runner(events, readModels));
    expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
  });

  it('folds again what could not be written', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    const made = runner(events, readModels);
    readModels.failure = new Error('disk full');
    await made.start();
    await expect(made.catchUp()).rejects.toThrow('disk full');
    readModels.failure = null;
    await made.stop();
    await follow(runner(events, readModels));
    expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
  });

  it('forgets documents of another event store', async () => {
    const readModels = new MemoryReadModelStore();
    const old = aBook();
    const first = new TestEventStore('old');
    await append(first, old);
    await follow(runner(first, readModels));
    const book = new RecordingBook();
    const second = new TestEventStore('new');
    await append(second, book);
    await follow(runner(second, readModels));
    expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
    expect(await readModels.get(PROGRESS, book.id, '')).toMatchObject({ sequence: book.events.length });
  });

  it.each([
    ['has lost events that were folded', [aBook()]],
    ['holds others in their place', [aBook(), aBusyBook(OTHER)]],
  ])('folds all again when the store %s', async (_what, books) => {
    const readModels = new MemoryReadModelStore();
    const [first, second] = [new TestEventStore(), new TestEventStore()];
    for (const book of [aBook(), aBook(OTHER)]) await append(first, book);
    for (const book of books) await append(second, book);
    await follow(runner(first, readModels));
    await follow(runner(second, readModels));
    const expected = new MemoryReadModelStore();
    await follow(runner(second, expected));
    for (const ledger of [aBook().id, OTHER]) {
      expect(everything(readModels, ledger)).toEqual(everything(expected, ledger));
      expect(await readModels.get(PROGRESS, ledger, '')).toEqual(await expected.get(PROGRESS, ledger, ''));
    }
  });
});

describe('folding another history than was folded', () => {
  /** A store that goes away in the middle of a drop: the checkpoint is gone, the documents are there. */
  class CutOff extends MemoryReadModelStore {
    left = Infinity;

    override async drop(collection: string, fence?: number): Promise<void> {
      this.left -= 1;
      if (this.left === 0) {
        this.checkpoints.delete(collection);
        throw new Error('cut off');
      }
      return super.drop(collection, fence);
    }
  }

  it.each([Infinity, ...ALL_PROJECTIONS.map((_, index) => index + 1)])(
    'leaves nothing of the other one, also where drop %d is cut off',
    async (left) => {
      const readModels = new CutOff();
      const [longer, older] = [new TestEventStore(), new TestEventStore()];
      await append(longer, aBusyBook(aBook().id));
      await append(older, aBook());
      await follow(runner(longer, readModels));
      readModels.left = left;
      const first = follow(runner(older, readModels));
      if (left === Infinity) await first;
      else await expect(first).rejects.toThrow('cut off');
      await follow(runner(older, readModels));
      expect(everything(readModels, aBook().id)).toEqual(foldedInOneGo(aBook().events));
    },
  );
});

describe('folding the ledgers of one partition', () => {
  it('leaves the others out, and goes on after them', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const [one, two] = [aBook(), aBook(OTHER)];
    await append(events, one);
    await append(events, two);
    const owns = (ledger: string) => ledger === one.id;
    const made = () =>
      new ProjectionRunner({ events, readModels, projections: ALL_PROJECTIONS, page: 7, restMs: 5, owns });
    await follow(made());
    expect(everything(readModels, one.id)).toEqual(foldedInOneGo(one.events));
    expect(await readModels.get(PROGRESS, OTHER, '')).toBeNull();
    const position = await events.positionOf(OTHER, two.stored.length);
    expect(await readModels.checkpoint('tills@1')).toMatchObject({ position });
    const known = one.stored.length;
    one.now = '2026-03-15T08:00:00.000Z';
    one.record(sale(400));
    await append(events, one, known);
    await follow(made());
    expect(everything(readModels, one.id)).toEqual(foldedInOneGo(one.events));
  });
});

describe('events that come faster than they are folded, one by one', () => {
  it('share batches: what comes while one is written, and as long again, is folded together', async () => {
    const events = new TestEventStore();
    const readModels = new SlowReadModelStore();
    const book = aBusyBook(OTHER);
    const made = new ProjectionRunner({ events, readModels, projections: ALL_PROJECTIONS, restMs: 5 });
    await made.start();
    const began = performance.now();
    for (let sequence = 1; sequence <= book.stored.length; sequence += 1) {
      const next = book.stored.slice(sequence - 1, sequence);
      await events.append({ ledger: book.id, expectedSequence: sequence - 1, events: next, checkpoint: '' });
      made.wake();
      await delay(10);
    }
    await made.catchUp();
    const took = performance.now() - began;
    await made.stop();
    expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
    // A batch takes 20 ms and as long again until the next: at most one in 40 ms, where there was one in 20.
    expect(readModels.batches).toBeLessThan(took / 30);
  });
});

describe('full pages while somebody records at full speed', () => {
  const PAGE = 4;

  /** A runner with pages to fold, beside somebody who records all the time. */
  async function opened() {
    const recorded = new RecordedCount();
    const recording = setInterval(() => recorded.add(1_000), 1);
    const events = new TestEventStore();
    const readModels = new SlowReadModelStore();
    const book = aBusyBook(OTHER);
    await append(events, book);
    const progress = new Map<string, number>();
    const folded = (ledger: string) => progress.get(ledger) ?? 0;
    const made = new ProjectionRunner({
      events,
      readModels,
      projections: ALL_PROJECTIONS,
      page: PAGE,
      restMs: 5,
      recorded,
      makeWayMs: 3_600_000,
      onProgress: (made) => made.forEach((sequence, ledger) => progress.set(ledger, sequence)),
    });
    await made.start();
    return {
      events,
      made,
      folded,
      stillAt: async () => {
        while (folded(OTHER) === 0) await delay(5);
        await delay(300);
        return folded(OTHER);
      },
      done: () => clearInterval(recording),
      all: async () => {
        while (folded(OTHER) < book.stored.length) await delay(5);
        expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
      },
      stop: () => {
        clearInterval(recording);
        return made.stop();
      },
    };
  }

  it('make way, and are folded once nobody does any more', async () => {
    const { stillAt, done, all, stop } = await opened();
    expect(await stillAt()).toBe(PAGE);
    done();
    await all();
    await stop();
  });

  it('do not for whoever began to wait while a small batch was folded', async () => {
    const { events, made, folded, stop } = await opened();
    made.hurry();
    while (folded(OTHER) < aBusyBook(OTHER).stored.length) await delay(5);
    // A small batch, which is written when more is appended than a page holds, and somebody waits for that.
    const small = aBusyBook('33333333-3333-4333-8333-333333333333');
    const large = aBusyBook('44444444-4444-4444-8444-444444444444');
    const first = small.stored.slice(0, 1);
    await events.append({ ledger: small.id, expectedSequence: 0, events: first, checkpoint: '' });
    made.wake();
    await delay(10);
    await append(events, large);
    made.hurry();
    while (folded(large.id) < large.stored.length) await delay(5);
    await stop();
  });

  it.each([
    ['somebody waits for them', (made: ProjectionRunner) => made.hurry()],
    ['it is to catch up', (made: ProjectionRunner) => void made.catchUp()],
  ])('do not where %s', async (_why, hurried) => {
    const { made, stillAt, all, stop } = await opened();
    expect(await stillAt()).toBe(PAGE);
    hurried(made);
    await all();
    await stop();
  });
});

describe('read models of which nothing is folded yet', () => {
  it('are not whole before they are level, also for who takes over from one that was cut short', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const made = runner(events, readModels);
    await made.start();
    expect(made.report().growing).toBe(false);
    await made.stop();
    const book = aBook();
    await append(events, book);
    const cut = runner(events, readModels);
    await cut.start();
    expect(cut.report().growing).toBe(true);
    readModels.failure = new Error('disk full');
    await cut.stop();
    readModels.failure = null;
    const next = runner(events, readModels);
    await next.start();
    expect(next.report().growing).toBe(true);
    await next.catchUp();
    expect(next.report().growing).toBe(false);
    await next.stop();
    expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
  });
});

describe('an event that cannot be folded', () => {
  it('stops its ledger and no other, and says where and why', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const [one, two] = [aBook(), aBook(OTHER)];
    await append(events, one);
    await append(events, two);
    events.damage(one.id, 14);
    const made = runner(events, readModels);
    await follow(made);
    expect(everything(readModels, OTHER)).toEqual(foldedInOneGo(two.events));
    expect(everything(readModels, one.id)).toEqual(foldedInOneGo(one.events.slice(0, 13)));
    expect(made.report().halts).toContainEqual(
      expect.objectContaining({ collection: 'journal@1', ledger: one.id, sequence: 14 }),
    );
  });

  it('is folded once it can be, after a restart', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    const broken = ALL_PROJECTIONS.map((projection): Projection => {
      if (projection.name !== 'journal') return projection;
      const evolve: Projection['evolve'] = (document, event, key) => {
        if (event.sequence === 15) throw new Error('a bug');
        return projection.evolve(document, event, key);
      };
      return { ...projection, evolve };
    });
    const made = runner(events, readModels, broken);
    await follow(made);
    expect(made.report().halts).toEqual([
      { collection: 'journal@1', ledger: book.id, sequence: 15, reason: 'a bug' },
    ]);
    const mended = runner(events, readModels);
    await follow(mended);
    expect(mended.report().halts).toEqual([]);
    expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
  });
});

describe('building a read model anew', () => {
  it('serves the old collection until the new one is level, then the new one, equal to it', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    const made = runner(events, readModels);
    await made.start();
    await made.catchUp();
    const done = made.rebuild();
    expect(made.collectionOf('journal')).toBe('journal@1');
    await done;
    await made.stop();
    expect(made.collectionOf('journal')).toBe('journal@1.2');
    expect(everything(readModels, book.id, (name) => `${name}@1.2`)).toEqual(everything(readModels, book.id));
  });

  it('goes on with a rebuild that was interrupted', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    await follow(runner(events, readModels));
    const served = { served: 'tills@1', building: 'tills@1.2' };
    await readModels.saveSetting('projection-places', JSON.stringify({ tills: served }));
    const made = runner(events, readModels);
    await follow(made);
    expect(made.collectionOf('tills')).toBe('tills@1.2');
    expect(readModels.all('tills@1.2', book.id)).toEqual(readModels.all('tills@1', book.id));
  });

  it('builds a raised version beside the served one', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    await follow(runner(events, readModels));
    const raised = ALL_PROJECTIONS.map((projection) =>
      projection.name === 'closures' ? { ...projection, version: 2 } : projection,
    );
    const made = runner(events, readModels, raised);
    await made.start();
    expect(made.report().projections.find(({ name }) => name === 'closures')).toMatchObject({
      collection: 'closures@1',
      building: 'closures@2',
      behind: true,
    });
    await made.catchUp();
    await made.stop();
    expect(made.report().projections.find(({ name }) => name === 'closures')).toMatchObject({
      collection: 'closures@2',
      behind: false,
    });
    expect(readModels.all('closures@2', book.id)).toEqual(readModels.all('closures@1', book.id));
  });
});

describe('a read that waits for a write', () => {
  it('goes on as soon as the event is folded', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    const projector = new LocalProjector({ events, readModels, projections: ALL_PROJECTIONS, waitMs: 2000 });
    await projector.start();
    const waiting = projector.waitFor(book.id, book.events.length);
    await append(events, book);
    await waiting;
    expect(await readModels.get('tills@1', book.id, 'T1')).not.toBeNull();
    await projector.stop();
  });

  it('gives up after a while', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const projector = new LocalProjector({ events, readModels, projections: ALL_PROJECTIONS, waitMs: 20 });
    await projector.start();
    await expect(projector.waitFor(OTHER, 5)).rejects.toMatchObject({
      name: 'AfterNotReached',
      reason: 'late',
    });
    await projector.stop();
  });

  it('is told at once that a ledger stands still', async () => {
    const events = new TestEventStore();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    events.damage(book.id, 14);
    const projector = new LocalProjector({ events, readModels, projections: ALL_PROJECTIONS });
    await projector.start();
    await projector.waitFor(book.id, 13);
    await expect(projector.waitFor(book.id, 20)).rejects.toMatchObject({ reason: 'halted' });
    expect(projector.status().halts.length).toBeGreaterThan(0);
    await projector.stop();
  });
});

describe('the chain of what is folded', () => {
  /** A store whose whole leaves out events that its ledgers have. */
  class LeavingOut extends TestEventStore {
    leftOut: (event: PositionedEvent) => boolean = () => false;

    override async readAll(after: number, limit: number): Promise<readonly PositionedEvent[]> {
      return (await super.readAll(after, limit)).filter((event) => !this.leftOut(event));
    }
  }

  it.each([1, 4, 9])('has no hole where a page leaves event %d out: it is looked up', async (sequence) => {
    const events = new LeavingOut();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    events.leftOut = (event) => event.sequence === sequence;
    await follow(runner(events, readModels));
    expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
  });

  it('goes on over a new start: what was folded last is known', async () => {
    const events = new LeavingOut();
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    await append(events, book);
    await follow(runner(events, readModels));
    const known = book.stored.length;
    book.now = '2026-03-15T08:00:00.000Z';
    book.record(sale(400));
    book.record(sale(500));
    await append(events, book, known);
    events.leftOut = (event) => event.sequence === known + 1;
    await follow(runner(events, readModels));
    expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events));
  });

  it.each(['at once', 'after a new start'])(
    'ends at an event that was not hashed after the one before it, %s',
    async (when) => {
      const events = new TestEventStore();
      const readModels = new MemoryReadModelStore();
      const [book, other, sound] = [aBook(), aBusyBook(aBook().id), aBook(OTHER)];
      const known = book.stored.length - 3;
      await events.append({
        ledger: book.id,
        expectedSequence: 0,
        events: book.stored.slice(0, known),
        checkpoint: '',
      });
      if (when === 'after a new start') await follow(runner(events, readModels));
      await events.append({
        ledger: book.id,
        expectedSequence: known,
        events: other.stored.slice(known),
        checkpoint: '',
      });
      await append(events, sound);
      // Whoever starts afterwards takes it up again, and finds the same.
      for (const made of [runner(events, readModels), runner(events, readModels)]) {
        await follow(made);
        const halts = made.report().halts.filter(({ collection }) => collection === 'tills@1');
        expect(halts).toMatchObject([{ ledger: book.id, sequence: known + 1 }]);
        expect(halts[0]?.reason).toContain('link');
        expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events.slice(0, known)));
        expect(everything(readModels, OTHER)).toEqual(foldedInOneGo(sound.events));
      }
    },
  );

  it('ends where a ledger has a hole', async () => {
    const readModels = new MemoryReadModelStore();
    const book = aBook();
    class Holed extends TestEventStore {
      override async readAll(after: number, limit: number): Promise<readonly PositionedEvent[]> {
        return (await super.readAll(after, limit)).filter(({ sequence }) => sequence !== 4);
      }

      override async read(ledger: string, from: number, limit: number): Promise<readonly StoredEvent[]> {
        return (await super.read(ledger, from, limit)).filter(({ sequence }) => sequence !== 4);
      }
    }
    const events = new Holed();
    await append(events, book);
    for (const made of [runner(events, readModels), runner(events, readModels)]) {
      await follow(made);
      expect(made.report().halts).toContainEqual(
        expect.objectContaining({ collection: 'journal@1', ledger: book.id, sequence: 4 }),
      );
      expect(everything(readModels, book.id)).toEqual(foldedInOneGo(book.events.slice(0, 3)));
    }
  });

  it('has no hole in what is built anew, where a ledger begins in a later page', async () => {
    const events = new LeavingOut();
    const readModels = new MemoryReadModelStore();
    const [first, late] = [aBusyBook(aBook().id), aBook(OTHER)];
    await append(events, first);
    await append(events, late);
    const made = runner(events, readModels);
    await made.start();
    await made.catchUp();
    events.leftOut = ({ ledger, sequence }) => ledger === OTHER && sequence <= 2;
    await made.rebuild();
    await made.stop();
    expect(everything(readModels, OTHER, (name) => made.collectionOf(name))).toEqual(
      foldedInOneGo(late.events),
    );
  });
});
