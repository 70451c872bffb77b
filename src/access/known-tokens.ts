import type { Identity } from './principal';

/** Of what is remembered, some 600 bytes each: a token, a company that it opens, a till that it is limited to. */
const MOST_KNOWN = 100_000;
const MOST_REFUSED = 25_000;

/** An ask of the vault: what its answer is learned with, since answers cross. */
type Ask = { readonly turn: number; readonly at: number; readonly forgotten: number };

type Known = { readonly identity: Identity; readonly ask: Ask; usedAt: number };

/**
 * What the vault has said of tokens, by their hashes: a token itself is a piece of its request's header, all of which would stay
 * in memory with it.
 */
export class KnownTokens {
  /** In the order in which they were confirmed. */
  private readonly known = new Map<string, Known>();
  private size = 0;
  /** Tokens that the vault knows nothing of, or no more, and the last ask that had begun when it said so. */
  private readonly refused = new Map<string, number>();
  private turn = 0;
  /** Rises with each revocation here, so that an answer read before one is not remembered after it. */
  private forgotten = 0;

  /** Whether it is remembered, however long ago it was confirmed. */
  has(hash: string): boolean {
    return this.known.has(hash);
  }

  isRefused(hash: string): boolean {
    return this.refused.has(hash);
  }

  /** Who comes with a token, where the vault has said so no longer ago than this, and not before that moment. */
  confirmedWithin(hash: string, forMs: number, now: number, notBefore = 0): Identity | undefined {
    const known = this.known.get(hash);
    if (known === undefined) return undefined;
    known.usedAt = now;
    const { identity, ask } = known;
    if (!isCurrent(identity, now)) this.drop(hash);
    else if (isWithin(ask.at, forMs, now) && ask.at >= notBefore) return identity;
    return undefined;
  }

  /** The tokens that the vault was last asked about longer ago than this, oldest first. Forgets those that were not used for so long. */
  *notAskedFor(
    forMs: number,
    keptMs: number,
    now: () => number,
  ): Generator<{ readonly hash: string; readonly isKey: boolean }> {
    for (const [hash, { identity, ask, usedAt }] of this.known) {
      const time = now();
      if (isWithin(ask.at, forMs, time)) return;
      if (isWithin(usedAt, keptMs, time)) yield { hash, isKey: identity.kind === 'api-key' };
      else this.drop(hash);
    }
  }

  /** Before the vault is asked. */
  ask(now: number): Ask {
    this.turn += 1;
    return { turn: this.turn, at: now, forgotten: this.forgotten };
  }

  /** Null is a token that is none. Answers who it is: a "no" that was heard since the vault was asked is the newer answer. */
  learn(hash: string, identity: Identity | null, ask: Ask): Identity | null {
    if (!identity) {
      this.refuse(hash);
      return null;
    }
    if (ask.turn <= (this.refused.get(hash) ?? 0)) return null;
    this.refused.delete(hash);
    const { ask: newest, usedAt } = this.known.get(hash) ?? { ask: null, usedAt: ask.at };
    if (ask.forgotten === this.forgotten && ask.turn > (newest?.turn ?? 0))
      this.keep(hash, { identity, ask, usedAt });
    return identity;
  }

  /** All of a user, a session or an API key; only what opens `company`, where it is named. */
  forget(id: string, company?: string): void {
    this.forgotten += 1;
    for (const [hash, { identity }] of this.known) {
      const isHis = identity.id === id || identity.credential === id;
      if (isHis && (company === undefined || identity.roles.has(company))) this.drop(hash);
    }
  }

  private keep(hash: string, known: Known): void {
    this.drop(hash);
    this.known.set(hash, known);
    this.size += sizeOf(known);
    if (this.size <= MOST_KNOWN) return;
    for (const [first] of this.known) {
      if (this.size <= MOST_KNOWN || first === hash) return;
      this.drop(first);
    }
  }

  private refuse(hash: string): void {
    this.drop(hash);
    this.refused.delete(hash);
    this.refused.set(hash, this.turn);
    const [first] = this.refused.keys();
    if (first !== undefined && this.refused.size > MOST_REFUSED) this.refused.delete(first);
  }

  private drop(hash: string): void {
    const known = this.known.get(hash);
    if (known === undefined) return;
    this.known.delete(hash);
    this.size -= sizeOf(known);
  }
}

/** A clock that is set back makes nothing younger. */
export function isWithin(since: number, forMs: number, now: number): boolean {
  return since <= now && now < since + forMs;
}

function sizeOf({ identity: { roles, tills } }: Known): number {
  return 1 + roles.size + (tills?.length ?? 0);
}

export function isCurrent({ until }: Identity, now: number): boolean {
  return until === null || until > now;
}
