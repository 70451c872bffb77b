import * as fc from 'fast-check';
import { History } from '../../test/support/histories';
import {
  checkpointOfAnotherLog,
  findingsOf,
  seal,
  type Sealed,
  type Stored,
  sealWithOtherKey,
  verifyStored,
} from '../../test/support/sealed-ledger';
import { amountsOf, DAY, idOf, NEXT_DAY, saleOf, Shop, THIRD_DAY } from '../../test/support/shop';
import type { LedgerEvent } from '../ledger/events';
import { ed25519Verify, sha256, sha256Hex } from '../platform/crypto';
import { LedgerVerifier, type SignedNote } from './verification';

type Mutable = { -readonly [Key in keyof LedgerEvent]: LedgerEvent[Key] } & Record<string, unknown>;

/** A shop's three days: every way to pay, an expense, a deposit, a correction, two closures, a day in progress. */
function threeDays(): LedgerEvent[] {
  const shop = new Shop();
  const customer = shop.newCustomer();
  const mistaken = idOf(shop.sell({ cash: 20_00 }));
  shop.sell({ cash: 12_50, card: 7_50 });
  shop.enter(saleOf({ credit: 40_00 }, { payments: [{ method: 'credit', amount: 40_00, customer }] }));
  shop.enter({
    type: 'voucher-sale',
    voucher: 'V1',
    kind: 'multi-purpose',
    amount: 30_00,
    payments: amountsOf({ cash: 30_00 }),
  });
  shop.enter(saleOf({ voucher: 10_00 }, { payments: [{ method: 'voucher', amount: 10_00, voucher: 'V1' }] }));
  shop.enter({ type: 'expense', category: 'supplies', gross: 12_00, vatRate: 2000 });
  const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 50_00 }));
  shop.countAndClose(DAY, 150_00);
  shop.goTo(NEXT_DAY).sell({ cash: 33_00 });
  shop.correct(mistaken, saleOf({ card: 20_00 }));
  shop.record({ type: 'deposit-confirmation', deposit, amount: 49_98, fees: 2 });
  shop.enter({
    type: 'transfer',
    from: { method: 'cash' },
    to: { till: 'T2', method: 'cash' },
    amount: 10_00,
  });
  shop.countAndClose(NEXT_DAY, shop.balance('till/T1/cash'));
  shop.goTo(THIRD_DAY).sell({ cash: 5_00 });
  shop.sell({ card: 8_00 });
  return shop.events.map(withoutHash);
}

function withoutHash({ hash: _hash, ...event }: LedgerEvent & { hash: string }): LedgerEvent {
  return event;
}

const EVENTS = threeDays();
const SEALED = seal(EVENTS);

function memoryOf({ checkpoint, witness }: Sealed) {
  return { checkpoints: [checkpoint], witness, everyAppendIsSigned: true };
}

const MEMORY = memoryOf(SEALED);

/** The events with one of them changed before they are sealed: what a forger with the key, or a bug, would write. */
function sealedWith(change: (event: Mutable, index: number) => void): Sealed {
  const events = structuredClone(EVENTS) as Mutable[];
  events.forEach(change);
  return seal(events as LedgerEvent[]);
}

function firstOf(type: LedgerEvent['type'], where: (event: LedgerEvent) => boolean = () => true): number {
  const found = EVENTS.find((event) => event.type === type && where(event));
  if (!found) throw new Error(`no ${type}`);
  return found.sequence;
}

/** What is found when the first event of a type lies. */
function findingsWhen(
  type: LedgerEvent['type'],
  change: (event: Mutable & { data: Record<string, never> }) => void,
  where?: (event: LedgerEvent) => boolean,
): string[] {
  const sequence = firstOf(type, where);
  const sealed = sealedWith((event) => {
    if (event.sequence === sequence) change(event as never);
  });
  return findingsOf(verifyStored(sealed.stored, memoryOf(sealed)));
}

function at(type: LedgerEvent['type'], ...codes: string[]): string[] {
  return codes.map((code) => `${firstOf(type)} ${code}`);
}

function flipped(text: string, byte: number, bit: number): string {
  const bytes = Buffer.from(text);
  bytes[byte] = (bytes[byte] as number) ^ (1 << bit);
  return bytes.toString('utf8');
}

function without(stored: readonly Stored[], ...sequences: number[]): Stored[] {
  return stored.filter((_, index) => !sequences.includes(index + 1));
}

function exchanged(stored: readonly Stored[], left: number, right: number): Stored[] {
  const copy = [...stored];
  [copy[left - 1], copy[right - 1]] = [copy[right - 1] as Stored, copy[left - 1] as Stored];
  return copy;
}

function replaced(stored: readonly Stored[], sequence: number, by: Stored): Stored[] {
  return stored.map((event, index) => (index + 1 === sequence ? by : event));
}

/** A consistent lie: another text, with its own right hash. */
function rehashed({ text }: Stored, from: string, to: string): Stored {
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  return { text: changed, hash: sha256Hex(changed) };
}

