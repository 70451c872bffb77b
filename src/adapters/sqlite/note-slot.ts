const LENGTH = 0;
const EMPTY = 0;
const HEADER_BYTES = 4;
/** A note takes about 250 bytes. */
const MOST_BYTES = 2048;

/**
 * Hands one signed note at a time to the thread that writes, in shared memory: a message would wake it up once more.
 * The same memory makes the other end of it.
 */
export class NoteSlot {
  private readonly length: Int32Array;
  private readonly bytes: Uint8Array;

  constructor(readonly memory = new SharedArrayBuffer(HEADER_BYTES + MOST_BYTES)) {
    this.length = new Int32Array(memory, 0, 1);
    this.bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  clear(): void {
    Atomics.store(this.length, LENGTH, EMPTY);
  }

  /** Whoever waits goes on. A note that has no room is not put: nobody may rely on it alone. */
  put(note: string): void {
    const bytes = Buffer.from(note);
    if (bytes.length > MOST_BYTES) return;
    this.bytes.set(bytes);
    Atomics.store(this.length, LENGTH, bytes.length);
    Atomics.notify(this.length, LENGTH);
  }

  /** The note, once it is there; null when it has not come in time. Blocks the thread. */
  take(waitMs: number): string | null {
    Atomics.wait(this.length, LENGTH, EMPTY, waitMs);
    const length = Atomics.load(this.length, LENGTH);
    return length === EMPTY ? null : Buffer.from(this.bytes.slice(0, length)).toString();
  }
}
