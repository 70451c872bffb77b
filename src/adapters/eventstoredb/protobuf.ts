// Just enough of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/) for the few messages that are
// spoken. The classes that the two packages ship for them cannot be used beside each other: both define the same
// global names, and the one that was loaded first then serializes with the other's code.

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

/** From here on a varint does not fit in what a number holds exactly. */
const SEVEN_BYTES = 2 ** 49;

/** A field that holds bytes, or another message. */
export function bytes(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint((field << 3) | DELIMITED), varint(content.length), content]);
}

export function text(field: number, content: string): Buffer {
  return bytes(field, Buffer.from(content));
}

/** A field that holds an integer or a flag: 0 is not written, as proto3 wants it. */
export function integer(field: number, value: number | bigint | boolean): Buffer {
  return Number(value) === 0 ? Buffer.alloc(0) : chosen(field, value);
}

/** An integer whose presence says something, even if it is 0: one of several choices. */
export function chosen(field: number, value: number | bigint | boolean): Buffer {
  return Buffer.concat([varint(field << 3), varint(typeof value === 'boolean' ? Number(value) : value)]);
}

export function message(field: number, ...content: readonly Uint8Array[]): Buffer {
  return bytes(field, Buffer.concat(content));
}

function varint(value: number | bigint): Buffer {
  const digits: number[] = [];
  let rest = BigInt(value);
  while (rest > 0x7fn) {
    digits.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  digits.push(Number(rest));
  return Buffer.from(digits);
}

type Value = number | bigint | Uint8Array;

/** A message as it came, by the numbers of its fields. Of a field that came more than once the last one counts. */
export class Message {
  private readonly fields = new Map<number, Value[]>();
  private at = 0;

  constructor(private readonly content: Uint8Array) {
    while (this.at < content.length) {
      const key = Number(this.readVarint());
      const values = this.fields.get(key >>> 3);
      const value = this.readValue(key & 7);
      if (values) values.push(value);
      else this.fields.set(key >>> 3, [value]);
    }
  }

  has(field: number): boolean {
    return this.fields.has(field);
  }

  integer(field: number): bigint {
    const value = this.fields.get(field)?.at(-1);
    return value === undefined || value instanceof Uint8Array ? 0n : BigInt(value);
  }

  bytes(field: number): Uint8Array {
    const value = this.fields.get(field)?.at(-1);
    return value instanceof Uint8Array ? value : new Uint8Array();
  }

  text(field: number): string {
    const { buffer, byteOffset, length } = this.bytes(field);
    return Buffer.from(buffer, byteOffset, length).toString();
  }

  /** The message in a field; null when there is none. */
  message(field: number): Message | null {
    return this.has(field) ? new Message(this.bytes(field)) : null;
  }

  messages(field: number): Message[] {
    const values = this.fields.get(field) ?? [];
    return values.flatMap((value) => (value instanceof Uint8Array ? [new Message(value)] : []));
  }

  private readValue(type: number): Value {
    switch (type) {
      case VARINT:
        return this.readVarint();
      case DELIMITED:
        return this.take(Number(this.readVarint()));
      case FIXED_64:
        return this.take(8);
      case FIXED_32:
        return this.take(4);
      default:
        throw new RangeError(`a message holds a field of type ${type}`);
    }
  }

  private take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.content.length) throw new RangeError('a message ends early');
    const part = this.content.subarray(this.at, end);
    this.at = end;
    return part;
  }

  private readVarint(): number | bigint {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.content[this.at];
      if (byte === undefined) throw new RangeError('a message ends early');
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
      if (factor >= SEVEN_BYTES) return this.readRest(BigInt(value), BigInt(factor));
    }
  }

  private readRest(low: bigint, firstFactor: bigint): bigint {
    let value = low;
    for (let factor = firstFactor; ; factor *= 128n) {
      const byte = this.content[this.at];
      if (byte === undefined) throw new RangeError('a message ends early');
      this.at += 1;
      value += BigInt(byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }
}
