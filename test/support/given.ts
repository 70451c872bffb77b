import type { RecordedEvent } from '../../projections/projection';
import { Changes } from '../../src/kernel/changes';
import { Refusal, type RefusalCode, type RefusalFacts } from '../../src/kernel/refusal';
import { recordOpeningBalances, registerCustomer } from '../../src/ledger/company/change-company';
import { openingBalancesSchema } from '../../src/ledger/company/requests';
import { type LedgerEvent, ledgerEventSchema } from '../../src/ledger/events';
import { evolve } from '../../src/ledger/evolve';
import { emptyLedger } from '../../src/ledger/ledger';
import { expectedPostings } from '../../src/ledger/postings-of';
import { type Body, LEDGER, NotAnEntry } from './ledger-book';
import { Shop } from './shop';

/** How a shop came to where its story starts. */
export type Situation = () => Shop;

/** Something that happened before: an entry, or anything else that is done to the shop. */
export type Step = Body | ((shop: Shop) => unknown);

/** Postings by account, in their order; pairs where an account stands twice (lines of opposite sign). */
export type Moves = Readonly<Record<string, number>> | readonly (readonly [string, number])[];

/** What an event must be: its type and all of its postings; its data and other members if they are given. */
export type Expected = {
  readonly type: LedgerEvent['type'];
  readonly moves: Moves;
  /** All of the event's data. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Some members of the event. */
  readonly facts?: Readonly<Record<string, unknown>>;
};

/** A shop with till T1 open and in it what is said, till T2 and the safe empty. */
export function anOpenTill(opening: Readonly<Record<string, number>> = {}, company: Body = {}): Situation {
  return () => new Shop({ tills: [{ code: 'T1', opening }, { code: 'T2' }], ...company });
}

/** A customer with an account. */
export const DUPONT = '00000000-0000-4000-8000-00000000d0d0';

export const withDupont: Step = (shop: Shop) => shop.change(() => registerCustomer(DUPONT));

/** What was owed and outstanding before the first day. */
export function openingBalances(balances: Body): Step {
  const request = openingBalancesSchema.parse({ date: '2026-03-14', ...balances });
  return (shop: Shop) => shop.change((ledger, now) => recordOpeningBalances(request, ledger, now));
}

/**
 * A rule as an example: `given(anOpenTill({ cash: 100_00 })).when(expense({ gross: 12_00 })).then(paid({ … }))`.
 * Whatever is recorded on the way, and whatever is refused, is held against what is true of every entry.
 */
export function given(situation: Situation, ...steps: readonly Step[]) {
  const shop = situation();
  for (const step of steps) {
    if (typeof step === 'function') step(shop);
    else new Attempt(shop, step).events();
  }
  return { shop, when: (entry: Body) => new Attempt(shop, entry) };
}

type Outcome =
  | { readonly events: readonly RecordedEvent[] }
  | { readonly refusal: Refusal }
  | { readonly notAnEntry: NotAnEntry };

/** What became of an entry. */
export class Attempt {
  private readonly outcome: Outcome;

  constructor(
    readonly shop: Shop,
    entry: Body,
  ) {
    const before = structuredClone(shop.ledger);
    this.outcome = outcomeOf(shop, entry);
    if (!('events' in this.outcome)) {
      expect(shop.ledger).toStrictEqual(before);
      return;
    }
    for (const event of this.outcome.events) expectSound(event);
    expectSameStateAgain(shop);
  }

  /** The events that were recorded. @throws what it was refused with */
  events(): readonly RecordedEvent[] {
    if ('events' in this.outcome) return this.outcome.events;
    throw 'refusal' in this.outcome ? this.outcome.refusal : this.outcome.notAnEntry;
  }

  /** It is recorded as just these events. */
  then(...expected: readonly Expected[]): void {
    const events = this.events();
    expect(events.map(seen)).toEqual(expected.map(({ type, moves }) => ({ type, moves: pairs(moves) })));
    expected.forEach(({ data, facts }, index) => {
      if (data) expect(events[index]?.data).toEqual(data);
      if (facts) expect(events[index]).toMatchObject(facts);
    });
  }

  /** It is recorded, and these accounts stand there now. */
  thenBalances(expected: Readonly<Record<string, number>>): void {
    this.events();
    const found = Object.keys(expected).map((path) => [path, this.shop.balance(path)] as const);
    expect(Object.fromEntries(found)).toEqual(expected);
  }

  /** It is refused for this reason, with just these facts if any are given; nothing has happened. */
  thenRefused(code: RefusalCode, facts?: RefusalFacts): void {
    if (!('refusal' in this.outcome)) throw new Error(`not refused: ${JSON.stringify(this.outcome)}`);
    const { refusal } = this.outcome;
    expect(refusal.code).toBe(code);
    if (facts) expect(refusal.facts).toEqual(facts);
  }

  /** It is no entry at all, because of what stands at this place (`payments/0/amount`). */
  thenNotAnEntry(place: string): void {
    if (!('notAnEntry' in this.outcome)) throw new Error(`an entry: ${JSON.stringify(this.outcome)}`);
    const issues = JSON.parse(this.outcome.notAnEntry.message) as { path: (string | number)[] }[];
    expect(issues.map(({ path }) => path.join('/'))).toContain(place);
  }
}

function outcomeOf(shop: Shop, entry: Body): Outcome {
  try {
    return { events: shop.record(entry) };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    if (error instanceof NotAnEntry) return { notAnEntry: error };
    throw error;
  }
}

const seen = ({ type, postings = [] }: RecordedEvent) => ({
  type,
  moves: postings.map(({ account, amount }) => [account, amount]),
});

function pairs(moves: Moves): (readonly [string, number])[] {
  return Array.isArray(moves)
    ? [...(moves as readonly (readonly [string, number])[])]
    : Object.entries(moves);
}

/** True of every event: it balances, its postings follow from its facts, and the store's edge takes it back. */
function expectSound(event: RecordedEvent): void {
  const { hash: _hash, ...stored } = event;
  expect(sumUnder(event, '')).toBe(0);
  expect(sumUnder(event, 'memo/')).toBe(0);
  expect(event.postings ?? null).toEqual(expectedPostings(event));
  expect(ledgerEventSchema.parse(stored)).toEqual(stored);
}

function sumUnder({ postings = [] }: RecordedEvent, prefix: string): number {
  return postings
    .filter(({ account }) => account.startsWith(prefix))
    .reduce((total, { amount }) => total + amount, 0);
}

/** Whoever reads the stored events knows what the one who decided knows. */
function expectSameStateAgain(shop: Shop): void {
  const ledger = emptyLedger(LEDGER);
  const changes = new Changes();
  for (const event of shop.events) evolve(ledger, changes, event);
  expect(ledger).toEqual(shop.ledger);
}
