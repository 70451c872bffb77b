import { type HeldLease, type Lease, Leases, requireTtl } from '../../src/ports/leases';

export type Held = { readonly token: number; readonly holder: string; readonly until: number };

/** What several `MemoryLeases` share, as processes share a store. Its clock is moved by hand. */
export class LeaseTable {
  readonly held = new Map<string, Held>();
  now = 1_800_000_000_000;
}

/** Leases that nobody outside this process sees. */
export class MemoryLeases extends Leases {
  constructor(protected readonly table: LeaseTable) {
    super();
  }

  async acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    requireTtl(ttlMs);
    const { now, held } = this.table;
    const found = held.get(name);
    if (found && found.holder !== '' && found.holder !== holder && found.until > now) return null;
    const token = Math.max(now, found ? found.token + 1 : 0);
    return this.keep({ name, holder, token, expiresAt: now + ttlMs });
  }

  async renew(lease: Lease, ttlMs: number): Promise<Lease | null> {
    requireTtl(ttlMs);
    return this.isOwn(lease) ? this.keep({ ...lease, expiresAt: this.table.now + ttlMs }) : null;
  }

  async release(lease: Lease): Promise<void> {
    if (this.isOwn(lease)) this.table.held.set(lease.name, { token: lease.token, holder: '', until: 0 });
  }

  async holder(name: string): Promise<HeldLease | null> {
    const found = this.table.held.get(name);
    if (!found || found.holder === '' || found.until <= this.table.now) return null;
    return { name, holder: found.holder, token: found.token };
  }

  async running(prefix: string): Promise<readonly HeldLease[]> {
    const { held, now } = this.table;
    return [...held]
      .filter(([name, { holder, until }]) => name.startsWith(prefix) && holder !== '' && until > now)
      .map(([name, { holder, token }]) => ({ name, holder, token }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  protected keep(lease: Lease): Lease {
    const { name, holder, token, expiresAt } = lease;
    this.table.held.set(name, { token, holder, until: expiresAt });
    return lease;
  }

  protected isOwn({ name, holder, token }: Lease): boolean {
    const found = this.table.held.get(name);
    return found?.holder === holder && found.token === token;
  }
}
