import { entrySchema } from '../ledger/entries';
import { ENTRY_EXAMPLES } from './examples';
import { payloadHash } from './payload-hash';
import { prepareEntry } from './prepare-entry';

const examples: [string, unknown][] = Object.entries(ENTRY_EXAMPLES);

/** The body with each of its values in turn replaced by one that fits nowhere, and each object given a stranger. */
function* spoiled(body: unknown): Generator {
  yield [null];
  if (typeof body !== 'object' || body === null) return;
  if (!Array.isArray(body)) yield { ...body, stranger: 1 };
  for (const [key, value] of Object.entries(body)) {
    for (const other of spoiled(value)) {
      if (Array.isArray(body))
        yield body.map((item, index) => (String(index) === key ? other : (item as unknown)));
      else yield { ...body, [key]: other };
    }
  }
}

describe('an entry is prepared by generated code', () => {
  it.each(examples)('that reads %s as its schema does, member by member', (_, body) => {
    const prepared = prepareEntry(body, payloadHash);
    const parsed = entrySchema.parse(body);
    expect(prepared).toMatchObject({ entry: parsed });
    expect(JSON.stringify('entry' in prepared && prepared.entry)).toBe(JSON.stringify(parsed));
  });

  it.each(examples)('that finds in a spoiled %s what its schema finds', (_, body) => {
    const bodies = [...spoiled(body)];
    expect(bodies.length).toBeGreaterThan(5);
    for (const other of bodies) {
      const { error } = entrySchema.safeParse(other);
      expect(prepareEntry(other, payloadHash)).toMatchObject({ issues: error?.issues });
    }
  });
});
