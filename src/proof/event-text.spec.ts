import fc from 'fast-check';
import {
  actorSchema,
  documentSchema,
  entryReferenceSchema,
  envelopeShape,
  sourceSchema,
} from '../kernel/event';
import { type Cents, cents } from '../kernel/money';
import { postingSchema } from '../kernel/postings';
import { historyOf } from '../../test/support/histories';
import { canonicalJson } from './canonical-json';
import { eventText, type EventToWrite } from './event-text';

const HOSTILE = 'dit "vrai"\\ \n\u2028 é 🥖';
const DIGEST = 'a'.repeat(64);
const ID = '0b0e8a52-6c0f-4e1e-9d57-1a5d0c8f7a01';

/** An event with every member that an envelope may have, and texts that must be escaped wherever a text is free. */
const whole = {
  actor: { id: HOSTILE, role: 'connector', via: 'api-key' },
  businessDate: '2026-03-14',
  correction: { reason: HOSTILE, restates: { businessDate: '2026-03-13', till: 'T1' } },
  data: { z: 1, a: HOSTILE, nested: [{ b: true, a: -1 }] },
  document: { number: 7, type: 'sale' },
  entry: {
    comment: HOSTILE,
    count: 2,
    id: ID,
    index: 1,
    payloadHash: DIGEST,
    reference: HOSTILE,
    source: { system: HOSTILE, sequence: 12 },
    type: 'sale',
  },
  id: ID,
  ledger: ID,
  occurredAt: '2026-03-14T08:00:00.000Z',
  postings: [
    { account: 'till/T1/cash', amount: cents(-90) },
    { account: 'suspense', amount: cents(90) },
  ],
  prevHash: DIGEST,
  recordedAt: '2026-03-14T08:00:01.000Z',
  schemaVersion: 1,
  sequence: 42,
  till: 'T1',
  tillSequence: 3,
  type: 'SaleRecorded',
} satisfies EventToWrite;

function without<Whole extends object>(value: Whole, member: string): Whole {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== member)) as Whole;
}

const isOptional = (shape: Record<string, { safeParse: (value: unknown) => { success: boolean } }>) =>
  Object.keys(shape).filter((member) => shape[member]?.safeParse(undefined).success);

describe('the text of an event', () => {
  it('is what canonical JSON (RFC 8785) makes of it', () => {
    expect(eventText(whole)).toBe(canonicalJson(whole));
    expect(JSON.parse(eventText(whole))).toEqual(whole);
  });

  it('forgets no member: here they are all', () => {
    const own = ['type', 'schemaVersion', 'data'];
    expect(Object.keys(whole).sort()).toEqual([...Object.keys(envelopeShape), ...own].sort());
    expect(Object.keys(whole.actor).sort()).toEqual(Object.keys(actorSchema.shape).sort());
    expect(Object.keys(whole.document).sort()).toEqual(Object.keys(documentSchema.shape).sort());
    expect(Object.keys(whole.entry).sort()).toEqual(Object.keys(entryReferenceSchema.shape).sort());
    expect(Object.keys(whole.entry.source).sort()).toEqual(Object.keys(sourceSchema.shape).sort());
    expect(Object.keys(whole.postings[0] ?? {}).sort()).toEqual(Object.keys(postingSchema.shape).sort());
  });

  it.each(isOptional(envelopeShape))('may have no %s', (member) => {
    const event = without<EventToWrite>(whole, member);
    expect(eventText(event)).toBe(canonicalJson(event));
    expect(eventText({ ...whole, [member]: undefined })).toBe(canonicalJson(event));
  });

  it.each(isOptional(entryReferenceSchema.shape))('may have an entry without %s', (member) => {
    const event = { ...whole, entry: without(whole.entry, member) };
    expect(eventText(event)).toBe(canonicalJson(event));
  });

  it.each([0, 1, 3])('writes %i postings', (count) => {
    const event = { ...whole, postings: Array.from({ length: count }, () => whole.postings[0]) };
    expect(eventText(event as EventToWrite)).toBe(canonicalJson(event));
  });

  it('holds nothing that has no place in an event', () => {
    expect(() => eventText({ ...whole, data: { amount: 0.5 } })).toThrow(TypeError);
    expect(() => eventText({ ...whole, data: { label: '\ud83d' } })).toThrow(TypeError);
    expect(() => eventText({ ...whole, entry: { ...whole.entry, comment: '\ud83d' } })).toThrow(TypeError);
  });

  it.each([0.5, NaN, 2 ** 60])('holds no number such as %d, wherever a number stands', (number) => {
    const posting = { account: 'suspense', amount: number as Cents };
    for (const event of [
      { ...whole, document: { ...whole.document, number } },
      { ...whole, entry: { ...whole.entry, count: number } },
      { ...whole, entry: { ...whole.entry, index: number } },
      { ...whole, postings: [posting] },
      { ...whole, schemaVersion: number },
      { ...whole, sequence: number },
      { ...whole, tillSequence: number },
    ])
      expect(() => eventText(event)).toThrow(TypeError);
  });

  it('is canonical for whatever a shop records', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        // The book keeps the hash beside each event, under a name of its own.
        for (const { hash: _hash, ...event } of historyOf(seed, 60).book.events)
          expect(eventText(event as EventToWrite)).toBe(canonicalJson(event));
      }),
      { numRuns: 20 },
    );
  });
});
