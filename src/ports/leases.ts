/** The right to do something alone for a while. */
export type Lease = {
  readonly name: string;
  readonly holder: string;
  /**
   * The fence: greater than that of every earlier lease of this name, whoever held it, also when the store was lost
   * meanwhile. Whatever the holder writes carries it, and a store that has seen a newer one refuses.
   */
  readonly token: number;
  /**
   * Milliseconds since 1970 by this process's clock, counted from before the store was asked: nobody else is given
   * the lease earlier. A process that was paused finds out here; what it had under way is what the token is for.
   */
  readonly expiresAt: number;
};

/** A lease as others see it: when it ends is known to its holder and to the store. */
export type HeldLease = Omit<Lease, 'expiresAt'>;

/**
 * Leases, given by compare and set: of any number of processes that ask at once, at most one gets it. When one ends is
 * judged by the store's clock, so the clocks of the processes need not agree. What it means to give leases is
 * `test/contract/leases.contract.ts`.
 */
export abstract class Leases {
  /**
   * Null while somebody else's lease runs. A holder who asks again gets it anew, with a new token: a name of a holder
   * is of one process, and what that did before it started anew is over.
   *
   * @throws RangeError when `ttlMs` is no whole number of milliseconds above 0, StoreUnavailable
   */
  abstract acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null>;

  /**
   * The same lease with a new end, counted from now. Null when it was given up or somebody has had it since; one that
   * is over but that nobody has taken goes on.
   *
   * @throws RangeError when `ttlMs` is no whole number of milliseconds above 0, StoreUnavailable
   */
  abstract renew(lease: Lease, ttlMs: number): Promise<Lease | null>;

  /** Gives it up before its end. One that is lost already stays with whom it is. @throws StoreUnavailable */
  abstract release(lease: Lease): Promise<void>;

  /** Who holds it now; null when nobody does. @throws StoreUnavailable */
  abstract holder(name: string): Promise<HeldLease | null>;

  /** The leases that run now whose names begin with a prefix, ordered by name. @throws StoreUnavailable */
  abstract running(prefix: string): Promise<readonly HeldLease[]>;

  abstract close(): Promise<void>;
}

/** @throws RangeError */
export function requireTtl(ttlMs: number): void {
  if (!Number.isSafeInteger(ttlMs) || ttlMs <= 0)
    throw new RangeError(`a lease lasts a whole number of milliseconds, not ${ttlMs}`);
}
