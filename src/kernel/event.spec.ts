import { z } from 'zod';
import { correctionSchema, defineEvent, entryReferenceSchema, ROLES } from './event';

const Whistled = defineEvent('Whistled', 3, z.strictObject({ tune: z.string() }));

const id = '00000000-0000-4000-8000-000000000001';
const digest = 'ab'.repeat(32);

const stored = {
  id,
  type: 'Whistled',
  schemaVersion: 3,
  ledger: id,
  sequence: 1,
  recordedAt: '2026-03-14T10:00:00.000Z',
  actor: { id: 'cashier-1', role: 'user', via: 'session' },
  data: { tune: 'la' },
  prevHash: digest,
};

const full = {
  ...stored,
  occurredAt: '2026-03-14T09:59:59.000Z',
  businessDate: '2026-03-14',
  till: 'T1',
  tillSequence: 1,
  document: { type: 'whistle', number: 1 },
  entry: {
    id,
    type: 'whistle',
    payloadHash: digest,
    index: 0,
    count: 1,
    reference: 'R-1',
    comment: 'doucement',
    source: { system: 'pos-a', sequence: 0 },
  },
  correction: {
    reason: 'fausse note',
    corrects: { entry: id, sequence: 1, type: 'whistle', till: 'T1', businessDate: '2026-03-13' },
    restates: { till: 'T1', businessDate: '2026-03-13' },
    givenBack: [{ method: 'cash', amount: -1 }],
  },
  postings: [{ account: 'till/T1/cash', amount: 1 }],
};

describe('the definition of an event', () => {
  it('holds its stored name, its version, and one schema for all of it', () => {
    expect([Whistled.type, Whistled.schemaVersion]).toEqual(['Whistled', 3]);
    expect(Whistled.schema.parse(stored)).toEqual(stored);
    expect(Whistled.schema.parse(full)).toEqual(full);
    expect(Whistled.data.parse({ tune: 'la' })).toEqual({ tune: 'la' });
  });

  it.each(Object.keys(stored))('wants %s', (member) => {
    const { [member]: _left, ...rest } = stored as Record<string, unknown>;
    expect(Whistled.schema.safeParse(rest).success).toBe(false);
  });

  it.each([
    { more: 1 },
    { type: 'Sung' },
    { schemaVersion: 2 },
    { schemaVersion: 4 },
    { sequence: 0 },
    { sequence: 1.5 },
    { tillSequence: 0 },
    { recordedAt: '2026-03-14T10:00:00Z' },
    { occurredAt: '2026-03-14T11:00:00.000+01:00' },
    { businessDate: '2026-02-30' },
    { till: 'T 1' },
    { prevHash: digest.toUpperCase() },
    { id: 'one' },
    { ledger: 'one' },
    { data: { tune: 'la', more: 1 } },
    { data: {} },
    { document: { type: 'whistle', number: 0 } },
    { document: { type: '', number: 1 } },
    { document: { type: 'w'.repeat(65), number: 1 } },
    { document: { type: 'whistle', number: 1, more: 1 } },
    { actor: { id: '', role: 'user', via: 'session' } },
    { actor: { id: 'x'.repeat(65), role: 'user', via: 'session' } },
    { actor: { id: 'a', role: 'king', via: 'session' } },
    { actor: { id: 'a', role: 'user', via: 'pigeon' } },
    { actor: { id: 'a', role: 'user', via: 'session', email: 'a@b.c' } },
    { postings: [{ account: '', amount: 1 }] },
    { entry: { ...full.entry, index: -1 } },
    { entry: { ...full.entry, count: 0 } },
    { entry: { ...full.entry, reference: 'x'.repeat(101) } },
    { entry: { ...full.entry, comment: 'x'.repeat(2001) } },
    { entry: { ...full.entry, source: { system: 'x'.repeat(65) } } },
    { entry: { ...full.entry, source: { system: 'pos', sequence: -1 } } },
    { entry: { ...full.entry, more: 1 } },
    { correction: { ...full.correction, reason: '' } },
    { correction: { ...full.correction, restates: {} } },
    { correction: { ...full.correction, corrects: { entry: id, sequence: 0, type: 'whistle' } } },
    { correction: { ...full.correction, givenBack: [{ method: 'cash', amount: 0.5 }] } },
    { correction: { ...full.correction, more: 1 } },
  ])('refuses %j', (change) => {
    expect(Whistled.schema.safeParse({ ...full, ...change }).success).toBe(false);
  });

  it('takes every role and way in', () => {
    for (const role of ROLES) {
      for (const via of ['session', 'api-key', 'cli', 'system']) {
        const event = { ...stored, actor: { id: 'a', role, via } };
        expect(Whistled.schema.safeParse(event).success).toBe(true);
      }
    }
    expect(ROLES).toEqual(['firm-admin', 'accountant', 'admin', 'user', 'connector', 'inspector', 'system']);
  });

  it('takes a correction that points to nothing: an omission, and company dates without a till', () => {
    const omission = { reason: 'oubli', restates: { businessDate: '2026-03-13' } };
    expect(correctionSchema.parse(omission)).toEqual(omission);
    const { till: _till, businessDate: _date, ...corrects } = full.correction.corrects;
    expect(correctionSchema.parse({ ...omission, corrects })).toEqual({ ...omission, corrects });
    const { reference: _r, comment: _c, source: _s, ...entry } = full.entry;
    expect(entryReferenceSchema.parse(entry)).toEqual(entry);
  });
});
