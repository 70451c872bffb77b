import { randomUUID } from 'node:crypto';
import { type Collection, type IndexDescription } from 'mongodb';
import type { Instant } from '../../kernel/day';
import { AddressRefused } from '../../ports/store-address';
import {
  AlreadyThere,
  type ApiKey,
  type CompanyReservation,
  type CompanyRole,
  type CustomerIdentity,
  type Invitation,
  type Membership,
  type RememberedAnswer,
  type ReservationOutcome,
  type Session,
  type User,
  Vault,
} from '../../ports/vault';
import {
  answered,
  connect,
  type Connection,
  isDuplicate,
  isNotImplemented,
  type MongoOptions,
} from './connection';

/** Raise it when the collections change. */
const FORMAT = 1;

/** How long the server itself keeps a session after its end: longer than the clocks of any two nodes differ. */
const SESSIONS_KEPT_SECONDS = 3600;

/** What is read only to find out why a write was refused is followed by a write, or by an answer that changes nothing. */
const NOW = { readConcern: 'local' } as const;

/** The place of the one administrator who was there first; everybody else's is their own id. */
const FIRST = 'first';

type StoredUser = Omit<User, 'id'> & {
  readonly _id: string;
  readonly emailKey: string;
  readonly place: string;
  /** By company id. In the user's document, so that an invitation changes one document alone. */
  readonly memberships: Readonly<
    Record<string, { readonly role: CompanyRole; readonly expiresAt: Instant | null }>
  >;
  /** Ids of the invitations that gave this user something: none of them does so twice. */
  readonly accepted: readonly string[];
};

/** A BSON date, which is what an index that removes old documents goes by. */
type StoredSession = Omit<Session, 'id' | 'expiresAt'> & { readonly _id: string; readonly expiresAt: Date };

type StoredApiKey = Omit<ApiKey, 'id'> & { readonly _id: string };

/** Somebody is accepting an invitation; all that it takes to finish it stands here. */
type Claim = {
  readonly id: string;
  readonly at: Instant;
  readonly newUser: User | null;
  readonly user: string;
};

type StoredInvitation = Omit<Invitation, 'id'> & {
  readonly _id: string;
  readonly usedAt: Instant | null;
  readonly claim: Claim | null;
};

type StoredCustomer = CustomerIdentity & { readonly _id: string };
type StoredCompany = Omit<CompanyReservation, 'siren'> & { readonly _id: string };
type StoredAnswer = RememberedAnswer & { readonly _id: string };

export type MongoVaultOptions = MongoOptions & {
  /** Seconds that the server keeps an ended session; `removeExpiredSessions` removes it in any case. */
  readonly sessionsKeptSeconds?: number;
};

/**
 * Opens the vault in a MongoDB database of its own, `<database>-vault` unless it is named, since read models are
 * dropped now and then and a vault never is. Indexes are made where they are missing; several nodes may do so at once.
 *
 * @throws StoreUnavailable when no server answers, AddressRefused, also when a newer Caisse wrote it
 */
export async function openMongoVault(options: MongoVaultOptions): Promise<Vault> {
  const connection = await connect(options, '-vault');
  try {
    await answered(() => requireFormat(connection));
    await answered(() => makeIndexes(connection, options.sessionsKeptSeconds ?? SESSIONS_KEPT_SECONDS));
    return new MongoVault(connection);
  } catch (error) {
    await connection.client.close();
    throw error;
  }
}

