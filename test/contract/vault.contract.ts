import { AlreadyThere, type ApiKey, type Invitation, type User, type Vault } from '../../src/ports/vault';
import { type Contract, describeContract, type Disposable } from './contract';

const NOW = '2026-03-14T09:00:00.000Z';
const LATER = '2026-03-14T10:00:00.000Z';
const MUCH_LATER = '2026-04-14T09:00:00.000Z';
const COMPANY = '018f0000-0000-7000-8000-00000000c001';
const OTHER_COMPANY = '018f0000-0000-7000-8000-00000000c002';

const hash = (digit: string) => digit.repeat(64);

const aUser = (fields: Partial<User> = {}): User => ({
  id: 'user-1',
  email: 'Eve@Example.org',
  name: 'Ève',
  passwordHash: '$argon2id$…',
  firmAdmin: false,
  createdAt: NOW,
  ...fields,
});

const aKey = (fields: Partial<ApiKey> = {}): ApiKey => ({
  id: 'key-1',
  company: COMPANY,
  name: 'Caisse 1',
  role: 'connector',
  tills: ['T1'],
  keyHash: hash('a'),
  createdBy: 'user-1',
  createdAt: NOW,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  ...fields,
});

const anInvitation = (fields: Partial<Invitation> = {}): Invitation => ({
  id: 'invitation-1',
  tokenHash: hash('b'),
  company: COMPANY,
  role: 'admin',
  email: 'eve@example.org',
  accessExpiresAt: null,
  createdBy: 'user-1',
  createdAt: NOW,
  expiresAt: MUCH_LATER,
  ...fields,
});

const aReservation = { siren: '552100554', company: COMPANY, idempotencyKey: 'key-a' };

export type VaultUnderTest = Disposable & {
  readonly vault: Vault;
  /** Closes the vault and opens it again on the same data. */
  readonly reopen: () => Promise<Vault>;
};

type Examples = Contract<VaultUnderTest>[string];

const users: Examples = [
  {
    name: 'are found by id and by e-mail in any case, as they were added',
    run: async ({ vault }) => {
      await vault.addUser(aUser());
      expect(await vault.user('user-1')).toEqual(aUser());
      expect(await vault.userByEmail(' eVE@EXAMPLE.ORG ')).toEqual(aUser());
      expect(await vault.user('user-2')).toBeNull();
      expect(await vault.userByEmail('adam@example.org')).toBeNull();
    },
  },
  {
    name: 'have an e-mail that nobody else has',
    run: async ({ vault }) => {
      await vault.addUser(aUser());
      await expect(vault.addUser(aUser({ id: 'user-2', email: 'EVE@example.org' }))).rejects.toThrow(
        AlreadyThere,
      );
      expect(await vault.user('user-2')).toBeNull();
    },
  },
  {
    name: 'of many with one e-mail, added at once, exactly one exists',
    run: async ({ vault }) => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => vault.addUser(aUser({ id: `user-${index}` }))),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    },
  },
  {
    name: 'have a first one, once',
    run: async ({ vault }) => {
      expect(await vault.hasFirmAdmin()).toBe(false);
      const outcomes = await Promise.all(
        ['user-1', 'user-2', 'user-3'].map((id) =>
          vault.addFirstUser(aUser({ id, email: `${id}@example.org`, firmAdmin: true })),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await vault.hasFirmAdmin()).toBe(true);
    },
  },
  {
    name: 'are not the first one’s successor when they merely are members',
    run: async ({ vault }) => {
      await vault.addUser(aUser());
      expect(await vault.hasFirmAdmin()).toBe(false);
      expect(await vault.addFirstUser(aUser({ id: 'user-2', email: 'b@example.org', firmAdmin: true }))).toBe(
        true,
      );
    },
  },
  {
    name: 'have no first one whose e-mail is somebody’s',
    run: async ({ vault }) => {
      await vault.addUser(aUser());
      const adding = vault.addFirstUser(aUser({ id: 'user-2', email: 'EVE@example.org', firmAdmin: true }));
      await expect(adding).rejects.toThrow(AlreadyThere);
      expect(await vault.hasFirmAdmin()).toBe(false);
    },
  },
  {
    name: 'change their own password',
    run: async ({ vault }) => {
      await vault.addUser(aUser());
      await vault.addUser(aUser({ id: 'user-2', email: 'adam@example.org' }));
      await vault.setPasswordHash('user-1', 'another');
      expect((await vault.user('user-1'))?.passwordHash).toBe('another');
      expect((await vault.user('user-2'))?.passwordHash).toBe(aUser().passwordHash);
    },
  },
];

