import { SqliteVault } from '../../src/adapters/sqlite/vault';
import { AlreadyThere, type Invitation, type ReservationOutcome, type Vault } from '../../src/ports/vault';
import { type Bend, bent } from '../support/bent';
import { firstFailingExample } from './contract';
import { VAULT_CONTRACT } from './vault.contract';

const ANY_OTHER_MOMENT = { before: '2000-01-01T00:00:00.000Z', after: '2100-01-01T00:00:00.000Z' };

const OTHER_COMPANY = '018f0000-0000-7000-8000-00000000c002';

async function unlessThere(adding: Promise<void>): Promise<void> {
  await adding.catch((error: unknown) => {
    if (!(error instanceof AlreadyThere)) throw error;
  });
}

function shifted(instant: string, milliseconds: number): string {
  return new Date(Date.parse(instant) + milliseconds).toISOString();
}

/** Answers another outcome of a reservation in the place of one. */
function answering(
  instead: ReservationOutcome['outcome'],
  outcome: ReservationOutcome['outcome'],
): (inner: Vault) => Partial<Vault> {
  return (inner) => ({
    reserveCompany: async (wanted) => {
      const answer = await inner.reserveCompany(wanted);
      return answer.outcome === instead ? { ...answer, outcome } : answer;
    },
  });
}

/** Remembers what was invited, whatever became of it. */
function rememberingInvitations(inner: Vault): {
  readonly known: Map<string, Invitation>;
  readonly addInvitation: Vault['addInvitation'];
} {
  const known = new Map<string, Invitation>();
  return {
    known,
    addInvitation: async (invitation) => {
      await inner.addInvitation(invitation);
      known.set(invitation.tokenHash, invitation);
    },
  };
}

const OF_USERS: readonly [string, string, Bend<Vault>][] = [
  [
    'finds an e-mail only as it was typed',
    'users: are found by id and by e-mail in any case, as they were added',
    (inner) => ({
      userByEmail: async (email) => {
        const user = await inner.userByEmail(email);
        return user?.email === email ? user : null;
      },
    }),
  ],
  [
    'acknowledges a second user of one e-mail',
    'users: have an e-mail that nobody else has',
    (inner) => ({ addUser: (user) => unlessThere(inner.addUser(user)) }),
  ],
  [
    'looks whether an e-mail is free and writes later',
    'users: of many with one e-mail, added at once, exactly one exists',
    (inner) => ({
      addUser: async (user) => {
        if (await inner.userByEmail(user.email)) throw new AlreadyThere('taken');
        await new Promise((resolve) => setImmediate(resolve));
        await unlessThere(inner.addUser(user));
      },
    }),
  ],
  [
    'has several first administrators',
    'users: have a first one, once',
    (inner) => ({
      addFirstUser: async (user) => {
        await inner.addUser(user);
        return true;
      },
    }),
  ],
  [
    'takes any user for an administrator of the firm',
    'users: are not the first one’s successor when they merely are members',
    (inner) => ({ hasFirmAdmin: async () => (await inner.user('user-1')) !== null }),
  ],
  [
    'makes an existing user the first administrator',
    'users: have no first one whose e-mail is somebody’s',
    (inner) => ({
      addFirstUser: (user) =>
        inner.addFirstUser(user).catch((error: unknown) => {
          if (error instanceof AlreadyThere) return true;
          throw error;
        }),
    }),
  ],
  [
    'keeps the old password',
    'users: change their own password',
    () => ({ setPasswordHash: async () => undefined }),
  ],
  [
    'changes everybody’s password',
    'users: change their own password',
    (inner) => ({
      setPasswordHash: async (_user, passwordHash) => {
        for (const id of ['user-1', 'user-2']) await inner.setPasswordHash(id, passwordHash);
      },
    }),
  ],
  [
    'keeps the first role of somebody',
    'memberships: are one role per user and company, the last one put',
    (inner) => ({
      putMembership: async (membership) => {
        const held = await inner.memberships(membership.user);
        if (!held.some(({ company }) => company === membership.company))
          await inner.putMembership(membership);
      },
    }),
  ],
  [
    'removes somebody from every company',
    'memberships: are removed alone',
    (inner) => ({
      removeMembership: async (user, company) => {
        const held = await inner.memberships(user);
        for (const membership of held) await inner.removeMembership(user, membership.company);
        return held.some((membership) => membership.company === company);
      },
    }),
  ],
];

