// Just enough of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/) for the few messages that are
// spoken. The classes that the two packages ship for them cannot be used beside each other: both define the same
// global names, and the one that was loaded first then serializes with the other's code.

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

/** From here on a varint does not fit in what a number holds exactly. */
const SEVEN_BYTES = 2 ** 49;

/** From here on the operators on bits do not work on numbers. */
const BITS_32 = 2 ** 31;

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
  let rest = value;
  if (typeof rest === 'bigint' || rest >= BITS_32) {
    rest = BigInt(rest);
    for (; rest >= BITS_32; rest >>= 7n) digits.push(Number(rest & 0x7fn) | 0x80);
    rest = Number(rest);
  }
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) digits.push((rest & 0x7f) | 0x80);
  digits.push(rest);
  return Buffer.from(digits);
}

/** How many bytes a field of bytes takes. */
export function sizeOfBytes(field: number, length: number): number {
  return sizeOfVarint(field << 3) + sizeOfVarint(length) + length;
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes fields one after the other into one piece of memory: for messages that are large. */
export class Writer {
  readonly written: Buffer;
  private at = 0;

  constructor(size: number) {
    this.written = Buffer.allocUnsafe(size);
  }

  /** What was encoded already. */
  put(content: Uint8Array): void {
    this.written.set(content, this.at);
    this.at += content.length;
  }

  /** The beginning of a field of so many bytes. */
  begin(field: number, length: number): void {
    this.varint((field << 3) | DELIMITED);
    this.varint(length);
  }

  /** A text that is so many bytes long in UTF-8. */
  text(field: number, content: string, size: number): void {
    this.begin(field, size);
    this.at += this.written.write(content, this.at, size === content.length ? 'latin1' : 'utf8');
  }

  /** A text in which each character is one byte. */
  ascii(field: number, content: string): void {
    this.begin(field, content.length);
    this.at += this.written.write(content, this.at, 'latin1');
  }

  private varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.written[this.at++] = (rest & 0x7f) | 0x80;
    this.written[this.at++] = rest;
  }
}

/** What came is no message: a fault of who sent it. */
export class MalformedMessage extends RangeError {
  override readonly name = 'MalformedMessage';
}

/** Where a field lies: its key (number and type), where its content begins, and where it ends. */
const PLACE = 3;

/**
 * A message as it came, by the numbers of its fields. Of a field that came more than once the last one counts. What is
 * not asked for is passed over: most of what servers send is one large field that is wanted as it is.
 *
 * @throws MalformedMessage, also where a message in it is opened
 */
export class Message {
  private readonly content: Buffer;
  private readonly places: number[] = [];
  private at = 0;

  constructor(content: Uint8Array) {
    const { buffer, byteOffset, length } = content;
    this.content = Buffer.isBuffer(content) ? content : Buffer.from(buffer, byteOffset, length);
    while (this.at < length) {
      const key = Number(this.readVarint());
      const start = this.skip(key & 7);
      this.places.push(key, start, this.at);
    }
  }

  has(field: number): boolean {
    return this.last(field) >= 0;
  }

  integer(field: number): bigint {
    const place = this.last(field);
    if (place < 0 || (this.number(place) & 7) !== VARINT) return 0n;
    this.at = this.number(place + 1);
    return BigInt(this.readVarint());
  }

  bytes(field: number): Uint8Array {
    const place = this.last(field);
    if (place < 0 || (this.number(place) & 7) === VARINT) return new Uint8Array();
    return this.part(place);
  }

  text(field: number): string {
    const place = this.last(field);
    if (place < 0 || (this.number(place) & 7) === VARINT) return '';
    return this.content.toString('utf8', this.number(place + 1), this.number(place + 2));
  }

  /** The message in a field; null when there is none. */
  message(field: number): Message | null {
    return this.has(field) ? new Message(this.bytes(field)) : null;
  }

  messages(field: number): Message[] {
    const found: Message[] = [];
    for (let place = 0; place < this.places.length; place += PLACE)
      if (this.number(place) === ((field << 3) | DELIMITED)) found.push(new Message(this.part(place)));
    return found;
  }

  private last(field: number): number {
    let place = this.places.length - PLACE;
    while (place >= 0 && this.number(place) >>> 3 !== field) place -= PLACE;
    return place;
  }

  private number(index: number): number {
    return this.places[index] as number;
  }

  private part(place: number): Buffer {
    return this.content.subarray(this.number(place + 1), this.number(place + 2));
  }

  /** Goes to the end of a value; answers where its content begins. */
  private skip(type: number): number {
    const start = this.at;
    switch (type) {
      case VARINT:
        this.readVarint();
        return start;
      case DELIMITED:
        return this.take(Number(this.readVarint()));
      case FIXED_64:
        return this.take(8);
      case FIXED_32:
        return this.take(4);
      default:
        throw new MalformedMessage(`a message holds a field of type ${type}`);
    }
  }

  private take(length: number): number {
    const start = this.at;
    if (start + length > this.content.length) throw new MalformedMessage('a message ends early');
    this.at += length;
    return start;
  }

  private readVarint(): number | bigint {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.content[this.at];
      if (byte === undefined) throw new MalformedMessage('a message ends early');
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
      if (byte === undefined) throw new MalformedMessage('a message ends early');
      this.at += 1;
      value += BigInt(byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }
}
