import { generateKeyPairSync, sign } from 'node:crypto';
import { openCompany } from '../../src/ledger/company/open-company';
import { newCompanySchema } from '../../src/ledger/company/requests';
import { payloadHash } from '../../src/recording/payload-hash';
import { prepareEntry } from '../../src/recording/prepare-entry';
import { CheckpointSigner, originOf } from '../../src/platform/checkpoints';
import { EntryIndex } from '../../src/platform/entry-index';
import { type CacheOptions, LedgerCache, SnapshotMaker } from '../../src/platform/ledger-cache';
import {
  type EntryToRecord,
  LedgerWriter,
  WRITER_DEFAULTS,
  type WriterOptions,
} from '../../src/platform/ledger-writer';
import { Clock } from '../../src/ports/clock';
import { Ids } from '../../src/ports/ids';
import { Signer } from '../../src/ports/signer';
import { Witness, type WitnessedHead } from '../../src/ports/witness';
import type { EventStore } from '../../src/ports/event-store';
import { MemoryEventStore } from './memory-event-store';
import { MemoryReadModelStore } from './memory-read-model-store';

export const LEDGER = '01914d3a-8f00-7a11-8c00-0000000000aa';
export const ACTOR = { id: 'cashier', role: 'user', via: 'session' } as const;

/** A clock that says what it is told. */
export class FixedClock extends Clock {
  constructor(public instant = '2026-03-14T09:00:00.000Z') {
    super();
  }
  override now(): string {
    return this.instant;
  }
}

/** Ids that count. */
export class CountingIds extends Ids {
  private count = 0;
  override uuid(): string {
    this.count += 1;
    return `01914d3a-8f00-7a11-8c01-${String(this.count).padStart(12, '0')}`;
  }
}

class TestSigner extends Signer {
  private readonly keys = generateKeyPairSync('ed25519');
  override readonly publicKey = new Uint8Array(
    this.keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(12),
  );
  override readonly keyName = 'caisse-test';
  override sign(message: Uint8Array): Uint8Array {
    return sign(null, message, this.keys.privateKey);
  }
}

/** A witness in memory; a test can make it fail. */
export class MemoryWitness extends Witness {
  override readonly existed = true;
  readonly heads = new Map<string, WitnessedHead>();
  failing = false;
  override read(ledger: string): WitnessedHead | null {
    return this.heads.get(ledger) ?? null;
  }
  override all(): Iterable<WitnessedHead> {
    return this.heads.values();
  }
  override advance(heads: readonly WitnessedHead[]): Promise<void> {
    if (this.failing) return Promise.reject(new Error('the witness is full'));
    for (const head of heads) this.heads.set(head.ledger, head);
    return Promise.resolve();
  }
  override rewind(head: WitnessedHead): Promise<void> {
    this.heads.set(head.ledger, head);
    return Promise.resolve();
  }
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

class NoSnapshots extends SnapshotMaker {
  override request(): void {
    // Nothing is kept: every load folds all events.
  }
}

/** An index that knows what it is given. */
export class MapIndex extends EntryIndex {
  readonly known = new Map<string, number>();
  readonly asked: string[] = [];
  override find(_ledger: string, entry: string): Promise<number | null> {
    this.asked.push(entry);
    return Promise.resolve(this.known.get(entry) ?? null);
  }
}

export type Desk = {
  readonly writer: LedgerWriter;
  readonly store: EventStore;
  readonly witness: MemoryWitness;
  readonly clock: FixedClock;
  readonly index: MapIndex;
  readonly cache: LedgerCache;
};

type DeskOptions = {
  readonly store?: EventStore;
  readonly witness?: MemoryWitness;
  readonly writer?: Partial<WriterOptions>;
  readonly cache?: CacheOptions;
  readonly snapshots?: SnapshotMaker;
  readonly signer?: Signer;
};

/** A writer on stores in memory. Two desks on one store are two nodes. */
export function desk({
  store = new MemoryEventStore(),
  witness = new MemoryWitness(),
  writer = {},
  cache,
  snapshots = new NoSnapshots(),
  signer = new TestSigner(),
}: DeskOptions = {}): Desk {
  const clock = new FixedClock();
  const index = new MapIndex();
  const dependencies = { store, readStore: new MemoryReadModelStore(), snapshotKey: new Uint8Array(32) };
  const states = new LedgerCache(dependencies, witness, snapshots, cache);
  const options = { ...WRITER_DEFAULTS, ...writer };
  const made = new LedgerWriter(
    store,
    witness,
    new CheckpointSigner(signer),
    clock,
    new CountingIds(),
    index,
    states,
    options,
  );
  return { writer: made, store, witness, clock, index, cache: states };
}

/** Opens the bakery's ledger: one till with 150 € in it. */
export async function openBakery({ writer }: Desk, ledger = LEDGER): Promise<void> {
  const body = newCompanySchema.parse({
    name: 'Boulangerie Ève',
    siren: '552100554',
    tills: [{ code: 'T1', name: 'Caisse 1', opening: { cash: 15_000 } }],
  });
  const request = { id: entryId(0), type: 'company-creation', payloadHash: 'a'.repeat(64) };
  const key = { origin: originOf(ledger), verifierKey: 'caisse-test+00000000+AQ' };
  const outcome = await writer.open(ledger, { request, decide: () => openCompany(body, key) }, ACTOR);
  if (outcome.status === 'refused') throw outcome.refusal;
}

export function entryId(number: number): string {
  return `01914d3a-8f00-7a11-8c02-${String(number).padStart(12, '0')}`;
}

/** A cash sale of bread. */
export function sale(number: number, gross = 450, more: Record<string, unknown> = {}): EntryToRecord {
  return toRecord({
    id: entryId(number),
    type: 'sale',
    till: 'T1',
    lines: [{ category: 'pain', gross, vatRate: 550 }],
    payments: [{ method: 'cash', amount: gross }],
    ...more,
  });
}

export function expense(number: number, gross: number, more: Record<string, unknown> = {}): EntryToRecord {
  return toRecord({
    id: entryId(number),
    type: 'expense',
    till: 'T1',
    category: 'supplies',
    gross,
    vatRate: 2000,
    ...more,
  });
}

export function toRecord(body: unknown): EntryToRecord {
  const prepared = prepareEntry(body, payloadHash);
  if ('issues' in prepared) throw new Error(JSON.stringify(prepared.issues));
  return prepared;
}
