import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { daySchema } from '../../src/kernel/day';
import { uuidSchema } from '../../src/kernel/text';
import { EVENTS } from '../../src/ledger/events';
import { canonicalJson } from '../../src/proof/canonical-json';
import { History } from '../support/histories';

type Generator = {
  sentences: Record<string, string>;
  documentsOf: (events: typeof EVENTS, schemas: object) => Map<string, string>;
};

const reference = resolve(__dirname, '../../docs/reference');
const { sentences, documentsOf } = createRequire(__filename)('../../scripts/event-schemas.cjs') as Generator;
const documents = documentsOf(EVENTS, { uuidSchema, daySchema });
const committed = readdirSync(join(reference, 'events'));

describe('the reference of the events', () => {
  it('has a sentence for each type, and for no other', () => {
    expect(Object.keys(sentences)).toEqual(Object.keys(EVENTS));
  });

  it.each([...documents])('%s is what `npm run event-schemas` writes', (file, text) => {
    expect(readFileSync(join(reference, file), 'utf8')).toBe(text);
  });

  it('keeps each version that was ever stored, and nothing else', () => {
    const expected = Object.values(EVENTS).flatMap(({ type, schemaVersion }) =>
      Array.from({ length: schemaVersion }, (_, index) => `${type}.${index + 1}.json`),
    );
    expect([...committed].sort()).toEqual(expected.sort());
  });
});

describe('the schemas', () => {
  const ajv = new Ajv2020({ allErrors: true, formats: { date: true } });
  const validators = new Map(
    committed.map((file) => [
      file,
      ajv.compile(JSON.parse(readFileSync(join(reference, 'events', file), 'utf8')) as object),
    ]),
  );
  const isValid = (event: { type: string; schemaVersion: number }) =>
    validators.get(`${event.type}.${event.schemaVersion}.json`)?.(event);
  const events = [1, 2, 3].flatMap((seed) => new History(seed, 150).book.events);
  const stored = events.map(({ hash: _hash, ...event }) => JSON.parse(canonicalJson(event)) as typeof event);

  it('fit the events of real days, of every type that a day can bring', () => {
    expect(stored.filter((event) => isValid(event) !== true)).toEqual([]);
    expect(new Set(stored.map(({ type }) => type)).size).toBeGreaterThanOrEqual(25);
  });

  it('fit nothing with a member more, a member less, or a number in euros', () => {
    for (const event of stored) {
      expect(isValid({ ...event, more: 1 } as never)).toBe(false);
      const { actor: _actor, ...anonymous } = event;
      expect(isValid(anonymous)).toBe(false);
      if (!event.postings) continue;
      const postings = event.postings.map((posting) => ({ ...posting, amount: posting.amount + 0.5 }));
      expect(isValid({ ...event, postings } as never)).toBe(false);
    }
  });

  it('want ids as they are stored, in small letters', () => {
    const [event] = stored;
    expect(isValid({ ...event, id: 'ABCDEF00-0000-4000-8000-000000000000' } as never)).toBe(false);
  });
});
