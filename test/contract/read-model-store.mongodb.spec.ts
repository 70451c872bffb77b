import { aDatabase, describeWithMongo } from '../support/mongodb-server';
import { openMongoReadModelStore } from '../../src/adapters/mongodb/read-model-store';
import { describeReadModelStore } from './read-model-store.contract';

jest.setTimeout(120_000);

describeWithMongo('MongoDB', (server) => {
  describeReadModelStore('MongoDB', async () => {
    const { drop, ...options } = aDatabase(server());
    let store = await openMongoReadModelStore(options);
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await openMongoReadModelStore(options);
        return store;
      },
      dispose: async () => {
        await store.close();
        await drop();
      },
    };
  });
});
