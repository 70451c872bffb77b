import { openMongoRateCounters } from '../../src/adapters/mongodb/rate-counters';
import type { RateCounters } from '../../src/ports/rate-counters';
import { aDatabase, describeWithMongo, type MongoDatabase } from '../support/mongodb-server';

describeWithMongo('counts in MongoDB', (server) => {
  const until = new Date(Date.now() + 3_600_000);
  let database: MongoDatabase;
  let nodes: RateCounters[];

  beforeEach(async () => {
    database = aDatabase(server());
    nodes = [await openMongoRateCounters(database), await openMongoRateCounters(database)];
  });
  afterEach(async () => {
    for (const node of nodes) await node.close();
    await database.drop();
  });

  const add = (node: number, amounts: Readonly<Record<string, number>>) =>
    (nodes[node] as RateCounters).add(new Map(Object.entries(amounts)), until);

  it('are those of all nodes', async () => {
    expect(await add(0, { a: 2, b: 1 })).toEqual(
      new Map([
        ['a', 2],
        ['b', 1],
      ]),
    );
    expect(await add(1, { a: 3 })).toEqual(new Map([['a', 5]]));
    expect(await add(0, { a: -1, b: 0, c: 0 })).toEqual(
      new Map([
        ['a', 4],
        ['b', 1],
        ['c', 0],
      ]),
    );
    expect(await add(1, {})).toEqual(new Map());
  });

  it('miss nothing when many add at once, the first ones too', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => add(index % 2, { a: 1, [`own-${index}`]: 1 })),
    );
    expect(await add(0, { a: 0 })).toEqual(new Map([['a', 40]]));
    expect(Math.max(...answers.map((answer) => answer.get('a') ?? 0))).toBe(40);
    for (const [index, answer] of answers.entries()) expect(answer.get(`own-${index}`)).toBe(1);
  });

  it('begin anew when the database is dropped', async () => {
    await add(0, { a: 2 });
    await database.drop();
    expect(await add(1, { a: 1 })).toEqual(new Map([['a', 1]]));
  });
});