const memberships: Examples = [
  {
    name: 'are one role per user and company, the last one put',
    run: async ({ vault }) => {
      await vault.addUser(aUser());
      const membership = { user: 'user-1', company: COMPANY, role: 'user', expiresAt: null } as const;
      await vault.putMembership(membership);
      await vault.putMembership({ ...membership, role: 'admin', expiresAt: LATER });
      await vault.putMembership({ ...membership, company: OTHER_COMPANY });
      expect(await vault.memberships('user-1')).toEqual([
        { ...membership, role: 'admin', expiresAt: LATER },
        { ...membership, company: OTHER_COMPANY },
      ]);
      expect(await vault.memberships('user-2')).toEqual([]);
    },
  },
  {
    name: 'are removed alone',
    run: async ({ vault }) => {
      await vault.addUser(aUser());
      await vault.putMembership({ user: 'user-1', company: COMPANY, role: 'user', expiresAt: null });
      await vault.putMembership({ user: 'user-1', company: OTHER_COMPANY, role: 'user', expiresAt: null });
      expect(await vault.removeMembership('user-1', COMPANY)).toBe(true);
      expect(await vault.removeMembership('user-1', COMPANY)).toBe(false);
      expect((await vault.memberships('user-1')).map(({ company }) => company)).toEqual([OTHER_COMPANY]);
    },
  },
];

const session = {
  id: 'session-1',
  user: 'user-1',
  tokenHash: hash('c'),
  createdAt: NOW,
  expiresAt: LATER,
};
/** A user, and a session of theirs. */
async function signedIn(vault: Vault): Promise<void> {
  await vault.addUser(aUser());
  await vault.addSession(session);
}

const sessions: Examples = [
  {
    name: 'are found by the hash of their token',
    run: async ({ vault }) => {
      await signedIn(vault);
      expect(await vault.sessionByTokenHash(hash('c'))).toEqual(session);
      expect(await vault.sessionByTokenHash(hash('d'))).toBeNull();
    },
  },
  {
    name: 'are extended, never shortened',
    run: async ({ vault }) => {
      await signedIn(vault);
      await vault.extendSession('session-1', MUCH_LATER);
      await vault.extendSession('session-1', LATER);
      expect((await vault.sessionByTokenHash(hash('c')))?.expiresAt).toBe(MUCH_LATER);
    },
  },
  {
    name: 'end when removed, alone',
    run: async ({ vault }) => {
      await signedIn(vault);
      await vault.addSession({ ...session, id: 'session-2', tokenHash: hash('d') });
      await vault.removeSession('session-1');
      expect(await vault.sessionByTokenHash(hash('c'))).toBeNull();
      expect(await vault.sessionByTokenHash(hash('d'))).not.toBeNull();
    },
  },
  {
    name: 'never share a token',
    run: async ({ vault }) => {
      await signedIn(vault);
      await expect(vault.addSession({ ...session, id: 'session-2' })).rejects.toThrow(AlreadyThere);
    },
  },
  {
    name: 'are swept once expired, at the instant itself too',
    run: async ({ vault }) => {
      await signedIn(vault);
      await vault.addSession({ ...session, id: 'session-2', tokenHash: hash('d'), expiresAt: MUCH_LATER });
      expect(await vault.removeExpiredSessions(LATER)).toBe(1);
      expect(await vault.sessionByTokenHash(hash('c'))).toBeNull();
      expect(await vault.sessionByTokenHash(hash('d'))).not.toBeNull();
    },
  },
];

