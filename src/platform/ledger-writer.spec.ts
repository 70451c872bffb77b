import { setTimeout as delay } from 'node:timers/promises';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { LeaseTable, MemoryLeases } from '../../test/support/memory-leases';
import {
  ACTOR,
  type Desk,
  desk,
  entryId,
  expense,
  LEDGER,
  MemoryWitness,
  openBakery,
  sale,
  toRecord,
} from '../../test/support/writer';
import { cents } from '../kernel/money';
import { setBudget } from '../ledger/company/change-company';
import { tillBalance } from '../ledger/ledger';
import { type Head, StoreUnavailable, WrongRevision } from '../ports/event-store';
import { decodeStoredEvent } from './codec';
import { LedgerBehindWitness, LedgerContradicted } from './ledger-loader';
import { type ClockStep, type Outcome, Overloaded, UnknownLedger, type WriterOptions } from './ledger-writer';
import { Turns } from './turns';

async function openDesk(options: Parameters<typeof desk>[0] = {}) {
  const made = desk(options);
  await openBakery(made);
  return made;
}

const statuses = (outcomes: readonly Outcome[]) => outcomes.map(({ status }) => status);
const codes = (outcomes: readonly Outcome[]) =>
  outcomes.map((outcome) => (outcome.status === 'refused' ? outcome.refusal.code : outcome.status));

async function eventsOf(store: MemoryEventStore | { read: MemoryEventStore['read'] }) {
  return (await store.read(LEDGER, 1, 10_000)).map(decodeStoredEvent);
}

const cashOf = (made: ReturnType<typeof desk>) =>
  made.writer.inspect(LEDGER, (ledger) => tillBalance(ledger, 'T1', 'cash'));

describe('recording through the writer', () => {
  it('answers with the event it made, the live balances and no alert', async () => {
    const made = await openDesk();
    const [outcome] = await made.writer.record(LEDGER, [sale(1)], ACTOR);
    const head = await made.store.head(LEDGER);
    expect(outcome).toMatchObject({
      status: 'recorded',
      id: entryId(1),
      type: 'sale',
      sequence: head?.sequence,
      hash: head?.hash,
      till: 'T1',
      businessDate: '2026-03-14',
      balances: { cash: 15_450, card: 0 },
      alerts: [],
    });
  });

  it('tells the store where entries end, and that an atomic batch is one', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store });
    const cuts: (readonly number[])[] = [];
    store.beforeAppend = ({ expectedSequence, mayCutAfter = [] }) =>
      void cuts.push(mayCutAfter.map((sequence) => sequence - expectedSequence));
    const refused = expense(9, 99_999_00);
    await made.writer.record(LEDGER, [sale(1), refused, sale(2)], ACTOR);
    await made.writer.recordAtomically(LEDGER, [sale(3), sale(4)], ACTOR);
    expect(cuts).toEqual([[1, 1, 2], [2]]);
  });

  it('puts what few callers queue into one append', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store });
    let appends = 0;
    store.beforeAppend = () => void (appends += 1);
    const all = await Promise.all([1, 2, 3].map((id) => made.writer.record(LEDGER, [sale(id)], ACTOR)));
    expect(all.flatMap(statuses)).toEqual(['recorded', 'recorded', 'recorded']);
    expect(appends).toBe(1);
  });

  it('puts what is queued into few appends: a crowd is cut once, so that one half is written while the other is decided', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store });
    let appends = 0;
    store.beforeAppend = () => void (appends += 1);
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, index) => made.writer.record(LEDGER, [sale(index + 1)], ACTOR)),
    );
    expect(all.flatMap(statuses)).toEqual(Array.from({ length: 50 }, () => 'recorded'));
    expect(appends).toBe(2);
    expect(await cashOf(made)).toBe(15_000 + 50 * 450);
  });

  it('links each event to the one before, from the genesis on', async () => {
    const made = await openDesk();
    await made.writer.record(LEDGER, [sale(1), sale(2), sale(3)], ACTOR);
    const stored = await made.store.read(LEDGER, 1, 100);
    const events = stored.map(decodeStoredEvent);
    for (let index = 1; index < events.length; index += 1) {
      expect(events[index]?.prevHash).toBe(stored[index - 1]?.hash);
      expect(events[index]?.sequence).toBe(index + 1);
    }
  });

  it('lets a refusal cost the others nothing', async () => {
    const made = await openDesk();
    const outcomes = await made.writer.record(LEDGER, [sale(1), expense(2, 99_999), sale(3)], ACTOR);
    expect(codes(outcomes)).toEqual(['recorded', 'cash-balance-negative', 'recorded']);
    expect(await cashOf(made)).toBe(15_900);
    expect((await eventsOf(made.store)).map((event) => event.type).slice(-2)).toEqual([
      'SaleRecorded',
      'SaleRecorded',
    ]);
  });

  it('does not know a ledger that was never opened', async () => {
    const made = desk();
    await expect(made.writer.record(LEDGER, [sale(1)], ACTOR)).rejects.toBeInstanceOf(UnknownLedger);
    await expect(made.writer.inspect(LEDGER, () => 1)).rejects.toBeInstanceOf(UnknownLedger);
    expect(made.cache.figures().ledgers).toBe(0);
  });

  it('opens a ledger once; the same key again is a replay', async () => {
    const made = await openDesk();
    const before = await made.store.head(LEDGER);
    await openBakery(made);
    expect(await made.store.head(LEDGER)).toEqual(before);
  });
});

