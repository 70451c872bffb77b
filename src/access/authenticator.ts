import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config';
import { Clock } from '../ports/clock';
import { type ApiKey, type Session, Vault } from '../ports/vault';
import { type Action, may } from './permissions';
import type { Identity } from './principal';
import { API_KEY_PREFIX, hashOfToken } from './tokens';

const CACHE_MS = 5000;
const MOST_CACHED = 10_000;

/** How far a session's end, or a key's last use, may lag behind: a write each, so not at every request. */
const REFRESH_MS = 300_000;

const HOUR_MS = 3_600_000;

/** A session ends after this, however much it is used. */
export const LONGEST_SESSION_MS = 30 * 24 * HOUR_MS;

type Remembered = { readonly identity: Identity; readonly until: number };

/**
 * Who holds a token. Answers are kept for five seconds, so a till that sends a hundred sales a second reads the
 * vault once; a sign-out or a revocation in this process empties them at once.
 */
@Injectable()
export class Authenticator {
  private readonly log = new Logger('Access');
  private readonly cache = new Map<string, Remembered>();
  /** Rises with each revocation, so that an answer read before one is not remembered after it. */
  private generation = 0;

  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  now(): number {
    return Date.parse(this.clock.now());
  }

  /** The identity if it is known without asking the vault. */
  recall(token: string): Identity | undefined {
    const known = this.cache.get(token);
    if (known === undefined) return undefined;
    const now = this.now();
    if (known.until > now && isCurrent(known.identity, now)) return known.identity;
    this.cache.delete(token);
    return undefined;
  }

  /** Null for an unknown, ended or revoked token. */
  async authenticate(token: string): Promise<Identity | null> {
    const known = this.recall(token);
    if (known) return known;
    const { generation } = this;
    const hash = hashOfToken(token);
    const identity = await (token.startsWith(API_KEY_PREFIX) ? this.ofApiKey(hash) : this.ofSession(hash));
    if (identity && generation === this.generation) this.keep(token, identity);
    return identity;
  }

  /** Whether a token still opens a company for an action. Asking is no use of it: a session does not slide. */
  async isStillGood(token: string, company: string, action: Action): Promise<boolean> {
    const hash = hashOfToken(token);
    const identity =
      this.recall(token) ??
      (await (token.startsWith(API_KEY_PREFIX) ? this.ofApiKey(hash, false) : this.ofSession(hash, false)));
    if (!identity) return false;
    if (identity.firmAdmin) return may('firm-admin', action);
    const membership = identity.roles.get(company);
    const ended = membership?.until ?? null;
    return membership !== undefined && (ended === null || ended > this.now()) && may(membership.role, action);
  }

  /** Everything remembered of a user or of an API key is forgotten. */
  forget(id: string): void {
    this.generation += 1;
    for (const [token, { identity }] of this.cache)
      if (identity.id === id || identity.credential === id) this.cache.delete(token);
  }

  private async ofApiKey(hash: string, isUse = true): Promise<Identity | null> {
    const key = await this.vault.apiKeyByHash(hash);
    if (key?.revokedAt !== null) return null;
    const identity = identityOfKey(key);
    const now = this.now();
    if (!isCurrent(identity, now)) return null;
    if (!isUse) return identity;
    if (key.lastUsedAt === null || Date.parse(key.lastUsedAt) < now - REFRESH_MS)
      this.inBackground(this.vault.noteApiKeyUse(key.id, this.clock.now()));
    return identity;
  }

  private async ofSession(hash: string, isUse = true): Promise<Identity | null> {
    const session = await this.vault.sessionByTokenHash(hash);
    if (!session || Date.parse(session.expiresAt) <= this.now()) return null;
    const user = await this.vault.user(session.user);
    if (!user) return null;
    const memberships = await this.vault.memberships(user.id);
    return {
      kind: 'session',
      id: user.id,
      credential: session.id,
      firmAdmin: user.firmAdmin,
      roles: new Map(
        memberships.map(({ company, role, expiresAt }) => [company, { role, until: deadline(expiresAt) }]),
      ),
      tills: null,
      until: isUse ? this.slide(session) : Date.parse(session.expiresAt),
    };
  }

  /** Moves the end of a session that is used; returns it. */
  private slide(session: Session): number {
    const stored = Date.parse(session.expiresAt);
    const latest = Date.parse(session.createdAt) + LONGEST_SESSION_MS;
    const end = Math.min(this.now() + this.config.sessionHours * HOUR_MS, latest);
    if (end - stored < REFRESH_MS) return stored;
    this.inBackground(this.vault.extendSession(session.id, new Date(end).toISOString()));
    return end;
  }

  private keep(token: string, identity: Identity): void {
    if (this.cache.size >= MOST_CACHED) {
      const [oldest] = this.cache.keys();
      if (oldest !== undefined) this.cache.delete(oldest);
    }
    this.cache.set(token, { identity, until: this.now() + CACHE_MS });
  }

  /** A lost note of use is no reason to turn its user away. */
  private inBackground(write: Promise<void>): void {
    write.catch((error: unknown) => this.log.warn({ message: 'could not note a use', error }));
  }
}

function isCurrent({ until }: Identity, now: number): boolean {
  return until === null || until > now;
}

function deadline(expiresAt: string | null): number | null {
  return expiresAt === null ? null : Date.parse(expiresAt);
}

function identityOfKey({ id, company, role, tills, expiresAt }: ApiKey): Identity {
  return {
    kind: 'api-key',
    id,
    credential: id,
    firmAdmin: false,
    roles: new Map([[company, { role, until: null }]]),
    tills,
    until: deadline(expiresAt),
  };
}
