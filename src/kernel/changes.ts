/**
 * The undo log of a state that is folded in place. A fork is a mark: what was changed since can be taken back,
 * at a cost in proportion to the changes and not to the state. Nothing is logged until the first mark, so a
 * long replay pays nothing.
 */
export class Changes {
  private readonly undos: (() => void)[] = [];
  private recording = false;

  /** From here on changes can be taken back. Marks nest; `keep()` ends all of them. */
  mark(): number {
    this.recording = true;
    return this.undos.length;
  }

  rollback(mark: number): void {
    for (let index = this.undos.length - 1; index >= mark; index -= 1) (this.undos[index] as () => void)();
    this.undos.length = mark;
  }

  /** What was changed is durable: forgets how to take it back. */
  keep(): void {
    this.undos.length = 0;
    this.recording = false;
  }

  set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
    if (this.recording) {
      const had = map.has(key);
      const old = map.get(key);
      this.undos.push(() => {
        if (had) map.set(key, old as Value);
        else map.delete(key);
      });
    }
    map.set(key, value);
  }

  delete<Key, Value>(map: Map<Key, Value>, key: Key): void {
    if (!map.has(key)) return;
    if (this.recording) {
      const old = map.get(key) as Value;
      this.undos.push(() => map.set(key, old));
    }
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
    if (this.recording) {
      const old = target[field];
      this.undos.push(() => {
        target[field] = old;
      });
    }
    target[field] = value;
  }

  push<Item>(list: Item[], item: Item): void {
    if (this.recording) this.undos.push(() => void list.pop());
    list.push(item);
  }
}