describe('a repeated entry', () => {
  it('answers the first result again and records nothing', async () => {
    const made = await openDesk();
    const [first] = await made.writer.record(LEDGER, [sale(1)], ACTOR);
    await made.writer.record(LEDGER, [sale(2)], ACTOR);
    const [again] = await made.writer.record(LEDGER, [sale(1)], ACTOR);
    expect(again).toEqual({
      ...first,
      status: 'replayed',
      balances: expect.objectContaining({ cash: 15_900 }) as unknown,
    });
  });

  it('is recognised within the same group', async () => {
    const made = await openDesk();
    const outcomes = await made.writer.record(LEDGER, [sale(1), sale(1), sale(1)], ACTOR);
    expect(statuses(outcomes)).toEqual(['recorded', 'replayed', 'replayed']);
    expect(await cashOf(made)).toBe(15_450);
  });

  it('comes with the rest of its batch: the store is asked for pages, not for each event', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store });
    const batch = Array.from({ length: 300 }, (_, index) => sale(index + 1));
    const first = await made.writer.record(LEDGER, batch, ACTOR);
    const read = store.read.bind(store);
    let reads = 0;
    store.read = (...where) => {
      reads += 1;
      return read(...where);
    };
    const again = await made.writer.record(LEDGER, batch, ACTOR);
    const facts = (outcomes: readonly Outcome[]) =>
      outcomes.map((one) => ('hash' in one ? one.hash : one.status));
    expect(new Set(statuses(again))).toEqual(new Set(['replayed']));
    expect(facts(again)).toEqual(facts(first));
    expect(reads).toBeLessThan(10);
  });

  it('with another body is refused', async () => {
    const made = await openDesk();
    const outcomes = await made.writer.record(LEDGER, [sale(1, 450), sale(1, 460)], ACTOR);
    expect(codes(outcomes)).toEqual(['recorded', 'idempotency-mismatch']);
  });

  it('is refused again, not remembered, when it was refused', async () => {
    const made = await openDesk();
    expect(codes(await made.writer.record(LEDGER, [expense(1, 99_999)], ACTOR))).toEqual([
      'cash-balance-negative',
    ]);
    await made.writer.record(LEDGER, [sale(2, 90_000)], ACTOR);
    expect(codes(await made.writer.record(LEDGER, [expense(1, 99_999)], ACTOR))).toEqual(['recorded']);
  });

  it('that the state has forgotten is found in the index', async () => {
    const made = await openDesk();
    const old = sale(1, 450, { businessDate: '2026-03-14' });
    const [first] = await made.writer.record(LEDGER, [old], ACTOR);
    await closeDay(made, '2026-03-14', 15_450);
    // 36 days later the closed day's ids leave the state with the first entry of a new day.
    made.clock.instant = '2026-04-20T09:00:00.000Z';
    await made.writer.record(LEDGER, [sale(50)], ACTOR);
    expect(await made.writer.inspect(LEDGER, (ledger) => ledger.entries.has(entryId(1)))).toBe(false);
    made.index.known.set(entryId(1), first?.status === 'refused' ? 0 : (first?.sequence ?? 0));
    const [again] = await made.writer.record(LEDGER, [old], ACTOR);
    expect(again).toMatchObject({ status: 'replayed', sequence: (first as { sequence: number }).sequence });
    expect(made.index.asked).toContain(entryId(1));
  });

  it('that a comment is about is found in the index too, and refused where there is none', async () => {
    const made = await openDesk();
    const [first] = await made.writer.record(LEDGER, [sale(1, 450, { businessDate: '2026-03-14' })], ACTOR);
    await closeDay(made, '2026-03-14', 15_450);
    made.clock.instant = '2026-04-20T09:00:00.000Z';
    await made.writer.record(LEDGER, [sale(50)], ACTOR);
    const comment = (number: number) =>
      toRecord({ id: entryId(number), type: 'comment', about: { entry: entryId(1) }, comment: 'vu' });
    expect(codes(await made.writer.record(LEDGER, [comment(60)], ACTOR))).toEqual(['unknown-entry']);
    made.index.known.set(entryId(1), (first as { sequence: number }).sequence);
    expect(codes(await made.writer.record(LEDGER, [comment(60)], ACTOR))).toEqual(['recorded']);
  });

  it('that the state has forgotten counts for ever, also where the new body names a day that is open', async () => {
    const made = await openDesk();
    const [first] = await made.writer.record(LEDGER, [sale(1, 450, { businessDate: '2026-03-14' })], ACTOR);
    await closeDay(made, '2026-03-14', 15_450);
    made.clock.instant = '2026-04-20T09:00:00.000Z';
    await made.writer.record(LEDGER, [sale(50)], ACTOR);
    made.index.known.set(entryId(1), (first as { sequence: number }).sequence);
    const again = sale(1, 900, { businessDate: '2026-04-20' });
    expect(codes(await made.writer.record(LEDGER, [again], ACTOR))).toEqual(['idempotency-mismatch']);
  });

  it('that no entry but a change used counts for ever too', async () => {
    const made = await openDesk();
    const request = { id: entryId(7), type: 'budget', payloadHash: 'b'.repeat(64) };
    const budget = { request, decide: () => setBudget('2026-03', cents(100_00)) };
    const first = await made.writer.change(LEDGER, budget, ACTOR);
    made.clock.instant = '2026-04-20T09:00:00.000Z';
    await made.writer.record(LEDGER, [sale(50)], ACTOR);
    made.index.known.set(entryId(7), (first as { sequence: number }).sequence);
    expect(await made.writer.change(LEDGER, budget, ACTOR)).toMatchObject({ status: 'replayed' });
    const other = { ...budget, request: { ...budget.request, payloadHash: 'c'.repeat(64) } };
    expect(codes([await made.writer.change(LEDGER, other, ACTOR)])).toEqual(['idempotency-mismatch']);
  });

  it('that is new is not looked up, however much was forgotten', async () => {
    const made = await openDesk();
    await made.writer.record(LEDGER, [sale(1, 450, { businessDate: '2026-03-14' })], ACTOR);
    await closeDay(made, '2026-03-14', 15_450);
    made.clock.instant = '2026-04-20T09:00:00.000Z';
    await made.writer.record(LEDGER, [sale(50)], ACTOR);
    made.index.asked.length = 0;
    const late = sale(51, 450, { occurredAt: '2026-04-20T08:00:00.000Z' });
    expect(codes(await made.writer.record(LEDGER, [late], ACTOR))).toEqual(['recorded']);
    expect(made.index.asked).toEqual([]);
  });

  it('of a night that belongs to the closed day before is looked up too', async () => {
    const made = await openDesk();
    made.clock.instant = '2026-03-15T01:30:00.000Z';
    const old = sale(1, 450, { occurredAt: '2026-03-15T01:00:00.000Z' });
    const [first] = await made.writer.record(LEDGER, [old], ACTOR);
    expect(first).toMatchObject({ businessDate: '2026-03-14' });
    await closeDay(made, '2026-03-14', 15_450);
    made.clock.instant = '2026-04-20T09:00:00.000Z';
    await made.writer.record(LEDGER, [sale(50)], ACTOR);
    made.index.known.set(entryId(1), (first as { sequence: number }).sequence);
    expect(statuses(await made.writer.record(LEDGER, [old], ACTOR))).toEqual(['replayed']);
  });

  it('is looked up where its id is not remembered with the till’s day: a comment on one that is still open', async () => {
    const made = await openDesk();
    await made.writer.record(LEDGER, [sale(1)], ACTOR);
    const body = {
      type: 'comment',
      about: 'difference',
      comment: 'vu',
      till: 'T1',
      businessDate: '2026-03-14',
    };
    const comment = toRecord({ id: entryId(2), ...body });
    const [first] = await made.writer.record(LEDGER, [comment], ACTOR);
    made.clock.instant = '2026-04-20T09:00:00.000Z';
    await made.writer.record(LEDGER, [sale(50)], ACTOR);
    expect(await made.writer.inspect(LEDGER, (ledger) => ledger.entries.has(entryId(2)))).toBe(false);
    made.index.known.set(entryId(2), (first as { sequence: number }).sequence);
    expect(statuses(await made.writer.record(LEDGER, [comment], ACTOR))).toEqual(['replayed']);
  });

  it('is looked up where it is remembered with the day of another till, which has closed', async () => {
    const made = await openDesk();
    // Entered on the safe, whose day stays open; what is sent comes from T1.
    const transfer = toRecord({
      id: entryId(3),
      type: 'transfer',
      till: 'safe',
      businessDate: '2026-03-14',
      from: { till: 'T1', method: 'cash' },
      to: { method: 'cash' },
      amount: 10_00,
    });
    const earlier = { id: entryId(4), type: 'count', till: 'safe', businessDate: '2026-03-13' };
    const counted = { ...earlier, counts: [{ method: 'cash', amount: 0 }] };
    const closed = { id: entryId(5), type: 'day-closure', till: 'safe', businessDate: '2026-03-13' };
    await made.writer.record(LEDGER, [toRecord(counted), toRecord(closed)], ACTOR);
    const [first] = await made.writer.record(LEDGER, [transfer], ACTOR);
    await closeDay(made, '2026-03-14', 14_000);
    made.clock.instant = '2026-04-20T09:00:00.000Z';
    await made.writer.record(LEDGER, [sale(50)], ACTOR);
    made.index.known.set(entryId(3), (first as { sequence: number }).sequence);
    expect(statuses(await made.writer.record(LEDGER, [transfer], ACTOR))).toEqual(['replayed']);
  });
});

