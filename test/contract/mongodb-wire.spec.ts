import { MongoClient } from 'mongodb';
import { openMongoLeases } from '../../src/adapters/mongodb/leases';
import { openMongoRateCounters } from '../../src/adapters/mongodb/rate-counters';
import { openMongoReadModelStore } from '../../src/adapters/mongodb/read-model-store';
import { openMongoVault } from '../../src/adapters/mongodb/vault';
import { StoreUnavailable } from '../../src/ports/event-store';
import { ReadModelsLost } from '../../src/ports/read-model-store';
import type { Invitation, User, Vault } from '../../src/ports/vault';
import {
  aDatabase,
  describeWithEveryOwnServer,
  type MongoDatabase,
  type OwnServer,
} from '../support/mongodb-server';
import type { Fate } from '../support/mongodb-proxy';

const NOW = '2026-03-14T09:00:00.000Z';
const COMPANY = '018f0000-0000-7000-8000-00000000c001';

const aUser = (id: string, email = `${id}@example.org`): User => ({
  id,
  email,
  name: 'Ève',
  passwordHash: '$argon2id$…',
  firmAdmin: false,
  createdAt: NOW,
});

const invitation: Invitation = {
  id: 'invitation-1',
  tokenHash: 'b'.repeat(64),
  company: COMPANY,
  role: 'admin',
  email: null,
  accessExpiresAt: null,
  createdBy: null,
  createdAt: NOW,
  expiresAt: '2026-04-14T09:00:00.000Z',
};

const aDocument = (sequence: number, body: unknown = sequence) => ({
  collection: 'journal@1',
  ledger: 'l',
  key: 'k',
  sequence,
  body,
});

/** Lets the first `count` writes pass; the one after them has this fate, and so have those that repeat it. */
function afterWrites(count: number, fate: Fate, most = 2): () => Fate {
  let writes = 0;
  return () => {
    writes += 1;
    return writes > count && writes <= count + most ? fate : 'answered';
  };
}