const OF_SESSIONS: readonly [string, string, Bend<Vault>][] = [
  [
    'opens a session to any token',
    'sessions: are found by the hash of their token',
    (inner) => ({
      sessionByTokenHash: async (tokenHash) =>
        (await inner.sessionByTokenHash(tokenHash)) ?? (await inner.sessionByTokenHash('c'.repeat(64))),
    }),
  ],
  [
    'shortens a session',
    'sessions: are extended, never shortened',
    (inner) => {
      const known = new Map<string, Parameters<Vault['addSession']>[0]>();
      return {
        addSession: async (session) => {
          await inner.addSession(session);
          known.set(session.id, session);
        },
        extendSession: async (id, expiresAt) => {
          const session = known.get(id);
          if (!session) return;
          await inner.removeSession(id);
          await inner.addSession({ ...session, expiresAt });
        },
      };
    },
  ],
  [
    'accepts a session that was ended',
    'sessions: end when removed, alone',
    () => ({ removeSession: async () => undefined }),
  ],
  [
    'ends everybody’s session with one',
    'sessions: end when removed, alone',
    (inner) => ({
      removeSession: async () => {
        await inner.removeExpiredSessions(ANY_OTHER_MOMENT.after);
      },
    }),
  ],
  [
    'gives one token to two sessions',
    'sessions: never share a token',
    (inner) => ({ addSession: (session) => unlessThere(inner.addSession(session)) }),
  ],
  [
    'accepts a session at the instant at which it ends',
    'sessions: are swept once expired, at the instant itself too',
    (inner) => ({ removeExpiredSessions: (now) => inner.removeExpiredSessions(shifted(now, -1)) }),
  ],
  [
    'sweeps sessions that go on',
    'sessions: are swept once expired, at the instant itself too',
    (inner) => ({ removeExpiredSessions: () => inner.removeExpiredSessions(ANY_OTHER_MOMENT.after) }),
  ],
];

const OF_KEYS: readonly [string, string, Bend<Vault>][] = [
  [
    'forgets to which tills a key is limited',
    'API keys: are found by hash and listed per company, as they were added',
    (inner) => ({
      apiKeyByHash: async (keyHash) => {
        const key = await inner.apiKeyByHash(keyHash);
        return key && { ...key, tills: null };
      },
    }),
  ],
  [
    'lists the keys of every company',
    'API keys: are found by hash and listed per company, as they were added',
    (inner) => ({
      apiKeys: async (company) => [
        ...(await inner.apiKeys(company)),
        ...(await inner.apiKeys(OTHER_COMPANY)),
      ],
    }),
  ],
  [
    'accepts a revoked key',
    'API keys: are revoked once, by their own company only',
    (inner) => ({
      apiKeyByHash: async (keyHash) => {
        const key = await inner.apiKeyByHash(keyHash);
        return key && { ...key, revokedAt: null };
      },
    }),
  ],
  [
    'lets a company revoke another one’s key',
    'API keys: are revoked once, by their own company only',
    (inner) => ({
      revokeApiKey: async (company, id, at) =>
        (await inner.revokeApiKey(company, id, at)) ||
        (await inner.revokeApiKey('018f0000-0000-7000-8000-00000000c001', id, at)),
    }),
  ],
  [
    'says of a revoked key that it revoked it',
    'API keys: are revoked once, by their own company only',
    (inner) => ({
      revokeApiKey: async (company, id, at) =>
        (await inner.revokeApiKey(company, id, at)) ||
        (await inner.apiKeys(company)).some((key) => key.id === id),
    }),
  ],
  [
    'hides revoked keys',
    'API keys: stay listed once they are revoked',
    (inner) => ({
      apiKeys: async (company) =>
        (await inner.apiKeys(company)).filter(({ revokedAt }) => revokedAt === null),
    }),
  ],
  [
    'does not note the use of a key',
    'API keys: remember when they were used',
    () => ({ noteApiKeyUse: async () => undefined }),
  ],
  [
    'gives one hash to two keys',
    'API keys: never share a hash',
    (inner) => ({ addApiKey: (key) => unlessThere(inner.addApiKey(key)) }),
  ],
];

