import { AlreadyThere, type ApiKey, type Invitation, type User, type Vault } from '../../src/ports/vault';

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

export type VaultUnderTest = {
  readonly vault: Vault;
  /** Closes the vault and opens it again on the same data. */
  readonly reopen: () => Promise<Vault>;
  readonly dispose: () => Promise<void>;
};

/** What it means to be a vault. Every adapter runs this. */
export function vaultContract(name: string, open: () => Promise<VaultUnderTest>): void {
  describe(`${name} as a vault`, () => {
    let under: VaultUnderTest;
    let vault: Vault;
    beforeEach(async () => {
      under = await open();
      vault = under.vault;
    });
    afterEach(() => under.dispose());

    describe('users', () => {
      it('are found by id and by e-mail in any case, as they were added', async () => {
        await vault.addUser(aUser());
        expect(await vault.user('user-1')).toEqual(aUser());
        expect(await vault.userByEmail(' eVE@EXAMPLE.ORG ')).toEqual(aUser());
        expect(await vault.user('user-2')).toBeNull();
        expect(await vault.userByEmail('adam@example.org')).toBeNull();
      });

      it('have an e-mail that nobody else has', async () => {
        await vault.addUser(aUser());
        await expect(vault.addUser(aUser({ id: 'user-2', email: 'EVE@example.org' }))).rejects.toThrow(
          AlreadyThere,
        );
        expect(await vault.user('user-2')).toBeNull();
      });

      it('of many with one e-mail, added at once, exactly one exists', async () => {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, index) => vault.addUser(aUser({ id: `user-${index}` }))),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      });

      it('have a first one, once', async () => {
        expect(await vault.hasFirmAdmin()).toBe(false);
        const outcomes = await Promise.all(
          ['user-1', 'user-2', 'user-3'].map((id) =>
            vault.addFirstUser(aUser({ id, email: `${id}@example.org`, firmAdmin: true })),
          ),
        );
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        expect(await vault.hasFirmAdmin()).toBe(true);
      });

      it('are not the first one’s successor when they merely are members', async () => {
        await vault.addUser(aUser());
        expect(await vault.hasFirmAdmin()).toBe(false);
        expect(
          await vault.addFirstUser(aUser({ id: 'user-2', email: 'b@example.org', firmAdmin: true })),
        ).toBe(true);
      });

      it('change their password', async () => {
        await vault.addUser(aUser());
        await vault.setPasswordHash('user-1', 'another');
        expect((await vault.user('user-1'))?.passwordHash).toBe('another');
      });
    });

    describe('memberships', () => {
      beforeEach(() => vault.addUser(aUser()));

      it('are one role per user and company, the last one put', async () => {
        const membership = { user: 'user-1', company: COMPANY, role: 'user', expiresAt: null } as const;
        await vault.putMembership(membership);
        await vault.putMembership({ ...membership, role: 'admin', expiresAt: LATER });
        await vault.putMembership({ ...membership, company: OTHER_COMPANY });
        expect(await vault.memberships('user-1')).toEqual([
          { ...membership, role: 'admin', expiresAt: LATER },
          { ...membership, company: OTHER_COMPANY },
        ]);
        expect(await vault.memberships('user-2')).toEqual([]);
      });

      it('are removed alone', async () => {
        await vault.putMembership({ user: 'user-1', company: COMPANY, role: 'user', expiresAt: null });
        await vault.putMembership({ user: 'user-1', company: OTHER_COMPANY, role: 'user', expiresAt: null });
        expect(await vault.removeMembership('user-1', COMPANY)).toBe(true);
        expect(await vault.removeMembership('user-1', COMPANY)).toBe(false);
        expect((await vault.memberships('user-1')).map(({ company }) => company)).toEqual([OTHER_COMPANY]);
      });
    });

    describe('sessions', () => {
      const session = {
        id: 'session-1',
        user: 'user-1',
        tokenHash: hash('c'),
        createdAt: NOW,
        expiresAt: LATER,
      };
      beforeEach(async () => {
        await vault.addUser(aUser());
        await vault.addSession(session);
      });

      it('are found by the hash of their token', async () => {
        expect(await vault.sessionByTokenHash(hash('c'))).toEqual(session);
        expect(await vault.sessionByTokenHash(hash('d'))).toBeNull();
      });

      it('are extended, never shortened', async () => {
        await vault.extendSession('session-1', MUCH_LATER);
        await vault.extendSession('session-1', LATER);
        expect((await vault.sessionByTokenHash(hash('c')))?.expiresAt).toBe(MUCH_LATER);
      });

      it('end when removed', async () => {
        await vault.removeSession('session-1');
        expect(await vault.sessionByTokenHash(hash('c'))).toBeNull();
      });

      it('are swept once expired, at the instant itself too', async () => {
        await vault.addSession({ ...session, id: 'session-2', tokenHash: hash('d'), expiresAt: MUCH_LATER });
        expect(await vault.removeExpiredSessions(LATER)).toBe(1);
        expect(await vault.sessionByTokenHash(hash('c'))).toBeNull();
        expect(await vault.sessionByTokenHash(hash('d'))).not.toBeNull();
      });
    });

    describe('API keys', () => {
      it('are found by hash and listed per company, as they were added', async () => {
        const all = aKey({ id: 'key-0', keyHash: hash('0'), tills: null, expiresAt: MUCH_LATER });
        await vault.addApiKey(aKey());
        await vault.addApiKey(all);
        await vault.addApiKey(aKey({ id: 'key-2', keyHash: hash('2'), company: OTHER_COMPANY }));
        expect(await vault.apiKeyByHash(hash('a'))).toEqual(aKey());
        expect(await vault.apiKeyByHash(hash('f'))).toBeNull();
        expect(await vault.apiKeys(COMPANY)).toEqual([all, aKey()]);
      });

      it('are revoked once, by their own company only', async () => {
        await vault.addApiKey(aKey());
        expect(await vault.revokeApiKey(OTHER_COMPANY, 'key-1', LATER)).toBe(false);
        expect((await vault.apiKeyByHash(hash('a')))?.revokedAt).toBeNull();
        expect(await vault.revokeApiKey(COMPANY, 'key-1', LATER)).toBe(true);
        expect(await vault.revokeApiKey(COMPANY, 'key-1', MUCH_LATER)).toBe(false);
        expect((await vault.apiKeyByHash(hash('a')))?.revokedAt).toBe(LATER);
      });

      it('remember when they were used', async () => {
        await vault.addApiKey(aKey());
        await vault.noteApiKeyUse('key-1', LATER);
        expect((await vault.apiKeyByHash(hash('a')))?.lastUsedAt).toBe(LATER);
      });

      it('never share a hash', async () => {
        await vault.addApiKey(aKey());
        await expect(vault.addApiKey(aKey({ id: 'key-2' }))).rejects.toThrow(AlreadyThere);
      });
    });

    describe('invitations', () => {
      const accept = (id: string, now = LATER) =>
        vault.acceptInvitation(hash('b'), { newUser: aUser({ id, email: `${id}@example.org` }) }, now);

      it('are readable until they are used or expire', async () => {
        await vault.addInvitation(anInvitation());
        expect(await vault.invitation(hash('b'), LATER)).toEqual(anInvitation());
        expect(await vault.invitation(hash('e'), LATER)).toBeNull();
        expect(await vault.invitation(hash('b'), MUCH_LATER)).toBeNull();
        await accept('user-1');
        expect(await vault.invitation(hash('b'), LATER)).toBeNull();
      });

      it('make the user and give the role, together', async () => {
        await vault.addInvitation(anInvitation({ accessExpiresAt: MUCH_LATER }));
        expect(await accept('user-1')).toMatchObject({ id: 'invitation-1', role: 'admin' });
        expect(await vault.user('user-1')).toMatchObject({ firmAdmin: false });
        expect(await vault.memberships('user-1')).toEqual([
          { user: 'user-1', company: COMPANY, role: 'admin', expiresAt: MUCH_LATER },
        ]);
      });

      it('give the role to somebody who has an account already', async () => {
        await vault.addUser(aUser());
        await vault.putMembership({ user: 'user-1', company: COMPANY, role: 'user', expiresAt: LATER });
        await vault.addInvitation(anInvitation());
        await vault.acceptInvitation(hash('b'), { user: 'user-1' }, LATER);
        expect(await vault.memberships('user-1')).toEqual([
          { user: 'user-1', company: COMPANY, role: 'admin', expiresAt: null },
        ]);
      });

      it('make an administrator of the firm', async () => {
        await vault.addInvitation(
          anInvitation({ company: null, role: 'firm-admin', email: null, createdBy: null }),
        );
        await accept('user-1');
        expect(await vault.user('user-1')).toMatchObject({ firmAdmin: true });
        expect(await vault.memberships('user-1')).toEqual([]);
        expect(await vault.hasFirmAdmin()).toBe(true);
      });

      it('are used by exactly one of many attempts at once', async () => {
        await vault.addInvitation(anInvitation());
        const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => accept(`user-${index}`)));
        expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
        const users = await Promise.all(outcomes.map((_, index) => vault.user(`user-${index}`)));
        expect(users.filter((user) => user !== null)).toHaveLength(1);
      });

      it('do nothing once expired', async () => {
        await vault.addInvitation(anInvitation());
        expect(await accept('user-1', MUCH_LATER)).toBeNull();
        expect(await vault.user('user-1')).toBeNull();
      });

      it('stay valid when the new user’s e-mail is taken', async () => {
        await vault.addUser(aUser());
        await vault.addInvitation(anInvitation());
        const taken = vault.acceptInvitation(hash('b'), { newUser: aUser({ id: 'user-2' }) }, LATER);
        await expect(taken).rejects.toThrow(AlreadyThere);
        expect(await vault.invitation(hash('b'), LATER)).not.toBeNull();
        expect(await accept('user-3')).not.toBeNull();
      });
    });

    describe('customers', () => {
      const identity = {
        company: COMPANY,
        customer: 'customer-1',
        name: 'Dupont',
        email: 'dupont@example.org',
        phone: '+33 1 23 45 67 89',
        address: null,
        note: null,
      };

      it('are identified per company', async () => {
        await vault.putCustomer(identity);
        await vault.putCustomer({ ...identity, customer: 'customer-0', name: 'Durand' });
        await vault.putCustomer({ ...identity, company: OTHER_COMPANY, name: 'Martin' });
        expect(await vault.customer(COMPANY, 'customer-1')).toEqual(identity);
        expect(await vault.customer(OTHER_COMPANY, 'customer-0')).toBeNull();
        expect((await vault.customers(COMPANY)).map(({ name }) => name)).toEqual(['Durand', 'Dupont']);
        expect(await vault.customers(COMPANY, ['customer-1', 'nobody'])).toEqual([identity]);
        expect(await vault.customers(COMPANY, [])).toEqual([]);
      });

      it('are replaced whole', async () => {
        await vault.putCustomer(identity);
        await vault.putCustomer({ ...identity, name: 'Dupond', email: null });
        expect(await vault.customer(COMPANY, 'customer-1')).toEqual({
          ...identity,
          name: 'Dupond',
          email: null,
        });
      });

      it('are erased, and only they', async () => {
        await vault.putCustomer(identity);
        await vault.putCustomer({ ...identity, company: OTHER_COMPANY });
        expect(await vault.eraseCustomer(COMPANY, 'customer-1')).toBe(true);
        expect(await vault.eraseCustomer(COMPANY, 'customer-1')).toBe(false);
        expect(await vault.customer(COMPANY, 'customer-1')).toBeNull();
        expect(await vault.customer(OTHER_COMPANY, 'customer-1')).not.toBeNull();
      });
    });

    describe('the SIREN of a company', () => {
      it('is reserved once; the same key gets the same company, another one does not', async () => {
        const reservation = { ...aReservation, status: 'pending' };
        expect(await vault.reserveCompany(aReservation)).toEqual({ outcome: 'reserved', reservation });
        expect(await vault.reserveCompany({ ...aReservation, company: OTHER_COMPANY })).toEqual({
          outcome: 'same',
          reservation,
        });
        expect(
          await vault.reserveCompany({ ...aReservation, company: OTHER_COMPANY, idempotencyKey: 'key-b' }),
        ).toEqual({ outcome: 'taken', reservation });
      });

      it('is not what a key can be used for twice', async () => {
        await vault.reserveCompany(aReservation);
        const other = { ...aReservation, siren: '732829320', company: OTHER_COMPANY };
        expect(await vault.reserveCompany(other)).toMatchObject({
          outcome: 'key-used',
          reservation: aReservation,
        });
      });

      it('goes to exactly one of many at once', async () => {
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
      });

      it('makes a company only once its ledger is open', async () => {
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
      });

      it('is free again when it is released, which an open company never is', async () => {
        await vault.reserveCompany(aReservation);
        expect(await vault.releaseCompany(COMPANY)).toBe(true);
        expect(await vault.reserveCompany({ ...aReservation, idempotencyKey: 'key-b' })).toMatchObject({
          outcome: 'reserved',
        });
        await vault.confirmCompany(COMPANY);
        expect(await vault.releaseCompany(COMPANY)).toBe(false);
        expect(await vault.hasCompany(COMPANY)).toBe(true);
      });

      it('lists open companies in pages', async () => {
        for (const index of [3, 1, 2, 0]) {
          const company = `company-${index}`;
          await vault.reserveCompany({ siren: `siren-${index}`, company, idempotencyKey: `key-${index}` });
          if (index > 0) await vault.confirmCompany(company);
        }
        expect(await vault.companies(null, 2)).toEqual(['company-1', 'company-2']);
        expect(await vault.companies('company-2', 2)).toEqual(['company-3']);
      });
    });

    describe('remembered answers', () => {
      const answer = { scope: 'scope', key: 'key', payloadHash: hash('1'), answer: '{"id":1}', at: NOW };

      it('are the first one of each scope and key', async () => {
        expect(await vault.remember(answer)).toEqual(answer);
        expect(await vault.remember({ ...answer, payloadHash: hash('2'), answer: '{"id":2}' })).toEqual(
          answer,
        );
        expect(await vault.remembered('scope', 'key')).toEqual(answer);
        expect(await vault.remembered('scope', 'other')).toBeNull();
        expect(await vault.remembered('other', 'key')).toBeNull();
      });

      it('are forgotten with age', async () => {
        await vault.remember(answer);
        await vault.remember({ ...answer, key: 'recent', at: LATER });
        expect(await vault.forgetAnswersBefore(LATER)).toBe(1);
        expect(await vault.remembered('scope', 'key')).toBeNull();
        expect(await vault.remembered('scope', 'recent')).not.toBeNull();
      });
    });

    it('keeps everything over a restart', async () => {
      await vault.addUser(aUser());
      await vault.addApiKey(aKey());
      await vault.reserveCompany(aReservation);
      await vault.confirmCompany(COMPANY);
      const reopened = await under.reopen();
      expect(await reopened.user('user-1')).toEqual(aUser());
      expect(await reopened.apiKeys(COMPANY)).toEqual([aKey()]);
      expect(await reopened.hasCompany(COMPANY)).toBe(true);
    });
  });
}