describe('a ledger that nobody touched', () => {
  it('is intact, and says where it ends', () => {
    const report = verifyStored(SEALED.stored, MEMORY);
    const hash = SEALED.stored.at(-1)?.hash;
    expect(report.errors).toEqual([]);
    expect(report).toMatchObject({
      ledger: EVENTS[0]?.ledger,
      events: EVENTS.length,
      unchecked: [],
      closures: 2,
      checkpoints: 3,
      head: { sequence: EVENTS.length, hash, root: SEALED.witness.root },
    });
  });

  it('needs neither checkpoints nor a witness', () => {
    expect(findingsOf(verifyStored(SEALED.stored))).toEqual([]);
  });

  it('is intact whatever happened in the shop', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 5, max: 120 }), (seed, length) => {
        const sealed = seal(new History(seed, length).book.events.map(withoutHash));
        const report = verifyStored(sealed.stored, memoryOf(sealed));
        expect(report.errors).toEqual([]);
        expect(report.unchecked).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('is nothing at all without events', () => {
    const report = verifyStored([]);
    expect(report.errors).toEqual([{ sequence: 0, code: 'no-events', detail: '' }]);
    expect(report).toMatchObject({ ledger: '', events: 0, head: { sequence: 0, hash: '' }, verifierKey: '' });
  });
});

describe('damage done to what was sealed', () => {
  it('names the event of any byte that is flipped, and no other', () => {
    const everyEvent = fc.integer({ min: 1, max: EVENTS.length });
    fc.assert(
      fc.property(everyEvent, fc.nat(), fc.nat({ max: 7 }), (sequence, place, bit) => {
        const event = SEALED.stored[sequence - 1] as Stored;
        const text = flipped(event.text, place % Buffer.byteLength(event.text), bit);
        const report = verifyStored(replaced(SEALED.stored, sequence, { ...event, text }), MEMORY);
        expect(findingsOf(report)).toEqual([`${sequence} hash-mismatch`]);
      }),
      { numRuns: 1000 },
    );
  });

  it('names the event of any byte of one event, each in turn', () => {
    const sequence = firstOf('SaleRecorded');
    const event = SEALED.stored[sequence - 1] as Stored;
    for (let byte = 0; byte < Buffer.byteLength(event.text); byte += 1) {
      const stored = replaced(SEALED.stored, sequence, { ...event, text: flipped(event.text, byte, 0) });
      expect(findingsOf(verifyStored(stored, MEMORY))).toEqual([`${sequence} hash-mismatch`]);
    }
  });

  it('names the event whose hash was changed beside it, and believes its text', () => {
    const sequence = firstOf('ExpensePaid');
    const event = SEALED.stored[sequence - 1] as Stored;
    const stored = replaced(SEALED.stored, sequence, { ...event, hash: flipped(event.hash, 7, 0) });
    const report = verifyStored(stored, MEMORY);
    expect(findingsOf(report)).toEqual([`${sequence} hash-mismatch`]);
    expect(report.unchecked).toEqual([]);
  });

  it('names an event that was removed', () => {
    for (const sequence of [1, 2, firstOf('DayClosed'), firstOf('SaleRecorded'), EVENTS.length - 1]) {
      const findings = findingsOf(verifyStored(without(SEALED.stored, sequence), MEMORY));
      expect(findings).toEqual([`${sequence} missing-event`]);
    }
  });

  it('names a range that was removed, from the first to the last', () => {
    const report = verifyStored(without(SEALED.stored, 20, 21, 22), MEMORY);
    expect(report.errors).toEqual([{ sequence: 20, code: 'missing-event', detail: '20–22' }]);
  });

  it('names both of two events that were exchanged', () => {
    for (const [left, right] of [
      [14, 15],
      [14, 16],
      [14, 30],
      [2, EVENTS.length],
      [EVENTS.length - 1, EVENTS.length],
    ] as const) {
      const report = verifyStored(exchanged(SEALED.stored, left, right), MEMORY);
      expect(findingsOf(report)).toEqual([`${left} out-of-order`, `${right} out-of-order`]);
    }
  });

  it('names an event that stands elsewhere, and not those in between', () => {
    const moved = [...without(SEALED.stored, 15)];
    moved.splice(24, 0, SEALED.stored[14] as Stored);
    expect(findingsOf(verifyStored(moved, MEMORY))).toEqual(['15 out-of-order']);
  });

  it('names an event that is there twice', () => {
    const stored = [...SEALED.stored.slice(0, 20), SEALED.stored[12] as Stored, ...SEALED.stored.slice(20)];
    expect(findingsOf(verifyStored(stored, MEMORY))).toEqual(['13 repeated-event']);
  });

  it('names a line that is no event, between two that are', () => {
    const rubbish = { text: 'vive la France', hash: '' };
    const stored = [...SEALED.stored.slice(0, 20), rubbish, ...SEALED.stored.slice(20)];
    expect(findingsOf(verifyStored(stored, MEMORY))).toEqual(['21 not-an-event']);
  });

  it('names the event that was replaced together with its hash', () => {
    const sequence = firstOf('ExpensePaid');
    const forged = rehashed(SEALED.stored[sequence - 1] as Stored, '"supplies"', '"travel"');
    const findings = findingsOf(verifyStored(replaced(SEALED.stored, sequence, forged), MEMORY));
    expect(findings).toContain(`${sequence} replaced-event`);
    expect(new Set(findings.map((finding) => finding.split(' ')[0]))).toEqual(new Set([String(sequence)]));
  });

  it('names an event that links to another past', () => {
    const sequence = firstOf('ExpensePaid');
    const prevHash = JSON.parse((SEALED.stored[sequence - 1] as Stored).text).prevHash as string;
    const forged = rehashed(SEALED.stored[sequence - 1] as Stored, prevHash, 'a'.repeat(64));
    expect(findingsOf(verifyStored(replaced(SEALED.stored, sequence, forged), MEMORY))).toEqual([
      `${sequence} chain-broken`,
    ]);
  });

  it.each([
    'null',
    '5',
    '[]',
    '{}',
    '{"prevHash":"","sequence":0,"type":"CommentAdded"}',
    '{"prevHash":"","sequence":1.5,"type":"CommentAdded"}',
    `{"prevHash":"","sequence":${EVENTS.length},"type":7}`,
    `{"prevHash":7,"sequence":${EVENTS.length},"type":"CommentAdded"}`,
    `{"sequence":${EVENTS.length},"type":"CommentAdded"}`,
  ])('takes %s for no event, in the place of one', (text) => {
    const last = EVENTS.length;
    const stored = replaced(SEALED.stored, last, { text, hash: sha256Hex(text) });
    expect(findingsOf(verifyStored(stored))).toEqual([`${last} not-an-event`]);
  });

  it('lists ten thousand findings, and counts the rest', () => {
    const rubbish = Array.from({ length: 10_002 }, () => ({ text: 'vive la France', hash: '' }));
    const report = verifyStored(rubbish);
    expect([report.errors.length, report.moreErrors]).toEqual([10_000, 2]);
  });

  it('goes on after damage: five that were planted are five that are read', () => {
    const [sale, expense, second] = [
      firstOf('SaleRecorded'),
      firstOf('ExpensePaid'),
      firstOf('MovementReversed'),
    ];
    let stored: Stored[] = [...SEALED.stored];
    const change = (sequence: number, event: Partial<Stored>) =>
      (stored = replaced(stored, sequence, { ...(stored[sequence - 1] as Stored), ...event }));
    change(sale, { text: flipped((stored[sale - 1] as Stored).text, 40, 1) });
    change(expense, { hash: 'b'.repeat(64) });
    change(second, { text: '{}' });
    stored = exchanged(stored, 3, 5);
    stored = without(stored, EVENTS.length - 3);
    expect(findingsOf(verifyStored(stored, MEMORY))).toEqual([
      '3 out-of-order',
      '5 out-of-order',
      `${sale} hash-mismatch`,
      `${expense} hash-mismatch`,
      `${second} hash-mismatch`,
      `${EVENTS.length - 3} missing-event`,
    ]);
  });

  it('finds each of a thousand random tamperings', () => {
    let missed = 0;
    fc.assert(
      fc.property(fc.array(tampering(), { minLength: 1, maxLength: 3 }), (tamperings) => {
        let stored: Stored[] = [...SEALED.stored];
        // Where no event is left there is nothing to tamper with.
        for (const tamper of tamperings) if (stored.length > 0) stored = tamper(stored);
        const isUntouched = JSON.stringify(stored) === UNTOUCHED;
        const { errors } = verifyStored(stored, MEMORY);
        if ((errors.length === 0) !== isUntouched) missed += 1;
      }),
      { numRuns: 1000 },
    );
    expect(missed).toBe(0);
  });
});