async function closeDay(made: ReturnType<typeof desk>, businessDate: string, counted: number): Promise<void> {
  const count = {
    id: entryId(900),
    type: 'count',
    till: 'T1',
    businessDate,
    counts: [{ method: 'cash', amount: counted }],
  };
  const closure = { id: entryId(901), type: 'day-closure', till: 'T1', businessDate };
  const outcomes = await made.writer.record(LEDGER, [toRecord(count), toRecord(closure)], ACTOR);
  expect(statuses(outcomes)).toEqual(['recorded', 'recorded']);
}

describe('an atomic batch', () => {
  it('records all', async () => {
    const made = await openDesk();
    const outcomes = await made.writer.recordAtomically(LEDGER, [sale(1), expense(2, 1000), sale(3)], ACTOR);
    expect(statuses(outcomes)).toEqual(['recorded', 'recorded', 'recorded']);
  });

  it('records nothing when one is refused, and names each refused one', async () => {
    const made = await openDesk();
    const before = await made.store.head(LEDGER);
    const entries = [sale(1), expense(2, 99_999), sale(3), expense(4, 88_888)];
    const outcomes = await made.writer.recordAtomically(LEDGER, entries, ACTOR);
    expect(codes(outcomes)).toEqual([
      'recorded',
      'cash-balance-negative',
      'recorded',
      'cash-balance-negative',
    ]);
    expect(await made.store.head(LEDGER)).toEqual(before);
    expect(await cashOf(made)).toBe(15_000);
    expect(statuses(await made.writer.record(LEDGER, [sale(1)], ACTOR))).toEqual(['recorded']);
  });

  it('of more than 900 KiB as stored is refused whole', async () => {
    const made = await openDesk();
    const label = 'é'.repeat(200);
    const lines = Array.from({ length: 20 }, () => ({ category: 'pain', label, gross: 10, vatRate: 550 }));
    const entries = Array.from({ length: 100 }, (_, index) => sale(index + 1, 200, { lines }));
    const outcomes = await made.writer.recordAtomically(LEDGER, entries, ACTOR);
    expect(new Set(codes(outcomes))).toEqual(new Set(['batch-too-large']));
    expect(await cashOf(made)).toBe(15_000);
  });
});

