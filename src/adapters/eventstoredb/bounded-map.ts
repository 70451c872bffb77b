/** A map that forgets what was set first when it is full: for what can be found out again. */
export class BoundedMap<Key, Value> {
  private readonly entries = new Map<Key, Value>();

  constructor(private readonly size: number) {}

  get(key: Key): Value | undefined {
    return this.entries.get(key);
  }

  set(key: Key, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.size) return;
    const [oldest] = this.entries.keys();
    this.entries.delete(oldest as Key);
  }

  delete(key: Key): void {
    this.entries.delete(key);
  }
}

/** Does what is asked for one key one after the other, and lets keys go their own ways. */
export class OneByOne {
  private readonly tails = new Map<string, Promise<unknown>>();
  private readonly counts = new Map<string, number>();

  run<Answer>(key: string, work: () => Promise<Answer>): Promise<Answer> {
    const before = this.tails.get(key);
    const own = before ? before.then(work, work) : work();
    this.tails.set(key, own);
    this.counts.set(key, this.waiting(key) + 1);
    const forget = () => {
      this.counts.set(key, this.waiting(key) - 1);
      if (this.tails.get(key) !== own) return;
      this.tails.delete(key);
      this.counts.delete(key);
    };
    own.then(forget, forget);
    return own;
  }

  /** How much of what was asked for one key is not over. */
  waiting(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  /** Waits for what was asked for one key so far. */
  async settled(key: string): Promise<void> {
    await this.tails.get(key)?.then(ignore, ignore);
  }

  /** Waits until nothing is asked for any more. */
  async idle(): Promise<void> {
    while (this.tails.size > 0) await Promise.allSettled(this.tails.values());
  }
}

function ignore(): void {
  // How it ended is told to whoever asked for it.
}