const UNTOUCHED = JSON.stringify(SEALED.stored);

type Tampering = (stored: Stored[]) => Stored[];

/** One thing that somebody with access to the file may do, knowing hashes but not the key. */
function tampering(): fc.Arbitrary<Tampering> {
  const place = fc.nat();
  const onOne = (change: (event: Stored, value: number) => Stored) =>
    fc.tuple(place, place).map(
      ([index, value]): Tampering =>
        (stored) =>
          stored.map((event, at) => (at === index % stored.length ? change(event, value) : event)),
    );
  return fc.oneof(
    onOne((event, value) => ({ ...event, text: flipped(event.text, value % event.text.length, value % 7) })),
    onOne((event, value) => ({ ...event, hash: flipped(event.hash, value % 64, value % 7) })),
    onOne(({ text }, value) => {
      const changed = text.replace(/"amount":(\d+)/, `"amount":${value % 100_000}`);
      return { text: changed, hash: sha256Hex(changed) };
    }),
    place.map(
      (index): Tampering =>
        (stored) =>
          stored.filter((_, at) => at !== index % stored.length),
    ),
    place.map(
      (length): Tampering =>
        (stored) =>
          stored.slice(0, 1 + (length % stored.length)),
    ),
    fc.tuple(place, place).map(
      ([left, right]): Tampering =>
        (stored) =>
          exchanged(stored, (left % stored.length) + 1, (right % stored.length) + 1),
    ),
    place.map((index): Tampering => (stored) => {
      const copy = stored[index % stored.length] as Stored;
      return [...stored.slice(0, index % stored.length), copy, ...stored.slice(index % stored.length)];
    }),
  );
}

