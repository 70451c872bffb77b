import 'reflect-metadata';
import { type INestApplication, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { NextFunction, Request, Response } from 'express';
import { ALL_PROJECTIONS } from '../../projections/all';
import type { AccessRequest } from '../../src/access/principal';
import type { Ledger } from '../../src/ledger/ledger';
import { ProblemFilter } from '../../src/platform/http/problem.filter';
import { LedgerWriter, UnknownLedger } from '../../src/platform/ledger-writer';
import { LocalProjector } from '../../src/platform/projector-local';
import { Projector } from '../../src/platform/projector';
import { Clock } from '../../src/ports/clock';
import { EventStore } from '../../src/ports/event-store';
import { ReadModelStore } from '../../src/ports/read-model-store';
import { Vault } from '../../src/ports/vault';
import { ReportsModule } from '../../src/reports/reports.module';
import { MemoryEventStore } from './memory-event-store';
import { MemoryReadModelStore } from './memory-read-model-store';
import { RecordingBook } from './recording-book';

export type ReportsApp = {
  readonly app: INestApplication;
  readonly book: RecordingBook;
  readonly projector: LocalProjector;
  /** Names of customers, as the vault would know them. */
  readonly names: Map<string, string>;
  /** Tills that the caller is limited to. */
  limitTo(tills: readonly string[] | null): void;
  /** Ends the access of the caller. */
  signOut(): void;
  /** Records an entry and makes it durable; answers its last sequence. */
  record(entry: Record<string, unknown>): Promise<number>;
  /** Makes durable what was recorded in the book. */
  save(): Promise<number>;
  /** A path of the company. */
  path(path: string): string;
  close(): Promise<void>;
};

@Module({})
class Stores {}

export type ReportsStores = {
  readonly events: EventStore;
  readonly readModels: ReadModelStore;
  /** How long a read waits for a write, in milliseconds. */
  readonly waitMs: number;
};

function inMemory(): ReportsStores {
  return { events: new MemoryEventStore(), readModels: new MemoryReadModelStore(), waitMs: 200 };
}

/** The reports over HTTP, on stores in memory unless others are given, which it closes; who asks is settled. */
export async function reportsApp(
  book = new RecordingBook(),
  { events, readModels, waitMs }: ReportsStores = inMemory(),
): Promise<ReportsApp> {
  const projector = new LocalProjector({ events, readModels, projections: ALL_PROJECTIONS, waitMs });
  const names = new Map<string, string>();
  const customers = (company: string, ids: readonly string[] = []) =>
    Promise.resolve(
      ids.flatMap((customer) =>
        names.has(customer) ? { company, customer, name: names.get(customer) } : [],
      ),
    );
  // Another company is as unknown here as it is to the writer.
  const inspect = <Answer>(ledger: string, read: (ledger: Ledger) => Answer): Promise<Answer> =>
    ledger === book.id ? Promise.resolve(book.inspect(read)) : Promise.reject(new UnknownLedger(ledger));
  const testing = await Test.createTestingModule({
    imports: [
      {
        module: Stores,
        global: true,
        providers: [
          { provide: EventStore, useValue: events },
          { provide: ReadModelStore, useValue: readModels },
          { provide: Projector, useValue: projector },
          { provide: Clock, useValue: { now: () => book.now } },
          { provide: Vault, useValue: { customers } },
          { provide: LedgerWriter, useValue: { inspect } },
        ],
        exports: [EventStore, ReadModelStore, Projector, Clock, Vault, LedgerWriter],
      },
      ReportsModule,
    ],
    providers: [{ provide: APP_FILTER, useClass: ProblemFilter }],
  }).compile();
  const app = testing.createNestApplication({ logger: false });
  let tills: readonly string[] | null = null;
  let allowed = true;
  app.use((request: Request, _: Response, next: NextFunction) => {
    (request as AccessRequest).principal = { tills } as never;
    (request as AccessRequest).stillAllowed = () => Promise.resolve(allowed);
    next();
  });
  await app.listen(0, '127.0.0.1');
  await projector.start();
  let saved = 0;
  const save = async () => {
    const added = book.stored.slice(saved);
    if (added.length > 0) {
      await events.append({ ledger: book.id, expectedSequence: saved, events: added, checkpoint: '' });
    }
    saved = book.stored.length;
    return saved;
  };
  await save();
  return {
    app,
    book,
    projector,
    names,
    limitTo: (limit) => {
      tills = limit;
    },
    signOut: () => {
      allowed = false;
    },
    record: (entry) => {
      book.record(entry);
      return save();
    },
    save,
    path: (path) => `/v1/companies/${book.id}/${path}`,
    close: async () => {
      await projector.stop();
      await app.close();
      await events.close();
      await readModels.close();
    },
  };
}
