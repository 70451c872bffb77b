import { type Collection, Long } from 'mongodb';
import { type HeldLease, type Lease, Leases, requireTtl } from '../../ports/leases';
import { connect, type Connection, isDuplicate, type MongoOptions } from './connection';

/** Nobody holds it while `until` has passed. It is never deleted, so that its token goes on. */
type StoredLease = {
  readonly _id: string;
  readonly token: Long | number;
  readonly holder: string;
  /** Milliseconds since 1970 by the server's clock. */
  readonly until: Long | number;
};

const NOBODY = '';

/** After everything that a name may go on with. */
const LAST_CHARACTER = '\u{10ffff}';

/** A compare-and-set decides, so what is read before it may be newer than what a majority has. */
const NOW = { readConcern: 'local' } as const;

/** Opens the leases of a MongoDB database, the one of the read models. @throws StoreUnavailable */
export async function openMongoLeases(options: MongoOptions): Promise<Leases> {
  return new MongoLeases(await connect(options));
}

class MongoLeases extends Leases {
  constructor(private readonly connection: Connection) {
    super();
  }

  override async acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    requireTtl(ttlMs);
    const expiresAt = Date.now() + ttlMs;
    return this.connection.answered(async () => {
      // Who loses a race looks again: the winner holds it, unless it was a renewal or a release that came between.
      for (;;) {
        const now = await this.serverNow();
        const found = await this.leases.findOne({ _id: name }, NOW);
        if (found && found.holder !== NOBODY && found.holder !== holder && Number(found.until) > now)
          return null;
        const token = Math.max(now, found ? Number(found.token) + 1 : 0);
        const next = { token: Long.fromNumber(token), holder, until: Long.fromNumber(now + ttlMs) };
        if (await this.isReplaced(name, found, next)) return { name, holder, token, expiresAt };
      }
    });
  }

  override async renew({ name, holder, token }: Lease, ttlMs: number): Promise<Lease | null> {
    requireTtl(ttlMs);
    const expiresAt = Date.now() + ttlMs;
    return this.connection.answered(async () => {
      const until = Long.fromNumber((await this.serverNow()) + ttlMs);
      const { matchedCount } = await this.leases.updateOne(own(name, holder, token), { $set: { until } });
      return matchedCount > 0 ? { name, holder, token, expiresAt } : null;
    });
  }

  override async release({ name, holder, token }: Lease): Promise<void> {
    const free = { holder: NOBODY, until: Long.ZERO };
    await this.connection.answered(() => this.leases.updateOne(own(name, holder, token), { $set: free }));
  }

  override async holder(name: string): Promise<HeldLease | null> {
    return this.connection.answered(async () => {
      const now = await this.serverNow();
      const found = await this.leases.findOne({ _id: name });
      if (!found || found.holder === NOBODY || Number(found.until) <= now) return null;
      return { name, holder: found.holder, token: Number(found.token) };
    });
  }

  /** What is given up or over is sorted out here: there are as many leases as partitions and nodes. */
  override async running(prefix: string): Promise<readonly HeldLease[]> {
    return this.connection.answered(async () => {
      const now = await this.serverNow();
      const found = await this.leases
        .find({ _id: { $gte: prefix, $lt: `${prefix}${LAST_CHARACTER}` } }, NOW)
        .sort({ _id: 1 })
        .toArray();
      return found
        .filter(({ holder, until }) => holder !== NOBODY && Number(until) > now)
        .map(({ _id, holder, token }) => ({ name: _id, holder, token: Number(token) }));
    });
  }

  override async close(): Promise<void> {
    await this.connection.client.close();
  }

  /** False when it is no longer as it was found. */
  private async isReplaced(
    name: string,
    found: StoredLease | null,
    next: Omit<StoredLease, '_id'>,
  ): Promise<boolean> {
    if (found) {
      const { token, holder, until } = found;
      const unchanged = { _id: name, token: longOf(token), holder, until: longOf(until) };
      return (await this.leases.updateOne(unchanged, { $set: next })).matchedCount > 0;
    }
    try {
      await this.leases.insertOne({ _id: name, ...next });
      return true;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      return false;
    }
  }

  /**
   * The primary's clock, asked before anything is decided by it: until it is used it can only be too early, and then
   * a lease is taken later and ends sooner than it might.
   */
  private async serverNow(): Promise<number> {
    const { localTime } = (await this.connection.db.command({ hello: 1 })) as { localTime: Date };
    return localTime.getTime();
  }

  private get leases(): Collection<StoredLease> {
    return this.connection.db.collection('leases');
  }
}

function own(name: string, holder: string, token: number) {
  return { _id: name, holder, token: Long.fromNumber(token) };
}

function longOf(value: Long | number): Long {
  return typeof value === 'number' ? Long.fromNumber(value) : value;
}
