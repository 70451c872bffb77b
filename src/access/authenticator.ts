import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../config';
import { Clock } from '../ports/clock';
import { StoreUnavailable } from '../ports/event-store';
import { type ApiKey, type Session, Vault } from '../ports/vault';
import { AskedOnce } from './asked-once';
import { isCurrent, isWithin, KnownTokens } from './known-tokens';
import { type Action, may } from './permissions';
import type { Identity } from './principal';
import { API_KEY_PREFIX, hashOfToken, isToken } from './tokens';

const CACHE_MS = 5000;

/** Whoever has come lately is asked about again after this, also where he does not come again. */
export const ASKED_ANEW_MS = 20_000;

/** Whoever was not confirmed within so long before the vault fell silent does not go on: he may have been revoked since. */
const NEWS_MS = 60_000;

/** How long somebody whom the vault has confirmed lately waits for it to do so again. */
const PATIENCE_MS = 1000;

/** How long after an answer that did not come the vault is asked again, and how long for. */
const AGAIN_MS = 1000;
const AGAIN_PATIENCE_MS = 2000;

/** How far a session's end, or a key's last use, may lag behind: a write each, so not at every request. */
const REFRESH_MS = 300_000;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A session ends after this, however much it is used. */
export const LONGEST_SESSION_MS = 30 * 24 * HOUR_MS;

/** A time in which the vault does not answer. */
type Silence = { readonly reason: string; readonly since: number; timer: NodeJS.Timeout | undefined };

/** How the vault does, for health and metrics. */
export type VaultStanding = {
  /** Why it does not answer; null when it does. */
  readonly silent: string | null;
  /** Requests that were let in since the start although it could not be asked. */
  readonly unconfirmed: number;
};

/**
 * Who holds a token. Answers are kept for five seconds, so a till that sends a hundred sales a second reads the
 * vault once, also where many come at once; a sign-out or a revocation in this process empties them, and those that are on
 * their way, at once. While the vault does not answer, whom it has confirmed within some minutes goes on (decision 0020).
 */
@Injectable()
export class Authenticator implements OnModuleDestroy {
  private readonly log = new Logger('Access');
  private readonly tokens = new KnownTokens();
  private readonly uses = new AskedOnce<Identity | null>();
  private silence: Silence | null = null;
  private lastSilence: { readonly since: number; readonly until: number } | null = null;
  private isClosed = false;
  private unconfirmed = 0;

  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  now(): number {
    return Date.parse(this.clock.now());
  }

  onModuleDestroy(): void {
    this.isClosed = true;
    clearTimeout(this.silence?.timer);
    this.silence = null;
  }

  standing(): VaultStanding {
    return { silent: this.silence?.reason ?? null, unconfirmed: this.unconfirmed };
  }

  /** The identity if it is known without asking the vault. */
  recall(token: string): Identity | undefined {
    return isToken(token) ? this.tokens.confirmedWithin(hashOfToken(token), CACHE_MS, this.now()) : undefined;
  }

  /** Whether the vault has ever confirmed the token to this node, as far as that is remembered. */
  hasMet(token: string): boolean {
    return isToken(token) && this.tokens.has(hashOfToken(token));
  }

  /**
   * Null for an unknown, ended or revoked token.
   *
   * @throws StoreUnavailable when the vault does not answer, and has not confirmed it lately either
   */
  async authenticate(token: string): Promise<Identity | null> {
    const identity = this.recall(token) ?? (await this.identify(token, true));
    if (identity?.isUnconfirmed === true) this.unconfirmed += 1;
    return identity;
  }

  /** Whether a token still opens a company for an action. Asking is no use of it: a session does not slide. */
  async isStillGood(token: string, company: string, action: Action): Promise<boolean> {
    const identity = this.recall(token) ?? (await this.identify(token, false));
    if (!identity) return false;
    if (identity.firmAdmin) return may('firm-admin', action);
    const membership = identity.roles.get(company);
    const ended = membership?.until ?? null;
    return membership !== undefined && (ended === null || ended > this.now()) && may(membership.role, action);
  }

  /** Everything remembered of a user, a session or an API key is forgotten; only of what opens `company`, where it is named. */
  forget(id: string, company?: string): void {
    this.tokens.forget(id, company);
    this.uses.forget();
  }

  /**
   * Asks the vault anew about whoever has come lately, one after the other, and forgets the others: what was revoked on another
   * node is known to this one before the vault falls silent.
   */
  async confirmAnew(): Promise<void> {
    const keptMs = Math.max(this.graceMs(), MINUTE_MS);
    for (const { hash, isKey } of this.tokens.notAskedFor(ASKED_ANEW_MS, keptMs, () => this.now())) {
      if (this.isClosed) return;
      if (this.silence !== null || this.graceMs() === 0) continue;
      try {
        await within(PATIENCE_MS, this.ask(hash, isKey, false));
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        this.fallSilent(error.message);
      }
      // An embedded vault answers at once: requests come first.
      await setImmediate();
    }
  }

