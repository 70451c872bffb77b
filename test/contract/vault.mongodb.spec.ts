import { type Db, MongoClient } from 'mongodb';
import { openMongoVault } from '../../src/adapters/mongodb/vault';
import { AlreadyThere, type User, type Vault } from '../../src/ports/vault';
import { aDatabase, describeWithEveryMongo, type MongoDatabase } from '../support/mongodb-server';
import { aMongoVault, sessionsKeptSeconds } from '../support/mongodb-stores';
import { describeVault } from './vault.contract';

const NOW = '2026-03-14T09:00:00.000Z';

const aUser = (id: string, fields: Partial<User> = {}): User => ({
  id,
  email: `${id}@example.org`,
  name: 'Ève',
  passwordHash: '$argon2id$…',
  firmAdmin: false,
  createdAt: NOW,
  ...fields,
});

describeWithEveryMongo('MongoDB as a vault', (server) => {
  describeVault('MongoDB', () => aMongoVault(server()));

  describe('a MongoDB vault of several nodes', () => {
    let database: MongoDatabase;
    let client: MongoClient;
    let raw: Db;
    let nodes: Vault[];
    beforeEach(async () => {
      database = aDatabase(server());
      client = new MongoClient(database.uri);
      raw = client.db(database.database);
      nodes = await Promise.all([1, 2, 3, 4].map(() => openMongoVault({ ...database, sessionsKeptSeconds })));
    });
    afterEach(async () => {
      for (const node of nodes) await node.close();
      await client.close();
      await database.drop();
    });

    const first = () => nodes[0] as Vault;
    const onAll = <Result>(count: number, work: (node: Vault, index: number) => Promise<Result>) =>
      Promise.allSettled(
        Array.from({ length: count }, (_, index) => work(nodes[index % nodes.length] as Vault, index)),
      );
    const done = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
      outcomes.filter(({ status }) => status === 'fulfilled');

    it('gives an e-mail to one of many, however it is written, and tells the others so', async () => {
      const written = ['Eve@Example.org', ' eve@example.org', 'EVE@EXAMPLE.ORG ', 'ｅve@example.org'];
      const outcomes = await onAll(16, (node, index) =>
        node.addUser(aUser(`user-${index}`, { email: written[index % 4] })),
      );
      expect(done(outcomes)).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(AlreadyThere);
      expect(await raw.collection('users').countDocuments()).toBe(1);
    });

    it('has one first administrator', async () => {
      const outcomes = await onAll(12, (node, index) =>
        node.addFirstUser(aUser(`user-${index}`, { firmAdmin: true })),
      );
      const values = outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value : outcome.reason,
      );
      expect(values.filter((value) => value === true)).toHaveLength(1);
      expect(values.filter((value) => value === false)).toHaveLength(11);
    });

    it('has no first administrator whose e-mail is somebody’s', async () => {
      await first().addUser(aUser('user-1'));
      const adding = first().addFirstUser(aUser('user-2', { email: 'USER-1@example.org', firmAdmin: true }));
      await expect(adding).rejects.toThrow(AlreadyThere);
      expect(await first().addFirstUser(aUser('user-3', { firmAdmin: true }))).toBe(true);
    });

    it('lets one of many use an invitation, some of whom exist already', async () => {
      const tokenHash = 'b'.repeat(64);
      for (const id of ['user-0', 'user-2', 'user-4']) await first().addUser(aUser(id));
      await first().addInvitation({
        id: 'invitation-1',
        tokenHash,
        company: 'company-1',
        role: 'admin',
        email: null,
        accessExpiresAt: null,
        createdBy: null,
        createdAt: NOW,
        expiresAt: '2026-04-14T09:00:00.000Z',
      });
      const outcomes = await onAll(12, (node, index) => {
        const id = `user-${index}`;
        const who = [0, 2, 4].includes(index) ? { user: id } : { newUser: aUser(id) };
        return node.acceptInvitation(tokenHash, who, NOW);
      });
      expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
      const given = outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value !== null);
      expect(given).toHaveLength(1);
      const memberships = await Promise.all(
        outcomes.map((_outcome, index) => first().memberships(`user-${index}`)),
      );
      expect(memberships.flat()).toHaveLength(1);
    });

    it('refuses an invitation to a user who does not exist, and it stays valid', async () => {
      const tokenHash = 'b'.repeat(64);
      const invitation = {
        id: 'invitation-1',
        tokenHash,
        company: 'company-1',
        role: 'admin' as const,
        email: null,
        accessExpiresAt: null,
        createdBy: null,
        createdAt: NOW,
        expiresAt: '2026-04-14T09:00:00.000Z',
      };
      await first().addInvitation(invitation);
      await expect(first().acceptInvitation(tokenHash, { user: 'nobody' }, NOW)).rejects.toThrow('no user');
      expect(await first().invitation(tokenHash, NOW)).toEqual(invitation);
    });

    it('keeps the first of many answers', async () => {
      const outcomes = await onAll(12, (node, index) =>
        node.remember({ scope: 's', key: 'k', payloadHash: 'h', answer: String(index), at: NOW }),
      );
      const answers = outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value.answer : null,
      );
      expect(new Set(answers).size).toBe(1);
      expect(answers).not.toContain(null);
    });

    it('keeps the latest use of an API key, whichever node tells of it last', async () => {
      const key = {
        id: 'key-1',
        company: 'company-1',
        name: 'Caisse 1',
        role: 'connector' as const,
        tills: null,
        keyHash: 'a'.repeat(64),
        createdBy: 'user-1',
        createdAt: NOW,
        expiresAt: null,
        lastUsedAt: null,
        revokedAt: null,
      };
      await first().addApiKey(key);
      await nodes[1]?.noteApiKeyUse('key-1', '2026-03-14T11:00:00.000Z');
      await nodes[2]?.noteApiKeyUse('key-1', '2026-03-14T10:00:00.000Z');
      expect((await first().apiKeyByHash(key.keyHash))?.lastUsedAt).toBe('2026-03-14T11:00:00.000Z');
    });

    it('gives a session whose end has passed as it is until it is swept, and keeps its end as a date', async () => {
      const session = {
        id: 'session-1',
        user: 'user-1',
        tokenHash: 'c'.repeat(64),
        createdAt: NOW,
        expiresAt: '2026-03-14T10:00:00.123Z',
      };
      await first().addSession(session);
      expect(await nodes[1]?.sessionByTokenHash(session.tokenHash)).toEqual(session);
      const stored = await raw.collection('sessions').findOne();
      expect(stored?.expiresAt).toEqual(new Date(session.expiresAt));
      expect(await nodes[2]?.removeExpiredSessions('2026-03-14T10:00:00.123Z')).toBe(1);
      expect(await first().sessionByTokenHash(session.tokenHash)).toBeNull();
    });

    it('has its indexes once, also when it is opened again', async () => {
      await (await openMongoVault({ ...database, sessionsKeptSeconds })).close();
      const indexes = await raw.collection('users').indexes();
      expect(indexes.map(({ name }) => name).sort()).toEqual([
        '_id_',
        'emailKey_1',
        'firmAdmin_1',
        'place_1',
      ]);
      expect(indexes.filter(({ unique }) => unique).map(({ name }) => name)).toEqual(
        expect.arrayContaining(['emailKey_1', 'place_1']),
      );
    });

    it('is not opened when a newer version wrote it', async () => {
      await raw.collection<{ _id: string }>('vault').updateOne({ _id: 'format' }, { $set: { version: 99 } });
      await expect(openMongoVault(database)).rejects.toThrow('newer version');
    });

    it('is a database beside that of the read models unless it is named', async () => {
      const vault = await openMongoVault({
        uri: database.uri.replace(/^(mongodb(?:[+]srv)?:\/\/[^/?]+)\/?/, `$1/${database.database}`),
      });
      await vault.addUser(aUser('user-1'));
      await vault.close();
      const beside = client.db(`${database.database}-vault`);
      expect(await beside.collection('users').countDocuments()).toBe(1);
      await beside.dropDatabase();
    });

    it('takes no company into a path of a document that is none', async () => {
      await first().addUser(aUser('user-1'));
      const membership = { user: 'user-1', company: 'a.b', role: 'user', expiresAt: null } as const;
      await expect(first().putMembership(membership)).rejects.toThrow('is no company');
      await expect(first().putMembership({ ...membership, user: 'nobody', company: 'c' })).rejects.toThrow(
        'no user',
      );
    });
  });
});
