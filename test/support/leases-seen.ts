import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';

type Stored = {
  readonly _id: string;
  readonly token: number;
  readonly holder: string;
  readonly until: number;
};

/** What a node that is not told otherwise shares on these engines. */
export const PARTITIONS = 8;

/** The leases of partitions as MongoDB holds them: what a test or a measurement sees from outside of any node. */
export class LeasesSeen {
  private constructor(
    private readonly client: MongoClient,
    private readonly database: string,
  ) {}

  static async open(uri: string, database: string): Promise<LeasesSeen> {
    const client = new MongoClient(uri);
    await client.connect();
    return new LeasesSeen(client, database);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  /** By partition: who holds it, and until when by the server's clock (milliseconds since 1970). */
  async partitions(): Promise<ReadonlyMap<string, Stored>> {
    const found = await this.client
      .db(this.database)
      .collection<Stored>('leases')
      .find({ _id: /^projections\/partition\// })
      .toArray();
    return new Map(found.map((lease) => [lease._id, lease]));
  }

  /** Those who hold any, once each of them holds its share and none is between two of them. */
  async shared(nodes: number, patienceMs = 30_000): Promise<ReadonlyMap<string, readonly string[]>> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const held = new Map<string, string[]>();
      for (const { _id, holder } of (await this.partitions()).values()) {
        if (holder !== '') held.set(holder, [...(held.get(holder) ?? []), _id]);
      }
      const counts = [...held.values()].map(({ length }) => length);
      const all = counts.reduce((sum, count) => sum + count, 0);
      const isFair = all === PARTITIONS && Math.max(...counts) - Math.min(...counts) <= 1;
      if (held.size === nodes && isFair) return held;
      if (Date.now() > deadline) throw new Error(`not shared by ${nodes}: ${JSON.stringify([...held])}`);
      await delay(25);
    }
  }
}

export type Takeover = {
  /** How long a lease lasts, in milliseconds. */
  readonly leaseMs: number;
  /** From the end of the process until the last of its partitions is another's, in milliseconds. */
  readonly tookMs: number;
};

/**
 * Ends a node and waits until others hold all that it held. `holder` is the node's name in the leases; `end` must
 * kill it without letting it give anything back.
 */
export async function takeover(
  leases: LeasesSeen,
  holder: string,
  end: () => Promise<void>,
  leaseMs: number,
): Promise<Takeover> {
  const begun = performance.now();
  await end();
  for (;;) {
    const held = [...(await leases.partitions()).values()];
    const tookMs = performance.now() - begun;
    if (held.every((one) => one.holder !== holder && one.holder !== '')) return { leaseMs, tookMs };
    if (tookMs > 10 * leaseMs) throw new Error(`nobody took over what ${holder} held`);
    await delay(10);
  }
}