const apiKeys: Examples = [
  {
    name: 'are found by hash and listed per company, as they were added',
    run: async ({ vault }) => {
      const all = aKey({ id: 'key-0', keyHash: hash('0'), tills: null, expiresAt: MUCH_LATER });
      await vault.addApiKey(aKey());
      await vault.addApiKey(all);
      await vault.addApiKey(aKey({ id: 'key-2', keyHash: hash('2'), company: OTHER_COMPANY }));
      expect(await vault.apiKeyByHash(hash('a'))).toEqual(aKey());
      expect(await vault.apiKeyByHash(hash('f'))).toBeNull();
      expect(await vault.apiKeys(COMPANY)).toEqual([all, aKey()]);
    },
  },
  {
    name: 'are revoked once, by their own company only',
    run: async ({ vault }) => {
      await vault.addApiKey(aKey());
      expect(await vault.revokeApiKey(OTHER_COMPANY, 'key-1', LATER)).toBe(false);
      expect((await vault.apiKeyByHash(hash('a')))?.revokedAt).toBeNull();
      expect(await vault.revokeApiKey(COMPANY, 'key-1', LATER)).toBe(true);
      expect(await vault.revokeApiKey(COMPANY, 'key-1', MUCH_LATER)).toBe(false);
      expect((await vault.apiKeyByHash(hash('a')))?.revokedAt).toBe(LATER);
    },
  },
  {
    name: 'stay listed once they are revoked',
    run: async ({ vault }) => {
      await vault.addApiKey(aKey());
      await vault.revokeApiKey(COMPANY, 'key-1', LATER);
      expect(await vault.apiKeys(COMPANY)).toEqual([aKey({ revokedAt: LATER })]);
    },
  },
  {
    name: 'remember when they were used',
    run: async ({ vault }) => {
      await vault.addApiKey(aKey());
      await vault.noteApiKeyUse('key-1', LATER);
      expect((await vault.apiKeyByHash(hash('a')))?.lastUsedAt).toBe(LATER);
    },
  },
  {
    name: 'never share a hash',
    run: async ({ vault }) => {
      await vault.addApiKey(aKey());
      await expect(vault.addApiKey(aKey({ id: 'key-2' }))).rejects.toThrow(AlreadyThere);
    },
  },
];

const accept = (vault: Vault, id: string, now = LATER) =>
  vault.acceptInvitation(hash('b'), { newUser: aUser({ id, email: `${id}@example.org` }) }, now);

const invitations: Examples = [
  {
    name: 'are readable until they are used or expire',
    run: async ({ vault }) => {
      await vault.addInvitation(anInvitation());
      expect(await vault.invitation(hash('b'), LATER)).toEqual(anInvitation());
      expect(await vault.invitation(hash('e'), LATER)).toBeNull();
      expect(await vault.invitation(hash('b'), MUCH_LATER)).toBeNull();
      await accept(vault, 'user-1');
      expect(await vault.invitation(hash('b'), LATER)).toBeNull();
    },
  },
  {
    name: 'never share a token',
    run: async ({ vault }) => {
      await vault.addInvitation(anInvitation());
      await expect(vault.addInvitation(anInvitation({ id: 'invitation-2' }))).rejects.toThrow(AlreadyThere);
    },
  },
  {
    name: 'make the user and give the role, together',
    run: async ({ vault }) => {
      await vault.addInvitation(anInvitation({ accessExpiresAt: MUCH_LATER }));
      expect(await accept(vault, 'user-1')).toMatchObject({ id: 'invitation-1', role: 'admin' });
      expect(await vault.user('user-1')).toMatchObject({ firmAdmin: false });
      expect(await vault.memberships('user-1')).toEqual([
        { user: 'user-1', company: COMPANY, role: 'admin', expiresAt: MUCH_LATER },
      ]);
    },
  },
  {
    name: 'give the role to somebody who has an account already',
    run: async ({ vault }) => {
      await vault.addUser(aUser());
      await vault.putMembership({ user: 'user-1', company: COMPANY, role: 'user', expiresAt: LATER });
      await vault.addInvitation(anInvitation());
      await vault.acceptInvitation(hash('b'), { user: 'user-1' }, LATER);
      expect(await vault.memberships('user-1')).toEqual([
        { user: 'user-1', company: COMPANY, role: 'admin', expiresAt: null },
      ]);
    },
  },
  {
    name: 'make an administrator of the firm',
    run: async ({ vault }) => {
      await vault.addInvitation(
        anInvitation({ company: null, role: 'firm-admin', email: null, createdBy: null }),
      );
      await accept(vault, 'user-1');
      expect(await vault.user('user-1')).toMatchObject({ firmAdmin: true });
      expect(await vault.memberships('user-1')).toEqual([]);
      expect(await vault.hasFirmAdmin()).toBe(true);
    },
  },
  {
    name: 'are used by exactly one of many attempts at once',
    run: async ({ vault }) => {
      await vault.addInvitation(anInvitation());
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => accept(vault, `user-${index}`)),
      );
      expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
      const users = await Promise.all(outcomes.map((_, index) => vault.user(`user-${index}`)));
      expect(users.filter((user) => user !== null)).toHaveLength(1);
    },
  },
  {
    name: 'do nothing once expired',
    run: async ({ vault }) => {
      await vault.addInvitation(anInvitation());
      expect(await accept(vault, 'user-1', MUCH_LATER)).toBeNull();
      expect(await vault.user('user-1')).toBeNull();
    },
  },
  {
    name: 'stay valid when the new user’s e-mail is taken',
    run: async ({ vault }) => {
      await vault.addUser(aUser());
      await vault.addInvitation(anInvitation());
      const taken = vault.acceptInvitation(hash('b'), { newUser: aUser({ id: 'user-2' }) }, LATER);
      await expect(taken).rejects.toThrow(AlreadyThere);
      expect(await vault.invitation(hash('b'), LATER)).not.toBeNull();
      expect(await accept(vault, 'user-3')).not.toBeNull();
    },
  },
];