describe('what checkpoints and the witness remember', () => {
  it('names what was cut off at the end', () => {
    const report = verifyStored(SEALED.stored.slice(0, -3), { checkpoints: [SEALED.checkpoint] });
    const last = EVENTS.length;
    expect(report.errors).toEqual([
      { sequence: last - 2, code: 'tail-missing', detail: `${last - 2}–${last}` },
    ]);
  });

  it('names an old copy that was put back, checkpoint and all', () => {
    const old = seal(EVENTS.slice(0, -2));
    const report = verifyStored(old.stored, { ...memoryOf(old), witness: SEALED.witness });
    const last = EVENTS.length;
    expect(report.errors).toEqual([
      { sequence: last - 1, code: 'tail-missing', detail: `${last - 1}–${last}` },
    ]);
  });

  it('names an old copy that has gone on with another story', () => {
    const other = structuredClone(EVENTS) as Mutable[];
    (other.at(-2) as Mutable).occurredAt = '2026-03-16T09:59:00.000Z';
    const forked = seal(other as LedgerEvent[]);
    const report = verifyStored(forked.stored, { ...memoryOf(forked), witness: SEALED.witness });
    expect(findingsOf(report)).toEqual([`${EVENTS.length} history-replaced`]);
  });

  it('holds the witness against the size that it remembers, not against the end', () => {
    const earlier = seal(EVENTS.slice(0, 20));
    expect(findingsOf(verifyStored(SEALED.stored, { ...MEMORY, witness: earlier.witness }))).toEqual([]);
    const wrong = { size: 20, root: SEALED.witness.root };
    expect(findingsOf(verifyStored(SEALED.stored, { ...MEMORY, witness: wrong }))).toEqual([
      '20 history-replaced',
    ]);
  });

  it('finds a past that was written anew, with good hashes, by somebody without the key', () => {
    const sequence = firstOf('ExpensePaid');
    const events = SEALED.stored.map(({ text }) => JSON.parse(text) as Mutable);
    (events[sequence - 1] as Mutable).occurredAt = '2026-03-14T11:11:11.111Z';
    const forged = seal(events as LedgerEvent[], { asIs: true });
    const report = verifyStored(forged.stored, { checkpoints: [SEALED.checkpoint] });
    expect(findingsOf(report)).toEqual(at('DayClosed', 'checkpoint-root'));
  });

  it('finds events that no signature covers', () => {
    const signed = seal(EVENTS.slice(0, -4)).checkpoint;
    const report = verifyStored(SEALED.stored, { checkpoints: [signed], everyAppendIsSigned: true });
    const last = EVENTS.length;
    expect(report.errors).toEqual([
      { sequence: last - 3, code: 'tail-unsigned', detail: `${last - 3}–${last}` },
    ]);
    const unsigned = verifyStored(SEALED.stored, { everyAppendIsSigned: true });
    expect(unsigned.errors).toEqual([{ sequence: 1, code: 'tail-unsigned', detail: `1–${last}` }]);
  });

  it('may be told bit by bit, ahead of the events and at their end', () => {
    const notes = EVENTS.map((_, index) => seal(EVENTS.slice(0, index + 1)).checkpoint);
    const texts = new Map(SEALED.stored.map(({ text }, index) => [index + 1, text]));
    const asked: number[] = [];
    const textOf = (sequence: number) => {
      asked.push(sequence);
      return texts.get(sequence) ?? null;
    };
    const verifier = new LedgerVerifier({ sha256, sha256Hex, ed25519Verify, textOf });
    verifier.expect({ ledger: EVENTS[0]?.ledger ?? '', everyAppendIsSigned: true });
    SEALED.stored.forEach((event, index) => {
      // Two at a time, each pair before the first of its events.
      if (index % 2 === 0 && index + 2 < notes.length) {
        verifier.expect({ checkpoints: [notes[index] as SignedNote] });
        verifier.expect({ checkpoints: [notes[index + 1] as SignedNote] });
      }
      verifier.add(event);
    });
    const told = notes.length - (notes.length % 2 === 0 ? 2 : 1);
    const report = verifier.finish({ checkpoint: SEALED.checkpoint, witness: SEALED.witness });
    expect(report.errors).toEqual([]);
    expect(report.checkpoints).toBe(told + 1 + report.closures);
    // Texts are asked for only where an event corrects another one.
    const corrected = EVENTS.map(({ correction }) => correction?.corrects?.sequence);
    expect(asked).toEqual(corrected.filter((sequence) => sequence !== undefined));
  });

  it('is not forgotten when more is told', () => {
    const verifier = () => new LedgerVerifier({ sha256, sha256Hex, ed25519Verify, textOf: () => null });
    const other = verifier();
    other.expect({ ledger: '22222222-1111-4111-8111-111111111111' });
    other.expect({});
    other.add(SEALED.stored[0] as Stored);
    expect(findingsOf(other.finish())).toEqual(['1 other-ledger']);
    const forked = verifier();
    forked.expect({ witness: { size: 1, root: SEALED.witness.root }, everyAppendIsSigned: true });
    forked.expect({ checkpoints: [] });
    forked.add(SEALED.stored[0] as Stored);
    expect(findingsOf(forked.finish())).toEqual(['1 tail-unsigned', '1 history-replaced']);
    const cut = verifier();
    cut.add(SEALED.stored[0] as Stored);
    expect(cut.finish({ witness: { size: 2, root: '' } }).errors).toEqual([
      { sequence: 2, code: 'tail-missing', detail: '' },
    ]);
  });

  it('says nothing of what a bad note may know beyond the end', () => {
    const size = EVENTS.length + 5;
    const rubbish = { size, note: 'rien' };
    expect(findingsOf(verifyStored(SEALED.stored, { checkpoints: [rubbish] }))).toEqual([
      `${size} checkpoint-malformed`,
    ]);
    // Without the first event there is no key to hold a note against.
    const headless = SEALED.stored.slice(1, -2);
    expect(findingsOf(verifyStored(headless, { checkpoints: [SEALED.checkpoint] }))).toEqual([
      '1 missing-event',
    ]);
  });

  it('takes a bad signature for none', () => {
    const other = sealWithOtherKey(EVENTS).checkpoint;
    const last = EVENTS.length;
    const report = verifyStored(SEALED.stored, { checkpoints: [other], everyAppendIsSigned: true });
    expect(report.errors).toEqual([
      { sequence: 1, code: 'tail-unsigned', detail: `1–${last}` },
      expect.objectContaining({ sequence: last, code: 'checkpoint-signature' }),
    ]);
  });

  it('tells another root as one finding, although the events that it signed are others', () => {
    const events = SEALED.stored.map(({ text }) => JSON.parse(text) as Mutable);
    (events.at(-1) as Mutable).occurredAt = '2026-03-16T09:59:00.000Z';
    const forged = seal(events as LedgerEvent[], { asIs: true });
    const memory = { checkpoints: [SEALED.checkpoint], everyAppendIsSigned: true };
    expect(verifyStored(forged.stored, memory).errors).toEqual([
      { sequence: EVENTS.length, code: 'checkpoint-root', detail: SEALED.witness.root },
    ]);
  });

  it('finds a checkpoint that was signed for another log, and one that was signed by nobody it knows', () => {
    const checkpoint = checkpointOfAnotherLog(SEALED.stored);
    const { size, note } = SEALED.checkpoint;
    expect(verifyStored(SEALED.stored, { checkpoints: [checkpoint] }).errors).toEqual([
      { sequence: size, code: 'checkpoint-malformed', detail: `caisse/ledger/another ${size}` },
    ]);
    const unknown = { size, note: note.replace('\u2014 caisse-test', '\u2014 caisse-other') };
    expect(verifyStored(SEALED.stored, { checkpoints: [unknown] }).errors).toEqual([
      { sequence: size, code: 'checkpoint-signature', detail: '' },
    ]);
  });

  it('finds a signature by another key', () => {
    const other = sealWithOtherKey(EVENTS).checkpoint;
    expect(findingsOf(verifyStored(SEALED.stored, { checkpoints: [other] }))).toEqual([
      `${EVENTS.length} checkpoint-signature`,
    ]);
  });

  it('finds a checkpoint of another size, of another log, and one that is none', () => {
    const { size, note } = SEALED.checkpoint;
    const found = (checkpoint: { size: number; note: string }) =>
      findingsOf(verifyStored(SEALED.stored, { checkpoints: [checkpoint] }));
    expect(found({ size: size - 1, note })).toEqual([`${size - 1} checkpoint-malformed`]);
    expect(found({ size, note: 'rien' })).toEqual([`${size} checkpoint-malformed`]);
    expect(found({ size, note: note.replace(`\n${size}\n`, `\n${size + 1}\n`) })).toEqual([
      `${size} checkpoint-signature`,
    ]);
  });

  it('checks every checkpoint that it is given', () => {
    const notes = EVENTS.map((_, index) => seal(EVENTS.slice(0, index + 1)).checkpoint);
    expect(verifyStored(SEALED.stored, { checkpoints: notes })).toMatchObject({
      errors: [],
      checkpoints: notes.length + 2,
    });
    const wrong = notes.map((checkpoint) =>
      checkpoint.size === 17 ? { ...checkpoint, note: `${checkpoint.note}x` } : checkpoint,
    );
    expect(findingsOf(verifyStored(SEALED.stored, { checkpoints: wrong }))).toEqual([
      '17 checkpoint-malformed',
    ]);
  });
});