describe('when the store says no', () => {
  it('decides again on what another node wrote', async () => {
    const store = new MemoryEventStore();
    const witness = new MemoryWitness();
    const first = await openDesk({ store, witness });
    const second = desk({ store, witness });
    await second.writer.record(LEDGER, [sale(1)], ACTOR);
    await first.writer.record(LEDGER, [sale(2)], ACTOR);
    await second.writer.record(LEDGER, [sale(3)], ACTOR);
    expect(await cashOf(second)).toBe(15_000 + 3 * 450);
    const sequences = (await eventsOf(store)).map((event) => event.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  });

  it('refuses on the second decision what the other node has taken', async () => {
    const store = new MemoryEventStore();
    const witness = new MemoryWitness();
    const first = await openDesk({ store, witness });
    const second = desk({ store, witness });
    await second.writer.inspect(LEDGER, () => 0);
    await first.writer.record(LEDGER, [expense(1, 15_000)], ACTOR);
    expect(codes(await second.writer.record(LEDGER, [expense(2, 15_000)], ACTOR))).toEqual([
      'cash-balance-negative',
    ]);
  });

  describe('and several nodes write to it', () => {
    class SharedStore extends MemoryEventStore {
      override readonly isShared = true;
    }

    /** Two nodes that both have the ledger in memory: the second has not heard of what the first writes next. */
    const twoNodes = async (store = new SharedStore()) => {
      const witness = new MemoryWitness();
      const first = await openDesk({ store, witness });
      const second = desk({ store, witness });
      await second.writer.inspect(LEDGER, () => 0);
      return { first, second, store };
    };

    it('refuses nothing on what may be out of date', async () => {
      const { first, second } = await twoNodes();
      expect(codes(await second.writer.record(LEDGER, [expense(1, 20_000)], ACTOR))).toEqual([
        'cash-balance-negative',
      ]);
      await first.writer.record(LEDGER, [sale(2, 10_000)], ACTOR);
      expect(statuses(await second.writer.record(LEDGER, [expense(1, 20_000)], ACTOR))).toEqual(['recorded']);
      expect(await cashOf(first)).toBe(5_000);
    });

    it('shows live balances with what the other has written', async () => {
      const { first, second } = await twoNodes();
      await first.writer.record(LEDGER, [sale(1)], ACTOR);
      expect(await cashOf(second)).toBe(15_450);
    });

    it('answers a repeat that the other has recorded as a replay', async () => {
      const { first, second } = await twoNodes();
      await first.writer.record(LEDGER, [sale(1)], ACTOR);
      expect(statuses(await second.writer.record(LEDGER, [sale(1)], ACTOR))).toEqual(['replayed']);
    });

    it('follows what is told of the other, so that the next decision need not read', async () => {
      const { first, second, store } = await twoNodes();
      await first.writer.record(LEDGER, [sale(1)], ACTOR);
      const head = await store.head(LEDGER);
      if (!head) throw new Error('the ledger is open');
      await second.writer.follow(head);
      expect(second.cache.sequenceOf(LEDGER)).toBe(head.sequence);
    });

    it('reads once for all that it is told of meanwhile, up to the last of it', async () => {
      const { first, second, store } = await twoNodes();
      const reads = jest.spyOn(store, 'read');
      const heads: Head[] = [];
      for (let index = 1; index <= 20; index += 1) {
        await first.writer.record(LEDGER, [sale(index)], ACTOR);
        const head = await store.head(LEDGER);
        if (head) heads.push(head);
      }
      reads.mockClear();
      await Promise.all(heads.map((head) => second.writer.follow(head)));
      expect(second.cache.sequenceOf(LEDGER)).toBe(heads.at(-1)?.sequence);
      expect(reads.mock.calls.length).toBeLessThan(5);
    });

    it('leaves alone what was not used here for a while: it is read when it is needed', async () => {
      const { first, store } = await twoNodes();
      const second = desk({ store, writer: { followedMs: 20 } });
      await cashOf(second);
      const known = second.cache.sequenceOf(LEDGER);
      await delay(40);
      await first.writer.record(LEDGER, [sale(1)], ACTOR);
      const head = await store.head(LEDGER);
      if (!head) throw new Error('the ledger is open');
      await second.writer.follow(head);
      expect(second.cache.sequenceOf(LEDGER)).toBe(known);
      expect(await cashOf(second)).toBe(15_450);
      await first.writer.record(LEDGER, [sale(2)], ACTOR);
      await second.writer.follow((await store.head(LEDGER)) ?? head);
      expect(second.cache.sequenceOf(LEDGER)).toBeGreaterThan(head.sequence);
    });

    it('does not open a ledger that is not in memory only because it is told of', async () => {
      const { store } = await twoNodes();
      const third = desk({ store });
      await third.writer.follow({ ledger: LEDGER, sequence: 99, hash: '' });
      expect(third.cache.sequenceOf(LEDGER)).toBeNull();
    });

    /** The store as a node sees it whose appends take another way. */
    const appendingBy = (store: SharedStore, append: SharedStore['append']): SharedStore => {
      const seen = new SharedStore();
      seen.append = append;
      seen.read = (...range) => store.read(...range);
      seen.head = (ledger) => store.head(ledger);
      seen.latestCheckpoint = (ledger) => store.latestCheckpoint(ledger);
      return seen;
    };

    it('reads what others write all the time before it decides, instead of following it', async () => {
      const store = new SharedStore();
      const first = await openDesk({ store });
      let later: Promise<readonly Outcome[]> | undefined;
      let appends = 0;
      const overtaken = appendingBy(store, async (request) => {
        appends += 1;
        if (appends === 1) await first.writer.record(LEDGER, [sale(101)], ACTOR);
        await store.append(request);
        if (appends !== 2) return;
        await first.writer.record(LEDGER, [sale(102)], ACTOR);
        const before = second.cache.sequenceOf(LEDGER);
        const head = await store.head(LEDGER);
        if (head) await second.writer.follow(head);
        expect(second.cache.sequenceOf(LEDGER)).toBe(before);
        later = second.writer.record(LEDGER, [sale(2)], ACTOR);
      });
      const second = desk({ store: overtaken });
      expect(statuses(await second.writer.record(LEDGER, [sale(1)], ACTOR))).toEqual(['recorded']);
      expect(statuses((await later) ?? [])).toEqual(['recorded']);
      // The first was in vain, and none after it.
      expect(appends).toBe(3);
    });

    it('lets one through that the others are always faster than', async () => {
      const store = new SharedStore();
      const table = new LeaseTable();
      const turnsOf = (node: string) => new Turns(new MemoryLeases(table), node);
      const writer = { contentionMs: 5_000 };
      const fast = await openDesk({ store, writer: { ...writer, turns: turnsOf('fast') } });
      // Between any decision of the slow one and its append the fast one records, unless it waits for its turn.
      let id = 100;
      const overtaken = appendingBy(store, async (request) => {
        id += 1;
        await Promise.race([fast.writer.record(LEDGER, [sale(id)], ACTOR), delay(150)]);
        await store.append(request);
      });
      const slow = desk({ store: overtaken, writer: { ...writer, turns: turnsOf('slow') } });
      expect(statuses(await slow.writer.record(LEDGER, [sale(1), sale(2)], ACTOR))).toEqual([
        'recorded',
        'recorded',
      ]);
      expect(id).toBeGreaterThan(101);
      // It has given its turn back: the fast one goes on, without waiting for it to be over.
      expect(statuses(await fast.writer.record(LEDGER, [sale(3)], ACTOR))).toEqual(['recorded']);
      expect(await new MemoryLeases(table).running('turns/')).toEqual([]);
    });

    describe('of which another one has its turn', () => {
      const withTurns = async (options: Partial<WriterOptions> = {}) => {
        const table = new LeaseTable();
        const turnsOf = (node: string) => new Turns(new MemoryLeases(table), node);
        const [own, others] = [turnsOf('own'), turnsOf('others')];
        const store = new SharedStore();
        const made = await openDesk({ store, writer: { ...options, turns: own } });
        const isOthers = async (is: boolean) => {
          while (own.isOthers(LEDGER) !== is) await delay(5);
        };
        return { made, store, own, others, isOthers, table };
      };

      it('answers who reads at once, and records when the turn is over', async () => {
        const { made, others, isOthers } = await withTurns();
        others.ask(LEDGER);
        await isOthers(true);
        let isRecorded = false;
        expect(await cashOf(made)).toBe(15_000);
        const recorded = made.writer.record(LEDGER, [sale(1)], ACTOR).then(() => (isRecorded = true));
        await delay(100);
        expect(isRecorded).toBe(false);
        others.end(LEDGER);
        await recorded;
        expect(await cashOf(made)).toBe(15_450);
      });

      it('lets what is in the air come down, and the rest of a stream wait', async () => {
        const { made, store, others, isOthers } = await withTurns({ groupEntries: 5 });
        let appends = 0;
        store.beforeAppend = async () => {
          appends += 1;
          if (appends !== 2) return;
          others.ask(LEDGER);
          await isOthers(true);
        };
        const sales = Array.from({ length: 50 }, (_, index) => sale(index + 1));
        const recorded = made.writer.record(LEDGER, sales, ACTOR);
        while (appends < 2) await delay(5);
        await isOthers(true);
        await delay(100);
        // The one in the air, and one that had been decided beside it.
        expect(appends).toBeLessThanOrEqual(3);
        others.end(LEDGER);
        expect(statuses(await recorded)).toEqual(sales.map(() => 'recorded'));
        expect(await cashOf(made)).toBe(15_000 + 50 * 450);
      });

      it('gives its own back in the midst of a stream', async () => {
        const { made, store, own, others, isOthers, table } = await withTurns({ groupEntries: 1 });
        own.ask(LEDGER);
        while (!own.isOwn(LEDGER)) await delay(5);
        table.now += 1;
        others.ask(LEDGER);
        let appends = 0;
        store.beforeAppend = async () => {
          appends += 1;
          await delay(20);
        };
        const sales = Array.from({ length: 100 }, (_, index) => sale(index + 1));
        const recorded = made.writer.record(LEDGER, sales, ACTOR);
        await isOthers(true);
        expect(appends).toBeLessThan(50);
        others.end(LEDGER);
        expect(statuses(await recorded)).toEqual(sales.map(() => 'recorded'));
      });
    });

    it('loses and doubles nothing with four of them at one till, and starves none', async () => {
      const store = new SharedStore();
      // An append takes its time, so that the others come in between.
      store.beforeAppend = () => delay(1);
      const witness = new MemoryWitness();
      const nodes = [await openDesk({ store, witness }), ...[2, 3, 4].map(() => desk({ store, witness }))];
      const served = await Promise.all(
        nodes.map(async ({ writer }, node) => {
          const outcomes: string[] = [];
          for (let index = 0; index < 40; index += 1) {
            const id = 1 + node * 40 + index;
            outcomes.push(...statuses(await writer.record(LEDGER, [sale(id)], ACTOR)));
          }
          return outcomes;
        }),
      );
      expect(served.flat()).toEqual(Array.from({ length: 160 }, () => 'recorded'));
      const events = await eventsOf(store);
      const ids = events.flatMap(({ entry }) => (entry?.type === 'sale' ? [entry.id] : []));
      expect([ids.length, new Set(ids).size]).toEqual([160, 160]);
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
      expect(await cashOf(nodes[0] as Desk)).toBe(15_000 + 160 * 450);
    });
  });

  it('gives up after a bounded time of conflicts', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store, writer: { contentionMs: 100 } });
    let attempts = 0;
    store.beforeAppend = (request) => {
      attempts += 1;
      throw new WrongRevision(request.ledger, request.expectedSequence, request.expectedSequence + 1);
    };
    await expect(made.writer.record(LEDGER, [sale(1)], ACTOR)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(attempts).toBeGreaterThan(2);
  });

  it('fails the group, keeps nothing of it, and goes on when the store is back', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store });
    store.beforeAppend = () => {
      throw new StoreUnavailable('disk full', 'not-written');
    };
    await expect(made.writer.record(LEDGER, [sale(1)], ACTOR)).rejects.toBeInstanceOf(StoreUnavailable);
    store.beforeAppend = null;
    expect(await cashOf(made)).toBe(15_000);
    expect(statuses(await made.writer.record(LEDGER, [sale(1)], ACTOR))).toEqual(['recorded']);
  });

  describe('or something breaks while a part is decided', () => {
    const correction = toRecord({
      id: entryId(3),
      type: 'correction',
      till: 'T1',
      corrects: entryId(99),
      reason: 'erreur de caisse',
    });

    it.each([
      [
        'at once',
        sale(3),
        (made: Desk) => {
          // Asked once for each entry of the two callers: the third one breaks.
          let asked = 0;
          made.clock.now = () => {
            asked += 1;
            if (asked === 3) throw new Error('a bug');
            return made.clock.instant;
          };
        },
      ],
      [
        'while something is read for it',
        correction,
        (made: Desk) => {
          made.index.find = () => Promise.reject(new Error('a bug'));
        },
      ],
    ])('%s: fails that part, keeps nothing of it, and costs the others nothing', async (_, third, plant) => {
      const made = await openDesk();
      const before = (await made.store.head(LEDGER))?.sequence ?? 0;
      plant(made);
      const broken = made.writer.record(LEDGER, [sale(1), sale(2), third], ACTOR);
      const other = made.writer.record(LEDGER, [sale(4)], ACTOR);
      await expect(broken).rejects.toThrow('a bug');
      expect(statuses(await other)).toEqual(['recorded']);
      expect(await made.store.head(LEDGER)).toMatchObject({ sequence: before + 1 });
      expect(await cashOf(made)).toBe(15_450);
    });
  });

  it('finds its own events after an answer that got lost: the repeat is a replay', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store });
    store.afterAppend = () => {
      throw new StoreUnavailable('connection lost', 'unknown');
    };
    await expect(made.writer.record(LEDGER, [sale(1)], ACTOR)).rejects.toBeInstanceOf(StoreUnavailable);
    store.afterAppend = null;
    expect(statuses(await made.writer.record(LEDGER, [sale(1)], ACTOR))).toEqual(['replayed']);
    expect(await cashOf(made)).toBe(15_450);
  });

  it('takes back what was decided while a failing append was in the air', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store, writer: { groupEntries: 1 } });
    let failures = 1;
    store.beforeAppend = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (failures-- > 0) throw new StoreUnavailable('disk full', 'not-written');
    };
    const first = made.writer.record(LEDGER, [expense(1, 15_000)], ACTOR);
    const second = made.writer.record(LEDGER, [expense(2, 15_000)], ACTOR);
    await expect(first).rejects.toBeInstanceOf(StoreUnavailable);
    // While the first was in the air the till was empty; since it never arrived, the second is paid after all.
    expect(statuses(await second)).toEqual(['recorded']);
    expect(await cashOf(made)).toBe(0);
  });

  it('answers nothing before the witness knows', async () => {
    const witness = new MemoryWitness();
    const made = await openDesk({ witness });
    witness.failing = true;
    await expect(made.writer.record(LEDGER, [sale(1)], ACTOR)).rejects.toThrow('the witness is full');
    witness.failing = false;
    expect(statuses(await made.writer.record(LEDGER, [sale(1)], ACTOR))).toEqual(['replayed']);
  });
});

