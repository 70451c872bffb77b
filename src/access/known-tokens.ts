import type { Identity } from './principal';

/** Tokens that are remembered: those that were confirmed last, some 700 bytes each. And of those that are none, half as many. */
const MOST_KNOWN = 50_000;
const MOST_REFUSED = MOST_KNOWN / 2;

type Known = { readonly identity: Identity; readonly confirmedAt: number };

/**
 * What the vault has said of tokens, by their hashes: a token itself is a piece of its request's header, all of which would stay
 * in memory with it.
 */
export class KnownTokens {
  /** In the order in which they were confirmed. */
  private readonly known = new Map<string, Known>();
  /** Tokens that the vault knows nothing of, or no more: they are random, so none of them becomes one. */
  private readonly refused = new Set<string>();
  /** Rises with each revocation, so that an answer read before one is not remembered after it. */
  private forgotten = 0;

  /** Whether it is remembered, however long ago it was confirmed. */
  has(hash: string): boolean {
    return this.known.has(hash);
  }

  isRefused(hash: string): boolean {
    return this.refused.has(hash);
  }

  /** Who holds a token, where the vault has said so no longer ago than this. */
  confirmedWithin(hash: string, forMs: number, now: number): Identity | undefined {
    const known = this.known.get(hash);
    if (known === undefined) return undefined;
    if (!isCurrent(known.identity, now)) this.known.delete(hash);
    else if (known.confirmedAt + forMs > now) return known.identity;
    return undefined;
  }

  /** Before the vault is asked: what its answer is learned with. */
  asking(): number {
    return this.forgotten;
  }

  /** Null is a token that is none. */
  learn(hash: string, identity: Identity | null, asked: number, now: number): void {
    if (!identity) {
      this.known.delete(hash);
      this.refused.add(hash);
      if (this.refused.size > MOST_REFUSED) dropFirst(this.refused);
    } else if (asked === this.forgotten) {
      this.known.delete(hash);
      this.known.set(hash, { identity, confirmedAt: now });
      if (this.known.size > MOST_KNOWN) dropFirst(this.known);
    }
  }

  /** All of a user, a session or an API key; only what opens `company`, where it is named. */
  forget(id: string, company?: string): void {
    this.forgotten += 1;
    for (const [hash, { identity }] of this.known) {
      const isHis = identity.id === id || identity.credential === id;
      if (isHis && (company === undefined || identity.roles.has(company))) this.known.delete(hash);
    }
  }
}

export function isCurrent({ until }: Identity, now: number): boolean {
  return until === null || until > now;
}

function dropFirst(remembered: Map<string, unknown> | Set<string>): void {
  const [first] = remembered.keys();
  if (first !== undefined) remembered.delete(first);
}
