import { randomFillSync } from 'node:crypto';
import { Ids } from '../../ports/ids';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const POOL_BYTES = 10_240;
const RANDOM_BYTES = 10;

/** UUIDs of version 7 (RFC 9562 §5.7): milliseconds, then 74 random bits from a pool that is filled in one go. */
export class UuidV7 extends Ids {
  private readonly pool = new Uint8Array(POOL_BYTES);
  private used = POOL_BYTES;

  override uuid(): string {
    if (this.used + RANDOM_BYTES > POOL_BYTES) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    const time = Date.now().toString(16).padStart(12, '0');
    const digits = (index: number) => HEX[this.pool[this.used + index] as number] as string;
    const version = HEX[0x70 | ((this.pool[this.used] as number) & 0x0f)] as string;
    const variant = HEX[0x80 | ((this.pool[this.used + 2] as number) & 0x3f)] as string;
    const tail = digits(4) + digits(5) + digits(6) + digits(7) + digits(8) + digits(9);
    const uuid = `${time.slice(0, 8)}-${time.slice(8)}-${version}${digits(1)}-${variant}${digits(3)}-${tail}`;
    this.used += RANDOM_BYTES;
    return uuid;
  }
}