describe('limits', () => {
  it('turns work away when too much is waiting, and recovers', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store, writer: { queuedPerLedger: 10 } });
    store.beforeAppend = () => new Promise((resolve) => setTimeout(resolve, 20));
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => made.writer.record(LEDGER, [sale(index + 1)], ACTOR)),
    );
    const turnedAway = results.filter((result) => result.status === 'rejected');
    expect(turnedAway.length).toBe(30);
    for (const result of turnedAway) expect(result.reason).toBeInstanceOf(Overloaded);
    expect(statuses(await made.writer.record(LEDGER, [sale(99)], ACTOR))).toEqual(['recorded']);
  });

  it('splits what one caller sends over several appends and answers it whole, in order', async () => {
    const store = new MemoryEventStore();
    const made = await openDesk({ store, writer: { groupEntries: 10 } });
    let appends = 0;
    store.beforeAppend = () => void (appends += 1);
    const entries = Array.from({ length: 95 }, (_, index) => sale(index + 1));
    const outcomes = await made.writer.record(LEDGER, entries, ACTOR);
    expect(outcomes.map(({ id }) => id)).toEqual(entries.map(({ entry }) => entry.id));
    expect(new Set(statuses(outcomes))).toEqual(new Set(['recorded']));
    expect(appends).toBe(10);
  });

  it('forgets ledgers that were not used lately and loads them again', async () => {
    const store = new MemoryEventStore();
    const made = desk({ store, cache: { bytes: 40_000, snapshotEvery: 1_000_000 } });
    const ids = Array.from({ length: 6 }, (_, index) => `01914d3a-8f00-7a11-8c00-0000000001${index}0`);
    for (const id of ids) await openBakery(made, id);
    expect(made.cache.figures().evictions).toBeGreaterThan(0);
    expect(made.cache.figures().bytes).toBeLessThanOrEqual(40_000);
    for (const id of ids)
      expect(statuses(await made.writer.record(id, [sale(1)], ACTOR))).toEqual(['recorded']);
  });
});

