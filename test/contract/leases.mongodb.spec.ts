import { Long, MongoClient } from 'mongodb';
import { openMongoLeases } from '../../src/adapters/mongodb/leases';
import { aDatabase, describeWithMongo } from '../support/mongodb-server';
import { describeLeases } from './leases.contract';

describeWithMongo('leases in MongoDB', (server) => {
  describeLeases('MongoDB', async () => {
    const { drop, ...options } = aDatabase(server());
    const opened = [await openMongoLeases(options)];
    const client = new MongoClient(options.uri);
    const stored = client.db(options.database).collection('leases');
    return {
      leases: opened[0] as (typeof opened)[number],
      another: async () => {
        const leases = await openMongoLeases(options);
        opened.push(leases);
        return leases;
      },
      // A server's clock cannot be moved; its leases are, by as much, towards the past.
      pass: async (milliseconds) => {
        await stored.updateMany({}, { $inc: { until: Long.fromNumber(-milliseconds) } });
      },
      forget: async () => {
        await stored.deleteMany({});
      },
      dispose: async () => {
        for (const leases of opened) await leases.close();
        await client.close();
        await drop();
      },
    };
  });
});
