import { uuidSchema } from '../../kernel/text';
import { UuidV7 } from './uuid-v7';

const TIME = Date.UTC(2026, 2, 14, 8, 38);

describe('ids of version 7 (RFC 9562 §5.7)', () => {
  it('begin with the milliseconds of their time, and say version and variant', () => {
    const ids = new UuidV7(() => TIME);
    for (let count = 0; count < 1000; count += 1) {
      const id = ids.uuid();
      expect(uuidSchema.parse(id)).toBe(id);
      expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(TIME);
      expect(id).toMatch(/^.{14}7.{3}-[89ab]/);
    }
  });

  it('sort as they were made, within one millisecond and when the clock steps back', () => {
    let now = TIME;
    const ids = new UuidV7(() => now);
    const made: string[] = [];
    for (let count = 0; count < 10_000; count += 1) {
      if (count % 2500 === 0) now -= 5;
      if (count % 3000 === 0) now += 20;
      made.push(ids.uuid());
    }
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });

  it('hold 62 bits that two makers do not share', () => {
    const [one, other] = [new UuidV7(() => TIME), new UuidV7(() => TIME)];
    const rest = (ids: UuidV7) => Array.from({ length: 100 }, () => ids.uuid().slice(19));
    expect(new Set([...rest(one), ...rest(other)]).size).toBe(200);
  });
});
