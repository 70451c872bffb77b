import fc from 'fast-check';
import { Changes } from './changes';

type State = {
  readonly amounts: Map<string, number>;
  readonly names: Map<string, string | undefined>;
  readonly ids: string[];
  readonly inner: { count: number; list: readonly string[] };
  head: string | null;
};

const aState = (): State => ({
  amounts: new Map([
    ['a', 1],
    ['b', 2],
  ]),
  names: new Map([['x', undefined]]),
  ids: ['one'],
  inner: { count: 0, list: [] },
  head: null,
});

describe('what was changed since a mark', () => {
  it('can be taken back: set, deleted, added, assigned, pushed', () => {
    const state = aState();
    const changes = new Changes();
    const mark = changes.mark();
    changes.set(state.amounts, 'a', 10);
    changes.set(state.amounts, 'c', 3);
    changes.delete(state.amounts, 'b');
    changes.add(state.amounts, 'a', 5);
    changes.add(state.amounts, 'd', 4);
    changes.assign(state, 'head', 'h1');
    changes.assign(state.inner, 'list', ['z']);
    changes.push(state.ids, 'two');
    changes.push(state.ids, 'three');
    expect(state).toEqual({
      ...aState(),
      amounts: new Map([
        ['a', 15],
        ['c', 3],
        ['d', 4],
      ]),
      head: 'h1',
      inner: { count: 0, list: ['z'] },
      ids: ['one', 'two', 'three'],
    });
    changes.rollback(mark);
    expect(state).toStrictEqual(aState());
  });

  it('tells what was absent from what was there without a value', () => {
    const state = aState();
    const changes = new Changes();
    const mark = changes.mark();
    changes.set(state.names, 'x', 'named');
    changes.set(state.names, 'y', undefined);
    changes.rollback(mark);
    expect([...state.names.keys()]).toEqual(['x']);
    expect(state.names.get('x')).toBeUndefined();
    changes.delete(state.names, 'x');
    expect(state.names.has('x')).toBe(false);
    changes.rollback(mark);
    expect(state.names.has('x')).toBe(true);
  });

  it('leaves a number of zero where it was, and adds nothing to nothing', () => {
    const amounts = new Map([['a', 2]]);
    const changes = new Changes();
    changes.add(amounts, 'a', -2);
    changes.add(amounts, 'b', 0);
    expect([...amounts]).toEqual([['a', 0]]);
  });

  it('asks nothing of what is not there', () => {
    const amounts = new Map([['a', 1]]);
    const changes = new Changes();
    const mark = changes.mark();
    changes.delete(amounts, 'b');
    changes.rollback(mark);
    expect([...amounts]).toEqual([['a', 1]]);
  });

  it('is taken back to an inner mark alone, then to the outer one', () => {
    const state = aState();
    const changes = new Changes();
    const outer = changes.mark();
    changes.set(state.amounts, 'a', 10);
    const inner = changes.mark();
    changes.set(state.amounts, 'a', 20);
    changes.push(state.ids, 'two');
    changes.rollback(inner);
    expect(state.amounts.get('a')).toBe(10);
    expect(state.ids).toEqual(['one']);
    changes.set(state.amounts, 'a', 30);
    changes.rollback(outer);
    expect(state).toStrictEqual(aState());
  });

  it('can be taken back again after it was taken back', () => {
    const state = aState();
    const changes = new Changes();
    const mark = changes.mark();
    for (const value of [5, 6]) {
      changes.set(state.amounts, 'a', value);
      changes.rollback(mark);
      expect(state).toStrictEqual(aState());
    }
    changes.rollback(mark);
    expect(state).toStrictEqual(aState());
  });
});