describe('a state that is written to', () => {
  it('stays in memory until its append is down, however little room there is', async () => {
    const store = new MemoryEventStore();
    const made = desk({ store, cache: { bytes: 1, snapshotEvery: 1_000_000 } });
    const ids = Array.from({ length: 4 }, (_, index) => `01914d3a-8f00-7a11-8c00-0000000001${index}0`);
    for (const id of ids) await openBakery(made, id);
    store.beforeAppend = () => delay(2);
    const before = made.cache.figures().loads;
    // Each ledger is one caller after the other, so that each append is followed by the next decision.
    await Promise.all(
      ids.map(async (id) => {
        const outcomes = await made.writer.record(
          id,
          Array.from({ length: 600 }, (_, index) => sale(index + 1)),
          ACTOR,
        );
        expect(new Set(statuses(outcomes))).toEqual(new Set(['recorded']));
      }),
    );
    expect(made.cache.figures().loads - before).toBe(ids.length);
    for (const id of ids) {
      const sequences = (await store.read(id, 1, 10_000)).map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    }
  });

  it('is taken back where it was decided when its append fails', async () => {
    const store = new MemoryEventStore();
    const made = desk({ store, cache: { bytes: 1, snapshotEvery: 1_000_000 } });
    await openBakery(made);
    store.beforeAppend = async () => {
      await delay(2);
      throw new StoreUnavailable('disk full', 'not-written');
    };
    await expect(made.writer.record(LEDGER, [sale(1)], ACTOR)).rejects.toBeInstanceOf(StoreUnavailable);
    store.beforeAppend = null;
    expect(statuses(await made.writer.record(LEDGER, [sale(1), sale(2)], ACTOR))).toEqual([
      'recorded',
      'recorded',
    ]);
    const events = await eventsOf(store);
    expect(events.slice(1).map(({ prevHash }) => prevHash)).toEqual(
      (await store.read(LEDGER, 1, 10_000)).slice(0, -1).map(({ hash }) => hash),
    );
  });
});

