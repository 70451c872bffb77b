import { setTimeout } from 'node:timers/promises';
import type { Long } from 'mongodb';
import type { Leases } from '../../src/ports/leases';
import type { RateCounters } from '../../src/ports/rate-counters';
import type { ReadModelStore } from '../../src/ports/read-model-store';
import type { Vault } from '../../src/ports/vault';
import { type Bend, bent } from '../support/bent';
import { type Change, type Fields, type MongoFault, plantInMongo } from '../support/bent-mongodb';
import { describeWithMongo } from '../support/mongodb-server';
import {
  aMongoReadModelStore,
  aMongoVault,
  aSharedMongoStore,
  someMongoLeases,
  someMongoRateCounters,
} from '../support/mongodb-stores';
import { isBrokenBy } from './contract';
import { FENCES_CONTRACT } from './fences.contract';
import { LEASES_CONTRACT } from './leases.contract';
import { RATE_COUNTERS_CONTRACT } from './rate-counters.contract';
import { READ_MODEL_STORE_CONTRACT } from './read-model-store.contract';
import { VAULT_CONTRACT } from './vault.contract';

/** Where a fault is planted: in the commands on their way to the server, or between whoever calls and the adapter. */
type Fault<Port> = { readonly commands?: readonly MongoFault[]; readonly calls?: Bend<Port> };

/** What an adapter does wrong, the example of the contract that says so, and how it comes about. */
type Faults<Port> = readonly (readonly [string, string, Fault<Port>])[];

const asItIs = () => ({});

const inCommands = (...commands: readonly MongoFault[]) => ({ commands });

/** A filter with one operator in the place of another, wherever it stands. */
function operator(filter: unknown, from: string, to: string): Fields {
  const bend = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(bend);
    if (Object.prototype.toString.call(value) !== '[object Object]' || (value as Fields)._bsontype)
      return value;
    return Object.fromEntries(
      Object.entries(value as Fields).map(([name, inner]) => [name === from ? to : name, bend(inner)]),
    );
  };
  return bend(filter) as Fields;
}

/** What others have asked meanwhile is done first. */
async function late<Asked>(asked: Asked): Promise<Asked> {
  await setTimeout(100);
  return asked;
}

function without({ filter, update }: Change, ...names: readonly string[]): Change {
  const left = Object.entries(filter).filter(([name]) => !names.includes(name));
  return { filter: Object.fromEntries(left), update };
}

const setBy = ({ update }: Change) => update.$set as Fields;

const isRenewal = (change: Change) => Object.keys(setBy(change)).join() === 'until';
const isRelease = (change: Change) => setBy(change).holder === '';
const isGiving = (change: Change) => 'token' in setBy(change);

const reversed = <Row>(rows: readonly Row[]) => [...rows].reverse();
const twice = (documents: readonly Fields[]) => documents.flatMap((document) => [document, document]);

// A batch that is delivered twice is no fault: $max and a fenced change do the same again. What is read twice is one.
const OF_READ_MODELS: Faults<ReadModelStore> = [
  [
    'lets an older document replace a newer one',
    'documents: are left alone by what has folded less, and the rest of the batch is written',
    inCommands({
      of: 'documents.',
      change: ({ filter, update }) => ({ filter, update: { $set: update.$max } }),
    }),
  ],
  [
    'ends a range with its end',
    'ranges of documents: begin with the first key and end before the last one',
    inCommands({ of: 'documents.', look: (filter) => operator(filter, '$lt', '$lte') }),
  ],
  [
    'begins a range after its first key',
    'ranges of documents: begin with the first key and end before the last one',
    inCommands({ of: 'documents.', look: (filter) => operator(filter, '$gte', '$gt') }),
  ],
  [
    'writes a batch in another order',
    'documents: of one key that have folded as much may be several in a batch too: the last one stands',
    {
      calls: (inner) => ({
        write: (documents, checkpoints) => inner.write(reversed(documents), checkpoints),
      }),
    },
  ],
  [
    'writes checkpoints before documents',
    'checkpoints: are never seen before the documents of their batch',
    {
      calls: (inner) => ({
        write: async (documents, checkpoints) => {
          await inner.write([], checkpoints);
          await inner.write(documents, []);
        },
      }),
    },
  ],
  [
    'acknowledges a document that is not written',
    'documents: are there after a restart',
    inCommands({
      of: 'documents.',
      change: (asked) => (String(asked.filter._id).endsWith('\nb') ? null : asked),
    }),
  ],
  [
    'acknowledges a checkpoint that is not written',
    'checkpoints: are the last ones written, over a restart too',
    inCommands({ of: 'checkpoints', change: () => null }),
  ],
  [
    'acknowledges a setting that is not written',
    'settings: are null, then what was saved last, over a restart too',
    inCommands({ of: 'settings', insert: () => null }),
  ],
  [
    'acknowledges a part of a snapshot that is not written',
    'snapshots: of 1 bytes come back as they were',
    inCommands({ of: 'snapshot-chunks', insert: () => null }),
  ],
  [
    'delivers what it lists twice',
    'ranges of documents: are in the order of their keys',
    inCommands({ of: 'documents.', found: twice }),
  ],
];

