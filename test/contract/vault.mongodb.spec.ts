import { openMongoVault } from '../../src/adapters/mongodb/vault';
import { aDatabase, describeWithMongo } from '../support/mongodb-server';
import { vaultContract } from './vault.contract';

/** The instants of the contract have passed long ago, and a server's own sweeper runs when it likes. */
const sessionsKeptSeconds = 2_000_000_000;

describeWithMongo('MongoDB as a vault', (server) => {
  vaultContract('MongoDB', async () => {
    const { drop, ...database } = aDatabase(server());
    const options = { ...database, sessionsKeptSeconds };
    let vault = await openMongoVault(options);
    return {
      vault,
      reopen: async () => {
        await vault.close();
        vault = await openMongoVault(options);
        return vault;
      },
      dispose: async () => {
        await vault.close();
        await drop();
      },
    };
  });
});