describe('opening a ledger against its memory', () => {
  it('refuses a store that has lost acknowledged events, and names them', async () => {
    const witness = new MemoryWitness();
    const store = new MemoryEventStore();
    await openDesk({ store, witness });
    const head = witness.read(LEDGER) as { size: number };
    witness.heads.set(LEDGER, { ledger: LEDGER, size: head.size + 3, root: 'b'.repeat(64) });
    const again = desk({ store, witness });
    const refused = again.writer.record(LEDGER, [sale(1)], ACTOR);
    await expect(refused).rejects.toBeInstanceOf(LedgerBehindWitness);
    await expect(refused).rejects.toMatchObject({ missing: { from: head.size + 1, to: head.size + 3 } });
    expect(again.cache.refusals()).toHaveLength(1);
  });

  it('refuses a history that is not the one that was witnessed', async () => {
    const witness = new MemoryWitness();
    const store = new MemoryEventStore();
    await openDesk({ store, witness });
    const head = witness.read(LEDGER) as { size: number };
    witness.heads.set(LEDGER, { ledger: LEDGER, size: head.size, root: 'b'.repeat(64) });
    await expect(desk({ store, witness }).writer.record(LEDGER, [sale(1)], ACTOR)).rejects.toBeInstanceOf(
      LedgerContradicted,
    );
  });
});