describe('what is kept', () => {
  it('is no longer taken back', () => {
    const state = aState();
    const changes = new Changes();
    const mark = changes.mark();
    changes.set(state.amounts, 'a', 10);
    changes.keep();
    changes.rollback(mark);
    expect(state.amounts.get('a')).toBe(10);
  });

  it('is what came before a mark, if one is given: the rest can still be taken back, from zero', () => {
    const state = aState();
    const changes = new Changes();
    changes.mark();
    changes.set(state.amounts, 'a', 10);
    changes.push(state.ids, 'two');
    const later = changes.mark();
    changes.set(state.amounts, 'a', 20);
    changes.assign(state, 'head', 'h1');
    changes.push(state.ids, 'three');
    changes.keep(later);
    changes.push(state.ids, 'four');
    expect(changes.mark()).toBe(4);
    changes.rollback(0);
    expect(state.amounts.get('a')).toBe(10);
    expect(state.head).toBeNull();
    expect(state.ids).toEqual(['one', 'two']);
  });

  it('takes back the rest alike, however much became durable before', () => {
    const numbers = new Map<number, number>();
    const changes = new Changes();
    for (let round = 0; round < 8; round += 1) {
      changes.mark();
      for (let key = 0; key < 10_000; key += 1) changes.set(numbers, key, round);
      const later = changes.mark();
      for (let key = 0; key < 5_000; key += 1) changes.set(numbers, key, -1);
      changes.keep(later);
      expect([numbers.get(0), numbers.get(9_999)]).toEqual([-1, round]);
      if (round % 3 > 0) changes.rollback(0);
      const kept = round % 3 > 0 ? round : -1;
      expect([numbers.get(0), numbers.get(4_999), numbers.get(9_999)]).toEqual([kept, kept, round]);
    }
  });

  it('up to the last change ends the log', () => {
    const state = aState();
    const changes = new Changes();
    changes.mark();
    changes.push(state.ids, 'two');
    changes.keep(changes.mark());
    changes.push(state.ids, 'three');
    changes.rollback(0);
    expect(state.ids).toEqual(['one', 'two', 'three']);
  });

  it('is all that was never marked: a long replay logs nothing', () => {
    const state = aState();
    const changes = new Changes();
    changes.set(state.amounts, 'a', 10);
    changes.delete(state.amounts, 'b');
    changes.assign(state, 'head', 'h1');
    changes.push(state.ids, 'two');
    expect(changes.mark()).toBe(0);
    changes.rollback(0);
    expect(state.amounts).toEqual(new Map([['a', 10]]));
    expect(state.head).toBe('h1');
    expect(state.ids).toEqual(['one', 'two']);
  });

  it('stops the log until the next mark', () => {
    const state = aState();
    const changes = new Changes();
    changes.mark();
    changes.keep();
    changes.set(state.amounts, 'a', 10);
    const mark = changes.mark();
    expect(mark).toBe(0);
    changes.set(state.amounts, 'a', 20);
    changes.rollback(mark);
    expect(state.amounts.get('a')).toBe(10);
  });
});

describe('any row of changes', () => {
  type Change = (changes: Changes, state: State) => void;
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const anyChange: fc.Arbitrary<Change> = fc.oneof(
    fc.tuple(key, fc.integer()).map(
      ([at, value]): Change =>
        (log, { amounts }) =>
          log.set(amounts, at, value),
    ),
    fc.tuple(key, fc.integer()).map(
      ([at, value]): Change =>
        (log, { amounts }) =>
          log.add(amounts, at, value),
    ),
    key.map(
      (at): Change =>
        (log, { amounts }) =>
          log.delete(amounts, at),
    ),
    fc.tuple(key, fc.option(key, { nil: undefined })).map(
      ([at, value]): Change =>
        (log, { names }) =>
          log.set(names, at, value),
    ),
    key.map(
      (at): Change =>
        (log, { names }) =>
          log.delete(names, at),
    ),
    key.map(
      (id): Change =>
        (log, { ids }) =>
          log.push(ids, id),
    ),
    key.map(
      (head): Change =>
        (log, state) =>
          log.assign(state, 'head', head),
    ),
    fc.integer().map(
      (count): Change =>
        (log, { inner }) =>
          log.assign(inner, 'count', count),
    ),
  );
  const someChanges = fc.array(anyChange, { maxLength: 40 });

  it('is taken back whole, to any of its marks, in reverse', () => {
    fc.assert(
      fc.property(fc.array(someChanges, { maxLength: 5 }), (parts) => {
        const state = aState();
        const changes = new Changes();
        const marks = parts.map((part) => {
          const known = { mark: changes.mark(), before: structuredClone(state) };
          for (const change of part) change(changes, state);
          return known;
        });
        for (const { mark, before } of marks.reverse()) {
          changes.rollback(mark);
          expect(state).toStrictEqual(before);
        }
      }),
    );
  });

  it('is taken back over all inner marks at once, also after some of it was kept', () => {
    fc.assert(
      fc.property(someChanges, someChanges, someChanges, (first, second, third) => {
        const state = aState();
        const changes = new Changes();
        changes.mark();
        for (const change of first) change(changes, state);
        const mark = changes.mark();
        const before = structuredClone(state);
        for (const change of second) change(changes, state);
        changes.mark();
        for (const change of third) change(changes, state);
        changes.keep(mark);
        changes.rollback(0);
        expect(state).toStrictEqual(before);
      }),
    );
  });

  it('gives the same whether it is logged or not', () => {
    fc.assert(
      fc.property(someChanges, (row) => {
        const [logged, plain] = [aState(), aState()];
        const changes = new Changes();
        changes.mark();
        for (const change of row) {
          change(changes, logged);
          change(new Changes(), plain);
        }
        expect(logged).toStrictEqual(plain);
      }),
    );
  });
});