const identity = {
  company: COMPANY,
  customer: 'customer-1',
  name: 'Dupont',
  email: 'dupont@example.org',
  phone: '+33 1 23 45 67 89',
  address: null,
  note: null,
};

const customers: Examples = [
  {
    name: 'are identified per company',
    run: async ({ vault }) => {
      await vault.putCustomer(identity);
      await vault.putCustomer({ ...identity, customer: 'customer-0', name: 'Durand' });
      await vault.putCustomer({ ...identity, company: OTHER_COMPANY, name: 'Martin' });
      expect(await vault.customer(COMPANY, 'customer-1')).toEqual(identity);
      expect(await vault.customer(OTHER_COMPANY, 'customer-0')).toBeNull();
      expect((await vault.customers(COMPANY)).map(({ name }) => name)).toEqual(['Durand', 'Dupont']);
      expect(await vault.customers(COMPANY, ['customer-1', 'nobody'])).toEqual([identity]);
      expect(await vault.customers(COMPANY, [])).toEqual([]);
    },
  },
  {
    name: 'are replaced whole',
    run: async ({ vault }) => {
      await vault.putCustomer(identity);
      await vault.putCustomer({ ...identity, name: 'Dupond', email: null });
      expect(await vault.customer(COMPANY, 'customer-1')).toEqual({
        ...identity,
        name: 'Dupond',
        email: null,
      });
    },
  },
  {
    name: 'are erased, and only they',
    run: async ({ vault }) => {
      await vault.putCustomer(identity);
      await vault.putCustomer({ ...identity, company: OTHER_COMPANY });
      expect(await vault.eraseCustomer(COMPANY, 'customer-1')).toBe(true);
      expect(await vault.eraseCustomer(COMPANY, 'customer-1')).toBe(false);
      expect(await vault.customer(COMPANY, 'customer-1')).toBeNull();
      expect(await vault.customer(OTHER_COMPANY, 'customer-1')).not.toBeNull();
    },
  },
];

