import { setTimeout as delay } from 'node:timers/promises';
import type { Lease, Leases } from '../ports/leases';
import { partitionOf } from './partitions';

/**
 * Who wants a turn holds one of these leases, whose holder's name says which node it is and at which ledger. They are few, since
 * a lease's name is kept for ever: who finds some of them held goes on without.
 */
const PLACES = 'turns/';
const PLACES_IN_ALL = 64;
const PLACES_TRIED = 4;

/** After so long a turn is given back when something has been written. */
const TURN_MS = 100;
/** Nobody waits longer for one turn, and whoever has it gives it up then, to ask for another one. */
const RESPECTED_MS = 2_000;
/** How long a place is kept for a node that is not heard of any more. */
const TTL_MS = 2_000;
const RENEW_MS = TTL_MS / 4;

/** How often it is looked whose turn it is: by who writes, and by who waits for a turn of its own or for the end of another's. */
const LOOK_MS = 200;
const WAITING_LOOK_MS = 50;
/** How long after its last write a node still looks. */
const WRITING_MS = 1_000;
/** How long a shutdown waits for places to be given back. */
const GIVEN_BACK_MS = 500;

/** A place in the queue that was asked for here; null while the leases are still being asked. */
type Place = { lease: Lease | null; renewedAt: number };

/** Whose turn it is, and since when that is known here (milliseconds of this process's clock). */
type Turn = { readonly node: string; readonly token: number; readonly since: number };

/**
 * Turns at writing to a ledger. The expected revision takes whoever is first, and so never a node that is always a little
 * slower; one that has lost for a while queues for a turn, and whose turn it is is let write alone for a moment. Who came
 * first is told by the tokens of the leases, which grow with time. It is a courtesy: what is appended stays decided by the
 * revision, nobody waits for a turn longer than two seconds, and while leases cannot be had no new one is waited for.
 */
export class Turns {
  private readonly places = new Map<string, Place>();
  /** By ledger. */
  private turns = new Map<string, Turn>();
  /** When turns began that are not given back yet, by name and token of the lease: also of those that are not respected any more. */
  private begun = new Map<string, number>();
  private readonly underWay = new Set<Promise<void>>();
  private writesUntil = 0;
  private waiting = 0;
  private isLooking = false;
  private isClosed = false;

  /** `node` is a name that no other process and no earlier life of this one has. */
  constructor(
    private readonly leases: Leases,
    private readonly node: string,
  ) {}

  /**
   * Whether this node should let another one write. Asked before appends, which is what keeps it looking: a node that has not
   * written for a second does not know yet.
   */
  isOthers(ledger: string): boolean {
    this.writesUntil = performance.now() + WRITING_MS;
    this.startLooking();
    const turn = this.turnOf(ledger);
    return turn !== null && turn.node !== this.node;
  }

  isOwn(ledger: string): boolean {
    const lease = this.places.get(ledger)?.lease;
    const turn = this.turnOf(ledger);
    return lease != null && turn !== null && turn.node === this.node && turn.token === lease.token;
  }

  /** Waits while it is other nodes' turn, for at most two seconds. */
  async othersEnd(ledger: string): Promise<void> {
    const until = performance.now() + RESPECTED_MS;
    this.waiting += 1;
    try {
      while (this.isOthers(ledger) && performance.now() < until) await delay(WAITING_LOOK_MS / 5);
    } finally {
      this.waiting -= 1;
    }
  }

  /** Queues for a turn, without waiting for it: when it has come is seen by `isOwn`. It is to be ended. */
  ask(ledger: string): void {
    if (this.isClosed || this.places.has(ledger)) return;
    const place: Place = { lease: null, renewedAt: performance.now() };
    this.places.set(ledger, place);
    this.startLooking();
    this.begin(
      this.queued(ledger).then((lease) => {
        const isWanted = this.places.get(ledger) === place;
        if (lease && isWanted) place.lease = lease;
        else if (lease) this.giveBack(lease);
        else if (isWanted) this.places.delete(ledger);
      }),
    );
  }