async function requireFormat({ db }: Connection): Promise<void> {
  const formats = db.collection<{ _id: 'format'; version: number }>('vault');
  const found = await formats.findOne({ _id: 'format' });
  if (found && found.version > FORMAT)
    throw new AddressRefused(
      'newer-vault',
      `database ${db.databaseName} was written by a newer version of Caisse (${found.version})`,
    );
  if (found) return;
  try {
    await formats.insertOne({ _id: 'format', version: FORMAT });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

/** What must be unique across nodes is so by an index; the others are for what is listed or swept. */
const INDEXES: Readonly<Record<string, IndexDescription[]>> = {
  users: [
    { key: { emailKey: 1 }, unique: true },
    { key: { place: 1 }, unique: true },
    { key: { firmAdmin: 1 } },
  ],
  sessions: [{ key: { tokenHash: 1 }, unique: true }],
  'api-keys': [{ key: { keyHash: 1 }, unique: true }, { key: { company: 1, createdAt: 1, _id: 1 } }],
  invitations: [{ key: { tokenHash: 1 }, unique: true }],
  companies: [
    { key: { company: 1 }, unique: true },
    { key: { idempotencyKey: 1 }, unique: true },
    { key: { status: 1, company: 1 } },
  ],
  answers: [{ key: { at: 1 } }],
};

async function makeIndexes({ db }: Connection, sessionsKeptSeconds: number): Promise<void> {
  for (const [collection, indexes] of Object.entries(INDEXES)) {
    // One at a time: FerretDB fails when several of one command are there already.
    for (const index of indexes) await db.collection(collection).createIndexes([index]);
  }
  try {
    await db
      .collection('sessions')
      .createIndexes([{ key: { expiresAt: 1 }, expireAfterSeconds: sessionsKeptSeconds }]);
  } catch (error) {
    // FerretDB has no such index. Sessions end all the same: who reads one looks at its end, and upkeep sweeps.
    if (!isNotImplemented(error)) throw error;
  }
}

/**
 * The vault in MongoDB. Every call changes one document, or several in an order in which whoever comes next can
 * finish what was begun; there is no transaction over several documents.
 */
class MongoVault extends Vault {
  constructor(private readonly connection: Connection) {
    super();
  }

  override async addUser(user: User): Promise<void> {
    await this.unique(() => this.users.insertOne(storedUser(user)));
  }

  /** The one place of the first is what two installations that start at once cannot both take. */
  override async addFirstUser(user: User): Promise<boolean> {
    if (await this.hasFirmAdmin()) return false;
    try {
      await this.unique(() => this.users.insertOne({ ...storedUser(user), place: FIRST }));
      return true;
    } catch (error) {
      if (!(error instanceof AlreadyThere)) throw error;
      if (await this.connection.answered(() => this.users.findOne({ place: FIRST }, NOW))) return false;
      throw error;
    }
  }

  override async hasFirmAdmin(): Promise<boolean> {
    return (await this.connection.answered(() => this.users.findOne({ firmAdmin: true }))) !== null;
  }

  override async user(id: string): Promise<User | null> {
    return userOf(await this.connection.answered(() => this.users.findOne({ _id: id })));
  }

  override async userByEmail(email: string): Promise<User | null> {
    return userOf(await this.connection.answered(() => this.users.findOne({ emailKey: emailKey(email) })));
  }

  override async setPasswordHash(user: string, passwordHash: string): Promise<void> {
    await this.connection.answered(() => this.users.updateOne({ _id: user }, { $set: { passwordHash } }));
  }

  override async memberships(user: string): Promise<readonly Membership[]> {
    const found = await this.connection.answered(() => this.users.findOne({ _id: user }));
    return Object.entries(found?.memberships ?? {})
      .map(([company, { role, expiresAt }]) => ({ user, company, role, expiresAt }))
      .sort((left, right) => (left.company < right.company ? -1 : 1));
  }

  override async putMembership({ user, company, role, expiresAt }: Membership): Promise<void> {
    const change = { $set: { [membershipPath(company)]: { role, expiresAt } } };
    const { matchedCount } = await this.connection.answered(() =>
      this.users.updateOne({ _id: user }, change),
    );
    if (matchedCount === 0) throw new Error(`there is no user ${user}`);
  }

  override async removeMembership(user: string, company: string): Promise<boolean> {
    const path = membershipPath(company);
    const { matchedCount } = await this.connection.answered(() =>
      this.users.updateOne({ _id: user, [path]: { $exists: true } }, { $unset: { [path]: '' } }),
    );
    return matchedCount > 0;
  }

  override async addSession({ id, user, tokenHash, createdAt, expiresAt }: Session): Promise<void> {
    const session = { _id: id, user, tokenHash, createdAt, expiresAt: new Date(expiresAt) };
    await this.unique(() => this.sessions.insertOne(session));
  }

  override async sessionByTokenHash(tokenHash: string): Promise<Session | null> {
    const found = await this.connection.answered(() => this.sessions.findOne({ tokenHash }));
    if (!found) return null;
    const { _id, user, createdAt, expiresAt } = found;
    return { id: _id, user, tokenHash, createdAt, expiresAt: expiresAt.toISOString() };
  }

  override async extendSession(id: string, expiresAt: Instant): Promise<void> {
    const end = new Date(expiresAt);
    await this.connection.answered(() =>
      this.sessions.updateOne({ _id: id, expiresAt: { $lt: end } }, { $set: { expiresAt: end } }),
    );
  }

  override async removeSession(id: string): Promise<void> {
    await this.connection.answered(() => this.sessions.deleteOne({ _id: id }));
  }

  override async removeExpiredSessions(now: Instant): Promise<number> {
    const ended = { expiresAt: { $lte: new Date(now) } };
    return (await this.connection.answered(() => this.sessions.deleteMany(ended))).deletedCount;
  }

  override async addApiKey({ id, ...key }: ApiKey): Promise<void> {
    await this.unique(() => this.apiKeyDocuments.insertOne({ _id: id, ...key }));
  }

  override async apiKeyByHash(keyHash: string): Promise<ApiKey | null> {
    const found = await this.connection.answered(() => this.apiKeyDocuments.findOne({ keyHash }));
    return found && withId(found);
  }

  override async apiKeys(company: string): Promise<readonly ApiKey[]> {
    const found = await this.connection.answered(() =>
      this.apiKeyDocuments.find({ company }).sort({ createdAt: 1, _id: 1 }).toArray(),
    );
    return found.map(withId);
  }

  override async revokeApiKey(company: string, id: string, at: Instant): Promise<boolean> {
    const { matchedCount } = await this.connection.answered(() =>
      this.apiKeyDocuments.updateOne({ _id: id, company, revokedAt: null }, { $set: { revokedAt: at } }),
    );
    return matchedCount > 0;
  }

  /** Several nodes note it, and the latest counts. */
  override async noteApiKeyUse(id: string, at: Instant): Promise<void> {
    await this.connection.answered(() =>
      this.apiKeyDocuments.updateOne({ _id: id }, { $max: { lastUsedAt: at } }),
    );
  }

  override async addInvitation({ id, ...invitation }: Invitation): Promise<void> {
    await this.unique(() =>
      this.invitations.insertOne({ _id: id, ...invitation, usedAt: null, claim: null }),
    );
  }

  override async invitation(tokenHash: string, now: Instant): Promise<Invitation | null> {
    return this.connection.answered(async () => {
      let found = await this.invitations.findOne({ tokenHash });
      if (found?.claim) {
        await this.carryOut(found, found.claim);
        found = await this.invitations.findOne({ tokenHash });
      }
      return found && isUsable(found, now) ? invitationOf(found) : null;
    });
  }

  /**
   * First the invitation is claimed, then the user's document is changed, then the invitation is used up. A claim
   * says all that is to be done, and whoever meets one finishes it before anything else: it does not matter when the
   * process that made it died, or for how long it was paused.
   */
  override async acceptInvitation(
    tokenHash: string,
    who: { readonly newUser: User } | { readonly user: string },
    now: Instant,
  ): Promise<Invitation | null> {
    const newUser = 'newUser' in who ? who.newUser : null;
    const claim: Claim = {
      id: randomUUID(),
      at: now,
      newUser,
      user: newUser?.id ?? ('user' in who ? who.user : ''),
    };
    return this.connection.answered(async () => {
      for (;;) {
        const claimed = await this.invitations.findOneAndUpdate(
          { tokenHash, usedAt: null, claim: null, expiresAt: { $gt: now } },
          { $set: { claim } },
          { returnDocument: 'after' },
        );
        if (claimed) {
          const refusal = await this.carryOut(claimed, claim);
          if (refusal) throw refusal;
          return invitationOf(claimed);
        }
        const found = await this.invitations.findOne({ tokenHash }, NOW);
        if (found?.claim) await this.carryOut(found, found.claim);
        else if (!found || !isUsable(found, now)) return null;
      }
    });
  }

  override async putCustomer(identity: CustomerIdentity): Promise<void> {
    const _id = customerId(identity.company, identity.customer);
    const put = () => this.identities.replaceOne({ _id }, identity, { upsert: true });
    // Two that are added at once meet at the index of `_id`; then it is there and can be replaced.
    await this.connection.answered(() =>
      put().catch((error: unknown) => (isDuplicate(error) ? put() : Promise.reject(error as Error))),
    );
  }

  override async customer(company: string, customer: string): Promise<CustomerIdentity | null> {
    const found = await this.connection.answered(() =>
      this.identities.findOne({ _id: customerId(company, customer) }),
    );
    return found && identityOf(found);
  }

  override async customers(company: string, ids?: readonly string[]): Promise<readonly CustomerIdentity[]> {
    const wanted = ids?.map((id) => customerId(company, id));
    const filter = wanted ? { $in: wanted } : { $gte: customerId(company, ''), $lt: `${company}\u000b` };
    const found = await this.connection.answered(() =>
      this.identities.find({ _id: filter }).sort({ _id: 1 }).toArray(),
    );
    return found.map(identityOf);
  }

  override async eraseCustomer(company: string, customer: string): Promise<boolean> {
    const _id = customerId(company, customer);
    return (await this.connection.answered(() => this.identities.deleteOne({ _id }))).deletedCount > 0;
  }

  override async reserveCompany(wanted: Omit<CompanyReservation, 'status'>): Promise<ReservationOutcome> {
    const { siren, company, idempotencyKey } = wanted;
    return this.connection.answered(async () => {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const ofKey = await this.reservations.findOne({ idempotencyKey }, NOW);
        if (ofKey)
          return { outcome: ofKey._id === siren ? 'same' : 'key-used', reservation: reservationOf(ofKey) };
        const ofSiren = await this.reservations.findOne({ _id: siren }, NOW);
        if (ofSiren) return { outcome: 'taken', reservation: reservationOf(ofSiren) };
        try {
          await this.reservations.insertOne({ _id: siren, company, idempotencyKey, status: 'pending' });
          return { outcome: 'reserved', reservation: { ...wanted, status: 'pending' } };
        } catch (error) {
          if (!isDuplicate(error)) throw error;
        }
      }
      throw new AlreadyThere('the vault has a company of that id');
    });
  }

  override async confirmCompany(company: string): Promise<void> {
    await this.connection.answered(() =>
      this.reservations.updateOne({ company }, { $set: { status: 'open' } }),
    );
  }

  override async releaseCompany(company: string): Promise<boolean> {
    const pending = { company, status: 'pending' } as const;
    return (await this.connection.answered(() => this.reservations.deleteOne(pending))).deletedCount > 0;
  }

  override async pendingCompanies(): Promise<readonly CompanyReservation[]> {
    const pending = this.reservations.find({ status: 'pending' }).sort({ company: 1 });
    return (await this.connection.answered(() => pending.toArray())).map(reservationOf);
  }

  override async hasCompany(company: string): Promise<boolean> {
    return (
      (await this.connection.answered(() => this.reservations.findOne({ company, status: 'open' }))) !== null
    );
  }

  override async companies(after: string | null, limit: number): Promise<readonly string[]> {
    if (limit <= 0) return [];
    const open = this.reservations.find({ status: 'open', company: { $gt: after ?? '' } });
    const found = await this.connection.answered(() => open.sort({ company: 1 }).limit(limit).toArray());
    return found.map(({ company }) => company);
  }

  override async remembered(scope: string, key: string): Promise<RememberedAnswer | null> {
    const found = await this.connection.answered(() => this.answers.findOne({ _id: answerId(scope, key) }));
    return found && answerOf(found);
  }

  override async remember(answer: RememberedAnswer): Promise<RememberedAnswer> {
    const _id = answerId(answer.scope, answer.key);
    return this.connection.answered(async () => {
      for (;;) {
        try {
          await this.answers.insertOne({ _id, ...answer });
          return answer;
        } catch (error) {
          if (!isDuplicate(error)) throw error;
        }
        const first = await this.answers.findOne({ _id }, NOW);
        // Forgotten between the two, which happens once at most.
        if (first) return answerOf(first);
      }
    });
  }

  override async forgetAnswersBefore(at: Instant): Promise<number> {
    return (await this.connection.answered(() => this.answers.deleteMany({ at: { $lt: at } }))).deletedCount;
  }

  override async close(): Promise<void> {
    await this.connection.client.close();
  }

  /** Any number of processes may do this at once, and again later: what was done stays done once. */
  private async carryOut(invitation: StoredInvitation, claim: Claim): Promise<Error | null> {
    const refusal = claim.newUser
      ? await this.giveToNewUser(invitation, claim.newUser)
      : await this.giveToUser(invitation, claim.user);
    const change = refusal ? { claim: null } : { claim: null, usedAt: claim.at };
    await this.invitations.updateOne({ _id: invitation._id, 'claim.id': claim.id }, { $set: change });
    return refusal;
  }

  private async giveToNewUser(invitation: StoredInvitation, user: User): Promise<Error | null> {
    const { _id, company, role, accessExpiresAt: expiresAt } = invitation;
    const stored = storedUser(user);
    const given =
      role === 'firm-admin'
        ? { ...stored, firmAdmin: true }
        : { ...stored, memberships: company === null ? {} : { [company]: { role, expiresAt } } };
    try {
      await this.users.insertOne({ ...given, accepted: [_id] });
      return null;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const isDone = await this.users.findOne({ _id: user.id, accepted: _id }, NOW);
      return isDone ? null : new AlreadyThere('the vault has that already', { cause: error });
    }
  }

  private async giveToUser(invitation: StoredInvitation, user: string): Promise<Error | null> {
    const { _id, company, role, accessExpiresAt: expiresAt } = invitation;
    const given =
      role === 'firm-admin'
        ? { firmAdmin: true }
        : company === null
          ? {}
          : { [membershipPath(company)]: { role, expiresAt } };
    const change = { ...(Object.keys(given).length > 0 ? { $set: given } : {}), $push: { accepted: _id } };
    const { matchedCount } = await this.users.updateOne({ _id: user, accepted: { $ne: _id } }, change);
    if (matchedCount > 0 || (await this.users.findOne({ _id: user }, NOW))) return null;
    return new Error(`there is no user ${user}`);
  }

  private get users(): Collection<StoredUser> {
    return this.connection.db.collection('users');
  }

  private get sessions(): Collection<StoredSession> {
    return this.connection.db.collection('sessions');
  }

  private get apiKeyDocuments(): Collection<StoredApiKey> {
    return this.connection.db.collection('api-keys');
  }

  private get invitations(): Collection<StoredInvitation> {
    return this.connection.db.collection('invitations');
  }

  private get identities(): Collection<StoredCustomer> {
    return this.connection.db.collection('customers');
  }

  private get reservations(): Collection<StoredCompany> {
    return this.connection.db.collection('companies');
  }

  private get answers(): Collection<StoredAnswer> {
    return this.connection.db.collection('answers');
  }

  /** @throws AlreadyThere when an index says that it is */
  private async unique<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.connection.answered(work);
    } catch (error) {
      if (isDuplicate(error)) throw new AlreadyThere('the vault has that already', { cause: error });
      throw error;
    }
  }
}

