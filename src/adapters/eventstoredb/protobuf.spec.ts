import fc from 'fast-check';
import { bytes, chosen, integer, MalformedMessage, Message, message, text } from './protobuf';

const unsigned = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('the wire format', () => {
  it('gives back integers of 64 bits exactly', () => {
    fc.assert(
      fc.property(unsigned, fc.integer({ min: 1, max: 100_000 }), (value, field) => {
        expect(new Message(chosen(field, value)).integer(field)).toBe(value);
      }),
    );
  });

  it('gives back bytes, texts and messages in messages', () => {
    const field = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'grapheme' }), field, (content, words, number) => {
        const read = new Message(message(number, bytes(1, content), text(2, words), integer(3, 7)));
        const inner = read.message(number);
        expect(Buffer.compare(inner?.bytes(1) ?? Buffer.from('?'), content)).toBe(0);
        expect(inner?.text(2)).toBe(words);
        expect(inner?.integer(3)).toBe(7n);
        expect(inner?.has(4)).toBe(false);
      }),
    );
  });

  it('keeps fields that come more than once, in their order', () => {
    const read = new Message(
      Buffer.concat([message(5, text(1, 'a')), integer(2, 1), message(5, text(1, 'b'))]),
    );
    expect(read.messages(5).map((inner) => inner.text(1))).toEqual(['a', 'b']);
    expect(read.text(1)).toBe('');
    expect(read.message(9)).toBeNull();
  });

  it('writes no field for 0 unless its presence is a choice', () => {
    expect(integer(3, false)).toHaveLength(0);
    expect(new Message(chosen(3, 0)).has(3)).toBe(true);
  });

  it('passes over fields of fixed width', () => {
    const fixed = Buffer.from([(6 << 3) | 5, 1, 2, 3, 4, (7 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Message(Buffer.concat([fixed, integer(2, 300)])).integer(2)).toBe(300n);
  });

  it.each([
    ['in a varint', Buffer.from([8, 0x80])],
    ['in a long varint', Buffer.from([8, ...Array.from({ length: 9 }, () => 0xff)])],
    ['in bytes', Buffer.from([10, 5, 1])],
    ['with a type that there is not', Buffer.from([11])],
  ])('refuses a message that ends %s', (_where, content) => {
    expect(() => new Message(content)).toThrow(MalformedMessage);
  });
});