describe('lies that were sealed', () => {
  it.each<
    [string, LedgerEvent['type'], (event: Mutable & { data: Record<string, never> }) => void, string[]]
  >([
    ['an unknown member', 'ExpensePaid', (event) => (event.extra = 1 as never), ['schema']],
    ['an amount that is no integer', 'TillCounted', (event) => (event.data.counts = [] as never), ['schema']],
    [
      'an id in capitals',
      'ExpensePaid',
      (event) => (event.id = event.id.toUpperCase().replace('0', 'A')),
      ['not-canonical'],
    ],
    [
      'a type of another version',
      'ExpensePaid',
      (event) => (event.schemaVersion = 2 as never),
      ['unknown-event'],
    ],
    [
      'another ledger',
      'ExpensePaid',
      (event) => (event.ledger = '22222222-1111-4111-8111-111111111111'),
      ['other-ledger'],
    ],
    ['a till number that leaps', 'ExpensePaid', (event) => (event.tillSequence = 99), ['till-number']],
    ['a till without a number', 'ExpensePaid', (event) => delete event.tillSequence, ['till-number']],
    [
      'a document number twice',
      'ExpensePaid',
      (event) => (event.document = { type: 'expense', number: 2 }),
      ['document-number'],
    ],
    [
      'an entry that lacks an event',
      'ExpensePaid',
      (event) => (event.entry = { ...event.entry, count: 2 } as never),
      ['entry-incomplete'],
    ],
    [
      'an entry without its beginning',
      'ExpensePaid',
      (event) => (event.entry = { ...event.entry, index: 1, count: 2 } as never),
      ['entry-incomplete'],
    ],
  ])('finds %s', (_, type, change, codes) => {
    const findings = findingsWhen(type, change);
    expect(findings.filter((finding) => finding.startsWith(`${firstOf(type)} `))).toEqual(at(type, ...codes));
  });

  it('finds an id that was used before, however long ago, and whatever was lost in between', () => {
    const first = EVENTS.find(({ entry }) => entry !== undefined)?.entry?.id ?? '';
    const again = (type: LedgerEvent['type']) =>
      sealedWith((event) => {
        if (event.sequence === firstOf(type)) event.entry = { ...event.entry, id: first } as never;
      });
    const sealed = again('ExpensePaid');
    const report = verifyStored(sealed.stored, memoryOf(sealed));
    expect(findingsOf(report)).toEqual(at('ExpensePaid', 'entry-recorded-twice'));
    expect(report.errors[0]?.detail).toBe(first);
    const holed = again('VoucherSold');
    const lost = firstOf('VoucherSold') - 1;
    expect(findingsOf(verifyStored(without(holed.stored, lost), memoryOf(holed)))).toEqual([
      `${lost} missing-event`,
      `${lost + 1} entry-recorded-twice`,
    ]);
  });

  it('does not take the rest of an entry whose middle was lost for a second one', () => {
    const reversal = firstOf('MovementReversed');
    expect(EVENTS[reversal]?.entry).toMatchObject({ index: 1, count: 2 });
    expect(findingsOf(verifyStored(without(SEALED.stored, reversal), MEMORY))).toEqual([
      `${reversal} missing-event`,
    ]);
  });

  it('tells Z-tickets of one day apart by both source and number', () => {
    const shop = new Shop();
    const z = (system: string, number: string) =>
      shop.enter({
        type: 'z-ticket',
        number,
        source: { system },
        salesCount: 1,
        categories: [{ category: 'pain', vatRate: 550, gross: 10_00 }],
        payments: amountsOf({ cash: 10_00 }),
      });
    z('a', 'b|c');
    z('a|b', 'c');
    shop.countAndClose(DAY, 170_00);
    const sealed = seal(shop.events.map(withoutHash));
    expect(findingsOf(verifyStored(sealed.stored, memoryOf(sealed)))).toEqual([]);
  });

  it('finds members out of order, although the events say the same', () => {
    const sequence = EVENTS.length;
    const { text } = SEALED.stored[sequence - 1] as Stored;
    const shuffled = text.replace(/^\{(.*),("type":"SaleRecorded")\}$/, '{$2,$1}');
    const stored = replaced(SEALED.stored, sequence, { text: shuffled, hash: sha256Hex(shuffled) });
    expect(findingsOf(verifyStored(stored))).toEqual([`${sequence} not-canonical`]);
  });

  it('finds postings that do not follow from the facts', () => {
    const findings = findingsWhen('ExpensePaid', (event) => {
      const [first, ...others] = event.postings ?? [];
      event.postings = [{ ...first, account: 'till/T1/card' } as never, ...others];
    });
    expect(findings).toEqual(at('ExpensePaid', 'postings-not-derived'));
  });

  it('finds postings that do not add up to zero', () => {
    const findings = findingsWhen('ExpensePaid', (event) => {
      const [first, ...others] = event.postings ?? [];
      event.postings = [{ account: first?.account ?? '', amount: -1 as never }, ...others];
    });
    expect(findings).toEqual(at('ExpensePaid', 'postings-not-derived', 'postings-not-balanced'));
  });

  it('finds facts that have no postings at all', () => {
    const isMixed = ({ postings = [] }: LedgerEvent) => postings[1]?.account === 'till/T1/card';
    const forget = (event: Mutable) => ((event.data as { payments: unknown }).payments = []);
    const findings = findingsWhen('SaleRecorded', forget, isMixed);
    expect(findings).toEqual([`${firstOf('SaleRecorded', isMixed)} postings-not-derived`]);
  });

  it('finds a correction of nothing, of something else, and of the future', () => {
    const named = (change: Record<string, unknown>) =>
      findingsWhen('MovementReversed', (event) => {
        event.correction = {
          ...event.correction,
          corrects: { ...event.correction?.corrects, ...change },
        } as never;
      });
    const expected = at('MovementReversed', 'correction-not-found');
    expect(named({ sequence: 5 })).toEqual(expected);
    expect(named({ sequence: EVENTS.length })).toEqual(expected);
    expect(named({ entry: '99999999-0000-4000-8000-000000000000' })).toEqual(expected);
    expect(named({ type: 'expense' })).toEqual(expected);
    expect(named({ businessDate: NEXT_DAY })).toEqual(expected);
  });

  it('finds a reversal of another amount than was recorded', () => {
    const sequence = firstOf('MovementReversed');
    const original = EVENTS[sequence - 1]?.correction?.corrects?.sequence ?? 0;
    const sealed = sealedWith((event) => {
      if (event.sequence !== original) return;
      const data = event.data as unknown as { lines: { label?: string }[] };
      data.lines = data.lines.map((line) => ({ ...line, label: 'autre' }));
    });
    expect(findingsOf(verifyStored(sealed.stored))).toEqual([`${sequence} correction-not-reversed`]);
  });

  it('finds a movement that is taken back twice', () => {
    const twice = new Shop();
    const sale = idOf(twice.sell({ cash: 20_00 }));
    const [reversal] = twice.correct(sale);
    const again = { ...reversal, id: twice.uuid(), tillSequence: 4 } as unknown as Mutable;
    again.document = { type: 'correction', number: 2 };
    again.entry = { ...reversal?.entry, id: twice.uuid() } as never;
    const events = [...twice.events, again as never].map(withoutHash);
    // The cash that is not there is found as well.
    const codes = verifyStored(seal(events).stored).errors.map(({ code }) => code);
    expect(codes).toContain('corrected-twice');
  });

  it('finds an opening that is not the first event, and events before it', () => {
    const opened = EVENTS[0] as LedgerEvent;
    const twice = seal([...EVENTS, opened]);
    expect(findingsOf(verifyStored(twice.stored))).toEqual([`${EVENTS.length + 1} not-opened-first`]);
    const late = seal([EVENTS[1] as LedgerEvent, opened, ...EVENTS.slice(2)]);
    expect(findingsOf(verifyStored(late.stored, memoryOf(late)))).toEqual([
      '1 not-opened-first',
      '2 not-opened-first',
    ]);
  });

  it('finds a ledger that begins elsewhere', () => {
    const [first, ...others] = SEALED.stored;
    const prevHash = JSON.parse(first?.text ?? '').prevHash as string;
    const forged = rehashed(first as Stored, prevHash, 'c'.repeat(64));
    expect(findingsOf(verifyStored([forged, ...others]))).toEqual(['1 replaced-event', '1 chain-broken']);
  });

  it('finds a key that is none', () => {
    const events = structuredClone(SEALED.stored.map(({ text }) => JSON.parse(text))) as Mutable[];
    (events[0] as unknown as { data: { verifierKey: string } }).data.verifierKey = 'caisse+00000000+AQ==';
    const sealed = seal(events as LedgerEvent[], { asIs: true });
    expect(findingsOf(verifyStored(sealed.stored))).toEqual(['1 key-malformed']);
  });
});