/** Takes any other fence for an older one. */
const anyOtherFence = ({ filter, update }: Change) => ({ filter: operator(filter, '$lt', '$ne'), update });

const unread = (documents: readonly Fields[]) => documents.map((document) => ({ ...document, fence: 0 }));

const fenceOf = (change: Change) => Number(setBy(change).fence);

const OF_FENCES: Faults<ReadModelStore> = [
  [
    'takes its own fence for an older one',
    'checkpoints under fences: never go back under one fence, and that is no error',
    inCommands({
      of: 'checkpoints',
      change: ({ filter, update }) => ({ filter: operator(filter, '$lt', '$lte'), update }),
    }),
  ],
  [
    'accepts a checkpoint under a stale fence',
    'checkpoints under fences: are refused to an older fence, which is told of the newer one',
    inCommands({ of: 'checkpoints', change: anyOtherFence, found: unread }),
  ],
  [
    'looks at the fence first and writes later',
    'checkpoints under fences: belong to the newest fence of many at once, in whatever order they come',
    inCommands({
      of: 'checkpoints',
      change: async (asked) => {
        // The one that is asked last; all have looked by then.
        if (fenceOf(asked) === 5) await late(asked);
        return anyOtherFence(asked);
      },
    }),
  ],
  [
    'lets a paused process write older documents',
    'documents under fences: of a process that was paused beyond its lease never replace newer ones',
    inCommands(
      { of: 'documents.', change: ({ filter, update }) => ({ filter, update: { $set: update.$max } }) },
      { of: 'checkpoints', found: unread },
    ),
  ],
  [
    'drops under a stale fence',
    'dropping under fences: is refused to an older fence, and nothing is lost',
    inCommands({ of: 'checkpoints', change: anyOtherFence }),
  ],
  [
    'acknowledges the fence of a drop and does not write it',
    'dropping under fences: raises the fence also of what was never written',
    inCommands({ of: 'checkpoints', insert: (document) => (document.store === null ? null : document) }),
  ],
  [
    'saves a setting under a stale fence',
    'settings under fences: are refused to an older fence',
    inCommands({ of: 'settings', change: anyOtherFence }),
  ],
];

// Nothing comes in batches: one call changes one lease. What is listed has an order.
const OF_LEASES: Faults<Leases> = [
  [
    'looks whether a lease is over and gives it later',
    'giving: gives one that is over to exactly one of many that ask at once',
    inCommands({
      of: 'leases',
      change: (asked) => (isGiving(asked) ? late(without(asked, 'token', 'holder', 'until')) : asked),
    }),
  ],
  [
    'keeps a token that is one less',
    'giving: gives a lease to who asks first',
    inCommands({ of: 'leases', insert: (lease) => ({ ...lease, token: (lease.token as Long).subtract(1) }) }),
  ],
  [
    'lists leases in another order',
    'running: are told by the beginning of their names, in order, whoever holds them',
    inCommands({ of: 'leases', found: reversed }),
  ],
  [
    'acknowledges a lease that is not written',
    'giving: gives a lease to who asks first',
    inCommands({ of: 'leases', insert: () => null }),
  ],
  [
    'acknowledges a renewal that is not written',
    'renewing: moves the end and keeps the token',
    inCommands({ of: 'leases', change: (asked) => (isRenewal(asked) ? null : asked) }),
  ],
  [
    'accepts a renewal by who has lost it',
    'renewing: is refused to who has lost it, and leaves the new holder alone',
    inCommands({
      of: 'leases',
      change: (asked) => (isRenewal(asked) ? without(asked, 'token', 'holder') : asked),
    }),
  ],
  [
    'accepts a renewal by an old token of the holder',
    'tokens: are new when a holder asks again, and the old one is worth nothing then',
    inCommands({ of: 'leases', change: (asked) => (isRenewal(asked) ? without(asked, 'token') : asked) }),
  ],
  [
    'accepts a release by who has lost it',
    'ending: that are lost cannot be given up: the new holder keeps it',
    inCommands({
      of: 'leases',
      change: (asked) => (isRelease(asked) ? without(asked, 'token', 'holder') : asked),
    }),
  ],
  [
    'takes a request twice',
    'giving: gives a lease to who asks first',
    {
      calls: (inner) => ({
        acquire: async (...request) => {
          const lease = await inner.acquire(...request);
          await inner.acquire(...request);
          return lease;
        },
      }),
    },
  ],
];