const OF_INVITATIONS: readonly [string, string, Bend<Vault>][] = [
  [
    'shows an invitation that was used',
    'invitations: are readable until they are used or expire',
    (inner) => {
      const { known, addInvitation } = rememberingInvitations(inner);
      return {
        addInvitation,
        invitation: async (tokenHash, now) => {
          const invitation = known.get(tokenHash);
          return invitation && invitation.expiresAt > now ? invitation : null;
        },
      };
    },
  ],
  [
    'shows an invitation that has expired',
    'invitations: are readable until they are used or expire',
    (inner) => ({ invitation: (tokenHash) => inner.invitation(tokenHash, ANY_OTHER_MOMENT.before) }),
  ],
  [
    'gives one token to two invitations',
    'invitations: never share a token',
    (inner) => ({ addInvitation: (invitation) => unlessThere(inner.addInvitation(invitation)) }),
  ],
  [
    'makes the user and forgets the role',
    'invitations: make the user and give the role, together',
    (inner) => ({
      acceptInvitation: async (tokenHash, who, now) => {
        const accepted = await inner.acceptInvitation(tokenHash, who, now);
        if (accepted?.company && 'newUser' in who)
          await inner.removeMembership(who.newUser.id, accepted.company);
        return accepted;
      },
    }),
  ],
  [
    'gives a role without end',
    'invitations: make the user and give the role, together',
    (inner) => ({
      addInvitation: (invitation) => inner.addInvitation({ ...invitation, accessExpiresAt: null }),
    }),
  ],
  [
    'makes whoever is invited an administrator of the firm',
    'invitations: make the user and give the role, together',
    (inner) => ({
      acceptInvitation: (tokenHash, who, now) =>
        inner.acceptInvitation(
          tokenHash,
          'newUser' in who ? { newUser: { ...who.newUser, firmAdmin: true } } : who,
          now,
        ),
    }),
  ],
  [
    'leaves an existing user the role that they had',
    'invitations: give the role to somebody who has an account already',
    (inner) => ({
      acceptInvitation: async (tokenHash, who, now) => {
        const held = 'user' in who ? await inner.memberships(who.user) : [];
        const accepted = await inner.acceptInvitation(tokenHash, who, now);
        for (const membership of held) await inner.putMembership(membership);
        return accepted;
      },
    }),
  ],
  [
    'makes a member of whom it should make an administrator of the firm',
    'invitations: make an administrator of the firm',
    (inner) => ({
      addInvitation: (invitation) =>
        inner.addInvitation(invitation.role === 'firm-admin' ? { ...invitation, role: 'admin' } : invitation),
    }),
  ],
  [
    'accepts an invitation twice',
    'invitations: are used by exactly one of many attempts at once',
    (inner) => {
      const { known, addInvitation } = rememberingInvitations(inner);
      return {
        addInvitation,
        acceptInvitation: async (tokenHash, who, now) => {
          const accepted = await inner.acceptInvitation(tokenHash, who, now);
          const invitation = known.get(tokenHash);
          if (accepted || !invitation || invitation.expiresAt <= now) return accepted;
          if ('newUser' in who) await inner.addUser(who.newUser);
          return invitation;
        },
      };
    },
  ],
  [
    'makes the user of an attempt that came too late',
    'invitations: are used by exactly one of many attempts at once',
    (inner) => ({
      acceptInvitation: async (tokenHash, who, now) => {
        const accepted = await inner.acceptInvitation(tokenHash, who, now);
        if (!accepted && 'newUser' in who) await inner.addUser(who.newUser);
        return accepted;
      },
    }),
  ],
  [
    'accepts an invitation that has expired',
    'invitations: do nothing once expired',
    (inner) => ({
      acceptInvitation: (tokenHash, who) => inner.acceptInvitation(tokenHash, who, ANY_OTHER_MOMENT.before),
    }),
  ],
  [
    'uses an invitation up although the e-mail is taken',
    'invitations: stay valid when the new user’s e-mail is taken',
    (inner) => ({
      acceptInvitation: async (tokenHash, who, now) => {
        try {
          return await inner.acceptInvitation(tokenHash, who, now);
        } catch (error) {
          await inner.acceptInvitation(tokenHash, { user: 'user-1' }, now);
          throw error;
        }
      },
    }),
  ],
];

const OF_CUSTOMERS: readonly [string, string, Bend<Vault>][] = [
  [
    'shows the customers of another company',
    'customers: are identified per company',
    (inner) => ({
      customer: async (company, customer) =>
        (await inner.customer(company, customer)) ??
        (await inner.customer('018f0000-0000-7000-8000-00000000c001', customer)),
    }),
  ],
  [
    'answers all customers when asked for none',
    'customers: are identified per company',
    (inner) => ({
      customers: (company, ids) => inner.customers(company, ids?.length === 0 ? undefined : ids),
    }),
  ],
  [
    'keeps what a new identity leaves out',
    'customers: are replaced whole',
    (inner) => ({
      putCustomer: async (identity) => {
        const known = await inner.customer(identity.company, identity.customer);
        await inner.putCustomer({ ...identity, email: identity.email ?? known?.email ?? null });
      },
    }),
  ],
  [
    'keeps who is erased',
    'customers: are erased, and only they',
    () => ({ eraseCustomer: async () => true }),
  ],
  [
    'erases the same customer of every company',
    'customers: are erased, and only they',
    (inner) => ({
      eraseCustomer: async (company, customer) => {
        await inner.eraseCustomer(OTHER_COMPANY, customer);
        return inner.eraseCustomer(company, customer);
      },
    }),
  ],
];

