/**
 * The undo log of a state that is folded in place. A fork is a mark: what was changed since can be taken back,
 * at a cost in proportion to the changes and not to the state. Nothing is logged until the first mark, so a
 * long replay pays nothing.
 */
export class Changes {
  /** What was changed, where in it, and what was there: three lists, since an object per change costs more. */
  private readonly targets: unknown[] = [];
  private readonly places: unknown[] = [];
  private readonly values: unknown[] = [];
  /** What lies before it is durable, and is given up when it has become much. */
  private start = 0;
  private recording = false;

  /** From here on changes can be taken back. Marks nest; `keep()` ends all of them. */
  mark(): number {
    this.recording = true;
    return this.targets.length - this.start;
  }

  rollback(mark: number): void {
    const first = this.start + mark;
    for (let index = this.targets.length - 1; index >= first; index -= 1) {
      undo(this.targets[index], this.places[index], this.values[index]);
    }
    this.cut(first);
  }

  /**
   * What was changed is durable: forgets how to take it back. With a mark, only what came before the mark; later
   * changes can still be taken back, and the mark itself becomes 0.
   */
  keep(mark = Infinity): void {
    if (this.start + mark >= this.targets.length) {
      this.start = 0;
      this.cut(0);
      this.recording = false;
      return;
    }
    this.start += mark;
    if (this.start > MOST_DURABLE) this.giveUpDurable();
  }

  set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
    if (this.recording) {
      const old = map.get(key);
      this.note(map, key, old === undefined && !map.has(key) ? ABSENT : old);
    }
    map.set(key, value);
  }

  delete<Key, Value>(map: Map<Key, Value>, key: Key): void {
    if (!map.has(key)) return;
    if (this.recording) this.note(map, key, map.get(key));
    map.delete(key);
  }

  /** Adds to a number kept under a key; an absent key counts as zero. */
  add<Key>(map: Map<Key, number>, key: Key, amount: number): void {
    if (amount !== 0) this.set(map, key, (map.get(key) ?? 0) + amount);
  }

  assign<Target extends object, Field extends keyof Target>(
    target: Target,
    field: Field,
    value: Target[Field],
  ): void {
    if (this.recording) this.note(target, field, target[field]);
    target[field] = value;
  }

  push<Item>(list: Item[], item: Item): void {
    if (this.recording) this.note(list, list.length, ABSENT);
    list.push(item);
  }

  private note(target: unknown, place: unknown, value: unknown): void {
    this.targets.push(target);
    this.places.push(place);
    this.values.push(value);
  }

  private giveUpDurable(): void {
    const { targets, places, values, start } = this;
    // Item by item: `splice` also makes a list of what it takes out, and takes ten times as long.
    for (let index = start; index < targets.length; index += 1) {
      targets[index - start] = targets[index];
      places[index - start] = places[index];
      values[index - start] = values[index];
    }
    this.start = 0;
    this.cut(targets.length - start);
  }

  private cut(length: number): void {
    this.targets.length = length;
    this.places.length = length;
    this.values.length = length;
  }
}

/** To move up what is left for each group that became durable would cost as much as noting it did. */
const MOST_DURABLE = 50_000;

/** Stands for "nothing was there". */
const ABSENT = Symbol('absent');

function undo(target: unknown, place: unknown, value: unknown): void {
  if (target instanceof Map) {
    if (value === ABSENT) target.delete(place);
    else target.set(place, value);
  } else if (Array.isArray(target) && value === ABSENT) target.length = place as number;
  else (target as Record<PropertyKey, unknown>)[place as PropertyKey] = value;
}