const amountOf = ({ update }: Change) => (update.$inc as { readonly count: number }).count;

const amounting = ({ filter, update }: Change, count: number) => ({
  filter,
  update: { ...update, $inc: { count } },
});

// No lease says who may count, and none can be stale.
const OF_COUNTS: Faults<RateCounters> = [
  [
    'reads a count and writes later what it adds up to',
    'adding: misses nothing when many add at once, the first ones too',
    inCommands({
      of: 'rate-counts',
      change: async (asked, collection) => {
        const found = await collection.findOne({ _id: asked.filter._id as never });
        const count = Number(found?.count ?? 0) + amountOf(asked);
        return late({
          filter: asked.filter,
          update: { $set: { count }, $setOnInsert: asked.update.$setOnInsert },
        });
      },
    }),
  ],
  [
    'adds one more',
    'adding: answers what each count is, with what the other nodes have added',
    inCommands({ of: 'rate-counts', change: (asked) => amounting(asked, amountOf(asked) + 1) }),
  ],
  [
    'gives amounts to counts in another order',
    'adding: answers what each count is, with what the other nodes have added',
    {
      calls: (inner) => ({
        add: (amounts, until) => {
          const others = [...amounts.values()].reverse();
          return inner.add(
            new Map([...amounts.keys()].map((key, index) => [key, others[index] ?? 0])),
            until,
          );
        },
      }),
    },
  ],
  [
    'acknowledges an addition that is not written',
    'adding: answers what each count is, with what the other nodes have added',
    inCommands({ of: 'rate-counts', change: (asked) => (asked.filter._id === 'b' ? null : asked) }),
  ],
  [
    'takes an addition twice',
    'adding: goes below zero too',
    {
      calls: (inner) => ({
        add: async (amounts, until) => {
          await inner.add(amounts, until);
          return inner.add(amounts, until);
        },
      }),
    },
  ],
];

const notUnique = (index: Fields): Fields => ({ ...index, unique: false });