describe('a clock that steps back', () => {
  async function aWatchedDesk() {
    const steps: ClockStep[] = [];
    const made = await openDesk({ writer: { onClockStep: (step) => steps.push(step) } });
    const sellAt = async (number: number, instant: string) => {
      made.clock.instant = instant;
      return statuses(await made.writer.record(LEDGER, [sale(number)], ACTOR));
    };
    return { made, steps, sellAt };
  }

  it('by more than 5 s is told once, and recordedAt says what it said', async () => {
    const { made, steps, sellAt } = await aWatchedDesk();
    await sellAt(1, '2026-03-14T10:00:00.000Z');
    await sellAt(2, '2026-03-14T09:59:54.999Z');
    expect(steps).toEqual([
      { ledger: LEDGER, from: '2026-03-14T10:00:00.000Z', to: '2026-03-14T09:59:54.999Z' },
    ]);
    await sellAt(3, '2026-03-14T09:59:55.000Z');
    expect(steps).toHaveLength(1);
    const instants = (await eventsOf(made.store)).slice(-3).map(({ recordedAt }) => recordedAt.slice(11, 23));
    expect(instants).toEqual(['10:00:00.000', '09:59:54.999', '09:59:55.000']);
  });

  it('by 5 s or less, or with nothing recorded, is not', async () => {
    const { steps, sellAt } = await aWatchedDesk();
    await sellAt(1, '2026-03-14T10:00:10.000Z');
    await sellAt(2, '2026-03-14T10:00:05.000Z');
    expect(await sellAt(2, '2026-03-14T09:00:00.000Z')).toEqual(['replayed']);
    expect(steps).toEqual([]);
  });
});