describe('what a closure seals', () => {
  type Closed = Extract<LedgerEvent, { type: 'DayClosed' }>['data'];
  type Draft = { -readonly [Key in keyof Closed]: Closed[Key] };

  /** What is found when the second closure of a ledger says something else than its day. */
  function findingsOfClosure(change: (data: Draft) => void): string[] {
    const isSecond = (event: LedgerEvent) => event.businessDate === NEXT_DAY;
    const sequence = firstOf('DayClosed', isSecond);
    const found = findingsWhen('DayClosed', (event) => change(event.data as never), isSecond);
    expect(found.every((finding) => finding.startsWith(`${sequence} `))).toBe(true);
    return found.map((finding) => finding.slice(`${sequence} `.length));
  }

  const first = <Row>(rows: readonly Row[], change: Partial<Row>): Row[] =>
    rows.map((row, index) => (index === 0 ? { ...row, ...change } : row));

  it.each<[string, (data: Draft) => void, string[]]>([
    ['turnover', (data) => (data.turnover = { ...data.turnover, gross: 1 as never }), ['closure-turnover']],
    ['net', (data) => (data.turnover = { ...data.turnover, net: 1 as never }), ['closure-turnover']],
    ['VAT', (data) => (data.turnover = { ...data.turnover, vat: 1 as never }), ['closure-turnover']],
    ['categories', (data) => (data.byCategory = []), ['closure-turnover']],
    ['the period', (data) => (data.period = first(data.period, { real: 7 as never })), ['closure-period']],
    [
      'the absolute period',
      (data) => (data.period = first(data.period, { absolute: 7 as never })),
      ['closure-period'],
    ],
    [
      'perpetual totals',
      (data) => (data.perpetual = first(data.perpetual, { real: 7 as never })),
      ['closure-perpetual'],
    ],
    [
      'absolute perpetual totals',
      (data) => (data.perpetual = first(data.perpetual, { absolute: 7 as never })),
      ['closure-perpetual'],
    ],
    ['the number of sales', (data) => (data.salesCount = 12), ['closure-counters']],
    ['the number of customers', (data) => (data.customersCount = 12), ['closure-counters']],
    ['the first till number', (data) => (data.firstTillSequence = 1), ['closure-counters']],
    ['the last till number', (data) => (data.lastTillSequence = 1), ['closure-counters']],
    ['Z numbers', (data) => (data.zNumbers = ['7']), ['closure-counters']],
    ['the journal', (data) => (data.journal = { first: 3, last: data.journal.last }), ['closure-journal']],
    [
      'an opening',
      (data) => (data.methods = first(data.methods, { opening: 1 as never })),
      ['closure-methods'],
    ],
    ['what came in', (data) => (data.methods = first(data.methods, { in: 1 as never })), ['closure-methods']],
    [
      'what went out',
      (data) => (data.methods = first(data.methods, { out: 1 as never })),
      ['closure-methods'],
    ],
    ['a method that is left out', (data) => (data.methods = data.methods.slice(1)), ['closure-methods']],
    ['balances', (data) => (data.balancesHash = 'd'.repeat(64)), ['balances-hash']],
  ])('finds a lie about %s', (_, change, codes) => {
    expect(findingsOfClosure(change)).toEqual(codes);
  });

  it('finds a count that was not made, and a difference that follows from none', () => {
    expect(
      findingsOfClosure((data) => (data.methods = first(data.methods, { counted: 1 as never }))),
    ).toContain('closure-methods');
    const shifted = { difference: 5 as never };
    expect(findingsOfClosure((data) => (data.methods = first(data.methods, shifted)))).toEqual(
      expect.arrayContaining(['closure-methods', 'postings-not-derived']),
    );
  });

  it('finds a gap that is none', () => {
    expect(findingsOfClosure((data) => (data.gap = 10 as never))).toEqual([
      'postings-not-derived',
      'closure-gap',
    ]);
  });

  it('finds days that are closed before an earlier one', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.goTo(NEXT_DAY).sell({ cash: 10_00 });
    const events = shop.events.map(withoutHash) as Mutable[];
    const [early, late] = [events.at(-2), events.at(-1)] as [Mutable, Mutable];
    const other = new Shop();
    other.goTo(NEXT_DAY).sell({ cash: 10_00 });
    other.countAndClose(NEXT_DAY, 160_00);
    const [count, closure] = other.events.slice(-2).map(withoutHash) as [Mutable, Mutable];
    count.tillSequence = 4;
    closure.tillSequence = 5;
    // The other shop has begun to count ids at the same place.
    count.entry = { ...count.entry, id: 'ffffffff-0000-4000-8000-000000000001' } as never;
    closure.entry = { ...closure.entry, id: 'ffffffff-0000-4000-8000-000000000002' } as never;
    const data = closure.data as unknown as Draft;
    data.firstTillSequence = 3;
    data.lastTillSequence = 4;
    expect([early.businessDate, late.businessDate]).toEqual([DAY, NEXT_DAY]);
    const codes = verifyStored(seal([...events, count, closure] as LedgerEvent[]).stored).errors.map(
      ({ code }) => code,
    );
    expect(codes).toEqual(['balances-hash', 'closure-order']);
  });

  it('finds what was recorded in a closed day', () => {
    const findings = findingsWhen(
      'SaleRecorded',
      (event) => (event.businessDate = DAY),
      ({ businessDate }) => businessDate === THIRD_DAY,
    );
    expect(findings).toEqual([
      `${firstOf('SaleRecorded', ({ businessDate }) => businessDate === THIRD_DAY)} sealed-day-changed`,
    ]);
  });

  it('says which closures nothing can be said of, once an event of their day is lost', () => {
    const sequence = firstOf('SaleRecorded');
    const report = verifyStored(without(SEALED.stored, sequence), MEMORY);
    expect(findingsOf(report)).toEqual([`${sequence} missing-event`]);
    expect(report.unchecked[0]).toBe(firstOf('DayClosed'));
  });
});

