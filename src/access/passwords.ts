import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Problem } from '../platform/http/problem';

export const SHORTEST_PASSWORD = 8;
export const LONGEST_PASSWORD = 256;

/** OWASP's first recommendation for argon2id (the library's default algorithm): 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each takes 19 MiB and a thread of the pool that the file system uses too. */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 64;

/**
 * Hashes and checks passwords with argon2id, a few at a time: a flood of sign-ins waits for itself, not everybody
 * for it. Checking takes the same time whether or not there is an account.
 */
@Injectable()
export class Passwords {
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  /** The hash of nobody's password, for e-mails without an account. */
  private decoy: Promise<string> | undefined;

  /** @throws Problem overloaded */
  async hash(password: string): Promise<string> {
    return this.inTurn(() => hash(normalized(password), ARGON2ID));
  }

  /** False for a wrong password and for no account alike. @throws Problem overloaded */
  async matches(passwordHash: string | undefined, password: string): Promise<boolean> {
    this.decoy ??= hash('', ARGON2ID);
    const against = passwordHash ?? (await this.decoy);
    const right = await this.inTurn(() => verify(against, normalized(password)));
    return right && passwordHash !== undefined;
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= MOST_AT_ONCE) {
      if (this.waiting.length >= MOST_WAITING) throw new Problem('overloaded', { facts: { retryAfter: 2 } });
      // The one who leaves hands his place over: `running` stays as it is.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}

/** Phones and desktops compose accents differently (NIST SP 800-63B §5.1.1.2). */
function normalized(password: string): string {
  return password.normalize('NFKC');
}