const OF_COMPANIES: readonly [string, string, Bend<Vault>][] = [
  [
    'gives a SIREN to two',
    'the SIREN of a company: is reserved once; the same key gets the same company, another one does not',
    answering('taken', 'reserved'),
  ],
  [
    'answers another company to the same key',
    'the SIREN of a company: is reserved once; the same key gets the same company, another one does not',
    (inner) => ({
      reserveCompany: async (wanted) => {
        const { outcome, reservation } = await inner.reserveCompany(wanted);
        return { outcome, reservation: { ...reservation, company: wanted.company } };
      },
    }),
  ],
  [
    'lets one key reserve two SIRENs',
    'the SIREN of a company: is not what a key can be used for twice',
    answering('key-used', 'reserved'),
  ],
  [
    'looks whether a key is used and writes later',
    'the SIREN of a company: is exactly one of many that one key asks for at once',
    (inner) => ({
      reserveCompany: async (wanted) => {
        const pending = await inner.pendingCompanies();
        const isUsed = pending.some(({ idempotencyKey }) => idempotencyKey === wanted.idempotencyKey);
        await new Promise((resolve) => setImmediate(resolve));
        const answer = await inner.reserveCompany(wanted);
        return isUsed || answer.outcome !== 'key-used' ? answer : { ...answer, outcome: 'reserved' };
      },
    }),
  ],
  [
    'takes a reservation for a company',
    'the SIREN of a company: makes a company only once its ledger is open',
    (inner) => ({
      hasCompany: async (company) =>
        (await inner.hasCompany(company)) ||
        (await inner.pendingCompanies()).some((pending) => pending.company === company),
    }),
  ],
  [
    'says that it has freed the SIREN of an open company',
    'the SIREN of a company: is free again when it is released, which an open company never is',
    (inner) => ({
      releaseCompany: async (company) => {
        await inner.releaseCompany(company);
        return true;
      },
    }),
  ],
  [
    'keeps a SIREN that was released',
    'the SIREN of a company: is free again when it is released, which an open company never is',
    (inner) => ({
      releaseCompany: async (company) =>
        (await inner.pendingCompanies()).some((pending) => pending.company === company),
    }),
  ],
  [
    'lists reservations among the companies',
    'the SIREN of a company: lists open companies in pages',
    (inner) => ({
      companies: async (after, limit) => {
        const pending = (await inner.pendingCompanies()).map(({ company }) => company);
        const open = await inner.companies(after, limit);
        return [...pending, ...open].sort().slice(0, limit);
      },
    }),
  ],
  [
    'begins a page with where the last one ended',
    'the SIREN of a company: lists open companies in pages',
    (inner) => ({
      companies: async (after, limit) => {
        const next = await inner.companies(after, limit);
        return (after === null ? next : [after, ...next]).slice(0, limit);
      },
    }),
  ],
];

const OF_ANSWERS: readonly [string, string, Bend<Vault>][] = [
  [
    'answers a repeat with what it was told last',
    'remembered answers: are the first one of each scope and key',
    (inner) => ({
      remember: async (answer) => {
        await inner.remember(answer);
        return answer;
      },
    }),
  ],
  [
    'remembers by the key alone',
    'remembered answers: are the first one of each scope and key',
    (inner) => ({ remembered: (_scope, key) => inner.remembered('scope', key) }),
  ],
  [
    'forgets what is as old as the limit',
    'remembered answers: are forgotten with age',
    (inner) => ({ forgetAnswersBefore: (at) => inner.forgetAnswersBefore(shifted(at, 1)) }),
  ],
  [
    'never forgets',
    'remembered answers: are forgotten with age',
    () => ({ forgetAnswersBefore: async () => 1 }),
  ],
];

const FAULTS = [
  ...OF_USERS,
  ...OF_SESSIONS,
  ...OF_KEYS,
  ...OF_INVITATIONS,
  ...OF_CUSTOMERS,
  ...OF_COMPANIES,
  ...OF_ANSWERS,
];

// A contract that does not bite says nothing: each planted fault breaks the promise that it is about.
describe('the contract of vaults', () => {
  it.each(FAULTS)('notices one that %s: %s', async (_what, example, bend) => {
    const failing = await firstFailingExample(VAULT_CONTRACT, async () => {
      const vault = bent(SqliteVault.open(':memory:'), bend);
      return { vault, reopen: async () => vault, dispose: () => vault.close() };
    });
    expect(failing).toBe(example);
  });

  it('notices one that begins anew after each end', async () => {
    const failing = await firstFailingExample(VAULT_CONTRACT, async () => ({
      vault: SqliteVault.open(':memory:'),
      reopen: async () => SqliteVault.open(':memory:'),
      dispose: async () => undefined,
    }));
    expect(failing).toBe('restarts: keeps everything over a restart');
  });

  it('has a fault for each of its topics', () => {
    const topics = new Set(FAULTS.map(([, example]) => example.split(':')[0]));
    expect([...topics, 'restarts'].sort()).toEqual(Object.keys(VAULT_CONTRACT).sort());
  });
});