// Nothing comes in batches: one call changes one document. What an invitation takes is done in an order that
// mongodb-wire.spec.ts breaks off at each step.
const OF_VAULT: Faults<Vault> = [
  [
    'has no index that keeps e-mails apart',
    'users: have an e-mail that nobody else has',
    inCommands({ of: 'users', index: notUnique }),
  ],
  [
    'looks whether there is a first user and writes later',
    'users: have a first one, once',
    inCommands({ of: 'users', index: notUnique, insert: late }),
  ],
  [
    'has no index that keeps the tokens of sessions apart',
    'sessions: never share a token',
    inCommands({ of: 'sessions', index: notUnique }),
  ],
  [
    'has no index that keeps keys apart',
    'API keys: never share a hash',
    inCommands({ of: 'api-keys', index: notUnique }),
  ],
  [
    'has no index that keeps the tokens of invitations apart',
    'invitations: never share a token',
    inCommands({ of: 'invitations', index: notUnique }),
  ],
  [
    'looks whether a key is used and writes later',
    'the SIREN of a company: is exactly one of many that one key asks for at once',
    inCommands({ of: 'companies', index: notUnique, insert: late }),
  ],
  [
    'revokes a key that is revoked',
    'API keys: are revoked once, by their own company only',
    inCommands({ of: 'api-keys', change: (asked) => without(asked, 'revokedAt') }),
  ],
  [
    'claims an invitation that is claimed or used',
    'invitations: are used by exactly one of many attempts at once',
    inCommands({ of: 'invitations', change: (asked) => without(asked, 'usedAt', 'claim') }),
  ],
  [
    'accepts a session at the instant at which it ends',
    'sessions: are swept once expired, at the instant itself too',
    inCommands({ of: 'sessions', remove: (filter) => operator(filter, '$lte', '$lt') }),
  ],
  [
    'begins a page with where the last one ended',
    'the SIREN of a company: lists open companies in pages',
    inCommands({ of: 'companies', look: (filter) => operator(filter, '$gt', '$gte') }),
  ],
  [
    'forgets what is as old as the limit',
    'remembered answers: are forgotten with age',
    inCommands({ of: 'answers', remove: (filter) => operator(filter, '$lt', '$lte') }),
  ],
  [
    'lists keys in another order',
    'API keys: are found by hash and listed per company, as they were added',
    inCommands({ of: 'api-keys', found: reversed }),
  ],
  [
    'acknowledges a user who is not written',
    'users: are found by id and by e-mail in any case, as they were added',
    inCommands({ of: 'users', insert: () => null }),
  ],
  [
    'acknowledges a password that is not written',
    'users: change their own password',
    inCommands({ of: 'users', change: () => null }),
  ],
  [
    'acknowledges an erasure that is not done',
    'customers: are erased, and only they',
    inCommands({ of: 'customers', remove: () => null }),
  ],
  [
    'accepts an end of a session that is older than the one it has',
    'sessions: are extended, never shortened',
    inCommands({ of: 'sessions', change: (asked) => without(asked, 'expiresAt') }),
  ],
  [
    'keeps the answer to a request that came twice',
    'remembered answers: are the first one of each scope and key',
    inCommands({
      of: 'answers',
      insert: async (document, collection) => {
        await collection.deleteOne({ _id: document._id as never });
        return document;
      },
    }),
  ],
];

// A contract that does not bite says nothing: each fault planted in an adapter breaks a promise of it. That a write waits
// for a majority no example can see on one server: mongodb-wire.spec.ts reads what is asked.
describeWithMongo('the contract on MongoDB', (server) => {
  afterEach(() => jest.restoreAllMocks());

  const plant = ({ commands = [] }: Pick<Fault<unknown>, 'commands'>) => commands.forEach(plantInMongo);

  it.each(OF_READ_MODELS)('notices a store of read models that %s: %s', async (_what, example, fault) => {
    plant(fault);
    const isNoticed = await isBrokenBy(READ_MODEL_STORE_CONTRACT, example, async () => {
      const under = await aMongoReadModelStore(server());
      return { ...under, store: bent(under.store, fault.calls ?? asItIs) };
    });
    expect(isNoticed).toBe(true);
  });

  it.each(OF_FENCES)('notices a shared store that %s: %s', async (_what, example, fault) => {
    plant(fault);
    expect(await isBrokenBy(FENCES_CONTRACT, example, () => aSharedMongoStore(server()))).toBe(true);
  });

  it.each(OF_LEASES)('notices a giver of leases that %s: %s', async (_what, example, fault) => {
    plant(fault);
    const isNoticed = await isBrokenBy(LEASES_CONTRACT, example, async () => {
      const under = await someMongoLeases(server());
      return { ...under, leases: bent(under.leases, fault.calls ?? asItIs) };
    });
    expect(isNoticed).toBe(true);
  });

  it.each(OF_COUNTS)('notices counts of requests whose store %s: %s', async (_what, example, fault) => {
    plant(fault);
    const isNoticed = await isBrokenBy(RATE_COUNTERS_CONTRACT, example, async () => {
      const under = await someMongoRateCounters(server());
      return { ...under, counters: bent(under.counters, fault.calls ?? asItIs) };
    });
    expect(isNoticed).toBe(true);
  });

  it.each(OF_VAULT)('notices a vault that %s: %s', async (_what, example, fault) => {
    plant(fault);
    expect(await isBrokenBy(VAULT_CONTRACT, example, () => aMongoVault(server()))).toBe(true);
  });
});
