import type { HeldLease, Lease } from '../../src/ports/leases';
import { LeaseTable, MemoryLeases } from '../support/memory-leases';
import { firstFailingExample } from './contract';
import { LEASES_CONTRACT, type LeasesUnderTest } from './leases.contract';

/** Gives to everyone. */
class Generous extends MemoryLeases {
  override async acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    this.table.held.delete(name);
    return super.acquire(name, holder, ttlMs);
  }
}

/** Looks, and writes a moment later what it has decided. */
class Hesitant extends MemoryLeases {
  override async acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    const present = await this.holder(name);
    if (present && present.holder !== holder) return super.acquire(name, holder, ttlMs);
    await new Promise((resolve) => setImmediate(resolve));
    const known = this.table.held.get(name);
    if (known) this.table.held.set(name, { ...known, holder: '' });
    return super.acquire(name, holder, ttlMs);
  }
}

class Eternal extends MemoryLeases {
  override acquire(name: string, holder: string): Promise<Lease | null> {
    return super.acquire(name, holder, Number.MAX_SAFE_INTEGER - this.table.now);
  }
}

class WithoutFence extends MemoryLeases {
  override async acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    const known = this.table.held.get(name)?.token;
    const lease = await super.acquire(name, holder, ttlMs);
    return lease && this.keep({ ...lease, token: known ?? lease.token });
  }
}

/** A release forgets the token, and the next begins where the clock, which is not moved, began. */
class CountingAnew extends MemoryLeases {
  override async release(lease: Lease): Promise<void> {
    if (this.isOwn(lease)) this.table.held.delete(lease.name);
  }
}

class CountingFromOne extends MemoryLeases {
  override async acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    const known = this.table.held.get(name)?.token ?? 0;
    const lease = await super.acquire(name, holder, ttlMs);
    return lease && this.keep({ ...lease, token: known + 1 });
  }
}

class TakingStaleRenewals extends MemoryLeases {
  override async renew(lease: Lease, ttlMs: number): Promise<Lease | null> {
    return (await super.renew(lease, ttlMs)) ?? this.keep({ ...lease, expiresAt: this.table.now + ttlMs });
  }
}

/** Goes by the holder's name, as if it had not asked anew. */
class TakingOldTokens extends MemoryLeases {
  protected override isOwn({ name, holder }: Lease): boolean {
    return this.table.held.get(name)?.holder === holder;
  }
}

class TakingStaleReleases extends MemoryLeases {
  override async release({ name, token }: Lease): Promise<void> {
    this.table.held.set(name, { token: this.table.held.get(name)?.token ?? token, holder: '', until: 0 });
  }
}

class NotRenewing extends MemoryLeases {
  override async renew(lease: Lease, ttlMs: number): Promise<Lease | null> {
    const known = this.table.held.get(lease.name);
    const renewed = await super.renew(lease, ttlMs);
    if (known) this.table.held.set(lease.name, known);
    return renewed;
  }
}

class AddingUp extends MemoryLeases {
  override async renew(lease: Lease, ttlMs: number): Promise<Lease | null> {
    const renewed = await super.renew(lease, ttlMs);
    return renewed && this.keep({ ...renewed, expiresAt: lease.expiresAt + ttlMs });
  }
}

class RenewingWithNewToken extends MemoryLeases {
  override async renew(lease: Lease, ttlMs: number): Promise<Lease | null> {
    const renewed = await super.renew(lease, ttlMs);
    return renewed && this.keep({ ...renewed, token: renewed.token + 1 });
  }
}

/** What is over is over, although nobody has it. */
class Strict extends MemoryLeases {
  override async renew(lease: Lease, ttlMs: number): Promise<Lease | null> {
    return (await this.holder(lease.name)) ? super.renew(lease, ttlMs) : null;
  }
}

class KeepingWhatIsGivenUp extends MemoryLeases {
  override async release(): Promise<void> {
    // Until it ends by itself.
  }
}

class OfOneName extends MemoryLeases {
  override acquire(_name: string, holder: string, ttlMs: number): Promise<Lease | null> {
    return super.acquire('projections/0', holder, ttlMs);
  }
}

class KnowingFormerHolders extends MemoryLeases {
  override async holder(name: string): Promise<HeldLease | null> {
    const found = this.table.held.get(name);
    return found ? { name, holder: found.holder, token: found.token } : null;
  }
}

class TellingOfFormerOnes extends MemoryLeases {
  override async running(prefix: string): Promise<readonly HeldLease[]> {
    return [...this.table.held]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { holder, token }]) => ({ name, holder, token }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }
}

class TellingOfAll extends MemoryLeases {
  override running(): Promise<readonly HeldLease[]> {
    return super.running('');
  }
}

const FAULTS: readonly [string, string, new (table: LeaseTable) => MemoryLeases][] = [
  ['gives a lease to everyone', 'giving', Generous],
  ['looks first and writes later', 'giving', Hesitant],
  ['has one lease for all names', 'giving', OfOneName],
  ['adds to what is left when it renews', 'renewing', AddingUp],
  ['never ends', 'giving', Eternal],
  ['gives the same fence again', 'giving', WithoutFence],
  ['forgets the fence of what is given up', 'ending', CountingAnew],
  ['counts fences from one', 'tokens', CountingFromOne],
  ['accepts a renewal by who has lost it', 'renewing', TakingStaleRenewals],
  ['accepts old tokens of a holder', 'tokens', TakingOldTokens],
  ['accepts a release by who has lost it', 'ending', TakingStaleReleases],
  ['renews in words alone', 'renewing', NotRenewing],
  ['changes the fence when it renews', 'renewing', RenewingWithNewToken],
  ['does not go on with what nobody took', 'renewing', Strict],
  ['keeps what is given up', 'ending', KeepingWhatIsGivenUp],
  ['tells of leases that are over', 'running', TellingOfFormerOnes],
  ['tells of leases of other names', 'running', TellingOfAll],
  ['names a holder whose time is over', 'ending', KnowingFormerHolders],
];

describe('the contract of leases', () => {
  const under = (Faulty: new (table: LeaseTable) => MemoryLeases): LeasesUnderTest => {
    const table = new LeaseTable();
    return {
      leases: new Faulty(table),
      another: async () => new Faulty(table),
      pass: async (milliseconds) => void (table.now += milliseconds),
      forget: async () => table.held.clear(),
      dispose: async () => undefined,
    };
  };

  it.each(FAULTS)('notices one that %s, by its examples of %s', async (_what, topic, Faulty) => {
    const failing = await firstFailingExample(LEASES_CONTRACT, async () => under(Faulty));
    expect(failing?.split(':')[0]).toBe(topic);
  });

  it('notices processes that do not share a store', async () => {
    const failing = await firstFailingExample(LEASES_CONTRACT, async () => ({
      ...under(MemoryLeases),
      another: async () => new MemoryLeases(new LeaseTable()),
    }));
    expect(failing).not.toBeNull();
  });
});