  private graceMs(): number {
    return this.config.accessGraceMinutes * MINUTE_MS;
  }

  /** By the vault; where that does not answer, by what it said last. */
  private async identify(token: string, isUse: boolean): Promise<Identity | null> {
    if (!isToken(token)) return null;
    const hash = hashOfToken(token);
    const lately = this.saidLately(hash);
    if (lately !== undefined && this.silence !== null) return lately;
    try {
      const ask = () => this.ask(hash, token.startsWith(API_KEY_PREFIX), isUse);
      const asked = isUse ? this.uses.ask(hash, ask) : ask();
      return await (lately === undefined ? asked : within(PATIENCE_MS, asked));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.fallSilent(error.message);
      // It may have ended, or been revoked here, while nothing was answered.
      const known = this.saidLately(hash);
      if (known === undefined) throw error;
      return known;
    }
  }

  /** Undefined where the vault has said nothing, or too long ago. */
  private saidLately(hash: string): Identity | null | undefined {
    if (this.tokens.isRefused(hash)) return null;
    const now = this.now();
    const notBefore = (this.silence?.since ?? now) - NEWS_MS;
    const identity = this.tokens.confirmedWithin(hash, this.graceMs(), now, notBefore);
    return identity && { ...identity, isUnconfirmed: true };
  }

  private async ask(hash: string, isKey: boolean, isUse: boolean): Promise<Identity | null> {
    const ask = this.tokens.ask(this.now());
    const identity = await (isKey ? this.ofApiKey(hash, isUse) : this.ofSession(hash, isUse));
    this.hear();
    return this.tokens.learn(hash, identity, ask);
  }

  /** Once for each time, however many requests come meanwhile. */
  private fallSilent(reason: string): void {
    if (this.silence !== null || this.isClosed) return;
    const now = this.now();
    const last = this.lastSilence;
    // What is interrupted for less than a minute is one.
    const since = last !== null && isWithin(last.until, NEWS_MS, now) ? last.since : now;
    this.silence = { reason, since, timer: undefined };
    const message = 'the vault does not answer: whom it has confirmed lately goes on, nobody else comes in';
    this.log.warn({ message, reason });
    this.askAgain(this.silence);
  }

  /** An ask that hangs is followed by another, and none outlives the silence that it is for. */
  private askAgain(silence: Silence): void {
    silence.timer = setTimeout(() => {
      within(AGAIN_PATIENCE_MS, this.vault.hasFirmAdmin()).then(
        () => {
          if (this.silence === silence) this.hear();
        },
        () => {
          if (this.silence === silence) this.askAgain(silence);
        },
      );
    }, AGAIN_MS).unref();
  }

  private hear(): void {
    if (this.silence === null) return;
    clearTimeout(this.silence.timer);
    this.lastSilence = { since: this.silence.since, until: this.now() };
    this.silence = null;
    this.log.warn({ message: 'the vault answers again' });
  }

  private async ofApiKey(hash: string, isUse: boolean): Promise<Identity | null> {
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

  private async ofSession(hash: string, isUse: boolean): Promise<Identity | null> {
    const session = await this.vault.sessionByTokenHash(hash);
    if (!session || Date.parse(session.expiresAt) <= this.now()) return null;
    const user = await this.vault.user(session.user);
    if (!user) return null;
    const memberships = await this.vault.memberships(user.id);
    if (isUse) this.slide(session);
    return {
      kind: 'session',
      id: user.id,
      credential: session.id,
      firmAdmin: user.firmAdmin,
      roles: new Map(
        memberships.map(({ company, role, expiresAt }) => [company, { role, until: deadline(expiresAt) }]),
      ),
      tills: null,
      // As it is written: a later end that is lost was none.
      until: Date.parse(session.expiresAt),
    };
  }

  /** Moves the end of a session that is used. */
  private slide(session: Session): void {
    const latest = Date.parse(session.createdAt) + LONGEST_SESSION_MS;
    const end = Math.min(this.now() + this.config.sessionHours * HOUR_MS, latest);
    if (end - Date.parse(session.expiresAt) >= REFRESH_MS)
      this.inBackground(this.vault.extendSession(session.id, new Date(end).toISOString()));
  }

  /** A lost note of use is no reason to turn its user away. */
  private inBackground(write: Promise<void>): void {
    write.catch((error: unknown) => this.log.warn({ message: 'could not note a use', error }));
  }
}

/** @throws StoreUnavailable once the time is over; what is answered later is remembered all the same */
async function within<Answer>(milliseconds: number, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new StoreUnavailable(`no answer within ${milliseconds} ms`, 'unknown')),
      milliseconds,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
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
