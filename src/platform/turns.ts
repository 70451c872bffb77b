import { setTimeout as delay } from 'node:timers/promises';
import type { HeldLease, Lease, Leases } from '../ports/leases';

/**
 * Who wants a turn holds one of these leases, whichever is free; whom it is for and at which ledger is the holder's name. They
 * are few, since a lease's name is kept for ever: when all are held, who wants a turn goes on without.
 */
const PLACES = 'turns/';
const PLACES_IN_ALL = 64;
const PLACES_TRIED = 4;

/** A turn of who has much to write is over after `TURN_MS`; nobody respects one for longer than `RESPECTED_MS`. */
const TURN_MS = 100;
const RESPECTED_MS = 2_000;
/** How long a place is kept for a node that is not heard of any more. */
const TTL_MS = 2_000;
const RENEW_MS = TTL_MS / 4;

/** How often it is looked whose turn it is: by who writes, and by who waits. */
const LOOK_MS = 200;
const WAITING_LOOK_MS = 50;
/** How long after its last write a node still looks. */
const WRITING_MS = 1_000;

/** A place in the queue that was asked for here; null while the leases are still being asked. */
type Place = { lease: Lease | null; renewedAt: number };

/** Whose turn it is, and since when that is known here (milliseconds of this process's clock). */
type Turn = { readonly node: string; readonly token: number; readonly since: number };

/**
 * Turns at writing to a ledger. The expected revision takes whoever is first, and so never a node that is always a little
 * slower; one that has lost for a while queues for a turn, and whose turn it is is let write alone for a moment. Who came first
 * is told by the tokens of the leases, which grow with time. It is a courtesy: what is appended stays decided by the
 * revision, and where leases cannot be had nobody waits for anybody.
 */
export class Turns {
  private readonly places = new Map<string, Place>();
  private turns = new Map<string, Turn>();
  private writesUntil = 0;
  private waiting = 0;
  private isLooking = false;
  private isClosed = false;

  /** `node` is a name that no other process and no earlier life of this one has. */
  constructor(
    private readonly leases: Leases,
    private readonly node: string,
  ) {}

  /** Whether this node should let another one write. Asked before each append, which is what keeps it looking. */
  isOthers(ledger: string): boolean {
    this.keepLooking();
    const turn = this.turns.get(ledger);
    return turn !== undefined && turn.node !== this.node && performance.now() - turn.since < RESPECTED_MS;
  }

  isOwn(ledger: string): boolean {
    return this.turns.get(ledger)?.node === this.node && this.places.has(ledger);
  }

  /** Waits while others have their turns, each 2 s at most, and at most so long. */
  async othersEnd(ledger: string, mostMs: number): Promise<void> {
    const until = performance.now() + mostMs;
    this.waiting += 1;
    try {
      while (this.isOthers(ledger) && performance.now() < until) await delay(WAITING_LOOK_MS / 2);
    } finally {
      this.waiting -= 1;
    }
  }

  /** Queues for a turn, without waiting for it: when it has come is seen by `isOwn`. It is to be ended. */
  ask(ledger: string): void {
    if (this.places.has(ledger)) return;
    const place: Place = { lease: null, renewedAt: performance.now() };
    this.places.set(ledger, place);
    void this.queued(ledger).then((lease) => {
      const isWanted = this.places.get(ledger) === place;
      if (lease && isWanted) place.lease = lease;
      else if (lease) this.giveBack(lease);
      else if (isWanted) this.places.delete(ledger);
    });
  }

  /** Ends this node's turn if it has had enough of it. */
  endIfOver(ledger: string): void {
    const since = this.turns.get(ledger)?.since ?? Infinity;
    if (this.isOwn(ledger) && performance.now() - since > TURN_MS) this.end(ledger);
  }

  /** Ends this node's turn, or its waiting for one. */
  end(ledger: string): void {
    const place = this.places.get(ledger);
    this.places.delete(ledger);
    if (place?.lease) this.giveBack(place.lease);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return this.leases.close();
  }

  private async queued(ledger: string): Promise<Lease | null> {
    const first = Math.floor(Math.random() * PLACES_IN_ALL);
    try {
      for (let index = 0; index < PLACES_TRIED; index += 1) {
        const name = `${PLACES}${(first + index) % PLACES_IN_ALL}`;
        const lease = await this.leases.acquire(name, `${this.node}/${ledger}`, TTL_MS);
        if (lease) return lease;
      }
    } catch {
      // It goes on without.
    }
    return null;
  }

  /** One that cannot be given back ends by itself. */
  private giveBack(lease: Lease): void {
    this.leases.release(lease).catch(() => undefined);
  }

  private keepLooking(): void {
    this.writesUntil = performance.now() + WRITING_MS;
    if (!this.isLooking) void this.lookOn();
  }

  private async lookOn(): Promise<void> {
    this.isLooking = true;
    while (!this.isClosed && performance.now() < this.writesUntil) {
      for (const [ledger, place] of this.places) this.keep(ledger, place);
      await this.look();
      await delay(this.waiting > 0 || this.places.size > 0 ? WAITING_LOOK_MS : LOOK_MS, undefined, {
        ref: false,
      });
    }
    this.turns.clear();
    this.isLooking = false;
  }

  private keep(ledger: string, place: Place): void {
    const { lease, renewedAt } = place;
    const since = this.turns.get(ledger)?.since ?? Infinity;
    // Others have stopped waiting for it: what it has not sufficed for needs another one.
    if (this.isOwn(ledger) && performance.now() - since > RESPECTED_MS) this.end(ledger);
    else if (lease && performance.now() - renewedAt > RENEW_MS) {
      place.renewedAt = performance.now();
      const renewed = this.leases.renew(lease, TTL_MS).catch(() => lease);
      void renewed.then((still) => {
        if (!still && this.places.get(ledger) === place) this.places.delete(ledger);
      });
    }
  }

  private async look(): Promise<void> {
    const running = await this.leases.running(PLACES).catch((): readonly HeldLease[] => []);
    const turns = new Map<string, Turn>();
    for (const { holder, token } of [...running].sort((left, right) => left.token - right.token)) {
      const [node, ledger] = holder.split('/') as [string, string];
      if (turns.has(ledger)) continue;
      const known = this.turns.get(ledger);
      const isKnown = known?.node === node && known.token === token;
      turns.set(ledger, isKnown ? known : { node, token, since: performance.now() });
    }
    this.turns = turns;
  }
}