describe('money that is not there', () => {
  function sealedShop(tell: (shop: Shop) => void, lie: (events: Mutable[]) => void) {
    const shop = new Shop();
    tell(shop);
    const events = structuredClone(shop.events.map(withoutHash)) as Mutable[];
    lie(events);
    return verifyStored(seal(events as LedgerEvent[]).stored).errors.map(({ code }) => code);
  }

  const amount = (event: Mutable | undefined, cents: number) => {
    (event as unknown as { data: { amount: number } }).data.amount = cents;
    (event as Mutable).postings = event?.postings?.map((posting) => ({
      ...posting,
      amount: (Math.sign(posting.amount) * cents) as never,
    }));
  };

  it('finds cash below zero on a line', () => {
    const tell = (shop: Shop) =>
      shop.enter({ type: 'cash-out', method: 'cash', amount: 10_00, reason: 'owner' });
    expect(sealedShop(tell, () => undefined)).toEqual([]);
    expect(sealedShop(tell, (events) => amount(events.at(-1), 150_01))).toEqual(['cash-negative']);
  });

  it('finds cash below zero in the order of business days, although never in the order of recording', () => {
    const tell = (shop: Shop) => {
      shop.goTo(NEXT_DAY).sell({ cash: 100_00 });
      shop.enter({ type: 'cash-out', method: 'cash', amount: 10_00, reason: 'owner', businessDate: DAY });
    };
    expect(sealedShop(tell, (events) => amount(events.at(-1), 200_00))).toEqual(['cash-negative']);
  });

  it('finds a voucher that paid more than it was worth', () => {
    const tell = (shop: Shop) => {
      shop.enter({
        type: 'voucher-sale',
        voucher: 'V1',
        kind: 'multi-purpose',
        amount: 30_00,
        payments: amountsOf({ cash: 30_00 }),
      });
      shop.enter({ type: 'voucher-expiry', voucher: 'V1' });
    };
    expect(sealedShop(tell, (events) => amount(events.at(-1), 30_01))).toEqual(['voucher-overdrawn']);
  });

  it('finds a till that was never opened, and one that is opened twice', () => {
    const tell = (shop: Shop) => shop.sell({ cash: 10_00 });
    const moved = (events: Mutable[]) => {
      const sale = events.at(-1) as Mutable;
      sale.till = 'T9';
      sale.tillSequence = 1;
      sale.postings = sale.postings?.map((posting) => ({
        ...posting,
        account: posting.account.replace('T1', 'T9'),
      }));
    };
    expect(sealedShop(tell, moved)).toEqual(['document-number', 'unknown-till'].slice(1));
    const twice = (events: Mutable[]) => {
      const opened = events.find(({ type, till }) => type === 'TillOpened' && till === 'T2') as Mutable;
      events.push({ ...opened, tillSequence: 2 });
    };
    expect(sealedShop(tell, twice)).toEqual(['till-opened-twice']);
  });
});
