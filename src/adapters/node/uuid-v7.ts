import { randomFillSync } from 'node:crypto';
import { Ids } from '../../ports/ids';

const DIGITS = Buffer.from('0123456789abcdef');
const POOL_BYTES = 10_240;
const RANDOM_BYTES = 10;
const LARGEST_COUNT = 0xfff;

/**
 * UUIDs of version 7 (RFC 9562 §5.7) that sort in the order in which they were made: milliseconds, then a counter
 * of 12 bits that begins at a random number for each millisecond (§6.2, method 1), then 62 random bits from a pool
 * that is filled in one go.
 */
export class UuidV7 extends Ids {
  private readonly pool = new Uint8Array(POOL_BYTES);
  private used = POOL_BYTES;
  private time = 0;
  /** The last one: its time stays, and the dashes. */
  private readonly text = Buffer.alloc(36, '-');
  private count = 0;

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  override uuid(): string {
    if (this.used + RANDOM_BYTES > POOL_BYTES) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    this.step();
    this.write(14, 0x70 | (this.count >> 8));
    this.write(16, this.count & 0xff);
    this.write(19, 0x80 | (this.random(2) & 0x3f));
    this.write(21, this.random(3));
    for (let index = 4; index < RANDOM_BYTES; index += 1) this.write(16 + 2 * index, this.random(index));
    this.used += RANDOM_BYTES;
    // In one piece: one that is put together of many is copied wherever it is written.
    return this.text.toString('latin1');
  }

  /** Moves on in time, or, where the clock has not or has stepped back, in number. */
  private step(): void {
    const now = this.now();
    if (now > this.time) this.begin(now);
    else if (this.count < LARGEST_COUNT) this.count += 1;
    else this.begin(this.time + 1);
  }

  private begin(time: number): void {
    this.time = time;
    const digits = time.toString(16).padStart(12, '0');
    this.text.write(`${digits.slice(0, 8)}-${digits.slice(8)}`, 'latin1');
    // The upper bit stays free, so that at least 2,048 follow in the same millisecond.
    this.count = ((this.random(0) & 0x07) << 8) | this.random(1);
  }

  private random(index: number): number {
    return this.pool[this.used + index] as number;
  }

  /** A byte as two digits. */
  private write(at: number, byte: number): void {
    this.text[at] = DIGITS[byte >> 4] as number;
    this.text[at + 1] = DIGITS[byte & 0x0f] as number;
  }
}
