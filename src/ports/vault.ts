import type { Instant } from '../kernel/day';

/** Roles that a person or a key has in one company. `firm-admin` is not among them: it is of the installation. */
export const COMPANY_ROLES = ['accountant', 'admin', 'user', 'connector', 'inspector'] as const;
export type CompanyRole = (typeof COMPANY_ROLES)[number];

export type User = {
  readonly id: string;
  /** As typed; compared without case. */
  readonly email: string;
  readonly name: string;
  /** argon2id, in PHC string format. */
  readonly passwordHash: string;
  /** Administrator of the firm: of every company of this installation. */
  readonly firmAdmin: boolean;
  readonly createdAt: Instant;
};

/** A person's role in one company; null is without end. */
export type Membership = {
  readonly user: string;
  readonly company: string;
  readonly role: CompanyRole;
  readonly expiresAt: Instant | null;
};

export type Session = {
  readonly id: string;
  readonly user: string;
  /** SHA-256 of the opaque token, 64 hex digits. */
  readonly tokenHash: string;
  readonly createdAt: Instant;
  /** Moves forward while the session is used. */
  readonly expiresAt: Instant;
};

export type ApiKey = {
  readonly id: string;
  readonly company: string;
  readonly name: string;
  readonly role: CompanyRole;
  /** The tills that it serves; null is all of the company's. */
  readonly tills: readonly string[] | null;
  /** SHA-256 of the key, 64 hex digits. */
  readonly keyHash: string;
  /** User who made it. */
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly lastUsedAt: Instant | null;
  readonly revokedAt: Instant | null;
};

/** A promise of a role to whoever holds the token; used once. */
export type Invitation = {
  readonly id: string;
  /** SHA-256 of the token, 64 hex digits. */
  readonly tokenHash: string;
  /** Null for an administrator of the firm. */
  readonly company: string | null;
  readonly role: CompanyRole | 'firm-admin';
  /** Null when whoever accepts chooses it (first start). */
  readonly email: string | null;
  /** When the role ends, once accepted; null is without end. */
  readonly accessExpiresAt: Instant | null;
  /** Null for the service itself (first start). */
  readonly createdBy: string | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
};

/** Who a customer's account is: the only place where the name stands, so that it can be erased. */
export type CustomerIdentity = {
  readonly company: string;
  readonly customer: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly note: string | null;
};

export type CompanyReservation = {
  readonly siren: string;
  readonly company: string;
  readonly idempotencyKey: string;
  /** `pending` until its ledger is open: then it counts as a company. */
  readonly status: 'pending' | 'open';
};

/**
 * `reserved`: the SIREN was free. `same`: this key reserved it before, the answer must be the same company. `taken`:
 * another request did. `key-used`: this key reserved another SIREN.
 */
export type ReservationOutcome = {
  readonly outcome: 'reserved' | 'same' | 'taken' | 'key-used';
  readonly reservation: CompanyReservation;
};

/** What was answered to a write that is not an entry, for when it is sent again. Holds no secret. */
export type RememberedAnswer = {
  /** Who asked and where, such as `<company>/customers/<principal>`. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 of the request, to tell a repeat from another request under the same key. */
  readonly payloadHash: string;
  /** JSON. */
  readonly answer: string;
  readonly at: Instant;
};

/** An e-mail, a key or a SIREN that only one may have. */
export class AlreadyThere extends Error {
  override readonly name = 'AlreadyThere';
}

/**
 * What may be changed and erased, and is no fact of a ledger: credentials, memberships, customers' names, who has
 * which SIREN. Each call is atomic and durable when its promise resolves. Secrets arrive as hashes. What it means to
 * be one is `test/contract/vault.contract.ts`.
 */
export abstract class Vault {
  /** @throws AlreadyThere when the e-mail is taken, in whatever case */
  abstract addUser(user: User): Promise<void>;

