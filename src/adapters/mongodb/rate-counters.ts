import { type AnyBulkWriteOperation, type Collection, MongoBulkWriteError } from 'mongodb';
import { RateCounters } from '../../ports/rate-counters';
import {
  answered,
  connect,
  type Connection,
  isDuplicate,
  isNotImplemented,
  type MongoOptions,
} from './connection';

type StoredCount = { readonly _id: string; readonly count: number; readonly until: Date };

/** Nothing is lost with a count: whoever counts does not wait for other members to have it. */
const AT_ONCE = { writeConcern: { w: 1 } } as const;
const NOW = { readConcern: { level: 'local' } } as const;

/** Opens the counts of a MongoDB database, the one of the read models. @throws StoreUnavailable */
export async function openMongoRateCounters(options: MongoOptions): Promise<RateCounters> {
  const connection = await connect(options);
  try {
    await answered(() => makeIndex(connection));
    return new MongoRateCounters(connection);
  } catch (error) {
    await connection.client.close();
    throw error;
  }
}

async function makeIndex({ db }: Connection): Promise<void> {
  try {
    await db.collection('rate-counts').createIndexes([{ key: { until: 1 }, expireAfterSeconds: 0 }]);
  } catch (error) {
    // FerretDB has no such index: what has ended stays, and is counted by nobody.
    if (!isNotImplemented(error)) throw error;
  }
}

class MongoRateCounters extends RateCounters {
  constructor(private readonly connection: Connection) {
    super();
  }

  override async add(
    amounts: ReadonlyMap<string, number>,
    until: Date,
  ): Promise<ReadonlyMap<string, number>> {
    const operations = [...amounts]
      .filter(([, amount]) => amount !== 0)
      .map(([_id, amount]): AnyBulkWriteOperation<StoredCount> => {
        const update = { $inc: { count: amount }, $setOnInsert: { until } };
        return { updateOne: { filter: { _id }, update, upsert: true } };
      });
    return this.connection.answered(async () => {
      if (operations.length > 0) await this.write(operations);
      const found = await this.counts.find({ _id: { $in: [...amounts.keys()] } }, NOW).toArray();
      const counts = new Map(found.map(({ _id, count }) => [_id, count]));
      return new Map([...amounts.keys()].map((key) => [key, counts.get(key) ?? 0]));
    });
  }

  override async close(): Promise<void> {
    await this.connection.client.close();
  }

  /** Two first additions may meet, and a server may give up on one: by then the count is there. */
  private async write(operations: AnyBulkWriteOperation<StoredCount>[]): Promise<void> {
    try {
      await this.counts.bulkWrite(operations, { ordered: false, ...AT_ONCE });
    } catch (error) {
      if (!isDuplicate(error) || !(error instanceof MongoBulkWriteError)) throw error;
      const failed = [error.writeErrors].flat().map(({ index }) => operations[index]);
      const again = failed.filter((operation) => operation !== undefined);
      await this.counts.bulkWrite(again, { ordered: false, ...AT_ONCE });
    }
  }

  private get counts(): Collection<StoredCount> {
    return this.connection.db.collection('rate-counts');
  }
}
