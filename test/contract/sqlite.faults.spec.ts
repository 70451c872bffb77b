import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import type { FromWriter, Group, ToWriter } from '../../src/adapters/sqlite/event-store.protocol';
import type { EventStore } from '../../src/ports/event-store';
import type { Leases } from '../../src/ports/leases';
import type { ReadModelStore } from '../../src/ports/read-model-store';
import type { Vault } from '../../src/ports/vault';
import { type Bend, bendMethod, bent } from '../support/bent';
import {
  aSqliteEventStore,
  aSqliteReadModelStore,
  aSqliteVault,
  someSqliteLeases,
} from '../support/sqlite-stores';
import { isBrokenBy } from './contract';
import { EVENT_STORE_CONTRACT } from './event-store.contract';
import { LEASES_CONTRACT } from './leases.contract';
import { READ_MODEL_STORE_CONTRACT } from './read-model-store.contract';
import { VAULT_CONTRACT } from './vault.contract';

/** Where a fault is planted in an adapter that is otherwise as it is. */
type Fault<Port> = {
  /** In a statement: what stands there, and what stands there instead. */
  readonly statement?: readonly [string, string];
  /** In the file, each time before it is opened. */
  readonly sql?: string;
  /** Between an event store and its thread; null where the thread is not told, and all of it is answered for. */
  readonly group?: (group: Group) => Group | null;
  /** Between whoever calls and the adapter. */
  readonly calls?: Bend<Port>;
};

/** What an adapter does wrong, the example of the contract that says so, and how it comes about. */
type Faults<Port> = readonly (readonly [string, string, Fault<Port>])[];

const asItIs = () => ({});

function bendStatements([text, instead]: readonly [string, string]): void {
  bendMethod(Database.prototype, 'prepare', (prepare) => (source) => {
    return prepare((source as string).replace(text, instead));
  });
}

function bendGroups(bend: (group: Group) => Group | null): void {
  bendMethod(Worker.prototype, 'postMessage', (postMessage, worker) => (message) => {
    const told = message as ToWriter;
    if (!('group' in told)) return postMessage(told);
    const group = bend(told.group);
    if (group) return postMessage({ group } satisfies ToWriter);
    const results = told.group.ledgers.map(() => 'written' as const);
    return setImmediate(() => worker.emit('message', { results } satisfies FromWriter));
  });
}

function plant<Port>({ statement, group }: Fault<Port>): void {
  if (statement) bendStatements(statement);
  if (group) bendGroups(group);
}

/** Expects of each ledger that it is where it is. */
function withoutRevisions(): (group: Group) => Group {
  const heads = new Map<string, number>();
  return (group) => {
    const expectedSequences = group.ledgers.map((ledger, index) => {
      const head = heads.get(ledger) ?? 0;
      heads.set(ledger, head + (group.counts[index] ?? 0));
      return head;
    });
    return { ...group, expectedSequences };
  };
}

// A lease that is stale has no say here: a file belongs to who has locked it, which event-store.sqlite.spec.ts shows.
const OF_EVENTS: Faults<EventStore> = [
  [
    'checks no revision',
    'expected revisions: one behind is refused, with where the head is',
    { group: withoutRevisions() },
  ],
  [
    'expects one revision less',
    'appending: continues where the last one ended',
    {
      group: (group) => ({
        ...group,
        expectedSequences: group.expectedSequences.map((sequence) => Math.max(0, sequence - 1)),
      }),
    },
  ],
  [
    'reads a ledger from one after',
    'appending: creates a ledger that nobody had announced',
    { statement: ['sequence >= ?', 'sequence > ?'] },
  ],
  [
    'reads the whole from a position on, not after it',
    'the whole store: page by page is the whole, with nothing twice',
    { statement: ['position > ?', 'position >= ?'] },
  ],
  [
    'writes an append in another order',
    'appending: keeps several events in their order',
    {
      group: (group) => ({
        ...group,
        texts: [...group.texts].reverse(),
        hashes: [...group.hashes].reverse(),
      }),
    },
  ],
  [
    'acknowledges an append that nobody has written',
    'appending: shows what it has answered for, at once',
    { group: (group) => (group.expectedSequences.includes(6) ? null : group) },
  ],
  [
    'loses with its end what it acknowledged last',
    'durability: each acknowledged append of a hundred is there after a restart',
    {
      sql: `DROP TRIGGER IF EXISTS events_are_kept;
        DELETE FROM events WHERE position = (SELECT max(position) FROM events)`,
    },
  ],
  [
    'writes an event twice',
    'appending: creates a ledger that nobody had announced',
    {
      sql: `CREATE TRIGGER IF NOT EXISTS twice AFTER INSERT ON events WHEN NEW.sequence = 1 BEGIN
        INSERT INTO events (ledger, sequence, hash, text) VALUES (NEW.ledger, 2, NEW.hash, NEW.text); END`,
    },
  ],
  [
    'tells of an append twice',
    'notices: tell of a head once',
    {
      calls: (inner) => ({
        onAppended: (listener) => {
          const endings = [listener, listener].map((each) => inner.onAppended((heads) => each(heads)));
          return () => endings.forEach((end) => end());
        },
      }),
    },
  ],
];