const sirens: Examples = [
  {
    name: 'is reserved once; the same key gets the same company, another one does not',
    run: async ({ vault }) => {
      const reservation = { ...aReservation, status: 'pending' };
      expect(await vault.reserveCompany(aReservation)).toEqual({ outcome: 'reserved', reservation });
      expect(await vault.reserveCompany({ ...aReservation, company: OTHER_COMPANY })).toEqual({
        outcome: 'same',
        reservation,
      });
      expect(
        await vault.reserveCompany({ ...aReservation, company: OTHER_COMPANY, idempotencyKey: 'key-b' }),
      ).toEqual({ outcome: 'taken', reservation });
    },
  },
  {
    name: 'is not what a key can be used for twice',
    run: async ({ vault }) => {
      await vault.reserveCompany(aReservation);
      const other = { ...aReservation, siren: '732829320', company: OTHER_COMPANY };
      expect(await vault.reserveCompany(other)).toMatchObject({
        outcome: 'key-used',
        reservation: aReservation,
      });
    },
  },
  {
    name: 'goes to exactly one of many at once',
    run: async ({ vault }) => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          vault.reserveCompany({
            ...aReservation,
            company: `company-${index}`,
            idempotencyKey: `key-${index}`,
          }),
        ),
      );
      expect(outcomes.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(1);
      expect(new Set(outcomes.map(({ reservation }) => reservation.company)).size).toBe(1);
    },
  },
  {
    name: 'is exactly one of many that one key asks for at once',
    run: async ({ vault }) => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          vault.reserveCompany({ ...aReservation, siren: `siren-${index}`, company: `company-${index}` }),
        ),
      );
      expect(outcomes.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'key-used')).toHaveLength(19);
      expect(new Set(outcomes.map(({ reservation }) => reservation.siren)).size).toBe(1);
      expect(await vault.pendingCompanies()).toHaveLength(1);
    },
  },
  {
    name: 'makes a company only once its ledger is open',
    run: async ({ vault }) => {
      await vault.reserveCompany(aReservation);
      expect(await vault.hasCompany(COMPANY)).toBe(false);
      expect(await vault.pendingCompanies()).toHaveLength(1);
      await vault.confirmCompany(COMPANY);
      expect(await vault.hasCompany(COMPANY)).toBe(true);
      expect(await vault.pendingCompanies()).toEqual([]);
      expect(await vault.reserveCompany(aReservation)).toMatchObject({
        outcome: 'same',
        reservation: { status: 'open' },
      });
    },
  },
  {
    name: 'is free again when it is released, which an open company never is',
    run: async ({ vault }) => {
      await vault.reserveCompany(aReservation);
      expect(await vault.releaseCompany(COMPANY)).toBe(true);
      expect(await vault.reserveCompany({ ...aReservation, idempotencyKey: 'key-b' })).toMatchObject({
        outcome: 'reserved',
      });
      await vault.confirmCompany(COMPANY);
      expect(await vault.releaseCompany(COMPANY)).toBe(false);
      expect(await vault.hasCompany(COMPANY)).toBe(true);
    },
  },
  {
    name: 'lists open companies in pages',
    run: async ({ vault }) => {
      for (const index of [3, 1, 2, 0]) {
        const company = `company-${index}`;
        await vault.reserveCompany({ siren: `siren-${index}`, company, idempotencyKey: `key-${index}` });
        if (index > 0) await vault.confirmCompany(company);
      }
      expect(await vault.companies(null, 2)).toEqual(['company-1', 'company-2']);
      expect(await vault.companies('company-2', 2)).toEqual(['company-3']);
    },
  },
];

const answer = { scope: 'scope', key: 'key', payloadHash: hash('1'), answer: '{"id":1}', at: NOW };

const answers: Examples = [
  {
    name: 'are the first one of each scope and key',
    run: async ({ vault }) => {
      expect(await vault.remember(answer)).toEqual(answer);
      expect(await vault.remember({ ...answer, payloadHash: hash('2'), answer: '{"id":2}' })).toEqual(answer);
      expect(await vault.remembered('scope', 'key')).toEqual(answer);
      expect(await vault.remembered('scope', 'other')).toBeNull();
      expect(await vault.remembered('other', 'key')).toBeNull();
    },
  },
  {
    name: 'are forgotten with age',
    run: async ({ vault }) => {
      await vault.remember(answer);
      await vault.remember({ ...answer, key: 'recent', at: LATER });
      expect(await vault.forgetAnswersBefore(LATER)).toBe(1);
      expect(await vault.remembered('scope', 'key')).toBeNull();
      expect(await vault.remembered('scope', 'recent')).not.toBeNull();
    },
  },
];

const restarts: Examples = [
  {
    name: 'keeps everything over a restart',
    run: async ({ vault, reopen }) => {
      await vault.addUser(aUser());
      await vault.addApiKey(aKey());
      await vault.reserveCompany(aReservation);
      await vault.confirmCompany(COMPANY);
      const reopened = await reopen();
      expect(await reopened.user('user-1')).toEqual(aUser());
      expect(await reopened.apiKeys(COMPANY)).toEqual([aKey()]);
      expect(await reopened.hasCompany(COMPANY)).toBe(true);
    },
  },
];

/** What it means to be a vault. Every adapter runs this. */
export const VAULT_CONTRACT: Contract<VaultUnderTest> = {
  users,
  memberships,
  sessions,
  'API keys': apiKeys,
  invitations,
  customers,
  'the SIREN of a company': sirens,
  'remembered answers': answers,
  restarts,
};

export function describeVault(name: string, open: () => Promise<VaultUnderTest>): void {
  describeContract(`${name} as a vault`, VAULT_CONTRACT, open);
}