/** One person, one account, however the address is written. */
function emailKey(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase();
}

/** A path in a document: what separates its parts cannot be in them. */
function membershipPath(company: string): string {
  if (/[.$\0]/.test(company)) throw new Error(`${JSON.stringify(company)} is no company`);
  return `memberships.${company}`;
}

/** A company's id is no free text; the customer's comes last. */
function customerId(company: string, customer: string): string {
  if (company.includes('\n')) throw new Error(`${JSON.stringify(company)} is no company`);
  return `${company}\n${customer}`;
}

function answerId(scope: string, key: string): string {
  return JSON.stringify([scope, key]);
}

function isUsable({ usedAt, expiresAt }: StoredInvitation, now: Instant): boolean {
  return usedAt === null && expiresAt > now;
}

function storedUser({ id, ...user }: User): StoredUser {
  return { _id: id, ...user, emailKey: emailKey(user.email), place: id, memberships: {}, accepted: [] };
}

function userOf(stored: StoredUser | null): User | null {
  if (!stored) return null;
  const { _id, email, name, passwordHash, firmAdmin, createdAt } = stored;
  return { id: _id, email, name, passwordHash, firmAdmin, createdAt };
}

function withId<Stored extends { readonly _id: string }>({
  _id,
  ...rest
}: Stored): Omit<Stored, '_id'> & { id: string } {
  return { id: _id, ...rest };
}

function invitationOf({ usedAt, claim, ...stored }: StoredInvitation): Invitation {
  return withId(stored);
}

function identityOf({ _id, ...identity }: StoredCustomer): CustomerIdentity {
  return identity;
}

function reservationOf({ _id, ...rest }: StoredCompany): CompanyReservation {
  return { siren: _id, ...rest };
}

function answerOf({ _id, ...answer }: StoredAnswer): RememberedAnswer {
  return answer;
}