describeWithEveryOwnServer('MongoDB over a wire that is cut', (server) => {
  let database: MongoDatabase;
  beforeEach(() => {
    database = aDatabase(server());
  });
  afterEach(async () => {
    mend(server());
    await database.drop();
  });

  /** The indexes that are asked for while something opens, by collection and by key. */
  async function indexesOf(open: () => Promise<{ close(): Promise<void> }>) {
    const indexes: Record<string, unknown>[] = [];
    server().proxy.onCommand = ({ createIndexes, indexes: asked }) => {
      if (typeof createIndexes !== 'string') return;
      for (const { key, unique, expireAfterSeconds } of asked as Record<string, unknown>[])
        indexes.push({ of: createIndexes, key, ...(unique ? { unique } : {}), expireAfterSeconds });
    };
    await (await open()).close();
    return indexes;
  }

  // FerretDB has no index that expires documents: what can be seen of it everywhere is that it is asked for.
  it('is asked to keep a session for an hour after its end, and to find one by its token', async () => {
    const indexes = await indexesOf(() => openMongoVault(database));
    expect(indexes.filter((index) => index.of === 'sessions')).toEqual([
      { of: 'sessions', key: { tokenHash: 1 }, unique: true },
      { of: 'sessions', key: { expiresAt: 1 }, expireAfterSeconds: 3600 },
    ]);
    expect(indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)).toHaveLength(1);
  });

  it('is asked to keep a count of requests to the end of its window', async () => {
    expect(await indexesOf(() => openMongoRateCounters(database))).toEqual([
      { of: 'rate-counts', key: { until: 1 }, expireAfterSeconds: 0 },
    ]);
  });

  describe('read models', () => {
    it('ask for a majority in every write and every read, and for no transaction', async () => {
      const commands: Record<string, unknown>[] = [];
      server().proxy.onCommand = (command) => commands.push(command);
      const store = await openMongoReadModelStore(database);
      await store.write([aDocument(1)], [{ projection: 'journal@1', storeId: 's', position: 1 }], 7);
      await store.list('journal@1', 'l', { limit: 1 });
      await store.checkpoint('journal@1');
      await store.saveSnapshot({
        ledger: 'l',
        stateVersion: 1,
        sequence: 1,
        hash: '',
        mac: '',
        bytes: Buffer.from('x'),
      });
      await store.snapshot('l');
      await store.saveSetting('a', 'b');
      await store.drop('journal@1');
      await store.close();

      const own = commands.filter(({ $db }) => $db === database.database);
      const writes = own.filter((one) =>
        ['insert', 'update', 'findAndModify', 'delete', 'drop'].some((name) => name in one),
      );
      const reads = own.filter((one) => 'find' in one);
      expect(writes.length).toBeGreaterThan(6);
      expect(reads.length).toBeGreaterThan(4);
      for (const write of writes) expect(write.writeConcern).toMatchObject({ w: 'majority' });
      for (const read of reads) expect(read.readConcern).toEqual({ level: 'majority' });
      for (const command of commands) expect(command).not.toHaveProperty('startTransaction');
    });

    it('say that they do not know when an answer is lost; the same batch again changes nothing', async () => {
      const store = await openMongoReadModelStore(database);
      server().proxy.fateOf = (command) => (command === 'update' ? 'lost' : 'answered');
      const write = () => store.write([aDocument(5)], [{ projection: 'p', storeId: 's', position: 5 }], 7);
      await expect(write()).rejects.toThrow(StoreUnavailable);
      await expect(write()).rejects.toMatchObject({ outcome: 'unknown' });
      mend(server());
      expect(await store.get('journal@1', 'l', 'k')).toMatchObject({ sequence: 5 });
      expect(await store.checkpoint('p')).toBeNull();
      await write();
      expect(await store.get('journal@1', 'l', 'k')).toMatchObject({ sequence: 5, body: 5 });
      expect(await store.checkpoint('p')).toMatchObject({ position: 5 });
      await store.close();
    });

    it('never have a checkpoint ahead of documents that did not arrive', async () => {
      const store = await openMongoReadModelStore(database);
      server().proxy.fateOf = (command) => (command === 'update' ? 'refused' : 'answered');
      const documents = ['a@1', 'b@1', 'c@1'].map((collection) => ({ ...aDocument(3), collection }));
      await expect(
        store.write(documents, [{ projection: 'a@1', storeId: 's', position: 3 }]),
      ).rejects.toThrow(StoreUnavailable);
      mend(server());
      expect(await store.checkpoint('a@1')).toBeNull();
      await store.close();
    });

    it('are known to be lost when they are emptied while a batch is written', async () => {
      const other = await new MongoClient(database.uri).connect();
      const store = await openMongoReadModelStore(database);
      const at = (position: number) => [{ projection: 'journal@1', storeId: 's', position }];
      await store.write([aDocument(1)], at(1), 7);
      const emptied: Promise<unknown>[] = [];
      server().proxy.onCommand = (command) => {
        if (command.update === 'documents.journal@1' && emptied.length === 0)
          emptied.push(other.db(database.database).dropDatabase());
      };
      const documents = Array.from({ length: 200 }, (_, index) => ({ ...aDocument(2), key: `k${index}` }));
      await expect(store.write(documents, at(2), 7)).rejects.toThrow(ReadModelsLost);
      await Promise.all(emptied);
      // Until it has been read anew nothing is written, and what is read is that there is none.
      await expect(store.write([aDocument(3)], at(3), 7)).rejects.toThrow(ReadModelsLost);
      expect(await store.checkpoint('journal@1')).toBeNull();
      await store.write([aDocument(1)], at(1), 7);
      expect(await store.checkpoint('journal@1')).toMatchObject({ position: 1 });
      await store.close();
      await other.close();
    });

    it('go on after all connections were cut', async () => {
      const store = await openMongoReadModelStore(database);
      await store.write([aDocument(1)], []);
      server().proxy.cut();
      await store.get('journal@1', 'l', 'k').catch(() => undefined);
      await store.write([aDocument(2)], []);
      expect(await store.get('journal@1', 'l', 'k')).toMatchObject({ sequence: 2 });
      await store.close();
    });
  });

  describe('an invitation', () => {
    const accept = (vault: Vault, id: string, email?: string) =>
      vault.acceptInvitation(invitation.tokenHash, { newUser: aUser(id, email) }, NOW);

    /** Who has the role, and how often. */
    async function members(vault: Vault, ids: readonly string[]): Promise<string[]> {
      const all = await Promise.all(ids.map((id) => vault.memberships(id)));
      return ids.filter((_, index) => (all[index] ?? []).length > 0);
    }

    // Claim, user, used up: three writes, and each of them may be the last one of the process that made it.
    const deaths = [0, 1, 2].flatMap((count) =>
      (['refused', 'lost'] as const).map((fate): [number, Fate] => [count, fate]),
    );

    it.each(deaths)(
      'is used once when the process dies after %d writes, its next one %s',
      async (count, fate) => {
        const [dying, next] = [await openMongoVault(database), await openMongoVault(database)];
        await next.addInvitation(invitation);
        server().proxy.fateOf = afterWrites(count, fate);
        await expect(accept(dying, 'one')).rejects.toThrow(StoreUnavailable);
        mend(server());
        await dying.close();

        await accept(next, 'two');
        expect(await next.invitation(invitation.tokenHash, NOW)).toBeNull();
        expect(await members(next, ['one', 'two'])).toHaveLength(1);
        expect(await accept(next, 'three')).toBeNull();
        expect(await next.user('three')).toBeNull();
        await next.close();
      },
    );

    it.each(deaths)('is finished by who merely looks, after %d writes and one %s', async (count, fate) => {
      const [dying, next] = [await openMongoVault(database), await openMongoVault(database)];
      await next.addInvitation(invitation);
      server().proxy.fateOf = afterWrites(count, fate);
      await expect(accept(dying, 'one')).rejects.toThrow(StoreUnavailable);
      mend(server());
      await dying.close();

      const wasClaimed = count > 0 || fate === 'lost';
      expect((await next.invitation(invitation.tokenHash, NOW)) === null).toBe(wasClaimed);
      expect(await members(next, ['one'])).toEqual(wasClaimed ? ['one'] : []);
      await next.close();
    });

    it('whose e-mail is taken is free again, although the process that claimed it died', async () => {
      const [dying, next] = [await openMongoVault(database), await openMongoVault(database)];
      await next.addUser(aUser('zero', 'taken@example.org'));
      await next.addInvitation(invitation);
      server().proxy.fateOf = afterWrites(1, 'refused');
      await expect(accept(dying, 'one', 'taken@example.org')).rejects.toThrow(StoreUnavailable);
      mend(server());
      await dying.close();
      expect(await accept(next, 'two')).toMatchObject({ id: 'invitation-1' });
      expect(await members(next, ['zero', 'one', 'two'])).toEqual(['two']);
      await next.close();
    });

    it('gives nothing again when its claim is carried out late', async () => {
      const [dying, next] = [await openMongoVault(database), await openMongoVault(database)];
      await next.addUser(aUser('one'));
      await next.addInvitation(invitation);
      // The user has the role; that the invitation is used up was never written.
      server().proxy.fateOf = afterWrites(2, 'refused');
      await expect(dying.acceptInvitation(invitation.tokenHash, { user: 'one' }, NOW)).rejects.toThrow(
        StoreUnavailable,
      );
      mend(server());
      await dying.close();
      await next.removeMembership('one', COMPANY);
      expect(await next.invitation(invitation.tokenHash, NOW)).toBeNull();
      expect(await next.memberships('one')).toEqual([]);
      await next.close();
    });
  });

  it('gives a lease anew to who did not hear that it was given', async () => {
    const [asking, other] = [await openMongoLeases(database), await openMongoLeases(database)];
    server().proxy.fateOf = (command) => (command === 'insert' ? 'lost' : 'answered');
    await expect(asking.acquire('p', 'a', 60_000)).rejects.toThrow(StoreUnavailable);
    mend(server());
    const given = await other.holder('p');
    expect(given).toMatchObject({ holder: 'a' });
    expect(await other.acquire('p', 'b', 60_000)).toBeNull();
    expect((await asking.acquire('p', 'a', 60_000))?.token).toBeGreaterThan(given?.token ?? 0);
    await asking.close();
    await other.close();
  });
});

function mend({ proxy }: OwnServer): void {
  proxy.fateOf = () => 'answered';
  proxy.onCommand = null;
}