  /** Ends this node's turn if it has had enough of it. */
  endIfOver(ledger: string): void {
    if (this.isOwn(ledger) && performance.now() - (this.turnOf(ledger)?.since ?? 0) > TURN_MS)
      this.end(ledger);
  }

  /** Ends this node's turn, or its waiting for one. */
  end(ledger: string): void {
    const place = this.places.get(ledger);
    this.places.delete(ledger);
    if (place?.lease) this.giveBack(place.lease);
  }

  /** Gives back what it has, as far as the leases answer soon, and closes them. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const ledger of this.places.keys()) this.end(ledger);
    const grace = new AbortController();
    await Promise.race([
      this.settled(),
      delay(GIVEN_BACK_MS, undefined, { signal: grace.signal }).catch(() => undefined),
    ]);
    grace.abort();
    await this.leases.close();
  }

  private turnOf(ledger: string): Turn | null {
    const turn = this.turns.get(ledger);
    return turn && performance.now() - turn.since < RESPECTED_MS ? turn : null;
  }

  private async queued(ledger: string): Promise<Lease | null> {
    const first = partitionOf(`${this.node}/${ledger}`, PLACES_IN_ALL);
    try {
      for (let tried = 0; tried < PLACES_TRIED; tried += 1) {
        // Any odd step meets all places.
        const name = `${PLACES}${(first + tried * 23) % PLACES_IN_ALL}`;
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
    this.begin(this.leases.release(lease).catch(() => undefined));
  }

  /** Remembers what is asked of the leases until it is answered; it never fails. */
  private begin(asked: Promise<void>): void {
    this.underWay.add(asked);
    void asked.then(() => this.underWay.delete(asked));
  }

  /** Also what follows from what is under way: a place that was given too late is given back. */
  private async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private startLooking(): void {
    if (!this.isLooking) void this.lookOn();
  }

  private async lookOn(): Promise<void> {
    this.isLooking = true;
    while (!this.isClosed && (performance.now() < this.writesUntil || this.places.size > 0)) {
      for (const [ledger, place] of this.places) this.keep(ledger, place);
      await this.look();
      const isWaiting = this.waiting > 0 || this.places.size > 0;
      await delay(isWaiting ? WAITING_LOOK_MS : LOOK_MS, undefined, { ref: false });
    }
    this.turns.clear();
    this.begun.clear();
    this.isLooking = false;
  }

  private keep(ledger: string, place: Place): void {
    const { lease, renewedAt } = place;
    if (!lease) return;
    const since = this.begun.get(lifeOf(lease)) ?? Infinity;
    // Others have stopped waiting for it: what it has not sufficed for needs another one.
    if (performance.now() - since > RESPECTED_MS) this.end(ledger);
    else if (performance.now() - renewedAt > RENEW_MS) {
      place.renewedAt = performance.now();
      const renewed = this.leases.renew(lease, TTL_MS).catch(() => lease);
      this.begin(
        renewed.then((still) => {
          if (!still && this.places.get(ledger) === place) this.places.delete(ledger);
        }),
      );
    }
  }

  /** Whoever was first in the queue has the turn; one that was not used in its time is passed over. */
  private async look(): Promise<void> {
    // What was seen last stands until it is over, also when the leases do not answer.
    const running = await this.leases.running(PLACES).catch(() => null);
    if (!running) return;
    const turns = new Map<string, Turn>();
    const begun = new Map<string, number>();
    const now = performance.now();
    for (const each of [...running].sort((left, right) => left.token - right.token)) {
      const [node, ledger] = each.holder.split('/') as [string, string];
      const known = this.begun.get(lifeOf(each));
      const since = known ?? now;
      const isNext = !turns.has(ledger) && now - since < RESPECTED_MS;
      if (isNext) turns.set(ledger, { node, token: each.token, since });
      if (isNext || known !== undefined) begun.set(lifeOf(each), since);
    }
    this.turns = turns;
    this.begun = begun;
  }
}

/** What tells a lease from every other one. */
function lifeOf({ name, token }: { readonly name: string; readonly token: number }): string {
  return `${name}/${token}`;
}
