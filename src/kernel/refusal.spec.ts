import { Refusal, REFUSAL_CODES } from './refusal';
import { unreachable } from './unreachable';

describe('a refusal', () => {
  it('is an error that says its code and the facts behind it', () => {
    const facts = { pointer: '/gross', missing: 7_00 };
    const refusal = new Refusal('cash-balance-negative', facts);
    expect(refusal).toBeInstanceOf(Error);
    expect(refusal.name).toBe('Refusal');
    expect(refusal.message).toBe('cash-balance-negative');
    expect(refusal.code).toBe('cash-balance-negative');
    expect(refusal.facts).toEqual(facts);
    expect(new Refusal('comment-required').facts).toEqual({});
  });

  it('has a code of its own, in kebab case; the list is in order', () => {
    expect([...REFUSAL_CODES].sort()).toEqual(REFUSAL_CODES);
    expect(new Set(REFUSAL_CODES).size).toBe(REFUSAL_CODES.length);
    expect(REFUSAL_CODES.filter((code) => !/^[a-z]+(-[a-z]+)+$/.test(code))).toEqual([]);
  });
});

describe('what cannot be', () => {
  it('stops the program and shows itself', () => {
    expect(() => unreachable({ type: 'MoonLanded' } as never)).toThrow(
      'not understood by this version: {"type":"MoonLanded"}',
    );
  });
});