  /** Adds the user only if the installation has no administrator of the firm yet; tells whether it did. */
  abstract addFirstUser(user: User): Promise<boolean>;

  abstract hasFirmAdmin(): Promise<boolean>;

  abstract user(id: string): Promise<User | null>;

  abstract userByEmail(email: string): Promise<User | null>;

  abstract setPasswordHash(user: string, passwordHash: string): Promise<void>;

  /** Of one user, by company id; expired ones included. */
  abstract memberships(user: string): Promise<readonly Membership[]>;

  /** Adds a membership, or replaces the one of the same user and company. */
  abstract putMembership(membership: Membership): Promise<void>;

  abstract removeMembership(user: string, company: string): Promise<boolean>;

  abstract addSession(session: Session): Promise<void>;

  abstract sessionByTokenHash(tokenHash: string): Promise<Session | null>;

  abstract extendSession(id: string, expiresAt: Instant): Promise<void>;

  abstract removeSession(id: string): Promise<void>;

  abstract removeExpiredSessions(now: Instant): Promise<number>;

  abstract addApiKey(key: ApiKey): Promise<void>;

  abstract apiKeyByHash(keyHash: string): Promise<ApiKey | null>;

  /** Of one company by creation, revoked ones included. */
  abstract apiKeys(company: string): Promise<readonly ApiKey[]>;

  /** False when the company has no such key that is not revoked yet. */
  abstract revokeApiKey(company: string, id: string, at: Instant): Promise<boolean>;

  abstract noteApiKeyUse(id: string, at: Instant): Promise<void>;

  abstract addInvitation(invitation: Invitation): Promise<void>;

  /** Null when it is unknown, used or expired. */
  abstract invitation(tokenHash: string, now: Instant): Promise<Invitation | null>;

  /**
   * Uses an invitation up and gives its role: to the new user, or to an existing one (by id). Of any number of
   * attempts exactly one succeeds. Null when it is unknown, used or expired; then nothing has changed.
   *
   * @throws AlreadyThere when the new user's e-mail is taken; the invitation stays valid
   */
  abstract acceptInvitation(
    tokenHash: string,
    who: { readonly newUser: User } | { readonly user: string },
    now: Instant,
  ): Promise<Invitation | null>;

  /** Adds or replaces. */
  abstract putCustomer(identity: CustomerIdentity): Promise<void>;

  abstract customer(company: string, customer: string): Promise<CustomerIdentity | null>;

  /** The identities of a company, those that are asked for or all; by customer id. */
  abstract customers(company: string, ids?: readonly string[]): Promise<readonly CustomerIdentity[]>;

  /** Removes all that identifies the customer, for good. False when there was nothing. */
  abstract eraseCustomer(company: string, customer: string): Promise<boolean>;

  /** Gives a SIREN to the company `reservation.company`, unless somebody has it. */
  abstract reserveCompany(reservation: Omit<CompanyReservation, 'status'>): Promise<ReservationOutcome>;

  /** The company's ledger is open. */
  abstract confirmCompany(company: string): Promise<void>;

  /** Frees the SIREN of a pending reservation, whose ledger was refused. False when it is open or unknown. */
  abstract releaseCompany(company: string): Promise<boolean>;

  /** Reservations without a ledger yet: after a crash they are confirmed or released. */
  abstract pendingCompanies(): Promise<readonly CompanyReservation[]>;

  /** Whether a company with an open ledger has this id. */
  abstract hasCompany(company: string): Promise<boolean>;

  /** Ids of the companies with an open ledger, in order, after an id. */
  abstract companies(after: string | null, limit: number): Promise<readonly string[]>;

  abstract remembered(scope: string, key: string): Promise<RememberedAnswer | null>;

  /** Keeps the first answer of a scope and key, and returns the one that is kept. */
  abstract remember(answer: RememberedAnswer): Promise<RememberedAnswer>;

  abstract forgetAnswersBefore(at: Instant): Promise<number>;

  abstract close(): Promise<void>;
}
