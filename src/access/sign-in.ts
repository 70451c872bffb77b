import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { CONFIG, type Config } from '../config';
import { Problem } from '../platform/http/problem';
import { ExactRateLimiter } from '../platform/http/exact-rate-limiter';
import { addressKey } from '../platform/http/rate-limiter';
import { Clock } from '../ports/clock';
import { Ids } from '../ports/ids';
import { RateCounters } from '../ports/rate-counters';
import { type User, Vault } from '../ports/vault';
import { Authenticator } from './authenticator';
import { Passwords } from './passwords';
import type { Identity } from './principal';
import { hashOfToken, newToken } from './tokens';

const WINDOW_MS = 15 * 60_000;

/** Wrong passwords in a quarter of an hour: per account and address, per account from anywhere, per address. */
const MOST_PER_ACCOUNT_AND_ADDRESS = 10;
const MOST_PER_ACCOUNT = 50;
const MOST_PER_ADDRESS = 100;

const HOUR_MS = 3_600_000;

export type SignedIn = { readonly token: string; readonly expiresAt: string; readonly user: User };

/** Signing in and out. Guesses are counted, right passwords are not. */
@Injectable()
export class SignIn {
  /** Who comes and who fails to, by opaque ids: an e-mail or an address has no place in a log. */
  private readonly log = new Logger('Access');
  private readonly pairs: ExactRateLimiter;
  private readonly accounts: ExactRateLimiter;
  private readonly addresses: ExactRateLimiter;

  constructor(
    private readonly vault: Vault,
    private readonly passwords: Passwords,
    private readonly authenticator: Authenticator,
    private readonly clock: Clock,
    private readonly ids: Ids,
    @Inject(CONFIG) private readonly config: Config,
    @Optional() @Inject(RateCounters) counters: RateCounters | null = null,
  ) {
    const limit = (name: string, perWindow: number) =>
      new ExactRateLimiter({
        name: `sign-in-${name}`,
        perWindow,
        windowMs: WINDOW_MS,
        now: () => authenticator.now(),
        counters,
      });
    this.pairs = limit('pair', MOST_PER_ACCOUNT_AND_ADDRESS);
    this.accounts = limit('account', MOST_PER_ACCOUNT);
    this.addresses = limit('address', MOST_PER_ADDRESS);
  }

  /** @throws Problem wrong-credentials, too-many-sign-ins, overloaded */
  async withPassword(email: string, password: string, ip: string | undefined): Promise<SignedIn> {
    return this.as(await this.userWith(email, password, ip));
  }

  /**
   * The user whose e-mail and password these are. A wrong password and an unknown e-mail take as long and read alike.
   *
   * @throws Problem wrong-credentials, too-many-sign-ins, overloaded
   */
  async userWith(email: string, password: string, ip: string | undefined): Promise<User> {
    const forgive = await this.countGuess(email.trim().normalize('NFKC').toLowerCase(), addressKey(ip));
    const user = await this.vault.userByEmail(email);
    const right = await this.passwords.matches(user?.passwordHash, password);
    if (!user || !right) {
      this.log.warn({ message: 'sign-in refused', user: user?.id ?? null });
      throw new Problem('wrong-credentials');
    }
    await forgive();
    return user;
  }

  /** A new session of this user. */
  async as(user: User): Promise<SignedIn> {
    const token = newToken();
    const createdAt = this.clock.now();
    const expiresAt = new Date(Date.parse(createdAt) + this.config.sessionHours * HOUR_MS).toISOString();
    const session = {
      id: this.ids.uuid(),
      user: user.id,
      tokenHash: hashOfToken(token),
      createdAt,
      expiresAt,
    };
    await this.vault.addSession(session);
    this.log.log({ message: 'signed in', user: user.id, firmAdmin: user.firmAdmin });
    return { token, expiresAt, user };
  }

  /** Ends the session; its token is refused from now on. @throws StoreUnavailable where it is refused by this node alone */
  async out(identity: Identity): Promise<void> {
    try {
      await this.vault.removeSession(identity.credential);
    } finally {
      // Also where the answer was lost: it may be over by now.
      this.authenticator.forget(identity.credential);
    }
  }

  /** Counts before the answer is known, so that guesses in parallel count too. Returns how to take it back. */
  private async countGuess(account: string, address: string): Promise<() => Promise<void>> {
    const counted: (() => Promise<void>)[] = [];
    const takeBack = async () => {
      for (const one of counted) await one();
    };
    const limits = [
      [this.pairs, `${account} ${address}`],
      [this.accounts, account],
      [this.addresses, address],
    ] as const;
    for (const [limiter, key] of limits) {
      const allowance = await limiter.take(key);
      if (!allowance.allowed) {
        await takeBack();
        throw new Problem('too-many-sign-ins', { facts: { retryAfter: allowance.retryAfter } });
      }
      counted.push(allowance.takeBack);
    }
    return takeBack;
  }
}