// Fences are left unread where a file belongs to one process by lock (see the port), so that no lease can be stale.
const OF_READ_MODELS: Faults<ReadModelStore> = [
  [
    'lets an older document replace a newer one',
    'documents: are left alone by what has folded less, and the rest of the batch is written',
    { statement: ['WHERE excluded.sequence >= documents.sequence', ''] },
  ],
  [
    'leaves a document alone that has folded as much',
    'documents: are replaced by what has folded as much',
    { statement: ['excluded.sequence >= documents', 'excluded.sequence > documents'] },
  ],
  [
    'ends a range with its end',
    'ranges of documents: begin with the first key and end before the last one',
    { statement: ['key < ?', 'key <= ?'] },
  ],
  [
    'writes a batch in another order',
    'documents: of one key that have folded as much may be several in a batch too: the last one stands',
    {
      calls: (inner) => ({
        write: (documents, checkpoints) => inner.write([...documents].reverse(), checkpoints),
      }),
    },
  ],
  [
    'acknowledges a document that is not written',
    'documents: are many in one batch',
    {
      sql: `CREATE TRIGGER IF NOT EXISTS lost BEFORE INSERT ON documents WHEN NEW.key = 'key-04999'
        BEGIN SELECT RAISE(IGNORE); END`,
    },
  ],
  [
    'acknowledges a checkpoint that is not written',
    'checkpoints: are the last ones written, over a restart too',
    {
      sql: `CREATE TRIGGER IF NOT EXISTS lost BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(IGNORE); END`,
    },
  ],
  [
    'keeps each delivery as a document of its own',
    'documents: are replaced by what has folded as much',
    {
      sql: `DROP TABLE documents; CREATE TABLE documents (collection INTEGER NOT NULL, ledger INTEGER NOT NULL,
        key TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL) STRICT`,
    },
  ],
];

