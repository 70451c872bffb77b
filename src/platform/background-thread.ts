import { setPriority } from 'node:os';

/** As `nice` counts: a thread at 10 gets a tenth of what one at 0 gets where both want the same core. */
const BACKGROUND = 10;

/**
 * Lets the threads that answer requests go first where there are fewer cores than work. Linux gives each thread a
 * priority of its own; elsewhere this would slow down the whole process, and is left alone.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    // Process 0 is the calling thread (setpriority(2), "C library/kernel differences").
    setPriority(0, BACKGROUND);
  } catch {
    // Where that is forbidden, the threads share as equals.
  }
}

/** Events that were recorded, counted on the thread that serves and read on others. */
export class RecordedCount {
  private readonly count: Int32Array;

  constructor(readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.count = new Int32Array(memory);
  }

  add(events: number): void {
    Atomics.add(this.count, 0, events);
  }

  /** Since an earlier value; it may wrap around in between. */
  since(earlier: number): number {
    return (this.value() - earlier) | 0;
  }

  value(): number {
    return Atomics.load(this.count, 0);
  }
}

/** How often it is looked whether others still record, in milliseconds; more events than this in that time are full speed. */
const LOOK_MS = 100;
const FULL_SPEED = 256;

/**
 * Work that can wait, done piece by piece: between two pieces it makes way for those who record at full speed, which the
 * lowest place among threads does not where processors are few. It waits for so long in all, until it was done once.
 */
export class MakingWay {
  private seen: number;
  private seenAt = performance.now();
  private leftMs: number;
  private goOn: () => void = () => undefined;

  constructor(
    private readonly recorded: RecordedCount,
    private readonly mostMs: number,
  ) {
    this.seen = recorded.value();
    this.leftMs = mostMs;
  }

  async next(): Promise<void> {
    while (this.leftMs > 0 && this.isFullSpeed()) {
      this.leftMs -= LOOK_MS;
      await this.rest();
    }
  }

  /** All is done for now. */
  done(): void {
    this.leftMs = this.mostMs;
  }

  /** Somebody waits for it: no more making way until it is done. */
  hurry(): void {
    this.leftMs = 0;
    this.goOn();
  }

  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Since it was last looked. */
  private isFullSpeed(): boolean {
    const events = this.recorded.since(this.seen);
    const tookMs = Math.max(performance.now() - this.seenAt, LOOK_MS);
    this.seen = this.recorded.value();
    this.seenAt = performance.now();
    return events * LOOK_MS > FULL_SPEED * tookMs;
  }
}