// Nothing comes in batches: one call changes one lease. What is listed has an order.
const OF_LEASES: Faults<Leases> = [
  [
    'does not look who holds it',
    'giving: gives it to nobody else while it runs',
    { statement: ['FROM leases WHERE name = ?', 'FROM leases WHERE name = ? AND false'] },
  ],
  [
    'keeps a token that is one less',
    'giving: gives a lease to who asks first',
    { statement: ['VALUES (?, ?, ?, ?)', 'VALUES (?, ? - 1, ?, ?)'] },
  ],
  [
    'tells of a lease at the instant at which it is over',
    'running: are told no more once they are over or given up',
    { statement: ['until > ?', 'until >= ?'] },
  ],
  [
    'lists leases in another order',
    'running: are told by the beginning of their names, in order, whoever holds them',
    { statement: ['ORDER BY name', 'ORDER BY name DESC'] },
  ],
  [
    'acknowledges a lease that is not written',
    'giving: gives a lease to who asks first',
    { sql: 'CREATE TRIGGER IF NOT EXISTS lost BEFORE INSERT ON leases BEGIN SELECT RAISE(IGNORE); END' },
  ],
  [
    'acknowledges a renewal that is not written',
    'renewing: moves the end and keeps the token',
    { statement: ['SET until = ? WHERE', 'SET until = until + 0 * ? WHERE'] },
  ],
  [
    'accepts a renewal by who has lost it',
    'renewing: is refused to who has lost it, and leaves the new holder alone',
    {
      statement: [
        'until = ? WHERE name = ? AND holder = ? AND token = ?',
        'until = ? WHERE name = ? AND (true OR holder = ? OR token = ?)',
      ],
    },
  ],
  [
    'accepts a renewal by an old token of the holder',
    'tokens: are new when a holder asks again, and the old one is worth nothing then',
    {
      statement: [
        'until = ? WHERE name = ? AND holder = ? AND token = ?',
        'until = ? WHERE name = ? AND holder = ? AND (true OR token = ?)',
      ],
    },
  ],
  [
    'accepts a release by who has lost it',
    'ending: that are lost cannot be given up: the new holder keeps it',
    {
      statement: [
        "holder = '' WHERE name = ? AND holder = ? AND token = ?",
        "holder = '' WHERE name = ? AND (true OR holder = ? OR token = ?)",
      ],
    },
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

// Nothing comes in batches here either.
const OF_VAULT: Faults<Vault> = [
  [
    'revokes a key that is revoked',
    'API keys: are revoked once, by their own company only',
    { statement: ['AND revoked_at IS NULL', ''] },
  ],
  [
    'puts a session in the place of one with its token',
    'sessions: never share a token',
    { statement: ['INSERT INTO sessions', 'INSERT OR REPLACE INTO sessions'] },
  ],
  [
    'accepts a session at the instant at which it ends',
    'sessions: are swept once expired, at the instant itself too',
    { statement: ['expires_at <= ?', 'expires_at < ?'] },
  ],
  [
    'begins a page with where the last one ended',
    'the SIREN of a company: lists open companies in pages',
    { statement: ['company > ?', 'company >= ?'] },
  ],
  [
    'lists keys in another order',
    'API keys: are found by hash and listed per company, as they were added',
    { statement: ['ORDER BY created_at, id', 'ORDER BY created_at, id DESC'] },
  ],
  [
    'acknowledges a password that is not written',
    'users: change their own password',
    { sql: 'CREATE TRIGGER IF NOT EXISTS lost BEFORE UPDATE ON users BEGIN SELECT RAISE(IGNORE); END' },
  ],
  ['loses keys with its end', 'restarts: keeps everything over a restart', { sql: 'DELETE FROM api_keys' }],
  [
    'accepts an end of a session that is older than the one it has',
    'sessions: are extended, never shortened',
    { statement: ['AND expires_at < ?', 'AND (true OR expires_at < ?)'] },
  ],
  [
    'accepts an invitation each time that it comes',
    'invitations: are used by exactly one of many attempts at once',
    { statement: ['AND used_at IS NULL', ''] },
  ],
];

// A contract that does not bite says nothing: each fault planted in an adapter breaks a promise of it.
describe('the contract on SQLite', () => {
  afterEach(() => jest.restoreAllMocks());

  it.each(OF_EVENTS)('notices an event store that %s: %s', async (_what, example, fault) => {
    plant(fault);
    const isNoticed = await isBrokenBy(EVENT_STORE_CONTRACT, example, async () => {
      const under = await aSqliteEventStore(fault);
      return { ...under, store: bent(under.store, fault.calls ?? asItIs) };
    });
    expect(isNoticed).toBe(true);
  });

  it.each(OF_READ_MODELS)('notices a store of read models that %s: %s', async (_what, example, fault) => {
    plant(fault);
    const isNoticed = await isBrokenBy(READ_MODEL_STORE_CONTRACT, example, async () => {
      const under = await aSqliteReadModelStore(fault);
      return { ...under, store: bent(under.store, fault.calls ?? asItIs) };
    });
    expect(isNoticed).toBe(true);
  });

  it.each(OF_LEASES)('notices a giver of leases that %s: %s', async (_what, example, fault) => {
    plant(fault);
    const isNoticed = await isBrokenBy(LEASES_CONTRACT, example, async () => {
      const under = await someSqliteLeases(fault);
      return { ...under, leases: bent(under.leases, fault.calls ?? asItIs) };
    });
    expect(isNoticed).toBe(true);
  });

  it.each(OF_VAULT)('notices a vault that %s: %s', async (_what, example, fault) => {
    plant(fault);
    expect(await isBrokenBy(VAULT_CONTRACT, example, () => aSqliteVault(fault))).toBe(true);
  });
});
